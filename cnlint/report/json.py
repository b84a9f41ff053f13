"""The JSON report, documented in docs/json-output.md and schemas/report.schema.json."""

from collections.abc import Iterable, Iterator
from typing import Any

from cnlint import __version__
from cnlint.findings import CheckedFile, Finding, Fix, RelatedLocation, RunReport, Suppression
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import json_text
from cnlint.rules import RuleSet

FORMAT_VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come at any time."""


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write one JSON object, each finding and each file on a line of its own."""
    yield "{\n"
    yield f'  "version": {FORMAT_VERSION},\n'
    yield f'  "tool": {json_text({"name": "cnlint", "version": __version__})},\n'
    yield f'  "summary": {json_text(_summary(report))},\n'
    yield from _array("findings", map(_finding, report.findings))
    yield ",\n"
    yield from _array("files", map(_file, report.files))
    yield "\n}\n"


def _array(key: str, values: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = f'  "{key}": [\n    '
    for value in values:
        yield separator + json_text(value)
        separator = ",\n    "
    yield f'  "{key}": []' if separator.endswith("[\n    ") else "\n  ]"


def _summary(report: RunReport) -> dict[str, int]:
    active = report.active
    skipped = sum(1 for file in report.files if file.skipped is not None)
    return {
        **wording.by_severity(active),
        "suppressed": len(report.findings) - len(active),
        "files_checked": len(report.files) - skipped,
        "files_skipped": skipped,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "sub_code": finding.sub_code or None,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "snippet": finding.snippet,
        "hint": finding.hint,
        "related": [_related(location) for location in finding.related],
        "fixes": [_fix(fix) for fix in finding.fixes],
        "fingerprint": finding.fingerprint,
        "suppressed": _suppression(finding.suppressed),
        "equivalents": finding.equivalents,
    }


def _related(location: RelatedLocation) -> dict[str, Any]:
    return {"path": location.path, "message": location.message, **location.span._asdict()}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**edit.span._asdict(), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _suppression(suppression: Suppression | None) -> dict[str, Any] | None:
    if suppression is None:
        return None
    return {"kind": suppression.kind, "reason": suppression.reason, "line": suppression.line}


def _file(file: CheckedFile) -> dict[str, Any]:
    return {"path": file.path, "kind": file.kind, "skipped": file.skipped}
