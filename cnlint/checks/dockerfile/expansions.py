"""Variables that the builder puts into instructions: ``${NAME}``, ``${NAME:-default}``."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnlint.findings import Place, Report, report
from cnlint.manifests.dockerfile import Instruction
from cnlint.rules import check
from cnlint.syntax.dockerfile import MappedText
from cnlint.syntax.dockerfile_expand import expand

_EXPANDED_FLAGS = {"FROM": ("platform",), "COPY": ("chown", "chmod"), "ADD": ("chown", "chmod"), "RUN": ("mount",)}
_LONGEST = 60


class _Text(NamedTuple):
    """A text into which the builder puts variables, and how to find the place of a part of it."""

    text: str
    locate: Callable[[int, int], Place]
    has_quotes: bool = True
    """Whether quotes have a meaning in it."""


@check("DF010")
def invalid_variable_substitution(instruction: Instruction) -> Iterator[Report]:
    if instruction.parent is not None and instruction.keyword == "FROM":
        return
    if not instruction.node.heredocs and not _may_be_wrong(instruction.node.text):
        return
    for text, locate, has_quotes in _expanded_texts(instruction):
        if not _may_be_wrong(text):
            continue
        result = expand(text, {}, instruction.node.escape, quotes=has_quotes)
        start = result.error_start
        if result.error is not None and start is not None:
            wrong = _wrong_part(text, start)
            if "{{" in wrong and instruction.dockerfile.is_template:
                continue
            message, hint = _message_and_hint(wrong, result.error, instruction)
            yield report(locate(start, start + len(wrong)), message, hint=hint)
            # The quote that would close it stands in a word further on.
            if wrong[0] in "'\"":
                return


def _may_be_wrong(text: str) -> bool:
    return "${" in text or "'" in text or '"' in text


def _expanded_texts(instruction: Instruction) -> Iterator[_Text]:
    node, keyword = instruction.node, instruction.keyword
    for flag in node.flags:
        if flag.value and flag.terminated and flag.name in _EXPANDED_FLAGS.get(keyword, ()):
            yield _within(instruction, flag.value, flag.start, flag.end)
    if keyword in ("ARG", "ENV", "LABEL"):
        for pair in instruction.pairs:
            yield _within(instruction, pair.key, pair.start, pair.start + len(pair.key))
            if pair.value:
                yield _within(instruction, pair.value, pair.value_start, pair.end)
    elif keyword != "RUN":
        # Of FROM the image alone.
        for word in instruction.words[:1] if keyword == "FROM" else instruction.words:
            yield _within(instruction, word.text, word.start, word.end)
    if keyword in ("ADD", "COPY"):
        yield from _heredoc_bodies(instruction)


def _within(instruction: Instruction, text: str, start: int, end: int) -> _Text:
    """Give a text that stands between two offsets, in quotes or after a name perhaps."""
    written = instruction.node.text[start:end]
    shift = written.rfind(text)

    def locate(first: int, last: int) -> Place:
        # What JSON or the builder has unescaped has no places of its own.
        if shift < 0:
            return instruction.place_of(start, end)
        return instruction.place_of(start + shift + first, start + shift + last)

    return _Text(text, locate)


def _heredoc_bodies(instruction: Instruction) -> Iterator[_Text]:
    source, path = instruction.node.source, instruction.dockerfile.path
    for heredoc in instruction.node.heredocs:
        if heredoc.word.expands:
            body = MappedText(source, heredoc.pieces(source), ["\n"] * len(heredoc.lines))
            yield _Text(body.text, _locator(body, path), has_quotes=False)


def _locator(body: MappedText, path: str) -> Callable[[int, int], Place]:
    return lambda start, end: Place(path, body.span(start, end))


def _wrong_part(text: str, start: int) -> str:
    """Give the substitution that starts at an offset, or the rest of the line."""
    line = text[start:].split("\n", 1)[0].rstrip()
    end = line.find("}") if line.startswith("$") else -1
    return line[: end + 1] or line


def _message_and_hint(wrong: str, error: str, instruction: Instruction) -> tuple[str, str | None]:
    shown = wrong if len(wrong) <= _LONGEST else f"{wrong[:_LONGEST]}..."
    if error.endswith("quote"):
        kind = "single" if "single" in error else "double"
        hint: str | None = None
        if instruction.copy is not None:
            hint = f'write a path with blanks in a JSON array: {instruction.keyword} ["a b", "/c/"]'
        return f"a {kind} quote is opened at {shown} and never closed", hint
    if error == "missing '}'":
        is_closed_later = "}" in instruction.node.value.partition(wrong)[2]
        hint = "put the value in double quotes: a blank ends it" if is_closed_later else "add the closing brace"
        return f'the substitution "{shown}" is not closed', hint
    if error == "missing '/'":
        return f'the substitution "{shown}" has a pattern without a replacement', "write ${NAME/pattern/replacement}"
    if wrong.startswith("${{"):
        return f'the builder knows no expressions such as "{shown}"', "pass the value with ARG and --build-arg"
    if error == "bad substitution":
        return f'the substitution "{shown}" has no name', None
    modifier = error.removeprefix("unsupported modifier (").removesuffix(") in substitution")
    return f'the substitution "{shown}" has the modifier "{modifier}", which the builder does not know', None
