"""Readiness, liveness and startup probes."""

import os
from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.workloads import Container, Probe, ProbeKind
from cnlint.rules import Context, check

# Ports on which Istio's sidecar answers probes for the application.
_MESH_PORTS = frozenset({15020, 15021})
# Programs that look at a file or a process: they fail only where the application has written that it failed.
_INSTANT = frozenset({"true", "cat", "ls", "test", "[", "pgrep", "pidof"})
_DEFAULTED = {"periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1}


@check("K8S232")
def identical_probes(container: Container, context: Context) -> Iterator[Report]:
    readiness, liveness = container.probe("readiness"), container.probe("liveness")
    if container.workload.is_job or readiness is None or liveness is None:
        return
    if liveness.action is None or liveness.action != readiness.action:
        return
    if context.options["lenient"] and _fails_later(liveness, readiness):
        return
    yield report(
        container.key_at("livenessProbe"),
        f"liveness and readiness probe of {container.ref} are the same: what is not ready is restarted",
        related=[Related(container.key_at("readinessProbe"), "the readiness probe")],
    )


def _fails_later(liveness: Probe, readiness: Probe) -> bool:
    later = liveness.failure_budget > readiness.failure_budget
    return later and liveness.initial_delay >= readiness.initial_delay


@check("K8S233")
def liveness_port_not_declared(probe: Probe, context: Context) -> Iterator[Report]:
    yield from _port_not_declared(probe, "liveness", context)


@check("K8S235")
def startup_port_not_declared(probe: Probe, context: Context) -> Iterator[Report]:
    yield from _port_not_declared(probe, "startup", context)


def _port_not_declared(probe: Probe, kind: ProbeKind, context: Context) -> Iterator[Report]:
    if probe.kind != kind or probe.container.is_fragment or probe.host:
        return
    yield from undeclared_port(probe, context)


def undeclared_port(probe: Probe, context: Context) -> Iterator[Report]:
    container, port = probe.container, probe.port
    if isinstance(port, str) and not port.isdecimal():
        if port and not _declares_name(container, port):
            text = f'{probe.ref} asks port "{port}", and the container has no TCP port of that name'
            yield report(probe.port_place, text, severity="error", related=_ports(container))
        return
    number = probe.resolved_port
    if number is None or number in _MESH_PORTS or not context.options["numeric"]:
        return
    declared = [port for port in container.pod.ports if port.protocol == "TCP"]
    # A port works undeclared, so a pod that declares none at all is not one that forgot this port.
    if not declared and not context.options["portless"]:
        return
    if all(port.number != number for port in declared):
        text = f"{probe.ref} asks port {number}, which no container of the pod declares"
        yield report(probe.port_place, text, related=_ports(container))


def _declares_name(container: Container, name: str) -> bool:
    return any(port.name == name and port.protocol == "TCP" for port in container.ports)


def _ports(container: Container) -> list[Related]:
    return [Related(container.at("ports"), "the declared ports")] if container.ports else []


@check("K8S236")
def liveness_before_startup(probe: Probe, context: Context) -> Iterator[Report]:
    if probe.kind != "liveness" or probe.container.has_probe("startup") or probe.initial_delay >= 5:
        return
    budget = probe.failure_budget
    if not probe.handler or _is_instant(probe) or budget >= context.options["min_start_budget_seconds"]:
        return
    yield report(
        probe.container.key_at("livenessProbe"),
        f"{probe.ref} restarts it when it takes longer than {probe.initial_delay + budget} s to start",
    )


def _is_instant(probe: Probe) -> bool:
    command = probe.sequence("exec", "command")
    return bool(command) and os.path.basename(str(command[0])) in _INSTANT


@check("K8S237")
def long_initial_delay(probe: Probe, context: Context) -> Iterator[Report]:
    if probe.kind == "startup" or probe.container.has_probe("startup"):
        return
    if probe.initial_delay > context.options["max_initial_delay"]:
        text = f"{probe.ref} waits {probe.initial_delay} s before its first try"
        yield report(probe.value_at("initialDelaySeconds"), text)


@check("K8S238")
def hair_trigger_liveness(probe: Probe) -> Iterator[Report]:
    if probe.kind != "liveness":
        return
    if probe.get("failureThreshold") == 1:
        text = f"{probe.ref} restarts it after a single failure"
        yield report(probe.value_at("failureThreshold"), text)
    if probe.timeout > probe.period:
        text = f"{probe.ref} has a timeout of {probe.timeout} s, longer than its period of {probe.period} s"
        yield report(probe.value_at("timeoutSeconds"), text)
    if probe.period == 1:
        yield report(probe.value_at("periodSeconds"), f"{probe.ref} runs every second")


@check("K8S239")
def invalid_probe(probe: Probe) -> Iterator[Report]:
    handlers = probe.handlers
    if not handlers and not probe.container.is_patch:
        text = f"{probe.ref} has no handler: one of exec, httpGet, tcpSocket and grpc is needed"
        yield report(probe.key_at(), text)
    if len(handlers) > 1:
        yield report(probe.key_at(handlers[1]), f"{probe.ref} has {len(handlers)} handlers, {' and '.join(handlers)}")
    for field, default in _DEFAULTED.items():
        yield from _invalid_number(probe, field, default)
    if probe.kind != "readiness" and probe.success_threshold > 1:
        text = f"{probe.ref} has successThreshold {probe.success_threshold}, and only 1 is allowed"
        yield report(probe.value_at("successThreshold"), text)
    path = probe.string("httpGet", "path")
    if path and not path.startswith(("/", "$", "{")):
        text = f'{probe.ref} asks path "{path}", which does not start with "/"'
        yield report(probe.value_at("httpGet", "path"), text, severity="warning")


def _invalid_number(probe: Probe, field: str, default: int) -> Iterator[Report]:
    number = probe.integer(field)
    if number is None or number > 0:
        return
    if number == 0:
        text = f"{probe.ref} has {field} 0, which the API server takes for its default, {default}"
        yield report(probe.value_at(field), text, severity="warning")
    else:
        yield report(probe.value_at(field), f"{probe.ref} has {field} {number}, and it must be above 0")


@check("K8S240")
def probe_on_init_container(container: Container) -> Iterator[Report]:
    if container.role != "init":
        return
    for field in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"):
        if container.get(field) is not None:
            text = f"{container.ref} has a {field}, which only containers that run with the pod may have"
            yield report(container.key_at(field), text)


@check("K8S241")
def liveness_checks_dependencies(probe: Probe, context: Context) -> Iterator[Report]:
    if probe.kind != "liveness":
        return
    path = probe.http_path.partition("?")[0].rstrip("/").lower()
    if path.rpartition("/")[2] in context.options["paths"] or path in context.options["paths"]:
        text = f'{probe.ref} asks "{probe.http_path}", by its name a check of readiness'
        yield report(probe.value_at("httpGet", "path"), text)
