"""Readiness, liveness and startup probes."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cnlint.checks.kubernetes.traffic import traffic_to
from cnlint.findings import Place, Related, Report, report
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Container, PodTemplate, Probe
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Ports on which Istio's sidecar answers probes for the application.
_MESH_PORTS = frozenset({15020, 15021})
# Programs that look at a file or a process: they fail only where the application has written that it failed.
_INSTANT = frozenset({"true", "cat", "ls", "test", "[", "pgrep", "pidof"})
_EXPOSED = regex(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/[a-z]+)?")
_DEFAULTED = {"periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1}


@check("K8S230")
def missing_readiness_probe(pod: PodTemplate, context: Context) -> Iterator[Report]:
    served = traffic_to(pod, context)
    if served is None or not _needs_probes(pod):
        return
    containers = _probed_containers(pod)
    unprobed = [container for container in containers if not container.has_probe("readiness")]
    if context.options["per_container"]:
        for container in unprobed:
            yield report(container.at(), f"{container.ref} has no readiness probe", related=served.related)
    elif containers and not any(container.has_probe("readiness") for container in pod.containers):
        container = next((one for one in containers if one.ports), containers[0])
        text = f"{container.ref} has no readiness probe, and {served.reason}"
        yield report(container.at(), text, related=served.related)


@check("K8S231")
def missing_liveness_probe(pod: PodTemplate, context: Context) -> Iterator[Report]:
    served = traffic_to(pod, context)
    if served is None or not _needs_probes(pod):
        return
    kinds = context.options["probe_types"]
    unprobed = [one for one in _probed_containers(pod) if not _has_liveness(one, kinds)]
    if not context.options["per_container"] and len(unprobed) < len(_probed_containers(pod)):
        return
    for container in unprobed if context.options["per_container"] else unprobed[:1]:
        yield report(container.at(), f"{container.ref} has no liveness probe")


def _needs_probes(pod: PodTemplate) -> bool:
    """Tell whether the pod is to run until it is stopped. Knative adds probes by itself."""
    workload = pod.workload
    return not workload.is_fragment and workload.is_long_running and workload.group != "serving.knative.dev"


def _probed_containers(pod: PodTemplate) -> list[Container]:
    return [one for one in pod.containers if one.role == "container" or (one.role == "sidecar" and one.ports)]


def _has_liveness(container: Container, kinds: list[str]) -> bool:
    probe = container.probe("liveness")
    return probe is not None and any(kind in probe.handlers for kind in kinds)


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
    if probe.kind == "liveness":
        yield from _undeclared(_question(probe), context.options)


@check("K8S235")
def startup_port_not_declared(probe: Probe, context: Context) -> Iterator[Report]:
    if probe.kind == "startup":
        yield from _undeclared(_question(probe), context.options)


@check("K8S234")
def readiness_port_not_declared(probe: Probe, context: Context) -> Iterator[Report]:
    exposed = _exposed_ports(probe.container, context)
    # The other rules cannot see what the image exposes, so they are silent where the pod declares nothing.
    if probe.kind == "readiness" or (exposed and not probe.container.pod.ports):
        yield from _undeclared(_question(probe), context.options, exposed)


@check("K8S234")
def hook_port_not_declared(container: Container, context: Context) -> Iterator[Report]:
    for hook in ("postStart", "preStop"):
        path = ("lifecycle", hook, "httpGet")
        port = container.get(*path, "port")
        if isinstance(port, int | str) and not isinstance(port, bool) and not container.string(*path, "host"):
            question = _Question(f"{hook} hook of {container.ref}", container, port, container.value_at(*path, "port"))
            yield from _undeclared(question, context.options, _exposed_ports(container, context))


class _Question(NamedTuple):
    """Something that the kubelet asks a container on a port."""

    ref: str
    container: Container
    port: int | str | None
    place: Place


def _question(probe: Probe) -> _Question:
    return _Question(probe.ref, probe.container, None if probe.host else probe.port, probe.port_place)


def _undeclared(
    question: _Question, options: Mapping[str, Any], exposed: frozenset[int] = frozenset()
) -> Iterator[Report]:
    container, port = question.container, question.port
    if container.is_fragment or port is None or port == "":
        return
    declared = [port for port in container.pod.ports if port.protocol == "TCP"]
    related = [Related(container.at("ports"), "the declared ports")] if container.ports else []
    if isinstance(port, str) and not (port.isdecimal() and len(port) < 6):
        if all(one.name != port or one.container is not container for one in declared) and not has_placeholder(port):
            text = f'{question.ref} asks port "{port}", and the container has no TCP port of that name'
            yield report(question.place, text, severity="error", related=related)
        return
    # A port works undeclared, so a pod that declares none at all is not one that forgot this port.
    if not options["numeric"] or not (declared or exposed or options["portless"]):
        return
    number = int(port)
    known = {one.number for one in declared} | exposed | _MESH_PORTS
    if number not in known and number not in _environment_ports(container):
        nor = ", and its image does not expose" if exposed else ""
        yield report(
            question.place, f"{question.ref} asks port {number}, which no container declares{nor}", related=related
        )


def _environment_ports(container: Container) -> set[int]:
    """Give the ports that variables such as ``PORT`` tell the application to listen on."""
    values = (one.literal or "" for one in container.env if one.name.upper().endswith("PORT"))
    return {int(value) for value in values if value.isdecimal() and len(value) < 6}


def _exposed_ports(container: Container, context: Context) -> frozenset[int]:
    """Give the ports that the Dockerfile of the image exposes; none where that is not known."""
    source = context.project.links.dockerfile_of(container)
    if source is None or source.stage is None:
        return frozenset()
    ports: set[int] = set()
    for word in source.dockerfile.exposes(source.stage):
        match = _EXPOSED.fullmatch(word.value or "")
        if match is None:
            return frozenset()
        ports.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return frozenset(ports)


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
