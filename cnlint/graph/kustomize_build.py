"""What kustomizations make of objects: the objects that are applied, and where each part of them is said.

The steps and their order are kustomize's (5.x): resources, generators, components; then patches, namespace, prefix and
suffix, labels, annotations, JSON patches, replicas, images and replacements. What is not understood is taken note of,
and the rest is built. Names in references to objects that are renamed stay as they are written.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnlint.graph import kustomize_fields, repository
from cnlint.graph.kustomize import Kustomizations, ReadText
from cnlint.graph.kustomize_selectors import Selector
from cnlint.graph.rendered import InlineDocument, Node
from cnlint.graph.strategic_merge import PatchError, apply_json_patch, fields_of, merge
from cnlint.manifests.kubernetes import is_manifest, manifests_of
from cnlint.manifests.scopes import cluster_scoped_kinds
from cnlint.manifests.view import DocumentLike, Path

if TYPE_CHECKING:
    from cnlint.manifests.kustomization import Generator, Kustomization, Patch

ReadDocuments = Callable[[str], Sequence[DocumentLike] | None]
"""Gives the documents of a file of the project; ``None`` when they are not known."""

_LARGEST_DEPTH = 30
_MOST_OBJECTS = 20_000


class BuiltObject:
    """An object on its way through the kustomizations."""

    def __init__(self, root: Node, document: DocumentLike, path: Path, *, is_generated: bool = False) -> None:
        self.root = root
        self.document = document
        """The document that the object is written in, or the kustomization that generates it."""
        self.path = path
        self.is_generated = is_generated
        self.is_changed = False
        """Whether any kustomization changes the object."""
        self.is_patched = False
        """Whether anything but names, namespaces, labels and annotations is changed."""
        self.names = [root.text("metadata", "name")]
        """The name as written, and after each kustomization that changed it."""
        self.namespaces = [root.text("metadata", "namespace")]

    @property
    def value(self) -> Any:
        """The object as it is applied."""
        return self.root.value

    @property
    def group(self) -> str:
        """The API group."""
        return self.root.text("apiVersion").rpartition("/")[0]

    @property
    def version(self) -> str:
        """The API version."""
        return self.root.text("apiVersion").rpartition("/")[2]

    @property
    def kind(self) -> str:
        """The kind."""
        return self.root.text("kind")

    @property
    def is_namespaced(self) -> bool:
        """Whether the object belongs to a namespace."""
        return (self.group, self.kind) not in cluster_scoped_kinds()

    @property
    def key(self) -> tuple[str, int, Path]:
        """What tells the object as it is written from others."""
        return self.document.path, getattr(self.document, "index", 0), self.path


class Rendering:
    """The objects that one kustomization builds."""

    def __init__(self, root: "Kustomization") -> None:
        self.root = root
        self.objects: list[BuiltObject] = []
        self.removed: list[BuiltObject] = []
        """Objects that patches delete."""
        self.notes: list[str] = []
        """What could not be applied, each with the file that says it."""
        self.patch_files: set[str] = set()
        """The files of the patches that were applied."""


def render(
    kustomizations: Kustomizations,
    root: "Kustomization",
    documents: ReadDocuments,
    read_text: ReadText,
    *,
    whole: bool = True,
) -> Rendering:
    """Build what a kustomization applies.

    Without ``whole`` names, namespaces, labels and annotations are left as patches leave them: the project works these
    out from the layers (`cnlint.graph.kustomize`).
    """
    builder = _Builder(kustomizations, documents, read_text, whole)
    result = builder.result = Rendering(root)
    builder.accumulate(root, result.objects, ())
    return result


class _Builder:
    result: Rendering

    def __init__(
        self, kustomizations: Kustomizations, documents: ReadDocuments, read_text: ReadText, whole: bool
    ) -> None:
        self.kustomizations = kustomizations
        self.documents = documents
        self.read_text = read_text
        self.whole = whole

    def accumulate(self, one: "Kustomization", objects: list[BuiltObject], chain: tuple[str, ...]) -> None:
        """Add what a kustomization builds to ``objects``, all of which it changes."""
        if one.folder in chain or len(chain) > _LARGEST_DEPTH or len(objects) > _MOST_OBJECTS:
            return
        chain = (*chain, one.folder)
        for entry in one.entries:
            if entry.field != "components" and not entry.is_remote:
                self._resource(repository.join(one.folder, entry.text.rstrip("/")), objects, chain)
        for generator in one.generators:
            self._generate(one, generator, objects)
        for entry in one.entries:
            if entry.field == "components" and not entry.is_remote:
                path = repository.join(one.folder, entry.text.rstrip("/"))
                component = self.kustomizations.by_folder.get(path) if path is not None else None
                if component is not None:
                    self.accumulate(component, objects, chain)
        self._transform(one, objects)

    def _resource(self, path: str | None, objects: list[BuiltObject], chain: tuple[str, ...]) -> None:
        if path is None:
            return
        inner = self.kustomizations.by_folder.get(path)
        if inner is not None:
            found: list[BuiltObject] = []
            self.accumulate(inner, found, chain)
            objects.extend(found)
            return
        for document in self.documents(path) or ():
            for manifest in manifests_of(document):
                objects.append(BuiltObject(Node(manifest.value, document, manifest.path), document, manifest.path))

    # Steps.

    def _transform(self, one: "Kustomization", objects: list[BuiltObject]) -> None:
        for patch in one.patches:
            if patch.field != "patchesJson6902":
                self._patch(one, patch, objects)
        self._rename(one, objects)
        if self.whole:
            for pairs in (*kustomize_fields.labels(one), *kustomize_fields.annotations(one)):
                for built in objects:
                    kustomize_fields.add_pairs(built.root, built.group, built.kind, pairs, one)
                    built.is_changed = True
        for patch in one.patches:
            if patch.field == "patchesJson6902":
                self._patch(one, patch, objects)
        self._replicas(one, objects)
        for built in objects if one.images else ():
            if built.kind != "CustomResourceDefinition" and kustomize_fields.set_images(built.root, one, one.images):
                built.is_changed = built.is_patched = True
        self._replacements(one, objects)

    def _rename(self, one: "Kustomization", objects: list[BuiltObject]) -> None:
        for built in objects if one.namespace or one.name_prefix or one.name_suffix else ():
            group, kind = built.group, built.kind
            if one.namespace:
                if self.whole and kustomize_fields.set_namespace(
                    built.root, group, kind, one.namespace, one, built.is_namespaced
                ):
                    built.is_changed = True
                if built.is_namespaced:
                    built.namespaces.append(one.namespace)
                elif (group, kind) == ("", "Namespace"):
                    built.names.append(one.namespace)
            name = f"{one.name_prefix}{built.names[-1]}{one.name_suffix}"
            if name != built.names[-1] and kustomize_fields.is_renamed(group, kind):
                built.names.append(name)
                node = built.root.get("metadata", "name") if self.whole else None
                metadata = built.root.get("metadata")
                if node is not None and metadata is not None:
                    metadata.put("name", node.made(name))
                    built.is_changed = True

    def _replicas(self, one: "Kustomization", objects: list[BuiltObject]) -> None:
        for index, item in enumerate(one.sequence("replicas")):
            name, count = (item.get("name"), item.get("count")) if isinstance(item, dict) else (None, None)
            for built in objects:
                if name in built.names and kustomize_fields.set_replicas(
                    built.root, built.group, built.kind, count, one, ("replicas", index)
                ):
                    built.is_changed = built.is_patched = True

    def _replacements(self, one: "Kustomization", objects: list[BuiltObject]) -> None:
        for index, item in enumerate(one.sequence("replacements")):
            if isinstance(item, dict) and not item.get("path"):
                from cnlint.graph.kustomize_replacements import replace

                try:
                    for built in replace(item, objects):
                        built.is_changed = built.is_patched = True
                except PatchError as error:
                    self._note(one, f"replacements[{index}]", error)

    # Patches.

    def _patch(self, one: "Kustomization", patch: "Patch", objects: list[BuiltObject]) -> None:
        path = repository.join(one.folder, patch.file) if patch.file else None
        what = patch.file or ".".join(map(str, patch.path))
        contents = self._contents(one, patch, path)
        if contents is None:
            self._note(one, what, PatchError("the patch cannot be read"))
            return
        options = one.mapping(*patch.path, "options")
        for document in contents:
            try:
                if isinstance(document.value, list):
                    done = self._apply_operations(patch, document, objects)
                elif isinstance(document.value, dict):
                    done = self._apply_merge(patch, document, objects, options)
                else:
                    continue
            except PatchError as error:
                self._note(one, what, error)
                continue
            if path is not None and done:
                self.result.patch_files.add(path)

    def _contents(self, one: "Kustomization", patch: "Patch", path: str | None) -> "Sequence[DocumentLike] | None":
        from cnlint.syntax import yaml
        from cnlint.syntax.source import Source

        text = patch.text or (self.read_text(path) if path else None)
        if text is None:
            return None
        inner = "" if patch.text else path
        stream = yaml.parse(Source(inner or one.document.path, text), yaml.Dialect.KUBERNETES)
        if stream.problems:
            return None
        if not patch.text:
            return stream.documents
        place = patch.path if patch.field == "patchesStrategicMerge" else (*patch.path, "patch")
        return [InlineDocument(one.document, place, document) for document in stream.documents]

    def _apply_operations(self, patch: "Patch", document: DocumentLike, objects: list[BuiltObject]) -> bool:
        if not patch.target:
            raise PatchError("a JSON patch needs a target")
        targets = Selector(patch.target).choose(objects)
        for built in targets:
            changed = built.root.copy()
            apply_json_patch(changed, Node(document.value, document, ()))
            self._take(built, changed)
        return bool(targets)

    def _apply_merge(
        self, patch: "Patch", document: DocumentLike, objects: list[BuiltObject], options: dict[Any, Any]
    ) -> bool:
        if patch.target:
            targets = Selector(patch.target).choose(objects)
        else:
            targets = [_named(document.value, objects)]
        for built in targets:
            kept = {
                path: node.copy()
                for path in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
                if not (path[-1] == "name" and options.get("allowNameChange") is True)
                and not (path[-1] in ("kind", "apiVersion") and options.get("allowKindChange") is True)
                and (node := built.root.get(*path)) is not None
            }
            content = Node(document.value, document, ())
            changed = merge(built.root.copy(), content, fields_of(built.group, built.kind))
            if changed is None:
                objects.remove(built)
                self.result.removed.append(built)
                continue
            for path, node in kept.items():
                parent = changed.get(*path[:-1])
                if parent is not None:
                    parent.put(path[-1], node)
            if ("metadata", "namespace") not in kept and changed.read("metadata", "namespace") is not None:
                metadata = changed.get("metadata")
                if metadata is not None:
                    metadata.fields.pop("namespace")
            self._take(built, changed)
        return bool(targets)

    @staticmethod
    def _take(built: BuiltObject, changed: Node) -> None:
        built.root = changed
        built.is_changed = built.is_patched = True
        name = changed.text("metadata", "name")
        if name and name not in built.names:
            built.names.append(name)

    def _note(self, one: "Kustomization", what: str, error: PatchError) -> None:
        self.result.notes.append(f"{one.document.path}: {what} is not applied: {error}")

    # Generators.

    def _generate(self, one: "Kustomization", generator: "Generator", objects: list[BuiltObject]) -> None:
        name = generator.name
        existing = [built for built in objects if built.kind == generator.kind and name in built.names]
        values: dict[str, Any] = {"apiVersion": "v1", "kind": generator.kind, "metadata": {"name": name}}
        if generator.namespace:
            values["metadata"]["namespace"] = generator.namespace
        root = Node(values, one.document, generator.path)
        data = self._data(one, generator)
        if existing and generator.behavior == "merge":
            target = existing[0].root.get("data")
            if target is None:
                target = Node({}, one.document, generator.path)
                existing[0].root.put("data", target)
            for key, node in data.items():
                target.put(key, node)
            existing[0].is_changed = existing[0].is_patched = True
            return
        if existing and generator.behavior == "replace":
            existing[0].root.put("data", _mapping(data, one, generator))
            existing[0].is_changed = existing[0].is_patched = True
            return
        if generator.kind == "Secret":
            kind = one.get(*generator.path, "type")
            root.put("type", Node(kind if isinstance(kind, str) else "Opaque", one.document, (*generator.path, "type")))
        if data:
            root.put("data", _mapping(data, one, generator))
        options = {**one.mapping("generatorOptions"), **one.mapping(*generator.path, "options")}
        for field in ("labels", "annotations"):
            pairs = {**_pairs(one.get("generatorOptions", field)), **_pairs(one.get(*generator.path, "options", field))}
            metadata = root.get("metadata")
            if pairs and metadata is not None:
                metadata.put(field, Node(pairs, one.document, generator.path))
        if options.get("immutable") is True:
            root.put("immutable", Node(True, one.document, generator.path))
        objects.append(BuiltObject(root, one.document, generator.path, is_generated=True))

    def _data(self, one: "Kustomization", generator: "Generator") -> dict[str, Node]:
        """Give the data of a generator; values of Secrets are left empty, and so are those of files."""
        pairs: dict[str, tuple[Any, Path]] = {}
        for file in generator.env_files:
            path = repository.join(one.folder, file)
            for line in ((self.read_text(path) if path else None) or "").splitlines():
                stripped = line.lstrip()
                if stripped and not stripped.startswith("#"):
                    key, _, value = stripped.partition("=")
                    pairs[key.strip()] = value, generator.path
        for file in generator.files:
            key, equals, _ = file.partition("=")
            pairs[key if equals else file.rpartition("/")[2]] = "", (*generator.path, "files")
        for index, literal in enumerate(generator.literals):
            key, _, value = literal.partition("=")
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            pairs[key] = value, (*generator.path, "literals", index)
        is_secret = generator.kind == "Secret"
        return {key: Node("" if is_secret else value, one.document, path) for key, (value, path) in pairs.items()}


def _mapping(data: dict[str, Node], one: "Kustomization", generator: "Generator") -> Node:
    node = Node({}, one.document, generator.path)
    node.fields.update(data)
    return node


def _pairs(value: Any) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else {}


def _named(content: Any, objects: list[BuiltObject]) -> BuiltObject:
    """Give the object that a patch names itself."""
    if not is_manifest(content):
        raise PatchError("it names no object")
    group, _, version = content["apiVersion"].rpartition("/")
    metadata = content.get("metadata")
    name, namespace = (metadata.get("name"), metadata.get("namespace")) if isinstance(metadata, dict) else ("", "")
    found = [
        built
        for built in objects
        if name in built.names
        and (built.kind, built.group, built.version) == (content["kind"], group, version)
        and (not built.is_namespaced or (namespace or "default") in {space or "default" for space in built.namespaces})
    ]
    if len(found) != 1:
        number = "no object is" if not found else f"{len(found)} objects are"
        raise PatchError(f'{number} the {content["kind"]} "{name}" that it names')
    return found[0]
