"""The objects of a project as its index knows them: by kind and name, without their content."""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from cnlint.manifests.kubernetes import Manifest, view_class
from cnlint.manifests.view import Path

if TYPE_CHECKING:
    from cnlint.graph.rendered import RenderedDocument
    from cnlint.graph.snapshots import Snapshot

Kind = tuple[str, str]
"""API group and kind, ``("apps", "Deployment")``; the core group is empty."""


class Resource:
    """An object of the project. What it holds is decoded when its view is asked for."""

    __slots__ = ("_view", "api_version", "document", "has_pods", "kind", "name", "namespace", "path", "variants")

    def __init__(
        self,
        document: "Snapshot | RenderedDocument",
        path: Path,
        api_version: str,
        kind: str,
        namespace: str,
        name: str,
        has_pods: bool,
    ) -> None:
        self.document = document
        self.path = path
        self.api_version = api_version
        self.kind = kind
        self.namespace = namespace
        """The namespace as written; empty when the manifest names none."""
        self.name = name
        self.has_pods = has_pods
        """Whether the object has a pod template, or is a Pod."""
        self.variants: tuple[Resource, ...] = ()
        """What kustomizations make of the object, where they make different things of it."""
        self._view: Manifest | None = None

    @property
    def file(self) -> str:
        """The file that holds the object."""
        return self.document.path

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def group_kind(self) -> Kind:
        """API group and kind."""
        return self.group, self.kind

    @property
    def view_class(self) -> type[Manifest]:
        """The class of the object's view."""
        return class_of(self.api_version, self.kind, self.has_pods)

    @property
    def view(self) -> Manifest:
        """The view of the object; the same one whenever it is asked for."""
        if self._view is None:
            self._view = self.view_class(self.document, self.path)
        return self._view

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} in {self.file}>"


@cache
def class_of(api_version: str, kind: str, has_pods: bool) -> type[Manifest]:
    """Give the class of view for a kind; a kind that nobody knows may have pods like a workload."""
    spec: dict[str, Any] = {"template": {"spec": {"containers": []}}} if has_pods else {}
    return view_class({"apiVersion": api_version, "kind": kind, "spec": spec})


class ResourceIndex:
    """Resources by kind, and by kind and name, in the order of their files."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.all: tuple[Resource, ...] = tuple(resources)

    @cached_property
    def by_kind(self) -> dict[Kind, list[Resource]]:
        """All resources by group and kind."""
        found: dict[Kind, list[Resource]] = {}
        for resource in self.all:
            found.setdefault(resource.group_kind, []).append(resource)
        return found

    @cached_property
    def by_kind_and_name(self) -> dict[tuple[str, str], list[Resource]]:
        """All resources by kind (without group) and name."""
        found: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.all:
            found.setdefault((resource.kind, resource.name), []).append(resource)
        return found

    @cached_property
    def by_file(self) -> dict[str, list[Resource]]:
        """All resources by the file that holds them."""
        found: dict[str, list[Resource]] = {}
        for resource in self.all:
            found.setdefault(resource.file, []).append(resource)
        return found

    @cached_property
    def with_pods(self) -> tuple[Resource, ...]:
        """All resources that have a pod template or are Pods."""
        return tuple(resource for resource in self.all if resource.has_pods)

    def of_kinds(self, kinds: Iterable[Kind]) -> Iterator[Resource]:
        """Yield the resources of some groups and kinds."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

    def of_class(self, view_class: type[Manifest]) -> list[Resource]:
        """Give the resources whose view is of a class, in the order of their files."""
        if view_class is Manifest:
            return list(self.all)
        kinds = [kind for kind, some in self.by_kind.items() if any(issubclass(c, view_class) for c in _classes(some))]
        found = [one for one in self.of_kinds(kinds) if issubclass(one.view_class, view_class)]
        return sorted(found, key=lambda one: (one.file, one.document.index, one.path)) if len(kinds) > 1 else found


def _classes(resources: list[Resource]) -> set[type[Manifest]]:
    return {class_of(*key) for key in {(one.api_version, one.kind, one.has_pods) for one in resources}}
