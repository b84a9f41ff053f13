"""The project: all its files, the objects in them, and what they say about each other."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cnlint.graph import repository
from cnlint.graph.facts import YAML_KINDS, FileFacts, decode_documents, decode_summary
from cnlint.graph.resources import Resource, ResourceIndex, stub_class
from cnlint.manifests.kubernetes import Manifest, iter_views
from cnlint.manifests.view import View
from cnlint.rules import Settings

if TYPE_CHECKING:
    from cnlint.graph.apply_sets import ApplySet, ApplySets
    from cnlint.graph.gates import Gates
    from cnlint.graph.links import Links
    from cnlint.graph.snapshots import Snapshot

_View = TypeVar("_View", bound=View)
_Manifest = TypeVar("_Manifest", bound=Manifest)


class Project:
    """All files of a project, as rules of scope ``project`` see them.

    Everything is worked out when it is first asked for and then kept. Views are the same classes as in the file stage,
    built over snapshots: long texts are cut, values of ConfigMaps and Secrets are left out, everything else is there,
    positions included. Documents that are patches of kustomizations are not among the resources: a part of an object
    says nothing of what is missing.
    """

    def __init__(self, facts: Sequence[FileFacts], files: Sequence[str], root: str, settings: Settings) -> None:
        self.facts: dict[str, FileFacts] = {one.path: one for one in facts}
        self.files: tuple[str, ...] = tuple(files)
        """The paths of all files of the project, sorted, relative to the root; not only those with facts."""
        self.root = root
        self.settings = settings

    @classmethod
    def build(cls, facts: Iterable[FileFacts], files: Sequence[str], root: str, settings: Settings) -> "Project":
        """Make the project from the facts of its files.

        ``files`` are the paths of everything that the walk saw, relative to ``root``; ``root`` is used for bounded reads
        of small files (`read_text`) and for the addresses of git remotes, never for anything outside of it.
        """
        return cls(sorted(facts), sorted(files), root, settings)

    # Files.

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is part of the project; ``path`` is relative to the root."""
        return path in self._file_set or self.is_dir(path)

    def is_file(self, path: str) -> bool:
        """Tell whether a file is part of the project."""
        return path in self._file_set

    def is_dir(self, path: str) -> bool:
        """Tell whether a folder holds a file of the project; the root is an empty text or a dot."""
        return path.strip("/") in ("", ".") or path.rstrip("/") in self._folders

    def files_in(self, folder: str, *, recurse: bool = False) -> tuple[str, ...]:
        """Give the files in a folder, with ``recurse`` those in folders below it as well."""
        if not recurse:
            return self._folders.get(folder, ())
        prefix = f"{folder}/" if folder else ""
        return tuple(path for path in self.files if path.startswith(prefix))

    def read_text(self, path: str) -> str | None:
        """Read a file of the project: at most 1 MiB, only regular files that lie within the root, else ``None``."""
        return repository.read_text(self.root, path)

    @cached_property
    def _file_set(self) -> frozenset[str]:
        return frozenset(self.files)

    @cached_property
    def _folders(self) -> dict[str, tuple[str, ...]]:
        folders: dict[str, list[str]] = {}
        for path in self.files:
            folder = os.path.dirname(path)
            known = folders.get(folder)
            if known is not None:
                known.append(path)
                continue
            folders[folder] = [path]
            while folder:
                folder = os.path.dirname(folder)
                if folder in folders:
                    break
                folders[folder] = []
        return {folder: tuple(paths) for folder, paths in folders.items()}

    # Objects.

    @cached_property
    def snapshots(self) -> "dict[str, list[Snapshot]]":
        """The documents of each YAML file; nothing in them is decoded before it is asked for."""
        return {path: decode_documents(one) for path, one in self.facts.items() if one.kind in YAML_KINDS and one.facts}

    @cached_property
    def index(self) -> ResourceIndex:
        """All objects of the project by kind and name, patches of kustomizations left out."""
        patches = self.apply_sets.patch_files
        return ResourceIndex(
            resource
            for path, snapshots in self.snapshots.items()
            if path not in patches
            for snapshot in snapshots
            for resource in snapshot.resources
        )

    def resources(self, view_class: type[_Manifest]) -> tuple[_Manifest, ...]:
        """Give all objects whose view is of a class: ``project.resources(Service)``, in the order of the files."""
        found = self._by_class.get(view_class)
        if found is None:
            found = tuple(resource.view for resource in self.index.of_class(view_class))
            self._by_class[view_class] = found
        return found

    @cached_property
    def _by_class(self) -> dict[type, tuple[Any, ...]]:
        return {}
