"""The text of one file and positions in it."""

from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a file: 1-based lines and columns in Unicode code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def after(self) -> "Span":
        """The empty span right after it, where something can be inserted."""
        return Span(self.end_line, self.end_column, self.end_line, self.end_column)


class Source:
    r"""The decoded text of one file.

    ``path`` is relative to the project root, with forward slashes. ``text`` keeps its line endings; a byte order mark
    is not part of it. Lines end at ``\n``, ``\r\n`` or ``\r`` and nowhere else: form feeds and U+2028 do not end one.
    """

    __slots__ = ("_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Offsets at which the lines start; the first is 0."""
        if self._starts is None:
            self._starts = _line_starts(self.text)
        return self._starts

    def line(self, number: int) -> str:
        """Give line ``number`` (1-based) without its line ending; lines after the last are empty."""
        starts = self.starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """Turn an offset into the text into (line, column)."""
        starts = self.starts
        index = bisect_right(starts, offset) - 1
        return index + 1, offset - starts[index] + 1

    def offset(self, line: int, column: int) -> int:
        """Turn (line, column) into an offset into the text, held within it."""
        starts = self.starts
        if line > len(starts):
            return len(self.text)
        return min(starts[line - 1] + column - 1, len(self.text))

    def span(self, start: int, end: int) -> Span:
        """Turn two offsets into the text, the second exclusive, into a span."""
        starts = self.starts
        line = bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        if start <= end and (line == len(starts) or end < starts[line]):
            return Span(line, column, line, column + end - start)
        return Span(line, column, *self.position(end))


def _line_starts(text: str) -> list[int]:
    if "\r" not in text:
        lengths = [len(line) + 1 for line in text.split("\n")]
        return list(accumulate(lengths[:-1], initial=0))
    starts = [0]
    position = 0
    for line in text.splitlines(keepends=True):
        position += len(line)
        if line.endswith(("\n", "\r")):
            starts.append(position)
    return starts
