"""Blue-green and canary releases: whether the Service lets requests reach the side that they are meant for."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from cnlint.findings import Fix, Related, Report, report
from cnlint.graph.project import Project
from cnlint.graph.selections import selector_of
from cnlint.manifests.istio import VirtualService
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_COLOURS = frozenset({"blue", "green"})


class _Pair(NamedTuple):
    """The two sides of a blue-green release."""

    blue: Workload
    green: Workload
    label: str
    """The label that tells their pods apart; empty where only their names do."""


@check("REF801")
def blue_green_not_pinned(service: Service, context: Context) -> Iterator[Report]:
    project = context.project
    behind = project.links.pods_behind(service)
    pair = _blue_green(behind, project)
    if pair is None or service.is_headless or project.is_patched(service, "spec", "selector"):
        return
    if _is_routed_by_subsets(service, project) or _belongs_to_rollout(service, project):
        return
    if pair.label:
        hint = f"Add {pair.label}: {project.links.pod_labels(pair.blue)[pair.label]} to the selector"
    else:
        hint = "Give the pods of each side a label of its own, such as version: blue, and select one of them"
    yield report(
        service.at("spec", "selector"),
        f"{service.ref} selects {selector_of(service)}, and with it both {pair.blue.ref} and {pair.green.ref}: "
        "requests go to both sides at once",
        related=[_seen(side, pair.label, project) for side in (pair.blue, pair.green)],
        hint=hint,
    )


def _blue_green(behind: tuple[Workload, ...], project: Project) -> _Pair | None:
    """Give the two workloads behind a Service that look like the sides of a blue-green release and both run."""
    running = (one for one in behind if one.is_long_running and one.kind != "Rollout" and one.replicas != 0)
    coloured = [
        one for one in running if _parted(one.name)[1] or _COLOURS.intersection(project.links.pod_labels(one).values())
    ]
    for one, other in combinations(coloured, 2):
        labels, others = project.links.pod_labels(one), project.links.pod_labels(other)
        differing = [key for key in labels.keys() | others.keys() if labels.get(key) != others.get(key)]
        is_colour = len(differing) == 1 and _colours(labels, others, differing[0]) == _COLOURS
        if is_colour or _are_named_by_colour(one, other):
            label = next((key for key in sorted(differing) if labels.get(key) and others.get(key)), "")
            blue, green = (one, other) if _is_blue(one, labels) else (other, one)
            return _Pair(blue, green, label)
    return None


def _colours(labels: Mapping[str, str], others: Mapping[str, str], key: str) -> set[str]:
    return {labels.get(key, ""), others.get(key, "")}


def _are_named_by_colour(one: Workload, other: Workload) -> bool:
    stem, colour = _parted(one.name)
    other_stem, other_colour = _parted(other.name)
    return bool(stem) and (one.kind, stem) == (other.kind, other_stem) and {colour, other_colour} == _COLOURS


def _parted(name: str) -> tuple[str, str]:
    """Take the colour off the end of a name."""
    stem, _, last = name.rpartition("-")
    return (stem, last) if last in _COLOURS else ("", "")


def _is_blue(workload: Workload, labels: Mapping[str, str]) -> bool:
    return "blue" in labels.values() or _parted(workload.name)[1] == "blue"


def _is_routed_by_subsets(service: Service, project: Project) -> bool:
    """Tell whether routes decide which side gets requests: to subsets of the Service, or in its name to others."""
    if project.links.routed_subsets(service):
        return True
    for virtual_service in project.resources(VirtualService):
        if any(_is_host_of(host, service, virtual_service, project) for host in virtual_service.hosts):
            hosts = {one.host for one in virtual_service.destinations}
            if hosts and not any(_is_host_of(host, service, virtual_service, project) for host in hosts):
                return True
    return False


def _is_host_of(host: str, service: Service, near: VirtualService, project: Project) -> bool:
    found = project.links.services_of_host(host, near)
    return any(one.document is service.document and one.path == service.path for one in found)


def _belongs_to_rollout(service: Service, project: Project) -> bool:
    """Tell whether an Argo Rollout names the Service: its controller changes the selector."""
    fields = (
        ("canary", "stableService"),
        ("canary", "canaryService"),
        ("blueGreen", "activeService"),
        ("blueGreen", "previewService"),
    )
    return any(
        rollout.string("spec", "strategy", *field) == service.name
        for rollout in project.manifests("Rollout", "argoproj.io")
        for field in fields
    )


def _seen(side: Workload, label: str, project: Project) -> Related:
    labels = project.links.pod_labels(side)
    shown = f"{label}={labels[label]}" if label else ",".join(f"{key}={value}" for key, value in labels.items())
    place = side.at() if side.template is None else side.template.at("metadata", "labels")
    return Related(place, f"the pods of {side.ref} have {shown}")


@check("REF803")
def canary_service_over_selective(service: Service, context: Context) -> Iterator[Report]:
    project = context.project
    excluded = project.links.excluded_subsets(service)
    if not excluded or project.is_patched(service, "spec", "selector"):
        return
    keys = dict.fromkeys(one.requirement.key for one in excluded)
    selected = ",".join(dict.fromkeys(str(one.requirement) for one in excluded))
    names = dict.fromkeys(f'"{one.subset.name}" ({one.subset.selector})' for one in excluded)
    related = []
    for one in excluded:
        route = one.destination.route
        related.append(Related(one.destination.at("subset"), f'{route.ref} sends requests to "{one.subset.name}"'))
        related.append(Related(one.subset.at("labels"), f'the pods of "{one.subset.name}" have {one.subset.selector}'))
    routes = excluded[0].destination.route.service
    is_exact = project.links.confidence(service, routes) == "exact"
    yield report(
        service.at("spec", "selector"),
        f"{service.ref} selects {selected}, so no pods are left for {'subsets' if len(names) > 1 else 'subset'} "
        f"{' and '.join(names)}, to which {routes.ref} sends requests",
        severity=None if is_exact else "warning",
        related=related,
        hint=f"Delete {' and '.join(keys)} from the selector: the subsets choose the version",
        fixes=_without(service, list(keys)),
    )


def _without(service: Service, keys: list[str]) -> list[Fix]:
    """Offer to delete one label from the selector."""
    edits = remove_key(service, ("spec", "selector", keys[0])) if len(keys) == 1 else ()
    return [Fix(f"delete {keys[0]} from the selector", edits)] if edits else []
