"""``cnlint check`` as a person or a pipeline calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnlint.cli.check import command
from cnlint.cli.checking import CheckOptions
from cnlint.cli.group import group

_BAD = "FROM alpine:latest\n"
_GOOD = "FROM alpine:3.22\nUSER 65532\n"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


def _run(folder: Path, *arguments: str, stdin: str | None = None) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(group, ["check", *arguments], input=stdin)
    finally:
        os.chdir(before)


def _repository(tmp_path: Path, text: str = _BAD) -> Path:
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_clean_repository_exits_with_0(tmp_path: Path) -> None:
    assert _run(_repository(tmp_path, _GOOD), ".").exit_code == 0


def test_a_finding_at_or_above_the_bound_exits_with_1(tmp_path: Path) -> None:
    assert _run(_repository(tmp_path), ".", "--select", "DF102").exit_code == 1


def test_a_finding_below_the_bound_exits_with_0(tmp_path: Path) -> None:
    result = _run(_repository(tmp_path), ".", "--select", "DF102", "--fail-on", "error")
    assert result.exit_code == 0
    assert "DF102" in result.output


def test_fail_on_never_exits_with_0(tmp_path: Path) -> None:
    assert _run(_repository(tmp_path), ".", "--fail-on", "never").exit_code == 0


def test_an_unknown_rule_exits_with_2_and_names_the_nearest(tmp_path: Path) -> None:
    result = _run(_repository(tmp_path), ".", "--select", "latest-base-imag")
    assert result.exit_code == 2
    assert "did you mean 'latest-base-image'?" in result.stderr


def test_an_unknown_key_of_the_configuration_exits_with_2_and_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "cnlint.toml").write_text('profil = "strict"\n', encoding="utf-8")
    result = _run(_repository(tmp_path), ".")
    assert result.exit_code == 2
    assert "cnlint.toml" in result.stderr and "did you mean 'profile'?" in result.stderr


def test_the_paths_default_to_the_current_folder(tmp_path: Path) -> None:
    assert "DF102" in _run(_repository(tmp_path)).output


def test_standard_input_is_checked_under_the_name_given(tmp_path: Path) -> None:
    result = _run(tmp_path, "-", "--stdin-filename", "Dockerfile", "-f", "concise", "--select", "DF102", stdin=_BAD)
    assert result.output.startswith("Dockerfile:1:6: warning DF102")


def test_several_reports_are_written_at_once(tmp_path: Path) -> None:
    result = _run(_repository(tmp_path), ".", "--output", "sarif=out.sarif", "--output", "json=out.json", "-q")
    assert result.output == ""
    assert json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["findings"]


def test_a_report_in_an_unknown_format_is_a_usage_error(tmp_path: Path) -> None:
    assert _run(_repository(tmp_path), ".", "--output", "pdf=out.pdf").exit_code == 2


def test_findings_in_the_baseline_are_left_out_and_new_ones_are_not(tmp_path: Path) -> None:
    _repository(tmp_path)
    options = ("--select", "DF102", "-f", "concise")
    assert _run(tmp_path, ".", "--write-baseline", "baseline.json", *options).exit_code == 1
    assert _run(tmp_path, ".", "--baseline", "baseline.json", *options).exit_code == 0
    (tmp_path / "Dockerfile").write_text("# moved down\n" + _BAD + "FROM debian:latest\n", encoding="utf-8")
    result = _run(tmp_path, ".", "--baseline", "baseline.json", *options)
    assert result.exit_code == 1
    assert "Dockerfile:3:" in result.output and "Dockerfile:2:" not in result.output


def test_only_changed_lines_are_judged_with_diff(tmp_path: Path) -> None:
    _repository(tmp_path, "FROM alpine:latest AS a\nRUN true\n")
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(tmp_path))
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *arguments], check=True)
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest AS a\nRUN true\nFROM debian:latest\n", encoding="utf-8")
    (tmp_path / "Dockerfile.new").write_text(_BAD, encoding="utf-8")
    result = _run(tmp_path, ".", "--diff", "HEAD", "--select", "DF102", "-f", "concise")
    places = [line.partition(": ")[0] for line in result.output.splitlines() if "DF102" in line]
    assert places == ["Dockerfile:3:6", "Dockerfile.new:1:6"]


def test_a_revision_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q"], check=True)
    result = _run(_repository(tmp_path), ".", "--diff", "--output=/etc/passwd")
    assert result.exit_code == 2


def test_a_file_that_is_named_and_not_understood_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n", encoding="utf-8")
    result = _run(tmp_path, "main.go")
    assert result.exit_code == 0
    assert "main.go: kind of file not known" in result.stderr


def test_the_output_is_the_same_whatever_the_number_of_processes(tmp_path: Path) -> None:
    for number in range(150):
        folder = tmp_path / f"service-{number:03}"
        folder.mkdir()
        (folder / "Dockerfile").write_text(_BAD if number % 3 else _GOOD, encoding="utf-8")
    outputs = {_run(tmp_path, ".", "-f", "json", "--no-cache", "-j", jobs).output for jobs in ("1", "2", "3")}
    assert len(outputs) == 1


def test_a_second_run_from_the_cache_says_the_same(tmp_path: Path) -> None:
    _repository(tmp_path)
    first = _run(tmp_path, ".", "-f", "json")
    assert _run(tmp_path, ".", "-f", "json").output == first.output


def test_a_changed_file_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    _repository(tmp_path)
    assert _run(tmp_path, ".", "--select", "DF102").exit_code == 1
    _repository(tmp_path, _GOOD)
    assert _run(tmp_path, ".", "--select", "DF102").exit_code == 0


def test_a_damaged_cache_is_taken_for_an_empty_one(tmp_path: Path) -> None:
    _repository(tmp_path)
    first = _run(tmp_path, ".", "-f", "json")
    for file in Path(os.environ["CNLINT_CACHE_DIR"]).iterdir():
        file.write_bytes(b"{not json\xff")
    assert _run(tmp_path, ".", "-f", "json").output == first.output


def _process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from cnlint.cli import main\ntry: main()\nfinally: print('click' in sys.modules, file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_a_plain_check_says_the_same_without_loading_the_parser_of_options(tmp_path: Path) -> None:
    _repository(tmp_path)
    plain = _process(tmp_path, "check", "Dockerfile")
    parsed = _process(tmp_path, "check", "--jobs", "1", "Dockerfile")
    assert (plain.stdout, plain.returncode) == (parsed.stdout, parsed.returncode)
    assert "DF102" in plain.stdout
    assert (plain.stderr, parsed.stderr) == ("False\n", "True\n")


def test_the_defaults_of_a_plain_check_are_those_of_the_options() -> None:
    context = command.make_context("check", [])
    assert CheckOptions(**context.params) == CheckOptions()
