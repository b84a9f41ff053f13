"""Helm charts that were rendered: which objects belong together, and where they stand in the templates."""

import json
from collections.abc import Sequence
from typing import Any

from cnlint.graph.snapshots import Snapshot, decode_snapshots, to_json
from cnlint.manifests.view import Part, Path
from cnlint.syntax.source import Span
from cnlint.syntax.templates import LineMap

RELEASE_NAMESPACE = "release-namespace"
"""The namespace that charts are rendered for: nobody knows which it will be."""


class RenderedSnapshot(Snapshot):
    """A document that was rendered from a template; its places are those of the template."""

    __slots__ = ("_lines",)

    def __init__(self, path: str, header: list[Any], value_line: str, positions_line: str, lines: LineMap) -> None:
        super().__init__(path, header, value_line, positions_line)
        self._lines = lines
        for resource in self.resources:
            if resource.namespace == RELEASE_NAMESPACE:
                resource.namespace = ""

    def span(self, path: Path, part: Part = "entry") -> Span:
        """The position in the template of a path, or of its nearest present parent."""
        return self._lines.place(super().span(path, part))

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """The position in the template of characters of the scalar at ``path``."""
        return self.span(path) if self.text(path) is None else self._lines.place(super().locate(path, offset, length))


def encode_rendered(facts: str, lines: LineMap) -> str:
    """Put the snapshots of what was rendered from a template and the map of its lines together."""
    return f"{to_json(lines.to_json())}\n{facts}" if facts else ""


def decode_rendered(path: str, facts: str) -> list[Snapshot]:
    """Give the snapshots of what was rendered from a template."""
    rows, _, rest = facts.partition("\n")
    lines = LineMap(json.loads(rows))

    def make(path: str, header: list[Any], value_line: str, positions_line: str) -> Snapshot:
        return RenderedSnapshot(path, header, value_line, positions_line, lines)

    return decode_snapshots(path, rest, make)


class RenderedChart:
    """What a chart leaves for the project stage."""

    def __init__(self, path: str, templates: Sequence[str], unknown: Sequence[str]) -> None:
        self.path = path
        """Its ``Chart.yaml``."""
        self.templates = templates
        """The templates from which anything was rendered, those of charts within it included."""
        self.unknown = unknown
        """Templates that are in no file of the project."""

    @property
    def folder(self) -> str:
        """The folder of the chart."""
        return self.path.rpartition("/")[0]

    def to_json(self) -> Any:
        """Encode it."""
        return [list(self.templates), list(self.unknown)]

    @classmethod
    def from_json(cls, path: str, content: Any) -> "RenderedChart":
        """Decode what `to_json` gave."""
        return cls(path, *content)
