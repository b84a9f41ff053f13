"""YAML and JSON files as plain values with the place of everything in them.

`parse` gives a `Stream` of `Document`. Values are plain ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and
``None``; positions stand in a tree beside them (`cnlint.syntax.yaml_nodes`) and are worked out when they are asked for.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from cnlint.syntax.libyaml import DocumentStartEvent, StreamEndEvent, event_parser
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span
from cnlint.syntax.yaml_document import Document, Duplicate, Mark, Part, Path
from cnlint.syntax.yaml_errors import AFTER_END, READ_ERRORS, explain
from cnlint.syntax.yaml_nodes import Builder, LimitError
from cnlint.syntax.yaml_resolve import Dialect

__all__ = [
    "DEFAULT",
    "Comment",
    "Dialect",
    "Document",
    "Duplicate",
    "Limits",
    "Mark",
    "Part",
    "Path",
    "Problem",
    "Stream",
    "parse",
]


_SEPARATOR = regex(r"[\r\n]---(?=[ \t\r\n]|\Z)")
_LINE_END = regex("[\r\n\x85\u2028\u2029]")
_SPACE = " \t\r\n\x85\u2028\u2029\ufeff"


class Limits(NamedTuple):
    """Bounds on what is read; beyond them a document is a problem, not a value."""

    max_depth: int = 100
    """Collections within one another. They are built recursively: some hundreds are the most that Python can do."""
    max_nodes: int = 1_000_000
    """Nodes of one document, each alias counted as the nodes that it stands for; and what the aliases of all documents
    together stand for."""
    max_documents: int = 200_000


DEFAULT = Limits()


class Problem(NamedTuple):
    """Why a document, or a part of it, could not be read, and where.

    A document that the parser refuses, or that passes a limit, is not among the documents of its stream. One in which
    only an alias or a key has no meaning is: the alias stands for ``None`` there.
    """

    message: str
    span: Span
    kind: Literal["syntax", "limit"]


class Comment(NamedTuple):
    """A comment: the place of its ``#``, its text from there on, and whether only blanks precede it on its line."""

    line: int
    column: int
    text: str
    own_line: bool


class Stream:
    """The documents of a file and what could not be read of it.

    A file of comments alone has no documents; a ``---`` with nothing after it makes one whose value is ``None``.
    """

    __slots__ = ("documents", "problems", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.documents: list[Document] = []
        self.problems: list[Problem] = []

    def comments(self) -> list[Comment]:
        """Find the comments of the file, in order; a ``#`` within a scalar starts none.

        In documents that are broken every ``#`` after a blank or at the start of a line counts.
        """
        return list(_comments(self))


def parse(source: Source, dialect: Dialect, limits: Limits = DEFAULT) -> Stream:
    """Read every document of ``source``.

    Never raises: what cannot be read is a problem with its place, and reading goes on at the next line that starts with
    ``---``. JSON that is no YAML in libyaml's eyes is read as JSON.
    """
    stream = Stream(source)
    reader = _Reader(stream, dialect, limits)
    if reader.read(event_parser, 0, len(source.text), is_first_try=True):
        return stream
    # Piece by piece, so that an error ends one document and no more; libyaml also reads some way ahead of an error.
    for start, end in _pieces(source.text, reader.done):
        if reader.may_start(start):
            reader.read(event_parser, start, end)
    if source.text.lstrip(" \t\r\n")[:1] in ("{", "[") and any(problem.kind == "syntax" for problem in stream.problems):
        return _json(source, dialect, limits) or stream
    return stream


def _json(source: Source, dialect: Dialect, limits: Limits) -> Stream | None:
    from cnlint.syntax.yaml_json import JsonError, JsonParser

    stream = Stream(source)
    try:
        _Reader(stream, dialect, limits).read(JsonParser, 0, len(source.text))
    except JsonError:
        return None
    return stream


class _Reader:
    """Reads pieces of a file into its stream."""

    def __init__(self, stream: Stream, dialect: Dialect, limits: Limits) -> None:
        self.stream = stream
        self.limits = limits
        self.builder = Builder(dialect, limits.max_depth, limits.max_nodes)
        self.done = 0
        """Where the last document ends that was read or is known to pass a limit."""
        self.is_full = False
        self.is_past_limit = False

    def read(self, parser: Any, start: int, end: int, is_first_try: bool = False) -> bool:
        """Read the documents between two offsets; tell whether all went well. A first try does not note the error."""
        whole = self.stream.source.text
        text = whole if end - start == len(whole) else whole[start:end]
        try:
            self._documents(parser(text).get_event, start)
        except LimitError as error:
            self.done = start + error.offset
            self.is_past_limit = is_first_try
            self._problem(error.message, self.done, self.done, "limit")
            return False
        except READ_ERRORS as error:
            if not is_first_try:
                message, first, last = explain(error, text, self.stream.source.position(start)[0])
                self._problem(message, start + first, start + last, "syntax")
            return False
        return True

    def may_start(self, start: int) -> bool:
        """Tell whether a document is to be read from here; note the problem if none can start here."""
        text = self.stream.source.text
        if self.is_full or self.is_past_limit:
            # What is left of the document that passes a limit is of no use.
            self.is_past_limit = False
            return False
        starts_line = start == 0 or text[start - 1] in "\r\n"
        if start in (0, len(text)) or (starts_line and text.startswith(("---", "...", "%"), start)):
            return True
        self._problem(AFTER_END, start, start + 1, "syntax")
        return False

    def _documents(self, get_event: Any, base: int) -> None:
        documents, builder = self.stream.documents, self.builder
        builder.get_event = get_event
        while True:
            event = get_event()
            kind = type(event)
            if kind is StreamEndEvent:
                return
            if kind is not DocumentStartEvent:
                continue
            start = base + event.start_mark.index
            if len(documents) >= self.limits.max_documents:
                self.is_full = True
                self._problem(f"more than {self.limits.max_documents:,} documents in one file", start, start, "limit")
                return
            tree = builder.document()
            self.done = base + get_event().start_mark.index
            documents.append(Document(self.stream.source, len(documents), tree, base, start, self.done))
            for fault in tree.faults:
                self._problem(fault.message, base + fault.start, base + fault.end, "syntax")

    def _problem(self, message: str, start: int, end: int, kind: Literal["syntax", "limit"]) -> None:
        self.stream.problems.append(Problem(message, self.stream.source.span(start, end), kind))


def _pieces(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Cut the text from ``start`` on before each line that begins with ``---``, directives above it included."""
    for found in _SEPARATOR.finditer(text, start):
        end = found.start() + 1
        while (above := _line_above(text, end)) > start and text[above] == "%":
            end = above
        if end > start:
            yield start, end
            start = end
    yield start, len(text)


def _line_above(text: str, position: int) -> int:
    """Give the start of the line before the one that starts at ``position``."""
    return max(text.rfind("\n", 0, position - 1), text.rfind("\r", 0, position - 1)) + 1


def _comments(stream: Stream) -> Iterator[Comment]:
    source = stream.source
    text = source.text
    scalars = [bounds for document in stream.documents for bounds in document.scalar_offsets()]
    scalars.append((len(text), len(text)))
    index = 0
    position = text.find("#")
    while position >= 0:
        while scalars[index][1] <= position:
            index += 1
        start, end = scalars[index]
        if start <= position:
            position = text.find("#", end)
        elif position == 0 or text[position - 1] in _SPACE:
            found = _LINE_END.search(text, position)
            end = found.start() if found else len(text)
            line, column = source.position(position)
            own_line = not source.line(line)[: column - 1].strip()
            yield Comment(line, column, text[position:end].rstrip(), own_line)
            position = text.find("#", end)
        else:
            position = text.find("#", position + 1)
