"""What a container runs: CMD and ENTRYPOINT."""

import json
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import Command, commands_of
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# The positional parameters of the shell, in which the words of CMD end up.
_POSITIONAL = regex(r"\$\{?[@*0-9]")


@check("DF601")
def shell_form_command(instruction: Instruction, context: Context) -> Iterator[Report]:
    if instruction.is_exec_form:
        return
    value = instruction.node.value
    if not value or instruction.node.problems or instruction.is_windows:
        return
    if instruction.state.shell is not None and context.options["respect_shell"]:
        return
    if value.startswith("exec ") and context.options["allow_exec"]:
        return
    yield report(
        instruction.place,
        f"{instruction.keyword} is in shell form: the process runs as a child of /bin/sh -c and gets no signals",
        fixes=_exec_form(instruction),
    )


def _exec_form(instruction: Instruction) -> list[Fix]:
    """Turn one simple command without shell syntax into a JSON array."""
    node = instruction.node
    commands = commands_of(node.value, instruction.place_of, instruction, Command)
    if len(commands) != 1 or len(commands[0].script.commands) != 1 or commands[0].script.has_errors:
        return []
    command = commands[0].simple
    values = [word.value for word in command.words]
    if command.assignments or command.redirections or None in values or any(word.has_glob for word in command.words):
        return []
    if command.negated or command.context or node.value.rstrip().endswith((";", "&")):
        return []
    values = values[1:] if values[0] == "exec" else values
    # ~ is shell syntax too, and a command that starts with [ was meant as JSON.
    if not values or (values[0] or "").startswith("[") or any((value or "").startswith("~") for value in values):
        return []
    edit = Edit(node.span(node.rest, len(node.text)), json.dumps(values, ensure_ascii=False))
    return [Fix("write the command as a JSON array", (edit,))]


@check("DF641")
def cmd_ignored_by_entrypoint(stage: Stage) -> Iterator[Report]:
    entrypoint, cmd = stage.state.entrypoint, stage.state.cmd
    if entrypoint is None or cmd is None or stage.is_windows:
        return
    # A stage that inherits both is none of their business again.
    if stage not in (entrypoint.stage, cmd.stage):
        return
    command = entrypoint.node.value
    if entrypoint.is_exec_form or entrypoint.node.problems or not command.strip("\"' ") or _POSITIONAL.search(command):
        return
    if not cmd.words or cmd.node.problems:
        return
    yield report(
        cmd.place,
        f"CMD is ignored: the ENTRYPOINT in line {entrypoint.line} is in shell form, which takes no arguments",
        related=[Related(entrypoint.place, "the ENTRYPOINT in shell form")],
    )


@check("DF642")
def shell_missing_in_base(instruction: Instruction) -> Iterator[Report]:
    stage = instruction.stage
    if stage is None or instruction.parent is not None or instruction.state.shell is not None:
        return
    if instruction.is_exec_form or instruction.node.problems or not _has_command(instruction):
        return
    if stage.has_shell is not False or _shell_of(instruction) != "sh":
        return
    yield report(
        instruction.place,
        f'{instruction.keyword} is in shell form, and "{stage.root.image_value}" has no /bin/sh that could run it',
        related=[Related(stage.root.image_place, "the base image")],
        hint="do this in an earlier stage, and COPY --from its result" if instruction.keyword == "RUN" else None,
    )


def _shell_of(instruction: Instruction) -> str:
    """Give the shell, which a comment above it or the first line of a heredoc may name."""
    return instruction.script[0] if instruction.keyword == "RUN" else instruction.shell


def _has_command(instruction: Instruction) -> bool:
    if instruction.keyword == "HEALTHCHECK":
        return instruction.healthcheck is not None and instruction.healthcheck.command != ""
    return instruction.node.value != ""
