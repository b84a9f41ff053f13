"""Owners and modes of files in the image."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, Severity, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.copy_sources import written
from cnlint.manifests.dockerfile import Copy, Instruction, Stage, joined, last_part
from cnlint.rules import check
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.source import Span

_CHANGES = frozenset({"chown", "chgrp", "chmod"})
# Files that are too small to speak of: scripts, settings, and lists of dependencies.
_SMALL_FILES = (
    *("*.json", "*.lock", "*.txt", "*.toml", "*.yaml", "*.yml", "*.xml", "*.conf", "*.cfg", "*.ini", "*.sh", "*.env"),
    *("go.mod", "go.sum", "Gemfile*", "Pipfile*", "*entrypoint*", "*.md", "*.properties", "*.gradle", "*.service"),
)
_MOST_PARTS = 64


class _Written:
    """What COPY and ADD of a stage have written so far: the instruction by each folder that it lies in."""

    def __init__(self) -> None:
        self._by_folder: dict[str, Copy] = {}

    def add(self, copy: Copy) -> None:
        path = copy.destination_path
        if path is None or all(matches_any(last_part(written(word)), _SMALL_FILES) for word in copy.sources):
            return
        parts = path.rstrip("/").split("/")
        for length in range(min(len(parts), _MOST_PARTS), 0, -1):
            self._by_folder.setdefault("/".join(parts[:length]), copy)

    def within(self, path: str) -> Copy | None:
        """Give the first COPY of what lies at, or below, an absolute path."""
        return self._by_folder.get(path.rstrip("/"))


@check("DF217")
def chown_layer_duplication(stage: Stage) -> Iterator[Report]:
    if not stage.is_in_image:
        return
    copies = _Written()
    for instruction in stage.instructions:
        if instruction.copy is not None:
            copies.add(instruction.copy)
            continue
        for command in instruction.commands:
            if command.program not in _CHANGES or not command.has_flag("-R", "--recursive"):
                continue
            for path in _targets_of(command):
                copy = copies.within(path)
                if copy is not None:
                    yield _report_of(command, path, copy)
                    break


def _report_of(command: RunCommand, path: str, copy: Copy) -> Report:
    flag = "--chmod" if command.program == "chmod" else "--chown"
    keyword = copy.instruction.keyword
    return report(
        command.place(),
        f'{command.program} -R of "{path}" stores again, in a new layer, what {keyword} put there',
        related=[Related(copy.instruction.place, f"the {keyword}")],
        hint=f"give the {keyword} a {flag}, and drop the {command.program}",
        fixes=_moved_to_flag(command, path, copy),
    )


def _targets_of(command: RunCommand) -> Iterator[str]:
    """Give the absolute paths that a chown or chmod is given."""
    has_moved = any(other.program in ("cd", "pushd") for other in command.before)
    workdir = None if has_moved else command.origin.state.workdir_path
    for word in command.operands()[1:]:
        path = joined(workdir, word.value.removesuffix("*") if word.value else None)
        if path is not None:
            yield path.rstrip("/") or "/"


def _moved_to_flag(command: RunCommand, path: str, copy: Copy) -> list[Fix]:
    """Give the COPY a flag and take the RUN away, where that RUN, right after the COPY, does nothing else."""
    run, instruction = command.origin, copy.instruction
    operands = command.operands()
    value = operands[0].value
    is_alone = len(run.commands) == 1 and len(operands) == 2 and not run.flags and not run.node.heredocs
    if not is_alone or not value or run.position != instruction.position + 1 or instruction.parent is not None:
        return []
    if instruction.flags or (copy.destination_path or "").rstrip("/") != path or command.wrappers:
        return []
    if command.program == "chgrp" or (command.program == "chmod" and not _OCTAL.match(value)):
        return []
    flag = "chmod" if command.program == "chmod" else "chown"
    end = instruction.place_of(0, instruction.node.keyword_end).span
    node = run.node
    edits = (
        Edit(end.after, f" --{flag}={value}"),
        Edit(Span(node.line, 1, node.end_line + 1, 1), ""),
    )
    return [Fix(f"move it to --{flag} of the {instruction.keyword}", edits)]


# Modes that let everybody write.

_OCTAL = regex(r"[0-7]{1,5}\Z")
_CLAUSE = regex(r"([ugoa]*)((?:[-+=][rwxXst]*)+)\Z")
_ACTION = regex(r"([-+=])([rwxXst]*)")
_STICKY = 0o1000
_OTHERS_WRITE = 0o2
# Folders that everybody shares by convention; the sticky bit keeps them from deleting each other's files.
_SHARED_FOLDER = regex(r"(?:\A|/)(?:tmp|temp|shm|lock|crash|mqueue|spool|mail)(?:/|\Z)|TMP")


@check("DF219")
def world_writable_mode(command: RunCommand) -> Iterator[Report]:
    operands = command.operands()
    if command.program == "chmod":
        mode, targets = (operands[0] if operands else None), operands[1:]
    else:
        mode, targets = command.option("-m", "--mode"), operands
    if mode is None or not mode.value:
        return
    names = [word.text if word.value is None else word.value for word in targets if word.value != ""]
    if _lets_all_write(mode.value, names):
        listed = ", ".join(f'"{name}"' for name in names[:2]) + (" and others" if len(names) > 2 else "")
        yield report(
            command.place(mode),
            f'mode "{mode.value}" lets everybody write to {listed or "the files"}',
            severity=_severity_in(command.origin.stage),
        )


@check("DF219")
def world_writable_copy(instruction: Instruction) -> Iterator[Report]:
    flag = next((flag for flag in instruction.flags if flag.name == "chmod"), None)
    destination = written(instruction.copy.destination) if instruction.copy else ""
    if flag is None or not flag.value or not destination:
        return
    if _lets_all_write(flag.value, [destination]):
        yield report(
            instruction.place_of(max(flag.end - len(flag.value), flag.start), flag.end),
            f'mode "{flag.value}" lets everybody write to "{destination}"',
            severity=_severity_in(instruction.stage),
        )


def _lets_all_write(mode: str, paths: list[str]) -> bool:
    bits = int(mode, 8) if _OCTAL.match(mode) else _bits_of_symbolic(mode)
    if bits & _STICKY and all(_SHARED_FOLDER.search(path) for path in paths):
        return False
    return bool(bits & _OTHERS_WRITE)


def _bits_of_symbolic(mode: str) -> int:
    """Give the bits of a mode such as ``a+rwx,o-w`` as far as they matter here.

    Without a class the umask decides, which as a rule keeps others from writing: ``+w`` is the owner's.
    """
    bits = 0
    for clause in mode.split(","):
        match = _CLAUSE.match(clause)
        if match is None:
            return 0
        for sign, letters in _ACTION.findall(match[2]):
            named = _STICKY if "t" in letters else 0
            if "o" in match[1] or "a" in match[1]:
                named |= _OTHERS_WRITE if "w" in letters else 0
                bits = bits & ~_OTHERS_WRITE if sign == "=" else bits
            bits = bits & ~named if sign == "-" else bits | named
    return bits


def _severity_in(stage: Stage | None) -> Severity | None:
    """Files of a stage that does not ship only matter where they are copied."""
    return None if stage is None or stage.is_in_image else "info"
