"""What kustomizations build: from which files, under which names and namespaces, with which changes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.manifests.view import DocumentLike, Path, dig

if TYPE_CHECKING:
    from cnlint.manifests.kustomization import Entry, Generator, Kustomization, Patch

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names of the files that kustomize builds from."""

Layers = tuple["Kustomization", ...]
"""The kustomizations that change a resource, in the order in which they do: the innermost first."""

ReadText = Callable[[str], str | None]
"""Reads a file of the project; ``None`` when it cannot be read."""

_LARGEST_DEPTH = 30
_MOST_STARS = 2
_REPLICATED = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")


class Generated(NamedTuple):
    """A ConfigMap or Secret that a kustomization generates."""

    kustomization: "Kustomization"
    generator: "Generator"
    layers: Layers
    keys: frozenset[str] | None
    """The keys; ``None`` when they cannot be told, because a file that gives them is not there to be read."""

    @property
    def kind(self) -> str:
        """``ConfigMap`` or ``Secret``."""
        return self.generator.kind

    @property
    def name(self) -> str:
        """The name by which the files of the kustomization refer to it; built, it ends with a hash."""
        return self.generator.name

    @property
    def place(self) -> Place:
        """The entry of the generator."""
        return self.kustomization.at(*self.generator.path)


class Change(NamedTuple):
    """A field of some resources that a kustomization changes."""

    kind: "re.Pattern[str] | None"
    name: "re.Pattern[str] | None"
    """What kind and name must match as a whole; ``None`` means any."""
    field: Path
    """The path of the field, up to the first list on the way; empty when any field may be changed."""
    removes: bool = False
    """Whether the field is taken away."""

    def touches(self, kind: str, names: Iterable[str], path: Path) -> bool:
        """Tell whether the change may touch the field at ``path``, or anything below it, of an object."""
        if self.kind is not None and not self.kind.fullmatch(kind):
            return False
        if self.name is not None and not any(map(self.name.fullmatch, names)):
            return False
        return all(ours == theirs for ours, theirs in zip(self.field, path, strict=False))


class Build:
    """All that is built from one kustomization, its bases and components included."""

    def __init__(self, root: "Kustomization", read_text: ReadText) -> None:
        self.root = root
        self._read_text = read_text
        self.files: dict[str, Layers] = {}
        """The files whose objects are built, each with the kustomizations that change them."""
        self.kustomizations: list[Kustomization] = []
        self.unknown: list[str] = []
        """Why it is not known all that is built: remote parts, parts that are missing, plugins and charts."""
        self._generators: list[tuple[Kustomization, Generator, Layers]] = []

    def generated(self) -> Iterator[Generated]:
        """Yield what generators give."""
        for kustomization, generator, layers in self._generators:
            yield Generated(kustomization, generator, layers, _keys(kustomization, generator, self._read_text))

    def patches_mention(self, word: str) -> bool:
        """Tell whether a word stands in any patch, or in one that cannot be read."""
        return any(text is None or word in text for text in self._patch_texts)

    @cached_property
    def _patch_texts(self) -> list[str | None]:
        found: list[str | None] = []
        for one in self.kustomizations:
            for patch in one.patches:
                path = _join(one, patch.file)
                found.append(patch.text or (self._read_text(path) if path else None))
        return found

    @cached_property
    def changes(self) -> list[Change]:
        """What patches, replacements and other entries change, besides names, namespaces, labels and images."""
        return [change for one in self.kustomizations for change in changes_of(one, self._read_text)]


class Kustomizations:
    """All kustomizations of a project, by the folder that each is in."""

    def __init__(self, documents: Iterable[DocumentLike], exists: Callable[[str], bool], read_text: ReadText) -> None:
        self.by_folder: dict[str, Kustomization] = {one.folder: one for one in _views(documents)}
        self._exists = exists
        self._read_text = read_text
        self._builds: dict[str, Build] = {}

    @cached_property
    def patches_objects(self) -> bool:
        """Whether any of them changes more of objects than names, namespaces, labels and annotations."""
        return any(one.patches_objects for one in self.by_folder.values())

    @cached_property
    def patch_files(self) -> frozenset[str]:
        """The files that some kustomization names as patches and none as resources."""
        patches = {path for one in self.by_folder.values() for file in one.patch_files if (path := _join(one, file))}
        resources = {
            path for one in self.by_folder.values() for entry in one.entries if (path := _join(one, entry.text))
        }
        return frozenset(patches - resources)

    @cached_property
    def named(self) -> frozenset[str]:
        """The files and folders that any kustomization names, for whatever purpose."""
        return frozenset(
            path for one in self.by_folder.values() for entry in one.references if (path := _join(one, entry.text))
        )

    @cached_property
    def roots(self) -> "list[Kustomization]":
        """The kustomizations that no other one builds upon; components are never built by themselves."""
        used = {path for one in self.by_folder.values() for entry in one.entries if (path := _join(one, entry.text))}
        return [
            one for folder, one in self.by_folder.items() if not one.is_component and not _names(folder, one) & used
        ]

    def build(self, root: "Kustomization") -> Build:
        """Follow a kustomization to everything that it builds; cycles and what cannot be found count as unknown."""
        known = self._builds.get(root.folder)
        if known is None:
            known = self._builds[root.folder] = Build(root, self._read_text)
            known.files = self._collect(root, known, ())
        return known

    def _collect(self, one: "Kustomization", build: Build, chain: tuple[str, ...]) -> dict[str, Layers]:
        if one.folder in chain or len(chain) > _LARGEST_DEPTH:
            build.unknown.append(f"{one.document.path} builds upon itself")
            return {}
        build.kustomizations.append(one)
        build.unknown.extend(f"{one.document.path} uses {feature}" for feature in one.unknown_features)
        files: dict[str, Layers] = {}
        layers: Layers = ()
        first_generator = len(build._generators)
        for entry in one.entries:
            inner, component = self._entry(one, entry, build, (*chain, one.folder))
            files.update(inner)
            if component is not None:
                layers = (*layers, component)
        layers = (*layers, one)
        build._generators[first_generator:] = [
            (maker, generator, (*inner, *layers)) for maker, generator, inner in build._generators[first_generator:]
        ]
        build._generators.extend((one, generator, layers) for generator in one.generators)
        return {file: (*inner, *layers) for file, inner in files.items()}

    def _entry(
        self, one: "Kustomization", entry: "Entry", build: Build, chain: tuple[str, ...]
    ) -> "tuple[dict[str, Layers], Kustomization | None]":
        """Give the files that an entry stands for, and the component that it is, if it is one."""
        path = None if entry.is_remote else _join(one, entry.text)
        inner = self.by_folder.get(path) if path is not None else None
        if inner is not None:
            files = self._collect(inner, build, chain)
            # What a component changes is everything that the kustomization has gathered, not only its own resources.
            return files, inner if entry.field == "components" else None
        if path is not None and self._exists(path):
            return {path: ()}, None
        build.unknown.append(f"{one.document.path} names {entry.text}")
        return {}, None


def _views(documents: Iterable[DocumentLike]) -> "list[Kustomization]":
    found = [one for one in documents if _is_of_kustomize(one.value)]
    if not found:
        return []
    from cnlint.manifests.kustomization import Kustomization

    return list(map(Kustomization, found))


def _is_of_kustomize(value: Any) -> bool:
    """Tell whether a file is kustomize's, and not one of Flux, whose objects have the same kind."""
    version = dig(value, ("apiVersion",))
    return not isinstance(version, str) or version.startswith("kustomize.config.k8s.io/")


def namespace_of(layers: Layers, namespace: str) -> str:
    """Give the namespace that an object ends up in; the outermost kustomization that names one decides."""
    return next((one.namespace for one in reversed(layers) if one.namespace), namespace)


def name_of(layers: Layers, name: str) -> str:
    """Give the name that an object ends up with."""
    return names_of(layers, name)[-1]


def names_of(layers: Layers, name: str) -> list[str]:
    """Give an object's name as it is written and after each layer, in order."""
    found = [name]
    for one in layers:
        found.append(f"{one.name_prefix}{found[-1]}{one.name_suffix}")
    return found


def labels_of(layers: Layers, labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that a pod template ends up with."""
    result = dict(labels)
    for one in layers:
        for added in one.added_labels:
            if added.to_templates:
                result.update(added.pairs)
    return result


def image_of(layers: Layers, image: str) -> str:
    """Give the image that a container ends up with."""
    return images_of(layers, image)[-1]


def images_of(layers: Layers, image: str) -> list[str]:
    """Give a container's image as it is written and after each change to it, in order."""
    found = [image]
    for one in layers:
        for override in one.images:
            name, separator, rest = split_image(found[-1])
            if override.name != name:
                continue
            if override.digest:
                separator, rest = "@", override.digest
            elif override.new_tag:
                separator, rest = ":", override.new_tag
            found.append(f"{override.new_name or name}{separator}{rest}")
    return found


def changes_of(kustomization: "Kustomization", read_text: ReadText) -> Iterator[Change]:
    """Yield what a kustomization changes; see `image_of` for images.

    A patch that cannot be read may change any field of its target.
    """
    for patch in kustomization.patches:
        path = _join(kustomization, patch.file)
        yield from _patch_changes(patch, patch.text or (read_text(path) if path else None))
    for name in kustomization.replicas:
        yield Change(re.compile("|".join(_REPLICATED)), re.compile(re.escape(name)), ("spec", "replicas"))
    for select, fields in kustomization.replacements:
        for field in fields:
            yield Change(pattern_of(select.get("kind")), pattern_of(select.get("name")), _field(field.split(".")))


def _patch_changes(patch: "Patch", text: str | None) -> Iterator[Change]:
    kind, name = pattern_of(patch.target.get("kind")), pattern_of(patch.target.get("name"))
    contents = documents_of(text) if text else None
    if contents is None:
        yield Change(kind, name, ())
        return
    for content in contents:
        if isinstance(content, list):
            for operation in content:
                pointer = dig(operation, ("path",))
                field = _field(pointer.strip("/").split("/")) if isinstance(pointer, str) else ()
                yield Change(kind, name, field, dig(operation, ("op",)) == "remove")
        elif isinstance(content, dict):
            own_kind = kind or _exactly(content.get("kind"))
            own_name = name or _exactly(dig(content, ("metadata", "name")))
            for field in _leaves(content):
                yield Change(own_kind, own_name, field, dig(content, field) is None)


def documents_of(text: str) -> list[Any] | None:
    """Read the documents of a patch; ``None`` when it cannot be read."""
    from cnlint.syntax import yaml
    from cnlint.syntax.source import Source

    stream = yaml.parse(Source("", text), yaml.Dialect.KUBERNETES)
    return None if stream.problems else [document.value for document in stream.documents]


def _leaves(content: dict[Any, Any]) -> Iterator[Path]:
    """Yield the paths of the fields that a strategic merge patch sets, up to the first list on the way."""
    pending: list[tuple[Path, Any]] = [((key,), value) for key, value in content.items() if key not in _IDENTITY]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict) and value and "$patch" not in value:
            pending.extend(((*path, key), inner) for key, inner in value.items())
        elif path[:2] != ("metadata", "name"):
            yield path


_IDENTITY = ("apiVersion", "kind")


def _field(steps: list[str]) -> Path:
    """Turn the steps of a pointer into a path up to the first list: an index, ``-`` or ``[name=x]``."""
    path: list[str] = []
    for step in steps:
        if step == "-" or step.isdigit() or step.startswith("[") or step == "*":
            break
        path.append(step.replace("~1", "/").replace("~0", "~"))
    return tuple(path)


def pattern_of(value: Any) -> "re.Pattern[str] | None":
    """Read a selector's regular expression, which must match as a whole; ``None``: anything, or nobody can tell."""
    if not isinstance(value, str) or not value:
        return None
    try:
        # Expressions written for a linear-time engine may be slow here; names and kinds need no more than this.
        is_simple = re.fullmatch(r"[\w.|^$*/-]*", value) and value.count("*") <= _MOST_STARS
        return re.compile(value) if is_simple else None
    except re.error:
        return None


def _exactly(value: Any) -> "re.Pattern[str] | None":
    return re.compile(re.escape(value)) if isinstance(value, str) else None


def _keys(kustomization: "Kustomization", generator: "Generator", read_text: ReadText) -> frozenset[str] | None:
    keys = {literal.partition("=")[0].strip() for literal in generator.literals}
    for file in generator.files:
        key, equals, _ = file.partition("=")
        keys.add(key.strip() if equals else file.rpartition("/")[2].strip())
    for file in generator.env_files:
        path = _join(kustomization, file)
        text = read_text(path) if path else None
        if text is None:
            return None
        keys.update(
            line.partition("=")[0].strip() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"
        )
    # A generator that merges into another one has the keys of both.
    return None if generator.behavior == "merge" else frozenset(keys)


def _join(one: "Kustomization", path: str) -> str | None:
    return repository.join(one.folder, path.rstrip("/")) if path else None


def _names(folder: str, one: "Kustomization") -> set[str]:
    return {folder, one.document.path, *(f"{folder}/{name}" if folder else name for name in FILE_NAMES)}


def split_image(image: str) -> tuple[str, str, str]:
    """Take an image apart as kustomize does: name, separator, and tag or digest."""
    name, at, digest = image.partition("@")
    if at:
        return name, at, digest
    colon = image.find(":", image.rfind("/") + 1)
    return (image, "", "") if colon < 0 else (image[:colon], ":", image[colon + 1 :])
