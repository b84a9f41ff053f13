"""Layers: what each instruction adds to an image."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.copy_sources import kind_of_source
from cnlint.manifests.dockerfile import Copy, Instruction, Stage
from cnlint.manifests.package_managers import names, system_of
from cnlint.manifests.run_paths import commands_with_folders, covers, deleted_by, fetched_by
from cnlint.manifests.secret_files import secret_kept_in
from cnlint.rules import Context, check
from cnlint.syntax.shell import Word


@check("DF309")
def consecutive_run(stage: Stage, context: Context) -> Iterator[Report]:
    if context.options["stages"] == "final" and not stage.is_shipped:
        return
    for earlier, later in zip(stage.instructions, stage.instructions[1:], strict=False):
        if _is_single_command(earlier) and _is_single_command(later) and _flags(earlier) == _flags(later):
            yield report(
                later.place,
                f'RUN of "{_name(later)}" follows a RUN of "{_name(earlier)}", each a layer',
                related=[Related(earlier.place, "the RUN before it")],
            )


def _is_single_command(instruction: Instruction) -> bool:
    """Tell whether a RUN holds exactly one simple command, and no heredoc."""
    if instruction.keyword != "RUN" or instruction.node.heredocs or len(instruction.commands) != 1:
        return False
    return len(instruction.commands[0].script.commands) == 1


def _name(run: Instruction) -> str:
    command = run.commands[0]
    return command.program or command.words[0].text


def _flags(instruction: Instruction) -> list[tuple[str, str | None]]:
    return sorted((flag.name, flag.value) for flag in instruction.flags)


# What is deleted too late.


_LONGEST_PATH = 1024


class _Layers:
    """What the instructions of a stage so far have put into their layers: files, and packages by their manager."""

    def __init__(self) -> None:
        self.packages: dict[tuple[str | None, str], Instruction] = {}
        self._files: dict[str, Instruction] = {}
        self._files_below: dict[str, set[str]] = {}

    @property
    def is_empty(self) -> bool:
        return not self.packages and not self._files

    def add_copy(self, copy: Copy) -> None:
        for path in _paths_of_copy(copy):
            self._add_file(path, copy.instruction)

    def add_run(self, run: Instruction) -> None:
        """Take up what the commands of a RUN make, without what they delete again."""
        for command, where in commands_with_folders(run):
            for path in fetched_by(command, where):
                if not any(mount.target and covers(mount.target, path) for mount in run.mounts):
                    self._add_file(path, run)
            for _, pattern in deleted_by(command, where):
                self.take_files(pattern)
            for name in _installed(command):
                self.packages[system_of(command), name] = run
            for word in _removed(command):
                self.packages.pop((system_of(command), _package(word)), None)

    def take_files(self, pattern: str) -> dict[str, Instruction]:
        """Take out the files that a command deletes."""
        fixed = pattern
        if any(sign in pattern for sign in "*?["):
            fixed = min(pattern.partition(sign)[0] for sign in "*?[").rpartition("/")[0]
        paths = [path for path in self._files_below.get(fixed, ()) if covers(pattern, path)]
        for path in paths:
            for folder in _folders_of(path):
                self._files_below[folder].discard(path)
        return {path: self._files.pop(path) for path in sorted(paths)}

    def _add_file(self, path: str, creator: Instruction) -> None:
        if len(path) > _LONGEST_PATH:
            return
        self._files[path] = creator
        for folder in _folders_of(path):
            self._files_below.setdefault(folder, set()).add(path)


def _folders_of(path: str) -> Iterator[str]:
    """Give a path, its folder, the folder of that, and so on."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


@check("DF315")
def delete_in_later_layer(stage: Stage) -> Iterator[Report]:
    if not stage.is_in_image:
        return
    layers = _Layers()
    for instruction in stage.instructions:
        if instruction.copy is not None:
            layers.add_copy(instruction.copy)
        elif instruction.keyword == "RUN":
            if not layers.is_empty:
                yield from _deleted_late(instruction, layers)
            layers.add_run(instruction)


def _deleted_late(run: Instruction, layers: _Layers) -> Iterator[Report]:
    made: set[str] = set()
    for command, where in commands_with_folders(run):
        made.update(fetched_by(command, where))
        for word, pattern in deleted_by(command, where):
            if any(mount.target and covers(mount.target, pattern) for mount in run.mounts):
                continue
            late = [item for item in layers.take_files(pattern).items() if item[0] not in made]
            if late:
                yield _late_file(command, word, *late[0])
        removed = [word for word in _removed(command) if (system_of(command), _package(word)) in layers.packages]
        if removed:
            creator = layers.packages[system_of(command), _package(removed[0])]
            yield report(
                command.place(),
                f"removing {names(removed)} makes the image no smaller: the layer of line {creator.line} has it",
                related=[Related(creator.place, "installed here")],
                hint="install, use and remove it in one RUN, or build in a stage of its own",
            )


def _late_file(command: RunCommand, word: Word, path: str, creator: Instruction) -> Report:
    is_secret = creator.copy is not None and secret_kept_in(path) is not None
    what = "does not hide it" if is_secret else "makes the image no smaller"
    return report(
        command.place(word),
        f'deleting "{path}" {what}: the layer of line {creator.line} has it',
        related=[Related(creator.place, "put into the image here")],
        severity="error" if is_secret else None,
        hint="give secrets to the build with RUN --mount=type=secret, and change this one" if is_secret else None,
    )


def _paths_of_copy(copy: Copy) -> Iterator[str]:
    """Give the files, or the folder, that a COPY or ADD makes."""
    destination = copy.destination_path
    if destination is None:
        return
    folder = destination.rstrip("/")
    is_into_folder = destination.endswith("/") or len(copy.sources) > 1
    for source in copy.sources:
        kind = kind_of_source(source)
        # An archive is unpacked by ADD, and the folder that takes the files was there before, for all that is known.
        if source.value is None or kind == "git" or (kind == "archive" and copy.instruction.keyword == "ADD"):
            continue
        name = source.value.rstrip("/").rpartition("/")[2]
        if not is_into_folder and folder:
            yield folder
        elif name not in ("", ".", "..", "*") and not source.value.endswith("/"):
            yield f"{folder}/{name}"


def _installed(command: RunCommand) -> Iterator[str]:
    for word in command.packages or ():
        yield _package(word)
    if command.program == "apk":
        virtual = command.option("-t", "--virtual")
        if virtual is not None:
            yield _package(virtual)


def _removed(command: RunCommand) -> list[Word]:
    return (command.operands_of("remove") or []) if command.manager in _MANAGERS else []


_MANAGERS = frozenset({"apk", "apt-get", "dnf", "microdnf", "tdnf", "yum", "zypper"})


def _package(word: Word) -> str:
    """Give the name of a package without its version and architecture."""
    name = word.value or word.text
    for mark in "=~<>:":
        name = name.partition(mark)[0] or name
    return name
