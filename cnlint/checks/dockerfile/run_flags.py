"""Flags of RUN: mounts that are defeated, and rights beyond the sandbox of a build."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.dockerfile_mounts import Mount
from cnlint.manifests.run_paths import Where, commands_with_folders, covers, deleted_by, path_of
from cnlint.rules import check
from cnlint.syntax.shell import Redirection, Word

# Commands that give on what they read, in the same form or another.
_PASSES_ON = frozenset({"awk", "base64", "cat", "cut", "envsubst", "gunzip", "head", "jq", "sed", "tail", "tr", "tee"})
_COPIES = frozenset({"cp", "install", "mv", "rsync"})
_SHOWS_ENVIRONMENT = frozenset({"env", "printenv", "export", "set", "declare"})
_SECRETS = "/run/secrets/"
_PIPES = ("|", "|&")
_LONGEST_PIPELINE = 20
_Commands = list[tuple[RunCommand, Where]]


@check("DF319")
def run_mount_misuse(instruction: Instruction) -> Iterator[Report]:
    caches = [mount for mount in instruction.mounts if mount.type == "cache" and mount.target not in (None, "/")]
    secrets = [mount for mount in instruction.mounts if mount.type == "secret"]
    if not caches and not secrets:
        return
    commands = list(commands_with_folders(instruction))
    deletions = _Deletions(commands)
    for index, (command, where) in enumerate(commands):
        for mount in caches:
            yield from _deleted_cache(command, where, mount)
        for mount in secrets:
            path = _path_of_copy(commands, index, mount)
            if path is not None and _stays(path, instruction) and not deletions.has_after(index, path):
                is_kept = instruction.stage is None or instruction.stage.is_in_image
                yield report(
                    command.place(),
                    f'secret "{_name_of(mount)}" is written to "{path}", which becomes part of the layer',
                    related=[Related(mount.place(), "the secret")],
                    severity=None if is_kept else "info",
                    hint="read the secret from its mount, or mount it where the program looks for it (target=...)",
                )


def _deleted_cache(command: RunCommand, where: Where, mount: Mount) -> Iterator[Report]:
    target = (mount.target or "").rstrip("/")
    for word, pattern in deleted_by(command, where):
        if covers(pattern, target) or pattern == f"{target}/*":
            yield report(
                command.place(word),
                f'"{word.value or word.text}" is deleted, and with it the cache that is mounted at "{target}"',
                related=[Related(mount.place(), "the cache")],
                hint="leave the cache alone: what is in a mount is not part of the layer",
            )


def _name_of(mount: Mount) -> str:
    return mount.get("id") or (mount.target or "").rpartition("/")[2] or mount.get("env") or ""


def _path_of_secret(mount: Mount) -> str | None:
    if mount.has("target", "dst", "destination"):
        return mount.target
    name = mount.get("id")
    return f"{_SECRETS}{name}" if name and not mount.has("env") else None


def _path_of_copy(commands: _Commands, index: int, mount: Mount) -> str | None:
    """Give the file that a command copies a secret to, or that what it puts out ends up in."""
    command, where = commands[index]
    secret, variable = _path_of_secret(mount), mount.get("env")
    if secret is not None and command.program in _COPIES:
        operands = command.operands()
        into = command.option("-t", "--target-directory") or (operands[-1] if len(operands) > 1 else None)
        is_copied = any(path_of(word, where) == secret for word in operands if word is not into)
        return path_of(into, where) if into is not None and is_copied else None
    if not _puts_out_variable(command, variable) and not _puts_out_file(command, where, secret):
        return None
    for member, _ in commands[index : index + _LONGEST_PIPELINE]:
        is_reached = member is command or (member.simple.operator in _PIPES and member.program in _PASSES_ON)
        if not is_reached:
            return None
        target = _output_of(member)
        if target is not None:
            return path_of(target, where)
    return None


def _puts_out_variable(command: RunCommand, name: str | None) -> bool:
    if not name:
        return False
    if command.program in ("echo", "printf"):
        return any(name in word.variables for word in command.arguments)
    is_listed = all(word.value in ("-p", "-x", name) for word in command.arguments)
    return is_listed and command.program in _SHOWS_ENVIRONMENT


def _puts_out_file(command: RunCommand, where: Where, path: str | None) -> bool:
    if path is None or command.program not in _PASSES_ON:
        return False
    read = [*command.operands(), *(one.target for one in command.simple.redirections if one.operator == "<")]
    return any(word is not None and path_of(word, where) == path for word in read)


def _output_of(command: Command) -> Word | None:
    redirections = [one for one in command.simple.redirections if _is_output(one)]
    if redirections:
        return redirections[-1].target
    operands = command.operands() if command.program == "tee" else []
    return operands[0] if operands else None


def _is_output(redirection: Redirection) -> bool:
    return redirection.operator in (">", ">>", ">|", "&>") and redirection.descriptor in (None, 1)


def _stays(path: str, run: Instruction) -> bool:
    """Tell whether a file becomes part of the layer: it lies in no mount, and is no device."""
    return not path.startswith(("/dev/", "/proc/")) and not any(
        mount.target and mount.type != "secret" and covers(mount.target, path) for mount in run.mounts
    )


class _Deletions:
    """What the commands of a RUN delete, and where it was done last."""

    def __init__(self, commands: _Commands) -> None:
        self._paths: dict[str, int] = {}
        self._patterns: list[tuple[str, int]] = []
        for index, (command, where) in enumerate(commands):
            for _, pattern in deleted_by(command, where):
                if any(sign in pattern for sign in "*?["):
                    self._patterns.append((pattern, index))
                else:
                    self._paths[pattern] = index

    def has_after(self, index: int, path: str) -> bool:
        """Tell whether a path, or a folder that it lies in, is deleted after a command."""
        if any(later > index and covers(pattern, path) for pattern, later in self._patterns):
            return True
        while path:
            if self._paths.get(path, -1) > index:
                return True
            path = path.rpartition("/")[0]
        return False


@check("DF533")
def run_security_insecure(instruction: Instruction) -> Iterator[Report]:
    yield from _flag_with_value(instruction, "security", "insecure", "runs without the sandbox of the builder")


@check("DF534")
def run_network_host(instruction: Instruction) -> Iterator[Report]:
    yield from _flag_with_value(instruction, "network", "host", "runs in the network of the machine that builds")


def _flag_with_value(instruction: Instruction, name: str, value: str, what: str) -> Iterator[Report]:
    for flag in instruction.flags:
        if flag.name == name and flag.value == value:
            yield report(instruction.place_of(flag.start, flag.end), f"RUN with --{name}={value} {what}")
