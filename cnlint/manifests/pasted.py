"""Manifests that run into each other because no ``---`` line stands between them."""

from typing import NamedTuple

from cnlint.manifests.kubernetes import ManifestProblem
from cnlint.manifests.view import DocumentLike
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span

_NEARLY_A_SEPARATOR = regex(r"[ \t]*(?:-(?:[ \t]*-)+|[—–]+|={3,}|_{3,})[ \t]*")
_TEMPLATE_SIGN = regex(r"[^#]*?(\{\{|\{%)")
_FIRST_KEY = regex(r"(apiVersion|kind)[ \t]*:[ \t]*(\S*)")


class Seam(NamedTuple):
    """A place where a manifest begins within the document of another."""

    source: Source
    key: Span
    """The key with which the second manifest shows itself."""
    kind_above: str
    """The kind of the manifest above as it is written; empty when it cannot be told."""


class BrokenSeparator(NamedTuple):
    """A line that was meant to be ``---``, between two manifests."""

    line: Span
    key: Span
    """The first key of the manifest that follows."""


def seams(document: DocumentLike) -> list[Seam]:
    """Give the places where manifests were pasted into a document: its ``apiVersion`` or ``kind`` comes again."""
    found = [one for one in getattr(document, "duplicates", ()) if one.path == () and one.key in ("apiVersion", "kind")]
    key = "apiVersion" if any(one.key == "apiVersion" for one in found) else "kind"
    source = getattr(document, "source", None)
    if source is None:
        return []
    kinds = [span for one in found if one.key == "kind" for span in (one.first, one.second)]
    return [Seam(source, one.second, _kind_above(source, kinds, one.second)) for one in found if one.key == key]


def first_line(seam: Seam) -> int:
    """Give the line on which the second manifest starts, with the comments right above it."""
    line = seam.key.line
    while line > 1 and _belongs_to_header(seam.source.line(line - 1)):
        line -= 1
    return line


def broken_separator(problem: ManifestProblem) -> BrokenSeparator | None:
    """Give the line that a file cannot be read for, if it was meant to separate two manifests."""
    source, line = problem.source, problem.place.span.line
    text = source.line(line)
    if text.rstrip() == "---" or not _NEARLY_A_SEPARATOR.fullmatch(text):
        return None
    above = (source.line(number) for number in range(1, line))
    if not any(_FIRST_KEY.match(one) for one in above):
        return None
    last = len(source.starts)
    following = next((n for n in range(line + 1, last + 1) if not _is_blank_or_comment(source.line(n))), None)
    match = _FIRST_KEY.match(source.line(following)) if following else None
    if following is None or match is None:
        return None
    key = Span(following, 1, following, 1 + len(match[1]))
    return BrokenSeparator(Span(line, 1, line, len(text) + 1), key)


def template_sign(problem: ManifestProblem) -> Span | None:
    """Give the sign of a template (``{{`` or ``{%``) that a file cannot be read for; comments are passed over."""
    line = problem.place.span.line
    for number in (line, line - 1, line + 1):
        if 1 <= number <= len(problem.source.starts):
            match = _TEMPLATE_SIGN.match(problem.source.line(number))
            if match is not None:
                return Span(number, match.start(1) + 1, number, match.end(1) + 1)
    return None


def _kind_above(source: Source, kinds: list[Span], key: Span) -> str:
    """Give the kind of the manifest that ends where another begins with ``key``; ``kind`` may stand before it."""
    start = first_line(Seam(source, key, ""))
    above = max((span for span in kinds if span.line < start), default=None)
    match = _FIRST_KEY.match(source.line(above.line)[above.column - 1 :]) if above else None
    return match[2].strip("\"'") if match else ""


def _belongs_to_header(line: str) -> bool:
    """Tell whether a line above the first key of a manifest is its comment or another of its first keys."""
    return line.startswith("#") or _FIRST_KEY.match(line) is not None


def _is_blank_or_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
