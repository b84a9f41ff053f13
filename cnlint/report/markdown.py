"""A summary in Markdown, for a pull request's comment or a job's summary."""

from collections.abc import Iterator

from cnlint.findings import SEVERITIES, Finding, RunReport
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import markdown, markdown_code
from cnlint.rules import RuleSet

# A comment on GitHub may have 65,536 characters; some are left to what others put around the report.
_ROOM = 60_000
_MARKS = {"error": "\N{CROSS MARK}", "warning": "\N{WARNING SIGN}\ufe0f", "info": "\N{INFORMATION SOURCE}\ufe0f"}


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write a heading with the counts and a table of findings, the gravest first, as many as fit into a comment."""
    active = sorted(report.active, key=lambda finding: SEVERITIES.index(finding.severity))
    if active:
        yield f"### {_MARKS[active[0].severity]} cnlint found {wording.plural(len(active), 'problem')}"
        yield f" ({wording.severities(active)})\n\n"
        yield from _table(active)
    else:
        yield "### \N{WHITE HEAVY CHECK MARK} cnlint found no problems\n\n"
    yield from _skipped(report, options.verbose)
    yield f"{markdown(wording.sentence(report))}\n"


def _table(findings: list[Finding]) -> Iterator[str]:
    yield "| | Place | Rule | Finding |\n| --- | --- | --- | --- |\n"
    left = _ROOM
    for shown, finding in enumerate(findings):
        row = _row(finding)
        left -= len(row)
        if left < 0:
            yield f"\n... and {wording.plural(len(findings) - shown, 'more problem')}.\n"
            break
        yield row
    yield "\n"


def _row(finding: Finding) -> str:
    place = markdown_code(f"{finding.path}:{finding.line}")
    lines = [markdown(finding.message)]
    lines += [f"{markdown(one.message)} ({markdown_code(f'{one.path}:{one.line}')})" for one in finding.related]
    if fix := wording.fix(finding):
        lines.append(f"**fix:** {markdown(fix)}")
    return f"| {_MARKS[finding.severity]} | {place} | {finding.code} {finding.name} | {'<br>'.join(lines)} |\n"


def _skipped(report: RunReport, verbose: bool) -> Iterator[str]:
    files = [file for file in report.files if file.skipped is not None]
    if not verbose or not files:
        return
    yield f"<details><summary>{wording.plural(len(files), 'file')} skipped</summary>\n\n"
    for file in files:
        yield f"- {markdown_code(file.path)}: {markdown(file.skipped or '')}\n"
    yield "\n</details>\n\n"
