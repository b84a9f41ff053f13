"""The cache of results: what the file stage found, kept by content, rules, settings and version.

One folder holds one index for each combination of root, rules and settings. An index maps each file to its size, time
and content hash and to what was found; facts stand in a second file that is read only when the project stage has to
run. Files are written whole under another name and then renamed, so that runs at the same time and crashes
leave nothing half done; what cannot be read is taken for an empty cache.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnlint import __version__, rule_index
from cnlint.config import Limits, Selection
from cnlint.engine.discover import Candidate
from cnlint.engine.hashing import blake2b
from cnlint.engine.results import (
    FileResult,
    ProjectOutcome,
    finding_from_json,
    finding_to_json,
    result_from_json,
    result_to_json,
)
from cnlint.findings import CheckedFile
from cnlint.graph.repository import state
from cnlint.rules import RuleSet, Settings

_FORMAT = 5
_MAX_INDEXES = 16
_MAX_AGE = 30 * 24 * 3600


def cache_folder() -> str:
    """Give the folder of the cache: ``CNLINT_CACHE_DIR``, else ``cnlint`` in the user's cache folder."""
    own = os.environ.get("CNLINT_CACHE_DIR")
    if own:
        return own
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/cnlint")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~"), "cnlint", "cache")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cnlint")


def clear_cache() -> str:
    """Delete the cache; gives its folder."""
    import shutil

    folder = cache_folder()
    shutil.rmtree(folder, ignore_errors=True)
    return folder


class Cache:
    """The results of one combination of root, rules and settings."""

    def __init__(self, path: str, root: str) -> None:
        self._path = path
        self._root = root
        content = _read(path + ".json")
        # path and kind -> [size, time in ns, content hash, reported, result, hash of facts]
        self._files: dict[str, list[Any]] = _sound(content.get("files"))
        # [key, findings, files replaced, notes, what was looked at besides facts]
        self._project: Any = content.get("project")
        self._identities: dict[str, list[int] | None] = {}
        """The size and time of each file when it was looked up."""
        self._facts: dict[str, str] | None = None
        self._changed = False
        self._facts_changed = False

    @classmethod
    def open(cls, root: str, selection: Selection, settings: Settings, limits: Limits, tool: object = None) -> "Cache":
        """Open the cache for these rules and settings, and for another tool that the rules pass findings on of."""
        essence = [
            _FORMAT,
            __version__,
            rule_index.digest(),
            _code_stamp(),
            sys.version,
            os.path.abspath(root),
            sorted(selection.codes),
            sorted(selection.severities.items()),
            selection.options,
            # The order of a set is another in every process, and the codes stand here already.
            str(settings._replace(selected=frozenset())),
            str(limits),
            str(tool),
        ]
        digest = blake2b(json.dumps(essence, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()
        return cls(os.path.join(cache_folder(), digest), root)

    def unknown(self, candidates: Iterable[Candidate]) -> int:
        """Count the files that the cache has never seen."""
        return sum(_key(candidate) not in self._files for candidate in candidates)

    def look_up(self, candidates: Sequence[Candidate], rules: RuleSet, *, reported: bool) -> dict[str, FileResult]:
        """Give the results of those files whose content has not changed, without their facts (see `load_facts`).

        ``reported``: whether findings are wanted, or only facts.
        """
        known: dict[str, FileResult] = {}
        for candidate in candidates:
            path = os.path.join(self._root, candidate.path)
            identity = self._identities[candidate.path] = _identity(path)
            entry = self._files.get(_key(candidate))
            if identity is None or entry is None or (reported and not entry[3]):
                continue
            if identity != entry[:2]:
                if identity[0] != entry[0] or _content_hash(path) != entry[2]:
                    continue
                entry[1] = identity[1]
                self._changed = True
            try:
                result = result_from_json(candidate.path, entry[4], rules)
            except (KeyError, ValueError, TypeError):
                continue
            result.facts_digest = entry[5]
            known[candidate.path] = result
        return known

    def store(self, candidate: Candidate, result: FileResult, *, reported: bool) -> None:
        """Keep the result of a file, unless it could not be read, a rule crashed on it or it has changed meanwhile."""
        path = os.path.join(self._root, result.path)
        identity = _identity(path)
        result.facts_digest = _digest(result.facts) if result.facts else ""
        if identity is None or identity != self._identities.get(result.path):
            return
        if any(finding.code in ("CNL001", "CNL003") for finding in result.findings):
            return
        entry = [*identity, _content_hash(path), reported, result_to_json(result), result.facts_digest]
        self._files[_key(candidate)] = entry
        if result.facts:
            self._stored_facts()[result.facts_digest] = result.facts
            self._facts_changed = True
        self._changed = True

    def load_facts(self, results: Iterable[FileResult]) -> bool:
        """Fill in the facts of results that came from the cache; ``False`` when some are lost."""
        complete = True
        for result in results:
            if result.facts_digest and not result.facts:
                result.facts = self._stored_facts().get(result.facts_digest, "")
                complete = complete and bool(result.facts)
        return complete

    def forget(self) -> None:
        """Take the cache for empty."""
        self._files, self._project, self._facts = {}, None, {}
        self._changed = self._facts_changed = True

    def project_key(self, results: Iterable[FileResult], files: Sequence[str], reported: Iterable[str]) -> str:
        """Give the key of the project stage: everything that its findings depend on."""
        digest = blake2b(digest_size=16)
        for result in results:
            facts = result.facts_digest or _digest(result.facts)
            state = f"{result.kind}\0{facts}\0{result.templated}\0{result.failed}\n"
            digest.update(f"{result.path}\0{state}".encode("utf-8", "surrogateescape"))
        for names in (files, sorted(reported)):
            digest.update("\n".join(("", *names)).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def project_outcome(self, key: str, rules: RuleSet) -> ProjectOutcome | None:
        """Give the outcome of the project stage under this key, if all that it looked at is as it was."""
        try:
            known, findings, replaced, notes, looked_at = self._project
            if known == key and all(state(path) == before for path, before in looked_at.items()):
                return ProjectOutcome(
                    [finding_from_json(finding, rules) for finding in findings],
                    frozenset(replaced),
                    tuple(CheckedFile(*note) for note in notes),
                )
        except (KeyError, ValueError, TypeError, AttributeError):
            pass
        return None

    def store_project_outcome(self, key: str, outcome: ProjectOutcome, looked_at: Mapping[str, list[int]]) -> None:
        """Keep the outcome of the project stage, and the state of the files that it looked at besides facts."""
        if not any(finding.code == "CNL003" for finding in outcome.findings):
            findings = [finding_to_json(finding) for finding in outcome.findings]
            self._project = [key, findings, sorted(outcome.replaced), outcome.notes, dict(looked_at)]
            self._changed = True

    def save(self) -> None:
        """Write what has changed; a folder that cannot be written is no error."""
        if not self._changed:
            return
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            self._drop_missing()
            if self._facts_changed:
                live = {entry[5] for entry in self._files.values()}
                facts = {digest: text for digest, text in self._stored_facts().items() if digest in live}
                _write(self._path + ".facts.json", facts)
            _write(self._path + ".json", {"files": self._files, "project": self._project})
            _discard_old(os.path.dirname(self._path))
        except OSError:
            return

    def _drop_missing(self) -> None:
        """Drop the entries of files that are gone."""
        for key in list(self._files):
            path = key.partition("\0")[0]
            if path not in self._identities:
                self._identities[path] = _identity(os.path.join(self._root, path))
            if self._identities[path] is None:
                del self._files[key]

    def _stored_facts(self) -> dict[str, str]:
        if self._facts is None:
            self._facts = {
                key: text for key, text in _read(self._path + ".facts.json").items() if isinstance(text, str)
            }
        return self._facts


def _sound(files: Any) -> dict[str, list[Any]]:
    """Give the entries of an index that have the right form."""
    if not isinstance(files, dict):
        return {}
    return {key: entry for key, entry in files.items() if isinstance(entry, list) and len(entry) == 6}


def _key(candidate: Candidate) -> str:
    """Name a file in the index; a file that is named may be judged otherwise than one that is met on the walk."""
    return f"{candidate.path}\0{candidate.kind}\0{candidate.named:d}"


def _identity(path: str) -> list[int] | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns]


def _content_hash(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return blake2b(file.read(), digest_size=16).hexdigest()
    except OSError:
        return ""


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest() if text else ""


def _code_stamp() -> list[int]:
    """Sum up the times of the package's own modules, so that a change of the code empties the cache in a checkout."""
    if not rule_index.in_checkout():
        return []
    package = os.path.dirname(rule_index.__file__)
    times = [
        os.stat(os.path.join(folder, name)).st_mtime_ns
        for folder, _, names in os.walk(package)
        for name in names
        if name.endswith((".py", ".json"))
    ]
    return [len(times), sum(times)]


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: str, content: dict[str, Any]) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, separators=(",", ":")))
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _discard_old(folder: str) -> None:
    """Keep the newest indexes only."""
    indexes = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".json") and not entry.name.endswith(".facts.json"):
                indexes.append((entry.stat().st_mtime, entry.path))
    for number, (modified, path) in enumerate(sorted(indexes, reverse=True)):
        if number >= _MAX_INDEXES or modified < time.time() - _MAX_AGE:
            for doomed in (path, path.removesuffix(".json") + ".facts.json"):
                if os.path.exists(doomed):
                    os.remove(doomed)
