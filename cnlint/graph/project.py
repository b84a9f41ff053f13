"""The project: all its files, the objects in them, and what they say about each other."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cnlint.graph import repository
from cnlint.graph.facts import FileFacts, decode_documents, decode_summary
from cnlint.graph.kustomize import FILE_NAMES, Kustomizations
from cnlint.graph.names import Names
from cnlint.graph.resources import Resource, ResourceIndex
from cnlint.graph.views import views_for
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.view import View, dig
from cnlint.rules import Settings
from cnlint.syntax.gitignore import Patterns, lines_of

if TYPE_CHECKING:
    from cnlint.graph.applied import AppliedObjects
    from cnlint.graph.apply_sets import ApplySet, ApplySets
    from cnlint.graph.builds import Build
    from cnlint.graph.charts import RenderedChart
    from cnlint.graph.gates import Family, Gates
    from cnlint.graph.links import Links
    from cnlint.graph.snapshots import Snapshot
    from cnlint.manifests.kustomization import Kustomization
    from cnlint.manifests.schema import Validator
    from cnlint.manifests.workflow import ActionMetadata, Workflow

_Manifest = TypeVar("_Manifest", bound=Manifest)
_MOST_TEXTS = 16
"""Files whose text is kept for the next one that asks for it."""

_MOST_INSTRUCTIONS = 4 * 1024 * 1024
"""Characters."""


class Project:
    """All files of a project, as rules of scope ``project`` see them.

    Everything is worked out when it is first asked for and then kept. Views are of the same classes as in the file
    stage, built over snapshots: long texts are cut, of ConfigMaps and Secrets only the keys are kept, the rest is
    there, positions included. Documents that are patches of kustomizations are not among the resources: a part of an
    object says nothing of what is missing.
    """

    def __init__(self, facts: Iterable[FileFacts], files: Iterable[str], root: str, settings: Settings) -> None:
        self.facts: dict[str, FileFacts] = {one.path: one for one in sorted(facts)}
        self.files: tuple[str, ...] = tuple(sorted(files))
        """The paths of all files of the project, relative to the root; not only those with facts."""
        self.root = root
        self.settings = settings

    @classmethod
    def build(cls, facts: Iterable[FileFacts], files: Sequence[str], root: str, settings: Settings) -> "Project":
        """Make the project from the facts of its files.

        ``files`` are the paths of all that the walk saw, relative to ``root``. The root is used for bounded reads of
        small files (`read_text`) and for the addresses of git remotes.
        """
        return cls(facts, files, root, settings)

    # Files.

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is part of the project; ``path`` is relative to the root."""
        return self.is_file(path) or self.is_dir(path)

    def is_on_disk(self, path: str) -> bool:
        """Tell whether a file or folder exists, be it one that git ignores; what lies outside of the root may."""
        return (
            self.exists(path)
            or repository.resolve_inside(self.root, path) is None
            or repository.is_on_disk(self.root, path)
        )

    def is_ignored(self, path: str) -> bool:
        """Tell whether the root's ``.gitignore`` names a path, so that something is expected to make it."""
        patterns = Patterns(lines_of(self.read_text(".gitignore") or ""))
        return patterns.cover(path) or bool(patterns.verdict(path, True))

    def is_file(self, path: str) -> bool:
        """Tell whether a file is part of the project."""
        return path in self._file_set

    def is_dir(self, path: str) -> bool:
        """Tell whether a folder holds a file of the project; the root is an empty text or a dot."""
        return path in ("", ".") or path.rstrip("/") in self._folders

    def files_in(self, folder: str, *, recurse: bool = False) -> tuple[str, ...]:
        """Give the files in a folder (the root is an empty text), with ``recurse`` those below it as well."""
        if not recurse:
            return self._folders.get(folder, ())
        if not folder:
            return self.files
        # Files are sorted, and "0" comes right after "/".
        return self.files[bisect_left(self.files, f"{folder}/") : bisect_left(self.files, f"{folder}0")]

    def files_named(self, name: str) -> tuple[str, ...]:
        """Give the files of a name, wherever they are."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self._file_set):
            found.setdefault(os.path.basename(path), []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    @property
    def folders(self) -> tuple[str, ...]:
        """All folders that hold a file of the project, those above them included; the root is an empty text."""
        return tuple(self._folders)

    def nearest_file(self, path: str) -> str | None:
        """Give the file whose path is almost this one."""
        return self._file_names.nearest(path)

    def nearest_folder(self, path: str) -> str | None:
        """Give the folder whose path is almost this one."""
        return self._folder_names.nearest(path)

    @cached_property
    def _file_names(self) -> Names:
        return Names(self.files)

    @cached_property
    def _folder_names(self) -> Names:
        return Names(self.folders)

    def read_text(self, path: str) -> str | None:
        """Read a file of the project: at most 1 MiB of a regular file that lies within the root, else ``None``."""
        texts = self._texts
        if path not in texts:
            if len(texts) >= _MOST_TEXTS:
                texts.clear()
            texts[path] = repository.read_text(self.root, path)
        return texts[path]

    @cached_property
    def _texts(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def _file_set(self) -> frozenset[str]:
        return frozenset(self.files) | self.facts.keys()

    @cached_property
    def _folders(self) -> Mapping[str, tuple[str, ...]]:
        folders: dict[str, list[str]] = {}
        for path in sorted(self._file_set):
            folder = os.path.dirname(path)
            while folder not in folders:
                folders[folder] = []
                folder = os.path.dirname(folder)
            folders[os.path.dirname(path)].append(path)
        return {folder: tuple(paths) for folder, paths in folders.items()}

    # Documents and objects.

    @cached_property
    def snapshots(self) -> "Mapping[str, list[Snapshot]]":
        """The documents of each YAML file; nothing in them is decoded before it is asked for."""
        return {path: decode_documents(one) for path, one in self.facts.items() if one.facts}

    @cached_property
    def index(self) -> ResourceIndex:
        """All objects of the project by kind and name, as they are applied; patches of kustomizations are left out."""
        written = (resource for path in self.snapshots for resource in self.written_objects(path))
        if not self.kustomizations.patches_objects:
            return ResourceIndex(written)
        return ResourceIndex(applied for resource in written for applied in self.applied_objects.applied(resource))

    def written_objects(self, file: str) -> list[Resource]:
        """Give the objects of a file as they are written, whatever kustomizations make of them."""
        snapshots = self.snapshots.get(file, ()) if file not in self.kustomizations.patch_files else ()
        found = (resource for snapshot in snapshots for resource in snapshot.resources)
        return [resource for resource in found if resource.group != "kustomize.config.k8s.io"]

    @cached_property
    def applied_objects(self) -> "AppliedObjects":
        """What kustomizations make of the objects."""
        from cnlint.graph.applied import AppliedObjects

        return AppliedObjects(self)

    def resources(self, view_class: type[_Manifest]) -> tuple[_Manifest, ...]:
        """Give all objects whose view is of a class, in the order of the files: ``project.resources(Service)``."""
        if view_class not in self._by_class:
            self._by_class[view_class] = tuple(resource.view for resource in self.index.of_class(view_class))
        return self._by_class[view_class]

    def manifests(self, kind: str, group: str = "") -> tuple[Manifest, ...]:
        """Give all objects of a group and kind."""
        return tuple(resource.view for resource in self.index.by_kind.get((group, kind), ()))

    def find(self, kind: str, name: str, *, near: View | None = None, group: str | None = None) -> Manifest | None:
        """Give the object of a kind and name, as it is seen from another object, or ``None``.

        What is applied together with ``near`` comes first, then the rest of the project that is in the same environment
        and may be in the same namespace; where several are left, the one whose file is nearest.
        """
        found = self.find_all(kind, name, near=near, group=group)
        return found[0] if found else None

    def find_all(self, kind: str, name: str, *, near: View | None = None, group: str | None = None) -> list[Manifest]:
        """Give the objects that `find` chooses from: all of them that are equally well visible, the nearest first."""
        written = self.index.by_kind_and_name.get((kind, name), ())
        renamed = self.apply_sets.renamed.get((kind, name), ())
        candidates = [one for one in (*written, *renamed) if group is None or one.group == group]
        if renamed:
            candidates.sort(key=lambda one: one.file)
        if near is None:
            return [resource.view for resource in candidates]
        return [resource.view for resource in self.apply_sets.visible(candidates, self.resource_of(near))]

    def resource_of(self, view: View) -> Resource | None:
        """Give the entry of the index that a view, or the object that it is part of, belongs to."""
        found = None
        for resource in getattr(view.document, "resources", ()):
            if view.path[: len(resource.path)] == resource.path:
                found = resource
        return found

    @cached_property
    def _by_class(self) -> dict[type, tuple[Any, ...]]:
        return {}

    def crd_validators(self, group: str, version: str, kind: str) -> "tuple[Validator, ...]":
        """Give the validators that definitions of the project make for a custom resource.

        One for each CustomResourceDefinition with a schema for the version that differs from the others: repositories
        hold copies of them. None for kinds whose definition is not here.
        """
        key = group, version, kind
        if key not in self._crd_validators:
            self._crd_validators[key] = tuple(self._validators_of(*key))
        return self._crd_validators[key]

    def crd_versions(self, group: str, kind: str) -> tuple[str, ...]:
        """Give the versions of a custom resource that definitions of the project have, whether with a schema or not."""
        views = [one.view for one in self._definitions.get(group, ())]
        own = [view for view in views if view.string("spec", "names", "kind") == kind]
        names = (dig(version, ("name",)) for view in own for version in view.sequence("spec", "versions"))
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))

    def _validators_of(self, group: str, version: str, kind: str) -> "Iterator[Validator]":
        from cnlint.manifests.schema import validator_from_crd
        from cnlint.manifests.structural_schema import schema_of_version

        seen: list[Any] = []
        for definition in self._definitions.get(group, ()):
            value = definition.view.value
            schema = schema_of_version(value, version) if dig(value, ("spec", "names", "kind")) == kind else None
            # What such a definition does not name is kept all the same.
            if schema is None or schema in seen or dig(value, ("spec", "preserveUnknownFields")) is True:
                continue
            seen.append(schema)
            validator = validator_from_crd(value, version, self.settings.kubernetes_version)
            if validator is not None:
                yield validator

    @cached_property
    def _crd_validators(self) -> "dict[tuple[str, str, str], tuple[Validator, ...]]":
        return {}

    @cached_property
    def _definitions(self) -> dict[str, list[Resource]]:
        """The CustomResourceDefinitions by the group that they define, which their names end with."""
        found: dict[str, list[Resource]] = {}
        for resource in self.index.by_kind.get(("apiextensions.k8s.io", "CustomResourceDefinition"), ()):
            if resource.api_version == "apiextensions.k8s.io/v1":
                found.setdefault(resource.name.partition(".")[2], []).append(resource)
        return found

    # Files of other kinds.

    @cached_property
    def kustomizations(self) -> Kustomizations:
        """All kustomizations and components."""
        files = [path for path in self.snapshots if path.rpartition("/")[2] in FILE_NAMES]
        found = [snapshots[0] for path in files if (snapshots := self.snapshots[path])]
        return Kustomizations(found, self.exists, self.read_text)

    @cached_property
    def changing_kustomizations(self) -> "tuple[Kustomization, ...]":
        """The kustomizations that are applied and change what they build, each once."""
        if not any(one.changes_objects for one in self.kustomizations.by_folder.values()):
            return ()
        builds = (one.build for one in self.apply_sets.all if one.build is not None)
        found = {
            build.root.folder: build.root for build in builds if any(k.changes_objects for k in build.kustomizations)
        }
        return tuple(found.values())

    @cached_property
    def workflows(self) -> "tuple[Workflow, ...]":
        """All workflows."""
        documents = self._documents_of("workflow")
        if not documents:
            return ()
        from cnlint.manifests.workflow import Workflow

        return tuple(map(Workflow, documents))

    @cached_property
    def actions(self) -> "tuple[ActionMetadata, ...]":
        """The metadata of all actions."""
        documents = self._documents_of("action")
        if not documents:
            return ()
        from cnlint.manifests.workflow import ActionMetadata

        return tuple(map(ActionMetadata, documents))

    @cached_property
    def dockerfiles(self) -> tuple[Any, ...]:
        """The summaries of all Dockerfiles (`cnlint.manifests.dockerfile.DockerfileSummary`)."""
        return self._summaries("dockerfile")

    @cached_property
    def rendered_charts(self) -> "tuple[RenderedChart, ...]":
        """The Helm charts that were rendered."""
        return self._summaries("helm-chart")

    @cached_property
    def scripts(self) -> tuple[Any, ...]:
        """The summaries of all shell scripts (`cnlint.manifests.scripts.ScriptSummary`)."""
        return self._summaries("shell")

    @cached_property
    def instructions(self) -> str:
        """What people and machines are told: documentation, scripts, makefiles, workflows and other pipelines.

        At most some megabytes, to look whether anything names a file.
        """
        texts: list[str] = []
        room = _MOST_INSTRUCTIONS
        for path in filter(repository.holds_instructions, self.files):
            if room > 0:
                texts.append(self.read_text(path) or "")
                room -= len(texts[-1])
        return "\n".join(texts)

    @cached_property
    def may_run_commands(self) -> bool:
        """Whether there is any workflow, action or script."""
        return any(one.facts and one.kind in ("workflow", "action", "shell") for one in self.facts.values())

    def _documents_of(self, kind: str) -> "list[Snapshot]":
        return [
            snapshots[0]
            for path, snapshots in self.snapshots.items()
            if self.facts[path].kind == kind and snapshots and isinstance(snapshots[0].value, dict)
        ]

    def _summaries(self, kind: str) -> tuple[Any, ...]:
        found = (decode_summary(one) for one in self.facts.values() if one.kind == kind)
        return tuple(summary for summary in found if summary is not None)

    # What belongs together, and what may be said of it.

    @cached_property
    def apply_sets(self) -> "ApplySets":
        """What is applied together."""
        from cnlint.graph.apply_sets import ApplySets

        return ApplySets(self)

    def sets_of(self, view: View) -> "tuple[ApplySet, ...]":
        """Give the sets that an object is applied with."""
        return self.apply_sets.of_file(view.document.path)

    @cached_property
    def gates(self) -> "Gates":
        """When the absence of something may be reported."""
        from cnlint.graph.gates import Gates

        return Gates(self)

    def may_report_missing(self, family: "Family", *, near: View | None = None, wanted: Iterable[str] = ()) -> bool:
        """Tell whether the absence of an object may be reported; see `cnlint.graph.gates`.

        ``family`` is what the object would be (``gates.PODS``, ``gates.SERVICES``, ...), ``near`` the object that needs
        it (``None``: something that belongs to no apply set, such as a workflow), ``wanted`` the names, label keys and
        values that it would have.
        """
        return self.gates.are_open(family, near, wanted)

    def is_cluster_scoped(self, group: str, kind: str) -> bool:
        """Tell whether objects of a group and kind are known to belong to no namespace."""
        from cnlint.manifests.scopes import cluster_scoped_kinds

        return (group, kind) in cluster_scoped_kinds() or (group, kind) in self._cluster_scoped

    @cached_property
    def _cluster_scoped(self) -> frozenset[tuple[str, str]]:
        """The kinds whose definitions in the project say so."""
        return frozenset(
            (one.string("spec", "group"), one.string("spec", "names", "kind"))
            for one in self.manifests("CustomResourceDefinition", "apiextensions.k8s.io")
            if one.string("spec", "scope") == "Cluster"
        )

    def namespaces_of(self, view: View) -> frozenset[str]:
        """Give the namespaces that an object ends up in; an empty text among them means that nothing names one."""
        return self.apply_sets.namespaces_of_view(view)

    def is_patched(self, view: View, *path: str) -> bool:
        """Tell whether a kustomization may change a field: ``project.is_patched(deployment, "spec", "replicas")``."""
        return self.apply_sets.is_patched(view, path)

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        """The addresses of this repository, ``host/owner/name``: its git remotes and what the configuration names."""
        configured = self.settings.extra.get("self_repo", ())
        return tuple(dict.fromkeys((*map(repository.address, configured), *repository.remotes(self.root))))

    def builds_of(self, dockerfile: str) -> "tuple[Build, ...]":
        """Give the builds of a Dockerfile, by its path."""
        return self.links.builds_of(dockerfile) if self.may_run_commands else ()

    def contexts_of(self, dockerfile: str) -> tuple[str, ...]:
        """Give the folders that builds use as context of a Dockerfile; its own folder when no build is known."""
        found = dict.fromkeys(build.context for build in self.builds_of(dockerfile) if build.context is not None)
        return tuple(found) or (os.path.dirname(dockerfile),)

    @cached_property
    def links(self) -> "Links":
        """The links between the files and objects of the project."""
        from cnlint.graph.links import Links

        return Links(self)

    # For the engine.

    def views_for(self, targets: frozenset[str]) -> Iterator[Any]:
        """Yield every view whose class, or a base class of it, has one of ``targets`` as its target, each once."""
        return views_for(self, targets)
