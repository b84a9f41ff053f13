"""What the patches, replicas, images and replacements of a kustomization are meant for, among what it builds.

kustomize compares selectors with every name and namespace that an object has had on the way: as written, and after each
kustomization that changed it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.graph import kustomize, repository
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path, dig

if TYPE_CHECKING:
    from cnlint.findings import Place
    from cnlint.graph.kustomize import Build, Layers
    from cnlint.graph.project import Project
    from cnlint.graph.resources import Resource
    from cnlint.manifests.kustomization import Kustomization, Patch


class BuiltObject(NamedTuple):
    """An object that a kustomization builds, as its patches see it."""

    group: str
    version: str
    kind: str
    names: tuple[str, ...]
    """The name as written, and after each kustomization that changed it."""
    namespaces: frozenset[str]
    place: "Place"

    @property
    def api_version(self) -> str:
        """Group and version, as a manifest has them."""
        return f"{self.group}/{self.version}" if self.group else self.version


class BuiltImage(NamedTuple):
    """An image in what a kustomization builds."""

    names: tuple[str, ...]
    """The name without tag and digest, as written and after each replacement."""
    place: "Place"


class Selection(NamedTuple):
    """A choice among objects: what is empty may be anything, the rest are regular expressions unless ``is_exact``."""

    group: str
    version: str
    kind: str
    name: str
    namespace: str
    is_exact: bool

    @classmethod
    def parse(cls, target: dict[str, Any]) -> "Selection":
        """Read the target of a patch or the selector of a replacement."""
        found = (target.get(field) for field in ("group", "version", "kind", "name", "namespace"))
        group, version, kind, name, namespace = (text if isinstance(text, str) else "" for text in found)
        return cls(group, version, kind, name, namespace, is_exact=False)

    @property
    def is_known(self) -> bool:
        """Whether no part of it is filled in later."""
        return not any(map(has_placeholder, self[:5]))

    def matches(self, one: BuiltObject, *, any_name: bool = False) -> bool:
        """Tell whether it chooses an object; with ``any_name`` whether it would if the name did not count."""
        return (
            self._fits(self.group, (one.group,))
            and self._fits(self.version, (one.version,))
            and self._fits(self.kind, (one.kind,))
            and (any_name or self._fits(self.name, one.names))
            and self._fits(self.namespace, one.namespaces)
        )

    def _fits(self, wanted: str, values: "frozenset[str] | tuple[str, ...]") -> bool:
        if not wanted:
            return True
        if self.is_exact:
            return wanted in values
        pattern = kustomize.pattern_of(wanted.removeprefix("^").removesuffix("$"))
        return pattern is None or any(map(pattern.fullmatch, values))

    def __str__(self) -> str:
        if self.name:
            version = "/".join(filter(None, (self.group, self.version)))
            return f'{self.kind or "object"} "{self.name}"{f" of {version}" if version else ""}'
        return f'kind "{self.kind}"' if self.kind else "selector"


def known_build(project: "Project", kustomization: "Kustomization") -> "Build | None":
    """Give all that is built from a kustomization; ``None`` when part of it is not known."""
    build = project.kustomizations.build(kustomization)
    if build.unknown or kustomization.is_component:
        return None
    for file in build.files:
        facts = project.facts.get(file)
        if facts is None or facts.failed or facts.templated or not project.written_objects(file):
            return None
    return build


def objects_of(project: "Project", build: "Build") -> list[BuiltObject]:
    """Give the objects of a build, those that generators make included."""
    found = [
        BuiltObject(
            resource.group,
            resource.api_version.rpartition("/")[2],
            resource.kind,
            tuple(dict.fromkeys(kustomize.names_of(layers, resource.name))),
            _namespaces(layers, resource.namespace),
            resource.view.at("metadata", "name"),
        )
        for resource, layers in _resources(project, build)
        if resource.name
    ]
    found += [
        BuiltObject(
            "",
            "v1",
            made.kind,
            tuple(dict.fromkeys(kustomize.names_of(made.layers, made.name))),
            _namespaces(made.layers, made.generator.namespace),
            made.place,
        )
        for made in build.generated()
    ]
    return found


def _resources(project: "Project", build: "Build") -> "Iterator[tuple[Resource, Layers]]":
    for file, layers in build.files.items():
        for resource in project.written_objects(file):
            yield resource, layers


def _namespaces(layers: "Layers", written: str) -> frozenset[str]:
    given = {one.namespace for one in layers if one.namespace}
    return frozenset({written or "default", *given})


def images_of(project: "Project", build: "Build") -> list[BuiltImage]:
    """Give the images of a build: every text that stands at the key ``image``, as kustomize may find it."""
    found = []
    for resource, layers in _resources(project, build):
        for path, image in _texts_at(resource.view.value, "image"):
            names = dict.fromkeys(kustomize.split_image(one)[0] for one in kustomize.images_of(layers, image))
            found.append(BuiltImage(tuple(names), resource.view.value_at(*path)))
    return found


def _texts_at(value: Any, key: str) -> Iterator[tuple[Path, str]]:
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        path, inner = pending.pop()
        if isinstance(inner, dict):
            pending.extend(((*path, name), item) for name, item in inner.items())
        elif isinstance(inner, list):
            pending.extend(((*path, index), item) for index, item in enumerate(inner))
        elif isinstance(inner, str) and path and path[-1] == key:
            yield path, inner


def selections_of(project: "Project", kustomization: "Kustomization", patch: "Patch") -> list[Selection]:
    """Give what a patch is meant for: its target, or without one the objects that it names itself.

    None when the patch cannot be read, or may change names and kinds.
    """
    if patch.target:
        return [Selection.parse(patch.target)]
    options = kustomization.mapping(*patch.path, "options")
    if options.get("allowNameChange") is True or options.get("allowKindChange") is True:
        return []
    file = repository.join(kustomization.folder, patch.file) if patch.file else None
    text = patch.text or (project.read_text(file) if file is not None else None)
    found = []
    for content in (kustomize.documents_of(text) or []) if text else []:
        if isinstance(content, dict) and isinstance(content.get("kind"), str):
            api_version = content.get("apiVersion")
            group, _, version = (api_version if isinstance(api_version, str) else "").rpartition("/")
            name, namespace = (dig(content, ("metadata", field)) for field in ("name", "namespace"))
            if isinstance(name, str) and name:
                space = namespace if isinstance(namespace, str) else ""
                found.append(Selection(group, version, content["kind"], name, space, is_exact=True))
    return found
