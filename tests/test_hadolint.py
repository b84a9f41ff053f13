"""hadolint's configuration file, taken over."""

from pathlib import Path

import pytest

import cnlint
from cnlint.api import read_configuration
from cnlint.cli.checking import exit_status
from cnlint.config import ConfigurationError
from cnlint.findings import RunReport

_DOCKERFILE = """\
FROM registry.example.com/base:latest
RUN apt-get update && apt-get install -y git
CMD npm start
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE)
    return tmp_path


def check(repository: Path, hadolint: str, own: str = "") -> RunReport:
    (repository / ".hadolint.yaml").write_text(hadolint)
    if own:
        (repository / "cnlint.toml").write_text(own)
    return cnlint.check([repository], root=repository)


def codes(report: RunReport) -> set[str]:
    return {finding.code for finding in report.active}


def status(repository: Path, hadolint: str, own: str = "") -> int:
    report = check(repository, hadolint, own)
    return exit_status(report, read_configuration(None, (str(repository),), None))


def test_ignored_rules_are_not_checked(repository: Path) -> None:
    assert {"DF102", "DF403"} <= codes(check(repository, ""))
    assert not {"DF102", "DF403"} & codes(check(repository, "ignored: [DL3007, DL3015, DL9999]\n"))


def test_severities_are_taken_over(repository: Path) -> None:
    report = check(repository, "override:\n  error: [DL3015]\n  style: [DL3007]\n")
    severities = {finding.code: finding.severity for finding in report.findings}
    assert severities["DF403"] == "error"
    assert severities["DF102"] == "info"


def test_our_own_configuration_wins(repository: Path) -> None:
    report = check(repository, "override:\n  error: [DL3015]\n", '[severity]\n"hadolint:DL3015" = "warning"\n')
    assert {finding.severity for finding in report.findings if finding.code == "DF403"} == {"warning"}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("failure-threshold: error", 0),
        ("failure-threshold: warning", 1),
        ("failure-threshold: none", 0),
        ("no-fail: true", 0),
        ("{}", 1),
    ],
)
def test_the_threshold_holds_for_dockerfiles(repository: Path, setting: str, expected: int) -> None:
    assert status(repository, setting) == expected


def test_the_threshold_does_not_hold_for_other_files(repository: Path) -> None:
    workflow = repository / ".github" / "workflows" / "ci.yaml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: a/b@main\n")
    assert status(repository, "failure-threshold: none") == 1


def test_a_threshold_of_our_own_wins(repository: Path) -> None:
    assert status(repository, "failure-threshold: none", 'fail-on = "warning"\n') == 1


@pytest.mark.parametrize(
    "text",
    ["ignored: DL3007\n", "- DL3007\n", "failure-threshold: fatal\n", "override: [DL3007]\n", "a: [\n"],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(repository: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.hadolint\.yaml: "):
        check(repository, text)


def test_without_configuration_hadolint_is_not_asked_either(repository: Path) -> None:
    (repository / ".hadolint.yaml").write_text("ignored: [DL3007]\n")
    assert "DF102" in codes(cnlint.check([repository], root=repository, config=False))


def test_trusted_registries_become_an_option(repository: Path) -> None:
    assert "DF106" in codes(check(repository, "trustedRegistries: [docker.io]\n"))
    assert "DF106" not in codes(check(repository, "trustedRegistries: [registry.example.com]\n"))


def test_the_label_schema_becomes_an_option(repository: Path) -> None:
    assert "DF703" in codes(check(repository, "label-schema:\n  maintainer: text\n"))


def test_codes_of_shellcheck_are_left_out(repository: Path) -> None:
    (repository / ".hadolint.yaml").write_text("ignored: [SC2086]\n")
    configuration = read_configuration(None, (str(repository),), None)
    assert 2086 in configuration.rules["DF312"]["exclude"]
    assert 1091 in configuration.rules["DF312"]["exclude"]
