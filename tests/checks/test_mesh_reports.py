"""What reports on Istio and Argo CD objects carry besides their place, and where parts of a project stay silent."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding
from cnlint.syntax import yaml
from cnlint.syntax.source import Source

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: orders}
spec:
  selector: {app: orders}
  ports: [{port: 80}]
"""
PODS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders, version: stable}}
    spec:
      containers: [{name: orders, image: "registry.example.com/orders:1.4.2"}]
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders}
spec:
  hosts: [orders]
  http:
    - route:
        - destination: {host: orders, subset: v1}
          weight: 90
        - destination: {host: orders, subset: v2}
          weight: 10
"""
SUBSETS = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: orders}
spec:
  host: orders
  subsets:
    - name: v1
      labels: {version: stable}
    - name: v2
      labels: {version: canary}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: orders, namespace: argocd}
spec:
  project: shop
  source:
    repoURL: https://git.example.com/shop/deploy.git
    path: .
    targetRevision: main
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
"""


def check(folder: Path, codes: str, files: dict[str, str], **arguments: Any) -> list[Finding]:
    for name, text in files.items():
        target = folder / f"{name}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    settings: dict[str, Any] = {"config": False, "select": codes.split(","), **arguments}
    report = cnlint.check([str(folder)], root=str(folder), today=datetime.date(2026, 11, 22), **settings)
    return list(report.findings)


def fixed(finding: Finding, text: str) -> str:
    [fix] = finding.fixes
    return edited(text, fix.edits)


# Weights.


def test_weights_are_named_with_their_subsets_and_sum(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "IST201", {"route": ROUTE.replace("weight: 10", "weight: 20")})
    assert finding.message == (
        'the weights of http[0] of VirtualService "orders" are 90 ("v1") and 20 ("v2"), '
        "which add up to 110 and not to 100"
    )


def test_an_ignored_weight_can_be_deleted(tmp_path: Path) -> None:
    text = ROUTE[: ROUTE.index("        - destination: {host: orders, subset: v2}")]
    [finding] = check(tmp_path, "IST203", {"route": text})
    assert fixed(finding, text) == text.replace("          weight: 90\n", "")


def test_a_missing_weight_can_be_added(tmp_path: Path) -> None:
    text = ROUTE.replace("          weight: 10\n", "")
    [finding] = check(tmp_path, "IST205", {"route": text})
    assert "        - weight: 0\n          destination: {host: orders, subset: v2}\n" in fixed(finding, text)


def test_both_places_of_a_destination_are_shown(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "IST204", {"route": ROUTE.replace("v2", "v1")})
    assert finding.message.endswith('names subset "v1" of host "orders" twice, with weights 90 and 10')
    assert [(one.line, one.message) for one in finding.related] == [(8, "named first here")]


def test_a_beta_version_is_only_worth_an_information(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "IST101",
        {"a": ROUTE.replace("io/v1", "io/v1beta1"), "b": ROUTE.replace("io/v1", "io/v1alpha3")},
    )
    assert [one.severity for one in found] == ["info", "warning"]
    assert all(one.fixes[0].safe for one in found)


# Hosts and subsets.


def test_a_missing_subset_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    files = {"route": ROUTE.replace("v2", "v3"), "subsets": SUBSETS}
    [finding] = check(tmp_path, "IST206", files)
    assert finding.message == (
        'subset "v3" of host "orders" is not defined: DestinationRule "orders" defines "v1" and "v2"'
    )
    assert finding.severity == "error"
    assert [(one.path, one.line) for one in finding.related] == [("subsets.yaml", 6)]


def test_what_is_only_likely_is_no_error(tmp_path: Path) -> None:
    files = {"mesh/route": ROUTE.replace("v2", "v3"), "rules/subsets": SUBSETS}
    [finding] = check(tmp_path, "IST206", files)
    assert finding.severity == "warning"


def test_subsets_of_another_environment_prove_nothing(tmp_path: Path) -> None:
    files = {"prod/route": ROUTE.replace("v2", "v3"), "dev/subsets": SUBSETS}
    assert check(tmp_path, "IST206", files) == []


@pytest.mark.parametrize(("complete", "count"), [(None, 0), (False, 0), (True, 2)])
def test_a_subset_of_an_unknown_host_is_reported_if_the_project_is_complete(
    tmp_path: Path, complete: bool | None, count: int
) -> None:
    assert len(check(tmp_path, "IST206", {"route": ROUTE}, complete=complete)) == count


def test_a_template_beside_the_service_may_define_the_subset(tmp_path: Path) -> None:
    template = "{{- if .Values.mesh }}\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n{{- end }}\n"
    files = {"service": SERVICE, "route": ROUTE}
    assert len(check(tmp_path, "IST206", files)) == 2
    assert check(tmp_path, "IST206", {**files, "subsets": template}) == []


def test_the_service_that_is_likely_meant_is_shown(tmp_path: Path) -> None:
    files = {"route": ROUTE, "service": SERVICE.replace("name: orders", "name: orders-svc"), "pods": PODS}
    finding, _ = check(tmp_path, "IST207", files)
    assert finding.message == 'host "orders" leads nowhere: the project has no Service "orders"'
    assert finding.hint == 'Write orders-svc, the Service of Deployment "orders"'
    assert [one.path for one in finding.related] == ["service.yaml"]


def test_a_misspelled_host_needs_no_gate(tmp_path: Path) -> None:
    database = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\n"
    files = {"service": SERVICE, "operator": database, "route": ROUTE.replace("host: orders", "host: ordres")}
    found = check(tmp_path, "IST207", files)
    assert {one.hint for one in found} == {"Write orders"}
    files["route"] = ROUTE.replace("host: orders", "host: db-rw")
    assert check(tmp_path, "IST207", files) == []


@pytest.mark.parametrize(
    "maker",
    [
        "on: push\njobs: {a: {runs-on: x, steps: [{run: kubectl create service clusterip payments --tcp=80}]}}\n",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: kubectl expose deployment payments --port 80}]}}\n",
    ],
)
def test_a_command_may_make_the_service(tmp_path: Path, maker: str) -> None:
    files = {"deploy/service": SERVICE, "deploy/route": ROUTE.replace("host: orders", "host: payments")}
    assert len(check(tmp_path, "IST207", files)) == 2
    assert check(tmp_path, "IST207", {**files, ".github/workflows/deploy": maker}) == []


def test_a_chart_of_the_project_may_make_the_service(tmp_path: Path) -> None:
    files = {"deploy/service": SERVICE, "deploy/route": ROUTE.replace("host: orders", "host: payments")}
    assert len(check(tmp_path, "IST207", files)) == 2
    assert check(tmp_path, "IST207", {**files, "payments/Chart": "apiVersion: v2\nname: payments\n"}) == []


def test_a_service_of_the_same_name_elsewhere_is_shown(tmp_path: Path) -> None:
    elsewhere = SERVICE.replace("name: orders", "name: payments, namespace: pay")
    here = SERVICE.replace("name: orders", "name: orders, namespace: shop")
    route = ROUTE.replace("{name: orders}", "{name: orders, namespace: shop}").replace("host: orders", "host: payments")
    found = check(tmp_path, "IST207", {"a": here, "b": elsewhere, "c": route})
    assert {one.hint for one in found} == {"Write payments.pay.svc.cluster.local"}


# Pods of subsets.


def test_a_subset_without_pods_is_told_with_the_labels_that_pods_have(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "IST302", {"service": SERVICE, "pods": PODS, "subsets": SUBSETS})
    assert (finding.line, finding.severity) == (9, "error")
    assert finding.message == (
        'subset "v2" of host "orders" selects pods with version=canary, '
        'and no workload behind Service "orders" has that label'
    )
    assert [one.message for one in finding.related] == [
        'Service "orders" selects app=orders',
        'the pods of Deployment "orders" have app=orders,version=stable',
    ]


def test_a_misspelled_label_is_named(tmp_path: Path) -> None:
    subsets = SUBSETS.replace("version: canary", "version: stabel")
    [finding] = check(tmp_path, "IST302", {"service": SERVICE, "pods": PODS, "subsets": subsets})
    assert finding.hint.startswith("Write version: stable in the subset")


def test_nodes_of_the_project_tell_labels_of_places(tmp_path: Path) -> None:
    node = "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {topology.kubernetes.io/zone: eu-1a}}\n"
    subsets = SUBSETS.replace("version: stable", "topology.kubernetes.io/zone: eu-1a")
    subsets = subsets.replace("version: canary", "topology.kubernetes.io/zone: eu-1b")
    files = {"service": SERVICE, "pods": PODS, "subsets": subsets}
    assert check(tmp_path, "IST302", files) == []
    [finding] = check(tmp_path, "IST302", {**files, "node": node})
    assert (finding.line, finding.message.endswith("and no node has that label")) == (9, True)


@pytest.mark.parametrize("label", ["topology.kubernetes.io/region", "topology.istio.io/network"])
def test_no_node_has_an_empty_label_of_a_place(tmp_path: Path, label: str) -> None:
    subsets = SUBSETS.replace("version: stable", f'{label}: ""').replace("version: canary", f"{label}: a")
    [finding] = check(tmp_path, "IST302", {"service": SERVICE, "pods": PODS, "subsets": subsets})
    assert finding.line == 7


@pytest.mark.parametrize(("complete", "count"), [(None, 0), (False, 0), (True, 1)])
def test_a_subset_of_an_unknown_host_is_judged_if_the_project_is_complete(
    tmp_path: Path, complete: bool | None, count: int
) -> None:
    files = {"pods": PODS, "subsets": SUBSETS.replace("host: orders", "host: other")}
    assert len(check(tmp_path, "IST302", files, complete=complete)) == count


def test_pods_behind_a_service_entry_count(tmp_path: Path) -> None:
    entry = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: orders}
spec:
  hosts: [orders.example.com]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: STATIC
  workloadSelector: {labels: {app: orders}}
"""
    subsets = SUBSETS.replace("host: orders", "host: orders.example.com")
    [finding] = check(tmp_path, "IST302", {"entry": entry, "pods": PODS, "subsets": subsets})
    assert finding.line == 9 and 'behind ServiceEntry "orders"' in finding.message
    endpoints = entry.replace("workloadSelector: {labels: {app: orders}}", "endpoints: [{address: 10.0.0.1}]")
    assert check(tmp_path, "IST302", {"entry": endpoints, "pods": PODS, "subsets": subsets}) == []


@pytest.mark.parametrize("label", ["${VERSION}", "{{ version }}"])
def test_labels_of_pods_that_are_filled_in_may_be_any(tmp_path: Path, label: str) -> None:
    pods = PODS.replace("version: stable", f'version: "{label}"')
    assert check(tmp_path, "IST302", {"service": SERVICE, "pods": pods, "subsets": SUBSETS}) == []


def test_a_narrow_service_is_reported_once_and_can_be_widened(tmp_path: Path) -> None:
    service = SERVICE.replace("{app: orders}", "{app: orders, version: stable}")
    files = {"service": service, "pods": PODS, "route": ROUTE, "subsets": SUBSETS}
    [finding] = check(tmp_path, "IST302,REF803", files)
    assert (finding.code, finding.path, finding.line) == ("REF803", "service.yaml", 5)
    assert finding.message == (
        'Service "orders" selects version=stable, so no pods are left for subset "v2" (version=canary), '
        'to which VirtualService "orders" sends requests'
    )
    assert [one.path for one in finding.related] == ["route.yaml", "subsets.yaml"]
    assert fixed(finding, service) == SERVICE


# Blue-green releases.


def sides(label: str) -> str:
    blue = PODS.replace("name: orders}\nspec", "name: orders-blue}\nspec").replace("version: stable", f"{label}: blue")
    return f"{blue}---\n{blue.replace('blue', 'green')}"


def test_a_service_of_both_sides_names_them(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "REF801", {"service": SERVICE, "pods": sides("slot")})
    assert finding.message == (
        'Service "orders" selects app=orders, and with it both Deployment "orders-blue" and '
        'Deployment "orders-green": requests go to both sides at once'
    )
    assert finding.hint == "Add slot: blue to the selector"
    assert [one.message for one in finding.related] == [
        'the pods of Deployment "orders-blue" have slot=blue',
        'the pods of Deployment "orders-green" have slot=green',
    ]


@pytest.mark.parametrize(
    "exception",
    [
        SERVICE.replace("spec:", "spec:\n  clusterIP: None").replace(
            "ports", "publishNotReadyAddresses: true\n  ports"
        ),
        SERVICE
        + "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: orders}\n"
        + "spec: {strategy: {blueGreen: {activeService: orders}}}\n",
        SERVICE + "---\n" + ROUTE,
        SERVICE
        + "---\n"
        + ROUTE.replace("{host: orders, subset: v1}", "{host: orders-blue}")
        .replace("v2", "x")
        .replace("{host: orders, subset: x}", "{host: orders-green}"),
    ],
)
def test_a_service_of_both_sides_may_be_meant(tmp_path: Path, exception: str) -> None:
    assert check(tmp_path, "REF801", {"service": exception, "pods": sides("version")}) == []


# Argo CD.


@pytest.mark.parametrize(("profile", "count"), [("default", 0), ("strict", 1)])
def test_branches_are_judged_in_strict_profiles(tmp_path: Path, profile: str, count: int) -> None:
    found = check(tmp_path, "ARGO101", {"app": APPLICATION}, profile=profile, select=())
    assert len([one for one in found if one.code == "ARGO101"]) == count


def test_the_repository_itself_may_follow_head(tmp_path: Path) -> None:
    text = APPLICATION.replace("targetRevision: main", "targetRevision: HEAD")
    own = {"project": {"self-repo": ["git@git.example.com:shop/deploy.git"]}}
    assert len(check(tmp_path, "ARGO101", {"app": text})) == 1
    assert check(tmp_path, "ARGO101", {"app": text}, config=own) == []


@pytest.mark.parametrize(
    ("revision", "moves"),
    [
        ("v1.4", False),
        ("1.4.2", False),
        ("release-2026-05-01", False),
        ("refs/tags/live", False),
        ("orders/v1.4.2+build.7", False),
        ("8f2c1d7", False),
        ("release-1.4", True),
        ("main", True),
        (">=1.0.0 <2.0.0", True),
        ("v1.*", True),
    ],
)
def test_tags_and_commits_do_not_move(tmp_path: Path, revision: str, moves: bool) -> None:
    text = APPLICATION.replace("targetRevision: main", f'targetRevision: "{revision}"')
    config = {"rules": {"ARGO101": {"branches": "report"}}}
    assert bool(check(tmp_path, "ARGO101", {"app": text}, config=config)) is moves


@pytest.mark.parametrize(
    ("version", "moves"),
    [
        ("19.6.4", False),
        ("v2.0.0-next.1", False),
        ("1.0.0+x", False),
        ("release-7", False),
        ("19.6", True),
        ("19", True),
        ("^19.6.4", True),
        ("1.x", True),
        ("1.0.0 || 2.0.0", True),
        ("latest", True),
    ],
)
def test_versions_of_charts_are_one_or_many(tmp_path: Path, version: str, moves: bool) -> None:
    text = APPLICATION.replace("path: .", "chart: orders").replace("main", f'"{version}"')
    assert bool(check(tmp_path, "ARGO108", {"app": text})) is moves


def test_a_patch_need_not_name_a_revision(tmp_path: Path) -> None:
    text = APPLICATION.replace("    repoURL: https://git.example.com/shop/deploy.git\n", "")
    text = text.replace("    targetRevision: main\n", "")
    assert check(tmp_path, "ARGO101,ARGO103", {"app": text}) == []


def test_the_namespace_can_be_created_by_an_edit(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "ARGO109", {"app": APPLICATION})
    assert fixed(finding, APPLICATION) == APPLICATION.replace(
        "spec:\n", "spec:\n  syncPolicy:\n    syncOptions:\n      - CreateNamespace=true\n"
    )


def test_what_a_part_of_a_project_does_not_make_may_be_made_elsewhere(tmp_path: Path) -> None:
    assert check(tmp_path, "ARGO109", {"app": APPLICATION}, complete=False) == []


@pytest.mark.parametrize("addition", ["deploy/Chart", "deploy/templates"])
def test_a_chart_that_is_deployed_may_make_the_namespace(tmp_path: Path, addition: str) -> None:
    own = {"project": {"self-repo": ["https://git.example.com/shop/deploy"]}}
    text = APPLICATION.replace("path: .", "path: deploy")
    files = {"app": text, addition: "{{- if true }}\napiVersion: v1\nname: orders\n{{- end }}\n"}
    assert check(tmp_path, "ARGO109", files, config=own) == []


def test_an_application_of_applications_places_them(tmp_path: Path) -> None:
    own = {"project": {"self-repo": ["https://git.example.com/shop/deploy"]}}
    parent = APPLICATION.replace("namespace: shop", "namespace: argocd").replace("path: .", "path: apps")
    child = APPLICATION.replace(", namespace: argocd", "")
    found = check(tmp_path, "ARGO113", {"root": parent, "apps/orders": child}, config=own)
    assert found == []


def test_the_namespace_that_a_kustomization_sets_is_judged(tmp_path: Path) -> None:
    files = {"kustomization": "namespace: shop\nresources: [app.yaml]\n", "app": APPLICATION}
    [finding] = check(tmp_path, "ARGO113", files)
    assert finding.message == 'Application "orders" is in namespace "shop", and Argo CD reads "argocd"'


# Odd input.

APPLICATION_SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams, namespace: argocd}
spec:
  generators: [{list: {template: {}}}]
  template:
    spec:
      project: shop
      sources: [{repoURL: "https://git.example.com/shop/deploy.git", path: .}]
      destination: {name: in-cluster, namespace: shop}
      syncPolicy: {automated: {prune: true}, syncOptions: [PruneLast=true], managedNamespaceMetadata: {}}
"""
MIRRORS = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders}
spec:
  hosts: [orders]
  http:
    - match: [{headers: {x: {exact: a}}}]
      route: [{destination: {host: orders, subset: v1, port: {number: 80}}, weight: 1}]
      mirrors: [{destination: {host: a.shop}}]
  tcp: [{route: [{destination: {host: db}}]}]
"""


def _mutations(value: Any, odd: Any) -> Iterator[Any]:
    """Yield a value once for each of its nodes, with the node replaced."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        for inner in (odd, *_mutations(item, odd)):
            copy = value.copy()
            copy[key] = inner
            yield copy


@pytest.mark.parametrize("odd", [None, "", "${X}", 7, [], [None], {"a": None}], ids=repr)
@pytest.mark.parametrize("text", [MIRRORS, SUBSETS, APPLICATION_SET], ids=["routes", "subsets", "applications"])
def test_no_rule_fails_on_odd_values(tmp_path: Path, text: str, odd: Any) -> None:
    [document] = yaml.parse(Source("", text), yaml.Dialect.KUBERNETES).documents
    others = "---\n".join(one for one in (SERVICE, MIRRORS, SUBSETS) if one is not text)
    for number, mutation in enumerate(_mutations(document.value, odd)):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "all.yaml").write_text(f"{json.dumps(mutation)}\n---\n{others}", encoding="utf-8")
    report = cnlint.check(
        [str(tmp_path)], root=str(tmp_path), select=["IST", "ARGO", "REF8"], config=False, complete=True
    )
    assert [one.message for one in report.findings if one.code == "CNL003"] == []
