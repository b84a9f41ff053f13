"""The build context and .dockerignore."""

import os
import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from cnlint.findings import Place, Related, Report, report
from cnlint.graph.project import Project
from cnlint.manifests.copy_sources import kind_of_address
from cnlint.manifests.dockerfile_summary import CopySummary, DockerfileSummary, Value
from cnlint.manifests.dockerignore import DockerIgnore, Pattern
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any
from cnlint.syntax.source import Span

# Entries that hold secrets, or the history in which they may be found.
_SECRETS = (
    ".git",
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "id_rsa*",
    ".npmrc",
    ".pypirc",
    ".netrc",
    ".aws",
    ".ssh",
    ".docker",
)
# Samples are meant to be seen.
_SAMPLES = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")
# Files that people have beside the repository's own, so that the walk leaves them out.
_UNTRACKED = (".env", ".npmrc", ".pypirc", ".netrc")
_MOST_NAMES = 5


@check("DF212")
def missing_dockerignore(build: DockerfileSummary, context: Context) -> Iterator[Report]:
    copy = _whole_copy(build)
    if copy is None or _ignore_file(build, context) is not None:
        return
    folders = [f'"{folder}"' if folder else "the root of the project" for folder in _contexts(build, context)]
    yield report(
        build.place(copy.span),
        f"{copy.keyword} takes the whole build context, and there is no .dockerignore in {_listed(folders)}",
    )


@check("DF213")
def incomplete_dockerignore(build: DockerfileSummary, context: Context) -> Iterator[Report]:
    copy = _whole_copy(build)
    path = _ignore_file(build, context) if copy is not None else None
    text = context.project.read_text(path) if path is not None else None
    if copy is None or path is None or text is None:
        return
    ignore = DockerIgnore(text)
    folder = _folder_of(path, build, context)
    missing = _not_excluded(ignore, folder, context)
    if not missing:
        return
    secret = any(entry in _SECRETS for entry in missing)
    names = list(missing.values())
    listed = ", ".join(f'"{name}"' for name in names[:_MOST_NAMES]) + (
        " and others" if len(names) > _MOST_NAMES else ""
    )
    yield report(
        build.place(copy.span),
        f"{copy.keyword} takes the whole build context, and {path} does not exclude {listed}",
        related=[Related(Place(path, Span(1, 1, 1, 1)), "the patterns")],
        severity="warning" if secret else None,
    )


@check("DF207")
def copy_ignored_file(build: DockerfileSummary, context: Context) -> Iterator[Report]:
    files = _ignore_files_in_force(build, context)
    texts = [context.project.read_text(path) for path in files]
    ignores = [DockerIgnore(text) for text in texts if text is not None]
    if not ignores or len(ignores) < len(files):
        return
    for stage in build.stages:
        for copy in stage.copies:
            for source in copy.sources if copy.source is None else ():
                path = _path_in_context(source, copy)
                pattern = _pattern_against(path, ignores, build, context) if path is not None else None
                if pattern is not None:
                    yield report(
                        build.place(source.span),
                        f"{copy.keyword} will not find {_named(path)}: the pattern"
                        f' "{pattern.text}" in {files[0]} leaves it out of the build context',
                        related=[Related(_place_of(pattern, files[0]), "the pattern")],
                    )


def _ignore_files_in_force(build: DockerfileSummary, context: Context) -> list[str]:
    """Give the ignore file of the Dockerfile, else that of each context that it is built in; none if one has none."""
    own = f"{build.path}.dockerignore"
    if context.project.is_file(own):
        return [own]
    files = [_in(folder, ".dockerignore") for folder in _contexts(build, context)]
    return files if all(context.project.is_file(path) for path in files) else []


def _path_in_context(source: Value, copy: CopySummary) -> str | None:
    """Give a source as a path in the context, empty for all of it; ``None`` for what is no plain path."""
    value = source.value
    if not value or "$" in source.text or "\\" in value or value.startswith("<<"):
        return None
    if copy.keyword == "ADD" and kind_of_address(value) is not None:
        return None
    path = posixpath.normpath(value.lstrip("/"))
    if path in (".", "*"):
        return ""
    return None if path.startswith("../") or path == ".." or any(sign in path for sign in "*?[") else path


def _pattern_against(
    path: str, ignores: list[DockerIgnore], build: DockerfileSummary, context: Context
) -> Pattern | None:
    """Give the pattern that leaves a path out, where each of the ignore files does so."""
    folders = _contexts(build, context)
    if path and _lies_elsewhere(path, folders, build, context):
        return None
    found = [ignore.excluding_all_of(path) for ignore in ignores]
    if path and all(context.project.is_file(_in(folder, path)) for folder in folders):
        # No exception for something in it can bring back a file.
        found = [ignore.excluding(path) for ignore in ignores]
    return found[0] if all(found) else None


def _lies_elsewhere(path: str, folders: list[str], build: DockerfileSummary, context: Context) -> bool:
    """Tell whether the context is a guess, and what is copied lies in a folder further up."""
    project = context.project
    is_known = context.options["context"] != "auto" or any(
        one.context is not None for one in project.builds_of(build.path)
    )
    if is_known or any(project.exists(_in(folder, path)) for folder in folders):
        return False
    return any(project.exists(_in(folder, path)) for folder in _upwards(os.path.dirname(build.path)))


def _named(path: str | None) -> str:
    return f'"{path}"' if path else "anything"


def _place_of(pattern: Pattern, path: str) -> Place:
    return Place(path, Span(pattern.line, 1, pattern.line, 1 + len(pattern.text)))


def _whole_copy(build: DockerfileSummary) -> CopySummary | None:
    """Give the first COPY of the whole context that leaves nothing out by itself."""
    return next(
        (
            copy
            for stage in build.stages
            for copy in stage.copies
            if copy.is_whole_context and "exclude" not in copy.flags
        ),
        None,
    )


def _contexts(build: DockerfileSummary, context: Context) -> list[str]:
    """Give the folders that the Dockerfile is built in: an option, what builds of the project say, or its own."""
    chosen = str(context.options["context"])
    if chosen != "auto":
        return [os.path.normpath(chosen).removeprefix(".").lstrip("/")]
    return list(context.project.contexts_of(build.path))


def _ignore_file(build: DockerfileSummary, context: Context) -> str | None:
    """Give the ignore file that the builder reads, or may read: the context is not always known."""
    project = context.project
    own = f"{build.path}.dockerignore"
    if project.is_file(own):
        return own
    contexts = _contexts(build, context)
    if context.options["context"] == "auto":
        # Whoever builds from a folder further up names the Dockerfile with -f.
        contexts += list(_upwards(os.path.dirname(build.path)))
    return next((path for folder in contexts if project.is_file(path := _in(folder, ".dockerignore"))), None)


def _folder_of(ignore_path: str, build: DockerfileSummary, context: Context) -> str:
    if ignore_path.endswith("/.dockerignore") or ignore_path == ".dockerignore":
        return os.path.dirname(ignore_path)
    return _contexts(build, context)[0]


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = os.path.dirname(folder)
    yield ""


def _not_excluded(ignore: DockerIgnore, folder: str, context: Context) -> dict[str, str]:
    """Give the entries that exist in the context and are not excluded, with the path of one of each."""
    entries = [str(entry).rstrip("/") for entry in context.options["entries"]]
    found: dict[str, str] = {}
    # Names of folders come again and again.
    entry_of: dict[str, str | None] = {}
    for path in _paths(context.project, folder):
        parts = path.split("/")
        for depth, part in enumerate(parts):
            if part not in entry_of:
                entry_of[part] = next((entry for entry in entries if fnmatchcase(part, entry)), None)
            entry = entry_of[part]
            if entry is None or entry in found or _is_sample(parts[-1]) or ignore.excludes(path):
                continue
            found[entry] = "/".join(parts[: depth + 1])
    return found


def _is_sample(name: str) -> bool:
    return matches_any(name, _SAMPLES)


def _paths(project: Project, folder: str) -> Iterator[str]:
    """Yield the files of a context relative to it, some that are not part of the repository included."""
    prefix = f"{folder}/" if folder else ""
    for path in (".git/HEAD", *_UNTRACKED):
        if project.read_text(prefix + path) is not None:
            yield path
    for path in project.files_in(folder, recurse=True):
        yield path[len(prefix) :]


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _listed(names: list[str]) -> str:
    return " or ".join(names)
