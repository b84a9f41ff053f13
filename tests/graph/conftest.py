"""Projects made of a few files."""

import datetime
import textwrap
from pathlib import Path
from typing import Any

import pytest

from cnlint.config import Limits
from cnlint.engine.discover import candidates_of
from cnlint.engine.file_stage import FileStage, check_data
from cnlint.graph.facts import FileFacts
from cnlint.graph.project import Project
from cnlint.rules import Settings

from graph_projects import MakeProject  # isort: skip


@pytest.fixture
def project_of(tmp_path: Path) -> MakeProject:
    """Write files and make the project of them, as a run does."""

    def make(files: dict[str, str], complete: bool | None = None, **extra: Any) -> Project:
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")
        settings = Settings(datetime.date(2026, 11, 22), (1, 37), complete, extra)
        stage = FileStage(str(tmp_path), (), {}, {}, settings, Limits(), wants_facts=True)
        dispatcher = stage.dispatcher()
        facts = []
        for candidate in candidates_of(files, str(tmp_path)):
            data = (tmp_path / candidate.path).read_bytes()
            result = check_data(candidate, data, stage, dispatcher)
            facts.append(FileFacts(result.path, result.kind, result.facts, result.templated, result.failed))
        return Project.build(facts, list(files), str(tmp_path), settings)

    return make
