"""Commands in exec form, which no shell reads."""

import json
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.dockerfile import Instruction, InstructionWord, State
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_VARIABLE = regex(r"(?<![\\$])\$(?:\{([A-Za-z_]\w*)(?::?[-+=?][^{}]{0,200})?\}|([A-Za-z_]\w*))")
_OPERATORS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&>", "2>", "&"})
# Programs in whose arguments "$x" and operators are their own, or those of a shell that they start.
_INTERPRETERS = frozenset(
    {"[", "awk", "envsubst", "expect", "expr", "gawk", "gojq", "jq", "mawk", "perl", "sed", "tclsh", "test", "yq"}
)
_SHELL_STARTERS = frozenset(
    {"busybox", "cmd", "entr", "eval", "execlineb", "nodemon", "parallel", "powershell", "pwsh", "ssh", "su", "watch"}
)
_SHELL = regex(r"(?:^|/)(?:ba|da|a|z|k|c|fi)?sh$")
_SPLITS = ("-S", "--split-string")
# Flags after which a script, a template or a directive stands.
_SCRIPT_FLAGS = frozenset({"-c", "-e", "-g", "-r", "-x", "--eval", "--exec", "--command", "--print", "--format"})
_GLOB_USERS = frozenset(
    {"cat", "chgrp", "chmod", "chown", "cp", "du", "head", "ls", "mv", "rm", "tail", "tar", "touch"}
)
_SHELL_SYNTAX = frozenset("$&|;<>*?`\\\"'~()#!")


@check("DF644")
def exec_form_shell_syntax(instruction: Instruction) -> Iterator[Report]:
    if not instruction.is_exec_form or instruction.is_windows:
        return
    programs = _programs_of(instruction)
    if programs is None or programs & (_INTERPRETERS | _SHELL_STARTERS):
        return
    # One string alone, with blanks in it, is wrong as a whole.
    if len(instruction.words) == 1 and _is_several(instruction):
        return
    previous = ""
    for word in instruction.words:
        fault = _fault_of(word.text, previous, programs)
        if fault is not None:
            yield report(word.place, f'"{_short(word.text)}" in the exec form of {instruction.keyword} {fault}')
        previous = word.text


def _programs_of(instruction: Instruction) -> set[str] | None:
    """Give the programs that see the words, that of the ENTRYPOINT included; ``None`` when a shell may be one."""
    instructions = [instruction]
    if instruction.keyword == "CMD":
        entrypoint = _state_at_end(instruction).entrypoint
        if entrypoint is not None and not entrypoint.is_exec_form:
            return None
        instructions += [entrypoint] if entrypoint is not None else []
    programs: set[str] = set()
    for one in instructions:
        texts = [word.text for word in one.words]
        # env -S splits its argument, and puts in variables.
        if any(_SHELL.search(text) for text in texts) or (
            texts[:1] and texts[0].endswith("env") and any(text.startswith(_SPLITS) for text in texts)
        ):
            return None
        programs.update(command.program for command in (*one.commands, *one.container_commands))
    return programs


def _state_at_end(instruction: Instruction) -> State:
    return instruction.stage.state if instruction.stage is not None else instruction.state


def _fault_of(text: str, previous: str, programs: set[str]) -> str | None:
    if text in _OPERATORS:
        if text == ";" and "find" in programs:
            return None
        return "is an argument like any other: no shell reads it as an operator"
    if text == "~" or (text == "*" and programs & _GLOB_USERS and not previous.startswith("--")):
        return "is an argument like any other: no shell expands it"
    name = _variable_in(text, previous, programs) if "$" in text else None
    return f"names the variable {name}, which no shell replaces by its value" if name else None


def _variable_in(text: str, previous: str, programs: set[str]) -> str | None:
    for match in _VARIABLE.finditer(text):
        name: str = match[1] or match[2]
        if match.end() - match.start() == len(text):
            return name
        # Spring resolves ${NAME} in options and properties by itself.
        if "java" in programs and match[1] and text.startswith(("--", "-D")):
            continue
        if name == name.upper() and name.strip("_") and previous not in _SCRIPT_FLAGS:
            return name
    return None


@check("DF645")
def exec_form_single_string(instruction: Instruction) -> Iterator[Report]:
    if not instruction.is_exec_form or len(instruction.words) != 1 or instruction.is_windows:
        return
    word = instruction.words[0]
    if not _is_several(instruction) or _is_argument(instruction) or _is_copied(word):
        return
    yield report(
        word.place,
        f'"{_short(word.text)}" in the exec form of {instruction.keyword} is one word, taken for the name of a program',
        hint=None if _splits_plainly(word.text) else 'give the words one by one, or run a shell: ["sh", "-c", "..."]',
        fixes=_split(word),
    )


def _is_several(instruction: Instruction) -> bool:
    """Tell whether the first word has blanks in it, as several words have between them."""
    return " " in instruction.words[0].text


def _is_argument(instruction: Instruction) -> bool:
    """Tell whether it is handed to an ENTRYPOINT and no program by itself."""
    entrypoint = _state_at_end(instruction).entrypoint
    return instruction.keyword == "CMD" and entrypoint is not None and bool(entrypoint.words)


def _is_copied(word: InstructionWord) -> bool:
    """Tell whether a file of this name, blanks included, is put into the image."""
    instruction = word.instruction
    stage, name = instruction.stage, word.text.rpartition("/")[2]
    if stage is None or " " not in name or "/" not in word.text:
        return False
    if instruction not in (stage.state.cmd, stage.state.entrypoint, stage.state.healthcheck):
        # A RUN may run any of many files; what is replaced later is not worth a search.
        return instruction.keyword == "RUN"
    return any(name in other.node.text for one in stage.chain for other in one.instructions_of("COPY", "ADD", "RUN"))


def _splits_plainly(text: str) -> bool:
    return not _SHELL_SYNTAX.intersection(text) and "=" not in text.split(" ", 1)[0]


def _split(word: InstructionWord) -> list[Fix]:
    if not _splits_plainly(word.text) or not word.text.split():
        return []
    words = json.dumps(word.text.split(), ensure_ascii=False)[1:-1]
    return [Fix("give the words one by one", (Edit(word.place.span, words),))]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
