"""Argo CD Applications: their sources, the folders of this repository among them, their projects."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.resources import Resource
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path

_GROUP = "argoproj.io"


class ApplicationSource(NamedTuple):
    """A source of an Application, or of the template of an ApplicationSet, that names a path."""

    application: Manifest
    path: Path
    """The path to the source in the manifest."""
    repository: str
    """The address of the repository, ``host/owner/name``."""
    folder: str
    """The folder, relative to the root of the repository; empty for the root itself."""
    revision: str
    namespace: str
    """The namespace of the destination; empty when none is named or it is templated."""
    recurse: bool
    is_own: bool
    """Whether the repository is this one."""

    @property
    def place(self) -> Place:
        """The entry of the path."""
        return self.application.at(*self.path, "path")


class ApplicationLinks(LinkFamily):
    """Links from Argo CD Applications to folders, projects and the objects that they apply."""

    @cached_property
    def application_sources(self) -> tuple[ApplicationSource, ...]:
        """The sources of all Applications and ApplicationSets that name a path which is no template."""
        return tuple(source for resource in self._applications for source in self._sources_of(resource.view))

    @cached_property
    def own_sources(self) -> tuple[ApplicationSource, ...]:
        """The sources that are folders of this repository and are there."""
        return tuple(one for one in self.application_sources if one.is_own and self.project.is_dir(one.folder))

    def sources_of(self, application: Manifest) -> list[ApplicationSource]:
        """Give the sources of an Application or ApplicationSet that name a path which is no template."""
        return list(self._sources_of(application))

    def is_this_repository(self, url: str) -> bool:
        """Tell whether an address is that of this repository: of one of its git remotes, or as configured."""
        return repository.address(url) in self.project.remotes

    def is_own_application(self, application: Manifest) -> bool:
        """Tell whether all that an Application applies stands in this repository, as far as its source says."""
        written = [path for path, _ in _sources(application)]
        own = [source for source in self._sources_of(application) if source in self.own_sources]
        return bool(written) and len(own) == len(written)

    def applications_of(self, manifest: Manifest) -> tuple[Manifest, ...]:
        """Give the Applications of this repository that apply an object."""
        file = manifest.document.path
        return tuple(
            dict.fromkeys(
                one.application
                for one in self.own_sources
                if any(
                    group.kind == "application" and group.root == one.folder
                    for group in self.project.apply_sets.of_file(file)
                )
            )
        )

    def objects_of(self, application: Manifest) -> tuple[Manifest, ...]:
        """Give the objects of this repository that an Application applies."""
        folders = {one.folder for one in self._sources_of(application) if one in self.own_sources}
        return tuple(
            resource.view
            for group in self.project.apply_sets.all
            if group.kind == "application" and group.root in folders
            for resource in group.index.all
        )

    def heals_itself(self, application: Manifest) -> bool:
        """Tell whether Argo CD undoes what anybody changes in the objects that an Application has applied."""
        return application.get(*_spec_of(application), "syncPolicy", "automated", "selfHeal") is True

    def ignores_difference(self, application: Manifest, manifest: Manifest, *path: str) -> bool:
        """Tell whether an Application leaves a field of an object to others, by its ``ignoreDifferences``."""
        place = (*_spec_of(application), "ignoreDifferences")
        return any(_is_about(entry, manifest) and _covers(entry, path) for _, entry in mappings(application, *place))

    def project_of(self, application: Manifest) -> Manifest | None:
        """Give the AppProject that an Application names; ``None`` when the repository does not hold it."""
        name = application.string(*_spec_of(application), "project")
        candidates = self.project.index.by_kind_and_name.get(("AppProject", name), ())
        return candidates[0].view if candidates else None

    @cached_property
    def _applications(self) -> list[Resource]:
        return list(self.project.index.of_kinds([(_GROUP, "Application"), (_GROUP, "ApplicationSet")]))

    def _sources_of(self, application: Manifest) -> Iterator[ApplicationSource]:
        spec = _spec_of(application)
        namespace = application.string(*spec, "destination", "namespace")
        for path, written in _sources(application):
            folders = [written]
            if re.fullmatch(_TEMPLATED_PATH, written):
                folders = self._generated_folders(application)
            url = application.string(*path, "repoURL")
            for folder in folders:
                inside = None if has_placeholder(folder) or has_placeholder(url) else repository.join("", folder)
                if inside is not None:
                    yield ApplicationSource(
                        application,
                        path,
                        repository.address(url),
                        self._in_root(inside),
                        application.string(*path, "targetRevision"),
                        "" if has_placeholder(namespace) else namespace,
                        application.get(*path, "directory", "recurse") is True,
                        self.is_this_repository(url),
                    )

    def _generated_folders(self, application: Manifest) -> list[str]:
        """Give the folders that the git generators of an ApplicationSet find in this repository."""
        found: list[str] = []
        excluded: list[str] = []
        for index, _ in mappings(application, "spec", "generators"):
            path = ("spec", "generators", index, "git")
            if not self.is_this_repository(application.string(*path, "repoURL")):
                continue
            for place, item in mappings(application, *path, "directories"):
                pattern = repository.glob(application.string(*path, "directories", place, "path"))
                matching = [folder for folder in self.project.folders if pattern.fullmatch(folder)]
                (excluded if item.get("exclude") is True else found).extend(matching)
        return [folder for folder in dict.fromkeys(found) if folder not in excluded]

    def _in_root(self, folder: str) -> str:
        """Turn a path of the repository into one of the project, whose root may be a folder of the repository."""
        inside = repository.prefix(self.project.root)
        return folder.removeprefix(inside).strip("/") if inside and folder.startswith(inside) else folder

    def links(self) -> Iterator[Link]:
        """Yield the folders that Applications apply, and their projects."""
        for source in self.own_sources:
            for file in self.project.files_in(source.folder, recurse=source.recurse):
                for resource in self.project.index.by_file.get(file, ()):
                    yield Link("applies", source.place, resource.view.at("metadata", "name"), "exact")
        for resource in self._applications:
            found = self.project_of(resource.view)
            if found is not None:
                place = resource.view.value_at(*_spec_of(resource.view), "project")
                yield Link("belongs-to", place, found.at("metadata", "name"), "exact")


def _is_about(entry: dict[Any, Any], manifest: Manifest) -> bool:
    """Tell whether an entry of ``ignoreDifferences`` is about an object; no name means any."""
    named = {"group": manifest.group, "kind": manifest.kind, "name": manifest.name}
    absent = {**named, "group": ""}
    return all(entry.get(field, absent[field]) in (value, "*") for field, value in named.items())


def _covers(entry: dict[Any, Any], path: tuple[str, ...]) -> bool:
    """Tell whether an entry of ``ignoreDifferences`` covers a field; which fields others manage can only be guessed."""
    starts = [path[:length] for length in range(1, len(path) + 1)]
    covered = {"/" + "/".join(start) for start in starts} | {"." + ".".join(start) for start in starts}
    texts = (entry.get(field) for field in ("jsonPointers", "jqPathExpressions"))
    listed = any(text in covered for some in texts if isinstance(some, list) for text in some if isinstance(text, str))
    return listed or bool(entry.get("managedFieldsManagers"))


def _spec_of(application: Manifest) -> Path:
    return ("spec", "template", "spec") if application.kind == "ApplicationSet" else ("spec",)


def _sources(application: Manifest) -> Iterator[tuple[Path, str]]:
    """Yield the path to each source that names a folder, with the folder as written."""
    spec = _spec_of(application)
    paths: list[Path] = [(*spec, "source")]
    paths += [(*spec, "sources", index) for index, _ in mappings(application, *spec, "sources")]
    for path in paths:
        written = application.string(*path, "path")
        if written:
            yield path, written


_TEMPLATED_PATH = r"\{\{\s*(?:\.?path\.path|path)\s*\}\}"
