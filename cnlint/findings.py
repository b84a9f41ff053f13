"""What checks yield (reports) and what people get (findings), with their places."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from cnlint.syntax.source import Span

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Place:
    """A place in a file whose position is worked out only when it is asked for."""

    __slots__ = ("_span", "path")

    def __init__(self, path: str, span: Span | Callable[[], Span]) -> None:
        self.path = path
        self._span = span

    @property
    def span(self) -> Span:
        """The position."""
        if not isinstance(self._span, Span):
            self._span = self._span()
        return self._span


class Related(NamedTuple):
    """A second place that a report speaks of, and what is to be seen there."""

    place: Place
    message: str


class Edit(NamedTuple):
    """Replace the text of ``span`` in the finding's file (empty span: insert)."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change that mends a finding; ``safe`` when it cannot change what works today."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


class Report(NamedTuple):
    """What a check yields: a place and a message; the engine adds the rest.

    ``severity`` overrides the rule's own for this case. ``hint`` replaces the rule's remedy in the text report by one
    that fits this case. ``sub_code`` is the code of another tool whose finding the rule passes on (``SC2086``): by it,
    the one finding can be silenced or chosen.
    """

    place: Place
    message: str
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    hint: str | None = None
    fixes: tuple[Fix, ...] = ()
    sub_code: str = ""


def report(
    place: Place,
    message: str,
    *,
    related: tuple[Related, ...] | list[Related] = (),
    severity: Severity | None = None,
    hint: str | None = None,
    fixes: tuple[Fix, ...] | list[Fix] = (),
    sub_code: str = "",
) -> Report:
    """Make a report; see `Report`."""
    return Report(place, message, tuple(related), severity, hint, tuple(fixes), sub_code)


class RelatedLocation(NamedTuple):
    """A second place of a finding, resolved."""

    path: str
    span: Span
    message: str

    @property
    def line(self) -> int:
        """First line, 1-based."""
        return self.span.line

    @property
    def column(self) -> int:
        """First column, 1-based, in code points."""
        return self.span.column


class Suppression(NamedTuple):
    """What hid a finding: ``kind`` is ``inline``, ``annotation``, ``config``, ``baseline`` or ``diff``."""

    kind: str
    reason: str = ""
    line: int = 0


class Finding(NamedTuple):
    """One finding, as reported. Positions are 1-based, in code points, the end exclusive."""

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    related: tuple[RelatedLocation, ...] = ()
    fixes: tuple[Fix, ...] = ()
    fingerprint: str = ""
    suppressed: Suppression | None = None
    equivalents: tuple[str, ...] = ()
    hint: str = ""
    snippet: str = ""
    """The source line at ``line``, for code frames and fingerprints; empty when the file has none."""
    sub_code: str = ""
    """The code of another tool whose finding the rule passes on (``SC2086``)."""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The order of findings in every output."""
        return (self.path, self.line, self.column, self.code, self.message)


class CheckedFile(NamedTuple):
    """A file that was looked at: its kind, and why it or part of it was skipped, if it was."""

    path: str
    kind: str
    skipped: str | None = None


class RunReport(NamedTuple):
    """The result of one run."""

    findings: tuple[Finding, ...]
    """Every finding in order, those that are suppressed included and marked."""
    files: tuple[CheckedFile, ...]
    root: str = "."
    statistics: Mapping[str, Any] = MappingProxyType({})

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that nothing suppresses."""
        return tuple(finding for finding in self.findings if finding.suppressed is None)
