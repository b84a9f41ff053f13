"""SARIF is valid, says where things are, and names files in a way that every reader resolves alike."""

import json
import os
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from cnlint.findings import SEVERITIES, Edit, Finding, Fix, RelatedLocation, RunReport, Suppression
from cnlint.report import ReportOptions, render
from cnlint.report.sarif import uri
from cnlint.rule_index import RuleDocs
from cnlint.rules import RuleSet
from cnlint.syntax.source import Span

with open(os.path.join(os.path.dirname(__file__), "sarif-2.1.0.schema.json"), encoding="utf-8") as _file:
    VALIDATOR = Draft4Validator(json.load(_file))

NAMES = st.lists(
    st.text(st.characters(exclude_characters="/\x00"), min_size=1, max_size=8), min_size=1, max_size=4
).map("/".join)
TEXTS = st.text(st.characters(), max_size=20)
SPANS = st.builds(Span, *[st.integers(1, 9999)] * 4)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(["K8S263", "CNL001", "CNL003", "DF104"]),
    name=st.just("some-rule"),
    severity=st.sampled_from(SEVERITIES),
    message=TEXTS,
    path=NAMES,
    line=st.integers(1, 9999),
    column=st.integers(1, 99),
    end_line=st.integers(1, 9999),
    end_column=st.integers(1, 99),
    related=st.lists(st.builds(RelatedLocation, NAMES, SPANS, TEXTS), max_size=2).map(tuple),
    fixes=st.lists(
        st.builds(Fix, TEXTS, st.lists(st.builds(Edit, SPANS, TEXTS), min_size=1, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    fingerprint=st.sampled_from(["", "5f2b"]),
    suppressed=st.none()
    | st.builds(
        Suppression, st.sampled_from(["inline", "annotation", "config", "baseline", "diff"]), TEXTS, st.integers(0, 99)
    ),
    hint=TEXTS,
    snippet=TEXTS,
)
NO_DOCS = ReportOptions(docs=lambda code: RuleDocs("", "", (), (), ()))


def log_of(*findings: Finding, rules: RuleSet | None = None, options: ReportOptions = NO_DOCS) -> Any:
    written = "".join(render("sarif", RunReport(findings, (), "/srv/shop"), rules or RuleSet([]), options))
    return json.loads(written)


def run_of(*findings: Finding, rules: RuleSet | None = None, options: ReportOptions = NO_DOCS) -> Any:
    [run] = log_of(*findings, rules=rules, options=options)["runs"]
    return run


@given(st.lists(FINDINGS, max_size=4))
def test_every_log_is_valid(findings: list[Finding]) -> None:
    VALIDATOR.validate(log_of(*findings))


def test_the_log_of_a_real_run_is_valid(run_report: RunReport, rules: RuleSet, options: ReportOptions) -> None:
    VALIDATOR.validate(log_of(*run_report.findings, rules=rules, options=options))


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("deploy/orders.yaml", "deploy/orders.yaml"),
        ("my files/a b.yaml", "my%20files/a%20b.yaml"),
        ("a#b.yaml", "a%23b.yaml"),
        ("100%.yaml", "100%25.yaml"),
        ("größe/日.yaml", "gr%C3%B6%C3%9Fe/%E6%97%A5.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("a?b.yaml", "a%3Fb.yaml"),
        ("back\\slash.yaml", "back%5Cslash.yaml"),
        ("new\nline.yaml", "new%0Aline.yaml"),
        ("bytes\udcff.yaml", "bytes%FF.yaml"),
        ("/etc/app.yaml", "file:///etc/app.yaml"),
    ],
)
def test_a_path_becomes_a_uri(path: str, written: str) -> None:
    assert uri(path) == written


@given(NAMES.filter(lambda name: "." not in name.split("/") and ".." not in name.split("/")))
def test_a_reader_that_resolves_a_uri_comes_back_to_the_file(path: str) -> None:
    resolved = urlsplit(urljoin("file:///srv/shop/", uri(path)))
    expected = f"/srv/shop/{path}"
    try:
        data = expected.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = expected.encode("utf-8", "replace")
    assert (resolved.scheme, resolved.query, resolved.fragment) == ("file", "", "")
    assert unquote_to_bytes(resolved.path) == data


def test_paths_are_relative_to_the_project_root(finding: Finding) -> None:
    run = run_of(finding)
    [result] = run["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "deploy/deployment.yaml", "uriBaseId": "SRCROOT"}
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///srv/shop/"}}


def test_the_root_of_the_file_system_can_be_the_project_root(finding: Finding) -> None:
    written = "".join(render("sarif", RunReport((finding,), (), "/"), RuleSet([]), NO_DOCS))
    assert json.loads(written)["runs"][0]["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///"}}


def test_a_region_has_its_text_and_the_line_around_it(finding: Finding) -> None:
    [result] = run_of(finding)["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["region"] == {
        "startLine": 18,
        "startColumn": 11,
        "endLine": 18,
        "endColumn": 23,
        "snippet": {"text": "name: orders"},
    }
    assert location["contextRegion"] == {
        "startLine": 18,
        "endLine": 18,
        "snippet": {"text": "        - name: orders"},
    }


def test_a_region_of_several_lines_has_no_snippet_because_only_its_first_line_is_known(finding: Finding) -> None:
    [result] = run_of(finding._replace(end_line=20))["results"]
    location = result["locations"][0]["physicalLocation"]
    assert "snippet" not in location["region"]
    assert "contextRegion" not in location


def test_columns_are_code_points(finding: Finding) -> None:
    assert run_of(finding)["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")])
def test_severity_becomes_level(finding: Finding, severity: Any, level: str) -> None:
    [result] = run_of(finding._replace(severity=severity))["results"]
    assert result["level"] == level


def test_a_result_points_at_its_rule(run_report: RunReport, rules: RuleSet, options: ReportOptions) -> None:
    run = run_of(*run_report.findings, rules=rules, options=options)
    described = run["tool"]["driver"]["rules"]
    assert [described[result["ruleIndex"]]["id"] for result in run["results"]] == ["DF201", "IST302", "K8S263"]


def test_a_security_rule_has_a_security_severity_and_tag(
    finding: Finding, rules: RuleSet, options: ReportOptions
) -> None:
    [rule] = run_of(finding, rules=rules, options=options)["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "5.0"
    assert rule["properties"]["tags"] == ["security", "kubernetes", "pss:restricted"]


def test_other_rules_have_no_security_severity(run_report: RunReport, rules: RuleSet, options: ReportOptions) -> None:
    described = run_of(*run_report.findings, rules=rules, options=options)["tool"]["driver"]["rules"]
    assert "security-severity" not in described[1]["properties"]


def test_the_help_of_a_rule_tells_why_what_to_do_and_shows_examples(
    finding: Finding, rules: RuleSet, options: ReportOptions
) -> None:
    [rule] = run_of(finding, rules=rules, options=options)["tool"]["driver"]["rules"]
    assert rule["help"]["text"].startswith("A process that breaks out")
    for part in ("## Why", "## What to do", "- name: orders # <- here", "](https://kubernetes.io/"):
        assert part in rule["help"]["markdown"]


def test_docs_are_read_only_for_rules_that_have_results(finding: Finding, rules: RuleSet) -> None:
    asked: list[str] = []

    def docs(code: str) -> RuleDocs:
        asked.append(code)
        return RuleDocs("", "", (), (), ())

    run_of(finding, rules=rules, options=ReportOptions(docs=docs))
    assert asked == ["K8S263"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("inline", "inSource"), ("annotation", "inSource"), ("config", "external"), ("baseline", "external")],
)
def test_a_suppressed_finding_is_marked(finding: Finding, kind: str, expected: str) -> None:
    [result] = run_of(finding._replace(suppressed=Suppression(kind, "known", 17)))["results"]
    [suppression] = result["suppressions"]
    assert (suppression["kind"], suppression["status"], suppression["justification"]) == (expected, "accepted", "known")


def test_a_file_that_could_not_be_read_is_a_result_and_a_notification(unreadable: Finding) -> None:
    run = run_of(unreadable)
    [invocation] = run["invocations"]
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["associatedRule"] == {"id": "CNL001", "index": 0}
    assert notification["message"] == {"text": "the file cannot be read: Permission denied"}
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "secret.yaml"
    assert [result["ruleId"] for result in run["results"]] == ["CNL001"]
    assert invocation["executionSuccessful"] is True


def test_a_run_in_which_a_rule_crashed_was_not_successful(unreadable: Finding) -> None:
    [invocation] = run_of(unreadable._replace(code="CNL003"))["invocations"]
    assert invocation["executionSuccessful"] is False


def test_a_fix_replaces_regions_of_the_file(finding: Finding) -> None:
    [result] = run_of(finding)["results"]
    [change] = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "deploy/deployment.yaml"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 19, "startColumn": 1, "endLine": 19, "endColumn": 1},
            "insertedContent": {"text": "          securityContext: {}\n"},
        }
    ]


def test_a_message_cannot_forge_a_link_to_a_related_location(finding: Finding) -> None:
    [result] = run_of(finding._replace(message="image [click](1) has no tag"))["results"]
    assert result["message"]["text"] == "image \\[click\\](1) has no tag"


def test_the_fingerprint_is_versioned(finding: Finding) -> None:
    [result] = run_of(finding)["results"]
    assert result["partialFingerprints"] == {"cnlint/v1": "77aa"}
