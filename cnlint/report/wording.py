"""Words that the formats share: counts, the summary of a run, and what to do about a finding."""

from collections import Counter
from collections.abc import Iterable

from cnlint.findings import SEVERITIES, CheckedFile, Finding, RunReport
from cnlint.report.escape import visible

_CHART_KINDS = ("helm-chart", "helm-template", "helm-values")
_NOT_RENDERED = "not rendered: "
_NOT_ASKED = "not rendered; --helm includes them, with the program helm installed"
# What is said of files of a chart that was rendered.
_OF_RENDERED_CHARTS = ("nothing is rendered", "test of", "values that no")


def fix(finding: Finding) -> str:
    """Say in short what to do about a finding, to stand behind ``fix:``; empty when nothing is known."""
    hint = finding.hint
    return hint[:1].lower() + hint[1:] if hint.partition(" ")[0].istitle() else hint


def plural(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity, the gravest first; severities without findings are counted too."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


def severities(findings: Iterable[Finding]) -> str:
    """Write counts by severity: ``1 error, 2 warnings``."""
    counts = by_severity(findings)
    return ", ".join(
        f"{number} info" if severity == "info" else plural(number, severity)
        for severity, number in counts.items()
        if number
    )


def skipped(files: Iterable[CheckedFile]) -> list[str]:
    """Say what was not checked and why: one phrase for each reason, the files of one Helm chart taken together."""
    files = list(files)
    folders = {_chart(file) for file in files if file.kind == "helm-chart"}
    charts: dict[str, str] = {}
    reasons: Counter[str] = Counter()
    notes: list[str] = []
    for file in files:
        if file.skipped is None:
            continue
        if file.kind in _CHART_KINDS and not file.skipped.startswith(_OF_RENDERED_CHARTS):
            reason = file.skipped.removeprefix(_NOT_RENDERED) if _NOT_RENDERED in file.skipped else _NOT_ASKED
            charts.setdefault(_outermost(_chart(file), folders), reason)
        elif file.kind == "project":
            notes.append(file.skipped)
        else:
            reasons[file.skipped] += 1
    counts = sorted(Counter(charts.values()).items())
    phrases = [f"{plural(number, 'Helm chart')} skipped ({reason})" for reason, number in counts]
    phrases += [f"{plural(number, 'file')} skipped ({reason})" for reason, number in sorted(reasons.items())]
    return phrases + notes


def _chart(file: CheckedFile) -> str:
    """Give the folder of the chart that a file belongs to, with a slash before it."""
    path = f"/{file.path}"
    return path.partition("/templates/")[0] if file.kind == "helm-template" else path.rpartition("/")[0]


def _outermost(chart: str, folders: set[str]) -> str:
    """Give the chart that a chart or one of its folders is part of."""
    folder = chart
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in folders and (chart not in folders or chart.startswith(f"{folder}/charts/")):
            chart = folder
    return chart


def sentence(report: RunReport) -> str:
    """Write the summary of a run as one sentence."""
    active = report.active
    checked = sum(1 for file in report.files if file.skipped is None)
    where = f" in {plural(checked, 'file')}" if checked else ""
    if active:
        parts = [f"Found {plural(len(active), 'problem')} ({severities(active)}){where}"]
    elif checked:
        parts = [f"No problems found{where}"]
    else:
        parts = ["No files were checked"]
    hidden = len(report.findings) - len(active)
    if hidden:
        parts.append(f"{hidden} suppressed")
    parts += map(visible, skipped(report.files))
    return "; ".join(parts) + "."
