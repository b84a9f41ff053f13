"""What is applied together, and in which namespace."""

import pytest

from cnlint.graph.apply_sets import do_share, environment_of, may_share, same_environment
from cnlint.graph.project import Project

from graph_projects import MakeProject, application, config_map, service, workload  # isort: skip


def sets_of(project: Project, file: str) -> list[tuple[str, str]]:
    return [(one.kind, one.root) for one in project.apply_sets.of_file(file)]


def namespaces_of(project: Project, kind: str, name: str) -> set[str]:
    found = project.find(kind, name)
    assert found
    return set(project.namespaces_of(found))


def test_files_that_nothing_names_are_applied_by_folder(project_of: MakeProject) -> None:
    project = project_of({"a/x.yaml": config_map("x"), "a/y.yaml": config_map("y"), "a/b/z.yaml": config_map("z")})
    assert sets_of(project, "a/x.yaml") == [("folder", "a")]
    assert project.apply_sets.of_file("a/x.yaml") == project.apply_sets.of_file("a/y.yaml")
    assert not project.apply_sets.is_with("a/x.yaml", "a/b/z.yaml")


def test_each_overlay_is_a_set_of_its_own(project_of: MakeProject) -> None:
    project = project_of(
        {
            "base/kustomization.yaml": "resources: [app.yaml]\n",
            "base/app.yaml": workload("orders"),
            "overlays/dev/kustomization.yaml": "resources: [../../base]\nnamespace: dev\n",
            "overlays/prod/kustomization.yaml": "resources: [../../base, pdb.yaml]\nnamespace: prod\n",
            "overlays/prod/pdb.yaml": config_map("extra"),
        }
    )
    assert sets_of(project, "base/app.yaml") == [("kustomization", "overlays/dev"), ("kustomization", "overlays/prod")]
    assert namespaces_of(project, "Deployment", "orders") == {"dev", "prod"}
    assert namespaces_of(project, "ConfigMap", "extra") == {"prod"}


def test_an_application_of_this_repository_makes_a_set_with_its_namespace(project_of: MakeProject) -> None:
    project = project_of(
        {
            "apps/orders.yaml": application("orders", "https://github.com/example/app.git", "deploy/orders"),
            "deploy/orders/app.yaml": workload("orders"),
            "deploy/orders/fixed.yaml": config_map("fixed", namespace="kube-system"),
        },
        self_repo=("git@github.com:example/app",),
    )
    assert sets_of(project, "deploy/orders/app.yaml") == [("application", "deploy/orders")]
    assert namespaces_of(project, "Deployment", "orders") == {"shop"}
    assert namespaces_of(project, "ConfigMap", "fixed") == {"kube-system"}


def test_an_application_of_a_kustomization_builds_it(project_of: MakeProject) -> None:
    project = project_of(
        {
            "apps.yaml": application("orders", "https://github.com/example/app", "deploy/prod"),
            "deploy/base/kustomization.yaml": "resources: [app.yaml]\n",
            "deploy/base/app.yaml": workload("orders"),
            "deploy/prod/kustomization.yaml": "resources: [../base]\n",
        },
        self_repo=("https://github.com/example/app",),
    )
    assert sets_of(project, "deploy/base/app.yaml") == [("application", "deploy/prod")]
    assert namespaces_of(project, "Deployment", "orders") == {"shop"}


def test_files_that_one_job_applies_are_one_set(project_of: MakeProject) -> None:
    project = project_of(
        {
            ".github/workflows/deploy.yaml": """\
                on: push
                jobs:
                  deploy:
                    runs-on: ubuntu-latest
                    steps:
                      - run: |
                          cd k8s
                          kubectl -n shop apply -f apps/orders.yaml,config
                      - run: kubectl apply -n shop -f extra/one.yaml
                        working-directory: k8s
                """,
            "k8s/apps/orders.yaml": workload("orders"),
            "k8s/apps/other.yaml": workload("other"),
            "k8s/config/settings.yaml": config_map("settings"),
            "k8s/extra/one.yaml": config_map("one"),
        }
    )
    origin = ".github/workflows/deploy.yaml#deploy"
    for file in ("k8s/apps/orders.yaml", "k8s/config/settings.yaml", "k8s/extra/one.yaml"):
        assert sets_of(project, file) == [("commands", origin)]
    assert sets_of(project, "k8s/apps/other.yaml") == [("folder", "k8s/apps")]
    assert namespaces_of(project, "Deployment", "orders") == {"shop"}
    assert namespaces_of(project, "Deployment", "other") == {""}


def test_patterns_of_the_shell_and_folders_below_are_followed(project_of: MakeProject) -> None:
    project = project_of(
        {
            "deploy.sh": "kubectl apply -f k8s/*.yaml\nkubectl apply -R -f more\n",
            "k8s/a.yaml": config_map("a"),
            "k8s/deep/b.yaml": config_map("b"),
            "more/deep/c.yaml": config_map("c"),
        }
    )
    assert sets_of(project, "k8s/a.yaml") == sets_of(project, "more/deep/c.yaml") == [("commands", "deploy.sh")]
    assert sets_of(project, "k8s/deep/b.yaml") == [("folder", "k8s/deep")]


def test_a_namespace_that_is_filled_in_later_counts_as_unset(project_of: MakeProject) -> None:
    project = project_of({"a.yaml": workload("orders", namespace="'${NAMESPACE}'")})
    assert namespaces_of(project, "Deployment", "orders") == {""}


def test_what_is_applied_together_is_seen_before_what_is_not(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a/service.yaml": service("a", "app: shop"),
            "a/shop.yaml": workload("shop"),
            "b/service.yaml": service("b", "app: shop"),
            "b/shop.yaml": workload("shop"),
            "c/service.yaml": service("c", "app: shop"),
        }
    )
    for folder in "ab":
        near = project.find("Service", folder)
        found = project.find_all("Deployment", "shop", near=near)
        assert [one.document.path for one in found] == [f"{folder}/shop.yaml"]
    assert len(project.find_all("Deployment", "shop", near=project.find("Service", "c"))) == 2


def test_other_environments_and_namespaces_are_not_seen(project_of: MakeProject) -> None:
    project = project_of(
        {
            "dev/service.yaml": service("web", "app: web"),
            "prod/web.yaml": workload("web"),
            "x/service.yaml": service("cart", "app: cart", namespace="one"),
            "y/cart.yaml": workload("cart", namespace="two"),
        }
    )
    assert project.find("Deployment", "web", near=project.find("Service", "web")) is None
    assert project.find("Deployment", "cart", near=project.find("Service", "cart")) is None


def test_objects_are_found_by_the_names_that_kustomizations_give_them(project_of: MakeProject) -> None:
    project = project_of(
        {"kustomization.yaml": "namePrefix: prod-\nresources: [app.yaml]\n", "app.yaml": workload("orders")}
    )
    assert project.find("Deployment", "prod-orders") is project.find("Deployment", "orders") is not None


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("base/app.yaml", ()),
        ("overlays/prod/app.yaml", ("prod",)),
        ("deploy/staging/app.yaml", ("staging",)),
        ("clusters/eu-1/dev/app.yaml", ("eu-1", "dev")),
        ("environments/base/app.yaml", ()),
        ("deploy/app-prod.yaml", ("prod",)),
        ("deploy/production.yaml", ()),
        ("deploy/test-job.yaml", ()),
    ],
)
def test_paths_tell_their_environment(path: str, environment: tuple[str, ...]) -> None:
    assert environment_of(path) == environment


def test_environments_are_the_same_when_one_narrows_the_other_down() -> None:
    assert same_environment((), ("prod",))
    assert same_environment(("eu-1",), ("eu-1", "dev"))
    assert not same_environment(("dev",), ("prod",))


def test_an_unset_namespace_may_be_any_and_is_for_certain_only_default() -> None:
    unset, shop, default = frozenset({""}), frozenset({"shop"}), frozenset({"default"})
    assert may_share(unset, shop) and not may_share(shop, default)
    assert do_share(unset, unset) and do_share(unset, default) and not do_share(unset, shop)
