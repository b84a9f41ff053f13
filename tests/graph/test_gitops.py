"""Commands that change what Argo CD syncs, and whatever may write new tags."""

import pytest

from cnlint.manifests.argo import ApplicationSpec

from graph_projects import MakeProject, application, config_map, workload  # isort: skip

URL = "https://github.com/example/app"
AUTOMATED = "  syncPolicy: {automated: {selfHeal: true}}\n"
SHOP = {
    "argocd/shop.yaml": application("shop", URL, "deploy") + AUTOMATED,
    "deploy/orders.yaml": workload("orders"),
    "deploy/settings.yaml": config_map("settings"),
}


def changes_of(project_of: MakeProject, files: dict[str, str]) -> list[tuple[str, str, int]]:
    links = project_of(files, self_repo=(URL,)).links
    found = [one for spec in links.applications for one in links.changes_behind(spec)]
    return [(one.command.verb, one.resource.name, one.objects) for one in found]


@pytest.mark.parametrize(
    ("script", "changes"),
    [
        ("kubectl set image deploy/orders orders=x:1", [("set", "orders", 1)]),
        ("kubectl -n shop scale deployment orders --replicas=2", [("scale", "orders", 1)]),
        ("kubectl apply -f deploy", [("apply", "orders", 2)]),
        ("kubectl patch cm settings -p '{}'", [("patch", "settings", 1)]),
        ("kubectl rollout undo deploy/orders", [("rollout", "orders", 1)]),
        ("kubectl rollout status deploy/orders", []),
        ("kubectl get deploy orders", []),
        ("kubectl apply -f deploy --dry-run=client", []),
        ("kubectl scale deploy/orders --replicas=2 -n other", []),
        ("kubectl scale deploy/$NAME --replicas=2", []),
        ("kubectl apply -f argocd/shop.yaml", []),
        ("kind create cluster\nkubectl apply -f deploy", []),
    ],
)
def test_commands_change_what_an_application_syncs(
    project_of: MakeProject, script: str, changes: list[tuple[str, str, int]]
) -> None:
    assert changes_of(project_of, {**SHOP, "deploy.sh": f"#!/bin/sh\n{script}\n"}) == changes


def test_where_any_application_may_be_meant_all_must_be_automated(project_of: MakeProject) -> None:
    files = {
        "argocd/a.yaml": application("a", URL, "overlays/dev", "dev") + AUTOMATED,
        "argocd/b.yaml": application("b", URL, "overlays/prod", "prod"),
        "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
        "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
        "base/kustomization.yaml": "resources: [orders.yaml]\n",
        "base/orders.yaml": workload("orders"),
    }
    scale = "#!/bin/sh\nkubectl scale deploy/orders --replicas=2{}\n"
    assert changes_of(project_of, {**files, "x.sh": scale.format("")}) == []
    assert changes_of(project_of, {**files, "x.sh": scale.format(" -n dev")}) == [("scale", "orders", 1)]
    assert changes_of(project_of, {**files, "x.sh": scale.format(" -n prod")}) == []


@pytest.mark.parametrize(
    ("files", "may"),
    [
        ({}, False),
        ({"renovate.json": "{}"}, True),
        ({".github/dependabot.yml": "version: 2\n"}, True),
        ({"Jenkinsfile": "pipeline {}"}, True),
        ({"release.sh": "#!/bin/sh\ngit push\n"}, True),
        ({"build.sh": "#!/bin/sh\ndocker push example.com/a:1\n"}, False),
        ({".github/workflows/a.yaml": "jobs: {a: {uses: example/x/.github/workflows/y.yaml@v1}}\n"}, True),
        ({".github/workflows/a.yaml": "jobs: {a: {steps: [{uses: docker/build-push-action@v6}]}}\n"}, False),
        ({".github/workflows/a.yaml": "jobs: {a: {steps: [{uses: EndBug/add-and-commit@v9}]}}\n"}, True),
        ({"w.yaml": "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: w}\n"}, True),
    ],
)
def test_whatever_commits_may_write_tags(project_of: MakeProject, files: dict[str, str], may: bool) -> None:
    assert project_of({**SHOP, **files}).links.may_write_tags is may


@pytest.mark.parametrize(
    ("patch", "removed"),
    [
        ("- {op: remove, path: /spec/replicas}", True),
        ("- {op: replace, path: /spec/replicas, value: 2}", False),
        ("{kind: Deployment, metadata: {name: orders}, spec: {replicas: null}}", True),
        ("{kind: Deployment, metadata: {name: orders}, spec: {replicas: 2}}", False),
        ("[", True),
    ],
)
def test_a_patch_may_take_a_field_away(project_of: MakeProject, patch: str, removed: bool) -> None:
    kustomization = f"resources: [a.yaml]\npatches:\n- target: {{kind: Deployment}}\n  patch: '{patch}'\n"
    project = project_of({"deploy/kustomization.yaml": kustomization, "deploy/a.yaml": workload("orders")})
    [applied] = project.apply_sets.all
    [orders] = applied.index.all
    assert applied.removes(orders, "spec", "replicas") is removed
    assert not applied.removes(orders, "spec", "strategy") or patch == "["


@pytest.mark.parametrize(
    ("settings", "leaves"),
    [
        (config_map("argocd-cm", data="resource.customizations.ignoreDifferences.apps_Deployment: x"), True),
        (config_map("argocd-cm", data="url: https://argocd.example.com"), False),
        ("apiVersion: argoproj.io/v1beta1\nkind: ArgoCD\nspec: {resourceIgnoreDifferences: {all: {}}}\n", True),
    ],
)
def test_the_settings_of_argo_cd_may_leave_fields_to_others(
    project_of: MakeProject, settings: str, leaves: bool
) -> None:
    assert project_of({**SHOP, "argocd-cm.yaml": settings}).links.leaves_differences is leaves


def test_an_application_knows_its_place(project_of: MakeProject) -> None:
    [spec] = project_of(SHOP).links.applications
    assert isinstance(spec, ApplicationSpec)
    assert spec.is_local and spec.destination["name"] == "in-cluster"
