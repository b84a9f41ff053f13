"""Settings that a project has already given to kube-linter, in the form of our own.

kube-linter reads ``.kube-linter.yaml`` in the current folder; we take the nearest one at or above the paths that are
checked. Its checks are those rules that stand for them; checks that it builds from templates (``customChecks``) are not
read. What ``cnlint.toml`` or the command line says wins over its choice of checks.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cnlint.config import Configuration, ConfigurationError
from cnlint.rules import RuleSet
from cnlint.taken_over import changed, mapping, read, texts

_PEER = "kube-linter"
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_MOST_PATTERNS = 64


def with_kube_linter(configuration: Configuration, path: str, rules: RuleSet, root: str) -> Configuration:
    """Give the configuration with what kube-linter's configuration file adds to it.

    ``root`` is the root of the project, to which paths of our own are relative. Raises `ConfigurationError` for a file
    that cannot be read and for values of the wrong type.
    """
    checks = mapping(read(path), "checks", path)
    included, excluded = (rules.selectors_for_peer(_PEER, texts(checks, key, path)) for key in ("include", "exclude"))
    named = _codes((*configuration.select, *configuration.extend_select), rules)
    changes: dict[str, Any] = {"ignore": (*configuration.ignore, *excluded)}
    if _switch(checks, "doNotAutoAddDefaults", path) and not _switch(checks, "addAllBuiltIn", path):
        unwanted = rules.codes_of_peer(_PEER) - _codes(included, rules) - named
        changes["ignore"] = (*changes["ignore"], *sorted(unwanted))
    if _switch(checks, "addAllBuiltIn", path):
        included = tuple(sorted(rules.codes_of_peer(_PEER)))
    if not configuration.select:
        changes["extend_select"] = (*configuration.extend_select, *included)
    patterns = dict(configuration.per_file_ignores)
    own = tuple(sorted(rules.codes_of_peer(_PEER)))
    for pattern in _patterns(texts(checks, "ignorePaths", path), os.path.dirname(path), root):
        patterns[pattern] = (*patterns.get(pattern, ()), *own)
    changes["per_file_ignores"] = patterns
    return changed(configuration, changes, path)


def _codes(selectors: Iterable[str], rules: RuleSet) -> frozenset[str]:
    return frozenset(code for selector in selectors for code in rules.codes_for(selector))


def _switch(checks: Mapping[str, Any], key: str, path: str) -> bool:
    value = checks.get(key)
    if not isinstance(value, bool | None):
        raise ConfigurationError(f"{path}: {key} is {value!r}; expected is true or false")
    return value is True


def _patterns(globs: Iterable[str], folder: str, root: str) -> Iterator[str]:
    """Turn the patterns of kube-linter, relative to the folder of its file, into patterns relative to the root."""
    for written in globs:
        for glob in _expanded(os.path.expanduser(written)):
            if glob.startswith(("/**/", "**/")):
                yield glob.removeprefix("/")
                continue
            inside = os.path.relpath(os.path.join(folder, glob), root)
            if inside != os.pardir and not inside.startswith(f"{os.pardir}/"):
                yield f"/{inside}" if inside != os.curdir else "/**"


def _expanded(glob: str) -> list[str]:
    """Write out the alternatives of a pattern: ``{a,b}/c`` means ``a/c`` and ``b/c``."""
    found: list[str] = []
    rest = [glob]
    while rest and len(found) + len(rest) <= _MOST_PATTERNS:
        one = rest.pop()
        match = _ALTERNATIVES.search(one)
        if match is None:
            found.append(one)
        else:
            rest.extend(one[: match.start()] + part + one[match.end() :] for part in reversed(match[1].split(",")))
    return found
