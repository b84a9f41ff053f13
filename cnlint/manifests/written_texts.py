"""The texts that a Dockerfile writes to files of the image: by echo, printf, cat, tee and sed, or a heredoc of COPY."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.commands import Command, Locate
from cnlint.manifests.dockerfile import Instruction
from cnlint.syntax.dockerfile import MappedText
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.syntax.shell import Word

_HOLE = "\0"
# echo -e and printf make line ends and tabs of these; what takes their place has the same length.
_ESCAPES = {"\\n": " \n", "\\t": "  ", "\\r": "  "}
_ESCAPE = regex(r"\\[ntr]")
_SED_INSERT = regex(r"(?:^|[/\s\d$}])[aic](?:\\\s*|\s+)(?=\S)")


WRITERS = ("echo", "printf", "cat", "tee", "sed")
"""The commands that are looked at."""


class Line(NamedTuple):
    """A line to be found in the files of some paths; every line that matches has the word, in lower case."""

    word: str
    path: re.Pattern[str]
    pattern: re.Pattern[str]


class WrittenText:
    """A text that is written to a file, with the place of each of its characters.

    What is known only at run time is a NUL character in it.
    """

    __slots__ = ("_locate", "path", "text")

    def __init__(self, text: str, path: str | None, locate: Locate) -> None:
        self.text = text
        self.path = path
        """The file as it is named, ``None`` when only known at run time."""
        self._locate = locate

    def place(self, start: int, end: int) -> Place:
        """Give the place of two offsets into the text, the second exclusive."""
        return self._locate(start, end)


def lines_written(view: Command | Instruction, line: Line) -> Iterator[tuple[str, Place]]:
    """Give what matches of the lines that a command or COPY writes to a file, and where."""
    for written in texts_written(view, line.word):
        if written.path is None or not line.path.search(written.path):
            continue
        for match in line.pattern.finditer(written.text):
            text = match[0].strip()
            yield text, written.place(match.end() - len(text), match.end())


def texts_written(view: Command | Instruction, word: str) -> Iterator[WrittenText]:
    """Give the texts with a word, in lower case, that a command or COPY writes to files.

    What a command only shows is none of them.
    """
    texts = _texts_of_command(view, word) if isinstance(view, Command) else _texts_of_copy(view)
    return (written for written in texts if word in written.text.lower())


def _texts_of_command(command: Command, word: str) -> Iterator[WrittenText]:
    text = command.script.text
    bodies = [one.body for one in command.simple.redirections if one.body]
    if not any(word in text[start:end].lower() for start, end in [(command.simple.start, command.simple.end), *bodies]):
        return
    if command.program in ("echo", "printf"):
        path, is_written = _target(command)
        if is_written:
            yield _of_words(command, command.operands(), path)
    elif command.program == "cat":
        path, is_written = _target(command)
        if is_written:
            yield from (_slice(command, start, end, path) for start, end in bodies)
    elif command.program == "tee":
        yield from (_slice(command, start, end, _first_operand(command)) for start, end in bodies)
    elif command.program == "sed":
        yield from _of_sed(command)


def _texts_of_copy(instruction: Instruction) -> Iterator[WrittenText]:
    source = instruction.node.source
    copy = instruction.copy if instruction.node.heredocs else None
    if copy is None:
        return
    destination = copy.destination.value or ""
    for heredoc in instruction.node.heredocs:
        body = MappedText(source, heredoc.pieces(source), ["\n"] * len(heredoc.lines))
        path = destination + heredoc.word.name if destination.endswith("/") else destination
        yield WrittenText(body.text, path or None, _located(instruction, body))


def _located(instruction: Instruction, body: MappedText) -> Locate:
    return lambda start, end: Place(instruction.dockerfile.path, lambda: body.span(start, end))


def _target(command: Command) -> tuple[str | None, bool]:
    """Give the file that the output of a command goes to, and whether it goes to one."""
    is_grouped = command.simple.is_in("group", "subshell", "loop", "branch")
    redirections = [one for one in command.simple.redirections if _is_output(one.operator, one.descriptor)]
    if not redirections and is_grouped:
        redirections = [one for one in command.script.redirections if one.start > command.simple.end][:1]
    if redirections:
        target = redirections[-1].target
        return (target.value if target else None), True
    if command.simple.next_operator is None and not is_grouped:
        return None, False
    receivers = command.after if is_grouped else command.pipeline
    tee = next((one for one in receivers if one.program == "tee" and one.simple.operator in ("|", "|&")), None)
    return (None, False) if tee is None else (_first_operand(tee), True)


def _is_output(operator: str, descriptor: int | None) -> bool:
    return operator in (">", ">>", ">|", "&>", "&>>") and descriptor in (None, 1)


def _first_operand(command: Command) -> str | None:
    operands = command.operands()
    return operands[0].value if operands else None


def _of_words(command: Command, words: "list[Word]", path: str | None) -> WrittenText:
    """Put together what echo or printf writes, each character with its offset in the script."""
    pieces: list[str] = []
    offsets: list[int] = []
    # printf mostly writes a line for each of its words.
    separator = " " if command.program == "echo" else "\n"
    for number, word in enumerate(words):
        if number:
            pieces.append(separator)
            offsets.append(word.start - 1)
        for part in word.parts:
            is_literal = part.kind == "literal"
            text = part.value if is_literal else _HOLE
            pieces.append(text)
            is_verbatim = is_literal and part.end - part.start == len(text)
            offsets.extend(range(part.start, part.end) if is_verbatim else [part.start] * len(text))
    text = _ESCAPE.sub(lambda match: _ESCAPES[match[0]], "".join(pieces))

    def locate(start: int, end: int) -> Place:
        return command.place_at(offsets[start], offsets[max(end - 1, start)] + 1)

    return WrittenText(text, path, locate)


def _of_sed(command: Command) -> Iterator[WrittenText]:
    """Give what ``sed -i`` puts into a file: replacements, and lines that are added."""
    operands = command.operands()
    scripts = command.options("-e", "--expression")
    if not scripts:
        scripts, operands = operands[:1], operands[1:]
    if not operands or not any(flag.name in ("-i", "--in-place") for flag in command.flags):
        return
    for script in scripts:
        start, end = _written_by_sed(script.value or "")
        if end > start:
            first, last = script.offset_of(start), script.offset_of(end - 1) + 1
            yield _slice(command, first, last, operands[0].value)


def _written_by_sed(script: str) -> tuple[int, int]:
    """Give where in a sed script the text stands that it writes: in ``s/x/text/``, or ``a text``."""
    if len(script) > 3 and script[0] == "s" and script.count(script[1]) == 3:
        start = script.index(script[1], 2) + 1
        return start, script.index(script[1], start)
    match = _SED_INSERT.search(script)
    return (match.end(), len(script)) if match else (0, 0)


def _slice(command: Command, begin: int, stop: int, path: str | None) -> WrittenText:
    def locate(start: int, end: int) -> Place:
        return command.place_at(begin + start, begin + end)

    return WrittenText(command.script.text[begin:stop], path, locate)
