"""Programs in Rust: how they are built."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_DEBUG_FOLDER = regex(r"target/(?:[\w.+-]+/)?debug(?![\w-])")
_WORD_DEBUG = "debug"
# What images for tests and development run.
_DEVELOPMENT = frozenset({"test", "nextest", "watch", "clippy", "fmt", "bench", "doc"})


@check("DF905")
def rust_debug_build(command: RunCommand) -> Iterator[Report]:
    stage = command.origin.stage
    if stage is None or not _makes_debug_build(command) or _is_released_later(command, stage):
        return
    use = _use_of(stage)
    if use is None:
        return
    related = [] if use is stage.instruction else [Related(use.place, "the program is taken from target/debug here")]
    yield report(
        command.place(),
        "cargo build makes a program for debugging, which is shipped: --release is missing",
        related=related,
        fixes=_release_fix(command),
    )


def _makes_debug_build(command: RunCommand) -> bool:
    if not command.runs("cargo", "build|b") or command.has_flag("--release", "-r", "--profile", "--help", "-h"):
        return False
    return not command.may_have_other_flags and command.origin.variables.get("CARGO_BUILD_PROFILE") is None


def _is_released_later(command: RunCommand, stage: Stage) -> bool:
    """Tell whether this build only fills the cache: of packages, before one for the release."""
    following = [
        *command.after,
        *(one for run in stage.instructions[command.origin.position + 1 :] for one in run.commands),
    ]
    later = (
        one for other in stage.dockerfile.stages[stage.index + 1 :] if stage in other.chain for one in other.commands
    )
    return any(
        one.runs("cargo", "build|b|install|auditable|rustc")
        and (one.has_flag("--release", "-r", "--profile") or one.subcommand == "install")
        for one in (*following, *later)
    )


def _use_of(stage: Stage) -> Instruction | None:
    """Give what takes the program from the stage, or its FROM if it is shipped itself."""
    moved = any(
        other.program in ("cp", "mv", "install", "ln")
        and any(_DEBUG_FOLDER.search(word.text) for word in other.arguments)
        for other in stage.commands
    )
    for later in stage.dockerfile.stages[stage.index + 1 :]:
        for instruction in later.instructions_of("COPY"):
            copy = instruction.copy
            if copy is None or copy.from_stage is None or stage not in copy.from_stage.chain:
                continue
            if moved or any(_DEBUG_FOLDER.search(source.text) for source in copy.sources):
                return instruction
    return stage.instruction if stage.is_in_image and not _is_for_development(stage) else None


def _is_for_development(stage: Stage) -> bool:
    return any(
        not _DEVELOPMENT.isdisjoint(instruction.node.value.replace('"', " ").replace(",", " ").split())
        for shipped in stage.dockerfile.shipped_stages
        for instruction in (shipped.state.cmd, shipped.state.entrypoint)
        if instruction is not None
    )


def _release_fix(command: RunCommand) -> list[Fix]:
    """Add the flag, and follow the program to its other folder."""
    verb = command.operands()[0]
    if command.origin.is_exec_form or verb.text != verb.value:
        return []
    source = command.origin.node.source
    span = command.place(verb).span
    edits = [Edit(span, f"{verb.text} --release")]
    for match in _DEBUG_FOLDER.finditer(source.text):
        edits.append(Edit(source.span(match.end() - len(_WORD_DEBUG), match.end()), "release"))
    edits.sort(key=lambda edit: edit.span)
    return [Fix("build for the release", tuple(edits))]
