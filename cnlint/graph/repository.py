"""The folder that holds the project: bounded reads that never leave it, and the addresses of its git remotes."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from cnlint.syntax.gitignore import Patterns, lines_of

_MOST_PARTS = 9

LARGEST_READ = 1024 * 1024
"""Bytes; a longer file is given up to here."""

_SCP_ADDRESS = r"(?:[\w.-]+@)?([\w.-]+):(?!//)/?(.+)"
_URL_ADDRESS = r"[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@]*@)?([^/:]+)(?::[0-9]+)?/(.+)"


_looked_at: ContextVar[dict[str, list[int]] | None] = ContextVar("looked_at", default=None)


@contextmanager
def recording() -> Iterator[Mapping[str, list[int]]]:
    """Take note of all that is looked at on disk: a mapping, growing, of real paths to what `state` gave for them."""
    looked_at: dict[str, list[int]] = {}
    token = _looked_at.set(looked_at)
    try:
        yield looked_at
    finally:
        _looked_at.reset(token)


def state(path: str) -> list[int]:
    """Give what changes whenever a file is changed, made, replaced or deleted; of a folder only that there is one."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return []
    if stat.S_ISREG(status.st_mode):
        return [status.st_mode, status.st_size, status.st_mtime_ns]
    return [status.st_mode]


def look_at(path: str) -> str:
    """Take note that a file is about to be looked at, if somebody records that; gives its path."""
    looked_at = _looked_at.get()
    if looked_at is not None and path not in looked_at:
        looked_at[path] = state(path)
    return path


def read_text(root: str, path: str) -> str | None:
    """Read a file of the project, at most `LARGEST_READ` bytes.

    ``path`` is relative to ``root``. Gives ``None`` for what is no regular file, cannot be read, or lies outside of the
    root, be it by ``..`` or by a symbolic link.
    """
    full = resolve_inside(root, path)
    if full is None or not os.path.isfile(look_at(full)):
        return None
    try:
        with open(full, "rb") as file:
            return file.read(LARGEST_READ).decode("utf-8", "replace")
    except OSError:
        return None


def resolve_inside(root: str, path: str) -> str | None:
    """Give the real path of a file of the project; ``None`` when it lies outside of the root."""
    try:
        real_root = os.path.realpath(root)
        full = os.path.realpath(os.path.join(real_root, path))
    except (OSError, ValueError):
        return None
    inside = full == real_root or full.startswith(real_root.rstrip(os.sep) + os.sep)
    return full if inside else None


def join(folder: str, path: str) -> str | None:
    """Join a path to a folder, both relative to the root, as files of the project name each other.

    Gives ``None`` for an absolute path and for one that leaves the root; the root itself is an empty text.
    """
    if path.startswith(("/", "~")) or "\\" in path or "\0" in path:
        return None
    joined = os.path.normpath(os.path.join(folder, path)) if folder or path else ""
    if joined == "..":
        return None
    return None if joined.startswith("../") else "" if joined == "." else joined


def holds_instructions(path: str) -> bool:
    """Tell by its name whether a file tells people or machines what to do."""
    folder, _, name = path.casefold().rpartition("/")
    return (
        name.endswith(_INSTRUCTION_SUFFIXES)
        or name.startswith(("skaffold", "taskfile", "azure-pipelines", "devspace", "cloudbuild"))
        or name in _INSTRUCTION_NAMES
        or f"/{folder}/".endswith(("/.github/workflows/", "/.circleci/"))
    )


_INSTRUCTION_SUFFIXES = (".md", ".rst", ".adoc", ".sh", ".bash", ".mk", ".ps1", ".groovy", ".just")
_INSTRUCTION_NAMES = frozenset(
    {"makefile", "gnumakefile", "jenkinsfile", "tiltfile", "justfile", "earthfile", "readme", "readme.txt", "procfile"}
    | {".gitlab-ci.yml", ".travis.yml", "bitbucket-pipelines.yml", "action.yml", "action.yaml", "package.json"}
)


def is_on_disk(root: str, path: str) -> bool:
    """Tell whether anything has a path relative to the root, be it a link that leads nowhere."""
    return os.path.lexists(look_at(os.path.join(root, path)))


def is_ignored(root: str, path: str) -> bool:
    """Tell whether git ignores a path relative to the root, by the ``.gitignore`` files of the folders above it."""
    parts = path.split("/")
    read: list[Patterns] = []
    for depth in range(len(parts)):
        read.append(Patterns(lines_of(_read(os.path.join(root, *parts[:depth], ".gitignore")))))
        # The nearest file that speaks of a path decides; in a folder that is ignored all is.
        for start in range(depth, -1, -1):
            verdict = read[start].verdict("/".join(parts[start : depth + 1]), depth + 1 < len(parts))
            if verdict:
                return True
            if verdict is not None:
                break
    return False


def is_sparse(root: str) -> bool:
    """Tell whether only part of the repository is checked out."""
    settings = "".join(_git_config(_top(root)).split()).casefold()
    return "sparsecheckout=true" in settings


def workspace_of(workflow: str) -> str:
    """Give the folder whose checkout the steps of a workflow or action work in: what holds its ``.github``."""
    before, mark, _ = f"/{workflow}".partition("/.github/")
    return before.strip("/") if mark else ""


def glob(pattern: str) -> re.Pattern[str]:
    """Read a pattern of paths: ``*`` stays within a folder's name, ``**`` does not; more than a few match nothing."""
    parts = re.split(r"(\*+|\?)", pattern.strip("/"))
    if len(parts) > _MOST_PARTS:
        return re.compile(r"(?!)")
    pieces = {"*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(".*" if one.startswith("**") else pieces.get(one) or re.escape(one) for one in parts))


def remotes(root: str) -> tuple[str, ...]:
    """Give the addresses of the repository's remotes, read from its git configuration, normalised by `address`."""
    found = []
    in_remote = False
    for line in _git_config(_top(root)).splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            in_remote = stripped.startswith("[remote ")
        elif in_remote:
            key, equals, value = stripped.partition("=")
            if equals and key.strip().lower() == "url":
                found.append(address(value.strip()))
    return tuple(dict.fromkeys(found))


def prefix(root: str) -> str:
    """Give the path of the project's root within its repository, with a slash at the end; empty where both are one."""
    inside = os.path.relpath(os.path.abspath(root), _top(root)).replace(os.sep, "/")
    return "" if inside == "." else f"{inside}/"


def _top(root: str) -> str:
    """Give the nearest folder at or above the root that git knows; the root itself where there is none."""
    folder = start = os.path.abspath(root)
    while not os.path.exists(look_at(os.path.join(folder, ".git"))):
        parent = os.path.dirname(folder)
        if parent == folder:
            return start
        folder = parent
    return folder


def _git_config(top: str) -> str:
    return _read(os.path.join(_git_folders(top)[1], "config"))


def _git_folders(top: str) -> tuple[str, str]:
    """Give the folders in which git keeps what belongs to a checkout, and what belongs to the repository.

    In a worktree or submodule ``.git`` is a file that names the folder.
    """
    git = os.path.join(top, ".git")
    if not os.path.isfile(git):
        return git, git
    pointer = _read(git).strip()
    if pointer.startswith("gitdir:"):
        git = os.path.join(top, pointer.removeprefix("gitdir:").strip())
    common = _read(os.path.join(git, "commondir")).strip()
    return git, os.path.join(git, common) if common else git


def branches(root: str) -> frozenset[str]:
    """Give the names of the branch that the files are of: the one that is checked out.

    Where only a commit is checked out, as in pipelines, it is taken for the default branch, under all its usual names
    if nothing tells the right one.
    """
    own, common = _git_folders(_top(root))
    branch = _branch_in(os.path.join(own, "HEAD"), "refs/heads/")
    if branch:
        return frozenset({branch})
    default = _branch_in(os.path.join(common, "refs", "remotes", "origin", "HEAD"), "refs/remotes/origin/")
    return frozenset({default} if default else {"main", "master"})


def _branch_in(path: str, start: str) -> str:
    """Give the branch that a file of git refers to; empty where there is none."""
    reference = _read(path).strip().removeprefix("ref:").strip()
    return reference.removeprefix(start) if reference.startswith(start) else ""


def _read(path: str) -> str:
    try:
        with open(look_at(path), encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST_READ)
    except OSError:
        return ""


def address(url: str) -> str:
    """Bring the address of a git repository to one form, ``host/owner/name``, whatever the protocol.

    ``https://github.com/Org/App.git``, ``git@github.com:org/app`` and ``ssh://git@github.com/org/app/`` are the same.
    """
    match = re.match(_URL_ADDRESS, url) or re.match(_SCP_ADDRESS, url)
    text = f"{match[1]}/{match[2]}" if match else url
    return text.strip("/").removesuffix(".git").strip("/").casefold()
