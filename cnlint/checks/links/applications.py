"""Applications of Argo CD: the folders that they deploy, their projects, and what other Applications deploy."""

from collections.abc import Iterator

from cnlint.findings import Place, Related, Report, report
from cnlint.graph import kustomize, repository
from cnlint.graph.applications import GeneratorPattern, SourceFolder
from cnlint.graph.apply_sets import environment_of, same_environment
from cnlint.graph.kustomize import FILE_NAMES
from cnlint.graph.names import nearest_name
from cnlint.graph.paths import base_name, nearest_path, place_of
from cnlint.graph.project import Project
from cnlint.graph.resources import Resource
from cnlint.manifests.argo import ApplicationSet, ApplicationSource, ApplicationSpec, name_of_cluster
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_ARGO = "argoproj.io"
_OWN_KINDS = frozenset({"Application", "ApplicationSet", "AppProject"})
_MANIFEST_SUFFIXES = (".yaml", ".yml", ".json", ".jsonnet")
_MOST_WILDCARDS = 4


# Paths.


@check("REF701")
def missing_path(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    for source in project.links.sources_of(spec.owner):
        folder = source.folder
        if not _is_own(source, context) or project.is_dir(folder) or _is_patched(source.source, project):
            continue
        if project.is_file(folder):
            yield report(
                source.source.value_at("path"),
                f'{spec.owner.ref} deploys "{folder}", which is a file; Argo CD reads folders only',
                related=[Related(place_of(project, folder), "the file")],
                hint=f"Name the folder {folder.rpartition('/')[0] or '.'} and choose the file by directory.include",
            )
        elif not repository.is_on_disk(project.root, folder):
            yield from _missing(source.source.value_at("path"), source, project)


def _is_own(source: SourceFolder, context: Context) -> bool:
    """Tell whether a source is a folder of this repository, by the option or else by the remotes of git."""
    named = context.options["self_repo"]
    if named == "auto":
        return source.is_own
    return source.repository in map(repository.address, [named] if isinstance(named, str) else map(str, named))


def _is_patched(source: ApplicationSource, project: Project) -> bool:
    owner = source.spec.owner
    return project.is_patched(owner, *map(str, source.path[len(owner.path) :][: len(source.spec.own_path) + 1]))


def _missing(place: Place, source: SourceFolder, project: Project) -> Iterator[Report]:
    near = nearest_path(project, source.folder)
    near = near if near is not None and project.is_dir(near) else None
    if near is None and _may_be_elsewhere(project):
        return
    revision = source.source.revision or ""
    is_here = project.links.is_of_checkout(revision)
    where = "this repository holds no such folder"
    if not is_here:
        where += f' in what is checked out; the source follows "{revision}"'
    yield report(
        place,
        f'{source.application.ref} deploys "{source.folder}", and {where}',
        severity=None if is_here else "info",
        related=[Related(place_of(project, near), f'"{near}" is here')] if near else [],
        hint=f"Write {repository.prefix(project.root)}{near}" if near else None,
    )


def _may_be_elsewhere(project: Project) -> bool:
    return project.settings.complete is False or repository.is_sparse(project.root)


@check("REF701")
def missing_generator_path(owner: ApplicationSet, context: Context) -> Iterator[Report]:
    project = context.project
    for one in project.links.generator_patterns(owner):
        if one.excludes or not _is_simple(one.pattern) or _may_be_elsewhere(project) or project.links.matching(one):
            continue
        if project.is_patched(owner, *map(str, one.path[:2])):
            continue
        yield _unmatched(one, project)


def _is_simple(pattern: str) -> bool:
    return not any(sign in pattern for sign in "[]{}") and sum(map(pattern.count, "*?")) <= _MOST_WILDCARDS


def _unmatched(one: GeneratorPattern, project: Project) -> Report:
    what = "files" if one.of_files else "folders"
    is_here = project.links.is_of_checkout(one.revision)
    where = "this repository holds none" if is_here else f'what is checked out holds none; it looks at "{one.revision}"'
    literal = one.pattern.strip("/").partition("*")[0].partition("?")[0].rpartition("/")[0]
    near = nearest_path(project, literal) if literal and not repository.prefix(project.root) else None
    return report(
        one.owner.value_at(*one.path),
        f'{one.owner.ref} generates Applications from {what} "{one.pattern}", and {where}',
        severity=None if is_here else "info",
        related=[Related(place_of(project, near), f'"{near}" is here')] if near else [],
        hint=f"Write {near}{one.pattern.strip('/')[len(literal) :]}" if near else None,
    )


@check("REF702")
def path_without_manifests(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    for source in project.links.own_sources_of(spec.owner):
        is_here = project.links.is_of_checkout(source.source.revision or "")
        if is_here and not _is_patched(source.source, project) and _is_plain(source, project):
            yield from _empty(source, project)


def _is_plain(source: SourceFolder, project: Project) -> bool:
    """Tell whether a folder is read as plain manifests, as far as its files tell: by no plugin or other tool."""
    names = {base_name(file) for file in project.files_in(source.folder)}
    if source.source.get("plugin") is not None or not names.isdisjoint((*FILE_NAMES, "Chart.yaml")):
        return False
    if source.source.get("directory") is not None:
        return True
    return all(_is_read(name) or _says_nothing(name) for name in names)


def _is_read(path: str) -> bool:
    return path.endswith(_MANIFEST_SUFFIXES)


def _says_nothing(name: str) -> bool:
    """Tell whether a file is none that a plugin would make manifests of."""
    return name.endswith((".md", ".txt", "keep", ".gitignore")) or name in ("OWNERS", "CODEOWNERS", "LICENSE")


def _empty(source: SourceFolder, project: Project) -> Iterator[Report]:
    folder = source.folder
    start = f"{folder}/" if folder else ""
    files = [file for file in project.files_in(folder, recurse=True) if _is_read(file) and _may_hold(file, project)]
    read = [file for file in files if source.recurse or "/" not in file[len(start) :]]
    if any(source.source.takes(file[len(start) :]) for file in read):
        return
    what = f'{source.application.ref} deploys "{folder or "."}", which holds no manifest, kustomization or chart'
    hint, related = None, []
    if read:
        what = (
            f'{source.application.ref} lets no manifest of "{folder or "."}" through its directory.include and exclude'
        )
        related = [Related(place_of(project, read[0]), "a manifest that is left out")]
        hint = "Correct the patterns, which are compared with paths below the folder"
    elif files:
        what = f'{source.application.ref} deploys "{folder or "."}", whose manifests are all in folders below it'
        related = [Related(place_of(project, files[0]), "a manifest below it")]
        hint = "Set directory.recurse: true, or name a folder that holds manifests"
    yield report(source.source.value_at("path"), what, related=related, hint=hint)


def _may_hold(file: str, project: Project) -> bool:
    """Tell whether a file holds manifests, or may, as nobody has read it."""
    facts = project.facts.get(file)
    if facts is not None and (facts.failed or facts.templated):
        return True
    if any(snapshot.resources for snapshot in project.snapshots.get(file, ())):
        return True
    text = None if facts is not None and facts.facts else project.read_text(file)
    return text is not None and (file.endswith(".jsonnet") or "apiVersion" in text)


# Namespaces.


@check("REF703")
def namespace_mismatch(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    if not spec.namespace or has_placeholder(spec.namespace):
        return
    if project.is_patched(spec.owner, *map(str, spec.own_path), "destination"):
        return
    elsewhere = [one for source in project.links.own_sources_of(spec.owner) for one in _elsewhere(source, project)]
    if not elsewhere:
        return
    names = list(dict.fromkeys(namespace for _, namespace, _ in elsewhere))
    first = elsewhere[0][0].view.ref
    count = len(elsewhere)
    objects = first if count == 1 else f"{first} and {count - 1} more of its path"
    spaces = " and ".join(f'"{name}"' for name in names)
    near = nearest_name(spec.namespace, names)
    yield report(
        spec.value_at("destination", "namespace"),
        f'{spec.owner.ref} deploys into namespace "{spec.namespace}", and {objects} '
        f"{'goes' if count == 1 else 'go'} to {spaces}",
        severity="info" if _is_on_purpose(project.links.project_of(spec.owner), names) else None,
        related=[Related(place, f'{one.view.ref} goes to "{name}"') for one, name, place in elsewhere[:3]],
        hint=f"Write {near} in both places" if near else None,
    )


def _elsewhere(source: SourceFolder, project: Project) -> Iterator[tuple[Resource, str, Place]]:
    """Yield the objects of a source that go to another namespace than that of the destination, and who says so."""
    if source.source.get("kustomize", "namespace") is not None or project.links.is_chart(source):
        return
    applied = project.links.set_of(source)
    for resource in applied.index.all:
        layers = applied.files[resource.file]
        namespace = kustomize.namespace_of(layers, resource.namespace)
        if not namespace or namespace == source.namespace or has_placeholder(namespace):
            continue
        if project.is_cluster_scoped(*resource.group_kind) or _is_apart(resource):
            continue
        changed = next((one.at("namespace") for one in reversed(layers) if one.namespace), None)
        yield resource, namespace, changed or resource.view.at("metadata", "namespace")


def _is_apart(resource: Resource) -> bool:
    """Tell whether an object stands in another namespace on purpose: Applications, and what grants rights there."""
    if resource.group == _ARGO and resource.kind in _OWN_KINDS:
        return True
    return resource.group == "rbac.authorization.k8s.io"


def _is_on_purpose(app_project: Manifest | None, namespaces: list[str]) -> bool:
    """Tell whether the project names all of these namespaces; one that is not at hand may allow several."""
    if app_project is None:
        return len(namespaces) > 1
    listed = (item.get("namespace") for _, item in mappings(app_project, "spec", "destinations"))
    patterns = [name for name in listed if isinstance(name, str) and name.strip("*")]
    return all(matches_any(namespace, patterns) for namespace in namespaces)


# Other Applications.


@check("REF709")
def overlapping_applications(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    for source in project.links.sources_of(spec.owner):
        earlier = [one for one in project.links.rivals_of(source) if _order(one) < _order(source)]
        other = next((one for one in sorted(earlier, key=_order) if _overlap(one, source, project)), None)
        if other is not None:
            yield _twice(source, other)


def _order(source: SourceFolder) -> tuple[str, int, Path]:
    return source.source.identity


def _overlap(one: SourceFolder, other: SourceFolder, project: Project) -> bool:
    """Tell whether two sources of the same files are those of different Applications that deploy to one place."""
    return (
        one.source.revision == other.source.revision
        and _destination(one) is not None
        and _destination(one) == _destination(other)
        and one.application.name != other.application.name
        and not _is_changed(one, other)
        and same_environment(environment_of(one.source.document.path), environment_of(other.source.document.path))
        and not any(_holds_applications(source, project) for source in (one, other))
    )


def _destination(source: SourceFolder) -> tuple[object, ...] | None:
    destination = source.source.spec.destination
    if not destination or any(has_placeholder(str(value)) for value in destination.values()):
        return None
    return tuple(destination.get(field) for field in ("server", "name", "namespace"))


def _is_changed(one: SourceFolder, other: SourceFolder) -> bool:
    """Tell whether sources make different objects of the same files, or take different files."""
    for source in (one, other):
        if source.source.get("helm") is not None or source.source.get("plugin") is not None:
            return True
    fields = (("kustomize",), ("directory", "include"), ("directory", "exclude"), ("directory", "jsonnet"))
    return any(one.source.get(*field) != other.source.get(*field) for field in fields)


def _holds_applications(source: SourceFolder, project: Project) -> bool:
    """Tell whether a folder holds a chart, which is installed under many names, or other Applications."""
    if source not in project.apply_sets.by_source:
        return False
    found = project.links.set_of(source).index.all
    return project.links.is_chart(source) or any(
        one.group == _ARGO and one.kind in ("Application", "ApplicationSet") for one in found
    )


def _twice(source: SourceFolder, other: SourceFolder) -> Report:
    this, that = source.application.ref, other.application.ref
    folder, outer = source.folder or ".", other.folder or "."
    if folder == outer:
        text = f'{this} deploys "{folder}" to the same place as {that}'
    elif other.recurse and not source.recurse:
        text = f'{this} deploys "{folder}" to the same place as {that}, which deploys all below "{outer}"'
    else:
        text = f'{this} deploys all below "{folder}" to the same place as {that}, which deploys "{outer}"'
    return report(source.source.value_at("path"), text, related=[Related(other.place, f"the path of {that}")])


@check("REF712")
def unknown_cluster(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    name = spec.string("destination", "name")
    if not name or name == "in-cluster" or has_placeholder(name) or spec.string("destination", "server"):
        return
    clusters = project.links.cluster_secrets
    names = {found: one for one in clusters if (found := name_of_cluster(one))}
    if name in names or not clusters:
        return
    near = nearest_name(name, names)
    if near is None and (project.settings.complete is False or len(names) < len(clusters)):
        return
    yield report(
        spec.value_at("destination", "name"),
        f'{spec.owner.ref} deploys to cluster "{name}", and no cluster Secret has that name',
        related=[Related((names[near] if near else clusters[0]).at("metadata", "name"), "a cluster Secret is here")],
        hint=f"Write {near}" if near else None,
    )
