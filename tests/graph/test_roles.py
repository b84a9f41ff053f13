"""Roles and accounts: which role a binding gives, whose rules it has, and what pods run as."""

import pytest

from cnlint.graph.project import Project
from cnlint.manifests.rbac import Role, RoleBinding
from cnlint.manifests.workloads import Workload

from graph_projects import MakeProject, workload  # isort: skip

GROUP = "rbac.authorization.k8s.io"


def role(name: str, *, kind: str = "ClusterRole", namespace: str = "", labels: str = "", selects: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    aggregation = f"aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{{selects}}}}}]}}\n" if selects else ""
    return (
        f"---\napiVersion: {GROUP}/v1\nkind: {kind}\nmetadata: {{name: {name}{place}, labels: {{{labels}}}}}\n"
        f"{aggregation}rules: [{{apiGroups: [''], resources: [{name}], verbs: [get]}}]\n"
    )


def binding(name: str, target: str, *, kind: str = "ClusterRole", namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"---\napiVersion: {GROUP}/v1\nkind: {'RoleBinding' if namespace else 'ClusterRoleBinding'}\n"
        f"metadata: {{name: {name}{place}}}\nroleRef: {{apiGroup: {GROUP}, kind: {kind}, name: {target}}}\n"
        "subjects: [{kind: ServiceAccount, name: orders, namespace: shop}]\n"
    )


def only(project: Project, kind: type[RoleBinding] = RoleBinding) -> RoleBinding:
    [found] = project.resources(kind)
    return found


def test_a_cluster_role_is_given_from_any_namespace(project_of: MakeProject) -> None:
    project = project_of({"a.yaml": role("reader") + binding("orders", "reader", namespace="shop")})
    found = project.links.role_of(only(project))
    assert found and found.name == "reader"


@pytest.mark.parametrize(("namespace", "is_given"), [("shop", True), ("tools", False)])
def test_a_role_is_given_within_its_namespace(project_of: MakeProject, namespace: str, is_given: bool) -> None:
    text = role("reader", kind="Role", namespace="shop")
    project = project_of({"a.yaml": text + binding("orders", "reader", kind="Role", namespace=namespace)})
    one = only(project)
    assert (project.links.role_of(one) is not None) == project.links.may_have_role(one) == is_given


def test_rules_are_collected_from_the_roles_that_one_selects(project_of: MakeProject) -> None:
    text = role("all", selects="for: all") + role("some", labels="for: all", selects="for: some")
    text += role("more", labels="for: some") + role("none", labels="for: nobody") + binding("orders", "all")
    project = project_of({"a.yaml": text})
    found = project.links.role_of(only(project))
    assert found
    assert [rule.resources for rule in project.links.rules_of(found)] == [["all"], ["some"], ["more"]]


def test_roles_that_select_each_other_come_to_an_end(project_of: MakeProject) -> None:
    text = role("a", labels="for: b", selects="for: a") + role("b", labels="for: a", selects="for: b")
    project = project_of({"a.yaml": text})
    for one in project.resources(Role):
        assert len(project.links.rules_of(one)) == 2


def test_whoever_holds_a_collecting_role_holds_what_it_collects(project_of: MakeProject) -> None:
    text = role("all", selects="for: all") + role("some", labels="for: all") + role("none") + binding("orders", "all")
    project = project_of({"a.yaml": text})
    held = {one.name for one in project.resources(Role) if project.links.bindings_of(one)}
    assert held == {"all", "some"}


def test_bindings_and_accounts_are_links(project_of: MakeProject) -> None:
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: orders}\n"
    pods = workload("orders", pod="      serviceAccountName: orders\n")
    project = project_of({"a.yaml": pods + account + role("reader") + binding("orders", "reader")})
    found = {(one.kind, one.source.span.line, one.target.span.line) for one in project.links.all()}
    assert {("runs-as", 10, 14), ("grants", 24, 18)} <= found


def test_the_bindings_of_an_account_are_those_of_its_namespace(project_of: MakeProject) -> None:
    pods = workload("a", namespace="shop", pod="      serviceAccountName: orders\n") + "---\n"
    pods += workload("b", namespace="tools", pod="      serviceAccountName: orders\n")
    project = project_of({"a.yaml": pods + binding("orders", "reader")})
    found = {one.name: len(project.links.bindings_of_account(one)) for one in project.resources(Workload)}
    assert found == {"a": 1, "b": 0}


def test_a_selector_with_expressions_collects_too(project_of: MakeProject) -> None:
    text = role("all", selects="for: all").replace(
        "matchLabels: {for: all}", "matchExpressions: [{key: for, operator: Exists}]"
    )
    project = project_of({"a.yaml": text + role("some", labels="for: any") + role("none")})
    found = {one.name: len(project.links.rules_of(one)) for one in project.resources(Role)}
    assert found == {"all": 2, "some": 1, "none": 1}
