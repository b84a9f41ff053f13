"""What the target of a patch, or the selector of a replacement, chooses among the objects that are built."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnlint.graph.strategic_merge import PatchError

if TYPE_CHECKING:
    from cnlint.graph.kustomize_build import BuiltObject


_LONGEST_PATTERN = 500
_MOST_REPETITIONS = 3


class Selector:
    """The target of a patch or of a replacement: regular expressions that must match as a whole."""

    def __init__(self, target: dict[str, Any], *, is_exact: bool = False) -> None:
        self._target = target
        self._is_exact = is_exact
        known = {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
        unknown = target.keys() - known - {"fieldPath", "options", "apiVersion"}
        if unknown:
            raise PatchError(f"its target has {', '.join(sorted(map(str, unknown)))}")

    def choose(self, objects: "Iterable[BuiltObject]") -> "list[BuiltObject]":
        """Give the objects that it chooses."""
        return [built for built in objects if self._matches(built)]

    def _matches(self, built: "BuiltObject") -> bool:
        spaces = [space or "default" for space in built.namespaces] if built.is_namespaced else built.namespaces
        return (
            self._fits("group", (built.group,))
            and self._fits("version", (built.version,))
            and self._fits("kind", (built.kind,))
            and self._fits("name", built.names)
            and self._fits("namespace", spaces)
            and all(_meets(built.root.read("metadata", "labels"), one) for one in self._terms("labelSelector"))
            and all(
                _meets(built.root.read("metadata", "annotations"), one) for one in self._terms("annotationSelector")
            )
        )

    def _fits(self, field: str, values: Iterable[str]) -> bool:
        wanted = self._target.get(field)
        if wanted is None or wanted == "":
            return True
        if self._is_exact:
            return wanted in values
        if field not in self._patterns:
            self._patterns[field] = _pattern(wanted)
        return any(map(self._patterns[field].fullmatch, values))

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {}

    def _terms(self, field: str) -> list[str]:
        text = self._target.get(field)
        if not isinstance(text, str):
            return []
        # Commas within brackets are part of a term.
        return [term.strip() for term in re.split(r",(?![^(]*\))", text) if term.strip()]


def _pattern(text: Any) -> re.Pattern[str]:
    """Read a regular expression; only those are read that no engine can take long for."""
    if isinstance(text, str) and _is_simple(text):
        try:
            return re.compile(text)
        except re.error:
            pass
    raise PatchError(f"its target {text!r} is not understood")


def _is_simple(text: str) -> bool:
    """Tell whether an expression takes no long time: groups do not repeat, and little else does."""
    return (
        len(text) <= _LONGEST_PATTERN
        and re.fullmatch(r"[\w.|^$*+?/()\[\]\\-]*", text) is not None
        and re.search(r"\)[*+?]", text) is None
        and len(re.findall(r"[*+?]", text)) <= _MOST_REPETITIONS
    )


def _meets(labels: Any, term: str) -> bool:
    """Tell whether labels meet one requirement of a selector."""
    given = {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
    among = re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^()]*)\)", term)
    if among:
        is_one = given.get(among[1]) in [value.strip() for value in among[3].split(",")]
        return is_one if among[2] == "in" else not is_one
    if "=" in term:
        key, _, value = term.partition("=")
        if key.endswith("!"):
            return given.get(key[:-1].strip()) != value.strip()
        return given.get(key.strip()) == value.lstrip("=").strip()
    if term.startswith("!"):
        return term[1:].strip() not in given
    return term in given
