"""Which files a run looks at: the paths given, folders walked in a stable order, what git ignores left out."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnlint.engine import classify
from cnlint.findings import CheckedFile
from cnlint.syntax.gitignore import Patterns, lines_of

STANDARD_INPUT = "-"

# Folders that never hold files of the project itself.
_SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", ".tox", ".nox", "__pycache__", ".terraform", ".mypy_cache"}
)


class Candidate(NamedTuple):
    """A file to be checked: its path relative to the root, its kind by name, and whether a person named it."""

    path: str
    kind: str
    named: bool = False


class Discovery:
    """What the paths given lead to."""

    __slots__ = ("candidates", "files", "skipped")

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.skipped: list[CheckedFile] = []
        self.files: list[str] = []
        """Every file met on the walk, of whatever kind, relative to the root and sorted."""


def find_root(paths: Sequence[str]) -> str:
    """Give the project root of some paths: the nearest folder at or above all of them with ``.git`` or a configuration.

    Without either it is the folder given, the folder of the file given, or that of the Helm chart that these are in.
    """
    real = [os.path.abspath(path) for path in paths if path != STANDARD_INPUT] or [os.getcwd()]
    start = os.path.commonpath(real)
    if not os.path.isdir(start):
        start = os.path.dirname(start)
    folder = start
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in (".git", "cnlint.toml", ".cnlint.toml")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return _chart_around(start)
        folder = parent


def _chart_around(start: str) -> str:
    """Give the nearest folder at or above one that is a Helm chart; the folder itself if there is none."""
    folder = start
    while not os.path.exists(os.path.join(folder, "Chart.yaml")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return start
        folder = parent
    return folder


def discover(
    paths: Sequence[str], root: str, *, exclude: Sequence[str] = (), respect_gitignore: bool = True
) -> Discovery:
    """Find the files that some paths mean.

    Files that are named are taken whatever git ignores; paths that do not exist are taken too, so that reading them
    reports them. The order is that of the paths relative to the root.
    """
    found = Discovery()
    charts: dict[str, bool] = {}
    ignores = _Ignores(root, exclude, respect_gitignore)
    seen: set[str] = set()
    for path in paths:
        absolute = os.path.abspath(path)
        if os.path.isdir(absolute):
            for relative, problem in sorted(_walk(absolute, root, ignores)):
                if relative in seen:
                    continue
                seen.add(relative)
                found.files.append(relative)
                _sort_in(found, relative, problem, root, charts)
        else:
            relative = relative_to(absolute, root)
            if relative in seen or ignores.excludes(relative):
                continue
            seen.add(relative)
            found.files.append(relative)
            kind = _refined(relative, root, charts)
            found.candidates.append(Candidate(relative, kind, named=True))
    found.candidates.sort(key=lambda candidate: candidate.path)
    found.files.sort()
    return found


def walk_files(root: str, *, exclude: Sequence[str] = (), respect_gitignore: bool = True) -> list[str]:
    """Give every file below the root that git does not ignore, relative to it and sorted."""
    return sorted(relative for relative, _ in _walk(root, root, _Ignores(root, exclude, respect_gitignore)))


def relative_to(path: str, root: str) -> str:
    """Give an absolute path relative to the root, with forward slashes."""
    return os.path.relpath(path, root).replace(os.sep, "/")


def candidates_of(files: Iterable[str], root: str) -> list[Candidate]:
    """Give those of some files (relative to the root) whose kind is known by name."""
    charts: dict[str, bool] = {}
    candidates = (Candidate(path, _refined(path, root, charts)) for path in files)
    return [candidate for candidate in candidates if candidate.kind != classify.OTHER]


def _sort_in(found: Discovery, path: str, problem: str | None, root: str, charts: dict[str, bool]) -> None:
    kind = _refined(path, root, charts)
    if kind == classify.OTHER:
        return
    if problem is not None:
        found.skipped.append(CheckedFile(path, kind, problem))
    else:
        found.candidates.append(Candidate(path, kind))


def _refined(path: str, root: str, charts: dict[str, bool]) -> str:
    kind = classify.kind_by_name(path)
    if kind in (classify.YAML, classify.OTHER, classify.SERVERLESS) and (
        "templates/" in path or path.rpartition("/")[2].startswith("values")
    ):
        chart = classify.helm_chart_of(path, root, charts)
        if chart is not None:
            return classify.kind_in_chart(path, chart, kind)
    return kind


def _walk(folder: str, root: str, ignores: "_Ignores") -> Iterator[tuple[str, str | None]]:
    """Walk a folder; gives paths relative to the root, each with the reason why it cannot be read, if there is one.

    Links to folders are not followed, so that no loop is possible; a folder that cannot be listed is passed over.
    """
    base = relative_to(folder, root)
    pending = [(folder, "" if base == "." else base + "/")]
    while pending:
        path, prefix = pending.pop()
        try:
            with os.scandir(path) as listing:
                entries = list(listing)
        except OSError as error:
            yield prefix.rstrip("/") or ".", f"folder cannot be listed: {error.strerror or error}"
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and path != folder:
            continue
        ignores.enter(prefix, ".gitignore" in names)
        for entry in entries:
            relative = prefix + entry.name
            if _is_folder(entry):
                if entry.name not in _SKIPPED_FOLDERS and not ignores.ignores(relative, is_folder=True):
                    pending.append((entry.path, relative + "/"))
            elif not ignores.ignores(relative, is_folder=False):
                yield relative, _special_kind(entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _special_kind(entry: os.DirEntry[str]) -> str | None:
    """Say what a folder entry is when it is not a regular file (a broken link is left for reading to report)."""
    try:
        # Listing a folder tells what a plain file is, so that none need be looked at.
        if entry.is_file(follow_symlinks=False):
            return None
        mode = entry.stat().st_mode
    except OSError:
        return None
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return "link to a folder"
    return "not a regular file"


class _Ignores:
    """What ``.gitignore`` files and the configuration's ``exclude`` take out of a walk."""

    def __init__(self, root: str, exclude: Sequence[str], respect_gitignore: bool) -> None:
        self._root = root
        self._respect_gitignore = respect_gitignore
        self._exclude = Patterns(exclude)
        self._own_exclude = Patterns(())
        self._by_folder: dict[str, Patterns] = {}
        """The patterns of each folder on the way, named by its path with a slash at the end."""
        if respect_gitignore:
            self._own_exclude = _patterns_in(os.path.join(root, ".git", "info", "exclude"))
            # A walk that starts below the root is still under the .gitignore files above it.
            self._loaded: set[str] = set()

    def enter(self, prefix: str, has_gitignore: bool) -> None:
        """Read the ``.gitignore`` of a folder about to be walked, and of those above it."""
        if not self._respect_gitignore or prefix in self._loaded:
            return
        if prefix and (parent := prefix.rstrip("/").rpartition("/")[0]) + "/" not in self._loaded:
            parent_prefix = parent + "/" if parent else ""
            if parent_prefix not in self._loaded:
                self.enter(parent_prefix, True)
        self._loaded.add(prefix)
        if has_gitignore and (patterns := _patterns_in(os.path.join(self._root, prefix, ".gitignore"))):
            self._by_folder[prefix] = patterns

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a path is left out that is met on a walk, in a folder that is not."""
        if not (self._exclude or self._by_folder or self._own_exclude):
            return False
        if self._exclude and (self._exclude.cover(path) or (is_folder and self._exclude.verdict(path, True))):
            return True
        prefix = path
        while prefix and prefix != "../":
            prefix = prefix[: prefix.rfind("/", 0, -1) + 1]
            if prefix in self._by_folder:
                verdict = self._by_folder[prefix].verdict(path[len(prefix) :], is_folder)
                if verdict is not None:
                    return verdict
        return bool(self._own_exclude.verdict(path, is_folder))

    def excludes(self, path: str) -> bool:
        """Tell whether the configuration leaves a file out."""
        return self._exclude.cover(path)


def _patterns_in(path: str) -> Patterns:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            return Patterns(lines_of(file.read(1_000_000)))
    except OSError:
        return Patterns(())
