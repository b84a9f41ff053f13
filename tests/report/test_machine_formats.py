"""Formats that other tools read: each is read back here as those tools do."""

import json
import os
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from cnlint.findings import CheckedFile, Finding, RunReport
from cnlint.report import ReportOptions, render
from cnlint.rules import RuleSet

SCHEMA = os.path.join(os.path.dirname(__file__), "..", "..", "schemas", "report.schema.json")
NO_RULES = RuleSet([])


def whole(name: str, *findings: Finding, files: tuple[CheckedFile, ...] = ()) -> str:
    return "".join(render(name, RunReport(findings, files), NO_RULES, ReportOptions()))


def test_json_keeps_to_its_schema(run_report: RunReport) -> None:
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads("".join(render("json", run_report, NO_RULES))))


def test_json_has_each_finding_on_a_line_of_its_own(run_report: RunReport) -> None:
    lines = "".join(render("json", run_report, NO_RULES)).splitlines()
    assert [json.loads(line.strip().rstrip(","))["code"] for line in lines if '{"code"' in line] == [
        "DF201",
        "IST302",
        "K8S263",
    ]


def test_json_marks_what_is_suppressed(run_report: RunReport) -> None:
    hidden, *others = json.loads("".join(render("json", run_report, NO_RULES)))["findings"]
    assert hidden["suppressed"] == {"kind": "inline", "reason": "pinned by the mirror", "line": 1}
    assert [finding["suppressed"] for finding in others] == [None, None]


def test_json_counts(run_report: RunReport) -> None:
    assert json.loads("".join(render("json", run_report, NO_RULES)))["summary"] == {
        "error": 1,
        "warning": 1,
        "info": 0,
        "suppressed": 1,
        "files_checked": 4,
        "files_skipped": 4,
    }


@pytest.mark.parametrize(
    ("severity", "command"), [("error", "::error "), ("warning", "::warning "), ("info", "::notice ")]
)
def test_github_annotations_have_a_level(finding: Finding, severity: Any, command: str) -> None:
    assert whole("github", finding._replace(severity=severity)).startswith(command)


def test_github_annotations_of_several_lines_have_no_columns(finding: Finding) -> None:
    command = whole("github", finding._replace(end_line=20)).splitlines()[0]
    assert "line=18,endLine=20,title=" in command


def test_a_file_name_cannot_forge_a_github_command(finding: Finding) -> None:
    written = whole("github", finding._replace(path="x\n::set-output name=a::b,line=1"))
    assert [line for line in written.splitlines() if line.startswith("::")] == [written.splitlines()[0]]
    assert "file=x\\n%3A%3Aset-output name=a%3A%3Ab%2Cline=1,line=18" in written


def test_junit_has_a_suite_for_each_file(run_report: RunReport) -> None:
    suites = ElementTree.fromstring("".join(render("junit", run_report, NO_RULES)))
    assert [(suite.get("name"), suite.get("failures"), suite.get("skipped")) for suite in suites][:5] == [
        ("Dockerfile", "0", "0"),
        ("charts/orders/Chart.yaml", "0", "1"),
        ("charts/orders/templates/a.yaml", "0", "1"),
        ("charts/orders/templates/b.yaml", "0", "1"),
        ("deploy/canary.yaml", "1", "0"),
    ]


def test_the_counts_of_junit_add_up(run_report: RunReport) -> None:
    suites = ElementTree.fromstring("".join(render("junit", run_report, NO_RULES)))
    for key in ("tests", "failures", "errors"):
        assert int(suites.get(key, "")) == sum(int(suite.get(key, "")) for suite in suites)
    assert int(suites.get("tests", "")) == len(suites.findall(".//testcase"))


def test_a_file_that_could_not_be_read_is_an_error_in_junit(unreadable: Finding) -> None:
    suites = ElementTree.fromstring(
        whole("junit", unreadable, files=(CheckedFile("secret.yaml", "yaml", "cannot be read"),))
    )
    assert suites.get("errors") == "1"
    assert suites.find(".//error") is not None
    assert suites.find(".//skipped") is None


@pytest.mark.parametrize("message", ["<b>&\"'</b>", "]]>", "\x00\x0b\ufffe\ud800"])
def test_junit_is_well_formed_whatever_a_message_holds(finding: Finding, message: str) -> None:
    suites = ElementTree.fromstring(whole("junit", finding._replace(message=message)))
    failure = suites.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "warning"


def test_gitlab_gets_path_lines_and_fingerprint(finding: Finding) -> None:
    assert json.loads(whole("gitlab", finding)) == [
        {
            "description": finding.message,
            "check_name": "K8S263 runs-as-root",
            "fingerprint": "77aa",
            "severity": "major",
            "location": {"path": "deploy/deployment.yaml", "lines": {"begin": 18, "end": 18}},
        }
    ]


def test_gitlab_gets_an_empty_list_from_a_clean_run() -> None:
    assert json.loads(whole("gitlab")) == []


def test_markdown_puts_the_gravest_first(finding: Finding) -> None:
    note = finding._replace(code="DF900", severity="info", path="a")
    written = whole("markdown", note, finding)
    assert written.index("K8S263") < written.index("DF900")


def test_a_table_row_of_markdown_is_one_line_whatever_a_message_holds(finding: Finding) -> None:
    rows = [line for line in whole("markdown", finding._replace(message="a\n| b |\n")).splitlines() if "K8S263" in line]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 5


def test_markdown_stays_within_what_a_comment_may_have(finding: Finding) -> None:
    written = whole("markdown", *[finding] * 2000)
    assert len(written) < 65_536
    assert "more problems.\n" in written
