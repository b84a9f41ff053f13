"""Stages and images that files are copied or mounted from."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.copy_sources import written
from cnlint.manifests.dockerfile import Copy, Instruction, Stage
from cnlint.manifests.dockerfile_references import Reference
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_PLACEHOLDER = regex(r"\{\{|\{%|<[A-Za-z]|@@")
_LONGEST_INDEX = 6
# An image of tools that is made to be copied as a whole: COPY --from=xx / /
_IMAGE_OF_FILES = regex(r"(?:.*/)?xx(?:[:@].*)?\Z")


@check("DF205")
def copy_from_undefined_stage(instruction: Instruction, context: Context) -> Iterator[Report]:
    for reference in instruction.references:
        name = reference.text
        if _PLACEHOLDER.search(name):
            continue
        if "$" in name:
            yield report(
                reference.place,
                f'{_flag_of(instruction)} takes no variables: "{name}" is looked for as it is written',
                hint=f"give it a stage of its own, where a global ARG is known: FROM {name} AS files",
            )
        # What ONBUILD puts off names the stages of another file.
        elif instruction.parent is None:
            yield from _undefined(reference, context)


def _undefined(reference: Reference, context: Context) -> Iterator[Report]:
    name, instruction = reference.text, reference.instruction
    stage = instruction.stage
    is_image = not reference.may_be_context or name == "scratch" or matches_any(name, context.options["build_contexts"])
    if stage is None:
        if not is_image:
            message = f'{_flag_of(instruction)} names "{name}", and no stage stands above it'
            yield report(reference.place, message, severity="info")
        return
    if _is_own(name, stage) or stage.dockerfile.stage_before(stage, name) is not None:
        return
    if _is_number(name):
        yield report(
            reference.place,
            f"{_flag_of(instruction)} names stage {name}, and this is stage {stage.index}:"
            " only earlier ones can be meant",
            severity="error",
        )
        return
    if is_image:
        return
    later = stage.dockerfile.stage_named(name)
    if later is not None:
        yield report(
            reference.place,
            f'{_flag_of(instruction)} names stage "{name}", which is defined only later',
            related=[Related(later.place, "the stage")],
            hint="move the stage up: only some builders look for it further down",
        )
        return
    yield report(
        reference.place,
        f'{_flag_of(instruction)} names "{name}", which is no earlier stage: the builder will look for such an image',
        hint=_hint_for(name, stage),
    )


def _hint_for(name: str, stage: Stage) -> str:
    from cnlint.graph.names import nearest_name

    names = [one.name for one in stage.dockerfile.stages[: stage.index] if one.name]
    near = nearest_name(name.lower(), names)
    if near is not None:
        return f'name the stage "{near}"'
    return f"name an earlier stage, or write the version if the image is meant: {name}:<version>"


@check("DF206")
def copy_from_own_stage(instruction: Instruction) -> Iterator[Report]:
    stage = instruction.stage
    if stage is None or instruction.parent is not None:
        return
    for reference in instruction.references:
        name = reference.text
        if _is_own(name, stage) and stage.dockerfile.stage_before(stage, name) is None:
            yield report(
                reference.place,
                f'{_flag_of(instruction)} names "{name}", the stage that it stands in',
                related=[Related(stage.place, "the stage")],
            )


def _is_own(name: str, stage: Stage) -> bool:
    if _is_number(name):
        return len(name) < _LONGEST_INDEX and int(name) == stage.index
    return name.lower() == stage.name


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal()


def _flag_of(instruction: Instruction) -> str:
    return "COPY --from" if instruction.keyword == "COPY" else "RUN --mount from"


@check("DF210")
def copy_root_filesystem(instruction: Instruction, context: Context) -> Iterator[Report]:
    copy = instruction.copy
    if copy is None or not copy.source or written(copy.destination) != "/":
        return
    if not any(written(source) == "/" for source in copy.sources) or _holds_only_files(copy):
        return
    stage = instruction.stage
    is_empty = stage is not None and stage.root.is_scratch
    if is_empty and context.options["allow_on_scratch"]:
        return
    goal = "into the image" if is_empty else "over that of the base image"
    yield report(instruction.place, f'COPY puts the whole file system of "{copy.source}" {goal}')


def _holds_only_files(copy: Copy) -> bool:
    """Tell whether there is no system in what is copied, but files that were collected to be."""
    stage = copy.from_stage
    if stage is None:
        return _IMAGE_OF_FILES.match(copy.source or "") is not None
    return stage.root.is_scratch or _IMAGE_OF_FILES.match(stage.root.image_value) is not None
