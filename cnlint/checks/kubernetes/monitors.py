"""Monitors of the Prometheus operator: whether there is anything to ask for metrics."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cnlint.checks.kubernetes.no_pods import no_pods
from cnlint.findings import Related, Report, report
from cnlint.graph import gates
from cnlint.graph.apply_sets import do_share
from cnlint.graph.names import nearest_name, typing_distance
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.monitors import Monitor
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.rules import Context, check


@check("K8S368")
def dangling_monitor(monitor: Monitor, context: Context) -> Iterator[Report]:
    if looks_like_patch(monitor) or context.project.is_patched(monitor, "spec"):
        return
    selector = monitor.selector
    for problem in selector.problems:
        text = f"the selector of {monitor.ref} is invalid: {problem.message}"
        yield report(monitor.at("spec", "selector", *problem.path), text)
    if selector.is_empty or monitor.get("spec", "selector") is None:
        if monitor.namespaces == "own":
            what = "Service" if monitor.kind == "ServiceMonitor" else "pod"
            text = f"{monitor.ref} selects every {what} of its namespace"
            yield report(monitor.at("spec", "selector"), text, severity="info")
    elif selector.is_known and not selector.is_absent:
        yield from _services(monitor, context) if monitor.kind == "ServiceMonitor" else _pods(monitor, context)


def _pods(monitor: Monitor, context: Context) -> Iterator[Report]:
    if monitor.namespaces != "own":
        return
    missing = no_pods(monitor, monitor.selector, context, ("spec", "selector"))
    if missing is not None:
        text = f"{monitor.ref} selects {monitor.selector}, and {missing.text}"
        yield report(monitor.at("spec", "selector"), text, related=missing.related, hint=missing.hint)
        return
    found = context.project.links.pods_selected(monitor, monitor.selector)
    templates = [workload.template for workload in found if workload.template is not None]
    if any(not template.ports or context.project.is_patched(template.workload, "spec") for template in templates):
        return
    ports = [port.name for template in templates for port in template.ports]
    yield from _unknown_ports(monitor, [one.workload for one in templates], ports)


def _services(monitor: Monitor, context: Context) -> Iterator[Report]:
    project = context.project
    services = project.links.services_monitored(monitor)
    if services:
        if not any(project.is_patched(service, "spec", "ports") for service in services):
            yield from _unknown_ports(monitor, services, [port.name for one in services for port in one.ports])
        return
    beside = project.links.services_beside(monitor)
    labels = [project.links.service_labels(one) for one in beside]
    if context.options["gate"] == "off" or any(has_placeholder(text) for one in labels for text in one.values()):
        return
    closest = _closest(monitor, beside, context)
    if (closest is not None and closest.is_almost) or _may_be_reported(monitor, beside, context):
        text = f"{monitor.ref} selects {monitor.selector}, and no Service has such labels itself"
        related = [] if closest is None else [closest.related]
        yield report(monitor.at("spec", "selector"), text, related=related)


def _unknown_ports(monitor: Monitor, asked: Iterable[Manifest], names: list[str]) -> Iterator[Report]:
    """Report the ports that a monitor asks and none of those has that it selects."""
    owner = next(iter(asked), None)
    if owner is None or any(map(has_placeholder, names)):
        return
    for path, port in monitor.ports:
        if port not in names and not has_placeholder(port):
            near = nearest_name(port, filter(None, names))
            there = ", ".join(f'"{name}"' for name in dict.fromkeys(filter(None, names))) or "none that has a name"
            text = f'{monitor.ref} asks port "{port}", which {owner.ref} does not have; there is {there}'
            hint = f"Write port: {near}" if near else None
            related = [Related(owner.at("metadata", "name"), f"{monitor.ref} selects it")]
            yield report(monitor.value_at(*path), text, related=related, hint=hint)


class _Closest(NamedTuple):
    """The Service that meets most of a selector."""

    is_almost: bool
    """Whether all that it lacks looks like a typing error."""
    met: int
    """How much of the selector it meets."""
    related: Related


def _closest(monitor: Monitor, services: list[Service], context: Context) -> _Closest | None:
    seen = (_seen(monitor.selector, one, context.project.links.service_labels(one)) for one in services)
    best = max(seen, key=lambda one: (one.is_almost, one.met), default=None)
    return best if best is not None and (best.is_almost or best.met) else None


def _seen(selector: LabelSelector, service: Service, labels: Mapping[str, str]) -> _Closest:
    unmet = selector.unmet(labels)
    is_almost = (
        len(unmet) == 1
        and unmet[0].is_equality
        and bool(typing_distance(unmet[0].values[0], labels.get(unmet[0].key, "")))
    )
    has = [f"{one.key}={labels[one.key]}" if one.key in labels else f"no label {one.key}" for one in unmet]
    related = Related(service.at("metadata", "labels"), f"{service.ref} has {' and '.join(has)}")
    return _Closest(is_almost, len(selector.requirements) - len(unmet), related)


def _may_be_reported(monitor: Monitor, beside: list[Service], context: Context) -> bool:
    """Tell whether it may be said that there is no such Service: some are applied with the monitor."""
    project, wanted = context.project, monitor.namespaces
    if context.options["gate"] == "strict" or project.settings.complete is not None:
        return context.options["gate"] == "strict" or bool(project.settings.complete)
    if wanted == "own":
        return project.may_report_missing(gates.SERVICES, near=monitor)
    # Those of any namespace may be of any repository.
    known = [one for one in beside if wanted != "any" and do_share(wanted, project.namespaces_of(one))]
    return bool(known) and project.may_report_missing(gates.SERVICES, near=known[0])
