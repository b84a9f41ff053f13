"""One link between two places of a project, and what the families of links share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.kubernetes import Manifest
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.graph.project import Project

Confidence = Literal["exact", "inferred"]
"""``exact``: the files say so. ``inferred``: it is likely, from names or from what stands elsewhere in the project."""


class Link(NamedTuple):
    """A link: what points, what it points at, and how sure that is."""

    kind: str
    """What the link is: ``selects``, ``scales``, ``routes-to``, ``reads``, ``builds``, ``runs-image``, ``deploys``."""
    source: Place
    target: Place
    confidence: Confidence


def file_place(path: str) -> Place:
    """Give the place of a file or folder as a whole: its first line."""
    return Place(path, Span(1, 1, 1, 1))


class LinkFamily:
    """Links of one family, over the files and objects of a project."""

    def __init__(self, project: "Project") -> None:
        self.project = project

    def confidence(self, one: Manifest, other: Manifest) -> Confidence:
        """Tell how sure a link between two objects is: they are applied together, or they merely fit each other."""
        is_with = self.project.apply_sets.is_with(one.document.path, other.document.path)
        return "exact" if is_with else "inferred"

    def links(self) -> Iterator[Link]:
        """Yield the links of the family."""
        return iter(())

    def _between(self, kind: str, one: Manifest, other: Manifest, *path: str) -> Link:
        """Make the link from a field of one object to another object."""
        return Link(kind, one.at(*path), other.at("metadata", "name"), self.confidence(one, other))
