"""Where in the file each character of a scalar's value stands, however the scalar is written."""

import re
from bisect import bisect_right
from typing import NamedTuple

from cnlint.syntax.patterns import regex

# libyaml and PyYAML break lines as YAML 1.1 does: NEL, LS and PS count.
_BREAKS = "\r\n\x85\u2028\u2029"
_LINE = regex(rf"([^{_BREAKS}]*)(\r\n|[{_BREAKS}]|\Z)")
_BREAK = regex(rf"\r\n|[{_BREAKS}]")


def _tokens(special: str, escapes: str) -> re.Pattern[str]:
    """Make the pattern of a quoted or plain scalar's parts: what is special to the style, line ends, and text.

    A line end takes the blanks around it along; text holds no line end, and no blanks before one.
    """
    word = rf"[^ \t{_BREAKS}{escapes}]++"
    fold = rf"[ \t]*(?:\r\n|[{_BREAKS}])[ \t{_BREAKS}]*"
    return re.compile(rf"{special}{fold}|[ \t]*{word}(?:[ \t]+{word})*+|[ \t]+")


_TOKENS = {
    "plain": _tokens("", ""),
    "single": _tokens("''|", "'"),
    "double": _tokens(
        rf"\\(?:[{_BREAKS}][ \t{_BREAKS}]*|u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}"
        r"|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|",
        r"\\\"",
    ),
}


class _Piece(NamedTuple):
    """Characters of the value from ``value`` on and of the file from ``start`` to ``end``.

    One for one where ``exact``, else (escapes, folded line ends) as a whole.
    """

    value: int
    start: int
    end: int
    exact: bool


class ScalarMap:
    """The places of a scalar's characters as offsets into the text."""

    __slots__ = ("_length", "_pieces", "_starts")

    def __init__(self, pieces: list[_Piece], length: int) -> None:
        self._pieces = pieces
        self._starts = [piece.value for piece in pieces]
        self._length = length

    def offsets(self, offset: int, length: int) -> tuple[int, int]:
        """Give start and end in the text of ``length`` characters from ``offset`` on, held within the value."""
        offset = min(max(offset, 0), self._length)
        last = min(offset + max(length, 0), self._length) - 1
        if last < offset:
            position = self._place(offset)[0] if offset < self._length else self._place(self._length - 1)[1]
            return position, position
        return self._place(offset)[0], self._place(last)[1]

    def _place(self, offset: int) -> tuple[int, int]:
        piece = self._pieces[bisect_right(self._starts, offset) - 1]
        if not piece.exact:
            return piece.start, piece.end
        start = piece.start + offset - piece.value
        return start, start + 1


def scalar_map(text: str, start: int, end: int, style: str, value: str) -> ScalarMap | None:
    """Map ``value`` to ``text[start:end]``, which writes it in ``style`` (see `Document.style`).

    ``start`` is that of the opening quote or block indicator. ``None`` where the two do not fit together.
    """
    if not value:
        return None
    if style == "literal":
        pieces = _literal(text, start, end, value)
    elif style == "folded":
        pieces = _folded(text, start, end, value)
    elif style == "plain":
        pieces = _flow(text, start, end, style, value)
    else:
        pieces = _flow(text, start + 1, end - 1, style, value)
    return ScalarMap(pieces, len(value)) if pieces else None


def _lines(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """Give start, end and start of the next line of each line of a block scalar below its header."""
    lines = []
    header = _LINE.match(text, start, end)
    position = header.end() if header else end
    while position < end:
        line = _LINE.match(text, position, end)
        if line is None or line.end() == position:
            break
        lines.append((position, line.end(1), line.end()))
        position = line.end()
    return lines


def _literal(text: str, start: int, end: int, value: str) -> list[_Piece] | None:
    pieces: list[_Piece] = []
    position = 0
    previous_end = start
    for _, line_end, next_line in _lines(text, start, end):
        if position >= len(value):
            break
        found = _LINE.match(value, position)
        assert found is not None
        content = found[1]
        begin = line_end - len(content)
        if text[begin:line_end] != content:
            return None
        if content:
            pieces.append(_Piece(position, begin, line_end, True))
        if found[2]:
            pieces.append(_Piece(found.end(1), line_end, next_line, False))
        position, previous_end = found.end(), line_end
    return pieces if _ends_blank(pieces, value, position, previous_end) else None


def _folded(text: str, start: int, end: int, value: str) -> list[_Piece] | None:
    lines = _lines(text, start, end)
    indent = _indent(text, lines, value)
    pieces: list[_Piece] = []
    position = 0
    previous_end = lines[0][0] if lines else start
    for line_start, line_end, _ in lines:
        begin = line_start + indent
        if begin >= line_end:
            continue
        content = text[begin:line_end]
        after = _past_breaks(value, position)
        if after == position and pieces and value[position : position + 1] == " ":
            after += 1
        if not value.startswith(content, after):
            return None
        if after > position:
            pieces.append(_Piece(position, previous_end, begin, False))
        pieces.append(_Piece(after, begin, line_end, True))
        position, previous_end = after + len(content), line_end
    return pieces if _ends_blank(pieces, value, position, previous_end) else None


def _ends_blank(pieces: list[_Piece], value: str, position: int, end: int) -> bool:
    """Tell whether nothing but line ends is left of the value, and put them at the end of the text."""
    if position < len(value):
        pieces.append(_Piece(position, end, end, False))
    return _past_breaks(value, position) >= len(value)


def _indent(text: str, lines: list[tuple[int, int, int]], value: str) -> int:
    """Give the indentation of a folded scalar: that of its first line that is not blank, less what the value kept."""
    for start, end, _ in lines:
        written = text[start:end]
        if written.strip(" "):
            first = _past_breaks(value, 0)
            kept = len(value) - first - len(value[first:].lstrip(" "))
            return len(written) - len(written.lstrip(" ")) - kept
    return 0


def _past_breaks(value: str, position: int) -> int:
    while position < len(value) and value[position] in _BREAKS:
        position += 1
    return position


def _flow(text: str, start: int, end: int, style: str, value: str) -> list[_Piece] | None:
    """Map quoted and plain scalars: escapes, doubled quotes, and line ends folded with the blanks around them."""
    pieces: list[_Piece] = []
    position = 0
    for found in _TOKENS[style].finditer(text, start, end):
        written = found[0]
        escaped = style == "double" and written[0] == "\\"
        breaks = len(_BREAK.findall(written))
        if breaks:
            produced = " " if breaks == 1 and not escaped else "\n" * (breaks - 1)
        elif escaped or (style == "single" and written == "''"):
            produced = value[position : position + 1]
        else:
            produced = written
        if not value.startswith(produced, position):
            return None
        if produced:
            pieces.append(_Piece(position, found.start(), found.end(), produced is written))
        position += len(produced)
    return pieces if position == len(value) else None
