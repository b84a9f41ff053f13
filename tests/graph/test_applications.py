"""Argo CD Applications, the folders of this repository that they apply, and their projects."""

from pathlib import Path

import pytest

from cnlint.graph.project import Project
from cnlint.manifests.argo import ApplicationSet, name_of_cluster

from graph_projects import MakeProject, application, config_map, workload  # isort: skip

CLUSTER = (
    "apiVersion: v1\nkind: Secret\nmetadata: {{name: eu, labels: {{argocd.argoproj.io/secret-type: cluster}}}}\n{}\n"
)
REPOSITORY = ("https://github.com/example/app",)


def test_applications_lead_to_folders_of_this_repository(project_of: MakeProject) -> None:
    project = project_of(
        {
            "apps.yaml": application("own", "git@github.com:example/app.git", "deploy")
            + "---\n"
            + application("foreign", "https://github.com/example/other", "deploy")
            + "---\n"
            + application("absent", "https://github.com/example/app", "gone"),
            "deploy/orders.yaml": workload("orders"),
        },
        self_repo=REPOSITORY,
    )
    links = project.links
    own, foreign, absent = project.manifests("Application", "argoproj.io")
    assert [(one.folder, one.is_own) for one in links.application_sources] == [
        ("deploy", True),
        ("deploy", False),
        ("gone", True),
    ]
    assert [links.is_own_application(one) for one in (own, foreign, absent)] == [True, False, False]
    assert [one.name for one in links.objects_of(own)] == ["orders"]
    orders = project.find("Deployment", "orders")
    assert orders and links.applications_of(orders) == (own,)


def test_the_generators_of_an_application_set_are_followed(project_of: MakeProject) -> None:
    text = """\
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: all}
        spec:
          generators:
            - git:
                repoURL: https://github.com/example/app
                directories: [{path: apps/*}, {path: apps/old, exclude: true}]
          template:
            spec:
              source: {repoURL: https://github.com/example/app, path: '{{path}}'}
              destination: {namespace: '{{path.basename}}'}
        """
    project = project_of(
        {
            "set.yaml": text,
            "apps/a/x.yaml": config_map("x"),
            "apps/b/deep/y.yaml": config_map("y"),
            "apps/old/z.yaml": config_map("z"),
        },
        self_repo=REPOSITORY,
    )
    assert [one.folder for one in project.links.own_sources] == ["apps/a", "apps/b"]


def test_an_application_names_its_project(project_of: MakeProject) -> None:
    project = project_of(
        {
            "p.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default}\n",
            "a.yaml": application("own", "https://github.com/example/app", "deploy"),
        }
    )
    [found] = project.manifests("Application", "argoproj.io")
    assert project.links.project_of(found) is project.find("AppProject", "default")


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        ("{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}", True),
        ("{group: '*', kind: '*', jqPathExpressions: [.spec.replicas]}", True),
        ("{group: apps, kind: Deployment, name: orders, managedFieldsManagers: [kube-controller-manager]}", True),
        ("{group: apps, kind: Deployment, jsonPointers: [/spec]}", True),
        ("{group: apps, kind: Deployment, jsonPointers: [/spec/template]}", False),
        ("{group: apps, kind: StatefulSet, jsonPointers: [/spec/replicas]}", False),
        ("{group: apps, kind: Deployment, name: cart, jsonPointers: [/spec/replicas]}", False),
        ("{kind: Deployment, jsonPointers: [/spec/replicas]}", False),
        ("{group: apps, kind: Deployment, jsonPointers: /spec/replicas}", False),
    ],
)
def test_an_application_may_leave_a_field_to_others(project_of: MakeProject, entry: str, covered: bool) -> None:
    text = application("own", "https://github.com/example/app", "deploy") + f"  ignoreDifferences: [{entry}]\n"
    project = project_of({"a.yaml": text, "deploy/orders.yaml": workload("orders")})
    [found] = project.manifests("Application", "argoproj.io")
    orders = project.find("Deployment", "orders")
    assert orders and project.links.ignores_difference(found, orders, "spec", "replicas") is covered


def test_an_application_heals_itself_if_it_says_so(project_of: MakeProject) -> None:
    text = application("own", "https://github.com/example/app", "deploy")
    healing = application("heals", "https://github.com/example/app", "deploy")
    project = project_of({"a.yaml": text + "---\n" + healing + "  syncPolicy: {automated: {selfHeal: true}}\n"})
    found = project.manifests("Application", "argoproj.io")
    assert [project.links.heals_itself(one) for one in found] == [False, True]


SET = """\
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators:
        - matrix:
            generators:
              - git:
                  repoURL: https://github.com/example/app
                  revision: main
                  files: [{path: "clusters/**/config.json"}]
              - list: {elements: []}
        - git: {repoURL: "https://github.com/example/other", directories: [{path: "*"}]}
      template:
        spec:
          source: {repoURL: https://github.com/example/app, path: '{{ .path.path }}'}
    """


def test_nested_generators_find_the_folders_of_files(project_of: MakeProject) -> None:
    project = project_of(
        {"set.yaml": SET, "clusters/eu/a/config.json": "{}", "clusters/x.json": "{}"}, self_repo=REPOSITORY
    )
    [owner] = project.resources(ApplicationSet)
    [pattern] = project.links.generator_patterns(owner)
    assert (pattern.pattern, pattern.revision, pattern.of_files) == ("clusters/**/config.json", "main", True)
    assert [one.folder for one in project.links.own_sources] == ["clusters/eu/a"]
    assert project.links.is_own_application(owner)


def test_a_source_takes_the_files_that_its_patterns_let_through(project_of: MakeProject) -> None:
    text = application("own", "https://github.com/example/app", "deploy")
    text = text.replace(
        "targetRevision: main", "directory: {recurse: true, include: '{a*.yaml,*/b.yaml}', exclude: '*x.yaml'}"
    )
    files = {path: config_map("x") for path in ("deploy/a.yaml", "deploy/ax.yaml", "deploy/b.yaml", "deploy/c/b.yaml")}
    project = project_of({"app.yaml": text, **files}, self_repo=REPOSITORY)
    [source] = project.links.own_sources
    assert sorted(project.links.set_of(source).files) == ["deploy/a.yaml", "deploy/c/b.yaml"]


def test_folders_outside_of_the_project_are_none_of_its_own(project_of: MakeProject, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\nurl = https://github.com/example/app\n')
    text = application("in", "https://github.com/example/app", "shop/deploy")
    text += "---\n" + application("out", "https://github.com/example/app", "deploy")
    project = project_of({"shop/apps.yaml": text, "shop/deploy/a.yaml": config_map("a")})
    below = Project.build(project.facts.values(), project.files, str(tmp_path / "shop"), project.settings)
    assert [one.folder for one in below.links.application_sources] == ["deploy"]


@pytest.mark.parametrize(
    ("head", "revision", "is_checked_out"),
    [
        ("ref: refs/heads/main", "main", True),
        ("ref: refs/heads/main", "", True),
        ("ref: refs/heads/main", "HEAD", True),
        ("ref: refs/heads/main", "release-2", False),
        ("ref: refs/heads/feature/x", "feature/x", True),
        ("ref: refs/heads/feature/x", "main", False),
        ("0f5e1d2c3b4a59687786950413223140ffeeddcc", "main", True),
        ("0f5e1d2c3b4a59687786950413223140ffeeddcc", "v1.2.3", False),
    ],
)
def test_a_revision_is_checked_out_if_git_says_so(
    project_of: MakeProject, tmp_path: Path, head: str, revision: str, is_checked_out: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head + "\n")
    assert project_of({}).links.is_of_checkout(revision) is is_checked_out


def test_kinds_without_namespace_are_known_or_defined_in_the_project(project_of: MakeProject) -> None:
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: zones.example.com}\n"
        "spec: {group: example.com, names: {kind: Zone}, scope: Cluster}\n"
    )
    project = project_of({"crd.yaml": definition})
    assert project.is_cluster_scoped("", "Namespace")
    assert project.is_cluster_scoped("example.com", "Zone")
    assert not project.is_cluster_scoped("example.com", "Region")
    assert not project.is_cluster_scoped("apps", "Deployment")


def test_rivals_take_files_of_one_folder(project_of: MakeProject) -> None:
    url = "https://github.com/example/app"
    texts = [application(name, url, path) for name, path in (("a", "deploy"), ("b", "deploy/b"), ("c", "other"))]
    texts.append(application("d", "https://github.com/example/x", "deploy"))
    texts[0] = texts[0].replace("targetRevision: main", "directory: {recurse: true}")
    links = project_of({"apps.yaml": "---\n".join(texts)}).links
    rivals = {
        one.application.name: sorted(other.application.name for other in links.rivals_of(one))
        for one in links.application_sources
    }
    assert rivals == {"a": ["a", "b"], "b": ["a", "b"], "c": ["c"], "d": ["d"]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (CLUSTER.format("stringData: {name: eu, server: 'https://eu', config: '{}'}"), ["eu"]),
        (CLUSTER.format("data: {name: ZXU=}"), ["eu"]),
        (CLUSTER.format("data: {name: '!'}"), [None]),
        (CLUSTER.format("stringData: {name: '${NAME}'}"), [None]),
        (CLUSTER.format("stringData: {name: eu}").replace("type: cluster", "type: repository"), []),
    ],
)
def test_the_names_of_clusters_are_kept_and_nothing_else_of_their_secrets(
    project_of: MakeProject, text: str, names: list[str | None]
) -> None:
    secrets = project_of({"cluster.yaml": text}).links.cluster_secrets
    assert [name_of_cluster(one) for one in secrets] == names
    assert all(not one.get("stringData", "config") for one in secrets)
