"""Templates of Helm charts: which line of a template each line of a rendered document comes from.

What is rendered is a text again, and keeps most of its template: lines without an action stay as they are, others keep
what stands before their first action. The longest common sequence of such lines holds the two together. Repeated
lines go to the loop that they stand in, what lies between to the action that writes it, and the rest to the line above.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

_BLOCKS = frozenset({"if", "range", "with", "define", "block"})
_SILENT = _BLOCKS | {"else", "end", "break", "continue"}
_MOST_CANDIDATES = 48
"""Of the lines of a template, those that one rendered line may stand for; what is like more of them tells nothing."""

_MOST_ALIKE = 128
"""Lines of a template that are looked up alike, and loops; more of them are not told apart."""

_MOST_AHEAD = 128
"""Lines that are searched for the action that writes others."""

_FIRST_WORD = regex(r"-?\s*([A-Za-z]+\b|\$\w*\s*:?=|/\*)?")
_KEY = regex(r"( *(?:- +)*)(?:([\w./$-]+|\"[^\"]*\"|'[^']*')\s*:(?=\s|$))?")
_INDENT = regex(r"\bn?indent\s+\(?(?:int\s+)?(\d{1,3})")


class LineMap:
    """Where the lines of a rendered text stand in its template."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._rows = rows
        """Of each line: the line of the template, how many characters both begin with, the template line's indentation
        and its length."""

    @classmethod
    def of(cls, rendered: Sequence[str], template: Sequence[str], lines: Iterable[int]) -> "LineMap":
        """Make the map of rendered lines whose lines in the template are known, counted from 0."""
        rows = []
        for text, number in zip(rendered, lines, strict=True):
            written = template[number] if number < len(template) else ""
            same = _same(text, written)
            rows.append((number + 1, same, len(written) - len(written.lstrip()), len(written.rstrip())))
        return cls(rows)

    def to_json(self) -> list[list[int]]:
        """Give the rows in a form that can be written."""
        return [list(row) for row in self._rows]

    def line(self, number: int) -> int:
        """Give the line of the template for a line, both counted from 1."""
        return self._row(number)[0]

    def place(self, span: Span) -> Span:
        """Give the place in the template: exact where both texts are the same, else what is written in its stead."""
        line, same, indent, length = self._row(span.line)
        column = span.column if span.column <= same + 1 else max(same, indent) + 1
        column = max(1, min(column, length))
        end_line, end_same, _, end_length = self._row(span.end_line)
        if end_line < line:
            # The next round of a loop.
            end_line, end_column = line, length + 1
        elif span.end_column <= end_same + 1:
            end_column = span.end_column
        else:
            end_column = end_length + 1
        if end_line == line:
            end_column = max(end_column, column + 1)
        return Span(line, column, end_line, end_column)

    def lines_between(self, first: int, last: int) -> tuple[int, int]:
        """Give the first and the last line of the template that some lines come from."""
        found = [row[0] for row in self._rows[max(first - 1, 0) : last]] or [self.line(first)]
        return min(found), max(found)

    def _row(self, number: int) -> Sequence[int]:
        if not self._rows:
            return 1, 0, 0, 0
        return self._rows[min(max(number, 1), len(self._rows)) - 1]


class _Action(NamedTuple):
    start: int
    end: int
    word: str
    """The keyword that it begins with; empty for an expression, whose value is written."""

    @property
    def writes(self) -> bool:
        return self.word not in _SILENT and self.word != "/*" and not self.word.endswith("=")


class _Partial(NamedTuple):
    """A line of a template that begins as what is rendered from it."""

    number: int
    prefix: str
    suffix: str


class Template:
    """The text of a template, taken apart to find rendered lines in it."""

    def __init__(self, text: str) -> None:
        self.lines = [line.rstrip("\r") for line in text.split("\n")]
        self._literal: dict[str, list[int]] = {}
        self._partial: dict[str, list[_Partial]] = {}
        self._writers: dict[int, int | None] = {}
        """Lines with an action that may write several lines, and the indentation of these where it is named."""
        self._loops: list[tuple[int, int]] = []
        """First and last line of each loop, inner ones before those around them."""
        self._used: dict[int, int] = {}
        self._read(text)
        self._separators = [number for number, line in enumerate(self.lines) if line.startswith("---")]

    def align(self, rendered: Sequence[str]) -> list[int]:
        """Give for each line of a rendered document its line in the template, counted from 0."""
        first, last = self._section(rendered)
        known: dict[str, list[int]] = {}
        for line in rendered:
            if line not in known:
                known[line] = self._candidates(line, first, last)
        inside = [known[line] for line in rendered]
        return self._filled(rendered, inside, _longest_chain(inside), first, last)

    # Reading the template.

    def _read(self, text: str) -> None:
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        by_line: dict[int, list[_Action]] = {}
        open_blocks: list[tuple[str, int]] = []
        for action in _actions(text):
            first, last = (bisect_right(starts, place) - 1 for place in (action.start, action.end - 1))
            for number in range(first, last + 1):
                by_line.setdefault(number, []).append(action)
            if action.word in _BLOCKS:
                open_blocks.append((action.word, first))
            elif action.word == "end" and open_blocks:
                word, start = open_blocks.pop()
                if word == "range" and len(self._loops) < _MOST_ALIKE:
                    self._loops.append((start, last))
            elif action.writes:
                indent = _INDENT.search(text[action.start : action.end])
                self._writers[first] = int(indent[1]) if indent else self._writers.get(first)
        for number, line in enumerate(self.lines):
            self._take_in(number, line, by_line.get(number, ()), starts[number])

    def _take_in(self, number: int, line: str, actions: Sequence[_Action], start: int) -> None:
        if not actions:
            if line.strip():
                self._literal.setdefault(line.rstrip(), []).append(number)
            return
        prefix = line[: max(actions[0].start - start, 0)]
        suffix = line[actions[-1].end - start :].strip() if actions[-1].end - start <= len(line) else ""
        if prefix.strip():
            # What a condition writes may be missing.
            suffix = suffix if actions[-1].writes else ""
            self._partial.setdefault(_head(prefix), []).append(_Partial(number, prefix.rstrip(), suffix))

    # Finding lines.

    def _candidates(self, line: str, first: int, last: int) -> list[int]:
        """Give the lines of a part of the template that may have become a rendered line, in order."""
        text = line.rstrip()
        if not text:
            return []
        literal = self._literal.get(text, ())
        start = bisect_left(literal, first)
        found = list(literal[start : min(bisect_left(literal, last), start + _MOST_ALIKE)])
        for partial in self._partials(text):
            start = bisect_left(partial, (first, "", ""))
            for one in partial[start : min(bisect_left(partial, (last, "", "")), start + _MOST_ALIKE)]:
                if text.startswith(one.prefix) and text.endswith(one.suffix):
                    found.append(one.number)
        return sorted(found)

    def _partials(self, text: str) -> Iterator[list[_Partial]]:
        """Yield the lines that begin as a rendered line may have begun."""
        for head in dict.fromkeys((_head(text), _head(text, with_key=False))):
            if head in self._partial:
                yield self._partial[head]

    def _section(self, rendered: Sequence[str]) -> tuple[int, int]:
        """Give the part of the template, between separators, that a document comes from: the one most like it."""
        if not self._separators:
            return 0, len(self.lines)
        scores: dict[int, int] = {}
        for line in rendered:
            # What is found all over the template tells nothing.
            text = line.rstrip()
            alike = len(self._literal.get(text, ())) + sum(map(len, self._partials(text)))
            if alike <= _MOST_ALIKE:
                for section in {self._section_of(number) for number in self._candidates(text, 0, len(self.lines))}:
                    scores[section] = scores.get(section, 0) + 1
        # Of parts that are alike, each has its turn.
        turn = sum(self._used.values()) % (len(self._separators) + 1)
        best = max(scores, key=lambda one: (scores[one], -self._used.get(one, 0), -one), default=turn)
        self._used[best] = self._used.get(best, 0) + 1
        ends = [-1, *self._separators, len(self.lines)]
        return ends[best] + 1, ends[best + 1]

    def _section_of(self, number: int) -> int:
        return bisect_left(self._separators, number)

    def _filled(
        self,
        rendered: Sequence[str],
        candidates: Sequence[Sequence[int]],
        anchors: Mapping[int, int],
        first: int,
        last: int,
    ) -> list[int]:
        """Give a line to those rendered lines too that are not part of the common sequence."""
        following = [last] * (len(rendered) + 1)
        for place in range(len(rendered) - 1, -1, -1):
            following[place] = anchors.get(place, following[place + 1])
        found: list[int] = []
        current = next((number for number in range(first, last) if self.lines[number].strip()), first)
        for place, line in enumerate(rendered):
            if place in anchors:
                current = anchors[place]
            elif line.strip():
                repeated = self._in_loop(candidates[place], current, following[place])
                current = self._writer(line, current, following[place]) if repeated is None else repeated
            found.append(current)
        return found

    def _in_loop(self, candidates: Sequence[int], current: int, following: int) -> int | None:
        """Give the line of a loop around or right below the current line that a line repeats."""
        if not candidates:
            return None
        for start, end in self._loops:
            if start <= current <= end or current < start < following:
                inside = [number for number in candidates if start <= number <= end]
                if inside:
                    return next((number for number in inside if number > current), inside[0])
        return None

    def _writer(self, line: str, current: int, following: int) -> int:
        """Give the line with the action that writes a line which stands nowhere in the template."""
        indent = len(line) - len(line.lstrip())
        if current in self._writers and self._writers[current] == indent:
            return current
        if following <= current:
            following = next((end for start, end in self._loops if start <= current <= end), current) + 1
        # Lines that keep a beginning would have been found.
        following = min(following, current + _MOST_AHEAD)
        ahead = [number for number in range(current + 1, following) if self._is_writer_alone(number)]
        for number in ahead:
            if self._writers[number] == indent:
                return number
        if current in self._writers and (self._writers[current] or 0) <= indent:
            return current
        return next((number for number in ahead if (self._writers[number] or 0) <= indent), current)

    def _is_writer_alone(self, number: int) -> bool:
        return number in self._writers and self.lines[number].lstrip().startswith("{{")


def _actions(text: str) -> Iterator[_Action]:
    """Yield the actions of a template."""
    start = text.find("{{")
    while start >= 0:
        match = _FIRST_WORD.match(text, start + 2)
        word = (match[1] or "") if match else ""
        body = text.find("*/", start) if word == "/*" else start
        end = text.find("}}", body) if body >= 0 else -1
        if end < 0:
            return
        yield _Action(start, end + 2, word)
        start = text.find("{{", end + 2)


def _same(one: str, other: str) -> int:
    """Count the characters that two texts both begin with."""
    if one == other:
        return len(one)
    return next(
        (number for number, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _head(line: str, with_key: bool = True) -> str:
    """Give what a line of YAML is looked up by: its indentation and dashes, and its key."""
    match = _KEY.match(line)
    if match is None:
        return ""
    return f"{match[1]}{match[2]}:" if with_key and match[2] else match[1].rstrip(" ") + "\0"


def _longest_chain(candidates: Sequence[Sequence[int]]) -> dict[int, int]:
    """Give the longest sequence of pairs (place, number) in which both only grow."""
    ends: list[int] = []
    """The number at which the best chain of each length ends."""
    pairs: list[tuple[int, int, int]] = []
    last: list[int] = []
    for place, numbers in enumerate(candidates):
        if len(numbers) > _MOST_CANDIDATES:
            continue
        # From the last to the first: no place is to be taken twice.
        for number in reversed(numbers):
            length = bisect_left(ends, number)
            pairs.append((place, number, last[length - 1] if length else -1))
            if length == len(ends):
                ends.append(number)
                last.append(len(pairs) - 1)
            else:
                ends[length], last[length] = number, len(pairs) - 1
    chain: dict[int, int] = {}
    at = last[-1] if last else -1
    while at >= 0:
        place, number, at = pairs[at]
        chain[place] = number
    return chain
