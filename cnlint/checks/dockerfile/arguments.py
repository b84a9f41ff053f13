"""The arguments of instructions: how many there are, and in which form."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnlint.findings import Edit, Fix, Related, Report, Severity, report
from cnlint.manifests.dockerfile import Instruction
from cnlint.rules import check
from cnlint.syntax.dockerfile import InstructionNode
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.dockerfile_words import blank_words, pairs, quoted_words
from cnlint.syntax.patterns import regex

_TEMPLATE_MARKS = ("{{", "{%", "<%")
_TEMPLATE_MARK = regex(r"\{\{|\{%|<%")


class _Fault(NamedTuple):
    """What is wrong with the arguments, and the word that shows it."""

    message: str
    start: int = 0
    end: int = 0
    severity: Severity | None = None


@check("DF003")
def wrong_argument_count(instruction: Instruction) -> Iterator[Report]:
    node = instruction.node
    is_forbidden = instruction.parent is not None and node.keyword in ("FROM", "MAINTAINER")
    if node.problems or is_forbidden or _TEMPLATE_MARK.search(node.text):
        return
    if node.value:
        find = _FAULTS.get(node.keyword)
        fault = find(instruction) if find else None
    else:
        fault = _Fault(f"{node.keyword} has no argument")
    if fault is None:
        return
    related = []
    if fault.end:
        related.append(Related(instruction.place_of(fault.start, fault.end), "here"))
    yield report(
        instruction.place, fault.message, related=related, severity=fault.severity, hint=_comment_hint(instruction)
    )


def _comment_hint(instruction: Instruction) -> str | None:
    if any(word.text.startswith("#") for word in blank_words(instruction.node.text, instruction.node.rest)):
        return "put the comment on a line of its own: a # later in a line starts none"
    return None


def _of_pairs(instruction: Instruction) -> _Fault | None:
    keyword = instruction.keyword
    for pair in instruction.pairs:
        if not pair.key:
            return _Fault(f"{keyword} has a value without a key", pair.start, pair.end)
        if pair.value is None and keyword != "ARG":
            is_alone = len(instruction.pairs) == 1
            what = "has no value" if is_alone else 'has no "=", unlike the others'
            return _Fault(f'{keyword} "{pair.key}" {what}', pair.start, pair.end)
    return None


def _of_copy(instruction: Instruction) -> _Fault | None:
    words = instruction.words
    if len(words) > 1:
        return None
    alone = f'"{words[0].text}" alone' if words else "none"
    return _Fault(f"{instruction.keyword} needs a source and a destination, and has {alone}")


def _of_from(instruction: Instruction) -> _Fault | None:
    words = [word.text for word in instruction.words]
    # A flag whose value is missing has left it here as a word.
    if len(words) == 1 or any(flag.value is None for flag in instruction.flags):
        return None
    if len(words) != 3:
        return _Fault(f"FROM takes an image, or an image AS a name, and has {len(words)} words")
    if words[1].upper() != "AS":
        second = instruction.words[1]
        return _Fault(f'FROM has "{second.text}" where AS belongs', second.start, second.end)
    return None


def _of_healthcheck(instruction: Instruction) -> _Fault | None:
    node = instruction.node
    kind, *rest = blank_words(node.text, node.rest, limit=1)
    name = kind.text.upper()
    if name == "NONE":
        return _Fault("HEALTHCHECK NONE has arguments, and takes none", rest[0].start, rest[0].end) if rest else None
    if name != "CMD":
        return _Fault(f'HEALTHCHECK has "{kind.text}" where CMD or NONE belongs', kind.start, kind.end)
    return None if rest and node.exec_words != [] else _Fault("HEALTHCHECK CMD has no command")


def _of_shell(instruction: Instruction) -> _Fault | None:
    words = instruction.node.exec_words
    if words is None:
        return _Fault("SHELL is no JSON array of strings")
    return None if words else _Fault("SHELL has an empty array")


def _of_volume(instruction: Instruction) -> _Fault | None:
    if instruction.is_exec_form and not instruction.words:
        return _Fault("VOLUME has an empty array")
    empty = next((word for word in instruction.words if not word.text.strip()), None)
    return _Fault("VOLUME has an empty path", empty.start, empty.end) if empty else None


def _of_user(instruction: Instruction) -> _Fault | None:
    node = instruction.node
    # Some accounts of Windows have a blank in their names.
    if "${" in node.value or instruction.is_windows:
        return None
    count = len(quoted_words(node.text, node.rest, node.escape))
    if count < 2:
        return None
    return _Fault(f'USER has {count} words: the builder takes all of "{node.value}" as the name', severity="warning")


_FAULTS: dict[str, Callable[[Instruction], _Fault | None]] = {
    "ADD": _of_copy,
    "ARG": _of_pairs,
    "COPY": _of_copy,
    "ENV": _of_pairs,
    "FROM": _of_from,
    "HEALTHCHECK": _of_healthcheck,
    "LABEL": _of_pairs,
    "SHELL": _of_shell,
    "USER": _of_user,
    "VOLUME": _of_volume,
}


@check("DF009")
def legacy_key_value(instruction: Instruction) -> Iterator[Report]:
    node = instruction.node
    words = quoted_words(node.text, node.rest, node.escape)
    parts = blank_words(node.text, node.rest, limit=1)
    if len(parts) < 2 or "=" in words[0].text or words[0].text.startswith(_TEMPLATE_MARKS):
        return
    key, value = (part.text for part in parts)
    if value.startswith("="):
        message = f'{node.keyword} gives "{key}" a value that starts with "=": a blank stands before the sign'
        hint: str | None = f'write {key}="VALUE", without blanks'
        fixes = _without_blanks(node, key, value)
    else:
        more = "" if node.is_on_one_line else ", and takes all its lines as the value"
        message = f'{node.keyword} separates "{key}" from its value by a blank{more}'
        hint = "delete export" if key == "export" else None
        fixes = _with_sign(node, key, value)
    yield report(instruction.place, message, hint=hint, fixes=fixes)


def _without_blanks(node: InstructionNode, key: str, value: str) -> list[Fix]:
    meant = value[1:].lstrip()
    if not node.is_on_one_line or len(quoted_words(meant, 0, node.escape)) != 1:
        return []
    edit = Edit(node.span(node.rest, len(node.text)), f"{key}={meant}")
    return [Fix("take off the blanks, and the sign from the value", (edit,))]


def _with_sign(node: InstructionNode, key: str, value: str) -> list[Fix]:
    if not node.is_on_one_line:
        return []
    for written in (value, f'"{value}"', _quoted(value, node.escape)):
        text = f"{key}={written}"
        if _means(text, key, value, node.escape):
            edit = Edit(node.span(node.rest, len(node.text)), text)
            return [Fix(f"write {key}=...", (edit,), safe=True)]
    return []


def _means(text: str, key: str, value: str, escape: str) -> bool:
    """Tell whether a text in the new form sets a key to what the old form sets it to, whatever variables hold."""
    found = pairs(text, 0, escape)
    if len(found) != 1 or found[0].key != key or found[0].value is None:
        return False
    old, new = expand(value, {}, escape), expand(found[0].value, {}, escape)
    if old.error or new.error:
        return False
    names = {reference.name for reference in old.references}
    for variables in ({name: f"<{name}>" for name in names}, dict.fromkeys(names, "")):
        before, after = expand(value, variables, escape).value, expand(found[0].value, variables, escape).value
        if before is None or before != after:
            return False
    return True


def _quoted(value: str, escape: str) -> str:
    """Write a value with quotes or escapes in it in double quotes."""
    letters = []
    quote = ""
    position = 0
    while position < len(value):
        char = value[position]
        position += 1
        if char == quote or (not quote and char in "'\""):
            quote = "" if quote else char
        elif char == escape and quote != "'" and position < len(value):
            following = value[position]
            position += 1
            kept = quote == '"' and following not in ('"', "$", escape)
            letters.append(char + following if kept or following in ('"', "$", escape) else following)
        elif quote == "'" and char in ('"', "$", escape):
            letters.append(escape + char)
        else:
            letters.append(char)
    return '"' + "".join(letters) + '"'
