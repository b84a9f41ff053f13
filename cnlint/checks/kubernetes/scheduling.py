"""Where pods may run, which of them stay apart, and which go first."""

from collections.abc import Iterable, Iterator

from cnlint.checks.kubernetes.pod_patches import are_labels_patched, is_spec_patched
from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scheduling import PodSpread, anti_affinity_terms, spread_constraints
from cnlint.manifests.workloads import PodTemplate, Workload
from cnlint.rules import Context, check

_HOSTNAME = "kubernetes.io/hostname"
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
_SYSTEM_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})
_LEAST_ONE = ("maxSkew", "minDomains")


@check("K8S250")
def missing_pod_anti_affinity(pod: PodTemplate, context: Context) -> Iterator[Report]:
    workload = pod.workload
    pods = _pods(workload, context)
    if not pods or workload.is_fragment or is_spec_patched(pod, context, "affinity", "topologySpreadConstraints"):
        return
    terms = anti_affinity_terms(pod)
    keys = context.options["topology_keys"]
    if any(_keeps_apart(one, pod, keys, context) for one in (*terms, *spread_constraints(pod))):
        return
    if terms:
        text = f"podAntiAffinity of {pod.ref} does not keep its {pods} apart: {_flaw(terms[0], pod, context)}"
        yield report(terms[0].at(), text)
    else:
        text = f"nothing keeps the {pods} of {pod.ref} on different nodes"
        yield report(pod.at("spec", "affinity", "podAntiAffinity"), text)


@check("K8S251")
def missing_topology_spread(pod: PodTemplate, context: Context) -> Iterator[Report]:
    workload = pod.workload
    pods = _pods(workload, context)
    if not pods or workload.is_fragment or is_spec_patched(pod, context, "affinity", "topologySpreadConstraints"):
        return
    accepted = spread_constraints(pod)
    if context.options["accept_anti_affinity"]:
        accepted += anti_affinity_terms(pod)
    found = {one.topology_key for one in accepted}
    missing = [key for key in context.options["topology_keys"] if key not in found]
    if missing and not any(map(has_placeholder, found)):
        text = f"the {pods} of {pod.ref} are not spread over {' and '.join(map(_domain, missing))}"
        yield report(pod.at("spec", "topologySpreadConstraints"), text)


def _domain(key: str) -> str:
    return {_HOSTNAME: "nodes", "topology.kubernetes.io/zone": "zones"}.get(key, f'"{key}"')


def _pods(workload: Workload, context: Context) -> str:
    """Say how many pods there are, if they are as many as the rule asks for and the files tell."""
    if not workload.has_replicas or context.project.is_patched(workload, "spec", "replicas"):
        return ""
    least = context.options["min_replicas"]
    scalers = context.project.links.autoscalers_of(workload)
    if any(one.maximum is not None and one.maximum < least for one in scalers):
        return ""
    written = workload.replicas if workload.sets_replicas else None
    count = max([written or 0, *(one.minimum or 0 for one in scalers)])
    if count >= least:
        return f"{count} pods"
    return "pods" if context.options.get("count_unset_replicas") and not workload.sets_replicas else ""


def _keeps_apart(one: PodSpread, pod: PodTemplate, keys: Iterable[str], context: Context) -> bool:
    is_apart = one.topology_key in keys or has_placeholder(one.topology_key)
    return is_apart and not one.selector.is_absent and _selects(one, pod, context)


def _selects(one: PodSpread, pod: PodTemplate, context: Context) -> bool:
    labels = context.project.links.pod_labels(pod.workload)
    if not one.selector.is_known or any(map(has_placeholder, labels.values())):
        return True
    if one.namespaces and context.project.namespaces_of(pod.workload).isdisjoint({"", *one.namespaces}):
        return False
    return one.selector.matches(labels)


def _flaw(term: PodSpread, pod: PodTemplate, context: Context) -> str:
    if term.selector.is_absent:
        return "its term has no labelSelector and selects no pods"
    if not _selects(term, pod, context):
        is_elsewhere = term.selector.matches(context.project.links.pod_labels(pod.workload))
        return "it selects pods of other namespaces" if is_elsewhere else f"it selects {term.selector}"
    return f'its topologyKey is "{term.topology_key}"' if term.topology_key else "its term has no topologyKey"


@check("K8S252", scope="file")
def invalid_topology_spread(pod: PodTemplate) -> Iterator[Report]:
    constraints = spread_constraints(pod)
    seen: dict[tuple[str, str], PodSpread] = {}
    for one in constraints:
        yield from _wrong_fields(one, pod)
        key = one.topology_key, one.string("whenUnsatisfiable")
        if all(key) and key in seen:
            text = f'{pod.ref} has two topology spread constraints for "{key[0]}" with {key[1]}'
            yield report(one.at(), text, related=[Related(seen[key].at(), "the first one")])
        seen.setdefault(key, one)


def _wrong_fields(one: PodSpread, pod: PodTemplate) -> Iterator[Report]:
    owner = f"a topology spread constraint of {pod.ref}"
    for field in _LEAST_ONE:
        number = one.integer(field)
        if number is not None and number < 1:
            yield report(one.value_at(field), f"{owner} has {field} {number}, and it must be above 0")
    policy = one.string("whenUnsatisfiable")
    if policy and policy not in _UNSATISFIABLE and not has_placeholder(policy):
        yield report(
            one.value_at("whenUnsatisfiable"), f'{owner} has whenUnsatisfiable "{policy}", which does not exist'
        )
    if one.integer("minDomains") is not None and policy == "ScheduleAnyway":
        yield report(one.at("minDomains"), f"{owner} has minDomains, which only DoNotSchedule may have")
    if one.get("topologyKey") == "":
        yield report(one.value_at("topologyKey"), f"{owner} has an empty topologyKey")
    if not pod.workload.is_fragment:
        missing = [field for field in ("maxSkew", "topologyKey", "whenUnsatisfiable") if one.get(field) is None]
        if missing:
            yield report(one.at(), f"{owner} has no {' and no '.join(missing)}")
        elif one.get("labelSelector") is None:
            text = f"{owner} has no labelSelector, so it counts no pods and has no effect"
            yield report(one.at(), text)


@check("K8S252", scope="project")
def topology_spread_of_other_pods(pod: PodTemplate, context: Context) -> Iterator[Report]:
    for one in spread_constraints(pod):
        if one.selector.is_absent or _selects(one, pod, context) or pod.workload.is_fragment:
            continue
        if is_spec_patched(pod, context, "topologySpreadConstraints") or are_labels_patched(pod, context):
            continue
        text = f"a topology spread constraint of {pod.ref} counts pods with {one.selector}, which its own do not have"
        severity: Severity = "warning"
        related = [Related(pod.at("metadata", "labels"), f"the labels of the pods of {pod.ref}")]
        yield report(one.at("labelSelector"), text, severity=severity, related=related)


@check("K8S253")
def missing_node_affinity(pod: PodTemplate, context: Context) -> Iterator[Report]:
    workload = pod.workload
    # A DaemonSet is there to run on every node.
    if workload.is_fragment or workload.kind == "DaemonSet" or pod.get("spec", "affinity", "nodeAffinity"):
        return
    if any(pod.get("spec", field) for field in ("nodeSelector", "nodeName")):
        return
    if not is_spec_patched(pod, context, "affinity", "nodeSelector", "nodeName"):
        text = f"{pod.ref} does not say on which nodes its pods may run"
        yield report(pod.at("spec", "affinity", "nodeAffinity"), text)


@check("K8S254")
def missing_priority_class(pod: PodTemplate, context: Context) -> Iterator[Report]:
    name = pod.string("spec", "priorityClassName").strip()
    allowed = context.options["allowed"]
    if name:
        if allowed and name not in allowed and not has_placeholder(name):
            text = f'{pod.ref} has the priority class "{name}", not {_any_of(allowed)}'
            yield report(pod.value_at("spec", "priorityClassName"), text)
        return
    if pod.workload.is_fragment or isinstance(pod.get("spec", "priorityClassName"), dict | list):
        return
    project = context.project
    classes = project.manifests("PriorityClass", "scheduling.k8s.io")
    if any(one.get("globalDefault") is True for one in classes) or is_spec_patched(pod, context, "priorityClassName"):
        return
    yield report(pod.at("spec", "priorityClassName"), f"{pod.ref} has no priority class")


def _any_of(names: list[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)


@check("K8S255")
def disallowed_priority_class(pod: PodTemplate, context: Context) -> Iterator[Report]:
    name = pod.string("spec", "priorityClassName").strip()
    accepted = context.options["accepted"]
    if not name or name in accepted or has_placeholder(name):
        return
    place = pod.value_at("spec", "priorityClassName")
    if accepted:
        yield report(place, f'{pod.ref} has the priority class "{name}", not {_any_of(accepted)}')
        return
    namespace = pod.workload.namespace
    if name in _SYSTEM_CLASSES and namespace and not _is_for_system(namespace):
        text = f'{pod.ref} in the namespace "{namespace}" has the priority class "{name}" of the cluster\'s own pods'
        yield report(place, text)


def _is_for_system(namespace: str) -> bool:
    """Tell whether a namespace holds parts of the cluster, such as drivers of networks and volumes."""
    return namespace.startswith(("kube-", "openshift")) or namespace.endswith("-system") or has_placeholder(namespace)
