"""Services whose requests several workloads share by chance."""

from collections.abc import Iterator
from itertools import combinations

from cnlint.checks.kubernetes.traffic import only_monitors
from cnlint.findings import Related, Report, report
from cnlint.graph.project import Project
from cnlint.graph.selections import matching_ports, selector_of
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_LABELS = ("spec", "template", "metadata", "labels")
_COLOURS = frozenset({"blue", "green"})
# More workloads than this behind one Service are copies of each other.
_MOST_WORKLOADS = 50
_MOST_SHOWN = 3
_WORDS = regex(r"[^a-z0-9]+")
# Words that tell the parts of a canary release, or of a cluster with a leader, from each other.
_PARTS = frozenset(
    {"active", "baseline", "canary", "follower", "leader", "main", "master", "preview", "primary", "read", "reader"}
    | {"replica", "replicas", "secondary", "slave", "slaves", "spot", "stable", "standby", "write", "writer"}
)


@check("K8S369")
def service_spans_workloads(service: Service, context: Context) -> Iterator[Report]:
    # Headless Services are there to find all members of a cluster.
    if service.is_headless or service.get("spec", "publishNotReadyAddresses") is True or only_monitors(service):
        return
    project = context.project
    behind = project.links.pods_behind(service)[:_MOST_WORKLOADS]
    sharing = _by_name(one for one in behind if _takes_requests(one, service, project))
    if len(sharing) < 2 or _is_on_purpose(service, sharing, project):
        return
    shown = sharing[:_MOST_SHOWN]
    names = [one.ref for one in shown] + ([f"{len(sharing) - len(shown)} more"] if len(sharing) > len(shown) else [])
    text = f"{service.ref} spreads its requests over the pods of {', '.join(names[:-1])} and {names[-1]}"
    related = [Related(one.at("metadata", "name"), f"its pods have {selector_of(service)}") for one in shown]
    yield report(service.at("spec", "selector"), text, related=related, hint=_hint(service, sharing, project))


def _by_name(workloads: Iterator[Workload]) -> list[Workload]:
    """Give one workload of each name: those of one name are the same, written for several environments."""
    found: dict[str, Workload] = {}
    for one in workloads:
        found.setdefault(one.name, one)
    return list(found.values())


def _takes_requests(workload: Workload, service: Service, project: Project) -> bool:
    """Tell whether requests to the Service reach the pods of a workload that is applied with it."""
    if not workload.name or workload.is_job or workload.replicas == 0 or workload.kind in ("Pod", "Rollout"):
        return False
    if workload.template is None or workload.is_fragment or project.links.confidence(service, workload) != "exact":
        return False
    if not workload.template.ports:
        return not any(isinstance(port.target_port, str) for port in service.ports)
    return any(matching_ports(workload, port) for port in service.ports)


def _is_on_purpose(service: Service, sharing: list[Workload], project: Project) -> bool:
    """Tell whether it looks as if the workloads were meant to share the requests, or another rule speaks of them."""
    links = project.links
    if links.routed_subsets(service) or links.destination_rules_of_host(service.name, service):
        return True
    if _are_parts(sharing) or _are_colours(sharing, project):
        return True
    return project.is_patched(service, "spec", "selector") or any(project.is_patched(one, *_LABELS) for one in sharing)


def _are_parts(sharing: list[Workload]) -> bool:
    """Tell whether a word in which the names differ says which part a workload plays."""
    names = [_words_of(one.name) for one in sharing]
    common = set.intersection(*names)
    return any((name - common) & _PARTS for name in names)


def _are_colours(sharing: list[Workload], project: Project) -> bool:
    """Tell whether two of them are the sides of a blue-green release, of which REF801 speaks."""
    words = [_words_of(one.name) | set(project.links.pod_labels(one).values()) for one in sharing]
    return any((one ^ other).issuperset(_COLOURS) for one, other in combinations(words, 2))


def _words_of(name: str) -> set[str]:
    return set(_WORDS.split(name.casefold()))


def _hint(service: Service, sharing: list[Workload], project: Project) -> str | None:
    """Name a label that all of the workloads have, each with another value, and that the selector lacks."""
    labels = [project.links.pod_labels(one) for one in sharing]
    wanted = selector_of(service).equalities()
    for key in labels[0]:
        values = {one.get(key, "") for one in labels}
        if key not in wanted and len(values) == len(sharing) and "" not in values:
            return f"Add {key} to the selector of the Service: it tells their pods apart"
    return None
