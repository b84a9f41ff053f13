"""Istio objects: routes and their destinations, destination rules and their subsets, gateways and policies."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from cnlint.manifests.kubernetes import Manifest, mappings, string_map
from cnlint.manifests.labels import ABSENT, LabelSelector
from cnlint.manifests.view import Path, View

Protocol = Literal["http", "tls", "tcp"]

# Where each kind keeps the labels of the pods that it is about.
_SELECTORS: dict[str, Path] = {
    "Gateway": ("spec", "selector"),
    "ServiceEntry": ("spec", "workloadSelector", "labels"),
    "Sidecar": ("spec", "workloadSelector", "labels"),
    "EnvoyFilter": ("spec", "workloadSelector", "labels"),
    "DestinationRule": ("spec", "workloadSelector", "matchLabels"),
}
_POLICY_SELECTOR = ("spec", "selector", "matchLabels")


class IstioObject(Manifest):
    """An object of any of Istio's kinds."""

    target = "istio-object"

    @property
    def pod_selector(self) -> LabelSelector:
        """The labels of the pods that the object is about; absent where it is about all pods, or about none."""
        path = _SELECTORS.get(self.kind, _POLICY_SELECTOR)
        return LabelSelector.of_map(self.get(*path)) if self.mapping(*path) else ABSENT

    @property
    def export_to(self) -> tuple[str, ...]:
        """The namespaces that see the object: names, ``.`` for its own, ``*`` for all, as where none are written."""
        written = tuple(one for one in self.sequence("spec", "exportTo") if isinstance(one, str))
        return written or ("*",)


class Gateway(IstioObject):
    """A Gateway of Istio (not of the Gateway API)."""

    target = "gateway"


class ServiceEntry(IstioObject):
    """A ServiceEntry: hosts that the mesh knows besides the Services of the cluster."""

    target = "service-entry"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, as written."""
        return tuple(one for one in self.sequence("spec", "hosts") if isinstance(one, str))


class Sidecar(IstioObject):
    """A Sidecar: what the proxies of some pods know and listen to."""

    target = "sidecar"


class EnvoyFilter(IstioObject):
    """An EnvoyFilter."""

    target = "envoy-filter"


class WorkloadEntry(IstioObject):
    """A WorkloadEntry: a machine outside of the cluster that takes part in the mesh."""

    target = "workload-entry"

    @property
    def workload_labels(self) -> dict[str, str]:
        """The labels by which Services and subsets select it."""
        return string_map(self, "spec", "labels")


class WorkloadGroup(IstioObject):
    """A WorkloadGroup: the template of WorkloadEntries."""

    target = "workload-group"

    @property
    def workload_labels(self) -> dict[str, str]:
        """The labels that its WorkloadEntries get."""
        return string_map(self, "spec", "metadata", "labels")


class AuthorizationPolicy(IstioObject):
    """An AuthorizationPolicy."""

    target = "authorization-policy"


class PeerAuthentication(IstioObject):
    """A PeerAuthentication."""

    target = "peer-authentication"


class RequestAuthentication(IstioObject):
    """A RequestAuthentication."""

    target = "request-authentication"


class Telemetry(IstioObject):
    """A Telemetry."""

    target = "telemetry"


class Destination(View):
    """Where a route or a mirror sends requests: a host, and of it perhaps a subset and a port."""

    target = "destination"

    def __init__(self, route: "Route", path: Path) -> None:
        super().__init__(route.document, (*route.path, *path))
        self.route = route
        self.is_mirror = path[0] in ("mirror", "mirrors")

    @property
    def host(self) -> str:
        """The host, as written."""
        return self.string("host")

    @property
    def subset(self) -> str:
        """The subset; empty where none is named."""
        return self.string("subset")

    @property
    def port(self) -> int | None:
        """The number of the port; ``None`` where none can be read."""
        return self.integer("port", "number")

    @property
    def label(self) -> str:
        """The destination as messages name it: ``subset "v1" of host "orders"``."""
        host = f'host "{self.host}"' if self.port is None else f'port {self.port} of host "{self.host}"'
        return f'subset "{self.subset}" of {host}' if self.subset else host


class RouteDestination(View):
    """One of the destinations that a route shares requests out to, with its weight."""

    target = "route-destination"

    def __init__(self, route: "Route", index: int) -> None:
        super().__init__(route.document, (*route.path, "route", index))
        self.route = route
        self.index = index

    @cached_property
    def destination(self) -> Destination:
        """Where it leads."""
        return Destination(self.route, ("route", self.index, "destination"))

    @property
    def sets_weight(self) -> bool:
        """Whether a weight is written."""
        return self.get("weight") is not None

    @property
    def weight(self) -> int | None:
        """The weight, 0 where none is written; ``None`` where it cannot be read."""
        return self.integer("weight") if self.sets_weight else 0


class Route(View):
    """An entry of ``http``, ``tls`` or ``tcp`` of a VirtualService."""

    target = "route"
    protocol: Protocol

    def __init__(self, service: "VirtualService", index: int) -> None:
        super().__init__(service.document, (*service.path, "spec", self.protocol, index))
        self.service = service
        self.index = index

    @property
    def ref(self) -> str:
        """The route as messages name it: ``http route "reviews" of VirtualService "shop"``; by its index, unnamed."""
        name = self.string("name")
        own = f'{self.protocol} route "{name}"' if name else f"{self.protocol}[{self.index}]"
        return f"{own} of {self.service.ref}"

    @cached_property
    def destinations(self) -> list[RouteDestination]:
        """What requests are shared out to; entries that are no mappings are left out."""
        return [RouteDestination(self, index) for index, _ in mappings(self, "route")]

    @property
    def mirrors(self) -> list[Destination]:
        """Where copies of the requests go."""
        return []

    def parts(self) -> Iterator[View]:
        """Yield the entries of destinations, and all destinations."""
        for entry in self.destinations:
            yield entry
            if isinstance(entry.get("destination"), dict):
                yield entry.destination
        yield from self.mirrors


class HttpRoute(Route):
    """A route of HTTP requests."""

    target = "http-route"
    protocol = "http"

    @property
    def forwards(self) -> bool:
        """Whether the route sends requests on: it neither answers them itself nor leaves them to another object."""
        return bool(self.destinations) and not any(
            self.get(field) is not None for field in ("redirect", "directResponse", "delegate")
        )

    @cached_property
    def mirrors(self) -> list[Destination]:
        """Where copies of the requests go: ``mirror`` and ``mirrors``."""
        paths: list[Path] = [("mirror",)] if isinstance(self.get("mirror"), dict) else []
        paths += [
            ("mirrors", index, "destination")
            for index, item in mappings(self, "mirrors")
            if isinstance(item.get("destination"), dict)
        ]
        return [Destination(self, path) for path in paths]

    @property
    def matches_streams(self) -> bool:
        """Whether a match asks for gRPC or WebSocket requests, which may last as long as both sides like."""
        for index, _ in mappings(self, "match"):
            for name, wanted in self.mapping("match", index, "headers").items():
                texts = [str(text) for text in wanted.values()] if isinstance(wanted, dict) else []
                header = str(name).casefold()
                if header == "upgrade" or (header == "content-type" and any("grpc" in text for text in texts)):
                    return True
        return False


class TlsRoute(Route):
    """A route of TLS connections, chosen by the name that the client asks for."""

    target = "tls-route"
    protocol = "tls"


class TcpRoute(Route):
    """A route of TCP connections."""

    target = "tcp-route"
    protocol = "tcp"


class VirtualService(IstioObject):
    """A VirtualService: how requests for some hosts are routed."""

    target = "virtual-service"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that are routed, as written; none for one that others delegate to."""
        return tuple(one for one in self.sequence("spec", "hosts") if isinstance(one, str))

    @cached_property
    def http_routes(self) -> list[HttpRoute]:
        """The routes of HTTP requests."""
        return [HttpRoute(self, index) for index, _ in mappings(self, "spec", "http")]

    @cached_property
    def routes(self) -> list[Route]:
        """All routes: of HTTP requests, of TLS and of TCP connections."""
        tls = [TlsRoute(self, index) for index, _ in mappings(self, "spec", "tls")]
        tcp = [TcpRoute(self, index) for index, _ in mappings(self, "spec", "tcp")]
        return [*self.http_routes, *tls, *tcp]

    @property
    def destinations(self) -> list[Destination]:
        """The destinations of all routes, mirrors included."""
        return [part for route in self.routes for part in route.parts() if isinstance(part, Destination)]

    def parts(self) -> Iterator[View]:
        """Yield the routes and the destinations of each."""
        for route in self.routes:
            yield route
            yield from route.parts()


class TrafficPolicy(View):
    """The traffic policy of a DestinationRule, of a subset or of a port."""

    def sets(self, field: str) -> bool:
        """Tell whether the policy sets a field, be it only for each of the ports that it names."""
        levels = self.sequence("portLevelSettings")
        return self.get(field) is not None or (
            bool(levels) and all(isinstance(level, dict) and level.get(field) is not None for level in levels)
        )


class Subset(View):
    """A subset of a host's pods, told apart by labels."""

    target = "subset"

    def __init__(self, rule: "DestinationRule", index: int) -> None:
        super().__init__(rule.document, (*rule.path, "spec", "subsets", index))
        self.rule = rule

    @property
    def name(self) -> str:
        """The subset's name."""
        return self.string("name")

    @property
    def selector(self) -> LabelSelector:
        """The labels of the subset's pods; absent where none are written: all pods of the host belong to it."""
        return LabelSelector.of_map(self.get("labels")) if self.mapping("labels") else ABSENT

    @property
    def traffic_policy(self) -> TrafficPolicy | None:
        """The subset's own traffic policy."""
        return _traffic_policy(self, "trafficPolicy")


class DestinationRule(IstioObject):
    """A DestinationRule: the subsets of a host, and how clients treat it."""

    target = "destination-rule"

    @property
    def host(self) -> str:
        """The host, as written; empty in what only patches a rule."""
        return self.string("spec", "host")

    @cached_property
    def subsets(self) -> list[Subset]:
        """The subsets; entries that are no mappings are left out."""
        return [Subset(self, index) for index, _ in mappings(self, "spec", "subsets")]

    @property
    def traffic_policy(self) -> TrafficPolicy | None:
        """The traffic policy of the whole host."""
        return _traffic_policy(self, "spec", "trafficPolicy")

    def parts(self) -> Iterator[View]:
        """Yield the subsets."""
        yield from self.subsets


def _traffic_policy(view: View, *path: str) -> TrafficPolicy | None:
    return TrafficPolicy(view.document, (*view.path, *path)) if isinstance(view.get(*path), dict) else None
