"""Host names of a mesh."""

import pytest

from cnlint.manifests.hosts import Host, covers, parse_host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("orders", Host("short", "orders", None)),
        ("orders.", Host("short", "orders", None)),
        ("orders.shop", Host("namespaced", "orders", "shop")),
        ("orders.shop.svc", Host("service", "orders", "shop")),
        ("orders.shop.svc.cluster.local", Host("full", "orders", "shop")),
        ("api.shop.example.com", Host("other", "api.shop.example.com", None)),
        ("db-0.db.shop.svc.cluster.local", Host("other", "db-0.db.shop.svc.cluster.local", None)),
        ("*.shop.svc.cluster.local", Host("wildcard", "*.shop.svc.cluster.local", None)),
        ("", Host("short", "", None)),
        ("..", Host("other", ".", None)),
        ("orders..svc", Host("other", "orders..svc", None)),
    ],
)
def test_a_host_is_taken_apart(text: str, host: Host) -> None:
    assert parse_host(text) == host


def test_the_domain_of_the_cluster_may_be_another() -> None:
    assert parse_host("orders.shop.svc.k8s.example.com", "k8s.example.com") == Host("full", "orders", "shop")
    assert parse_host("orders.shop.svc.cluster.local", "k8s.example.com").form == "other"


def test_only_hosts_of_the_cluster_may_be_services() -> None:
    assert [parse_host(text).may_be_service for text in ("a", "a.b", "*.b", "a.b.c.d")] == [True, True, False, False]


def test_a_wildcard_covers_the_names_that_end_like_it() -> None:
    assert covers("*.example.com", "api.example.com") and covers("*", "a") and covers("a", "a")
    assert not covers("*.example.com", "example.com") and not covers("a", "b")
