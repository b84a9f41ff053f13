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
def rust_debug_build(stage: Stage) -> Iterator[Report]:
    if "cargo" not in stage.dockerfile.syntax.source.text:
        return
    builds = _last_debug_builds(stage)
    use = _use_of(stage) if builds else None
    if use is None:
        return
    related = [] if use is stage.instruction else [Related(use.place, "the program is taken from target/debug here")]
    for command in builds:
        yield report(
            command.place(),
            "cargo build makes a program for debugging, which is shipped: --release is missing",
            related=related,
            fixes=_release_fix(command),
        )


def _last_debug_builds(stage: Stage) -> list[RunCommand]:
    """Give the builds for debugging that none for the release follows: those before one only fill the cache."""
    following = [one for one in stage.dockerfile.stages[stage.index + 1 :] if stage in one.chain]
    if any(_makes_release(command) for one in following for command in one.commands):
        return []
    builds: list[RunCommand] = []
    for command in stage.commands:
        if _makes_release(command):
            builds = []
        elif _makes_debug_build(command):
            builds.append(command)
    return builds


def _makes_release(command: RunCommand) -> bool:
    if command.program != "cargo":
        return False
    is_build = command.subcommand in ("build", "b", "auditable", "rustc", "zigbuild", "chef")
    return command.subcommand == "install" or (is_build and command.has_flag("--release", "-r", "--profile"))


def _makes_debug_build(command: RunCommand) -> bool:
    if not command.runs("cargo", "build|b") or command.has_flag("--release", "-r", "--profile", "--help", "-h"):
        return False
    return not command.may_have_other_flags


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
