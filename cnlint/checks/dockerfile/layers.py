"""Layers: what each instruction adds to an image."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import Context, check


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
