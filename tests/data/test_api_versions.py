"""Deprecated, removed and served API versions."""

import pytest

from cnlint.data.api_versions import (
    builtin_groups,
    builtin_kinds,
    deprecated_in,
    lifecycle,
    parse_version,
    removed_in,
    replacement,
    served_in,
)


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("extensions/v1beta1", "Deployment", (1, 16)),
        ("extensions/v1beta1", "Ingress", (1, 22)),
        ("batch/v1beta1", "CronJob", (1, 25)),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", (1, 26)),
        ("cert-manager.io/v1alpha2", "Certificate", (1, 6)),
        ("apps/v1", "Deployment", None),
    ],
)
def test_removals_come_from_the_table(api_version: str, kind: str, expected: tuple[int, int] | None) -> None:
    assert removed_in(api_version, kind) == expected


def test_a_row_without_a_kind_holds_for_kinds_that_have_no_row() -> None:
    assert removed_in("apps/v1beta1", "ControllerRevision") == (1, 16)
    found = lifecycle("authentication.istio.io/v1alpha1", "MeshPolicy")
    assert found is not None and found.component == "istio"


def test_removals_that_only_the_schemas_show_are_known() -> None:
    assert removed_in("resource.k8s.io/v1alpha2", "ResourceClass") == (1, 31)
    assert deprecated_in("networking.k8s.io/v1beta1", "ServiceCIDR") == (1, 33)


def test_what_the_newest_schemas_still_hold_is_not_removed() -> None:
    assert deprecated_in("resource.k8s.io/v1beta1", "ResourceClaim") == (1, 33)
    assert removed_in("resource.k8s.io/v1beta1", "ResourceClaim") is None


@pytest.mark.parametrize(
    ("api_version", "kind", "version", "expected"),
    [
        ("extensions/v1beta1", "Deployment", (1, 37), "apps/v1"),
        ("batch/v1beta1", "CronJob", (1, 21), "batch/v1"),
        ("batch/v1beta1", "CronJob", (1, 20), ""),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", (1, 37), "autoscaling/v2"),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", (1, 28), "flowcontrol.apiserver.k8s.io/v1beta3"),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", (1, 29), "flowcontrol.apiserver.k8s.io/v1"),
        ("extensions/v1beta1", "PodSecurityPolicy", (1, 37), ""),
        ("certmanager.k8s.io/v1alpha1", "Order", (99, 0), "acme.cert-manager.io/v1"),
    ],
)
def test_a_replacement_is_one_that_the_version_serves(
    api_version: str, kind: str, version: tuple[int, int], expected: str
) -> None:
    assert replacement(api_version, kind, version) == expected


def test_served_kinds_follow_the_version() -> None:
    assert "autoscaling/v2beta2" in served_in((1, 25))["HorizontalPodAutoscaler"]
    assert served_in((1, 37))["HorizontalPodAutoscaler"] == ("autoscaling/v1", "autoscaling/v2")


def test_groups_and_kinds_of_the_past_are_built_in() -> None:
    assert {"", "apps", "extensions", "settings.k8s.io"} <= builtin_groups()
    assert "argoproj.io" not in builtin_groups()
    assert set(builtin_kinds()["Ingress"]) == {
        "extensions/v1beta1",
        "networking.k8s.io/v1",
        "networking.k8s.io/v1beta1",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.25", (1, 25)), ("v1.25.3", (1, 25)), ("1.25+", (1, 25)), ("latest", None), (None, None)],
)
def test_versions_are_read_with_or_without_patch(text: str | None, expected: tuple[int, int] | None) -> None:
    assert parse_version(text) == expected
