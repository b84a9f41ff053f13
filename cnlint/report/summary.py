"""The last line of a report: how many findings, in how many files, and what was left out."""

from collections import Counter
from collections.abc import Iterable

from cnlint.findings import SEVERITIES, CheckedFile, Finding, RunReport


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


def skipped(files: Iterable[CheckedFile]) -> list[tuple[str, str]]:
    """Count what was skipped: pairs of a number with its noun and the reason.

    The files of one Helm chart count as one: ``("1 Helm chart", "render it with --helm")``.
    """
    groups: dict[tuple[str, str], set[str]] = {}
    for file in files:
        if file.skipped is not None:
            chart = _chart(file)
            noun, thing = ("file", file.path) if chart is None else ("Helm chart", chart)
            groups.setdefault((noun, file.skipped), set()).add(thing)
    return [(plural(len(things), noun), reason) for (noun, reason), things in sorted(groups.items())]


def _chart(file: CheckedFile) -> str | None:
    if file.kind == "helm-template":
        return f"/{file.path}".partition("/templates/")[0]
    if file.kind == "helm-values":
        return f"/{file.path}".rpartition("/")[0]
    return None


def sentence(report: RunReport) -> str:
    """Write the summary of a run as one sentence."""
    active = report.active
    checked = sum(1 for file in report.files if file.skipped is None)
    files = plural(checked, "file")
    if active:
        parts = [f"Found {plural(len(active), 'problem')} ({severities(active)}) in {files}"]
    elif checked:
        parts = [f"No problems found in {files}"]
    else:
        parts = ["No files were checked"]
    hidden = len(report.findings) - len(active)
    if hidden:
        parts.append(f"{hidden} suppressed")
    parts += [f"{count} skipped ({reason})" for count, reason in skipped(report.files)]
    return "; ".join(parts) + "."
