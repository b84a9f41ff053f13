"""GitLab code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from collections.abc import Iterator

from cnlint.findings import RunReport
from cnlint.report import ReportOptions
from cnlint.report.escape import json_text, visible
from cnlint.rules import RuleSet

_SEVERITIES = {"error": "critical", "warning": "major", "info": "minor"}


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write a JSON array, one finding on each line."""
    separator = "[\n"
    for finding in report.active:
        entry = {
            "description": visible(finding.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": finding.path, "lines": {"begin": finding.line, "end": finding.end_line}},
        }
        yield separator + json_text(entry)
        separator = ",\n"
    yield "\n]\n" if report.active else "[]\n"
