"""Dockerfiles as instructions with exact positions.

The package dockerfile-parse gives the structure: keywords and the lines on which instructions start. It is fed with
lines that are normalised one by one, so that what it does not know (heredocs, blank lines in continuations, directives,
keywords split over lines) cannot mislead it, and its line numbers stay true. Everything within an instruction is read
here, from the source, by the rules of BuildKit's parser. Reading never stops at an error.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnlint.syntax.dockerfile_words import (
    Flag,
    HeredocWord,
    NotStringsError,
    Pair,
    Word,
    arguments,
    blank_words,
    heredoc_words,
    json_words,
    leading_flags,
    pairs,
)
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span

KEYWORDS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_JSON_KEYWORDS = frozenset(["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"])
_HEREDOC_KEYWORDS = frozenset(["ADD", "COPY", "RUN"])
_BLANK_KEYWORDS = frozenset(["ADD", "COPY", "EXPOSE", "FROM", "VOLUME"])
_DIRECTIVE_NAMES = ("syntax", "escape", "check")
_DIRECTIVE = regex(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=(.+)")
_KEYWORD = regex(r"[^\t\v\f\r ]+")
_INSTRUCTION_START = regex(rf"(?:{'|'.join(sorted(KEYWORDS))})[ \t]")


class Problem(NamedTuple):
    """A place where the builder would give up."""

    message: str
    span: Span


class Directive(NamedTuple):
    """A parser directive at the top: ``# escape=` ``."""

    name: str
    value: str
    span: Span


class Comment(NamedTuple):
    """A comment: line and column of its ``#``, and its text from there."""

    line: int
    column: int
    text: str
    own_line: bool = True


class Heredoc(NamedTuple):
    """A heredoc of an instruction: the word that announces it, and the lines of its body."""

    word: HeredocWord
    lines: tuple[tuple[int, int], ...]
    """Start and end offsets, in the file, of the lines of the body, line endings left out."""
    terminator: tuple[int, int] | None
    """Offsets of the terminator, ``None`` when it is missing."""

    def pieces(self, source: Source) -> list[tuple[int, int]]:
        """Give the lines of the body without the leading tabs that the heredoc strips."""
        if not self.word.strips_tabs:
            return list(self.lines)
        text = source.text
        return [(end - len(text[start:end].lstrip("\t")), end) for start, end in self.lines]


class MappedText:
    """Text put together from pieces of a file, with the way back from its characters to the file."""

    __slots__ = ("_starts", "pieces", "source", "text")

    def __init__(self, source: Source, pieces: list[tuple[int, int]], suffixes: Sequence[str] = ()) -> None:
        """Join the pieces of the file given by start and end offsets, each followed by its suffix."""
        self.source = source
        self.pieces = pieces
        if len(pieces) == 1 and not suffixes:
            start, end = pieces[0]
            self._starts = [0]
            self.text = source.text[start:end]
            return
        self._starts = []
        parts = []
        length = 0
        for index, (start, end) in enumerate(pieces):
            suffix = suffixes[index] if index < len(suffixes) else ""
            self._starts.append(length)
            parts.append(source.text[start:end] + suffix)
            length += end - start + len(suffix)
        self.text = "".join(parts)

    def offset(self, position: int) -> int:
        """Turn a position in the text into an offset in the file."""
        if len(self.pieces) == 1:
            return min(self.pieces[0][0] + position, len(self.source.text))
        start, _, begin = self._piece(position)
        return min(start + position - begin, len(self.source.text))

    def end_of_piece(self, position: int) -> int:
        """Give the offset in the file at which the piece that holds a position ends."""
        return self._piece(position)[1]

    def span(self, start: int, end: int) -> Span:
        """Turn a stretch of the text, end exclusive, into a span of the file."""
        first = self.offset(start)
        return self.source.span(first, self.offset(end - 1) + 1 if end > start else first)

    def pieces_from(self, position: int) -> list[tuple[int, int]]:
        """Give the pieces without what lies before a position."""
        index = max(bisect_right(self._starts, position) - 1, 0)
        rest = self.pieces[index:]
        return [(self.offset(position), rest[0][1]), *rest[1:]] if rest else []

    def _piece(self, position: int) -> tuple[int, int, int]:
        if not self.pieces:
            return 0, 0, position
        index = max(bisect_right(self._starts, position) - 1, 0)
        return (*self.pieces[index], self._starts[index])


class InstructionNode:
    """One instruction: its text without continuations and comments, taken apart as its keyword asks."""

    __slots__ = (
        "_mapped",
        "_shift",
        "blank_lines",
        "end_line",
        "escape",
        "exec_words",
        "flags",
        "heredocs",
        "keyword",
        "keyword_end",
        "line",
        "problems",
        "rest",
        "text",
        "trigger",
    )

    def __init__(self, keyword: str, mapped: MappedText, shift: int, escape: str) -> None:
        self.keyword = keyword
        """The keyword in upper case."""
        self.text = mapped.text[shift:].rstrip()
        """From the keyword on; all positions count in it."""
        self.line = 0
        """The line on which it starts."""
        self.end_line = 0
        """The last line, bodies of heredocs included."""
        self.escape = escape
        self.blank_lines: tuple[int, ...] = ()
        """Lines without text between its lines."""
        self.heredocs: tuple[Heredoc, ...] = ()
        self.problems: list[Problem] = []
        self._mapped = mapped
        self._shift = shift
        match = _KEYWORD.match(self.text)
        self.keyword_end = match.end() if match else 0
        self.flags: list[Flag]
        """The flags before the arguments, which the builder takes off every instruction."""
        self.rest: int
        """Where the arguments start."""
        self.flags, self.rest = leading_flags(self.text, self.keyword_end)
        if self.flags:
            self._check_flags()
        self.trigger: InstructionNode | None = self._trigger() if keyword == "ONBUILD" else None
        """The instruction that ONBUILD puts off."""
        self.exec_words: list[Word] | None = self._exec_words()
        """The strings of the exec form; ``None`` for the shell form."""

    @property
    def value(self) -> str:
        """The arguments as written, on one line."""
        return self.text[self.rest :]

    def words(self) -> list[Word]:
        """The arguments as the builder splits them for this keyword; for the shell form of a command one word."""
        if self.exec_words is not None:
            return self.exec_words
        if self.keyword in _BLANK_KEYWORDS:
            return blank_words(self.text, self.rest)
        return [Word(self.value, self.rest, len(self.text))] if self.value else []

    def pairs(self) -> list[Pair]:
        """The keys and values of ENV and LABEL, or the names and defaults of ARG."""
        if self.keyword == "ARG":
            return arguments(self.text, self.rest, self.escape)
        return pairs(self.text, self.rest, self.escape)

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a stretch of the text."""
        return self._mapped.span(start + self._shift, end + self._shift)

    def offset(self, position: int) -> int:
        """The offset in the file of a position in the text."""
        return self._mapped.offset(position + self._shift)

    @property
    def first_line_span(self) -> Span:
        """From the keyword to the end of its line, or of the instruction if that comes first."""
        start = self.offset(0)
        end = min(self._mapped.end_of_piece(self._shift), self.offset(len(self.text) - 1) + 1)
        return self.source.span(start, start + max(len(self.source.text[start:end].rstrip()), 1))

    @property
    def last_line_span(self) -> Span:
        """The text on its last line; bodies of heredocs are left out."""
        start, end = self._mapped.pieces[-1]
        text = self.source.text[start:end]
        return self.source.span(end - len(text.lstrip()), max(start + len(text.rstrip()), end - len(text.lstrip())))

    @property
    def is_on_one_line(self) -> bool:
        """Whether it is not continued."""
        return len(self._mapped.pieces) == 1

    @property
    def source(self) -> Source:
        """The file."""
        return self._mapped.source

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """Start and end offsets, in the file, of the lines that the arguments are made of."""
        return self._mapped.pieces_from(self.rest + self._shift)

    def _trigger(self) -> "InstructionNode | None":
        match = _KEYWORD.match(self.text, self.rest)
        # ONBUILD ONBUILD is an error of its own, and could nest without end.
        if match is None or match[0].upper() == "ONBUILD":
            return None
        return InstructionNode(match[0].upper(), self._mapped, self._shift + self.rest, self.escape)

    def _exec_words(self) -> list[Word] | None:
        start = self.rest
        if self.keyword == "HEALTHCHECK":
            kind = _KEYWORD.match(self.text, start)
            if kind is None or kind[0].upper() != "CMD":
                return None
            start = kind.end()
        elif self.keyword not in _JSON_KEYWORDS:
            return None
        try:
            return json_words(self.text, start)
        except NotStringsError:
            start += len(self.text[start:]) - len(self.text[start:].lstrip())
            message = f"the JSON array of {self.keyword} holds something else than strings"
            self.problems.append(Problem(message, self.span(start, len(self.text))))
            return None

    def _check_flags(self) -> None:
        for flag in self.flags:
            if not flag.terminated:
                message = f"the flag --{flag.name} of {self.keyword} has a quote that is not closed"
                self.problems.append(Problem(message, self.span(flag.start, flag.end)))
            elif not flag.name:
                message = f'the flag "{self.text[flag.start : flag.end]}" of {self.keyword} has no name'
                self.problems.append(Problem(message, self.span(flag.start, flag.end)))


class DockerfileSyntax:
    """A Dockerfile: its directives, instructions, comments and what is wrong with it, each in the order of the file."""

    __slots__ = ("comments", "directives", "escape", "instructions", "problems", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.escape = "\\"
        self.directives: list[Directive] = []
        self.comments: list[Comment] = []
        """All comments, parser directives included."""
        self.instructions: list[InstructionNode] = []
        self.problems: list[Problem] = []


def parse(source: Source) -> DockerfileSyntax:
    """Read a Dockerfile. Never raises: what is wrong stands in ``problems``."""
    reader = _Reader(source)
    reader.read()
    syntax = reader.syntax
    keywords = structure_of(reader.normalised) if reader.logical_lines else {}
    for logical in reader.logical_lines:
        node = InstructionNode(
            keywords.get(logical.first, logical.keyword), logical.mapped, logical.shift, syntax.escape
        )
        for part in (node, node.trigger) if node.trigger else (node,):
            part.line, part.end_line = reader.number(logical.first), reader.number(logical.last)
            part.blank_lines, part.heredocs = tuple(logical.blank_lines), tuple(logical.heredocs)
            if "<<" in part.text:
                _check_heredoc_destination(part)
            syntax.problems.extend(part.problems)
        syntax.instructions.append(node)
    if not syntax.instructions:
        syntax.problems.append(Problem("the file holds no instruction", Span(1, 1, 1, 1)))
    syntax.problems.sort(key=lambda problem: problem.span)
    return syntax


def structure_of(lines: list[str]) -> dict[int, str]:
    """Give the keyword of each instruction by the index of its first line, as dockerfile-parse sees them."""
    import io

    from dockerfile_parse import DockerfileParser

    # A file object keeps the parser from reading or writing ./Dockerfile.
    data = "\n".join([*lines, ""]).encode("utf-8", "replace")
    structure = DockerfileParser(fileobj=io.BytesIO(data)).structure
    return {entry["startline"]: entry["instruction"] for entry in structure if entry["instruction"] != "COMMENT"}


def _check_heredoc_destination(node: InstructionNode) -> None:
    if node.keyword not in ("ADD", "COPY") or node.exec_words is not None:
        return
    words = node.words()
    if words and heredoc_words(words[-1].text):
        message = f'{node.keyword} has the heredoc "{words[-1].text}" as its destination, which must be a path'
        node.problems.append(Problem(message, node.span(words[-1].start, words[-1].end)))


class _LogicalLine:
    """The physical lines of one instruction, counted from 0."""

    __slots__ = ("blank_lines", "first", "heredocs", "keyword", "last", "mapped", "pieces", "shift")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last = first
        self.pieces: list[tuple[int, int]] = []
        self.blank_lines: list[int] = []
        self.heredocs: list[Heredoc] = []

    def join(self, source: Source) -> bool:
        """Put the pieces together; tell whether there is any text."""
        self.mapped = MappedText(source, self.pieces)
        text = self.mapped.text
        self.shift = len(text) - len(text.lstrip())
        match = _KEYWORD.match(text, self.shift)
        self.keyword = match[0].rstrip().upper() if match else ""
        return bool(self.keyword)


class _Reader:
    """Goes through the physical lines once. They end at line feeds only, as the builder's do; the first is line 0."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.syntax = DockerfileSyntax(source)
        self.logical_lines: list[_LogicalLine] = []
        self.lines: list[tuple[int, int]] = []
        """Start and end offsets of the lines, line endings left out."""
        self.texts: list[str] = []
        start = 0
        for line in source.text.removesuffix("\n").split("\n"):
            text = line.rstrip("\r")
            self.texts.append(text)
            self.lines.append((start, start + len(text)))
            start += len(line) + 1
        # Only the first line of an instruction means anything to the structure. (Given continuations too, it would take
        # time quadratic in their number.)
        self.normalised = [""] * len(self.lines)
        self._has_returns = "\r" in source.text
        self._starts_with_interpreter = source.text.startswith("#!")
        self._indexes: dict[str, dict[str, list[int]]] = {}
        self._starts: list[int] | None = None

    def number(self, index: int) -> int:
        """Give the number of a line as people and `Source` count them, who take a carriage return for an end too."""
        if not self._has_returns:
            return index + 1
        return self.source.position(self.lines[index][0])[0]

    def read(self) -> None:
        in_directives = True
        index = 0
        while index < len(self.lines):
            text = self.texts[index].lstrip()
            in_directives = in_directives and self._is_directive(index, text)
            if text.startswith("#"):
                self._comment(index)
                index += 1
            elif text:
                index = self._instruction(index)
            else:
                index += 1

    def _comment(self, index: int) -> None:
        text = self.texts[index]
        at = text.index("#")
        line, column = self.source.position(self.lines[index][0] + at)
        self.syntax.comments.append(Comment(line, column, text[at:]))

    def _is_directive(self, index: int, text: str) -> bool:
        """Read a parser directive; any other line ends the block of directives."""
        if index == 0 and self._starts_with_interpreter:
            return True
        match = _DIRECTIVE.match(text)
        name = match[1].lower() if match else ""
        if match is None or name not in _DIRECTIVE_NAMES:
            return False
        # After a line with an interpreter the builder looks for its syntax only.
        if self._starts_with_interpreter and name != "syntax":
            return True
        value = match[2].strip()
        start = self.lines[index][1] - len(text)
        span = self.source.span(start, start + len(text.rstrip()))
        # The structure need not know the others, but must not take them for the end of the block.
        self.normalised[index] = "#" if self._starts_with_interpreter else "# syntax=x"
        if any(directive.name == name for directive in self.syntax.directives):
            self.syntax.problems.append(Problem(f'the parser directive "{name}" is repeated', span))
        elif name == "escape" and value not in ("\\", "`"):
            self.syntax.problems.append(Problem(f'the escape character is "{value}", which must be \\ or `', span))
        elif name == "escape":
            self.syntax.escape = value
            self.normalised[index] = f"# escape={value}"
        self.syntax.directives.append(Directive(name, value, span))
        return True

    def _instruction(self, index: int) -> int:
        """Read the instruction that starts on a line; give the index of the line after it."""
        logical = _LogicalLine(index)
        _, end = self.lines[index]
        continues = self._add_piece(logical, end - len(self.texts[index].lstrip()), end)
        index += 1
        while continues and index < len(self.lines):
            text = self.texts[index].lstrip()
            if text.startswith("#"):
                self._comment(index)
            elif text:
                logical.last = index
                continues = self._add_piece(logical, *self.lines[index])
            else:
                logical.blank_lines.append(self.number(index))
            index += 1
        if not logical.join(self.source):
            return index
        if continues:
            # The file ends within the instruction.
            logical.blank_lines = [line for line in logical.blank_lines if line < self.number(logical.last)]
            logical.last = index - 1
        self.normalised[logical.first] = self._first_line(logical)
        self.logical_lines.append(logical)
        return self._heredocs(logical, index)

    def _add_piece(self, logical: _LogicalLine, start: int, end: int) -> bool:
        """Add a line to an instruction; tell whether the instruction goes on after it."""
        escape = self.syntax.escape
        text = self.source.text[start:end].rstrip(" \t")
        continues = text.endswith(escape) and not text.endswith(escape * 2)
        logical.pieces.append((start, start + len(text) - 1) if continues else (start, end))
        return continues

    def _first_line(self, logical: _LogicalLine) -> str:
        """Give the first line with a whole keyword, and with a guard where it would seem to be continued."""
        start, end = logical.pieces[0]
        text = self.source.text[start:end]
        words = text.split(maxsplit=1)
        if not words or words[0].upper() != logical.keyword:
            return f"{logical.keyword} ."
        return text + " ." if text.rstrip().endswith(self.syntax.escape) else text

    def _heredocs(self, logical: _LogicalLine, index: int) -> int:
        """Read the heredocs of an instruction; give the index of the line after them."""
        if "<<" not in logical.mapped.text:
            return index
        node = InstructionNode(logical.keyword, logical.mapped, logical.shift, self.syntax.escape)
        part = node.trigger or node
        if part.keyword not in _HEREDOC_KEYWORDS or part.exec_words is not None:
            return index
        for word in heredoc_words(node.text):
            end = self._line_after(index, word.name, "tabs" if word.strips_tabs else "exact")
            terminated = end is not None
            if end is None:
                self.syntax.problems.append(self._unterminated(node, word, index))
                end = self._line_after(index, word.name.strip(), "stripped")
            last = self._instruction_after(index) if end is None else end
            terminator = self.lines[last] if end is not None else None
            logical.heredocs.append(Heredoc(word, tuple(self.lines[index:last]), terminator))
            index = last + 1 if end is not None else last
            logical.last = index - 1
            if not terminated:
                break
        return index

    def _unterminated(self, node: InstructionNode, word: HeredocWord, index: int) -> Problem:
        message = f'the heredoc "{word.name}" is not terminated'
        near = self._line_after(index, word.name.strip(), "stripped")
        if near is not None:
            message += f": line {self.number(near)} has blanks around the word"
        return Problem(message, node.span(word.start, word.end))

    def _line_after(self, index: int, text: str, form: str) -> int | None:
        """Find the first line from ``index`` on that reads ``text``; ``form`` says what is stripped of it."""
        if form not in self._indexes:
            strip = _FORMS[form]
            found: dict[str, list[int]] = {}
            for number in range(len(self.lines)):
                found.setdefault(strip(self.texts[number]), []).append(number)
            self._indexes[form] = found
        numbers = self._indexes[form].get(text, [])
        position = bisect_left(numbers, index)
        return numbers[position] if position < len(numbers) else None

    def _instruction_after(self, index: int) -> int:
        """Find the first line from ``index`` on that looks like an instruction, else the end of the file."""
        if self._starts is None:
            self._starts = [number for number, text in enumerate(self.texts) if _INSTRUCTION_START.match(text)]
        position = bisect_left(self._starts, index)
        return self._starts[position] if position < len(self._starts) else len(self.lines)


_FORMS: dict[str, Callable[[str], str]] = {
    "exact": lambda line: line,
    "tabs": lambda line: line.lstrip("\t"),
    "stripped": lambda line: line.strip(),
}
