"""The kustomization file: what kustomize builds from which files.

Fields as in kustomize's ``api/types/kustomization.go`` (5.x), the deprecated ones included.
"""

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.view import Path, View, dig

_UNKNOWN_FEATURES = (
    *("generators", "transformers", "helmCharts", "helmChartInflationGenerator", "vars"),
    *("configurations", "openapi"),
)
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "replicas", "images")
_CHANGES = (
    *_PATCHES,
    *("namespace", "namePrefix", "nameSuffix", "labels", "commonLabels", "commonAnnotations"),
)
_URL_MARKS = ("://", "git@", "git::", "github.com/", "bitbucket.org/", "gitlab.com/", "?ref=", "//", ".git/", ".git?")


class Entry(NamedTuple):
    """A file or folder that a kustomization names. ``field`` is the name of the list that it stands in."""

    field: str
    text: str
    path: Path

    @property
    def is_remote(self) -> bool:
        """Whether kustomize would fetch it."""
        return any(mark in self.text for mark in _URL_MARKS) or self.text.endswith(".git")


class Patch(NamedTuple):
    """A change that a kustomization makes to resources.

    Either ``file`` names the file of the patch or ``text`` holds it. ``target`` chooses the resources; where it is
    empty the patch itself names its object.
    """

    field: str
    file: str
    text: str
    target: dict[str, Any]
    path: Path


class Generator(NamedTuple):
    """An entry of ``configMapGenerator`` or ``secretGenerator``."""

    kind: str
    name: str
    namespace: str
    behavior: str
    literals: tuple[str, ...]
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    path: Path


class ImageOverride(NamedTuple):
    """An entry of ``images``; a field that is not given is empty."""

    name: str
    new_name: str
    new_tag: str
    digest: str
    path: Path


class AddedLabels(NamedTuple):
    """Labels that a kustomization adds, and where."""

    pairs: dict[str, str]
    to_selectors: bool
    to_templates: bool


class Kustomization(View):
    """A kustomization or a component."""

    __slots__ = ()
    target = "kustomization"

    @property
    def folder(self) -> str:
        """The folder of the file, relative to the root; entries are relative to it."""
        return os.path.dirname(self.document.path)

    @property
    def is_component(self) -> bool:
        """Whether the file is a component, which only has a meaning within another kustomization."""
        return self.string("kind") == "Component"

    @property
    def changes_objects(self) -> bool:
        """Whether it changes any object that it builds, besides what generators do."""
        return any(self.get(field) for field in _CHANGES)

    @property
    def patches_objects(self) -> bool:
        """Whether it changes more of objects than names, namespaces, labels and annotations."""
        return any(self.get(field) for field in _PATCHES)

    @property
    def namespace(self) -> str:
        """The namespace that all resources are put into; empty when none is given."""
        return self.string("namespace")

    @property
    def name_prefix(self) -> str:
        """What is put before all names."""
        return self.string("namePrefix")

    @property
    def name_suffix(self) -> str:
        """What is put behind all names."""
        return self.string("nameSuffix")

    @property
    def entries(self) -> list[Entry]:
        """The files and folders whose resources are built: ``resources``, ``bases`` and ``components``."""
        return [
            Entry(field, item, (field, index))
            for field in ("resources", "bases", "components")
            for index, item in enumerate(self.sequence(field))
            if isinstance(item, str) and item
        ]

    @property
    def references(self) -> list[Entry]:
        """Everything that it names: the entries, and the files of patches, generators, charts and the rest."""
        found = self.entries
        found += [
            Entry(patch.field, patch.file, (*patch.path, "path") if self.get(*patch.path, "path") else patch.path)
            for patch in self.patches
            if patch.file
        ]
        for field in ("configurations", "crds", "generators", "transformers", "validators"):
            found += self._texts(field)
        found += self._text("openapi", "path")
        for index, _ in mappings(self, "replacements"):
            found += self._text("replacements", index, "path")
        for index, _ in mappings(self, "helmCharts"):
            found += self._text("helmCharts", index, "valuesFile")
            found += self._texts("helmCharts", index, "additionalValuesFiles")
        for generator in self.generators:
            for entry in self._texts(*generator.path, "files"):
                key, equals, file = entry.text.partition("=")
                found.append(entry._replace(text=file if equals else key))
            found += self._texts(*generator.path, "envs")
            found += self._text(*generator.path, "env")
        return found

    def _text(self, *path: str | int) -> list[Entry]:
        text = self.string(*path)
        return [Entry(str(path[0]), text, path)] if text else []

    def _texts(self, *path: str | int) -> list[Entry]:
        """Give the items of a list that name files: what has several lines is written in place."""
        entries = [one for index in range(len(self.sequence(*path))) for one in self._text(*path, index)]
        return [entry for entry in entries if "\n" not in entry.text]

    @property
    def patches(self) -> list[Patch]:
        """All patches, of the three fields that hold them."""
        return [*self._merge_patches(), *self._targeted_patches("patches"), *self._targeted_patches("patchesJson6902")]

    @property
    def patch_files(self) -> list[str]:
        """The files that hold patches, relative to the folder."""
        return [patch.file for patch in self.patches if patch.file]

    @property
    def generators(self) -> list[Generator]:
        """The ConfigMaps and Secrets that are generated."""
        found = []
        for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, item in enumerate(self.sequence(field)):
                if isinstance(item, dict) and isinstance(item.get("name"), str):
                    found.append(_generator(kind, item, (field, index)))
        return found

    @property
    def images(self) -> list[ImageOverride]:
        """The images that are replaced."""
        return [
            ImageOverride(
                _text(item, "name"), _text(item, "newName"), _text(item, "newTag"), _text(item, "digest"), ("images", i)
            )
            for i, item in enumerate(self.sequence("images"))
            if isinstance(item, dict)
        ]

    @property
    def replicas(self) -> dict[str, int]:
        """Numbers of replicas by the name of the workload."""
        return {
            item["name"]: item["count"]
            for item in self.sequence("replicas")
            if isinstance(item, dict) and isinstance(item.get("name"), str) and type(item.get("count")) is int
        }

    @property
    def added_labels(self) -> list[AddedLabels]:
        """Labels that are added to all resources."""
        found = []
        common = _labels(self.get("commonLabels"))
        if common:
            found.append(AddedLabels(common, to_selectors=True, to_templates=True))
        for item in self.sequence("labels"):
            pairs = _labels(dig(item, ("pairs",)))
            if pairs:
                selectors = item.get("includeSelectors") is True
                found.append(AddedLabels(pairs, selectors, selectors or item.get("includeTemplates") is True))
        return found

    @property
    def replacements(self) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        """What replacements change: the selector of the resources, and the paths of the fields."""
        return [
            (target["select"], tuple(map(str, target["fieldPaths"])))
            for item in self.sequence("replacements")
            for target in _list(dig(item, ("targets",)))
            if isinstance(dig(target, ("select",)), dict) and isinstance(dig(target, ("fieldPaths",)), list)
        ]

    @property
    def unknown_features(self) -> list[str]:
        """Fields in use that may add or change anything: plugins, charts, variables, replacements kept in files."""
        found = [field for field in _UNKNOWN_FEATURES if self.get(field)]
        if any(isinstance(item, dict) and item.get("path") for item in self.sequence("replacements")):
            found.append("replacements")
        return found

    def place_of(self, path: Path) -> Place:
        """The place of an entry, patch or generator."""
        return self.at(*path)

    def _merge_patches(self) -> Iterator[Patch]:
        field = "patchesStrategicMerge"
        for index, item in enumerate(self.sequence(field)):
            if isinstance(item, str) and item:
                inline = "\n" in item or ": " in item
                yield Patch(field, "" if inline else item, item if inline else "", {}, (field, index))

    def _targeted_patches(self, field: str) -> Iterator[Patch]:
        for index, item in enumerate(self.sequence(field)):
            if isinstance(item, dict):
                target = item.get("target")
                yield Patch(
                    field,
                    _text(item, "path"),
                    _text(item, "patch"),
                    target if isinstance(target, dict) else {},
                    (field, index),
                )


def _generator(kind: str, item: dict[str, Any], path: Path) -> Generator:
    env_files = _strings(item.get("envs"))
    if _text(item, "env"):
        env_files = (*env_files, _text(item, "env"))
    return Generator(
        kind,
        item["name"],
        _text(item, "namespace"),
        _text(item, "behavior"),
        _strings(item.get("literals")),
        _strings(item.get("files")),
        env_files,
        path,
    )


def _labels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key): item if isinstance(item, str) else str(item) for key, item in value.items()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
