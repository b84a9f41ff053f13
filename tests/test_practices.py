"""The practices of the field on small repositories that keep them and that break them.

Each folder ``good`` or ``bad`` below ``tests/fixtures/practices`` is a repository of its own. ``expected.tsv`` says by
file what must be found there, at which line (``-``: anywhere in the file), and what must not, in which profile.
"""

import datetime
import functools
from pathlib import Path
from typing import NamedTuple

import pytest

import cnlint
from cnlint.findings import RunReport

_FOLDER = Path(__file__).parent / "fixtures" / "practices"
_TODAY = datetime.date(2026, 11, 22)


class Row(NamedTuple):
    file: str
    code: str
    line: str
    verdict: str
    profile: str


_ROWS = [Row(*line.split("\t")) for line in (_FOLDER / "expected.tsv").read_text(encoding="utf-8").splitlines()[1:]]
_GOOD = sorted(path for path in _FOLDER.glob("*/good"))


@functools.cache
def _report(repository: Path, profile: str) -> RunReport:
    return cnlint.check([repository], profile=profile, config=False, root=repository, today=_TODAY)


def _split(file: str) -> tuple[Path, str]:
    """Give the repository of a file and its path within it."""
    practice, kind, path = file.split("/", 2)
    return _FOLDER / practice / kind, path


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: " ".join(row))
def test_a_practice_is_judged_as_expected(row: Row) -> None:
    repository, path = _split(row.file)
    assert (repository / path).is_file()
    findings = [one for one in _report(repository, row.profile).findings if (one.path, one.code) == (path, row.code)]
    lines = {str(finding.line) for finding in findings}
    if row.verdict == "must":
        assert lines if row.line == "-" else row.line in lines
    else:
        assert not findings


@pytest.mark.parametrize("repository", _GOOD, ids=lambda path: path.parent.name)
def test_nothing_is_found_where_the_practices_are_kept(repository: Path) -> None:
    assert _report(repository, "strict").findings == ()


def test_every_rule_of_the_table_exists() -> None:
    assert {row.code for row in _ROWS} <= {rule.code for rule in cnlint.rules()}
