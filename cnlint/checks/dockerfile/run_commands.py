"""What RUN instructions run: commands that belong into instructions of their own, or that do nothing in a build."""

from collections.abc import Callable, Iterator, Mapping

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.shell import SimpleCommand, Word
from cnlint.syntax.source import Span

_PLAIN_PATH = regex(r"/?\w[\w./+-]*|/")
_LONGEST_QUOTE = 60


# Folders.


@check("DF301")
def cd_not_workdir(instruction: Instruction, context: Context) -> Iterator[Report]:
    changes = [command for command in instruction.commands if command.program == "cd" and _is_at_top_level(command)]
    if context.options["allow_temporary"]:
        changes = [command for command in changes if all(other.program == "cd" for other in command.after)]
    if changes:
        operands = changes[0].operands()
        folder = f'"{operands[0].value or operands[0].text}"' if operands else "the home folder"
        yield report(
            changes[0].place(),
            f"RUN changes to {folder} with cd, which lasts no longer than this RUN",
            fixes=_as_workdir(instruction, changes[0]),
        )


def _is_at_top_level(command: Command) -> bool:
    """Tell whether a command runs in the shell of the RUN itself, whatever the commands before it do."""
    context = command.simple.context
    while context is not None and context.kind == "group":
        context = context.parent
    return context is None and command.outer is None


def _as_workdir(run: Instruction, change: RunCommand) -> list[Fix]:
    """Put a WORKDIR before a RUN that begins with ``cd folder &&``."""
    simple, commands = change.simple, change.script.commands
    if run.is_exec_form or run.parent is not None or run.node.heredocs or len(commands) < 2:
        return []
    following = commands[1]
    if simple is not commands[0] or not _is_plain_change(simple) or following.context or following.negated:
        return []
    _, script = run.script
    start, end = script.offset(simple.start), script.offset(following.start)
    if change.script.text[simple.end : following.start].strip() not in ("&&", ";"):
        return []
    # A comment between the lines would be lost.
    if "#" in run.node.source.text[start:end]:
        return []
    edits = (
        Edit(run.node.span(0, 0), f"WORKDIR {simple.words[1].text}\n"),
        Edit(run.node.source.span(start, end), ""),
    )
    return [Fix("change the folder with WORKDIR, for the instructions that follow too", edits)]


def _is_plain_change(simple: SimpleCommand) -> bool:
    is_bare = simple.context is None and not simple.assignments and not simple.redirections
    return is_bare and len(simple.words) == 2 and bool(_PLAIN_PATH.fullmatch(simple.words[1].text))


# Programs out of place.


@check("DF302")
def run_with_sudo(command: RunCommand) -> Iterator[Report]:
    if "sudo" not in command.wrappers and command.program != "sudo":
        return
    word = next((word for word in command.simple.words if _is_sudo(word)), None)
    if word is None:
        return
    what = f'"{command.program}"' if command.program not in ("", "sudo") else "a command"
    yield report(command.place(word), f"{what} is run with sudo", fixes=_bare(command, word))


def _is_sudo(word: Word) -> bool:
    return (word.value or "").rpartition("/")[2] == "sudo"


def _bare(command: RunCommand, sudo: Word) -> list[Fix]:
    """Drop ``sudo`` where nothing shows that the build is not root."""
    words = command.simple.words
    at = words.index(sudo)
    following = words[at + 1] if at + 1 < len(words) else None
    if following is None or following.prefix.startswith("-") or sudo.text != "sudo":
        return []
    if command.origin.is_exec_form or command.origin.state.user is not None:
        return []
    span = Span(*command.place(sudo).span[:2], *command.place(following).span[:2])
    return [Fix("drop sudo", (Edit(span, ""),))]


def _works_on_files_only(command: RunCommand) -> bool:
    """Tell whether systemctl only writes links, which it does without a running systemd."""
    return command.subcommand in _OFFLINE_VERBS or command.has_flag("--root", "--version")


def _stops_what_was_started(command: RunCommand) -> bool:
    return any(other.simple.next_operator == "&" for other in command.before)


def _has_keys(command: RunCommand) -> bool:
    """Tell whether the builder gives ssh a key: with another than those, it would lie in the image."""
    return command.has_flag("-V") or any(mount.type in ("ssh", "secret") for mount in command.origin.mounts)


def _may_mount(command: RunCommand) -> bool:
    return bool(command.origin.flag("security") == "insecure")


def _runs_commands(command: RunCommand) -> bool:
    """Tell whether an editor is told what to do, and needs nobody at a keyboard."""
    return any(word.prefix.startswith(("+", "-c", "-e", "-E", "-s", "--cmd")) for word in command.arguments)


_OFFLINE_VERBS = frozenset(
    {"add-requires", "add-wants", "disable", "enable", "get-default", "is-enabled", "link", "mask", "preset"}
    | {"preset-all", "reenable", "set-default", "unmask"}
)
# Each program with what keeps it from doing anything useful, and how to tell a use that has a point.
_POINTLESS: Mapping[str, tuple[str, Callable[[RunCommand], bool] | None]] = {
    "free": ("shows the memory of the machine that builds", None),
    "ifconfig": ("shows or changes the network of the build, not that of a container", None),
    "kill": ("finds no process: each RUN starts with none", _stops_what_was_started),
    "mount": ("has no rights in a build, and mounts end with the RUN", _may_mount),
    "nano": ("waits for somebody at a keyboard", None),
    "ps": ("shows the processes of the build", None),
    "service": ("starts or stops nothing that lives longer than the RUN", None),
    "shutdown": ("has no machine to shut down", None),
    "ssh": ("needs a key, which would have to lie in the image", _has_keys),
    "systemctl": ("talks to systemd, which does not run in a build", _works_on_files_only),
    "top": ("shows the processes of the build", None),
    "vi": ("waits for somebody at a keyboard", _runs_commands),
    "vim": ("waits for somebody at a keyboard", _runs_commands),
}


@check("DF303")
def pointless_run_command(command: RunCommand, context: Context) -> Iterator[Report]:
    program = command.program
    why, has_point = _POINTLESS.get(program, ("", None))
    if not why:
        if not context.options["commands"] or program not in context.options["commands"]:
            return
        why = "is listed as a command without use in a build"
    if program in context.options["allow"] or program in command.script.functions:
        return
    if has_point is None or not has_point(command):
        yield report(command.place(), f'"{program}" {why}')


@check("DF308")
def shell_symlink_replaced(command: RunCommand) -> Iterator[Report]:
    operands = command.operands()
    if len(operands) < 2 or operands[-1].value not in ("/bin/sh", "/usr/bin/sh"):
        return
    source = operands[0].value
    yield report(
        command.place(),
        f'"{operands[-1].value}" becomes a link to "{source or operands[0].text}", for all scripts of the image',
        hint=f'use SHELL ["{source}", "-c"]' if source and source.startswith("/") else None,
        fixes=_as_shell(command, source),
    )


def _as_shell(link: RunCommand, source: str | None) -> list[Fix]:
    """Put a SHELL in the place of a RUN that does nothing but link the shell."""
    run, script = link.origin, link.script
    if run.is_exec_form or run.node.heredocs or link.outer or not _PLAIN_PATH.fullmatch(source or ""):
        return []
    others = [command for command in run.commands if command is not link]
    if not (source or "").startswith("/") or len(script.commands) != len(others) + 1:
        return []
    if any(other.program != "rm" or [word.value for word in other.operands()] != ["/bin/sh"] for other in others):
        return []
    edit = Edit(run.node.span(0, len(run.node.text)), f'SHELL ["{source}", "-c"]')
    return [Fix("choose the shell with SHELL", (edit,))]


@check("DF311")
def useradd_high_uid(command: RunCommand) -> Iterator[Report]:
    value = command.option("-u", "--uid")
    number = value.value if value is not None else None
    if value is None or number is None or not number.isdecimal() or len(number.lstrip("0")) < 6:
        return
    if command.has_flag("-l", "--no-log-init"):
        return
    yield report(
        command.place(),
        f"useradd gives the id {number} and keeps a login record for every id below it",
        fixes=_without_log(command),
    )


def _without_log(command: RunCommand) -> list[Fix]:
    word = command.words[0]
    if command.origin.is_exec_form or not word.text.endswith(command.program):
        return []
    return [Fix("add -l", (Edit(command.place(word).span.after, " -l"),), safe=True)]


# State of the shell.


_STATE_CHANGES = frozenset(
    {"alias", "cd", "declare", "export", "popd", "pushd", "readonly", "set", "setopt", "shopt", "typeset", "ulimit"}
    | {"umask", "unalias", "unset"}
)
# Scripts that are sourced for the variables and functions that they set; others may do lasting work.
_SETTINGS_FILES = (
    "*/activate",
    "activate",
    "*rc",
    "*profile",
    "/etc/profile.d/*",
    "*env",
    "*env.sh",
    "*/nvm.sh",
    "*/conda.sh",
    "*/rvm",
    "*/sdkman-init.sh",
    "*/asdf.sh",
    "*vars.sh",
    "/opt/ros/*/setup.*",
    "/opt/rh/*/enable",
)
_SUBSTITUTIONS = ("substitution", "process-substitution")
_HINTS = {
    "export": "set the variable with ENV",
    "declare": "set the variable with ENV",
    "cd": "use WORKDIR",
    "source": "repeat it in each RUN that needs it, or set with ENV what it sets",
    ".": "repeat it in each RUN that needs it, or set with ENV what it sets",
    "unset": "unset it in each RUN that needs it so",
    "set": "repeat it in each RUN that needs it, or give the shell its options with SHELL",
}
_PLAIN_EXPORT = regex(r"[A-Za-z_]\w*=(?:[\w./:@%+,=-]|\$\w+|\$\{\w+\})*")


@check("DF316")
def ineffective_shell_state(instruction: Instruction) -> Iterator[Report]:
    script = instruction.parsed_script
    shells = {command.outer for command in instruction.commands}
    commands = [one for one in instruction.commands if one not in shells and not one.simple.is_in(*_SUBSTITUTIONS)]
    lone = [one for one in script.commands if not one.words and not one.is_in(*_SUBSTITUTIONS)] if script else []
    if not commands and not lone:
        return
    if not all(map(_only_changes_state, commands)) or not all(one.assignments for one in lone):
        return
    if any(_writes(one) for one in [*lone, *(command.simple for command in commands)]):
        return
    text = _text_of(instruction, commands, lone)
    # ${NAME:?} is there to stop the build when an argument is missing.
    if "?" in text:
        return
    yield report(
        instruction.place,
        f'"{_shortened(text)}" changes nothing but the shell of this RUN, which ends with it',
        hint=_HINTS.get(commands[0].program) if commands else _HINTS["export"],
        fixes=_as_instruction(instruction, commands[0]) if len(commands) == 1 and not lone else [],
    )


def _only_changes_state(command: RunCommand) -> bool:
    if command.program in ("source", "."):
        operands = command.arguments
        return bool(operands) and matches_any(operands[0].text.strip("\"'"), _SETTINGS_FILES)
    if command.program not in _STATE_CHANGES or command.program in command.script.functions:
        return False
    # Without a shell, there is no such program at all: another problem.
    return command.outer is not None or not command.origin.is_exec_form


def _writes(simple: SimpleCommand) -> bool:
    return any(">" in one.operator for one in simple.redirections)


def _text_of(run: Instruction, commands: list[RunCommand], lone: list[SimpleCommand]) -> str:
    """Give all of a script from its first command to its last."""
    script = commands[0].script if commands else run.parsed_script
    simple = [command.simple for command in commands if command.script is script] + lone
    start, end = min(one.start for one in simple), max(one.end for one in simple)
    return script.text[start:end] if script else ""


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_QUOTE else plain[:_LONGEST_QUOTE].rstrip() + " ..."


def _as_instruction(run: Instruction, command: RunCommand) -> list[Fix]:
    node, simple = run.node, command.simple
    if run.is_exec_form or node.heredocs or node.flags or len(command.script.commands) > 1 or command.wrappers:
        return []
    if simple.assignments or simple.redirections or simple.context or not _fills(node.value, command):
        return []
    texts = [word.text for word in simple.words[1:]]
    instruction = ""
    if command.program == "cd" and _is_plain_change(simple):
        instruction = f"WORKDIR {texts[0]}"
    elif command.program == "export" and texts and all(map(_PLAIN_EXPORT.fullmatch, texts)):
        instruction = f"ENV {' '.join(texts)}"
    edit = Edit(node.span(0, len(node.text)), instruction)
    return [Fix(f"use {instruction.partition(' ')[0]}", (edit,))] if instruction else []


def _fills(text: str, command: RunCommand) -> bool:
    """Tell whether there is nothing but the command in a script."""
    return text.strip() == command.script.text[command.simple.start : command.simple.end].strip()
