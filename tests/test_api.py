"""The Python interface: `cnlint.check`, `cnlint.rules` and what they give."""

import datetime
from pathlib import Path

import pytest

import cnlint
from cnlint.config import ConfigurationError

_TODAY = datetime.date(2026, 11, 22)
_DOCKERFILE = (
    "FROM golang:1.20 AS build\nRUN go build -o /app\nFROM alpine:latest\nCOPY --from=build /app /app\nCMD /app\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    return tmp_path


def test_a_finding_has_everything_that_tools_ask_for(repository: Path) -> None:
    report = cnlint.check([repository], select=["DF102"], config=False, today=_TODAY)
    [finding] = report.findings
    assert (finding.code, finding.name, finding.severity) == ("DF102", "latest-base-image", "warning")
    assert (finding.path, finding.line, finding.column) == ("Dockerfile", 3, 6)
    assert (finding.end_line, finding.end_column) == (3, 19)
    assert "alpine:latest" in finding.message
    assert "hadolint:DL3007" in finding.equivalents
    assert len(finding.fingerprint) == 32
    assert finding.suppressed is None and finding.related == () and isinstance(finding.fixes, tuple)


def test_files_say_what_was_looked_at_and_why_something_was_skipped(repository: Path) -> None:
    (repository / "values.yaml").write_text("a: 1\n", encoding="utf-8")
    files = cnlint.check([repository], config=False).files
    assert [(file.path, file.kind, file.skipped) for file in files] == [
        ("Dockerfile", "dockerfile", None),
        ("values.yaml", "other", "no document of a known kind"),
    ]


def test_calls_are_independent_of_each_other(repository: Path) -> None:
    def codes(**options: object) -> set[str]:
        return {finding.code for finding in cnlint.check([repository], config=False, today=_TODAY, **options).findings}  # type: ignore[arg-type]

    first = codes()
    assert codes(select=["DF601"]) == {"DF601"}
    assert codes(profile="pedantic") >= first
    assert codes() == first


def test_dates_are_judged_by_the_day_given(repository: Path) -> None:
    def reports(day: datetime.date) -> int:
        return len(cnlint.check([repository], select=["DF104"], config=False, today=day).findings)

    assert reports(datetime.date(2023, 6, 1)) == 0
    assert reports(_TODAY) == 1


def test_paths_are_relative_to_the_root(repository: Path) -> None:
    report = cnlint.check([repository / "Dockerfile"], select=["DF102"], config=False, root=repository.parent)
    assert report.findings[0].path == f"{repository.name}/Dockerfile"


def test_a_configuration_can_be_a_mapping_a_path_or_none(repository: Path) -> None:
    (repository / "cnlint.toml").write_text('ignore = ["DF102"]\n', encoding="utf-8")

    def has_finding(config: object) -> bool:
        report = cnlint.check([repository], select=["DF102"], config=config, today=_TODAY)  # type: ignore[arg-type]
        return any(finding.code == "DF102" for finding in report.findings)

    assert not has_finding(None)
    assert not has_finding(repository / "cnlint.toml")
    assert has_finding(False)
    assert has_finding({"profile": "strict"})


def test_the_number_of_processes_does_not_change_the_result(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"Dockerfile.{number}").write_text(_DOCKERFILE, encoding="utf-8")
    reports = [cnlint.check([tmp_path], config=False, today=_TODAY, jobs=jobs) for jobs in (1, 2)]
    assert reports[0].findings == reports[1].findings
    assert reports[0].files == reports[1].files


def test_fingerprints_survive_lines_that_move(repository: Path) -> None:
    def fingerprints() -> list[str]:
        report = cnlint.check([repository], config=False, today=_TODAY)
        return sorted(finding.fingerprint for finding in report.findings)

    before = fingerprints()
    (repository / "Dockerfile").write_text("# a new first line\n\n" + _DOCKERFILE, encoding="utf-8")
    assert fingerprints() == before
    assert len(set(before)) == len(before)


def test_rules_are_listed_with_their_metadata() -> None:
    rules = {rule.code: rule for rule in cnlint.rules()}
    rule = rules["DF102"]
    assert (rule.name, rule.severity, rule.profile, rule.category) == (
        "latest-base-image",
        "warning",
        "default",
        "supply-chain",
    )
    assert "hadolint:DL3007" in rule.equivalents


def test_settings_that_cannot_be_used_are_errors(repository: Path) -> None:
    for options in ({"profile": "loud"}, {"select": ["XX999"]}, {"config": repository / "absent.toml"}):
        with pytest.raises(ConfigurationError):
            cnlint.check([repository], **options)  # type: ignore[arg-type]


def test_one_path_that_is_no_list_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="list of paths"):
        cnlint.check("Dockerfile")
