"""The default report: findings grouped by file, each with its source line, a mark and what to do."""

from collections.abc import Iterator
from itertools import groupby

from cnlint.findings import SEVERITIES, Finding, RelatedLocation, RunReport
from cnlint.report import ReportOptions, wording
from cnlint.report.escape import visible
from cnlint.report.frame import DEFAULT_WIDTH, display_width, frame
from cnlint.report.style import Paint, painter
from cnlint.rules import RuleSet

# Places of related locations start at this column when their messages leave room, so that they line up across findings.
_RELATED_COLUMN = 50
_NARROWEST = 40
_LONGEST_SEVERITY = max(map(len, SEVERITIES))


def render(report: RunReport, rules: RuleSet, options: ReportOptions) -> Iterator[str]:
    """Write findings grouped by file, then the summary."""
    paint = painter(options.color)
    for path, group in groupby(report.active, key=lambda finding: finding.path):
        yield paint("path", visible(path)) + "\n"
        yield from _file(list(group), options.width, paint)
    if options.verbose:
        yield from _skipped(report, paint)
    yield _summary(report, paint) + "\n"


def _file(findings: list[Finding], width: int | None, paint: Paint) -> Iterator[str]:
    places = [f"{finding.line}:{finding.column}" for finding in findings]
    column = max(5, *map(len, places))
    digits = max(2, *(len(str(finding.line)) for finding in findings))
    layout = _Layout(" " * (column + 4), digits, width, paint)
    for finding, place in zip(findings, places, strict=True):
        severity = paint(finding.severity, finding.severity.ljust(_LONGEST_SEVERITY))
        rule = f"{paint('code', finding.code)} {paint('dim', finding.name)}"
        yield f"  {paint('code', place.ljust(column))}  {severity}  {rule}\n"
        yield from layout.body(finding, wording.fix(finding))
        yield "\n"


class _Layout:
    """Where the parts of the findings of one file stand."""

    __slots__ = ("digits", "indent", "paint", "width")

    def __init__(self, indent: str, digits: int, width: int | None, paint: Paint) -> None:
        self.indent = indent
        self.digits = digits
        self.width = width
        self.paint = paint

    @property
    def _start(self) -> int:
        """The column (0-based) of what stands behind the bar, and of notes."""
        return len(self.indent) + self.digits + 3

    def body(self, finding: Finding, hint: str) -> Iterator[str]:
        for line in self._wrapped(visible(finding.message), len(self.indent)):
            yield f"{self.indent}{line}\n"
        if finding.snippet.strip():
            yield from self._frame(finding)
        yield from self._related(finding.related)
        if hint:
            yield from self._fix(hint)

    def _frame(self, finding: Finding) -> Iterator[str]:
        gutter = f"{self.indent}{' ' * self.digits} {self.paint('gutter', '|')}"
        room = DEFAULT_WIDTH if self.width is None else max(self.width - self._start, _NARROWEST)
        end = finding.end_column if finding.end_line == finding.line else None
        line, start, length = frame(finding.snippet, finding.column, end, room)
        number = self.paint("gutter", f"{finding.line:>{self.digits}} |")
        yield f"{gutter}\n"
        yield f"{self.indent}{number} {line}\n"
        yield f"{gutter} {' ' * start}{self.paint(finding.severity, '^' * length)}\n"

    def _related(self, related: tuple[RelatedLocation, ...]) -> Iterator[str]:
        if not related:
            return
        messages = [visible(location.message) for location in related]
        places = [f"{visible(location.path)}:{location.line}" for location in related]
        widths = [display_width(message) for message in messages]
        column = max(widths) + 2
        if self.width is None or self._start + _RELATED_COLUMN + max(map(display_width, places)) <= self.width:
            column = max(column, _RELATED_COLUMN)
        for message, place, taken in zip(messages, places, widths, strict=True):
            yield f"{self._bullet()} {message}{' ' * (column - taken)}{self.paint('place', place)}\n"

    def _fix(self, hint: str) -> Iterator[str]:
        label = "fix:"
        start = self._start + len(label) + 1
        first, *rest = self._wrapped(visible(hint), start)
        yield f"{self._bullet()} {self.paint('fix', label)} {first}\n"
        for line in rest:
            yield f"{' ' * start}{line}\n"

    def _bullet(self) -> str:
        return f"{self.indent}{' ' * self.digits} {self.paint('gutter', '=')}"

    def _wrapped(self, text: str, indent: int) -> list[str]:
        if self.width is None or indent + len(text) <= self.width:
            return [text]
        import textwrap

        room = max(self.width - indent, _NARROWEST)
        return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [text]


def _skipped(report: RunReport, paint: Paint) -> Iterator[str]:
    files = [file for file in report.files if file.skipped is not None]
    if not files:
        return
    yield paint("title", "Skipped") + "\n"
    for file in files:
        yield f"  {visible(file.path)}  {paint('dim', visible(file.skipped or ''))}\n"
    yield "\n"


def _summary(report: RunReport, paint: Paint) -> str:
    text = wording.sentence(report)
    worst = next((severity for severity, number in wording.by_severity(report.active).items() if number), "good")
    head, separator, rest = text.partition("; ")
    return f"{paint(worst, head)}{separator}{rest}"
