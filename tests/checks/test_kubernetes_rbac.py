"""What reports on roles, bindings and service accounts carry besides their place: messages, severities, fixes."""

from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding

ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nrules:\n"
BINDING = (
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\n"
    "subjects: [{{kind: ServiceAccount, name: orders, namespace: shop}}]\n"
)


def check(folder: Path, code: str, files: dict[str, str], **config: Any) -> list[Finding]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=config)
    assert not [finding for finding in report.findings if finding.code == "CNL003"]
    return [finding for finding in report.findings if finding.code == code]


def role(rule: str, kind: str = "ClusterRole", name: str = "orders") -> str:
    return ROLE.format(kind=kind, name=name) + f"  - {rule}\n"


def binding(target: str, kind: str = "ClusterRoleBinding", name: str = "orders") -> str:
    return BINDING.format(kind=kind, name=name, role=target)


def pod(spec: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n"
        f"{spec}  containers: [{{name: worker, image: 'worker:1.0.0'}}]\n"
    )


def mended(text: str, finding: Finding) -> str:
    [fix] = finding.fixes
    [edit] = fix.edits
    return edited(text, [edit])


# What rules of roles allow.


def test_a_power_names_verbs_and_resources_and_what_comes_of_them(tmp_path: Path) -> None:
    text = role('{apiGroups: [""], resources: [pods, pods/exec], verbs: [list, create, get]}')
    [finding] = check(tmp_path, "K8S405", {"role.yaml": text})
    assert finding.message == (
        'ClusterRole "orders" allows "create" and "get" on "pods/exec": its holder can run commands in containers'
    )
    assert text.split("\n")[4][finding.column - 1 : finding.end_column - 1] == "pods/exec"


def test_an_odd_verb_is_shown_rather_than_the_resource(tmp_path: Path) -> None:
    text = role("{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get, bind]}")
    [finding] = check(tmp_path, "K8S610", {"role.yaml": text})
    assert text.split("\n")[4][finding.column - 1 : finding.end_column - 1] == "bind"


@pytest.mark.parametrize(
    ("code", "rule", "severity"),
    [
        ("K8S609", '{apiGroups: [""], resources: [secrets], verbs: [update]}', "info"),
        ("K8S610", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}", "warning"),
        ("K8S611", '{apiGroups: [""], resources: [users], verbs: [impersonate]}', "warning"),
        (
            "K8S617",
            "{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch]}",
            "info",
        ),
        (
            "K8S618",
            "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]}",
            "info",
        ),
    ],
)
def test_a_power_over_objects_of_some_names_is_less(tmp_path: Path, code: str, rule: str, severity: str) -> None:
    narrowed = rule.replace("verbs:", "resourceNames: [example.com/orders], verbs:")
    [finding] = check(tmp_path, code, {"role.yaml": role(narrowed)})
    assert finding.severity == severity


def test_a_role_of_a_namespace_cannot_allow_what_lies_outside(tmp_path: Path) -> None:
    text = role('{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}', kind="Role")
    [finding] = check(tmp_path, "K8S615", {"role.yaml": text})
    assert finding.severity == "info"
    assert finding.message == (
        'Role "orders" names "nodes/proxy" outside of namespaces, which only a ClusterRole can allow'
    )


@pytest.mark.parametrize("code", ["K8S402", "K8S403", "K8S404", "K8S405", "K8S609", "K8S610", "K8S611", "K8S615"])
def test_a_rule_that_allows_everything_is_reported_for_that_alone(tmp_path: Path, code: str) -> None:
    text = role('{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}')
    assert not check(tmp_path, code, {"role.yaml": text})
    [finding] = check(tmp_path, "K8S603", {"role.yaml": text})
    assert finding.message == 'ClusterRole "orders" allows every verb on everything'


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("K8S403", '{apiGroups: [""], resources: [secrets], verbs: [get]}'),
        ("K8S610", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}"),
        ("K8S611", '{apiGroups: [""], resources: [users], verbs: [impersonate]}'),
        ("K8S622", '{apiGroups: [""], resources: [services/status], verbs: [patch]}'),
    ],
)
def test_who_has_a_power_is_told(tmp_path: Path, code: str, rule: str) -> None:
    text = role(rule)
    [finding] = check(tmp_path, code, {"role.yaml": text, "binding.yaml": binding("orders")})
    assert [(one.path, one.line, one.message) for one in finding.related] == [
        ("binding.yaml", 4, 'ClusterRoleBinding "orders" gives it to ServiceAccount "orders"')
    ]


def test_wildcards_of_custom_resources_are_an_information(tmp_path: Path) -> None:
    text = role('{apiGroups: [example.com], resources: ["*"], verbs: ["*"]}')
    found = check(tmp_path, "K8S402", {"role.yaml": text})
    assert [(one.severity, one.message) for one in found] == 2 * [
        ("info", 'ClusterRole "orders" allows every verb on every resource of "example.com"')
    ]


def test_a_wildcard_for_verbs_may_matter_on_some_resources_only(tmp_path: Path) -> None:
    text = role('{apiGroups: [""], resources: [services], verbs: ["*"]}')
    options = {"rules": {"K8S402": {"resources": ["pods"]}}}
    assert not check(tmp_path, "K8S402", {"role.yaml": text}, **options)
    assert check(tmp_path, "K8S402", {"role.yaml": text.replace("services", "pods")}, **options)


@pytest.mark.parametrize(
    ("items", "hint"),
    [
        ("apiGroups: [apps/v1], resources: [deployments], verbs: [get]", 'Write "apps"'),
        ("apiGroups: [core], resources: [pods], verbs: [get]", "Write an empty text in quotes"),
        ("apiGroups: [''], resources: [pod/log], verbs: [get]", 'Write "pods/log"'),
        ("apiGroups: [networking.k8s.io], resources: [ingress], verbs: [get]", 'Write "ingresses"'),
        ("apiGroups: [''], resources: [configMaps], verbs: [get]", 'Write "configmaps"'),
        ("apiGroups: [''], resources: [pods], verbs: [crate]", 'Write "create"'),
        ("apiGroups: [''], resources: [pods], verbs: [put]", 'Write "update"'),
    ],
)
def test_what_was_meant_by_a_name_that_matches_nothing_is_told(tmp_path: Path, items: str, hint: str) -> None:
    [finding] = check(tmp_path, "K8S632", {"role.yaml": role(f"{{{items}}}")})
    assert finding.hint == hint


@pytest.mark.parametrize(
    "items",
    [
        "apiGroups: [custom.metrics.k8s.io], resources: [job, QueueLength], verbs: [get]",
        "apiGroups: ['{{ .Values.group }}/v1'], resources: ['$KIND'], verbs: ['<verb>']",
        "apiGroups: [''], resources: [pods, 5, ~, [x]], verbs: get",
        "apiGroups: ['*'], resources: [things], verbs: [enhance]",
    ],
)
def test_names_that_may_be_right_are_not_reported(tmp_path: Path, items: str) -> None:
    assert not check(tmp_path, "K8S632", {"role.yaml": role(f"{{{items}}}")})


@pytest.mark.parametrize("rules", ["5", "[]", "[~, 3, [a]]", "[{}]", "{a: b}", "[{resources: secrets, verbs: '*'}]"])
def test_rules_of_odd_types_are_borne(tmp_path: Path, rules: str) -> None:
    text = ROLE.format(kind="ClusterRole", name="odd").replace("rules:\n", f"rules: {rules}\n")
    for code in ("K8S402", "K8S403", "K8S405", "K8S603", "K8S610", "K8S618", "K8S631", "K8S632"):
        assert not check(tmp_path, code, {"role.yaml": text})


# Bindings.


def test_broad_roles_are_reported_in_stricter_profiles(tmp_path: Path) -> None:
    files = {"binding.yaml": binding("edit", kind="RoleBinding")}
    assert not check(tmp_path, "K8S400", files)
    [finding] = check(tmp_path, "K8S400", files, profile="strict")
    assert finding.severity == "warning"
    assert finding.message == 'RoleBinding "orders" gives the broad ClusterRole "edit"'


def test_a_binding_shows_the_rule_by_which_it_gives_everything(tmp_path: Path) -> None:
    text = role('{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}')
    files = {"role.yaml": text, "binding.yaml": binding("orders", kind="RoleBinding")}
    [finding] = check(tmp_path, "K8S401", files)
    assert finding.message == (
        'RoleBinding "orders" gives ClusterRole "orders", '
        "which allows everything in its namespace, as cluster-admin does"
    )
    assert [(one.path, one.line) for one in finding.related] == [("role.yaml", 5)]


def test_a_role_of_another_environment_says_nothing_of_a_binding(tmp_path: Path) -> None:
    text = role('{apiGroups: [""], resources: [pods/exec], verbs: [create]}')
    files = {"overlays/dev/role.yaml": text, "overlays/prod/binding.yaml": binding("orders")}
    assert not check(tmp_path, "K8S406", files)


def test_a_role_that_does_not_exist_shows_the_one_that_was_meant(tmp_path: Path) -> None:
    files = {"role.yaml": role("{}", name="order-reader"), "binding.yaml": binding("order-raeder")}
    [finding] = check(tmp_path, "K8S385", files)
    assert finding.hint == 'Write "order-reader"'
    assert [(one.path, one.line) for one in finding.related] == [("role.yaml", 3)]


def test_a_cluster_role_is_missing_only_where_everything_is_here(tmp_path: Path) -> None:
    files = {"role.yaml": role("{}", name="reader"), "binding.yaml": binding("cert-manager-view")}
    assert not check(tmp_path, "K8S385", files)
    assert check(tmp_path, "K8S385", files, project={"complete": True})


@pytest.mark.parametrize("subjects", ["5", "[~, 3]", "[{kind: [x], name: {a: b}}]", "[{name: 7}]"])
def test_subjects_of_odd_types_are_borne(tmp_path: Path, subjects: str) -> None:
    text = binding("cluster-admin").partition("subjects:")[0] + f"subjects: {subjects}\n"
    for code in ("K8S605", "K8S606", "K8S607", "K8S643"):
        assert not check(tmp_path, code, {"binding.yaml": text})
    assert check(tmp_path, "K8S400", {"binding.yaml": text})


def test_a_subject_without_a_role_is_still_named(tmp_path: Path) -> None:
    text = binding("x").replace("name: x}", "name: ''}").replace("name: orders, namespace", "name: default, namespace")
    [finding] = check(tmp_path, "K8S643", {"binding.yaml": text})
    assert finding.message == (
        'ClusterRoleBinding "orders" gives a role to ServiceAccount "default": the account of all pods that name none'
    )


# Service accounts.


def test_the_deprecated_field_can_be_renamed(tmp_path: Path) -> None:
    text = pod("  serviceAccount: orders\n")
    [finding] = check(tmp_path, "K8S286", {"pod.yaml": text})
    assert finding.fixes[0].safe
    assert mended(text, finding) == pod("  serviceAccountName: orders\n")


def test_two_accounts_are_an_error_that_nobody_can_mend_but_the_author(tmp_path: Path) -> None:
    text = pod("  serviceAccount: shop\n  serviceAccountName: orders\n")
    [finding] = check(tmp_path, "K8S286", {"pod.yaml": text})
    assert (finding.severity, finding.line, finding.fixes) == ("error", 5, ())
    assert [(one.line, one.message) for one in finding.related] == [(6, "this one counts")]


@pytest.mark.parametrize("setting", ["", "  automountServiceAccountToken: true\n"])
def test_the_token_can_be_turned_off_for_a_pod(tmp_path: Path, setting: str) -> None:
    text = pod(setting)
    [finding] = check(tmp_path, "K8S287", {"pod.yaml": text})
    assert not finding.fixes[0].safe
    assert mended(text, finding) == pod("  automountServiceAccountToken: false\n")


def test_an_account_whose_role_is_bound_in_another_namespace_keeps_its_token(tmp_path: Path) -> None:
    text = pod("  serviceAccountName: orders\n").replace("{name: worker}", "{name: worker, namespace: shop}", 1)
    assert check(tmp_path, "K8S287", {"pod.yaml": text})
    assert not check(tmp_path, "K8S287", {"pod.yaml": text, "binding.yaml": binding("view")})


def test_a_role_of_the_account_default_elsewhere_is_for_other_pods(tmp_path: Path) -> None:
    bound = binding("view").replace("name: orders, namespace: shop", "name: default, namespace: kube-system")
    assert check(tmp_path, "K8S287", {"app/pod.yaml": pod(""), "system/binding.yaml": bound})


def test_the_token_can_be_turned_off_for_the_account_default(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"
    [finding] = check(tmp_path, "K8S642", {"account.yaml": text})
    assert not finding.fixes[0].safe
    assert "kind: ServiceAccount\nautomountServiceAccountToken: false\nmetadata: {name: default}" in mended(
        text, finding
    )


def test_the_token_can_be_turned_off_on_one_line(tmp_path: Path) -> None:
    text = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}\n"
    [finding] = check(tmp_path, "K8S642", {"account.yaml": text})
    assert mended(text, finding) == "{automountServiceAccountToken: false, " + text[1:]


def test_an_account_that_a_kustomization_renames_is_found(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "namePrefix: dev-\nresources: [pod.yaml, account.yaml]\n",
        "pod.yaml": pod("  serviceAccountName: orders\n"),
        "account.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: orders}\n",
    }
    assert not check(tmp_path, "K8S383", files)
    files["pod.yaml"] = pod("  serviceAccountName: dev-orders\n")
    assert not check(tmp_path, "K8S383", files)


def test_an_account_that_eksctl_makes_is_not_missing(tmp_path: Path) -> None:
    config = (
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: shop}\n"
        "iam: {serviceAccounts: [{metadata: {name: backup}}]}\n"
    )
    files = {
        "pod.yaml": pod("  serviceAccountName: backup\n"),
        "account.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: orders}\n",
    }
    assert check(tmp_path, "K8S383", files)
    assert not check(tmp_path, "K8S383", {**files, "infra/cluster.yaml": config})
