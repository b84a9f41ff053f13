"""Health checks of images."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.commands import Command
from cnlint.manifests.dockerfile import Dockerfile, Instruction, Stage
from cnlint.rules import Context, check


@check("DF605")
def missing_healthcheck(dockerfile: Dockerfile, context: Context) -> Iterator[Report]:
    stages = dockerfile.shipped_stages
    if context.options["stages"] == "all":
        checked = _checked_stages(dockerfile)
        stages = [stage for stage in dockerfile.stages if stage not in checked]
    for stage in stages:
        if stage.state.healthcheck is None and not _only_holds_files(stage):
            yield report(stage.place, f"{_named(stage)} has no HEALTHCHECK, nor has any stage that it is built from")


def _checked_stages(dockerfile: Dockerfile) -> set[Stage]:
    """Give the stages that have a HEALTHCHECK, themselves or by all that are built from them."""
    children: dict[Stage, list[Stage]] = {}
    for stage in dockerfile.stages:
        if stage.base_stage is not None:
            children.setdefault(stage.base_stage, []).append(stage)
    checked: set[Stage] = set()
    # What is built from a stage comes after it.
    for stage in reversed(dockerfile.stages):
        built = children.get(stage)
        if stage.state.healthcheck is not None or (built and checked.issuperset(built)):
            checked.add(stage)
    return checked


def _only_holds_files(stage: Stage) -> bool:
    """Tell whether nothing runs in the stage: it only carries files, for instance to the host."""
    return stage.root.is_scratch and stage.state.cmd is None and stage.state.entrypoint is None


def _named(stage: Stage) -> str:
    if stage.name:
        return f'stage "{stage.name}"'
    return "the final stage" if stage.is_shipped else f'the stage from "{stage.image_value}"'


# Programs that health checks call and small images lack.
_TOOLS = frozenset({"curl", "wget", "nc", "netcat", "ncat", "sh", "bash", "ash", "dash"})
_PROGRAM_FOLDERS = frozenset({"", "/bin", "/sbin", "/usr/bin", "/usr/sbin"})


@check("DF606")
def healthcheck_tool_missing(stage: Stage) -> Iterator[Report]:
    instruction = stage.state.healthcheck
    if instruction is None:
        return
    for command in instruction.container_commands:
        folder = command.words[0].prefix.rpartition("/")[0] if command.words else None
        if command.program not in _TOOLS or folder not in _PROGRAM_FOLDERS:
            continue
        if _is_guarded(command) or stage.has_tool(command.program) is not False:
            continue
        yield report(
            command.place(command.words[0]),
            f'HEALTHCHECK runs "{command.program}", which "{stage.root.image_value}" does not have'
            " and no instruction adds",
            related=[Related(stage.root.image_place, "the base image")],
            hint=_hint(command, stage),
        )
        return


def _is_guarded(command: Command) -> bool:
    """Tell whether another command stands in when this one fails, as in ``curl ... || wget ...``."""
    if command.simple.is_in("branch"):
        return True
    return any(other.program in _TOOLS and other.program != command.program for other in command.commands)


def _hint(command: Command, stage: Stage) -> str | None:
    if stage.has_shell is False:
        return 'let the program check itself: HEALTHCHECK CMD ["/app", "healthcheck"]'
    if command.program == "curl" and stage.has_tool("wget"):
        return "use wget -q -O /dev/null, which the image has, or install curl"
    return None


@check("DF607")
def healthcheck_shell_form(instruction: Instruction, context: Context) -> Iterator[Report]:
    healthcheck = instruction.healthcheck
    if healthcheck is None or healthcheck.is_none or instruction.is_exec_form or instruction.node.problems:
        return
    if not healthcheck.command or (context.options["allow_operators"] and _needs_shell(instruction)):
        return
    yield report(
        healthcheck.place, "HEALTHCHECK is in shell form: every check starts a shell, which the image must have"
    )


def _needs_shell(instruction: Instruction) -> bool:
    """Tell whether the command holds operators, variables or patterns, which only a shell understands."""
    commands = instruction.container_commands
    if len(commands) != 1 or len(commands[0].script.commands) != 1:
        return True
    simple = commands[0].simple
    if simple.assignments or simple.redirections or simple.negated or simple.context or simple.next_operator:
        return True
    return any(word.value is None or word.has_glob for word in simple.words)
