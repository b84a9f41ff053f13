"""Projects of Argo CD: whether they are there, and whether they allow what their Applications deploy."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.graph import repository
from cnlint.graph.applications import SourceFolder
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project
from cnlint.graph.resources import Resource
from cnlint.manifests.argo import LOCAL_NAME, LOCAL_SERVER, ApplicationSpec, AppProject
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

# Groups all of whose kinds are known: what is not known to be cluster-scoped is namespaced.
_NAMESPACED_GROUPS = frozenset(
    {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"}
)


@check("REF707")
def missing_project(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    name = spec.project
    if not name or name == "default" or has_placeholder(name) or project.links.project_of(spec.owner) is not None:
        return
    known = {one.name: one for one in reversed(project.resources(AppProject)) if one.name}
    near = nearest_name(name, known)
    if near is None and not _are_projects_known(project, bool(known)):
        return
    if project.is_patched(spec.owner, *map(str, spec.own_path), "project"):
        return
    shown = known[near] if near else next(iter(known.values()), None)
    yield report(
        spec.value_at("project"),
        f'{spec.owner.ref} is in project "{name}", and no AppProject has that name',
        related=[Related(shown.at("metadata", "name"), f"{shown.ref} is here")] if shown else [],
        hint=f"Write {near}" if near else None,
    )


def _are_projects_known(project: Project, has_some: bool) -> bool:
    """Tell whether the repository is where projects are kept, and none of them hides in a template or broken file."""
    complete = project.settings.complete
    if complete is not None:
        return complete
    unread = (path for path, one in project.facts.items() if one.templated or one.failed)
    return has_some and not any("AppProject" in (project.read_text(path) or "AppProject") for path in unread)


@check("REF708")
def denied_by_project(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    name = "default" if spec.project == "" else spec.project or ""
    found = [one for one in project.find_all("AppProject", name, group="argoproj.io") if isinstance(one, AppProject)]
    # Of several projects of one name it is not known which one is meant.
    if len(found) != 1 or not _says_what_it_allows(found[0]) or project.is_patched(found[0], "spec"):
        return
    [app_project] = found
    yield from _denied_sources(spec, app_project)
    yield from _denied_destination(spec, app_project)
    for source in project.links.own_sources_of(spec.owner):
        if not project.links.is_chart(source):
            yield from _denied_kinds(source, app_project, project)


def _says_what_it_allows(app_project: AppProject) -> bool:
    return isinstance(app_project.get("spec", "sourceRepos"), list) or isinstance(
        app_project.get("spec", "destinations"), list
    )


def _denied_sources(spec: ApplicationSpec, app_project: AppProject) -> Iterator[Report]:
    patterns = [one for one in app_project.sequence("spec", "sourceRepos") if isinstance(one, str)]
    if any(map(has_placeholder, patterns)):
        return
    for source in spec.sources:
        url = source.repository
        if not url or has_placeholder(url):
            continue
        denying = [one for one in patterns if one.startswith("!") and _fits_repository(url, one[1:])]
        if denying:
            outcome = f'which {app_project.ref} denies by "{denying[0]}"'
        elif not any(_fits_repository(url, one) for one in patterns if not one.startswith("!")):
            outcome = f"which {app_project.ref} does not list"
        else:
            continue
        yield report(
            source.value_at("repoURL"),
            f"{source.ref} is {url}, {outcome}",
            related=[Related(app_project.at("spec", "sourceRepos"), "the repositories that the project allows")],
        )


def _fits_repository(url: str, pattern: str) -> bool:
    """Tell whether a pattern may mean a repository, whatever the protocol and the case."""
    forms = {url.casefold().removesuffix(".git"), repository.address(url)}
    patterns = [pattern.casefold().removesuffix(".git"), repository.address(pattern)]
    return any(matches_any(form, patterns) for form in forms)


def _denied_destination(spec: ApplicationSpec, app_project: AppProject) -> Iterator[Report]:
    destination = spec.destination
    allowed = [item for _, item in mappings(app_project, "spec", "destinations")]
    texts = [value for item in (destination, *allowed) for value in item.values() if isinstance(value, str)]
    if not destination or any(map(has_placeholder, texts)):
        return
    if any(_denies(item, destination) for item in allowed):
        outcome = f"which {app_project.ref} denies"
    elif not any(_permits(item, destination) for item in allowed):
        outcome = f"which {app_project.ref} does not list"
    else:
        return
    written = spec.mapping("destination").items()
    shown = ", ".join(f'{key} "{value}"' for key, value in written if value and isinstance(value, str))
    is_namespace = any(_fits_cluster(item, destination) for item in allowed if not _is_negative(item))
    yield report(
        spec.value_at("destination", "namespace") if is_namespace and spec.namespace else spec.at("destination"),
        f"{spec.owner.ref} deploys to {shown}, {outcome}",
        related=[Related(app_project.at("spec", "destinations"), "the destinations that the project allows")],
    )


def _is_negative(item: dict[str, object]) -> bool:
    return any(isinstance(value, str) and value.startswith("!") for value in item.values())


def _denies(item: dict[str, object], destination: dict[str, object]) -> bool:
    """Tell whether an entry with a negated pattern excludes a destination."""
    for field in ("server", "name", "namespace"):
        pattern, value = item.get(field), destination.get(field)
        if isinstance(pattern, str) and pattern.startswith("!") and isinstance(value, str):
            others = {key: one for key, one in item.items() if key != field}
            if matches_any(value, [pattern[1:]]) and _permits(others, destination):
                return True
    return False


def _permits(item: dict[str, object], destination: dict[str, object]) -> bool:
    """Tell whether an entry may allow a destination; an entry with negated patterns allows what they do not name."""
    namespace, wanted = item.get("namespace"), destination.get("namespace")
    fits = _fits(namespace, wanted) if isinstance(wanted, str) and wanted else True
    return fits and _fits_cluster(item, destination)


def _fits(pattern: object, value: object) -> bool:
    if not isinstance(pattern, str) or not isinstance(value, str):
        return True
    if pattern.startswith("!"):
        return not matches_any(value, [pattern[1:]])
    return matches_any(value, [pattern])


def _fits_cluster(item: dict[str, object], destination: dict[str, object]) -> bool:
    """Tell whether an entry may mean the cluster of a destination: which name a server has is known of one only."""
    patterns = {field: item.get(field) for field in ("server", "name") if item.get(field)}
    for field, pattern in patterns.items():
        if destination.get(field) is not None:
            if _fits(pattern, destination[field]):
                return True
        elif pattern not in (LOCAL_SERVER, LOCAL_NAME) and (destination.get("server") or destination.get("name")):
            return True
    return not patterns


def _denied_kinds(source: SourceFolder, app_project: AppProject, project: Project) -> Iterator[Report]:
    denied: dict[tuple[str, str], Resource] = {}
    for resource in project.links.set_of(source).index.all:
        if _is_denied(resource, app_project, project):
            denied.setdefault(resource.group_kind, resource)
    if not denied:
        return
    kinds = " and ".join(f'"{kind}"' for _, kind in denied)
    yield report(
        source.source.value_at("path"),
        f'{source.application.ref} deploys "{source.folder or "."}", which holds objects of kind {kinds}, '
        f"and {app_project.ref} denies {'it' if len(denied) == 1 else 'them'}",
        related=[Related(one.view.at("kind"), f"{one.view.ref} is here") for one in list(denied.values())[:3]],
        hint="Add the kind to the lists of the AppProject, or take the object out of the path",
    )


def _is_denied(resource: Resource, app_project: AppProject, project: Project) -> bool:
    if project.is_cluster_scoped(*resource.group_kind):
        is_allowed = _lists(app_project, "clusterResourceWhitelist", resource)
        return not is_allowed or _lists(app_project, "clusterResourceBlacklist", resource)
    if resource.group not in _NAMESPACED_GROUPS:
        return False
    is_open = not app_project.sequence("spec", "namespaceResourceWhitelist")
    is_allowed = is_open or _lists(app_project, "namespaceResourceWhitelist", resource)
    return not is_allowed or _lists(app_project, "namespaceResourceBlacklist", resource)


def _lists(app_project: AppProject, field: str, resource: Resource) -> bool:
    """Tell whether a list of groups and kinds of a project has those of an object."""
    return any(
        _fits(item.get("group", ""), resource.group) and _fits(item.get("kind", ""), resource.kind)
        for _, item in mappings(app_project, "spec", field)
    )
