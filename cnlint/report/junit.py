"""JUnit XML: a test suite for each file, a failed test case for each finding."""

from collections.abc import Iterator
from itertools import groupby

from cnlint.findings import CheckedFile, Finding, RunReport
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import xml
from cnlint.rules import RuleSet

# Findings that say that cnlint could not do its work are errors of the test, not failures of what is tested.
_TOOL_ERRORS = ("CNL001", "CNL002", "CNL003", "CNL004")


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write one document; a file without findings has one test case, which passed or was skipped."""
    active = report.active
    findings = {path: list(group) for path, group in groupby(active, key=lambda finding: finding.path)}
    files = {file.path: file for file in report.files}
    paths = sorted({*findings, *files})
    errors = sum(1 for finding in active if finding.code in _TOOL_ERRORS)
    tests = sum(len(findings.get(path, ())) or 1 for path in paths)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="cnlint" tests="{tests}" failures="{len(active) - errors}" errors="{errors}">\n'
    for path in paths:
        yield from _suite(path, findings.get(path, []), files.get(path))
    yield "</testsuites>\n"


def _suite(path: str, findings: list[Finding], file: CheckedFile | None) -> Iterator[str]:
    skipped = file.skipped if file is not None and not findings else None
    errors = sum(1 for finding in findings if finding.code in _TOOL_ERRORS)
    counts = f'tests="{len(findings) or 1}" failures="{len(findings) - errors}" errors="{errors}"'
    yield f'  <testsuite name="{xml(path)}" {counts} skipped="{int(skipped is not None)}">\n'
    for finding in findings:
        yield from _case(finding)
    if skipped is not None:
        yield f'    <testcase classname="{xml(path)}" name="check"><skipped message="{xml(skipped)}"/></testcase>\n'
    elif not findings:
        yield f'    <testcase classname="{xml(path)}" name="check"/>\n'
    yield "  </testsuite>\n"


def _case(finding: Finding) -> Iterator[str]:
    element = "error" if finding.code in _TOOL_ERRORS else "failure"
    place = f"{finding.path}:{finding.line}:{finding.column}"
    lines = [f"{place}: {finding.message}"]
    lines += [f"{related.path}:{related.line}: {related.message}" for related in finding.related]
    if fix := wording.fix(finding):
        lines.append(f"fix: {fix}")
    path, name = xml(finding.path), xml(f"{finding.code} {finding.name} ({finding.line}:{finding.column})")
    yield f'    <testcase classname="{path}" name="{name}" file="{path}" line="{finding.line}">\n'
    yield f'      <{element} type="{finding.severity}" message="{xml(finding.message)}">'
    yield "\n".join(map(xml, lines))
    yield f"</{element}>\n    </testcase>\n"
