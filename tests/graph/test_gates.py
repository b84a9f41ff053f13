"""When something missing may be reported."""

import pytest

from cnlint.graph import gates
from cnlint.graph.project import Project

from graph_projects import MakeProject, application, config_map, service, workload  # isort: skip

SHOP = {"deploy/service.yaml": service("cart", "app: cart"), "deploy/app.yaml": workload("orders")}


def is_open(project: Project, **wanted: list[str]) -> bool:
    near = project.find("Service", "cart")
    assert near
    return project.may_report_missing(gates.PODS, near=near, **wanted)


def test_a_set_that_holds_such_objects_opens_the_gate(project_of: MakeProject) -> None:
    assert is_open(project_of(SHOP))


@pytest.mark.parametrize(
    "files",
    [
        {"deploy/app.yaml": config_map("orders")},
        {"deploy/app.yaml": workload("orders", namespace="other")},
        {"deploy/app.yaml": config_map("x"), "elsewhere/app.yaml": workload("orders")},
        {"deploy/broken.yaml": "apiVersion: v1\nkind: [\n"},
        {"deploy/template.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ .Values.x }}\n  y: {{ end }}\n"},
        {"deploy/db.yaml": "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: db}\nspec: {}\n"},
        {"deploy/argo.yaml": application("cart", "https://github.com/example/elsewhere", "cart")},
        {"deploy/kustomization.yaml": "resources: [app.yaml, service.yaml, https://example.com/x.yaml]\n"},
        {"deploy/kustomization.yaml": "resources: [app.yaml, service.yaml]\nhelmCharts: [{name: redis}]\n"},
    ],
    ids=["none", "namespace", "elsewhere", "broken", "template", "operator", "application", "remote", "chart"],
)
def test_what_may_hide_the_object_closes_the_gate(project_of: MakeProject, files: dict[str, str]) -> None:
    assert not is_open(project_of({**SHOP, **files}))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: {hosts: [x]}\n",
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\nspec: {secretName: x}\n",
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: x}\nspec: {}\n",
    ],
)
def test_resources_that_make_no_pods_do_not_close_it(project_of: MakeProject, text: str) -> None:
    assert is_open(project_of({**SHOP, "deploy/more.yaml": text}))


def test_placeholders_among_what_is_wanted_close_it(project_of: MakeProject) -> None:
    project = project_of(SHOP)
    assert is_open(project, wanted=["app", "cart"])
    assert not is_open(project, wanted=["app", "${NAME}"])


def test_the_setting_decides_where_it_is_given(project_of: MakeProject) -> None:
    alone = {"deploy/service.yaml": service("cart", "app: cart")}
    assert is_open(project_of(alone, complete=True))
    assert not is_open(project_of(SHOP, complete=False))
    assert not is_open(project_of(alone, complete=True), wanted=["{{ name }}"])


def test_generators_count_as_what_they_make(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": "resources: [app.yaml]\nnamespace: x\nsecretGenerator: [{name: s}]\n",
            "app.yaml": workload("orders"),
        }
    )
    near = project.find("Deployment", "orders")
    assert project.may_report_missing(gates.SECRETS, near=near)
    assert not project.may_report_missing(gates.CONFIG_MAPS, near=near)


def test_kinds_that_a_missing_separator_hides_close_it(project_of: MakeProject) -> None:
    hidden = config_map("first") + config_map("second").replace("ConfigMap", "Secret")
    project = project_of(
        {"a.yaml": workload("orders"), "b.yaml": hidden, "c.yaml": config_map("third"), "d.yaml": service("s", "a: b")}
    )
    near = project.find("Deployment", "orders")
    assert not project.may_report_missing(gates.CONFIG_MAPS, near=near)
    assert project.may_report_missing(gates.SERVICES, near=near)


def test_without_an_object_the_whole_project_is_judged(project_of: MakeProject) -> None:
    assert project_of(SHOP).may_report_missing(gates.WORKLOADS)
    assert not project_of({"deploy/service.yaml": SHOP["deploy/service.yaml"]}).may_report_missing(
        gates.SERVICE_ACCOUNTS
    )


def test_a_template_anywhere_closes_the_gate_of_the_whole_project(project_of: MakeProject) -> None:
    project = project_of({**SHOP, "chart/Chart.yaml": "name: c\n", "chart/templates/a.yaml": "kind: {{ .x }}\n"})
    assert not project.may_report_missing(gates.WORKLOADS)
    assert is_open(project)
