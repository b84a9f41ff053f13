"""Views of Istio objects."""

import textwrap
from typing import TypeVar

import pytest

from cnlint.manifests.istio import (
    Destination,
    DestinationRule,
    HttpRoute,
    IstioObject,
    RouteDestination,
    ServiceEntry,
    TcpRoute,
    TlsRoute,
    VirtualService,
    WorkloadEntry,
    WorkloadGroup,
)
from cnlint.manifests.kubernetes import Manifest, document_views, manifests_of
from cnlint.syntax import yaml
from cnlint.syntax.source import Source
from cnlint.syntax.yaml import Document

Kind = TypeVar("Kind", bound=Manifest)

VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: web}
spec:
  hosts: [shop, 7]
  exportTo: [.]
  http:
    - name: primary
      match: [{headers: {upgrade: {exact: websocket}}}]
      route:
        - destination: {host: orders, subset: v1, port: {number: 80}}
          weight: 90
        - destination: {host: search}
        - nonsense
      mirror: {host: shadow}
      mirrors: [{destination: {host: second, subset: dark}}, {}]
    - redirect: {uri: /}
  tls:
    - route: [{destination: {host: vault}, weight: all}]
  tcp:
    - route: [{destination: {host: db}}]
"""
DESTINATION_RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: orders}
spec:
  host: orders
  trafficPolicy:
    portLevelSettings:
      - {port: {number: 80}, outlierDetection: {}}
      - {port: {number: 81}, outlierDetection: {}, tls: {mode: SIMPLE}}
  subsets:
    - name: v1
      labels: {version: 1}
      trafficPolicy: {tls: {mode: DISABLE}}
    - name: all
    - nonsense
"""


def document(text: str) -> Document:
    return yaml.parse(Source("mesh.yaml", textwrap.dedent(text)), yaml.Dialect.KUBERNETES).documents[0]


def manifest(text: str, kind: type[Kind]) -> Kind:
    [found] = manifests_of(document(text))
    assert type(found) is kind
    return found


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("networking.istio.io", "VirtualService"),
        ("networking.istio.io", "DestinationRule"),
        ("networking.istio.io", "Gateway"),
        ("networking.istio.io", "ServiceEntry"),
        ("networking.istio.io", "Sidecar"),
        ("networking.istio.io", "EnvoyFilter"),
        ("networking.istio.io", "WorkloadEntry"),
        ("networking.istio.io", "WorkloadGroup"),
        ("security.istio.io", "AuthorizationPolicy"),
        ("security.istio.io", "PeerAuthentication"),
        ("security.istio.io", "RequestAuthentication"),
        ("telemetry.istio.io", "Telemetry"),
    ],
)
def test_every_kind_has_a_view_of_its_own(group: str, kind: str) -> None:
    [found] = manifests_of(document(f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: a}}\n"))
    assert isinstance(found, IstioObject) and type(found).__name__ == kind


def test_a_gateway_of_the_gateway_api_is_none_of_istio() -> None:
    [found] = manifests_of(document("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n"))
    assert type(found) is Manifest


def test_a_virtual_service_yields_each_route_and_destination_once() -> None:
    views = list(document_views(document(VIRTUAL_SERVICE)))
    assert [type(view) for view in views[2:]] == [
        *(HttpRoute, RouteDestination, Destination, RouteDestination, Destination, Destination, Destination),
        *(HttpRoute, TlsRoute, RouteDestination, Destination, TcpRoute, RouteDestination, Destination),
    ]


def test_a_destination_names_host_subset_and_port() -> None:
    first, *_ = manifest(VIRTUAL_SERVICE, VirtualService).destinations
    assert (first.host, first.subset, first.port) == ("orders", "v1", 80)
    assert first.label == 'subset "v1" of port 80 of host "orders"'


def test_mirrors_are_destinations_too() -> None:
    found = manifest(VIRTUAL_SERVICE, VirtualService).http_routes[0].mirrors
    assert [(one.host, one.subset, one.is_mirror) for one in found] == [("shadow", "", True), ("second", "dark", True)]


def test_a_weight_that_is_not_written_is_0_and_one_that_is_no_number_unknown() -> None:
    service = manifest(VIRTUAL_SERVICE, VirtualService)
    weights = [(one.weight, one.sets_weight) for route in service.routes for one in route.destinations]
    assert weights == [(90, True), (0, False), (None, True), (0, False)]


def test_routes_are_named_by_their_name_or_place() -> None:
    routes = manifest(VIRTUAL_SERVICE, VirtualService).routes
    assert [route.ref for route in routes] == [
        'http route "primary" of VirtualService "shop"',
        'http[1] of VirtualService "shop"',
        'tls[0] of VirtualService "shop"',
        'tcp[0] of VirtualService "shop"',
    ]


def test_a_redirect_forwards_nothing() -> None:
    assert [route.forwards for route in manifest(VIRTUAL_SERVICE, VirtualService).http_routes] == [True, False]


@pytest.mark.parametrize(
    ("headers", "streams"),
    [
        ("{upgrade: {exact: websocket}}", True),
        ("{Content-Type: {prefix: application/grpc}}", True),
        ("{content-type: {exact: application/json}}", False),
        ("{x-canary: {exact: grpc}}", False),
        ("[]", False),
    ],
)
def test_a_match_of_headers_tells_streams(headers: str, streams: bool) -> None:
    route = manifest(VIRTUAL_SERVICE.replace("{upgrade: {exact: websocket}}", headers), VirtualService).http_routes[0]
    assert route.matches_streams is streams


def test_hosts_that_are_no_text_are_left_out() -> None:
    service = manifest(VIRTUAL_SERVICE, VirtualService)
    assert service.hosts == ("shop",) and service.export_to == (".",)


def test_subsets_have_labels_and_policies_of_their_own() -> None:
    first, second = manifest(DESTINATION_RULE, DestinationRule).subsets
    assert first.selector.equalities() == {"version": "1"} and second.selector.is_absent
    assert first.traffic_policy is not None and first.traffic_policy.sets("tls") and second.traffic_policy is None


def test_a_policy_sets_what_each_of_its_ports_sets() -> None:
    policy = manifest(DESTINATION_RULE, DestinationRule).traffic_policy
    assert policy is not None
    assert (policy.sets("outlierDetection"), policy.sets("tls"), policy.sets("connectionPool")) == (True, False, False)


def test_a_rule_without_a_host_shows_only_part_of_one() -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec: {}\n"
    assert manifest(text, DestinationRule).host == ""


@pytest.mark.parametrize(
    ("kind", "spec", "selector"),
    [
        ("Gateway", "{selector: {istio: ingress}}", "istio=ingress"),
        ("ServiceEntry", "{workloadSelector: {labels: {app: db}}}", "app=db"),
        ("Sidecar", "{workloadSelector: {labels: {app: web}}}", "app=web"),
        ("DestinationRule", "{workloadSelector: {matchLabels: {app: web}}}", "app=web"),
        ("Sidecar", "{workloadSelector: {labels: {}}}", ""),
        ("VirtualService", "{}", ""),
    ],
)
def test_kinds_keep_their_selectors_in_different_places(kind: str, spec: str, selector: str) -> None:
    text = f"apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    [found] = manifests_of(document(text))
    assert isinstance(found, IstioObject)
    assert str(found.pod_selector) == selector and found.pod_selector.is_absent is (selector == "")


def test_policies_select_by_match_labels() -> None:
    text = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nspec: {selector: {matchLabels: {app: a}}}\n"
    [found] = manifests_of(document(text))
    assert isinstance(found, IstioObject) and str(found.pod_selector) == "app=a"


def test_what_is_exported_to_nobody_in_particular_is_seen_by_all() -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nspec: {hosts: [a.example.com, 1], exportTo: x}\n"
    entry = manifest(text, ServiceEntry)
    assert entry.export_to == ("*",) and entry.hosts == ("a.example.com",)


def test_machines_have_labels_like_pods() -> None:
    entry = "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nspec: {labels: {app: vm}}\n"
    group = "apiVersion: networking.istio.io/v1\nkind: WorkloadGroup\nspec: {metadata: {labels: {app: vm}}}\n"
    assert manifest(entry, WorkloadEntry).workload_labels == {"app": "vm"}
    assert manifest(group, WorkloadGroup).workload_labels == {"app": "vm"}
