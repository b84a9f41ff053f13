"""Snapshots of YAML documents: values without their bulk, with the position of everything that was kept.

A snapshot is written in one pass over the document's value and its tree of positions (`cnlint.graph.snapshot_writer`),
as lines of JSON. Its value and its positions are read apart, each when it is first asked for: most snapshots are looked
at, few take part in a finding.
"""

import json
import sys
from array import array
from binascii import a2b_base64, b2a_base64
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from cnlint.graph.resources import Resource
from cnlint.manifests.view import Part, Path, dig
from cnlint.syntax.source import Span

LONGEST_STRING = 2048
"""Characters of a string of a manifest that are kept."""


class Snapshot:
    """One YAML document as the project stage keeps it; it can stand in for the document in every view."""

    __slots__ = (
        "_numbers",
        "_positions",
        "_positions_line",
        "_value",
        "_value_line",
        "hidden_kinds",
        "index",
        "path",
        "resources",
    )

    def __init__(self, path: str, header: list[Any], value_line: str, positions_line: str) -> None:
        self.path = path
        """The file, relative to the project root."""
        index, resources, hidden_kinds = header
        self.index: int = index
        """The document's number in its file, from 0."""
        self.resources = [Resource(self, tuple(place), *rest) for place, *rest in resources]
        """The objects of the document, those in lists included."""
        self.hidden_kinds: list[str] = hidden_kinds
        """Kinds of objects that repeated keys hide, where a separator between documents is missing."""
        self._value_line: str | None = value_line
        self._value: Any = None
        self._positions_line = positions_line
        self._positions: Positions | None = None
        self._numbers: dict[Path, int] = {}

    @property
    def value(self) -> Any:
        """Plain dicts, lists and scalars."""
        if self._value_line is not None:
            self._value = json.loads(self._value_line)
            self._value_line = None
        return self._value

    def span(self, path: Path, part: Part = "entry") -> Span:
        """The position of a path, or of its nearest present parent."""
        present = self._present(path)
        exact = len(present) == len(path)
        return self._read_positions().span(self._numbers[present], present, part if exact else "entry")

    def text(self, path: Path) -> str | None:
        """The scalar at ``path`` as it is written, before it is resolved to a type; ``None`` where there is none."""
        present = self._present(path)
        value = dig(self.value, present)
        if len(present) < len(path) or isinstance(value, dict | list):
            return None
        return self._read_positions().text(self._numbers[present], value)

    def source_of(self, path: Path) -> "tuple[Snapshot, Path]":
        """The document that says what stands at ``path``, and where in it: this one."""
        return self, path

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """The position of characters of the scalar at ``path``; the span of its entry where there is none."""
        text = self.text(path)
        if text is None:
            return self.span(path)
        return self._read_positions().locate(self._numbers[self._present(path)], text, offset, length)

    def _read_positions(self) -> "Positions":
        if self._positions is None:
            self._positions = Positions(self._positions_line)
        return self._positions

    def _present(self, path: Path) -> Path:
        """Give the longest beginning of ``path`` that is there, list indexes counted from the start."""
        if not self._numbers:
            _number(self.value, (), self._numbers)
        steps: list[str | int] = []
        value = self.value
        for step in path:
            if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
                step %= len(value)
            elif not isinstance(value, dict) or step not in value:
                break
            value = value[step]
            steps.append(step)
        return tuple(steps)


def _number(value: Any, path: Path, numbers: dict[Path, int]) -> None:
    """Number the nodes of a value in the order in which their positions stand."""
    numbers[path] = len(numbers)
    if isinstance(value, dict):
        for key, item in value.items():
            _number(item, (*path, key), numbers)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _number(item, (*path, index), numbers)


class Positions:
    """The positions of a snapshot: four offsets for each node, in the order of the nodes.

    Of the entry of a mapping: start and end of the key, start and end of the value. Of an item of a list and of the
    root: start and end of what a finding is shown at, start and end of the value. Offsets count from the start of the
    first line of the document.
    """

    __slots__ = ("_first_line", "_maps", "_offsets", "_starts", "_texts")

    def __init__(self, line: str) -> None:
        offsets, self._first_line, lengths, self._texts, self._maps = json.loads(line)
        self._offsets = unpack(offsets)
        self._starts = [0]
        for length in unpack(lengths):
            self._starts.append(self._starts[-1] + length)

    @staticmethod
    def encode(
        offsets: list[int], first_line: int, starts: list[int], texts: dict[int, str], maps: dict[int, list[int]]
    ) -> str:
        """Write positions. ``starts`` are the offsets of the document's lines, the first of them 0.

        ``texts`` has the scalars, by the number of their node, whose text the value does not show. ``maps`` has, for
        strings that do not stand in the file as they are, the pieces of their map, four numbers each.
        """
        lengths = [after - before for before, after in pairwise(starts)]
        packed = {number: pack(pieces) for number, pieces in maps.items()}
        return to_json([pack(offsets), first_line, pack(lengths), texts, packed])

    def span(self, number: int, path: Path, part: Part) -> Span:
        """The position of a part of a node."""
        start, end, value_start, value_end = self._offsets[4 * number : 4 * number + 4]
        if part == "value":
            return self._span(value_start, value_end)
        is_entry = bool(path) and isinstance(path[-1], str)
        if part == "entry" and is_entry and value_start < value_end and self._line(start) == self._line(value_end):
            return self._span(start, value_end)
        return self._span(start, end)

    def text(self, number: int, value: Any) -> str:
        """The text of a scalar."""
        return self._texts.get(str(number)) or plain_text(value)

    def locate(self, number: int, text: str, offset: int, length: int) -> Span:
        """The position of characters of a scalar."""
        from cnlint.syntax.yaml_scalars import ScalarMap, _Piece

        _, _, value_start, value_end = self._offsets[4 * number : 4 * number + 4]
        packed = self._maps.get(str(number))
        if packed is not None:
            numbers = unpack(packed)
            pieces = [
                _Piece(numbers[at], numbers[at + 1], numbers[at + 2], bool(numbers[at + 3]))
                for at in range(0, len(numbers), 4)
            ]
        else:
            quote, odd = divmod(value_end - value_start - len(text), 2)
            if not text or odd or quote not in (0, 1):
                return self._span(value_start, value_end)
            pieces = [_Piece(0, value_start + quote, value_end - quote, True)]
        return self._span(*ScalarMap(pieces, len(text)).offsets(offset, length))

    def _span(self, start: int, end: int) -> Span:
        return Span(*self._position(start), *self._position(end))

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def _position(self, offset: int) -> tuple[int, int]:
        line = self._line(offset)
        return self._first_line + line, offset - self._starts[line] + 1


def plain_text(value: Any) -> str:
    """Give the most usual way to write a scalar."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return str(value)


def decode_snapshots(
    path: str, facts: str, make: Callable[[str, list[Any], str, str], Snapshot] = Snapshot
) -> list[Snapshot]:
    """Give the snapshots of a file: a line of headers, then two lines for each document."""
    headers, *lines = facts.split("\n")
    return [
        make(path, header, lines[2 * place], lines[2 * place + 1]) for place, header in enumerate(json.loads(headers))
    ]


def join_snapshots(snapshots: Iterable[tuple[list[Any], str, str]]) -> str:
    """Put headers, values and positions of a file's documents together for `decode_snapshots`."""
    headers, lines = [], [""]
    for header, value, positions in snapshots:
        headers.append(header)
        lines += (value, positions)
    lines[0] = to_json(headers)
    return "\n".join(lines)


# json.dumps would make an encoder for each call.
_encoder = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def to_json(content: Any) -> str:
    """Write JSON without blanks or line ends."""
    return _encoder.encode(content)


def pack(numbers: list[int]) -> str:
    """Write numbers that are not negative, little-endian, two bytes each where they fit, else four."""
    code = "H" if max(numbers, default=0) < 1 << 16 else "I"
    data = array(code, numbers)
    if sys.byteorder == "big":
        data.byteswap()
    return code + b2a_base64(data.tobytes(), newline=False).decode("ascii")


def unpack(text: str) -> "array[int]":
    """Read what `pack` wrote."""
    data: array[int] = array("H" if text[0] == "H" else "I")
    data.frombytes(a2b_base64(text[1:]))
    if sys.byteorder == "big":
        data.byteswap()
    return data
