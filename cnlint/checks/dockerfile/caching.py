"""The build cache: what makes the builder run an expensive step again."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from cnlint.findings import Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import Context, check


class _Language(NamedTuple):
    """How a language gets its dependencies."""

    manifests: str
    download: str
    """The command to run between the COPY of the manifests and that of the sources."""
    installs: Callable[[RunCommand], bool]


def _go(command: RunCommand) -> bool:
    if not command.runs("go", "build|install|mod|get"):
        return False
    operands = command.operands()
    if command.subcommand == "mod":
        return any(word.value in ("download", "vendor", "tidy") for word in operands[1:])
    # go install example.com/tool@v1.2.3 does not read the project.
    return command.option("-mod") is None and not any("@" in word.text for word in operands[1:])


def _node(command: RunCommand) -> bool:
    operands = command.operands()
    if command.has_flag("-g", "--global", "--location"):
        return False
    if command.program == "npm":
        return command.runs("npm", "ci|clean-install|install|i") and len(operands) == 1
    if command.program == "pnpm":
        return command.runs("pnpm", "install|i|fetch") and len(operands) == 1
    return command.program == "yarn" and (not operands or command.subcommand == "install")


def _python(command: RunCommand) -> bool:
    if command.runs("pip|pip3", "install") or command.runs("uv", "pip", "install|sync"):
        return bool(command.options("-r", "--requirement")) or command.runs("uv", "pip", "sync")
    if command.runs("python|python3", "pip", "install") and command.has_flag("-m"):
        return bool(command.options("-r", "--requirement"))
    return command.runs("poetry|pipenv|pdm", "install|sync") or command.runs("uv", "sync")


def _ruby(command: RunCommand) -> bool:
    return command.program == "bundle" and command.subcommand in ("install", None)


def _php(command: RunCommand) -> bool:
    return command.runs("composer", "install")


def _rust(command: RunCommand) -> bool:
    return command.runs("cargo", "build|fetch|chef|vendor|install") and not _installs_published_crate(command)


def _installs_published_crate(command: RunCommand) -> bool:
    return command.subcommand == "install" and command.option("--path") is None


def _maven(command: RunCommand) -> bool:
    return command.program in ("mvn", "mvnw") and not command.has_flag("-o", "--offline", "--version")


def _gradle(command: RunCommand) -> bool:
    return command.program in ("gradle", "gradlew") and not command.has_flag("--offline", "--version")


def _dotnet(command: RunCommand) -> bool:
    return command.runs("dotnet", "restore")


_LANGUAGES = {
    "go": _Language("go.mod and go.sum", "go mod download", _go),
    "node": _Language("package.json and its lock file", "the install", _node),
    "python": _Language("the list of requirements", "the install", _python),
    "ruby": _Language("Gemfile and Gemfile.lock", "bundle install", _ruby),
    "php": _Language("composer.json and composer.lock", "composer install --no-scripts --no-autoloader", _php),
    "rust": _Language("Cargo.toml and Cargo.lock", "cargo fetch", _rust),
    "maven": _Language("pom.xml", "mvn dependency:go-offline", _maven),
    "gradle": _Language("the build files", "gradle dependencies", _gradle),
    "dotnet": _Language("the project files (*.csproj)", "dotnet restore", _dotnet),
}
_LANGUAGE_OF_PROGRAM = {
    "go": "go",
    **dict.fromkeys(("npm", "pnpm", "yarn"), "node"),
    **dict.fromkeys(("pip", "pip3", "uv", "python", "python3", "poetry", "pipenv", "pdm"), "python"),
    "bundle": "ruby",
    "composer": "php",
    "cargo": "rust",
    **dict.fromkeys(("mvn", "mvnw"), "maven"),
    **dict.fromkeys(("gradle", "gradlew"), "gradle"),
    "dotnet": "dotnet",
}
_SOURCE_FOLDERS = frozenset({"src", "lib", "app", "cmd", "internal", "pkg", "source", "sources"})


@check("DF215")
def dependency_cache_order(stage: Stage, context: Context) -> Iterator[Report]:
    if not any(_copies_sources(instruction) for instruction in stage.instructions):
        return
    chosen = context.options["languages"]
    copies: list[Instruction] = []
    done = {_language_of(command, chosen) for earlier in stage.chain[1:] for command in earlier.commands}
    reported: set[int] = set()
    for instruction in stage.instructions:
        if instruction.copy is not None:
            if _copies_vendored(instruction):
                return
            if _copies_sources(instruction):
                copies.append(instruction)
        for command in instruction.commands:
            language = _language_of(command, chosen)
            if language is None or language in done:
                continue
            done.add(language)
            copy = copies[0] if copies else None
            if copy is not None and copy.position not in reported and not _is_independent(instruction, command):
                reported.add(copy.position)
                yield _report(copy, instruction, command, _LANGUAGES[language])


def _language_of(command: RunCommand, chosen: Collection[str]) -> str | None:
    """Give the language, one of those chosen, whose dependencies a command fetches."""
    name = _LANGUAGE_OF_PROGRAM.get(command.program)
    if name is None or not ("all" in chosen or name in chosen):
        return None
    return name if _LANGUAGES[name].installs(command) else None


def _report(copy: Instruction, run: Instruction, command: RunCommand, language: _Language) -> Report:
    what = "the whole context" if copy.copy and copy.copy.is_whole_context else "sources"
    step = " ".join(word.text for word in command.words[:3])
    return report(
        copy.place,
        f'{copy.keyword} of {what} comes before "{step}": any change of a file fetches all dependencies again',
        related=[Related(command.place(), "fetches the dependencies")],
        severity="info" if _has_mount(run, "cache") else None,
        hint=f"copy {language.manifests} first, run {language.download}, then copy the rest",
    )


def _copies_sources(instruction: Instruction) -> bool:
    copy = instruction.copy
    if copy is None or copy.source is not None:
        return False
    return copy.is_whole_context or any(
        (word.value or "").removeprefix("./").strip("/") in _SOURCE_FOLDERS for word in copy.sources
    )


def _copies_vendored(instruction: Instruction) -> bool:
    copy = instruction.copy
    return copy is not None and any(
        (word.value or "").strip("./") in ("vendor", ".yarn/cache") for word in copy.sources
    )


def _is_independent(run: Instruction, command: RunCommand) -> bool:
    """Tell whether dependencies come from elsewhere than the layers: a bind mount or a vendored folder."""
    if _has_mount(run, "bind"):
        return True
    flags = run.variables.get("GOFLAGS") or ""
    assigned = command.environment.get("GOFLAGS")
    return "-mod=vendor" in flags or (assigned is not None and "-mod=vendor" in assigned.text)


def _has_mount(run: Instruction, kind: str) -> bool:
    return any(mount.type == kind for mount in run.mounts)
