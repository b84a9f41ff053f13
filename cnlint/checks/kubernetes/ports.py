"""Ports of containers and Services: their names and numbers, and what of them may not be there twice."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from cnlint.findings import Related, Report, report
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service, ServicePort
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import HANDLERS, Container, ContainerPort, PodTemplate, Probe
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# https://www.rfc-editor.org/rfc/rfc6335#section-5.1
_PORT_NAME = regex(r"(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 15
_RANGE = regex(r"([0-9]{1,5})-([0-9]{1,5})")
_LAST_PORT = 65535
# The schema speaks of numbers beyond these.
_INT32 = range(-(2**31), 2**31)


_Port = TypeVar("_Port", ContainerPort, ServicePort)


# Names.


@check("K8S121")
def invalid_container_port_name(container: Container) -> Iterator[Report]:
    for port in container.ports:
        problem = _name_problem(port.name)
        if problem:
            yield report(port.value_at("name"), f'port name "{port.name}" of {container.ref} {problem}')


@check("K8S121")
def invalid_target_port_name(service: Service) -> Iterator[Report]:
    for port in service.ports:
        target = port.string("targetPort")
        problem = _name_problem(target)
        if problem:
            is_number = target.isdecimal() and target.isascii()
            hint = f"Write {target} without quotes" if is_number else None
            text = f'target port "{target}" of {service.ref} {problem}'
            yield report(port.value_at("targetPort"), text, hint=hint)


def _name_problem(name: str) -> str:
    """Say what makes a text no name of a port; empty when it is one, or nobody can tell."""
    if not name or has_placeholder(name) or (len(name) <= _LONGEST_NAME and _PORT_NAME.fullmatch(name)):
        return ""
    if len(name) > _LONGEST_NAME:
        return f"is {len(name)} characters long, and {_LONGEST_NAME} are allowed"
    if name.isascii() and name.isdecimal():
        return "is a text without a letter, so it is neither a name nor a number"
    if name != name.lower():
        return "has upper-case letters"
    wrong = next((letter for letter in name if not (letter.isascii() and (letter.isalnum() or letter == "-"))), "")
    if wrong:
        return f'has the character "{wrong}"; only letters, digits and dashes are allowed'
    if not any(letter.isalpha() for letter in name):
        return "has no letter"
    return "has a dash at an end, or two in a row"


# Numbers.


@check("K8S122")
def container_port_out_of_range(container: Container) -> Iterator[Report]:
    for port in container.ports:
        # A container port of 0 is none, which K8S123 says; a host port of 0 is one that is not set.
        for field in ("containerPort", "hostPort"):
            if port.integer(field) != 0:
                yield from _out_of_range(port, (field,), f"{field} of {container.ref}")
    for hook in container.mapping("lifecycle"):
        for handler in HANDLERS:
            path = ("lifecycle", hook, handler, "port")
            yield from _out_of_range(container, path, f"the port of the {hook} hook of {container.ref}")


@check("K8S122")
def probe_port_out_of_range(probe: Probe) -> Iterator[Report]:
    for handler in probe.handlers:
        yield from _out_of_range(probe, (handler, "port"), f"the port of the {probe.ref}")


@check("K8S122")
def service_port_out_of_range(service: Service, context: Context) -> Iterator[Report]:
    match = _RANGE.fullmatch(context.options["node_port_range"])
    for port in service.ports:
        yield from _out_of_range(port, ("port",), f"port of {service.ref}")
        # The API server takes 0 for a number that is not set.
        for field in ("targetPort", "nodePort"):
            if port.integer(field) != 0:
                yield from _out_of_range(port, (field,), f"{field} of {service.ref}")
        number = port.integer("nodePort")
        if match is None or number is None or not 0 < number <= _LAST_PORT:
            continue
        if not int(match[1]) <= number <= int(match[2]):
            text = f"nodePort of {service.ref} is {number}, outside of the range {match[1]} to {match[2]}"
            hint = "Take a port of the range, or set node-port-range to that of your API server"
            yield report(port.value_at("nodePort"), text, severity="warning", hint=hint)


def _out_of_range(view: View, path: Path, what: str) -> Iterator[Report]:
    number = view.integer(*path)
    if number is not None and number in _INT32 and not 0 < number <= _LAST_PORT:
        yield report(view.value_at(*path), f"{what} is {number}; ports go from 1 to {_LAST_PORT}")


@check("K8S123")
def missing_container_port(container: Container) -> Iterator[Report]:
    for port in container.ports:
        written = port.get("containerPort")
        if "$patch" in port.mapping() or (written is None and container.is_fragment):
            continue
        if written is None or (written == 0 and not isinstance(written, bool)):
            name = f'port "{port.name}"' if port.name else f"port {port.index + 1}"
            has = "has no containerPort" if written is None else "has containerPort 0, which is none"
            yield report(port.at(), f"{name} of {container.ref} {has}")


# What may not be there twice.


@check("K8S124")
def duplicate_container_port_name(pod: PodTemplate) -> Iterator[Report]:
    for container in pod.containers:
        for port, first in _repeated_names(container.ports):
            text = f'{container.ref} has two ports with the name "{port.name}"'
            yield report(port.value_at("name"), text, related=[_first(first, "name")])
    first_ports: dict[str, ContainerPort] = {}
    for container in pod.running_containers:
        for port in container.ports:
            first = first_ports.setdefault(port.name, port)
            # Of ports with the same number, K8S125 says what is worse.
            if port.name and first.container is not container and _listens_on(first) != _listens_on(port):
                yield from _shared_name(port, first)


def _shared_name(port: ContainerPort, first: ContainerPort) -> Iterator[Report]:
    if has_placeholder(port.name):
        return
    text = f'port name "{port.name}" of {port.container.ref} is also one of {first.container.ref}'
    hint = "Rename the port: what refers to it by name finds the first container only"
    related = [_first(first, "name")]
    yield report(port.value_at("name"), text, severity="warning", hint=hint, related=related)


@check("K8S124")
def duplicate_service_port_name(service: Service) -> Iterator[Report]:
    for port, first in _repeated_names(service.ports):
        text = f'{service.ref} has two ports with the name "{port.name}"'
        yield report(port.value_at("name"), text, related=[_first(first, "name")])


def _repeated_names(ports: Iterable[_Port]) -> Iterator[tuple[_Port, _Port]]:
    """Yield each port with the first one of the same name."""
    seen: dict[str, _Port] = {}
    for port in ports:
        if port.name and not has_placeholder(port.name):
            first = seen.setdefault(port.name, port)
            if first is not port:
                yield port, first


@check("K8S125")
def conflicting_container_ports(pod: PodTemplate) -> Iterator[Report]:
    first_ports: dict[tuple[int, str], ContainerPort] = {}
    for container in pod.containers:
        own: dict[tuple[int, str], ContainerPort] = {}
        for port in container.ports:
            key = _listens_on(port)
            if key is None:
                continue
            first = own.get(key) or first_ports.get(key)
            own.setdefault(key, port)
            if first is not None and not _is_of_other_address(port, first):
                yield from _conflict(port, first)
        # Init containers are done before the others start.
        if container.runs_with_pod:
            first_ports = own | first_ports


def _listens_on(port: ContainerPort | ServicePort) -> tuple[int, str] | None:
    return (port.number, port.protocol) if port.number else None


def _is_of_other_address(port: ContainerPort, first: ContainerPort) -> bool:
    """Tell whether two entries offer one port on two addresses, or by two ports, of the node."""
    ours, theirs = ((one.get("hostIP"), one.get("hostPort")) for one in (port, first))
    return port.container is first.container and ours != theirs


def _conflict(port: ContainerPort, first: ContainerPort) -> Iterator[Report]:
    what = f"{port.protocol} port {port.number}"
    if port.container is not first.container:
        text = f"{port.container.ref} listens on {what}, as {first.container.ref} does, and they share one network"
    elif port.name and port.name == first.name:
        # K8S124 says it.
        return
    else:
        text = f"{port.container.ref} lists {what} twice"
    yield report(port.value_at("containerPort"), text, related=[_first(first, "containerPort")])


@check("K8S125")
def conflicting_service_ports(service: Service) -> Iterator[Report]:
    seen: dict[tuple[int, str], ServicePort] = {}
    for port in service.ports:
        key = _listens_on(port)
        if key is None:
            continue
        first = seen.setdefault(key, port)
        if first is not port and not (port.name and port.name == first.name):
            text = f"{service.ref} has {port.protocol} port {port.number} twice"
            yield report(port.value_at("port"), text, severity="error", related=[_first(first, "port")])


def _first(port: ContainerPort | ServicePort, field: str) -> Related:
    return Related(port.value_at(field), "the first one")
