"""One line a finding, as editors and grep like it: ``path:line:column: severity CODE message``."""

from collections.abc import Iterator

from cnlint.findings import RunReport
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import visible
from cnlint.report.style import painter
from cnlint.rules import RuleSet


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write one line for each finding, then the summary."""
    paint = painter(options.color)
    for finding in report.active:
        place = f"{visible(finding.path)}:{finding.line}:{finding.column}:"
        severity, code = paint(finding.severity, finding.severity), paint("code", finding.code)
        yield f"{place} {severity} {code} {visible(finding.message)}\n"
    if options.verbose:
        for file in report.files:
            if file.skipped is not None:
                yield f"{visible(file.path)}: skipped: {visible(file.skipped)}\n"
    yield wording.sentence(report) + "\n"
