"""What a container runs: CMD and ENTRYPOINT."""

import json
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.commands import Command, commands_of
from cnlint.manifests.dockerfile import Instruction
from cnlint.rules import Context, check


@check("DF601")
def shell_form_command(instruction: Instruction, context: Context) -> Iterator[Report]:
    if instruction.is_exec_form:
        return
    value = instruction.node.value
    if not value or instruction.node.problems or _is_windows(instruction):
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


def _is_windows(instruction: Instruction) -> bool:
    return instruction.dockerfile.is_windows or (instruction.stage is not None and instruction.stage.is_windows)


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
