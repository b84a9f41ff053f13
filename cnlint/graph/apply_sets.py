"""What is applied together, in which namespace, and for which environment.

A set is what one command or one Argo CD Application applies: all that a kustomization builds, the folder of an
Application, the files that a job or script gives to kubectl, and for all other files their folder. Evidence that
something is missing is taken from the set alone; evidence that it exists from the whole project.
"""

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnlint.graph import kustomize
from cnlint.graph.kustomize import Build, Generated, Layers
from cnlint.graph.resources import Resource, ResourceIndex
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path, View

if TYPE_CHECKING:
    from cnlint.graph.applications import SourceFolder
    from cnlint.graph.project import Project
    from cnlint.manifests.kustomization import Kustomization

SetKind = Literal["kustomization", "application", "commands", "chart", "folder"]

UNSET = ""
"""The namespace of an object for which nothing names one."""

_NEAREST = 64
"""Of many objects of one name elsewhere in the project, so many on either side of the asking file are looked at."""
_ENVIRONMENTS = frozenset(
    {"dev", "develop", "development", "test", "testing", "tst", "qa", "uat", "integration", "sit"}
    | {"stage", "staging", "stg", "preview", "preprod", "pre-prod", "sandbox", "prod", "production", "prd"}
)
_FILE_ENVIRONMENTS = frozenset({"dev", "development", "qa", "uat", "stage", "staging", "prod", "production"})
_ENVIRONMENT_PARENTS = frozenset({"overlays", "environments", "envs", "env", "clusters", "cluster", "stages"})
_SHARED = frozenset({"base", "bases", "common", "shared", "default", "all", "_base"})


class ApplySet:
    """Files whose objects are applied together."""

    def __init__(
        self,
        kind: SetKind,
        root: str,
        files: Mapping[str, Layers],
        index: ResourceIndex,
        *,
        namespace: str = UNSET,
        build: Build | None = None,
        unknown: Iterable[str] = (),
    ) -> None:
        self.kind = kind
        self.root = root
        """The folder of the set, or the file whose commands apply it."""
        self.files = files
        """Each file with the kustomizations that change its objects."""
        self.namespace = namespace
        """Where objects go for which no file names a namespace: an Application's destination, kubectl's ``-n``."""
        self.build = build
        self.unknown: tuple[str, ...] = (*(build.unknown if build else ()), *unknown)
        """Why it is not known all that is applied; empty when it is."""
        self._index = index

    @cached_property
    def index(self) -> ResourceIndex:
        """The objects of the set."""
        by_file = self._index.by_file
        return ResourceIndex(resource for file in sorted(self.files) for resource in by_file.get(file, ()))

    def namespace_of(self, resource: Resource) -> str:
        """Give the namespace that an object of the set ends up in; `UNSET` when nothing names one."""
        named = kustomize.namespace_of(self.files.get(resource.file, ()), resource.namespace) or self.namespace
        return UNSET if has_placeholder(named) else named

    def name_of(self, resource: Resource) -> str:
        """Give the name that an object of the set ends up with."""
        return kustomize.name_of(self.files.get(resource.file, ()), resource.name)

    def removes(self, resource: Resource, *path: str) -> bool:
        """Tell whether a kustomization of the set takes a field away from an object, as far as its patches tell."""
        names = (resource.name, self.name_of(resource))
        return self.build is not None and any(
            (not one.field or (one.removes and len(one.field) <= len(path))) and one.touches(resource.kind, names, path)
            for one in self.build.changes
        )

    def __repr__(self) -> str:
        return f"<{self.kind} {self.root or '.'}>"


class ApplySets:
    """All apply sets of a project."""

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._by_resource: dict[int, frozenset[str]] = {}

    @cached_property
    def all(self) -> tuple[ApplySet, ...]:
        """All sets but those of single folders."""
        return (*self._applications, *self._commands, *self._kustomizations, *self._charts)

    def of_file(self, file: str) -> tuple[ApplySet, ...]:
        """Give the sets that a file is applied with: at least that of its folder."""
        found = self._by_file.get(file)
        return tuple(found) if found else (self._folder(os.path.dirname(file)),)

    def of(self, resource: Resource) -> tuple[ApplySet, ...]:
        """Give the sets that an object is applied with."""
        return self.of_file(resource.file)

    # Namespaces and names.

    def namespaces(self, resource: Resource) -> frozenset[str]:
        """Give the namespaces that an object ends up in, one for each of its sets; `UNSET` where nothing names one."""
        found = self._by_resource.get(id(resource))
        if found is None:
            found = frozenset(one.namespace_of(resource) for one in self.of(resource))
            self._by_resource[id(resource)] = found
        return found

    def namespaces_of_view(self, view: View) -> frozenset[str]:
        """Give the namespaces that the object of a view ends up in."""
        resource = self._project.resource_of(view)
        return frozenset({UNSET}) if resource is None else self.namespaces(resource)

    def names(self, resource: Resource) -> frozenset[str]:
        """Give the names that an object may have: as written, and with what its kustomizations put around it."""
        return frozenset((resource.name, *(one.name_of(resource) for one in self.of(resource))))

    @cached_property
    def renamed(self) -> dict[tuple[str, str], list[Resource]]:
        """Objects by kind and by each name that a kustomization gives them which is not the one written."""
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in self.all:
            for resource in one.index.all if one.build else ():
                name = one.name_of(resource)
                if name != resource.name:
                    found.setdefault((resource.kind, name), []).append(resource)
        return found

    # What one object sees.

    def visible(self, candidates: Iterable[Resource], near: Resource | None) -> list[Resource]:
        """Choose from ``candidates``, in the order of their files, those that ``near`` may mean.

        Those applied together with it, if there are any; else those of the same environment that may be in its
        namespace, the nearest in the tree of folders only.
        """
        found = list(candidates)
        if near is None or not found:
            return found
        found = self.nearest(found, near.file)
        spaces = self.namespaces(near)
        together = [
            one for one in found if self.is_with(near.file, one.file) and may_share(spaces, self.namespaces(one))
        ]
        if together:
            return together
        place = environment_of(near.file)
        elsewhere = [
            one
            for one in found
            if may_share(spaces, self.namespaces(one)) and same_environment(place, environment_of(one.file))
        ]
        if not elsewhere:
            return []
        closest = max(_common_folders(near.file, one.file) for one in elsewhere)
        return [one for one in elsewhere if _common_folders(near.file, one.file) == closest]

    def is_with(self, file: str, other: str) -> bool:
        """Tell whether the objects of two files are applied by the same set."""
        return any(other in group.files for group in self.of_file(file))

    @staticmethod
    def nearest(found: list[Resource], file: str) -> list[Resource]:
        """Keep only those around ``file`` in the order of paths, so that a popular name costs no more than others.

        ``found`` is in the order of files.
        """
        if len(found) <= 2 * _NEAREST:
            return found
        middle = bisect_left(found, file, key=lambda one: one.file)
        return found[max(0, middle - _NEAREST) : middle + _NEAREST]

    # Kustomizations.

    @cached_property
    def generated(self) -> tuple[tuple[ApplySet, Generated], ...]:
        """The ConfigMaps and Secrets that kustomizations generate, each with the set that it belongs to."""
        return tuple((one, made) for one in self.all if one.build for made in one.build.generated())

    def is_patched(self, view: View, path: Path) -> bool:
        """Tell whether a kustomization of a set may change the field at ``path`` of an object."""
        resource = self._project.resource_of(view)
        if resource is None or (_is_rendered(view.document) and self._is_understood(resource)):
            return False
        names = self.names(resource)
        return any(
            change.touches(resource.kind, names, path)
            for one in self.of(resource)
            if one.build is not None
            for change in one.build.changes
        )

    def _is_understood(self, resource: Resource) -> bool:
        """Tell whether all patches of the kustomizations that build an object are applied to it."""
        return not any(
            self._project.applied_objects.notes_of(one.build.root.folder)
            for one in self.of(resource)
            if one.build is not None
        )

    # The sets.

    @cached_property
    def _by_file(self) -> dict[str, list[ApplySet]]:
        found: dict[str, list[ApplySet]] = {}
        for one in self.all:
            for file in one.files:
                found.setdefault(file, []).append(one)
        return found

    @cached_property
    def _folders(self) -> dict[str, ApplySet]:
        return {}

    def _folder(self, folder: str) -> ApplySet:
        known = self._folders.get(folder)
        if known is None:
            files: dict[str, Layers] = dict.fromkeys(self._project.files_in(folder), ())
            known = self._folders[folder] = ApplySet("folder", folder, files, self._project.index)
        return known

    @cached_property
    def _kustomizations(self) -> list[ApplySet]:
        applied = {one.build.root.folder for one in (*self._applications, *self._commands) if one.build is not None}
        kustomizations = self._project.kustomizations
        return [self._built(root) for root in kustomizations.roots if root.folder not in applied]

    def _built(self, root: "Kustomization", kind: SetKind = "kustomization", namespace: str = UNSET) -> ApplySet:
        build = self._project.kustomizations.build(root)
        notes = self._project.applied_objects.notes_of(root.folder)
        return ApplySet(
            kind, root.folder, build.files, self._project.index, namespace=namespace, build=build, unknown=notes
        )

    @cached_property
    def by_source(self) -> "dict[SourceFolder, ApplySet]":
        """The sets of Argo CD Applications, by the source that is a folder of this repository."""
        return {source: self._of_source(source) for source in self._project.links.own_sources}

    def _of_source(self, source: "SourceFolder") -> ApplySet:
        found = self._of_folder("application", source.folder, source.namespace, recurse=source.recurse)
        if found.build is not None:
            return found
        start = f"{source.folder}/" if source.folder else ""
        files = {file: layers for file, layers in found.files.items() if source.source.takes(file[len(start) :])}
        return ApplySet("application", source.folder, files, self._project.index, namespace=source.namespace)

    @property
    def _applications(self) -> list[ApplySet]:
        return list(self.by_source.values())

    @cached_property
    def _commands(self) -> list[ApplySet]:
        """The sets that kubectl commands of one job or script apply."""
        return list(self._sets_of_commands())

    def _sets_of_commands(self) -> Iterator[ApplySet]:
        index = self._project.index
        for origin, applied in self._project.links.applied_paths.items():
            files: dict[str, Layers] = {}
            for path, namespace, kustomized, recurse in applied:
                if kustomized or path in self._project.kustomizations.by_folder:
                    yield self._of_folder("commands", path, namespace)
                elif self._project.is_dir(path):
                    files.update(dict.fromkeys(self._project.files_in(path, recurse=recurse), ()))
                else:
                    files[path] = ()
            if files:
                namespaces = {one.namespace for one in applied}
                yield ApplySet(
                    "commands", origin, files, index, namespace=namespaces.pop() if len(namespaces) == 1 else UNSET
                )

    @cached_property
    def _charts(self) -> list[ApplySet]:
        return [
            ApplySet("chart", one.folder, dict.fromkeys(one.templates, ()), self._project.index, unknown=one.unknown)
            for one in self._project.rendered_charts
        ]

    def _of_folder(self, kind: SetKind, folder: str, namespace: str, *, recurse: bool = False) -> ApplySet:
        root = self._project.kustomizations.by_folder.get(folder)
        if root is not None:
            return self._built(root, kind, namespace)
        files: dict[str, Layers] = dict.fromkeys(self._project.files_in(folder, recurse=recurse), ())
        return ApplySet(kind, folder, files, self._project.index, namespace=namespace)


def _is_rendered(document: object) -> bool:
    """Tell whether a document shows an object with all patches applied."""
    return getattr(document, "is_whole", False)


def may_share(some: frozenset[str], others: frozenset[str]) -> bool:
    """Tell whether objects that end up in these namespaces may meet in one; `UNSET` may be any."""
    return UNSET in some or UNSET in others or not some.isdisjoint(others)


def do_share(some: frozenset[str], others: frozenset[str]) -> bool:
    """Tell whether objects in these namespaces meet for certain; `UNSET` means ``default`` or the same as `UNSET`."""
    if UNSET in some:
        some |= {"default"}
    if UNSET in others:
        others |= {"default"}
    return not some.isdisjoint(others)


def environment_of(path: str) -> tuple[str, ...]:
    """Give the environments that a path is for, by its folders and the words of the file's name; empty: for all.

    ``overlays/prod/app.yaml``, ``prod/app.yaml``, ``clusters/eu-1/app.yaml`` and ``app-prod.yaml`` are for one.
    """
    *folders, name = path.split("/")
    found = []
    for parent, folder in zip(("", *folders), folders, strict=False):
        if folder in _ENVIRONMENTS or (parent in _ENVIRONMENT_PARENTS and folder not in _SHARED):
            found.append(folder)
    *stem, last = re.split(r"[-._]", name.rpartition(".")[0].casefold())
    if not found and stem and last in _FILE_ENVIRONMENTS:
        found.append(last)
    return tuple(found)


def same_environment(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Tell whether two paths may be of one environment: one is for all, or one narrows the other down."""
    return all(one == other for one, other in zip(some, others, strict=False))


def _common_folders(one: str, other: str) -> int:
    common = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        common += 1
    return common
