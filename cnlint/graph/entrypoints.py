"""What process 1 of a container is: the program of its image, or a shell that keeps the signals to itself.

Measured with dash 0.5.12, bash 5.2 and busybox 1.35: for ``sh -c "a && b"`` dash stays and waits for ``b``; bash and
busybox let the last command of a list take the place of the shell, and none does so for a pipeline. A shell that runs a
script from a file always stays.
"""

import json
from collections.abc import Iterator, Sequence
from posixpath import basename
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.graph.images import ImageSource
from cnlint.manifests.scripts import ShellScript
from cnlint.manifests.workloads import Container
from cnlint.syntax import shell
from cnlint.syntax.shell import Script, SimpleCommand
from cnlint.syntax.source import Source

if TYPE_CHECKING:
    from cnlint.graph.project import Project
    from cnlint.manifests.commands import Command
    from cnlint.manifests.dockerfile_summary import CommandLine, CopySummary, DockerfileSummary, StageSummary

_SHELLS = frozenset({"sh", "ash", "bash", "dash"})
_INITS = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "init", "s6-svscan", "my_init", "supervisord"})
"""Programs that pass signals on to what they start."""
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_NO_PROGRAMS = frozenset({"exit", "return", "true", ":"})
_SOURCING = frozenset({".", "source"})


class ShellStart(NamedTuple):
    """A container's start of which a shell is process 1."""

    line: "CommandLine"
    keyword: str
    """``ENTRYPOINT`` or ``CMD``."""
    shell: str
    """The shell: ``sh``, ``bash``, ``busybox``."""
    may_give_way: bool
    """Whether some versions of the shell let the program take their place."""
    script: str
    """The script in the build context that the shell runs; empty where it runs the text of the instruction."""
    last: Place | None
    """The last command of the script."""
    replacement: str
    """The arguments of the instruction as they could be instead; empty where that takes more thought."""


def shell_start(container: Container, source: ImageSource, project: "Project") -> ShellStart | None:
    """Tell how a container starts a shell that does not pass SIGTERM on to the program.

    ``None`` when it starts none, or when the files do not tell: the pod or the base image decides, or the script is not
    at hand.
    """
    summary, stage = source.dockerfile, source.stage
    if container.get("command") is not None:
        return None
    entrypoint = summary.entrypoint(stage)
    if entrypoint is not None and (entrypoint.words or entrypoint.form == "shell"):
        line, keyword = entrypoint, "ENTRYPOINT"
    else:
        cmd = summary.cmd(stage)
        if cmd is None or container.get("args") is not None:
            return None
        line, keyword = cmd, "CMD"
    text, program = _script_of(line)
    if text is not None:
        return _judge_text(line, keyword, text, _kind_of_shell(program, summary.base(stage)))
    found = _script_file(line.words, summary, stage, project)
    return None if found is None else _judge_file(line, keyword, found)


def _script_of(line: "CommandLine") -> tuple[str | None, str]:
    """Give the text that a start hands to ``sh -c``, if it does, and the shell's name."""
    if line.form == "shell":
        return line.text, line.shell
    words = line.words
    program = basename(words[0]) if words else ""
    if program in _SHELLS:
        for index, word in enumerate(words[1:], 1):
            if not word.startswith("-"):
                break
            if word.endswith("c") and not word.startswith("--"):
                return (words[index + 1] if index + 1 < len(words) else None), program
    return None, program


def _kind_of_shell(name: str, base: "StageSummary | None") -> str:
    if name != "sh":
        return "busybox" if name == "ash" else name
    image, tag = (base.base_name or "", base.base_tag or "") if base is not None else ("", "")
    is_small = "alpine" in tag or image.rpartition("/")[2] in ("alpine", "busybox")
    return "busybox" if is_small or "busybox" in tag else "sh"


def _judge_text(line: "CommandLine", keyword: str, text: str, kind: str) -> ShellStart | None:
    if kind not in (*_SHELLS, "busybox"):
        return None
    script = shell.parse(text, "posix")
    commands = [one for one in script.commands if one.words and not one.is_in("substitution", "function")]
    if script.has_errors or not commands or _passes_signals_on(script.commands):
        return None
    last = commands[-1]
    is_single = len(commands) == 1 and last.context is None and last.next_operator is None and not last.negated
    if is_single and (kind != "busybox" or basename(last.words[0].value or "") in _INITS):
        return None
    replaces = kind in ("bash", "busybox") and last.operator not in ("|", "|&") and last.next_operator is None
    replacement = _replacement(text, last, is_single=is_single) if line.form == "shell" else ""
    return ShellStart(line, keyword, kind, replaces and last.context is None, "", None, replacement)


def _replacement(text: str, last: SimpleCommand, *, is_single: bool) -> str:
    """Give the exec form of a single command without variables, else the list with exec before its last command."""
    words = [word.value for word in last.words]
    if is_single and not last.assignments and not last.redirections and not any(word.has_glob for word in last.words):
        literal = [word for word in words if word is not None]
        if len(literal) == len(words):
            return json.dumps(literal, ensure_ascii=False)
    is_plain = last.context is None and last.next_operator is None and last.operator not in ("|", "|&", "&")
    return f"{text[: last.start]}exec {text[last.start :]}" if is_plain and not last.assignments else ""


def _passes_signals_on(commands: Sequence[SimpleCommand]) -> bool:
    """Tell whether a script replaces itself by a program at some place, or handles signals itself."""
    return any(
        (name := command.words[0].value) == "trap" or (name == "exec" and len(command.words) > 1)
        for command in commands
        if command.words
    )


def _judge_file(line: "CommandLine", keyword: str, script: ShellScript) -> ShellStart | None:
    commands = [one for one in script.commands if one.outer is None]
    if not commands or _has_errors(commands) or _passes_signals_on([one.simple for one in commands]):
        return None
    programs = [one for one in commands if one.program not in _NO_PROGRAMS and not one.simple.is_in("function")]
    if not programs or programs[-1].program in _SOURCING or programs[-1].program in _INITS:
        return None
    return ShellStart(line, keyword, script.dialect, False, script.path, programs[-1].place(), "")


def _has_errors(commands: "Sequence[Command]") -> bool:
    script: Script = commands[0].script
    return script.has_errors


def _script_file(
    words: Sequence[str], summary: "DockerfileSummary", stage: "StageSummary | None", project: "Project"
) -> ShellScript | None:
    """Give the shell script of the build context that a command in exec form starts."""
    names = [word for word in words if not word.startswith("-")]
    if names and basename(names[0]) in _SHELLS:
        names = names[1:]
    if not names:
        return None
    for target in _paths_in_image(names[0], summary, stage):
        for file in _files_copied_to(target, summary, stage, project):
            text = project.read_text(file)
            if text is not None and (text.startswith("#!") or file.endswith((".sh", ".bash"))):
                return ShellScript(Source(file, text))
    return None


def _paths_in_image(name: str, summary: "DockerfileSummary", stage: "StageSummary | None") -> list[str]:
    if name.startswith("/"):
        return [name]
    if "/" not in name:
        return [f"{folder}/{name}" for folder in _PATH]
    workdir = summary.workdir(stage)
    folder = (workdir.value if workdir is not None else "/") or ""
    inside = repository.join(folder.strip("/"), name) if folder.startswith("/") else None
    return [] if inside is None else [f"/{inside}"]


def _files_copied_to(
    target: str, summary: "DockerfileSummary", stage: "StageSummary | None", project: "Project"
) -> Iterator[str]:
    """Yield the files of the build context that end up at a path of the image, the last copied first."""
    for one in summary.chain(stage):
        for copy in reversed(one.copies):
            if copy.source is None and copy.destination is not None:
                for context in project.contexts_of(summary.path):
                    yield from _copied_by(copy, copy.destination, context, target, project)


def _copied_by(copy: "CopySummary", destination: str, context: str, target: str, project: "Project") -> Iterator[str]:
    for source in copy.sources:
        inside = repository.join(context, (source.value or "").lstrip("/")) if source.value else None
        if inside is None:
            continue
        if project.is_file(inside):
            folder = destination.rstrip("/")
            if target in (destination, f"{folder}/{inside.rpartition('/')[2]}"):
                yield inside
        elif target.startswith(f"{destination.rstrip('/')}/"):
            below = repository.join(inside, target[len(destination.rstrip("/")) + 1 :])
            if below is not None and project.is_file(below):
                yield below
