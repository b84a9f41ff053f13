"""The objects of a project as its kustomizations apply them: with patches, replacements, images and replicas.

Names, namespaces and labels stay as patches leave them; apply sets know what becomes of these. Where all
kustomizations that build an object make the same of it, that takes the place of what is written. Where they differ, the
written object stays in the index and the kustomizations' own are its variants: rules see these, links see that one.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cnlint.graph.kustomize_build import BuiltObject, Rendering, render
from cnlint.graph.rendered import RenderedDocument
from cnlint.graph.resources import Resource
from cnlint.manifests.view import Path

if TYPE_CHECKING:
    from cnlint.graph.project import Project

_Key = tuple[str, int, Path]


class AppliedObjects:
    """What the kustomizations of a project make of its objects."""

    def __init__(self, project: "Project") -> None:
        self._project = project

    @cached_property
    def renderings(self) -> dict[str, Rendering]:
        """What each kustomization builds that no other one builds upon, by its folder, if it patches anything."""
        kustomizations = self._project.kustomizations
        if not kustomizations.patches_objects:
            return {}
        found = {}
        for root in kustomizations.roots:
            if any(one.patches_objects for one in kustomizations.build(root).kustomizations):
                documents = self._project.snapshots.get
                found[root.folder] = render(kustomizations, root, documents, self._project.read_text, whole=False)
        return found

    def notes_of(self, folder: str) -> Sequence[str]:
        """Give what could not be applied of the kustomization in a folder."""
        rendering = self.renderings.get(folder)
        return rendering.notes if rendering is not None else ()

    def applied(self, resource: Resource) -> Iterator[Resource]:
        """Yield what stands in the index for an object: nothing for one that is never applied."""
        key = resource.file, resource.document.index, resource.path
        built = self._patched.get(key)
        if built is None:
            yield resource
            return
        builders = self._builders[resource.file]
        values = [None if one is None else one.value for _, one in built]
        if len({root for root, _ in built}) == builders and all(value == values[0] for value in values):
            root, first = built[0]
            if first is not None:
                yield self._resource(resource, first, root)
            return
        if resource.has_pods:
            variants = [self._resource(resource, one, root) for root, one in built if one is not None]
            for variant in variants:
                # Links know the object that is written.
                variant.document.resources[:] = [resource]
            is_left = len({root for root, _ in built}) < builders
            resource.variants = (*variants, resource) if is_left else tuple(variants)
        yield resource

    @staticmethod
    def _resource(written: Resource, built: BuiltObject, root: str) -> Resource:
        document = RenderedDocument(written.document, built.root, written.path, root)
        name, namespace = built.root.text("metadata", "name"), written.namespace
        resource = Resource(
            document, written.path, written.api_version, written.kind, namespace, name, written.has_pods
        )
        document.resources.append(resource)
        return resource

    @cached_property
    def _patched(self) -> dict[_Key, list[tuple[str, BuiltObject | None]]]:
        """The objects that are patched, each with the file of the kustomization; ``None`` where it is deleted."""
        found: dict[_Key, list[tuple[str, BuiltObject | None]]] = {}
        for rendering in self.renderings.values():
            root = rendering.root.document.path
            for built in rendering.objects:
                if built.is_patched and not built.is_generated:
                    found.setdefault(built.key, []).append((root, built))
            for built in rendering.removed:
                if not built.is_generated:
                    found.setdefault(built.key, []).append((root, None))
        return found

    @cached_property
    def _builders(self) -> dict[str, int]:
        """How many kustomizations build upon each file."""
        found: dict[str, int] = {}
        for root in self._project.kustomizations.roots:
            for file in self._project.kustomizations.build(root).files:
                found[file] = found.get(file, 0) + 1
        return found
