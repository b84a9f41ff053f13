"""SARIF 2.1.0, the format of code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cnlint import __version__
from cnlint.findings import Finding, Fix, RelatedLocation, RunReport, Severity, Suppression
from cnlint.report import ReportOptions
from cnlint.report.escape import json_text, visible
from cnlint.rules import Rule, RuleSet
from cnlint.syntax.source import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
# Code scanning shows these as high, medium and low.
_SECURITY_SEVERITIES = {"error": "8.0", "warning": "5.0", "info": "2.0"}
_PROBLEM_SEVERITIES = {"error": "error", "warning": "warning", "info": "recommendation"}
_SECURITY_CATEGORIES = ("security", "supply-chain")
# Findings that say that a file, or a rule on a file, was not fully checked.
_FAILURES = ("CNL001", "CNL002", "CNL003", "CNL004", "CNL007")
_RULE_CRASHED = "CNL003"
_LONGEST_SNIPPET = 1000
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write one log with one run, each rule and each result on a line of its own.

    Only rules that have results are described, so that the log stays within what code scanning accepts.
    """
    codes = sorted({finding.code for finding in report.findings})
    indexes = {code: index for index, code in enumerate(codes)}
    failures = [finding for finding in report.active if finding.code in _FAILURES]
    yield f'{{\n"$schema": "{_SCHEMA}",\n"version": "2.1.0",\n"runs": [{{\n'
    yield f'"tool": {{"driver": {{"name": "cnlint", "version": "{__version__}", "semanticVersion": "{__version__}",\n'
    yield from _lines("rules", (_rule(code, rules.get(code), options) for code in codes))
    yield "\n}},\n"
    yield '"columnKind": "unicodeCodePoints",\n'
    yield f'"originalUriBaseIds": {json_text({"SRCROOT": {"uri": _root_uri(report.root)}})},\n'
    yield f'"invocations": [{json_text(_invocation(failures, indexes))}],\n'
    yield from _lines("results", (_result(finding, indexes[finding.code]) for finding in report.findings))
    yield "\n}]\n}\n"


@lru_cache(maxsize=1024)
def uri(path: str) -> str:
    """Write a path as a URI: relative to the root, or a ``file:`` URI where it is absolute.

    Everything but unreserved characters is percent-encoded, the colon too, which could be read as the end of a scheme.
    """
    encoded = _percent_encoded(path)
    return f"file://{encoded}" if path.startswith("/") else encoded


def _percent_encoded(path: str) -> str:
    # Bytes of a file name that are not UTF-8 come as half surrogates and become bytes again.
    data = path.encode("utf-8", "surrogateescape" if _is_encodable(path) else "replace")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data)


def _is_encodable(path: str) -> bool:
    return not any(0xD800 <= ord(character) < 0xDC80 or 0xDD00 <= ord(character) < 0xE000 for character in path)


def _root_uri(root: str) -> str:
    path = os.path.abspath(root).replace(os.sep, "/")
    return "file://" + _percent_encoded(f"/{path.strip('/')}/" if path.strip("/") else "/")


def _lines(key: str, values: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = f'"{key}": [\n'
    for value in values:
        yield separator + json_text(value)
        separator = ",\n"
    yield f'"{key}": []' if separator.endswith("[\n") else "]"


def _rule(code: str, rule: Rule | None, options: ReportOptions) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    from cnlint.report import rule_page

    docs = options.docs_of(code)
    described: dict[str, Any] = {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": docs.why or rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "help": {
            "text": f"{docs.why}\n\n{docs.remedy}".strip() or rule.summary,
            "markdown": rule_page.help_markdown(rule, docs),
        },
        "properties": _rule_properties(rule),
    }
    if docs.references:
        described["helpUri"] = docs.references[0]["url"]
    return described


def _rule_properties(rule: Rule) -> dict[str, Any]:
    is_security = rule.category in _SECURITY_CATEGORIES
    tags = dict.fromkeys([rule.category, rule.domain, *(["security"] if is_security else []), *rule.tags])
    properties: dict[str, Any] = {
        "tags": list(tags),
        "precision": "high",
        "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
        "profile": rule.profile,
        "equivalents": rule.equivalents,
    }
    if is_security:
        properties["security-severity"] = _SECURITY_SEVERITIES[rule.severity]
    return properties


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _level(finding.severity),
        "message": _message(finding.message),
        "locations": [{"physicalLocation": _physical_location(finding)}],
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"cnlint/v1": finding.fingerprint}
    if finding.related:
        result["relatedLocations"] = [_related(number, one) for number, one in enumerate(finding.related, 1)]
    if finding.suppressed is not None:
        result["suppressions"] = [_suppression(finding.suppressed, finding.path)]
    if finding.fixes:
        result["fixes"] = [_fix(fix, finding.path) for fix in dict.fromkeys(finding.fixes)]
    properties = {"hint": finding.hint, "subCode": finding.sub_code}
    if any(properties.values()):
        result["properties"] = {name: value for name, value in properties.items() if value}
    return result


def _level(severity: Severity) -> str:
    return _LEVELS[severity]


def _message(text: str) -> dict[str, str]:
    """Make a message; brackets are escaped where they could be read as a link to a related location (SARIF 3.11.6)."""
    shown = visible(text)
    if "](" in shown:
        shown = shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"text": shown}


def _artifact_location(path: str) -> dict[str, str]:
    return {"uri": uri(path)} if path.startswith("/") else {"uri": uri(path), "uriBaseId": "SRCROOT"}


def _physical_location(finding: Finding) -> dict[str, Any]:
    span = Span(finding.line, finding.column, finding.end_line, finding.end_column)
    region: dict[str, Any] = _region(span)
    location: dict[str, Any] = {"artifactLocation": _artifact_location(finding.path), "region": region}
    line = finding.snippet
    if line and finding.line == finding.end_line and len(line) <= _LONGEST_SNIPPET:
        marked = line[finding.column - 1 : finding.end_column - 1]
        if marked:
            region["snippet"] = {"text": marked}
        # A context region must hold more than the region itself.
        if marked != line:
            location["contextRegion"] = {"startLine": span.line, "endLine": span.line, "snippet": {"text": line}}
    return location


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _related(number: int, location: RelatedLocation) -> dict[str, Any]:
    physical = {"artifactLocation": _artifact_location(location.path), "region": _region(location.span)}
    return {"id": number, "message": _message(location.message), "physicalLocation": physical}


def _suppression(suppression: Suppression, path: str) -> dict[str, Any]:
    in_source = suppression.kind in ("inline", "annotation")
    described: dict[str, Any] = {
        "kind": "inSource" if in_source else "external",
        "status": "accepted",
        "properties": {"kind": suppression.kind},
    }
    if suppression.reason:
        described["justification"] = suppression.reason
    if in_source and suppression.line:
        place = {"artifactLocation": _artifact_location(path), "region": {"startLine": suppression.line}}
        described["location"] = {"physicalLocation": place}
    return described


def _fix(fix: Fix, path: str) -> dict[str, Any]:
    replacements: list[dict[str, Any]] = []
    for edit in fix.edits:
        replacement: dict[str, Any] = {"deletedRegion": _region(edit.span)}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        replacements.append(replacement)
    change = {"artifactLocation": _artifact_location(path), "replacements": replacements}
    return {"description": {"text": visible(fix.title)}, "artifactChanges": [change], "properties": {"safe": fix.safe}}


def _invocation(failures: list[Finding], indexes: dict[str, int]) -> dict[str, Any]:
    return {
        "executionSuccessful": all(finding.code != _RULE_CRASHED for finding in failures),
        "toolExecutionNotifications": [
            {
                "level": _level(finding.severity),
                "message": _message(finding.message),
                "associatedRule": {"id": finding.code, "index": indexes[finding.code]},
                "locations": [{"physicalLocation": _physical_location(finding)}],
            }
            for finding in failures
        ],
    }
