"""What patches, images and replacements of kustomizations are meant for."""

import pytest

from cnlint.graph.patch_targets import Selection, images_of, known_build, objects_of, selections_of

from graph_projects import MakeProject, config_map, workload  # isort: skip

FILES = {
    "base/kustomization.yaml": (
        "resources: [app.yaml]\nnamePrefix: shop-\nnamespace: shop\n"
        "configMapGenerator: [{name: settings, literals: [A=1]}]\n"
    ),
    "base/app.yaml": workload("orders"),
    "prod/kustomization.yaml": "resources: [../base]\nnameSuffix: -v2\n",
}


def test_objects_are_known_by_every_name_and_namespace_on_the_way(project_of: MakeProject) -> None:
    project = project_of(FILES)
    build = known_build(project, project.kustomizations.by_folder["prod"])
    assert build is not None
    [orders, settings] = objects_of(project, build)
    assert orders.names == ("orders", "shop-orders", "shop-orders-v2")
    assert orders.namespaces == {"default", "shop"}
    assert (settings.kind, settings.names[0], settings.api_version) == ("ConfigMap", "settings", "v1")


@pytest.mark.parametrize(
    ("target", "matches"),
    [
        ({"kind": "Deployment"}, True),
        ({"kind": "Deploy"}, False),
        ({"kind": "Deploy.*", "name": "^shop-orders$"}, True),
        ({"name": "order"}, False),
        ({"group": "apps", "version": "v1", "name": "orders"}, True),
        ({"group": "extensions", "name": "orders"}, False),
        ({"namespace": "shop"}, True),
        ({"namespace": "other"}, False),
        ({"labelSelector": "app=orders"}, True),
        ({"name": ["orders"]}, True),
        ({"name": "(a+)+$"}, True),
    ],
)
def test_targets_are_regular_expressions_of_the_whole_text(
    project_of: MakeProject, target: dict[str, object], matches: bool
) -> None:
    project = project_of(FILES)
    build = known_build(project, project.kustomizations.by_folder["prod"])
    assert build is not None
    assert any(map(Selection.parse(target).matches, objects_of(project, build))) is matches


@pytest.mark.parametrize(
    "files",
    [
        {"kustomization.yaml": "resources: [https://example.com/base.yaml]\n"},
        {"kustomization.yaml": "resources: [a.yaml]\n"},
        {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "kind: [\n"},
        {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "nothing: known\n"},
        {"kustomization.yaml": "kind: Component\nresources: [a.yaml]\n", "a.yaml": config_map("a")},
        {"kustomization.yaml": "resources: [a.yaml]\ngenerators: [g.yaml]\n", "a.yaml": config_map("a")},
    ],
)
def test_a_build_of_which_part_is_unknown_is_none(project_of: MakeProject, files: dict[str, str]) -> None:
    project = project_of(files)
    assert known_build(project, project.kustomizations.by_folder[""]) is None


def test_a_patch_without_target_names_its_objects(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": (
                "patches:\n- path: p.yaml\n- path: p.yaml\n  options: {allowNameChange: true}\n- path: absent.yaml\n"
                "- target: {kind: Service}\n  patch: '[]'\n"
            ),
            "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders, namespace: shop}\n",
        }
    )
    one = project.kustomizations.by_folder[""]
    found = [selections_of(project, one, patch) for patch in one.patches]
    exact = Selection("apps", "v1", "Deployment", "orders", "shop", is_exact=True)
    assert found == [[exact], [], [], [Selection("", "", "Service", "", "", is_exact=False)]]
    assert str(exact) == 'Deployment "orders" of apps/v1'


def test_images_are_found_at_any_depth_with_all_their_names(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": "resources: [db.yaml]\nimages: [{name: db, newName: mirror/db}]\n",
            "db.yaml": "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: a}\nspec: {image: 'db:1'}\n",
        }
    )
    build = known_build(project, project.kustomizations.by_folder[""])
    assert build is not None
    [image] = images_of(project, build)
    assert image.names == ("db", "mirror/db")
    assert image.place.span.line == 4
