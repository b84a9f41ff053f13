"""Destinations of Applications: clusters and namespaces."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.graph.project import Project
from cnlint.manifests.argo import CREATE_NAMESPACE, ApplicationSpec
from cnlint.manifests.mapping_edits import add_item, add_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.rules import Context, check

_DO_NOT_CREATE = "CreateNamespace=false"
_ALWAYS_THERE = frozenset({"default", "argocd"})
_OF_THE_PLATFORM = ("kube-", "openshift-")
_NAME_A_CLUSTER = "Name the cluster, by server or by name"


@check("ARGO104")
def ambiguous_application_destination(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    written = spec.get("destination")
    if context.project.is_patched(spec.owner, *spec.own_path, "destination"):
        return
    if written is None:
        if not spec.is_fragment:
            yield report(spec.at("destination"), f"{spec.owner.ref} has no destination", hint=_NAME_A_CLUSTER)
        return
    if not isinstance(written, dict):
        return
    server, name = written.get("server") or "", written.get("name") or ""
    if not isinstance(server, str) or not isinstance(name, str) or has_placeholder(server) or has_placeholder(name):
        return
    if server and name:
        text = f'the destination of {spec.owner.ref} has both server "{server}" and name "{name}"'
        yield report(spec.at("destination"), text)
    elif not server and not name and not spec.is_fragment:
        text = f"the destination of {spec.owner.ref} has neither server nor name"
        yield report(spec.at("destination"), text, hint=_NAME_A_CLUSTER)


@check("ARGO109")
def destination_namespace_not_created(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project, namespace = context.project, spec.namespace
    if not namespace or has_placeholder(namespace) or spec.is_fragment or CREATE_NAMESPACE in spec.sync_options:
        return
    if any(map(has_placeholder, spec.sync_options)):
        return
    if project.is_patched(spec.owner, *spec.own_path, "syncPolicy"):
        return
    place = spec.at("syncPolicy", "syncOptions")
    if spec.get("syncPolicy", "managedNamespaceMetadata") is not None:
        yield report(
            place,
            f'{spec.owner.ref} sets labels or annotations of namespace "{namespace}" and does not create it, '
            f"so that they are ignored: syncOptions lacks {CREATE_NAMESPACE}",
            related=[Related(spec.at("syncPolicy", "managedNamespaceMetadata"), "these are ignored")],
            severity="error",
            fixes=_fixes(spec),
        )
    elif not _may_exist(namespace, spec, project) and project.settings.complete is not False:
        yield report(
            place,
            f'{spec.owner.ref} deploys into namespace "{namespace}", which neither it nor the project makes',
            related=[Related(spec.at("destination", "namespace"), "the namespace is named here")],
            fixes=_fixes(spec),
        )


def _fixes(spec: ApplicationSpec) -> list[Fix]:
    edits = _creating(spec)
    return [Fix(f"add {CREATE_NAMESPACE}", edits, safe=True)] if edits else []


def _creating(spec: ApplicationSpec) -> tuple[Edit, ...]:
    """Make the edits that add the option, where the mapping or list that it goes into is there."""
    options = spec.sequence("syncPolicy", "syncOptions")
    if _DO_NOT_CREATE in options:
        index = options.index(_DO_NOT_CREATE)
        return (replace_value(spec, ("syncPolicy", "syncOptions", index), CREATE_NAMESPACE),)
    if options:
        return add_item(spec, ("syncPolicy", "syncOptions"), CREATE_NAMESPACE)
    if spec.get("syncPolicy", "syncOptions") is not None:
        return ()
    if spec.mapping("syncPolicy"):
        return add_key(spec, ("syncPolicy",), f"syncOptions:\n  - {CREATE_NAMESPACE}")
    if spec.get("syncPolicy") is not None:
        return ()
    return add_key(spec, (), f"syncPolicy:\n  syncOptions:\n    - {CREATE_NAMESPACE}")


def _may_exist(namespace: str, spec: ApplicationSpec, project: Project) -> bool:
    """Tell whether anything makes a namespace: the platform, an object, a command, or another Application."""
    if namespace in _ALWAYS_THERE or namespace.startswith(_OF_THE_PLATFORM) or namespace == spec.owner.namespace:
        return True
    return project.links.may_be_made(namespace) or _may_be_made_by_source(spec, project)


def _may_be_made_by_source(spec: ApplicationSpec, project: Project) -> bool:
    """Tell whether a folder of this repository that is deployed holds files of which it is not known what they make."""
    for source in project.links.sources_of(spec.owner):
        if not source.is_own:
            continue
        for file in project.files_in(source.folder, recurse=True):
            facts = project.facts.get(file)
            if file.endswith("Chart.yaml") or (facts is not None and (facts.templated or facts.failed)):
                return True
    return False
