"""Which pods and workloads Services, budgets and autoscalers lead to."""

import pytest

from cnlint.graph.project import Project
from cnlint.graph.selections import matching_ports
from cnlint.manifests.autoscaling import PodDisruptionBudget
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Workload

from graph_projects import MakeProject, service, workload  # isort: skip


def behind(project: Project, name: str) -> list[str]:
    found = project.find("Service", name)
    assert isinstance(found, Service)
    return [f"{one.kind}/{one.name}" for one in project.links.pods_behind(found)]


def the(project: Project, name: str, kind: str = "Deployment") -> Workload:
    found = project.find(kind, name)
    assert isinstance(found, Workload)
    return found


def autoscaler(name: str, target: str, kind: str = "Deployment") -> str:
    return (
        f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}}}\n"
        f"spec:\n  scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: {target}}}\n"
        "  minReplicas: 2\n  maxReplicas: 5\n"
    )


def test_a_selector_is_a_subset_of_the_labels(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": workload("orders", labels="app: orders, version: v1"),
            "b.yaml": workload("cart"),
            "s.yaml": service("orders", "app: orders") + "---\n" + service("v2", "app: orders, version: v2"),
        }
    )
    assert behind(project, "orders") == ["Deployment/orders"]
    assert behind(project, "v2") == []
    assert [one.name for one in project.links.services_selecting(the(project, "orders"))] == ["orders"]
    assert project.links.services_selecting(the(project, "cart")) == ()


@pytest.mark.parametrize(
    "spec",
    ["{ports: [{port: 80}]}", "{type: ExternalName, externalName: x, selector: {app: orders}}", "{selector: {}}"],
)
def test_a_service_without_a_selector_has_no_pods(project_of: MakeProject, spec: str) -> None:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {spec}\n"
    assert behind(project_of({"a.yaml": workload("orders"), "s.yaml": text}), "s") == []


def test_placeholders_select_nothing_that_is_known(project_of: MakeProject) -> None:
    assert behind(project_of({"a.yaml": workload("orders"), "s.yaml": service("s", "app: '${APP}'")}), "s") == []


def test_labels_of_controllers_are_left_out(project_of: MakeProject) -> None:
    text = service("s", "app: db, statefulset.kubernetes.io/pod-name: db-0")
    assert behind(project_of({"a.yaml": workload("db", kind="StatefulSet"), "s.yaml": text}), "s") == ["StatefulSet/db"]


def test_namespaces_must_be_able_to_meet(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": workload("orders", namespace="shop"),
            "s.yaml": "---\n".join(
                service(name, "app: orders", namespace=space)
                for name, space in (("same", "shop"), ("other", "web"), ("unset", ""))
            ),
        }
    )
    assert behind(project, "same") == behind(project, "unset") == ["Deployment/orders"]
    assert behind(project, "other") == []


def test_pods_elsewhere_count_where_none_is_applied_together(project_of: MakeProject) -> None:
    project = project_of(
        {
            "services/orders.yaml": service("orders", "app: orders"),
            "deployments/orders.yaml": workload("orders"),
            "examples/one/two/orders.yaml": workload("orders"),
        }
    )
    found = project.find("Service", "orders")
    assert isinstance(found, Service)
    paths = {one.document.path for one in project.links.pods_behind(found)}
    assert "deployments/orders.yaml" in paths
    assert project.links.confidence(found, the(project, "orders")) == "inferred"


def test_labels_that_a_kustomization_adds_count(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": "resources: [a.yaml, s.yaml]\ncommonLabels: {team: shop}\n",
            "a.yaml": workload("orders"),
            "s.yaml": service("s", "team: shop"),
        }
    )
    assert behind(project, "s") == ["Deployment/orders"]
    assert project.links.pod_labels(the(project, "orders")) == {"app": "orders", "team": "shop"}


def test_ports_match_by_number_or_name_and_protocol(project_of: MakeProject) -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: p}}\nspec:\n  containers:\n"
        "  - {name: p, image: p, ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]}\n"
    )
    ports = (
        "[{port: 1, targetPort: http}, {port: 8080}, {port: 53}, {port: 53, protocol: UDP}, {port: 2, targetPort: x}]"
    )
    project = project_of({"p.yaml": pod, "s.yaml": service("s", "app: p", ports=ports)})
    found = project.find("Service", "s")
    assert isinstance(found, Service)
    [pods] = project.links.pods_behind(found)
    numbers = [[one.number for one in matching_ports(pods, port)] for port in found.ports]
    assert numbers == [[8080], [8080], [], [53], []]


def test_autoscalers_lead_to_their_workload_and_back(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": workload("orders") + "---\n" + workload("cart"),
            "h.yaml": autoscaler("orders", "orders"),
            "k.yaml": (
                "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: cart}\n"
                "spec: {scaleTargetRef: {name: cart}, maxReplicaCount: 7}\n"
            ),
            "v.yaml": (
                "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: cart}\n"
                "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}\n"
            ),
        }
    )
    links = project.links
    [orders] = links.autoscalers_of(the(project, "orders"))
    assert (orders.minimum, orders.maximum, orders.kind) == (2, 5, "HorizontalPodAutoscaler")
    assert links.scale_targets(orders) == [the(project, "orders")]
    [cart] = links.autoscalers_of(the(project, "cart"))
    assert (cart.minimum, cart.maximum, cart.kind) == (0, 7, "ScaledObject")
    [vertical] = links.autoscalers_of(the(project, "cart"), vertical=True)
    assert vertical.is_vertical and vertical.target_place.path == "v.yaml"


def test_an_autoscaler_of_another_kind_or_name_leads_nowhere(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": workload("orders"),
            "h.yaml": autoscaler("h", "orders", "StatefulSet") + "---\n" + autoscaler("i", "x"),
        }
    )
    assert [project.links.scale_targets(one) for one in project.links.autoscalers] == [[], []]


def test_a_kind_in_another_case_is_understood(project_of: MakeProject) -> None:
    project = project_of({"a.yaml": workload("orders"), "h.yaml": autoscaler("h", "orders", "deployment")})
    assert [one.name for one in project.links.autoscalers_of(the(project, "orders"))] == ["h"]


def test_budgets_select_by_expressions_too(project_of: MakeProject) -> None:
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n  minAvailable: 1\n"
        "  selector: {matchExpressions: [{key: app, operator: In, values: [orders, cart]}]}\n"
    )
    project = project_of({"a.yaml": workload("orders") + "---\n" + workload("other"), "b.yaml": budget})
    [found] = project.resources(PodDisruptionBudget)
    assert [one.name for one in project.links.pods_guarded_by(found)] == ["orders"]
    assert project.links.budgets_of(the(project, "orders")) == (found,)
    assert project.links.budgets_of(the(project, "other")) == ()


def test_a_budget_anywhere_in_the_project_may_guard_a_workload(project_of: MakeProject) -> None:
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b, namespace: {}}}\n"
        "spec: {{minAvailable: 1, selector: {{matchLabels: {{app: {}}}}}}}\n"
    )
    project = project_of(
        {
            "apps/a.yaml": "---\n".join(workload(name, namespace="shop") for name in ("orders", "cart", "billing")),
            "policies/b.yaml": budget.format("shop", "orders") + "---\n" + budget.format("web", "cart"),
        }
    )
    assert [project.links.may_be_guarded(the(project, name)) for name in ("orders", "cart", "billing")] == [
        True,
        False,
        False,
    ]


def test_a_budget_whose_selector_is_filled_in_later_may_guard_everything(project_of: MakeProject) -> None:
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\n"
        "spec: {minAvailable: 1, selector: {matchLabels: {app: '${APP}'}}}\n"
    )
    project = project_of({"a.yaml": workload("orders"), "b.yaml": budget})
    assert project.links.may_be_guarded(the(project, "orders"))


def test_what_an_autoscaler_scales_may_be_in_another_environment_but_not_in_another_namespace(
    project_of: MakeProject,
) -> None:
    place = "metadata: {name: h, namespace: shop}"
    project = project_of(
        {
            "overlays/dev/a.yaml": workload("orders"),
            "web/a.yaml": workload("cart", namespace="web"),
            "overlays/prod/h.yaml": "---\n".join(
                autoscaler("h", name).replace("metadata: {name: h}", place) for name in ("orders", "cart")
            ),
        }
    )
    assert [project.links.may_have_target(one) for one in project.links.autoscalers] == [True, False]
    assert [project.links.scale_targets(one) for one in project.links.autoscalers] == [[], []]


def test_autoscalers_of_one_target_that_are_applied_together_are_found_in_the_order_of_files(
    project_of: MakeProject,
) -> None:
    project = project_of(
        {
            "deploy/b.yaml": autoscaler("b", "orders", "deployment"),
            "deploy/a.yaml": autoscaler("a", "orders") + "---\n" + autoscaler("c", "cart"),
            "other/d.yaml": autoscaler("d", "orders"),
        }
    )
    first = project.links.autoscalers[0]
    assert [one.name for one in project.links.autoscalers_beside(first)] == ["a", "b"]
