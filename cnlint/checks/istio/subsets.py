"""Subsets of DestinationRules: the pods that they stand for."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, Severity, report
from cnlint.graph import gates
from cnlint.graph.apply_sets import may_share
from cnlint.graph.names import typing_distance
from cnlint.graph.project import Project
from cnlint.graph.selections import CONTROLLER_LABELS, selector_of
from cnlint.manifests.istio import DestinationRule, ServiceEntry, Subset, WorkloadEntry, WorkloadGroup
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.labels import ABSENT, LabelSelector
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

# Istio adds them to what it knows of a pod, from the pod's node.
_NODE_LABELS = frozenset(
    {
        "kubernetes.io/hostname",
        "topology.istio.io/subzone",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
_MESH_LABELS = frozenset({"topology.istio.io/cluster", "topology.istio.io/network"})
_APP_LABELS = ("app.kubernetes.io/name", "app", "k8s-app")
_MOST_WORKLOADS = 3


@check("IST302")
def subset_matches_no_pods(subset: Subset, context: Context) -> Iterator[Report]:
    project, rule = context.project, subset.rule
    if not subset.selector.is_known or not rule.host or has_placeholder(rule.host):
        return
    if project.is_patched(rule, "spec", "subsets"):
        return
    if _is_on_no_node(subset, project):
        wanted = _only(subset.selector, _NODE_LABELS | _MESH_LABELS)
        yield report(
            subset.at("name"),
            f"{_ref(subset)} selects pods on nodes with {wanted}, and no node has {_those(wanted)}",
            hint="Write the values that the nodes have",
        )
        return
    labels = _given_by_templates(subset.selector)
    if labels.is_absent:
        return
    service = project.links.service_of_host(rule.host, rule)
    if service is not None:
        yield from _judge_service(subset, labels, service, project)
    elif entries := project.links.service_entries_of_host(rule.host, rule):
        yield from _judge_entries(subset, labels, entries, project)
    else:
        yield from _judge_namesakes(subset, labels, project)


def _judge_service(subset: Subset, labels: LabelSelector, service: Service, project: Project) -> Iterator[Report]:
    """Report a subset that none of the workloads behind the host's Service belongs to."""
    selector = selector_of(service)
    behind = project.links.pods_behind(service)
    if not behind or project.is_patched(service, "spec", "selector"):
        return
    if _may_be_met(_both(selector, labels), service, behind, project):
        return
    excluded = [one.subset for one in project.links.excluded_subsets(service)]
    if any(one.document is subset.document and one.path == subset.path for one in excluded):
        # The Service is wrong, not the subset: REF803 says so at the Service.
        return
    near = _almost_met(labels, behind, project)
    wanted = list(labels.equalities().values())
    if near is None and not project.may_report_missing(gates.PODS, near=service, wanted=wanted):
        return
    related = [Related(service.at("spec", "selector"), f"{service.ref} selects {selector}")]
    yield report(
        subset.at("name"),
        f"{_ref(subset)} selects pods with {labels}, and no workload behind {service.ref} has {_those(labels)}",
        related=[*related, *_seen(behind, project)],
        severity=_severity(subset.rule, service, behind, project),
        hint=_hint(labels, near),
    )


def _judge_entries(
    subset: Subset, labels: LabelSelector, entries: list[Manifest], project: Project
) -> Iterator[Report]:
    """Report a subset that none of the workloads behind a ServiceEntry belongs to."""
    for entry in entries:
        selector = entry.pod_selector if isinstance(entry, ServiceEntry) else ABSENT
        if selector.is_absent or not selector.is_known:
            # Its endpoints are addresses, or what the name resolves to.
            return
        behind = project.links.pods_selected(entry, selector)
        if not behind or _may_be_met(_both(selector, labels), entry, behind, project):
            return
    [entry, *_] = entries
    wanted = list(labels.equalities().values())
    if project.may_report_missing(gates.PODS, near=entry, wanted=wanted):
        yield report(
            subset.at("name"),
            f"{_ref(subset)} selects pods with {labels}, and no workload behind {entry.ref} has {_those(labels)}",
            related=[Related(entry.at("spec", "workloadSelector"), f"{entry.ref} selects {entry.pod_selector}")]
            if isinstance(entry, ServiceEntry)
            else [],
        )


def _judge_namesakes(subset: Subset, labels: LabelSelector, project: Project) -> Iterator[Report]:
    """Report a subset of a host without a Service here, if the workloads named like the host lack its labels."""
    rule = subset.rule
    host = project.links.host_of(rule.host)
    if not host.may_be_service or (host.namespace is not None and host.namespace not in project.namespaces_of(rule)):
        return
    behind = tuple(one for one in project.links.pods_near(rule) if _is_named(one, host.name, project))
    if not (behind or project.settings.complete) or _may_be_met(labels, rule, behind, project):
        return
    if project.may_report_missing(gates.PODS, near=rule, wanted=labels.equalities().values()):
        yield report(
            subset.at("name"),
            f"{_ref(subset)} selects pods with {labels}, and no workload of the project has {_those(labels)}",
            related=_seen(behind, project),
            severity=None if project.settings.complete else "warning",
        )


def _may_be_met(selector: LabelSelector, near: Manifest, behind: tuple[Workload, ...], project: Project) -> bool:
    """Tell whether any pods or machines, wherever they stand in the project, may have the labels."""
    if project.links.selects_any(near, selector):
        return True
    for workload in behind:
        texts = project.links.pod_labels(workload)
        unmet = selector.unmet(texts)
        if any(has_placeholder(texts.get(one.key, "")) for one in unmet):
            return True
        if project.is_patched(workload, "spec", "template", "metadata", "labels"):
            return True
    spaces = project.namespaces_of(near)
    machines: tuple[WorkloadEntry | WorkloadGroup, ...] = (
        *project.resources(WorkloadEntry),
        *project.resources(WorkloadGroup),
    )
    return any(
        selector.matches(one.workload_labels) and may_share(spaces, project.namespaces_of(one)) for one in machines
    )


def _is_on_no_node(subset: Subset, project: Project) -> bool:
    """Tell whether no node has the labels by which a subset names one: an empty value, or none of the Nodes here."""
    wanted = _only(subset.selector, _NODE_LABELS)
    if "" in _only(subset.selector, _NODE_LABELS | _MESH_LABELS).equalities().values():
        return True
    nodes = project.manifests("Node") if not wanted.is_absent else ()
    return bool(nodes) and not any(wanted.matches(node.labels) for node in nodes)


def _given_by_templates(selector: LabelSelector) -> LabelSelector:
    """Leave out the labels that pods get elsewhere than in the templates of workloads."""
    given = {one.key for one in selector.requirements} - _NODE_LABELS - _MESH_LABELS - CONTROLLER_LABELS
    return _only(selector, given)


def _only(selector: LabelSelector, keys: frozenset[str] | set[str]) -> LabelSelector:
    kept = tuple(one for one in selector.requirements if one.key in keys)
    return LabelSelector(kept) if kept else ABSENT


def _both(one: LabelSelector, other: LabelSelector) -> LabelSelector:
    return LabelSelector((*one.requirements, *other.requirements))


def _is_named(workload: Workload, name: str, project: Project) -> bool:
    labels = project.links.pod_labels(workload)
    return workload.name == name or any(labels.get(key) == name for key in _APP_LABELS)


def _almost_met(labels: LabelSelector, behind: tuple[Workload, ...], project: Project) -> str | None:
    """Give the label of a workload, as ``key=value``, that the one which misses looks like a misspelling of."""
    for workload in behind:
        texts = project.links.pod_labels(workload)
        unmet = labels.unmet(texts)
        if len(unmet) == 1 and typing_distance(unmet[0].values[0], texts.get(unmet[0].key, "")):
            return f"{unmet[0].key}={texts[unmet[0].key]}"
    return None


def _hint(labels: LabelSelector, near: str | None) -> str | None:
    return f"Write {near.replace('=', ': ')} in the subset, or correct the labels of the pod template" if near else None


def _seen(behind: tuple[Workload, ...], project: Project) -> list[Related]:
    """Show the labels that workloads have."""
    found = []
    for workload in behind[:_MOST_WORKLOADS]:
        labels = ",".join(f"{key}={value}" for key, value in project.links.pod_labels(workload).items())
        place = workload.at() if workload.template is None else workload.template.at("metadata", "labels")
        found.append(Related(place, f"the pods of {workload.ref} have {labels}"))
    return found


def _severity(
    rule: DestinationRule, service: Service, behind: tuple[Workload, ...], project: Project
) -> Severity | None:
    links = project.links
    is_exact = links.confidence(rule, service) == "exact" and links.confidence(service, behind[0]) == "exact"
    return None if is_exact else "warning"


def _ref(subset: Subset) -> str:
    name = f'subset "{subset.name}"' if subset.name else "a subset"
    return f'{name} of host "{subset.rule.host}"'


def _those(selector: LabelSelector) -> str:
    return "that label" if len(selector.requirements) == 1 else "all those labels"
