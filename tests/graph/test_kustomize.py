"""What kustomizations build, and what they change."""

import pytest

from cnlint.graph import kustomize
from cnlint.graph.project import Project

from graph_projects import MakeProject, config_map, service, workload  # isort: skip


def build_of(project: Project, folder: str) -> kustomize.Build:
    return project.kustomizations.build(project.kustomizations.by_folder[folder])


BASE = {
    "base/kustomization.yaml": "resources: [app.yaml]\nnamePrefix: shop-\ncommonLabels: {team: shop}\n",
    "base/app.yaml": workload("orders"),
}


def test_an_overlay_builds_the_files_of_its_base(project_of: MakeProject) -> None:
    project = project_of(
        {
            **BASE,
            "prod/kustomization.yaml": "resources: [../base, extra.yaml]\nnamespace: prod\nnameSuffix: -v2\n",
            "prod/extra.yaml": config_map("extra"),
        }
    )
    build = build_of(project, "prod")
    assert set(build.files) == {"base/app.yaml", "prod/extra.yaml"}
    layers = build.files["base/app.yaml"]
    assert [one.folder for one in layers] == ["base", "prod"]
    assert kustomize.name_of(layers, "orders") == "shop-orders-v2"
    assert kustomize.namespace_of(layers, "default") == "prod"
    assert kustomize.labels_of(layers, {"app": "orders"}) == {"app": "orders", "team": "shop"}
    assert not build.unknown


def test_the_outermost_namespace_wins(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a/kustomization.yaml": "resources: [../b]\nnamespace: outer\n",
            "b/kustomization.yaml": "resources: [x.yaml]\nnamespace: inner\n",
            "b/x.yaml": config_map("x", namespace="written"),
        }
    )
    layers = build_of(project, "a").files["b/x.yaml"]
    assert kustomize.namespace_of(layers, "written") == "outer"


def test_a_component_changes_all_that_its_kustomization_gathers(project_of: MakeProject) -> None:
    project = project_of(
        {
            **BASE,
            "parts/metrics/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [monitor.yaml]\n"
                "images: [{name: registry.example.com/orders, newName: mirror.example.com/orders, newTag: '2'}]\n"
            ),
            "parts/metrics/monitor.yaml": config_map("monitor"),
            "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../parts/metrics]\n",
        }
    )
    build = build_of(project, "prod")
    assert set(build.files) == {"base/app.yaml", "parts/metrics/monitor.yaml"}
    image = kustomize.image_of(build.files["base/app.yaml"], "registry.example.com/orders:1.0.0")
    assert image == "mirror.example.com/orders:2"
    assert [one.folder for one in project.kustomizations.roots] == ["prod"]


@pytest.mark.parametrize(
    ("override", "image"),
    [
        ("{name: nginx, newTag: '1.29'}", "nginx:1.29"),
        ("{name: nginx, newName: registry.example.com:5000/nginx}", "registry.example.com:5000/nginx:1.27"),
        ("{name: nginx, digest: 'sha256:abc'}", "nginx@sha256:abc"),
        ("{name: other, newTag: '1'}", "nginx:1.27"),
    ],
)
def test_images_are_replaced_by_name(project_of: MakeProject, override: str, image: str) -> None:
    project = project_of({"kustomization.yaml": f"images: [{override}]\nresources: [x.yaml]\n", "x.yaml": "a: 1\n"})
    assert kustomize.image_of(build_of(project, "").files["x.yaml"], "nginx:1.27") == image


@pytest.mark.parametrize(
    "text",
    [
        "resources: [https://github.com/example/base//deploy?ref=v1]",
        "resources: [absent.yaml]",
        "resources: [../../outside]",
        "helmCharts: [{name: redis}]",
        "generators: [plugin.yaml]",
        "resources: [.]",
        "replacements: [{path: replacement.yaml}]",
    ],
)
def test_what_is_remote_missing_or_a_plugin_is_unknown(project_of: MakeProject, text: str) -> None:
    assert build_of(project_of({"kustomization.yaml": text + "\n"}), "").unknown


def test_cycles_end(project_of: MakeProject) -> None:
    project = project_of({"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"})
    assert build_of(project, "a").unknown == ["a/kustomization.yaml builds upon itself"]


def test_keys_of_generators_come_from_literals_files_and_environments(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": """\
                configMapGenerator:
                  - name: settings
                    literals: [log_level=info, "url=a=b"]
                    files: [conf/app.ini, main=conf/app.ini]
                    envs: [conf/local.env]
                secretGenerator:
                  - {name: unknown, envs: [absent.env]}
                  - {name: merged, behavior: merge, literals: [a=b]}
                """,
            "conf/local.env": "# comment\nHOST=db\n\nPORT=5432\n",
        }
    )
    made = {one.name: one.keys for one in build_of(project, "").generated()}
    assert made["settings"] == {"log_level", "url", "app.ini", "main", "HOST", "PORT"}
    assert made["unknown"] is None and made["merged"] is None


PATCHED = {
    "kustomization.yaml": "resources: [app.yaml, service.yaml]\n",
    "app.yaml": workload("orders"),
    "service.yaml": service("orders", "app: orders"),
}


@pytest.mark.parametrize(
    "field",
    [
        "patches: [{target: {kind: Deployment}, patch: '[{op: replace, path: /spec/replicas, value: 3}]'}]",
        "patchesJson6902: [{target: {kind: Deploy.*, name: orders}, path: six.json}]",
        "replacements: [{targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]}]",
        "patches: [{path: absent.yaml, target: {kind: Deployment}}]",
    ],
)
def test_a_field_is_known_as_patched_whose_patch_cannot_be_applied(project_of: MakeProject, field: str) -> None:
    project = project_of(
        {
            **PATCHED,
            "kustomization.yaml": PATCHED["kustomization.yaml"] + field + "\n",
            "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 3}\n",
            "six.json": '[{"op": "replace", "path": "/spec/replicas", "value": 3}]',
        }
    )
    orders = project.find("Deployment", "orders")
    other = project.find("Service", "orders")
    assert orders and other
    assert project.is_patched(orders, "spec", "replicas")
    assert not project.is_patched(other, "spec", "replicas")
    if "absent" not in field:
        assert not project.is_patched(orders, "spec", "template", "metadata", "labels")
        assert project.is_patched(orders, "spec")


@pytest.mark.parametrize(
    "field",
    [
        "replicas: [{name: orders, count: 3}]",
        "patches: [{path: patch.yaml}]",
        "patchesStrategicMerge: [patch.yaml]",
        "patches: [{target: {kind: Deployment}, patch: '[{op: add, path: /spec/replicas, value: 3}]'}]",
        "patchesJson6902: [{target: {kind: Deploy.*, name: orders}, path: six.json}]",
    ],
)
def test_objects_are_those_that_are_applied(project_of: MakeProject, field: str) -> None:
    project = project_of(
        {
            **PATCHED,
            "kustomization.yaml": PATCHED["kustomization.yaml"] + field + "\n",
            "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 3}\n",
            "six.json": '[{"op": "add", "path": "/spec/replicas", "value": 3}]',
        }
    )
    orders = project.find("Deployment", "orders")
    assert orders and orders.get("spec", "replicas") == 3
    assert not project.is_patched(orders, "spec", "replicas")


def test_where_overlays_differ_the_object_is_the_written_one_and_they_are_variants(project_of: MakeProject) -> None:
    overlay = "resources: [../base]\nreplicas: [{{name: orders, count: {}}}]\n"
    project = project_of(
        {
            "base/kustomization.yaml": "resources: [app.yaml]\n",
            "base/app.yaml": workload("orders"),
            "a/kustomization.yaml": overlay.format(1),
            "b/kustomization.yaml": overlay.format(2),
        }
    )
    [orders] = project.index.all
    assert project.is_patched(orders.view, "spec", "replicas")
    assert [one.view.get("spec", "replicas") for one in orders.variants] == [1, 2]
    assert [one.get("spec", "replicas") for one in project.views_for(frozenset({"workload"}))] == [1, 2]
    assert not any(project.is_patched(one.view, "spec", "replicas") for one in orders.variants)


def test_an_object_that_a_patch_deletes_is_not_there(project_of: MakeProject) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\n$patch: delete\n"
    kustomization = PATCHED["kustomization.yaml"] + "patches: [{path: patch.yaml}]\n"
    project = project_of({**PATCHED, "kustomization.yaml": kustomization, "patch.yaml": patch})
    assert project.find("Deployment", "orders") is None


def test_a_patch_that_cannot_be_applied_closes_the_gates(project_of: MakeProject) -> None:
    project = project_of(
        {**PATCHED, "kustomization.yaml": PATCHED["kustomization.yaml"] + "patches: [{path: absent.yaml}]\n"}
    )
    [applied] = project.apply_sets.all
    assert applied.unknown == ("kustomization.yaml: absent.yaml is not applied: the patch cannot be read",)


def test_patches_are_no_resources(project_of: MakeProject) -> None:
    project = project_of(
        {
            **PATCHED,
            "kustomization.yaml": PATCHED["kustomization.yaml"] + "patches: [{path: patch.yaml}]\n",
            "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 3}\n",
        }
    )
    assert [one.file for one in project.index.by_kind["apps", "Deployment"]] == ["app.yaml"]


def test_odd_content_of_a_kustomization_is_borne(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": """\
                resources: text
                bases: [1, null, {}]
                components: {a: b}
                patches: [text, 1, {target: 5, patch: [1]}]
                patchesStrategicMerge: [null, "a: [", "x: 1\\ny: 2"]
                patchesJson6902: [{target: {kind: "("}, patch: "- 1"}]
                images: [null, {name: 1}]
                replicas: [{name: a, count: x}]
                labels: [1, {pairs: []}]
                commonLabels: [a]
                configMapGenerator: [1, {name: x, literals: 5, files: [1]}]
                replacements: [1, {targets: 3}, {targets: [{select: 1}]}]
                """
        }
    )
    build = build_of(project, "")
    assert build.files == {}
    assert [one.name for one in build.generated()] == ["x"]
    assert isinstance(build.changes, list)


def test_everything_that_a_kustomization_names_is_known(project_of: MakeProject) -> None:
    project = project_of(
        {
            "k/kustomization.yaml": """
                resources: [a.yaml, ../base]
                components: [c]
                patches: [{path: p.yaml}, {patch: '[]'}]
                patchesStrategicMerge: [q.yaml, "kind: A\\nmetadata: {name: a}"]
                patchesJson6902: [{path: j.json, target: {kind: A}}]
                configurations: [names.yaml]
                transformers: ["kind: B\\n"]
                openapi: {path: schema.json}
                replacements: [{path: r.yaml}, {source: {}}]
                helmCharts: [{name: x, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}]
                configMapGenerator: [{name: s, files: [key=f.ini, g.ini], envs: [e.env], env: d.env}]
            """
        }
    )
    one = project.kustomizations.by_folder["k"]
    names = "a.yaml ../base c p.yaml q.yaml j.json names.yaml schema.json r.yaml v.yaml w.yaml f.ini g.ini e.env d.env"
    assert {entry.text for entry in one.references} == set(names.split())
    for entry in one.references:
        assert entry.text in str(one.get(*entry.path))
    assert {"k/a.yaml", "base", "k/f.ini"} <= project.kustomizations.named


def test_a_kustomization_of_flux_is_none_of_kustomize(project_of: MakeProject) -> None:
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./shop}\n"
    project = project_of({"flux/kustomization.yaml": flux, "shop/kustomization.yaml": "resources: []\n"})
    assert list(project.kustomizations.by_folder) == ["shop"]


def test_patches_mention_what_stands_in_their_texts(project_of: MakeProject) -> None:
    project = project_of(
        {
            **BASE,
            "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
            "prod/p.yaml": "kind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 2}\n",
            "dev/kustomization.yaml": "resources: [../base]\npatches: [{path: absent.yaml}]\n",
        }
    )
    assert build_of(project, "prod").patches_mention("replicas")
    assert not build_of(project, "prod").patches_mention("mountPath")
    assert build_of(project, "dev").patches_mention("mountPath")
