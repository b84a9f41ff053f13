"""Package managers of programming languages: versions that are left open, and caches that are kept."""

from collections.abc import Iterator
from functools import lru_cache

from cnlint.findings import Fix, Report, report
from cnlint.manifests.command_edits import flag_after, put_last
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.manifests.package_managers import leaves_cache, removes, unpinned_packages
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word


def _unpinned(command: Command, word: Word) -> Report:
    return report(command.place(word), f'package "{word.value}" has no version')


# pip.


@check("DF441")
def pip_unpinned_package(command: RunCommand, context: Context) -> Iterator[Report]:
    packages = command.packages
    if (
        not packages
        or command.has_flag("-c", "--constraint", "--constraints", "--no-index")
        or _is_constrained(command)
    ):
        return
    allowed = {_normal(name) for name in context.options["allow"]}
    for word in packages:
        name = _PYTHON_NAME_ALONE.fullmatch((word.value or "").partition(";")[0])
        is_name = name is not None and not name[1].endswith(tuple(command.tool.entry.get("files", ())))
        if name is not None and is_name and _normal(name[1]) not in allowed:
            yield _unpinned(command, word)
    for word in packages:
        repository = _PYTHON_REPOSITORY.search(word.value or "")
        if repository is not None and "@" not in repository[1]:
            yield report(command.place(word), f'"{word.value}" names no commit or tag of the repository')


_PYTHON_NAME_ALONE = regex(r"\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*")
# What follows the host, up to the fragment.
_PYTHON_REPOSITORY = regex(r"(?:^|[\s@])(?:git|hg|svn|bzr)(?:\+[\w-]+)?:/+[^/#]*([^#]*)")


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _is_constrained(command: Command) -> bool:
    """Tell whether a file of constraints, which may give all versions, is named by a variable."""
    return _setting(command, "PIP_CONSTRAINT") != "" or _setting(command, "UV_CONSTRAINT") != ""


@check("DF442")
def pip_cache_kept(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.installs or not leaves_cache(command) or command.has_flag("--no-index"):
        return
    if not command.origin.stands_in(context.options["stages"]):
        return
    folder = _cache_folder(command, "--cache-dir", "PIP_CACHE_DIR")
    if _is_outside(command, folder) or _is_removed_later(command, folder):
        return
    fixes: list[Fix] = [] if folder else flag_after(command, command.operands()[0], "--no-cache-dir")
    yield report(command.place(), f"{command.program} install leaves its cache in the layer", fixes=fixes)


# yarn.


@check("DF453")
def yarn_cache_kept(command: RunCommand) -> Iterator[Report]:
    run: Instruction = command.origin
    if not _fetches(command) or not (run.stage is None or run.stage.is_in_image) or not leaves_cache(command):
        return
    if _uses_modern_yarn(run.node.source.text) or command.has_flag(*_MODERN_FLAGS):
        return
    folder = _cache_folder(command, "--cache-folder", "YARN_CACHE_FOLDER")
    if _is_outside(command, folder) or _is_removed_later(command, folder):
        return
    # The last one of the RUN speaks for all.
    if _number(command) == _last_fetch(run):
        what = " ".join(["yarn", command.subcommand or "install"])
        yield report(
            run.place,
            f"{what} leaves its cache in the layer",
            fixes=put_last(command, "yarn cache clean", safe=False),
        )


@lru_cache(maxsize=4)
def _last_fetch(run: Instruction) -> int:
    """Give the number of the last command of a RUN with which yarn fetches packages; -1 for none."""
    numbers = (number for number, one in enumerate(run.commands) if one.program == "yarn" and _fetches(one))
    return max(numbers, default=-1)


def _fetches(command: Command) -> bool:
    return (command.installs or command.restores) and not command.has_flag("--help", "--version")


_MODERN_FLAGS = ("--immutable", "--immutable-cache", "--check-cache", "--inline-builds", "--mode")
_MODERN_YARN = regex(
    r"\.yarnrc\.yml|\s\.yarn[/\s]|\bcorepack\b|\byarn set version\b|\byarn@(?:[2-9]|berry|stable)|/berry/"
)


@lru_cache(maxsize=4)
def _uses_modern_yarn(text: str) -> bool:
    """Tell whether the text of a file speaks of yarn 2 or later, which may need its cache to run."""
    return _MODERN_YARN.search(text) is not None


# Caches.


def _setting(command: Command, name: str) -> str | None:
    """Give the value of a variable for a command: empty when it is not set, ``None`` when it is not known."""
    if name in command.environment:
        word = command.environment[name]
        return None if word is None else word.value
    variables = command.origin.variables
    value = variables.get(name, "")
    if value is None:
        return None
    return command.script.variable(name, command.simple.start, {name: value}) if name in command.script.text else value


def _cache_folder(command: Command, flag: str, variable: str) -> str | None:
    """Give the folder of the cache, if another one is set: empty when none is, ``None`` when it is not known."""
    given = command.option(flag)
    return _setting(command, variable) if given is None else given.value


def _is_outside(command: RunCommand, folder: str | None) -> bool:
    """Tell whether a folder of one's own lies, or may lie, outside the layer: in memory or in a mount."""
    if folder is None or folder.startswith("/dev/shm/"):
        return True
    targets = [mount.target for mount in command.origin.mounts if mount.type in ("cache", "tmpfs")]
    if not folder:
        # Folders within that of the cache.
        caches = [cache.removeprefix("~") for cache in command.tool.entry.get("caches", ())]
        return any(cache in (target or "") for target in targets for cache in caches)
    return any(target and f"{folder}/".startswith(f"{target.rstrip('/')}/") for target in targets)


def _is_removed_later(command: RunCommand, folder: str | None) -> bool:
    folders = [folder] if folder and folder.startswith("/") else command.tool.entry.get("caches", ())
    return _last_removal(command.origin, command.manager, tuple(folders)) > _number(command)


# These look through a RUN once for all its commands.


@lru_cache(maxsize=4)
def _last_removal(run: Instruction, manager: str | None, folders: tuple[str, ...]) -> int:
    """Give the number of the last command of a RUN that empties a cache; -1 for none."""
    numbers = range(len(run.commands) - 1, -1, -1)
    return next((number for number in numbers if _empties(run.commands[number], manager, folders)), -1)


def _empties(command: Command, manager: str | None, folders: tuple[str, ...]) -> bool:
    return (command.manager == manager and command.cleans_cache) or removes(command, folders)


def _number(command: RunCommand) -> int:
    return _numbers(command.origin)[command]


@lru_cache(maxsize=4)
def _numbers(run: Instruction) -> dict[RunCommand, int]:
    return {command: number for number, command in enumerate(run.commands)}


# npm.


@check("DF451")
def npm_unpinned_package(command: RunCommand, context: Context) -> Iterator[Report]:
    for word in command.packages or ():
        value = word.value or ""
        if _NODE_REPOSITORY.match(value) and "#" not in value:
            yield report(command.place(word), f'"{value}" names no commit or tag of the repository')
    for word in unpinned_packages(command):
        value = word.value or ""
        # A flag without a value of its own may be followed by one of these.
        if value in ("true", "false") or "#" in value or value.startswith(_NODE_PLACES):
            continue
        _, at, tag = value[1:].partition("@")
        if not at and not _NODE_REPOSITORY.match(value):
            yield _unpinned(command, word)
        elif at and context.options["strict_latest"]:
            yield report(
                command.place(word), f'"{tag}" is no version of "{value[: -len(tag) - 1]}", but a tag that moves'
            )


_NODE_REPOSITORY = regex(r"git(?:\+\w+)?://|git@|(?:github|gitlab|bitbucket|gist):")
_NODE_PLACES = (".", "/", "~", "file:", "link:", "portal:", "workspace:", "npm:", "jsr:")


# gem.


@check("DF461")
def gem_unpinned_package(command: RunCommand) -> Iterator[Report]:
    # What follows is for the compiler of the gem.
    end = next((word.start for word in command.arguments if word.value == "--"), None)
    for word in unpinned_packages(command):
        if end is None or word.start < end:
            yield _unpinned(command, word)


# go.


@check("DF462")
def go_install_unpinned(command: RunCommand) -> Iterator[Report]:
    verb = command.subcommand
    if verb not in ("install", "get", "run") or command.has_flag("-modfile"):
        return
    packages = command.operands()[1:]
    for word in packages[:1] if verb == "run" else packages:
        value = word.value or ""
        path, at, version = value.partition("@")
        if not _GO_PATH.match(path) or path.endswith(".go"):
            continue
        if at and version in command.tool.entry["pin"]["floating"]:
            yield report(command.place(word), f'"{version}" is no version of "{path}", but whatever is newest')
        elif not at and (verb == "get" or not _may_have_module(command)):
            yield _unpinned(command, word)


# The first part of the path of a package from elsewhere is a host.
_GO_PATH = regex(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S")


def _may_have_module(command: RunCommand) -> bool:
    """Tell whether there may be a go.mod, which gives the versions of what it requires."""
    run: Instruction = command.origin
    if run.mounts or _fetches_module(run):
        return True
    for stage in run.stage.chain if run.stage else ():
        first = _first_copy(stage)
        if first is not None and (stage is not run.stage or first < run.position):
            return True
    return False


@lru_cache(maxsize=4)
def _fetches_module(run: Instruction) -> bool:
    return any(
        command.program in ("git", "cd", "tar", "unzip") or command.runs("go", "get|mod|work")
        for command in run.commands
    )


@lru_cache(maxsize=16)
def _first_copy(stage: Stage) -> int | None:
    """Give the position of the first COPY or ADD of a stage."""
    return next((one.position for one in stage.instructions if one.keyword in ("COPY", "ADD")), None)
