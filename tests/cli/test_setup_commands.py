"""``cnlint config``, ``init``, ``cache`` and ``completion``."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import cnlint
from cnlint.cli.config import settings
from cnlint.cli.group import group
from cnlint.cli.init import configuration_text
from cnlint.config import Configuration, configuration_from, load_configuration


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


def _written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "cnlint.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_configuration_shows_each_value_and_its_origin(tmp_path: Path) -> None:
    file = _written(tmp_path, 'profile = "strict"\n[project]\ncomplete = true\n')
    shown = json.loads(_run("config", str(tmp_path), "--format", "json").output)
    assert shown["file"] == str(file)
    assert shown["settings"]["profile"] == {"value": "strict", "origin": str(file)}
    assert shown["settings"]["project.complete"] == {"value": True, "origin": str(file)}
    assert shown["settings"]["fail-on"] == {"value": "warning", "origin": "default"}


def test_the_configuration_shown_as_text_is_a_configuration_file_that_says_the_same(tmp_path: Path) -> None:
    text = """
    profile = "pedantic"
    ignore = ["K8S2", "security"]
    kubernetes-version = "1.30"
    today = "2026-01-31"
    severity = {K8S213 = "error"}
    rules = {K8S213 = {init_containers = true}}
    per-file-ignores = {"tests/**" = ["K8S213"]}
    limits = {max-file-size = "1MiB"}
    """
    file = _written(tmp_path, text)
    shown = _run("config", str(tmp_path)).output
    again = configuration_from(tomllib.loads(shown), "shown")
    given = load_configuration(str(file))
    assert [(key, value) for key, value, _ in settings(again)] == [(key, value) for key, value, _ in settings(given)]


def test_every_setting_is_shown() -> None:
    fields = {name for name in Configuration._fields if name not in ("origins", "file")}
    attributes = {key for key, _, _ in settings(Configuration())}
    assert len(attributes) == len(fields) - 1 + 4  # the limits are four settings


def test_a_wrong_configuration_is_refused_with_the_nearest_key(tmp_path: Path) -> None:
    _written(tmp_path, 'profil = "strict"\n')
    result = _run("config", str(tmp_path))
    assert result.exit_code == 2
    assert "did you mean 'profile'?" in result.stderr


def test_init_writes_configuration_hook_and_workflow(tmp_path: Path) -> None:
    assert _run("init", str(tmp_path)).exit_code == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"cnlint.toml", ".pre-commit-config.yaml", ".github/workflows/cnlint.yaml"}


def test_init_overwrites_nothing_unless_it_is_forced(tmp_path: Path) -> None:
    file = _written(tmp_path, "# mine\n")
    assert "kept     cnlint.toml" in _run("init", str(tmp_path)).output
    assert file.read_text(encoding="utf-8") == "# mine\n"
    assert "replaced cnlint.toml" in _run("init", str(tmp_path), "--force").output
    assert file.read_text(encoding="utf-8") == configuration_text()


def test_init_prints_the_entry_for_a_pre_commit_configuration_that_exists(tmp_path: Path) -> None:
    hooks = tmp_path / ".pre-commit-config.yaml"
    hooks.write_text("repos: []\n", encoding="utf-8")
    result = _run("init", str(tmp_path), "--force")
    assert "entry: cnlint check" in result.output
    assert hooks.read_text(encoding="utf-8") == "repos: []\n"


def test_init_can_leave_hook_and_workflow_out(tmp_path: Path) -> None:
    _run("init", str(tmp_path), "--no-workflow", "--no-pre-commit")
    assert [path.name for path in tmp_path.iterdir()] == ["cnlint.toml"]


def test_init_refuses_what_is_no_folder(tmp_path: Path) -> None:
    assert _run("init", str(tmp_path / "missing")).exit_code == 2


def test_the_written_configuration_changes_nothing(tmp_path: Path) -> None:
    written = configuration_from(tomllib.loads(configuration_text()), "cnlint.toml")
    assert [row[:2] for row in settings(written)] == [row[:2] for row in settings(Configuration())]


def test_what_is_commented_out_in_the_written_configuration_is_valid_too() -> None:
    uncommented = re.sub(r"(?m)^# (?=\[|[\w\"/*-]+ = )", "", configuration_text())
    configuration_from(tomllib.loads(uncommented), "cnlint.toml")


def test_the_written_workflow_passes_cnlint(tmp_path: Path) -> None:
    _run("init", str(tmp_path))
    report = cnlint.check([tmp_path], profile="pedantic", root=tmp_path, config=False)
    assert [finding.message for finding in report.findings] == []
    assert [file.kind for file in report.files if file.skipped is None] == ["workflow"]


def test_the_written_hook_is_valid_yaml(tmp_path: Path) -> None:
    _run("init", str(tmp_path))
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert hooks["repos"][0]["hooks"][0]["id"] == "cnlint"


def test_the_cache_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "index.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(folder))
    assert _run("cache", "dir").output == f"{folder}\n"
    assert _run("cache", "clear").exit_code == 0
    assert not folder.exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    assert "_CNLINT_COMPLETE" in _run("completion", shell).output


def test_codes_and_names_of_rules_are_completed() -> None:
    environment = {"_CNLINT_COMPLETE": "bash_complete", "COMP_WORDS": "cnlint rule k8s21", "COMP_CWORD": "2"}
    result = CliRunner().invoke(group, prog_name="cnlint", env=environment)
    assert "plain,K8S213" in result.output.splitlines()
