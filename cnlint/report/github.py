"""Workflow commands that GitHub Actions turns into annotations on the changed lines of a pull request."""

from collections.abc import Iterator

from cnlint.findings import Finding, RunReport
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import github_data, github_property, visible
from cnlint.rules import RuleSet

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write one workflow command for each finding, then the summary for the log."""
    for finding in report.active:
        yield _command(finding) + "\n"
    yield wording.sentence(report) + "\n"


def _command(finding: Finding) -> str:
    """Write ``::error file=...,line=...::message``.

    GitHub leaves out an annotation whose columns are given for a range of several lines.
    """
    properties = {"file": visible(finding.path), "line": str(finding.line), "endLine": str(finding.end_line)}
    if finding.line == finding.end_line:
        properties |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    listed = ",".join(f"{key}={github_property(value)}" for key, value in properties.items())
    lines = [finding.message]
    lines += [f"{related.message} ({related.path}:{related.line})" for related in finding.related]
    if fix := wording.fix(finding):
        lines.append(f"fix: {fix}")
    message = github_data("\n".join(map(visible, lines)))
    return f"::{_COMMANDS[finding.severity]} {listed}::{message}"
