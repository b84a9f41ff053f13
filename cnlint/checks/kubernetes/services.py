"""Services: the pods behind them and the ports that they lead to."""

from collections.abc import Iterator, Mapping

from cnlint.checks.kubernetes.no_pods import no_pods
from cnlint.findings import Related, Report, Severity, report
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project
from cnlint.graph.selections import matching_ports, selector_of
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service, ServicePort
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Istio's sidecar listens here in every pod that has one; no manifest declares these ports.
_SIDECAR_PORTS = range(15000, 15100)
# More workloads than this behind one Service are copies of each other.
_MOST_WORKLOADS = 50
_DNS_LABEL = regex(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@check("K8S360")
def dangling_service(service: Service, context: Context) -> Iterator[Report]:
    selector = _without(selector_of(service), context.options["ignored_labels"])
    missing = no_pods(service, selector, context, ("spec", "selector"))
    if missing is not None:
        message = f"{service.ref} selects {selector}, and {missing.text}"
        yield report(service.at("spec", "selector"), message, related=missing.related, hint=missing.hint)


def _without(selector: LabelSelector, keys: list[str]) -> LabelSelector:
    kept = tuple(one for one in selector.requirements if one.key not in keys)
    return LabelSelector(kept, is_absent=selector.is_absent or not kept, problems=selector.problems)


@check("K8S362")
def service_target_port_mismatch(service: Service, context: Context) -> Iterator[Report]:
    project = context.project
    workloads = [one for one in project.links.pods_behind(service)[:_MOST_WORKLOADS] if _shows_its_ports(one, project)]
    if not workloads or project.is_patched(service, "spec", "ports"):
        return
    for port in service.ports:
        if not _can_be_judged(port):
            continue
        lacking = [one for one in workloads if not _leads_somewhere(port, one, project)]
        if lacking:
            yield _mismatch(port, lacking, len(lacking) == len(workloads), context)


def _shows_its_ports(workload: Workload, project: Project) -> bool:
    """Tell whether the manifest says which ports the pods have: at least one, and nobody else adds any."""
    template = workload.template
    if template is None or not template.ports or template.host_network:
        return False
    is_gateway = "istio" in template.labels or "inject.istio.io/templates" in template.annotations
    return not is_gateway and not project.is_patched(workload, "spec", "template", "spec", "containers")


def _can_be_judged(port: ServicePort) -> bool:
    target = port.target_port
    if isinstance(target, str):
        return not has_placeholder(target) and not target.isdecimal()
    return target is not None and target not in _SIDECAR_PORTS and not port.service.is_headless


def _leads_somewhere(port: ServicePort, workload: Workload, project: Project) -> bool:
    if matching_ports(workload, port) or workload.template is None:
        return True
    if any(has_placeholder(one.name) or one.number is None for one in workload.template.ports):
        return True
    return isinstance(port.target_port, int) and _is_exposed(port, workload, project)


def _is_exposed(port: ServicePort, workload: Workload, project: Project) -> bool:
    """Tell whether the Dockerfile of an image of the pods EXPOSEs the port, or hides one in a variable."""
    for container in workload.template.running_containers if workload.template else ():
        source = project.links.dockerfile_of(container)
        for exposed in source.dockerfile.exposes(source.stage) if source else ():
            number, _, protocol = (exposed.value or "").partition("/")
            if exposed.value is None or (
                number == str(port.target_port) and (protocol or "tcp") == port.protocol.lower()
            ):
                return True
    return False


def _mismatch(port: ServicePort, lacking: list[Workload], is_all: bool, context: Context) -> Report:
    workload = lacking[0]
    template = workload.template
    assert template is not None
    named = isinstance(port.target_port, str)
    first = template.ports[0]
    severity: Severity = context.options["named" if named else "numeric"]
    if not is_all or context.project.links.confidence(port.service, workload) != "exact":
        severity = "warning" if severity == "error" else severity
    written = f'"{port.target_port}"' if named else str(port.target_port)
    is_mixed = any(one.protocol != port.protocol for one in template.ports)
    declared = ", ".join(_port_text(one.name, one.number, one.protocol, is_mixed) for one in template.ports)
    message = (
        f"port {port.label} of {port.service.ref} leads to {port.protocol} port {written}, "
        f"which no container of {workload.ref} declares; declared are {declared}"
    )
    return report(
        port.target_place,
        message,
        related=[Related(first.at(), f"the ports of {workload.ref} start here")],
        severity=severity,
        hint=_hint(port, lacking[0]),
    )


def _port_text(name: str, number: int | None, protocol: str, is_mixed: bool) -> str:
    text = f'{number} ("{name}")' if name else str(number)
    return f"{protocol} port {text}" if is_mixed else text


def _hint(port: ServicePort, workload: Workload) -> str | None:
    ports = workload.template.ports if workload.template else []
    if isinstance(port.target_port, str):
        near = nearest_name(port.target_port, [one.name for one in ports if one.name])
        if near:
            return f"Write targetPort: {near}"
    if len(ports) == 1 and ports[0].protocol == port.protocol:
        return f"Write targetPort: {ports[0].name or ports[0].number}"
    return None


@check("K8S370")
def blue_green_idle_twin(service: Service, context: Context) -> Iterator[Report]:
    project = context.project
    selector = selector_of(service)
    wanted = selector.equalities()
    label = next((name for name in context.options["labels"] if name in wanted), None)
    behind = project.links.pods_behind(service)
    if label is None or len(behind) != 1 or not selector.is_known:
        return
    active = behind[0]
    for twin in project.links.pods_near(service):
        if _differ_only_in(project, label, active, twin) and _runs_idle(project, twin, label):
            value = project.links.pod_labels(twin)[label]
            count = f"{twin.replicas} replica{'s' if twin.replicas != 1 else ''}"
            yield report(
                twin.value_at("spec", "replicas") if twin.sets_replicas else twin.at("metadata", "name"),
                f"{twin.ref} runs {count} with {label}={value}, which no Service selects: "
                f"{service.ref} sends everything to {active.ref}",
                related=[Related(service.at("spec", "selector"), f"selects {label}={wanted[label]}")],
            )


def _differ_only_in(project: Project, label: str, active: Workload, twin: Workload) -> bool:
    ours, theirs = project.links.pod_labels(active), project.links.pod_labels(twin)
    if twin.name == active.name or twin.kind != active.kind or label not in theirs or ours[label] == theirs[label]:
        return False
    return _others(ours, label) == _others(theirs, label) and len(ours) > 1


def _others(labels: Mapping[str, str], label: str) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != label}


def _runs_idle(project: Project, twin: Workload, label: str) -> bool:
    if not twin.replicas or twin.kind == "Rollout" or project.links.services_selecting(twin):
        return False
    value = project.links.pod_labels(twin)[label]
    rules = project.manifests("DestinationRule", "networking.istio.io")
    subsets = (one for rule in rules for one in rule.sequence("spec", "subsets") if isinstance(one, dict))
    routed = (one.get("labels") for one in subsets)
    return not any(isinstance(labels, dict) and labels.get(label) == value for labels in routed)


@check("K8S361")
def service_missing_selector(service: Service, context: Context) -> Iterator[Report]:
    if (
        service.is_external_name
        or service.mapping("spec", "selector")
        or not service.ports
        or looks_like_patch(service)
    ):
        return
    project = context.project
    if (service.name, service.namespace) == ("kubernetes", "default") or _gets_endpoints(service, project):
        return
    if project.gates.are_known(service) and not project.is_patched(service, "spec", "selector"):
        text = f"{service.ref} has no selector, and nothing gives it endpoints"
        yield report(service.at("spec", "selector"), text)


def _gets_endpoints(service: Service, project: Project) -> bool:
    """Tell whether an object with endpoints for the Service may exist, or somebody writes them."""
    if any(project.links.may_exist(kind, service.name, service) for kind in ("Endpoints", "EndpointSlice")):
        return True
    slices = project.manifests("EndpointSlice", "discovery.k8s.io")
    return any(one.labels.get("kubernetes.io/service-name") == service.name for one in slices)


@check("K8S371")
def unnamed_ports(service: Service) -> Iterator[Report]:
    several = len(service.ports) > 1 and not looks_like_patch(service)
    for port in service.ports:
        name = port.get("name")
        if name is None or name == "":
            if several:
                yield report(port.at(), f"port {port.number} of {service.ref} has no name, and there are several ports")
        elif isinstance(name, str) and not has_placeholder(name) and not _DNS_LABEL.fullmatch(name):
            text = f'"{name}" is no name for a port of {service.ref}: lower case letters, digits and hyphens are'
            yield report(port.value_at("name"), text)
