"""VOLUME instructions."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, InstructionWord, Stage, joined
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_WINDOWS_PATH = regex(r"[A-Za-z]:(?:[\\/]|\Z)")
_SYSTEM_PATHS = frozenset(
    {"/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr", "/usr/bin", "/usr/lib"}
)
_CODE_PATHS = frozenset({"/app", "/code", "/src", "/srv/app", "/opt/app", "/usr/app", "/usr/src/app", "/workspace"})
# Programs that write to their operands, and those that write to the last one.
_WRITERS = frozenset({"mkdir", "touch", "chown", "chmod", "chgrp", "tee", "truncate", "setfacl"})
_WRITERS_TO_LAST = frozenset({"cp", "mv", "install", "ln", "rsync"})
_OUTPUT_FLAGS = {
    "curl": ("-o", "--output"),
    "wget": ("-O", "--output-document", "-P", "--directory-prefix"),
    "tar": ("-C", "--directory"),
    "unzip": ("-d",),
    "dd": (),
}


@check("DF631")
def volume_content_discarded(stage: Stage) -> Iterator[Report]:
    volumes: list[tuple[str, InstructionWord]] = []
    for instruction in stage.instructions:
        if instruction.keyword == "VOLUME":
            volumes += [(path, word) for word in instruction.words if (path := _path_of(word)) is not None]
        elif volumes:
            for path, word in volumes:
                if _writes_to(instruction, path):
                    yield report(
                        instruction.place,
                        f'{instruction.keyword} writes to "{path}" after it was made a volume: the change can be lost',
                        related=[Related(word.place, "the volume")],
                    )
                    break


@check("DF632")
def volume_misuse(instruction: Instruction) -> Iterator[Report]:
    if not instruction.is_exec_form and instruction.node.value.startswith("["):
        return
    for word in instruction.words:
        value = word.value
        if not value or _WINDOWS_PATH.match(value) or (instruction.stage and instruction.stage.is_windows):
            continue
        fault = _fault_of(value, instruction)
        if fault:
            yield report(word.place, f'VOLUME "{value}" {fault}')


def _fault_of(value: str, instruction: Instruction) -> str | None:
    path, colon, option = value.rpartition(":")
    if colon and option in ("ro", "rw", "z", "Z"):
        return f'has the mount option "{option}", which VOLUME takes as part of the path'
    if colon and path and option:
        return f'maps "{path}" to "{option}", which only docker run can: VOLUME takes it all as one path'
    if not value.startswith("/"):
        return "is not an absolute path in the container"
    path = value.rstrip("/") or "/"
    if path in _SYSTEM_PATHS:
        return "is a system folder: VOLUME makes nothing read-only, it hides what later images and updates put there"
    if path in _CODE_PATHS and _has_code(path, instruction):
        return "holds the program itself: containers that keep the volume keep running the old version"
    return None


def _has_code(path: str, volume: Instruction) -> bool:
    """Tell whether a COPY before the VOLUME puts something into the folder."""
    for instruction in volume.stage.instructions[: volume.position] if volume.stage else ():
        destination = instruction.copy.destination_path if instruction.copy else None
        if destination is not None and f"{destination.rstrip('/')}/".startswith(f"{path}/"):
            return True
    return False


def _path_of(word: InstructionWord) -> str | None:
    """Give the volume as an absolute path, ``None`` for what is no plain path."""
    value = word.value
    if not value or not value.startswith("/") or ":" in value or not value.strip("/"):
        return None
    return joined("/", value.rstrip("/"))


def _writes_to(instruction: Instruction, volume: str) -> bool:
    if instruction.copy is not None:
        return _is_within(instruction.copy.destination_path, volume)
    # Scratch files under /tmp are meant to be lost.
    if volume in ("/tmp", "/var/tmp", "/run", "/var/run"):
        return False
    return any(_command_writes_to(command, instruction, volume) for command in instruction.commands)


def _command_writes_to(command: RunCommand, instruction: Instruction, volume: str) -> bool:
    operands = command.operands()
    written = []
    if command.program in _WRITERS:
        written = operands
    elif command.program in _WRITERS_TO_LAST:
        written = operands[-1:]
    elif command.program == "git" and command.subcommand == "clone":
        written = operands[2:3]
    elif command.program in _OUTPUT_FLAGS:
        written = command.options(*_OUTPUT_FLAGS[command.program])
    targets = [one.target for one in command.simple.redirections if one.operator.startswith(">") and one.target]
    workdir = instruction.state.workdir_path
    return any(_is_within(joined(workdir, word.value), volume) for word in [*written, *targets])


def _is_within(path: str | None, folder: str) -> bool:
    return path is not None and f"{path.rstrip('/')}/".startswith(f"{folder}/")
