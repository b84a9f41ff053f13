"""What makes the ConfigMaps and Secrets that pods refer to."""

import pytest

from cnlint.graph.project import Project
from cnlint.manifests.kubernetes import Manifest

from graph_projects import MakeProject, config_map, workload  # isort: skip

ORDERS = {"deploy/orders.yaml": workload("orders")}


def orders(project: Project) -> Manifest:
    found = project.find("Deployment", "orders")
    assert found
    return found


def operator(api_version: str, kind: str, spec: str, name: str = "made") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (operator("bitnami.com/v1alpha1", "SealedSecret", "{encryptedData: {a: x, b: y}}"), {"a", "b"}),
        (operator("external-secrets.io/v1", "ExternalSecret", "{target: {name: made}}", "other"), set()),
        (operator("external-secrets.io/v1", "ExternalSecret", "{data: [{secretKey: a}, 5]}"), {"a"}),
        (operator("external-secrets.io/v1", "ExternalSecret", "{dataFrom: [{extract: {}}]}"), None),
        (operator("cert-manager.io/v1", "Certificate", "{secretName: made}", "x"), {"tls.crt", "tls.key", "ca.crt"}),
        (
            operator(
                "secrets-store.csi.x-k8s.io/v1",
                "SecretProviderClass",
                "{secretObjects: [{secretName: made, data: [{key: a}]}]}",
            ),
            {"a"},
        ),
        (operator("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", "{destination: {name: made}}", "x"), None),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: made}\nstringData: {a: x}\ndata: {b: eA==}\n", {"a", "b"}),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: made}\ndata: {}\n", None),
    ],
)
def test_secrets_have_many_makers(project_of: MakeProject, text: str, keys: set[str] | None) -> None:
    project = project_of({**ORDERS, "deploy/secret.yaml": text})
    near = orders(project)
    assert project.links.exists("Secret", "made", near)
    assert project.links.keys("Secret", "made", near) == keys
    assert not project.links.exists("ConfigMap", "made", near)


def test_a_custom_resource_of_an_unknown_operator_may_make_what_it_names(project_of: MakeProject) -> None:
    text = operator("db.example.com/v1", "Database", "{credentials: {output: db-login}}")
    project = project_of({**ORDERS, "deploy/db.yaml": text})
    assert project.links.exists("Secret", "db-login", orders(project))
    assert not project.links.exists("Secret", "db-logon", orders(project))


def test_commands_of_workflows_and_scripts_make_them(project_of: MakeProject) -> None:
    project = project_of(
        {
            **ORDERS,
            "setup.sh": """\
                #!/bin/bash
                kubectl create secret generic login --from-literal=user=a --from-literal=password="$P" -n shop
                kubectl create secret tls cert --cert=a --key=b
                kubectl create configmap files --from-file=conf/
                kubectl create secret docker-registry registry --docker-server=x
                """,
        }
    )
    near = orders(project)
    assert project.links.keys("Secret", "login", near) == {"user", "password"}
    assert project.links.keys("Secret", "cert", near) == {"tls.crt", "tls.key"}
    assert project.links.exists("ConfigMap", "files", near) and project.links.keys("ConfigMap", "files", near) is None
    assert project.links.exists("Secret", "registry", near)


def test_other_namespaces_do_not_count(project_of: MakeProject) -> None:
    project = project_of(
        {"a.yaml": workload("orders", namespace="shop"), "c.yaml": config_map("settings", namespace="web")}
    )
    assert not project.links.exists("ConfigMap", "settings", orders(project))


def test_what_is_applied_together_decides_on_keys(project_of: MakeProject) -> None:
    project = project_of(
        {
            **ORDERS,
            "deploy/config.yaml": config_map("settings", data="a: b"),
            "other/config.yaml": config_map("settings", data="c: d"),
        }
    )
    near = orders(project)
    assert project.links.keys("ConfigMap", "settings", near) == {"a"}
    assert len(project.links.producers("ConfigMap", "settings", near)) == 2
    assert project.links.producers("ConfigMap", "settings", near)[0].file == "deploy/config.yaml"


def test_keys_that_patches_add_are_known_those_that_are_injected_are_not(project_of: MakeProject) -> None:
    injected = config_map("ca").replace(
        "name: ca", "name: ca, labels: {config.openshift.io/inject-trusted-cabundle: 'x'}"
    )
    project = project_of(
        {
            "kustomization.yaml": "resources: [a.yaml, c.yaml, i.yaml]\npatches: [{path: p.yaml}]\n",
            "a.yaml": workload("orders"),
            "c.yaml": config_map("settings"),
            "i.yaml": injected,
            "p.yaml": config_map("settings", data="more: x"),
        }
    )
    assert project.links.keys("ConfigMap", "settings", orders(project)) == {"key", "more"}
    assert project.links.keys("ConfigMap", "ca", orders(project)) is None


def test_the_platform_makes_some_itself(project_of: MakeProject) -> None:
    project = project_of(ORDERS)
    assert project.links.exists("ConfigMap", "kube-root-ca.crt", orders(project))


def test_a_name_that_is_filled_in_later_may_be_any(project_of: MakeProject) -> None:
    project = project_of({**ORDERS, "deploy/c.yaml": config_map("'${NAME}-config'")})
    assert project.links.exists("ConfigMap", "orders-config", orders(project))


def test_generated_objects_are_found_by_the_name_that_files_use(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": """\
                namePrefix: prod-
                resources: [a.yaml]
                configMapGenerator: [{name: settings, literals: [a=b]}]
                """,
            "a.yaml": workload("orders"),
        }
    )
    near = orders(project)
    assert project.links.keys("ConfigMap", "settings", near) == {"a"}
    assert project.links.exists("ConfigMap", "prod-settings", near)


def test_the_nearest_name_of_the_set_is_proposed(project_of: MakeProject) -> None:
    project = project_of(
        {**ORDERS, "deploy/c.yaml": config_map("orders-config"), "far/c.yaml": config_map("orders-confik")}
    )
    near = project.links.nearest("ConfigMap", "orders-confi", orders(project))
    assert near and near.names == {"orders-config"}
    assert project.links.nearest("Secret", "orders-confi", orders(project)) is None


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ("config/settings.yaml", {"a"}),
        ("deploy/shared/settings.yaml", {"a"}),
        ("test/fixtures/settings.yaml", None),
    ],
)
def test_keys_of_an_object_in_a_tree_of_its_own_are_not_known(
    project_of: MakeProject, config: str, keys: set[str] | None
) -> None:
    project = project_of({**ORDERS, config: config_map("settings", data="a: b")})
    assert project.links.exists("ConfigMap", "settings", orders(project))
    assert project.links.keys("ConfigMap", "settings", orders(project)) == keys
