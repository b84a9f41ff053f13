"""Code frames: a line of source with a mark under the place of a finding."""

from typing import NamedTuple

from cnlint.report.escape import cells

_TAB = "    "
_ELLIPSIS = "..."
DEFAULT_WIDTH = 120
"""Columns of source that a frame shows when the width of the terminal is not known."""


class Frame(NamedTuple):
    """A source line made fit to print, and the columns (0-based) of the mark under it."""

    line: str
    start: int
    length: int


def frame(line: str, column: int, end_column: int | None, width: int = DEFAULT_WIDTH) -> Frame:
    """Make the frame of the characters from ``column`` to ``end_column`` (1-based, exclusive; ``None``: end of line).

    Tabs become blanks, control characters visible escapes; a line wider than ``width`` columns is cut to the part
    around the mark. Columns outside the line are held to its end.
    """
    line = line.rstrip()
    first = min(max(column - 1, 0), len(line))
    last = len(line) if end_column is None else min(max(end_column - 1, first), len(line))
    if len(line) <= width and line.isascii() and line.isprintable() and "##" not in line:
        return Frame(line, first, max(last - first, 1))
    # Only characters near the mark can be shown, however long the line is.
    offset = max(0, first - width)
    near = cells(line[offset : first + width], _TAB)
    start, end = _window(list(map(display_width, near)), first - offset, width, len(line) - offset)
    before = _ELLIPSIS if offset + start else ""
    after = _ELLIPSIS if offset + end < len(line) else ""
    mark = "".join(near[first - offset : min(last - offset, end)])
    text = before + "".join(near[start : first - offset])
    return Frame(before + "".join(near[start:end]) + after, display_width(text), max(display_width(mark), 1))


def display_width(text: str) -> int:
    """Count the columns that a text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(character) in ("Mn", "Me", "Cf") else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )


def _window(widths: list[int], first: int, width: int, length: int) -> tuple[int, int]:
    """Choose the cells to show of a line of ``length``: all, or those around the first marked one that have room."""
    if len(widths) == length and sum(widths) <= width:
        return 0, len(widths)
    room = width - 2 * len(_ELLIPSIS)
    start, taken = first, 0
    while start > 0 and taken + widths[start - 1] <= room // 3:
        start -= 1
        taken += widths[start]
    end = start
    taken = 0
    while end < len(widths) and taken + widths[end] <= room:
        taken += widths[end]
        end += 1
    return start, end
