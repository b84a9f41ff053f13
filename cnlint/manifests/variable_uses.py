"""The variables that an instruction of a Dockerfile refers to: those that the builder puts in, and those of scripts.

The two are kept apart: the builder knows ARG and ENV only, a script has variables of its own besides.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cnlint.findings import Place
from cnlint.manifests.commands import Command
from cnlint.manifests.dockerfile import Instruction
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.dockerfile_words import heredoc_words
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Script, Word

_WORDS_EXPANDED = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
_PAIRS_EXPANDED = frozenset({"ARG", "ENV", "LABEL"})
_FLAGS_EXPANDED = frozenset({"chmod", "chown", "checksum"})
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
# ${x:-word}, ${x+word}, ${x:?word}: what shall be where the variable is not set is said.
_WITH_DEFAULT = regex(r"\$\{\w+:?[-+=?]")
_NESTED = 4
_SOURCING = frozenset({".", "source", "eval"})


class VariableUse(NamedTuple):
    """A place where a variable is put in."""

    name: str
    place: Place
    has_default: bool
    """Whether it is said what shall be if the variable is not set (``${x:-y}``, ``${x:+y}``, ``${x:?m}``)."""


def uses_by_builder(instruction: Instruction) -> Iterator[VariableUse]:
    """Yield the variables that the builder puts into an instruction; FROM is left out."""
    if "$" not in instruction.node.text:
        return
    keyword = instruction.keyword
    if keyword in _WORDS_EXPANDED:
        for word in instruction.words:
            # The exec form has escapes in its strings: where a part of them stands is not worked out.
            exact = not instruction.is_exec_form
            if "$" in word.text and not heredoc_words(word.text):
                yield from _uses(instruction, word.text, word.start, None if exact else word.end)
    elif keyword in _PAIRS_EXPANDED:
        for pair in instruction.pairs:
            if keyword != "ARG":
                yield from _uses(instruction, pair.key, pair.start)
            yield from _uses(instruction, pair.value or "", pair.value_start)
    for flag in instruction.flags:
        if keyword in ("ADD", "COPY") and flag.name in _FLAGS_EXPANDED:
            yield from _uses(instruction, flag.value or "", flag.start, flag.end)
    if keyword == "RUN":
        for mount in instruction.mounts:
            for field in mount.fields:
                if field.key != "from":
                    yield from _uses(instruction, field.text or "", field.start, field.end)


def _uses(instruction: Instruction, text: str, start: int, end: int | None = None) -> Iterator[VariableUse]:
    """Give the variables of a text at ``start``; with an end, all of them stand at the whole."""
    # What another tool fills in is no text for the builder.
    if "$" not in text or "{{" in text:
        return
    expansion = expand(text, {}, instruction.node.escape)
    if expansion.error is not None:
        return
    for name, first, last in expansion.references:
        if _NAME.fullmatch(name):
            place = instruction.place_of(start, end) if end else instruction.place_of(start + first, start + last)
            yield VariableUse(name, place, _WITH_DEFAULT.match(text, first) is not None)


def uses_by_shell(instruction: Instruction) -> Iterator[VariableUse]:
    """Yield the variables that the scripts of a RUN refer to, of ``sh -c`` too, in no particular order."""
    seen: set[int] = set()
    for command in instruction.commands:
        script = command.script
        if id(script) in seen or "$" not in script.text or (instruction.is_exec_form and command.outer is None):
            continue
        seen.add(id(script))
        for word in _words_of(script):
            yield from _uses_in_word(word, command, _NESTED)


def _words_of(script: Script) -> Iterator[Word]:
    yield from script.head_words
    for simple in script.commands:
        yield from simple.words
        yield from (assignment.value for assignment in simple.assignments if assignment.value is not None)
    for redirection in (*script.redirections, *(one for simple in script.commands for one in simple.redirections)):
        if redirection.target is not None and redirection.body is None:
            yield redirection.target
        elif redirection.target is not None and redirection.body and not redirection.target.is_quoted:
            yield Word(script.text, *redirection.body)


def _uses_in_word(word: Word, command: Command, depth: int) -> Iterator[VariableUse]:
    if "$" not in word.text:
        return
    for part in word.parts:
        if part.kind not in ("variable", "parameter") or not _NAME.fullmatch(part.value):
            continue
        text = word.source
        place = command.place_at(part.start, part.end)
        yield VariableUse(part.value, place, _WITH_DEFAULT.match(text, part.start, part.end) is not None)
        inner = part.start + 2 + len(part.value)
        if part.kind == "parameter" and depth and "$" in text[inner : part.end]:
            yield from _uses_in_word(Word(text, inner, part.end - 1), command, depth - 1)


def names_set_by_shell(instruction: Instruction) -> set[str] | None:
    """Give the names of the variables that a RUN sets anywhere; ``None`` when it reads in some that nobody knows."""
    names = {value for mount in instruction.mounts if (value := mount.get("env"))}
    seen: set[int] = set()
    for command in instruction.commands:
        if command.program in _SOURCING:
            return None
        names.update(command.environment)
        if id(command.script) not in seen:
            seen.add(id(command.script))
            names.update(assignment.name for assignment in command.script.assignments())
            names.update(one.name for simple in command.script.commands for one in simple.assignments)
            names.update(_operands_of_setters(command.script))
    return names


def _operands_of_setters(script: Script) -> Iterator[str]:
    for simple in script.commands:
        if simple.words and simple.words[0].text in ("local", "declare", "typeset", "export", "readonly"):
            yield from (word.prefix.partition("=")[0] for word in simple.words[1:])
