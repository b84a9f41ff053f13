"""Hosts of a mesh and what is behind them."""

import pytest

from cnlint.graph.project import Project
from cnlint.manifests.hosts import covers, parse_host
from cnlint.manifests.kubernetes import Manifest

from graph_projects import MakeProject, service, workload  # isort: skip

ISTIO = "networking.istio.io"


def virtual_service(name: str, namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}{place}}}\n"
        f"spec: {{hosts: [{name}]}}\n"
    )


def destination_rule(name: str, host: str, namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: {name}{place}}}\n"
        f"spec: {{host: '{host}', subsets: [{{name: v1, labels: {{version: v1}}}}]}}\n"
    )


def route(project: Project, name: str) -> Manifest:
    found = project.find("VirtualService", name)
    assert found
    return found


@pytest.mark.parametrize(
    ("host", "form", "name", "namespace"),
    [
        ("orders", "short", "orders", None),
        ("orders.shop", "namespaced", "orders", "shop"),
        ("orders.shop.svc", "service", "orders", "shop"),
        ("orders.shop.svc.cluster.local", "full", "orders", "shop"),
        ("orders.shop.svc.cluster.local.", "full", "orders", "shop"),
        ("api.example.com", "other", "api.example.com", None),
        ("*.example.com", "wildcard", "*.example.com", None),
        ("a.orders.shop.svc.cluster.local", "other", "a.orders.shop.svc.cluster.local", None),
    ],
)
def test_hosts_have_forms(host: str, form: str, name: str, namespace: str | None) -> None:
    assert parse_host(host) == (form, name, namespace)


def test_the_domain_of_the_cluster_is_a_setting(project_of: MakeProject) -> None:
    project = project_of({"a.yaml": service("orders", "app: orders")}, cluster_domain="corp.internal")
    assert project.links.host_of("orders.shop.svc.corp.internal").form == "full"
    assert project.links.host_of("orders.shop.svc.cluster.local").form == "other"


def test_a_short_host_is_in_the_namespace_of_who_asks(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": service("orders", "app: a", namespace="one")
            + "---\n"
            + service("orders", "app: b", namespace="two"),
            "v.yaml": virtual_service("x", "two") + "---\n" + virtual_service("z", "three"),
        }
    )
    found = project.links.service_of_host("orders", route(project, "x"))
    assert found and found.namespace == "two"
    assert project.links.service_of_host("orders", route(project, "z")) is None
    far = project.links.service_of_host("orders.one.svc.cluster.local", route(project, "z"))
    assert far and far.namespace == "one"
    assert project.links.full_host("orders", route(project, "z")) == "orders.three.svc.cluster.local"


def test_service_entries_cover_hosts_by_name_and_wildcard(project_of: MakeProject) -> None:
    entry = (
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e}\n"
        "spec: {hosts: ['*.example.com', pay.example.org]}\n"
    )
    project = project_of({"e.yaml": entry, "v.yaml": virtual_service("x")})
    near = route(project, "x")
    assert project.links.service_entries_of_host("api.example.com", near)
    assert project.links.service_entries_of_host("pay.example.org", near)
    assert not project.links.service_entries_of_host("example.com", near)


def test_destination_rules_are_found_by_every_form_of_the_host(project_of: MakeProject) -> None:
    project = project_of(
        {
            "v.yaml": virtual_service("x", "shop"),
            "d.yaml": "---\n".join(
                [
                    destination_rule("short", "orders", "shop"),
                    destination_rule("full", "orders.shop.svc.cluster.local"),
                    destination_rule("wild", "*.shop.svc.cluster.local"),
                    destination_rule("other", "orders", "web"),
                ]
            ),
        }
    )
    found = project.links.destination_rules_of_host("orders", route(project, "x"))
    assert [one.name for one in found] == ["short", "full", "wild"]


def test_subsets_narrow_the_pods_behind_the_service(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": workload("one", labels="app: orders, version: v1")
            + "---\n"
            + workload("two", labels="app: orders, version: v2"),
            "s.yaml": service("orders", "app: orders") + "---\napiVersion: v1\nkind: Service\nmetadata: {name: bare}\n",
            "v.yaml": virtual_service("x"),
        }
    )
    near, links = route(project, "x"), project.links
    assert [one.name for one in links.pods_of_subset({"version": "v2"}, "orders", near) or ()] == ["two"]
    assert links.pods_of_subset({"version": "v3"}, "orders", near) == ()
    assert links.pods_of_subset({"version": "v1"}, "absent", near) is None
    assert links.pods_of_subset({"version": "v1"}, "bare", near) is None


def test_wildcards_cover_what_ends_like_them() -> None:
    assert covers("*", "anything") and covers("*.a.com", "x.y.a.com") and covers("a.com", "a.com")
    assert not covers("*.a.com", "a.com")
