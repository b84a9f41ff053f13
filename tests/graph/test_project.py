"""The project as a whole: files, views for the engine, and all links."""

from cnlint.graph.project import Project
from cnlint.manifests.services import Service

from graph_projects import MakeProject, config_map, service, workload  # isort: skip

MIXED = {
    "deploy/orders.yaml": workload("orders") + "---\n" + service("orders", "app: orders"),
    "deploy/config.yaml": config_map("orders"),
    "Dockerfile": "FROM scratch\n",
    "deploy.sh": "kubectl apply -f deploy\n",
    ".github/workflows/ci.yaml": "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: docker build .}]}}\n",
    "README.md": "# Orders\n",
}


def test_files_and_folders_are_known(project_of: MakeProject) -> None:
    project = project_of(MIXED)
    assert project.exists("README.md") and project.is_file("README.md")
    assert project.is_dir("") and project.is_dir(".") and project.is_dir("deploy/") and project.is_dir(".github")
    assert not project.exists("absent") and not project.is_file("deploy")
    assert project.files_in("deploy") == ("deploy/config.yaml", "deploy/orders.yaml")
    assert project.files_in("", recurse=True) == project.files
    assert project.read_text("README.md") == "# Orders\n"


def test_views_are_built_once_and_only_for_those_who_ask(project_of: MakeProject) -> None:
    project = project_of(MIXED)
    [found] = project.views_for(frozenset({"service"}))
    assert found is project.find("Service", "orders") is project.resources(Service)[0]
    untouched = project.find("ConfigMap", "orders")
    assert untouched and untouched.document is project.snapshots["deploy/config.yaml"][0]


def targets(project: Project, *wanted: str) -> list[str]:
    return [type(view).__name__ for view in project.views_for(frozenset(wanted))]


def test_every_target_has_its_views(project_of: MakeProject) -> None:
    project = project_of({**MIXED, "kustomization.yaml": "resources: [deploy/orders.yaml]\n"})
    assert targets(project, "manifest") == ["ConfigMap", "Workload", "Service"]
    assert targets(project, "container", "pod-template") == ["PodTemplate", "Container"]
    assert targets(project, "kustomization") == ["Kustomization"]
    assert targets(project, "workflow", "job", "step") == ["Workflow", "Job", "Step"]
    assert targets(project, "step-command") == ["StepCommand"]
    assert targets(project, "script-command") == ["ScriptCommand"]
    assert targets(project, "command") == ["StepCommand", "ScriptCommand"]
    assert targets(project, "image-build") == ["DockerfileSummary"]
    assert len(targets(project, "yaml-document")) == 4


def test_all_links_can_be_listed(project_of: MakeProject) -> None:
    project = project_of(MIXED)
    found = [(one.kind, one.source.path, one.target.path, one.confidence) for one in project.links.all()]
    assert ("selects", "deploy/orders.yaml", "deploy/orders.yaml", "exact") in found
    assert ("applies", "deploy.sh", "deploy", "exact") in found
    assert ("builds", ".github/workflows/ci.yaml", "Dockerfile", "exact") in found
    assert ("runs-image", "deploy/orders.yaml", "Dockerfile", "inferred") in found


def test_an_empty_project_has_nothing(project_of: MakeProject) -> None:
    project = project_of({})
    assert list(project.links.all()) == [] and project.resources(Service) == ()
    assert list(project.views_for(frozenset({"manifest", "workflow", "container"}))) == []


def test_odd_documents_are_borne(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a.yaml": "apiVersion: v1\nkind: Service\nmetadata: 5\nspec: [selector]\n",
            "b.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [x]}\nspec: {template: x}\n",
            "c.yaml": "apiVersion: v1\nkind: List\nitems: [1, ~, {apiVersion: v1, kind: Pod, spec: {containers: 3}}]",
            "d.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: 1, sources: [2, {path: 3}]}",
            "e.yaml": "apiVersion: keda.sh/v1\nkind: ScaledObject\nspec: {scaleTargetRef: x, minReplicaCount: y}\n",
            "f.yaml": "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nspec: {host: {a: b}}\n",
            ".github/workflows/x.yaml": "on: push\njobs: {a: 1, b: {steps: 5}, c: {steps: [1, {run: kubectl set}]}}\n",
        }
    )
    assert isinstance(list(project.links.all()), list)
    assert list(project.views_for(frozenset({"manifest"})))
