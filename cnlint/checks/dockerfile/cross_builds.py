"""Programs that are compiled for another platform than the one of the builder."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Dockerfile, Instruction, Stage
from cnlint.rules import check
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Assignment
from cnlint.syntax.source import Span

_ARCHITECTURE = "GOARCH"
_SYSTEM = "GOOS"
_ARGUMENT = "TARGETARCH"
_BUILD_PLATFORM = regex(r"\$\{?BUILD(?:PLATFORM|ARCH|OS)\b")
# Of these, one file is made for all platforms.
_PORTABLE = frozenset({"wasm"})


class _Setting:
    """A fixed value of GOARCH: where it stands in the text of an instruction, and where that is in the file."""

    __slots__ = ("instruction", "place", "value")

    def __init__(self, instruction: Instruction, value: str, place: Place) -> None:
        self.instruction = instruction
        self.value = value
        self.place = place


@check("DF903")
def go_hardcoded_goarch_in_env(instruction: Instruction) -> Iterator[Report]:
    for pair in instruction.pairs:
        if pair.key != _ARCHITECTURE or not pair.value or "$" in pair.value:
            continue
        value = expand(pair.value, instruction.variables, instruction.node.escape).value
        place = instruction.place_of(pair.value_start, pair.end)
        if value:
            yield from _report(_Setting(instruction, value, place), _systems_of(instruction))


@check("DF903")
def go_hardcoded_goarch_in_command(command: RunCommand) -> Iterator[Report]:
    if command.runs("go", "build|install") and not command.origin.is_exec_form:
        setting = _setting_of(command)
        if setting is not None:
            yield from _report(setting, _systems_before(command))


def _setting_of(command: RunCommand) -> _Setting | None:
    """Give the value that the command, or its script before it, sets."""
    word = command.environment.get(_ARCHITECTURE)
    if _ARCHITECTURE not in command.environment:
        assigned = _assigned(command, _ARCHITECTURE)
        # One finding is enough for commands that share an assignment.
        if assigned is None or any(other.runs("go", "build|install") for other in _between(command, assigned)):
            return None
        word = assigned.value
    if word is None or not word.value:
        return None
    return _Setting(command.origin, word.value, command.place(word))


def _assigned(command: RunCommand, name: str) -> Assignment | None:
    found = [one for one in command.script.assignments() if one.name == name and one.end <= command.simple.start]
    return found[-1] if found else None


def _between(command: RunCommand, assignment: Assignment) -> list[Command]:
    return [other for other in command.before if other.simple.start > assignment.end]


def _systems_of(instruction: Instruction) -> set[str]:
    known = instruction.variables.get(_SYSTEM)
    own = {pair.value for pair in instruction.pairs if pair.key == _SYSTEM and pair.value}
    return own | ({known} if known else set())


def _systems_before(command: RunCommand) -> set[str]:
    word = command.environment.get(_SYSTEM)
    if word is None:
        assigned = _assigned(command, _SYSTEM)
        word = assigned.value if assigned else None
    value = word.value if word is not None else command.origin.variables.get(_SYSTEM)
    return {value} if value else set()


def _report(setting: _Setting, systems: set[str]) -> Iterator[Report]:
    instruction = setting.instruction
    # A program for another system is no program of this image.
    if setting.value in _PORTABLE or not systems <= {"linux"} or _is_for_one_platform(instruction, setting.value):
        return
    reason, related = _reason(instruction)
    if _builds_for_several(instruction.dockerfile):
        return
    yield report(
        setting.place,
        f'{_ARCHITECTURE} is fixed to "{setting.value}"' + reason,
        related=related,
        severity=None if related else "info",
        fixes=_fix(setting),
    )


def _reason(instruction: Instruction) -> tuple[str, list[Related]]:
    """Say what shows that the image is built for several platforms."""
    stage, dockerfile = instruction.stage, instruction.dockerfile
    for one in stage.chain if stage else ():
        flag = one.instruction.flag("platform")
        if flag and _BUILD_PLATFORM.search(flag):
            text = ", while the stage runs on the platform of the builder to compile for others"
            return text, [Related(one.place, "the stage")]
    for other in dockerfile.instructions:
        if other.keyword == "ARG" and any(pair.key == _ARGUMENT for pair in other.pairs):
            return f", while the file asks for {_ARGUMENT}", [Related(other.place, f"ARG {_ARGUMENT}")]
    return ": an image for another platform would hold a program that does not run there", []


def _is_for_one_platform(instruction: Instruction, value: str) -> bool:
    """Tell whether the stage, or the image, is said to be for this platform."""
    stages: list[Stage] = [
        *(instruction.stage.chain if instruction.stage else ()),
        *instruction.dockerfile.shipped_stages,
    ]
    flags = [stage.instruction.flag("platform") or "" for stage in stages]
    return any(flag.partition("/")[2].partition("/")[0] == value for flag in flags)


def _builds_for_several(dockerfile: Dockerfile) -> bool:
    """Tell whether programs for several architectures are made on purpose, each by a command of its own."""
    values = {
        word.value
        for stage in dockerfile.stages
        for command in stage.commands
        if command.program == "go" and (word := command.environment.get(_ARCHITECTURE)) is not None
    }
    return len(values) > 1


def _fix(setting: _Setting) -> list[Fix]:
    instruction, stage = setting.instruction, setting.instruction.stage
    if stage is None or instruction.parent is not None:
        return []
    edits = [Edit(setting.place.span, f"${_ARGUMENT}")]
    declared = any(_ARGUMENT in one.own_arguments for one in stage.chain[1:])
    if not declared and not stage.declares_argument(_ARGUMENT, instruction.position):
        line = instruction.line
        edits.insert(0, Edit(Span(line, 1, line, 1), f"ARG {_ARGUMENT}\n"))
    return [Fix("compile for the platform of the image", tuple(edits))]
