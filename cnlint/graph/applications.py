"""Argo CD Applications: their sources, the folders of this repository among them, their projects."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.graph.apply_sets import ApplySet
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.resources import Resource
from cnlint.manifests.argo import Application, ApplicationSet, ApplicationSource, ApplicationSpec, is_cluster
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.graph.gitops import ImperativeChange

_GROUP = "argoproj.io"
_TEMPLATED_PATH = regex(r"\{\{\s*(?:\.?path\.path|path)\s*\}\}")
_NESTING_GENERATORS = ("matrix", "merge")


class SourceFolder(NamedTuple):
    """A folder that a source of an Application, or of the template of an ApplicationSet, names."""

    source: ApplicationSource
    repository: str
    """The address of the repository, ``host/owner/name``."""
    folder: str
    """The folder, relative to the root of the project; empty for the root itself."""
    is_own: bool
    """Whether the repository is this one."""

    @property
    def application(self) -> Application | ApplicationSet:
        """The Application or ApplicationSet."""
        return self.source.spec.owner

    @property
    def namespace(self) -> str:
        """The namespace of the destination; empty when none is named or it is templated."""
        namespace = self.source.spec.namespace
        return "" if has_placeholder(namespace) else namespace

    @property
    def recurse(self) -> bool:
        """Whether the folders below it are read too."""
        return self.source.get("directory", "recurse") is True

    @property
    def place(self) -> Place:
        """The entry of the path."""
        return self.source.at("path")


class GeneratorPattern(NamedTuple):
    """A pattern of folders or files by which a git generator of an ApplicationSet looks through this repository."""

    owner: ApplicationSet
    path: Path
    """The path to the pattern in the manifest."""
    pattern: str
    revision: str
    of_files: bool
    excludes: bool


class ApplicationLinks(LinkFamily):
    """Links from Argo CD Applications to folders, projects and the objects that they apply."""

    @cached_property
    def application_sources(self) -> tuple[SourceFolder, ...]:
        """The folders of the sources of all Applications and ApplicationSets, templated ones left out."""
        return tuple(one for spec in self.applications for one in self.sources_of(spec.owner))

    @cached_property
    def applications(self) -> tuple[ApplicationSpec, ...]:
        """What all Applications, and the templates of all ApplicationSets, say."""
        found = (resource.view for resource in self._applications)
        return tuple(view.application for view in found if isinstance(view, Application | ApplicationSet))

    @cached_property
    def own_sources(self) -> tuple[SourceFolder, ...]:
        """The sources that are folders of this repository and are there."""
        return tuple(one for one in self.application_sources if one.is_own and self.project.is_dir(one.folder))

    def sources_of(self, application: Manifest) -> list[SourceFolder]:
        """Give the folders of the sources of an Application or ApplicationSet, templated ones left out."""
        if not isinstance(application, Application | ApplicationSet):
            return []
        spec = application.application
        if spec not in self._folders_by_spec:
            self._folders_by_spec[spec] = list(self._folders_of(spec))
        return self._folders_by_spec[spec]

    @cached_property
    def _folders_by_spec(self) -> dict[ApplicationSpec, list[SourceFolder]]:
        return {}

    def own_sources_of(self, application: Manifest) -> list[SourceFolder]:
        """Give those sources that are folders of this repository and are there."""
        return [one for one in self.sources_of(application) if one.is_own and self.project.is_dir(one.folder)]

    def set_of(self, source: SourceFolder) -> ApplySet:
        """Give what is applied from a source that is a folder of this repository and is there."""
        return self.project.apply_sets.by_source[source]

    def is_chart(self, source: SourceFolder) -> bool:
        """Tell whether a source that is a folder of this repository is a Helm chart."""
        return self.project.is_file(f"{source.folder}/Chart.yaml" if source.folder else "Chart.yaml")

    def rivals_of(self, source: SourceFolder) -> Iterator[SourceFolder]:
        """Yield the sources, the given one among them, that take files of the same folder of the same repository."""
        yield from self._by_folder.get((source.repository, source.folder), ())
        others = self.application_sources if source.recurse else self._recursing
        for one in others:
            is_elsewhere = one.repository != source.repository or one.folder == source.folder
            if not is_elsewhere and (_is_below(one, source) or _is_below(source, one)):
                yield one

    @cached_property
    def _by_folder(self) -> dict[tuple[str, str], list[SourceFolder]]:
        found: dict[tuple[str, str], list[SourceFolder]] = {}
        for one in self.application_sources:
            found.setdefault((one.repository, one.folder), []).append(one)
        return found

    @cached_property
    def _recursing(self) -> list[SourceFolder]:
        return [one for one in self.application_sources if one.recurse]

    def is_this_repository(self, url: str) -> bool:
        """Tell whether an address is that of this repository: of one of its git remotes, or as configured."""
        return repository.address(url) in self.project.remotes

    def is_of_checkout(self, revision: str) -> bool:
        """Tell whether a revision of this repository is the one whose files the project holds."""
        return revision in ("", "HEAD") or revision.removeprefix("refs/heads/") in self._branches

    @cached_property
    def _start(self) -> str:
        """The path of the project's root within its repository, with a slash at the end where there is one."""
        return repository.prefix(self.project.root)

    @cached_property
    def _branches(self) -> frozenset[str]:
        return repository.branches(self.project.root)

    def is_own_application(self, application: Manifest) -> bool:
        """Tell whether all that an Application applies stands in this repository, as far as its source says."""
        if not isinstance(application, Application | ApplicationSet):
            return False
        known = self.sources_of(application)
        own = self.own_sources_of(application)
        written = [source for source in application.application.sources if source.folder]
        return bool(written) and known == own and all(any(one.source is source for one in own) for source in written)

    def applications_of(self, manifest: Manifest) -> tuple[Manifest, ...]:
        """Give the Applications of this repository that apply an object."""
        return tuple(dict.fromkeys(source.application for source in self.sources_applying(manifest.document.path)))

    def sources_applying(self, file: str) -> list[SourceFolder]:
        """Give the sources that are folders of this repository and apply the objects of a file."""
        return self._sources_by_file.get(file, [])

    @cached_property
    def _sources_by_file(self) -> dict[str, list[SourceFolder]]:
        found: dict[str, list[SourceFolder]] = {}
        for source, applied in self.project.apply_sets.by_source.items():
            for file in applied.files:
                found.setdefault(file, []).append(source)
        return found

    def changes_behind(self, spec: ApplicationSpec) -> "list[ImperativeChange]":
        """Give the commands that change what an automated Application syncs."""
        return [one for one in self._imperative_changes if one.source.source.spec is spec]

    @cached_property
    def _imperative_changes(self) -> "tuple[ImperativeChange, ...]":
        if not self.own_sources or not self.project.may_run_commands:
            return ()
        from cnlint.graph.gitops import imperative_changes

        return tuple(imperative_changes(self.project))

    @cached_property
    def may_write_tags(self) -> bool:
        """Whether anything in the project may write new tags of images to manifests."""
        from cnlint.graph.gitops import may_write_tags

        return may_write_tags(self.project)

    @cached_property
    def leaves_differences(self) -> bool:
        """Whether the settings of Argo CD, where the project holds them, name fields that it leaves to others."""
        for snapshots in self.project.snapshots.values():
            for resource in (one for snapshot in snapshots for one in snapshot.resources):
                # A patch of the settings counts as well.
                if (resource.kind, resource.name) == ("ConfigMap", "argocd-cm") and any(
                    str(key).startswith("resource.customizations") for key in resource.view.mapping("data")
                ):
                    return True
                if resource.kind == "ArgoCD" and resource.view.get("spec", "resourceIgnoreDifferences") is not None:
                    return True
        return False

    def objects_of(self, application: Manifest) -> tuple[Manifest, ...]:
        """Give the objects of this repository that an Application applies."""
        return tuple(
            resource.view for source in self.own_sources_of(application) for resource in self.set_of(source).index.all
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
    def cluster_secrets(self) -> tuple[Manifest, ...]:
        """The Secrets that describe clusters to Argo CD, and the objects of operators that make such Secrets."""
        made_by: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("Secret", "", ()),
            ("SealedSecret", "bitnami.com", ("spec", "template")),
            ("ExternalSecret", "external-secrets.io", ("spec", "target", "template")),
        )
        return tuple(
            one
            for kind, group, path in made_by
            for one in self.project.manifests(kind, group)
            if is_cluster(one, *path)
        )

    @cached_property
    def _applications(self) -> list[Resource]:
        return list(self.project.index.of_kinds([(_GROUP, "Application"), (_GROUP, "ApplicationSet")]))

    def _folders_of(self, spec: ApplicationSpec) -> Iterator[SourceFolder]:
        for source in spec.sources:
            written, url = source.folder, source.repository
            if not written or has_placeholder(url):
                continue
            is_own = self.is_this_repository(url)
            folders = [written]
            if isinstance(spec.owner, ApplicationSet) and _TEMPLATED_PATH.fullmatch(written):
                folders = self._generated_folders(spec.owner)
            for folder in folders:
                inside = None if has_placeholder(folder) else repository.join("", folder)
                if inside is not None and is_own:
                    inside = self._in_root(inside)
                if inside is not None:
                    yield SourceFolder(source, repository.address(url), inside, is_own)

    def generator_patterns(self, owner: ApplicationSet) -> Iterator[GeneratorPattern]:
        """Yield the patterns by which the git generators of an ApplicationSet look through this repository."""
        pending: list[Path] = [("spec", "generators")]
        while pending:
            place = pending.pop()
            for index, _ in mappings(owner, *place):
                pending += [(*place, index, nesting, "generators") for nesting in _NESTING_GENERATORS]
                git = (*place, index, "git")
                if self.is_this_repository(owner.string(*git, "repoURL")):
                    yield from _patterns_of(owner, git)

    def matching(self, one: GeneratorPattern) -> list[str]:
        """Give the folders, relative to the root of the project, that a pattern of a generator finds."""
        pattern = repository.glob(one.pattern)
        start = self._start
        if one.of_files:
            files = [file for file in self.project.files if pattern.fullmatch(f"{start}{file}")]
            return list(dict.fromkeys(file.rpartition("/")[0] for file in files))
        return [folder for folder in self.project.folders if folder and pattern.fullmatch(f"{start}{folder}")]

    def _generated_folders(self, owner: ApplicationSet) -> list[str]:
        """Give the folders that the git generators of an ApplicationSet find, relative to the top of the repository."""
        found: list[str] = []
        excluded: set[str] = set()
        for one in self.generator_patterns(owner):
            matching = self.matching(one)
            if one.excludes:
                excluded.update(matching)
            else:
                found.extend(matching)
        start = self._start
        return [f"{start}{folder}" for folder in dict.fromkeys(found) if folder not in excluded]

    def _in_root(self, folder: str) -> str | None:
        """Turn a path of the repository into one of the project, whose root may be a folder of the repository.

        Gives ``None`` for what lies outside of the project.
        """
        start = self._start
        if f"{folder}/" == start:
            return ""
        return folder.removeprefix(start) if folder.startswith(start) else None

    def links(self) -> Iterator[Link]:
        """Yield the folders that Applications apply, and their projects."""
        for source in self.own_sources:
            for resource in self.set_of(source).index.all:
                yield Link("applies", source.place, resource.view.at("metadata", "name"), "exact")
        for resource in self._applications:
            found = self.project_of(resource.view)
            if found is not None:
                place = resource.view.value_at(*_spec_of(resource.view), "project")
                yield Link("belongs-to", place, found.at("metadata", "name"), "exact")


def _is_below(inner: SourceFolder, outer: SourceFolder) -> bool:
    """Tell whether a source takes the folder of another with those below its own."""
    return outer.recurse and f"{inner.folder}/".startswith(f"{outer.folder}/" if outer.folder else "")


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


def _patterns_of(owner: ApplicationSet, git: Path) -> Iterator[GeneratorPattern]:
    for field in ("directories", "files"):
        for index, item in mappings(owner, *git, field):
            path = (*git, field, index, "path")
            pattern = owner.string(*path)
            if pattern and not has_placeholder(pattern):
                revision = owner.string(*git, "revision")
                yield GeneratorPattern(owner, path, pattern, revision, field == "files", item.get("exclude") is True)


def _spec_of(application: Manifest) -> Path:
    return ("spec", "template", "spec") if application.kind == "ApplicationSet" else ("spec",)
