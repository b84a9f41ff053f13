"""Routes of VirtualServices: the weights of their destinations, their timeouts and retries."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnlint.checks.istio.wording import listed
from cnlint.findings import Fix, Related, Report, report
from cnlint.manifests.hosts import parse_host
from cnlint.manifests.istio import Destination, HttpRoute, Route, RouteDestination
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.mapping_edits import add_key, remove_key
from cnlint.manifests.services import ServicePort
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.graph.project import Project

_WHOLE = 100
_TIMEOUT_VARIABLE = "ISTIO_DEFAULT_REQUEST_TIMEOUT"


@check("IST201")
def route_weights_not_100(route: Route, context: Context) -> Iterator[Report]:
    wanted = context.options["weight_total"]
    weights = _weights(route)
    if weights is None or len(weights) < 2 or min(weights) < 0 or not wanted:
        return
    total = sum(weights)
    if total not in (0, wanted):
        written = [f"{weight} ({_name(entry)})" for entry, weight in zip(route.destinations, weights, strict=True)]
        text = f"the weights of {route.ref} are {listed(written)}, which add up to {total} and not to {wanted}"
        yield report(route.at("route"), text)


@check("IST202")
def zero_total_route_weight(route: Route) -> Iterator[Report]:
    for index, item in enumerate(route.sequence("route")):
        if item is None:
            text = f"destination {index + 1} of {route.ref} is empty"
            yield report(route.at("route", index), text, hint="Delete the empty item, or write its destination")
    weights = _weights(route)
    if weights is None:
        return
    for entry, weight in zip(route.destinations, weights, strict=True):
        if weight < 0:
            text = f"destination {_name(entry)} of {route.ref} has the negative weight {weight}"
            yield report(entry.value_at("weight"), text)
    if len(weights) > 1 and not any(weights):
        has_any = any(entry.sets_weight for entry in route.destinations)
        what = "only weights of 0" if has_any else "no weights, so these add up to 0"
        yield report(route.at("route"), f"the {len(weights)} destinations of {route.ref} have {what}")


@check("IST203")
def single_destination_weight(route: Route) -> Iterator[Report]:
    if len(route.sequence("route")) != 1 or not route.destinations:
        return
    [entry] = route.destinations
    weight = entry.weight
    if not entry.sets_weight or weight is None or weight < 0 or weight == _WHOLE:
        return
    edits = remove_key(entry, ("weight",))
    yield report(
        entry.at("weight"),
        f"the weight {weight} of the only destination of {route.ref} is ignored: it gets everything",
        fixes=[Fix("delete the weight", edits, safe=True)] if edits else [],
    )


@check("IST204")
def duplicate_route_destination(route: Route, context: Context) -> Iterator[Report]:
    domain = str(context.settings.extra.get("cluster_domain") or "cluster.local")
    seen: dict[object, RouteDestination] = {}
    for entry in route.destinations:
        destination = entry.destination
        if not destination.host:
            continue
        key = (_resolved(destination, domain), destination.subset, destination.port, str(entry.get("headers")))
        first = seen.setdefault(key, entry)
        if first is not entry:
            yield report(
                entry.at(),
                f"{route.ref} names {destination.label} twice{_both_weights(first, entry)}",
                related=[Related(first.at(), "named first here")],
            )


@check("IST205")
def destination_without_weight(route: Route) -> Iterator[Report]:
    weights = _weights(route)
    if weights is None or len(weights) < 2 or sum(weights) == _WHOLE:
        return
    if not any(entry.sets_weight for entry in route.destinations):
        return
    for entry in route.destinations:
        if not entry.sets_weight:
            edits = add_key(entry, (), "weight: 0")
            yield report(
                entry.at(),
                f"destination {_name(entry)} of {route.ref} has no weight and so gets nothing, unlike its neighbours",
                fixes=[Fix("write weight: 0", edits, safe=True)] if edits else [],
            )


@check("IST237")
def route_without_timeout(route: HttpRoute, context: Context) -> Iterator[Report]:
    if route.get("timeout") is None and _waits_for_answers(route, context.project):
        if _has_default_timeout(context.project):
            return
        yield report(route.at(), f"{route.ref} has no timeout: a request{_to_hosts(route)} may wait for ever")


@check("IST238")
def route_without_retries(route: HttpRoute, context: Context) -> Iterator[Report]:
    if route.get("retries") is None and _waits_for_answers(route, context.project):
        if _has_default_retries(context.project):
            return
        yield report(route.at(), f"{route.ref} does not say how often a request{_to_hosts(route)} is tried again")


def _weights(route: Route) -> list[int] | None:
    """Give the weights of all destinations, 0 where none is written; ``None`` if one cannot be read."""
    weights = [entry.weight for entry in route.destinations]
    known = [weight for weight in weights if weight is not None]
    return known if len(known) == len(route.sequence("route")) else None


def _name(entry: RouteDestination) -> str:
    """Name a destination within its route."""
    destination = entry.destination
    if destination.subset:
        return f'"{destination.subset}"'
    return f'"{destination.host}"' if destination.host else str(entry.index + 1)


def _both_weights(first: RouteDestination, second: RouteDestination) -> str:
    if not first.weight or not second.weight:
        return ""
    return f", with weights {first.weight} and {second.weight}"


def _resolved(destination: Destination, domain: str) -> tuple[str, str]:
    """Give what tells hosts apart. Istio completes names without a dot only, with the object's namespace."""
    host = parse_host(destination.host, domain)
    if host.form in ("short", "full"):
        return host.name, host.namespace or destination.route.service.namespace
    return destination.host.rstrip("."), "."


def _to_hosts(route: HttpRoute) -> str:
    hosts = dict.fromkeys(entry.destination.host for entry in route.destinations if entry.destination.host)
    names = [f'"{host}"' for host in hosts]
    return f" to {listed(names, 'or')}" if names else ""


def _waits_for_answers(route: HttpRoute, project: "Project") -> bool:
    """Tell whether a route forwards requests with one answer each, by its own rules.

    What another VirtualService delegates may get timeouts and retries from there.
    """
    service = route.service
    if not route.forwards or not service.hosts or route.matches_streams or project.is_patched(service, "spec", "http"):
        return False
    return not any(_leads_to_streams(entry.destination, project) for entry in route.destinations)


def _leads_to_streams(destination: Destination, project: "Project") -> bool:
    service = project.links.service_of_host(destination.host, destination.route.service)
    if service is None:
        return False
    ports = service.ports
    if destination.port is not None:
        ports = [port for port in ports if port.number == destination.port]
    return bool(ports) and all(map(_carries_streams, ports))


def _carries_streams(port: ServicePort) -> bool:
    protocol = port.app_protocol or port.name
    return protocol.startswith("grpc") or protocol in ("kubernetes.io/ws", "kubernetes.io/wss")


def _has_default_timeout(project: "Project") -> bool:
    for mesh in project.manifests("IstioOperator", "install.istio.io"):
        variables = mesh.sequence("spec", "components", "pilot", "k8s", "env")
        if any(isinstance(item, dict) and item.get("name") == _TIMEOUT_VARIABLE for item in variables):
            return True
    return any(_TIMEOUT_VARIABLE in mesh.mapping("spec", "values", "pilot", "env") for mesh in _meshes(project))


def _has_default_retries(project: "Project") -> bool:
    field = "defaultHttpRetryPolicy"
    for mesh in _meshes(project):
        if field in mesh.mapping("spec", "meshConfig") or field in mesh.mapping("spec", "values", "meshConfig"):
            return True
    # Of a ConfigMap the project keeps no more than the keys.
    files = {one.document.path for one in project.find_all("ConfigMap", "istio", group="") if one.mapping("data")}
    return any(field in (project.read_text(file) or "") for file in files)


def _meshes(project: "Project") -> tuple[Manifest, ...]:
    """Give the objects by which operators install Istio."""
    return (*project.manifests("IstioOperator", "install.istio.io"), *project.manifests("Istio", "sailoperator.io"))
