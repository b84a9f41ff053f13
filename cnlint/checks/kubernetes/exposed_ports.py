"""Ports of containers that are open to more than they should be, or want privileges."""

from collections.abc import Iterator

from cnlint.findings import Fix, Related, Report, report
from cnlint.graph.selections import matching_ports
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.services import Service, ServicePort
from cnlint.manifests.workloads import Container, ContainerPort
from cnlint.rules import Context, check

# More workloads than this behind one Service are copies of each other.
_MOST_WORKLOADS = 50


@check("K8S277")
def host_port(container: Container, context: Context) -> Iterator[Report]:
    for port in container.ports:
        number = port.integer("hostPort")
        if not number or (container.pod.host_network and number == port.number):
            continue
        if container.runs_image(context.options["exempt_images"]):
            return
        allowed = context.options["allowed_range"]
        has_range = len(allowed) == 2
        if has_range and allowed[0] <= number <= allowed[1]:
            continue
        edits = remove_key(port, ("hostPort",))
        fixes = [Fix("delete hostPort", edits)] if edits else []
        outside = f", which is not in the range from {allowed[0]} to {allowed[1]}" if has_range else ""
        yield report(
            port.value_at("hostPort"), f"{container.ref} takes port {number} of its node{outside}", fixes=fixes
        )


@check("K8S283")
def privileged_container_port(container: Container) -> Iterator[Report]:
    for port in container.ports:
        if port.number is not None and 0 < port.number < 1024:
            text = f"{container.ref} listens on the privileged port {port.number}"
            yield report(port.value_at("containerPort"), text)


@check("K8S284")
def exposed_ssh_port(container: Container, context: Context) -> Iterator[Report]:
    ports = [port for port in container.ports if _is_ssh(port, context)]
    if not ports or container.runs_image(context.options["exempt_images"]):
        return
    services = context.project.links.services_selecting(container.workload)
    for port in ports:
        leading = [
            Related(one.at(), f"{service.ref} leads to it")
            for service in services[:5]
            for one in service.ports
            if _leads_to(one, port)
        ]
        text = f"{container.ref} offers {port.protocol} port {port.number}, the port of SSH"
        yield report(port.value_at("containerPort"), text, related=leading)


def _leads_to(port: ServicePort, other: ContainerPort) -> bool:
    return port.protocol == other.protocol and port.target_port in (other.number, other.name or None)


@check("K8S284")
def service_to_ssh(service: Service, context: Context) -> Iterator[Report]:
    ports = [port for port in service.ports if port.protocol == "TCP" and _may_lead_to_ssh(port, context)]
    workloads = context.project.links.pods_behind(service)[:_MOST_WORKLOADS] if ports else ()
    exempt = context.options["exempt_images"]
    if not workloads or any(container.runs_image(exempt) for one in workloads for container in one.containers):
        return
    for port in ports:
        # What the pods declare is reported there.
        if not any(_is_ssh(target, context) for one in workloads for target in matching_ports(one, port)):
            workload = workloads[0]
            text = f"port {port.label} of {service.ref} leads to {_target(port)} of {workload.ref}, a port of SSH"
            related = [Related(workload.at("metadata", "name"), f"the pods of {workload.ref} are behind the Service")]
            yield report(port.target_place, text, related=related)


def _is_ssh(port: ContainerPort, context: Context) -> bool:
    return f"{port.number}/{port.protocol}" in context.options["ports"]


def _may_lead_to_ssh(port: ServicePort, context: Context) -> bool:
    numbers = context.options["service_ports"]
    if port.number is None or port.target_port is None:
        return False
    return port.number in numbers or port.target_port in numbers


def _target(port: ServicePort) -> str:
    target = port.target_port
    return f'port "{target}"' if isinstance(target, str) else f"port {target}"
