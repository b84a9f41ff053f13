"""Workflows and actions that use each other, and what their commands do."""

import pytest

from cnlint.graph.project import Project

from graph_projects import MakeProject, config_map, workload  # isort: skip

CALLEE = "name: Tests\non: [workflow_call, push]\njobs: {unit: {runs-on: ubuntu-24.04, steps: [{run: go test}]}}\n"


def job_of(project: Project, file: str = ".github/workflows/ci.yaml"):
    [workflow] = [one for one in project.workflows if one.document.path == file]
    return next(iter(workflow.jobs.values()))


@pytest.mark.parametrize("uses", ["./.github/workflows/tests.yaml", "$/.github/workflows/tests.yaml"])
def test_a_job_leads_to_the_workflow_that_it_calls(project_of: MakeProject, uses: str) -> None:
    files = {
        ".github/workflows/ci.yaml": f"on: push\njobs:\n  tests: {{uses: {uses}}}\n",
        ".github/workflows/tests.yaml": CALLEE,
    }
    project = project_of(files)
    callee = project.links.workflow_called_by(job_of(project))
    assert callee is not None and callee.name == "Tests"


def test_a_step_leads_to_the_action_that_it_uses(project_of: MakeProject) -> None:
    text = "on: push\njobs: {a: {runs-on: x, steps: [{uses: ./.github/actions/deploy}, {uses: actions/checkout@v6}]}}\n"
    files = {
        ".github/workflows/ci.yaml": text,
        ".github/actions/deploy/action.yml": "name: Deploy\nruns: {using: composite, steps: []}\n",
    }
    project = project_of(files)
    found = [project.links.action_used_by(step) for step in job_of(project).steps]
    assert [action and action.name for action in found] == ["Deploy", None]


@pytest.mark.parametrize(
    ("names", "awaited"), [("[Tests]", ["Tests"]), ("Tests", ["Tests"]), ("[Tests, Other]", None), ("[]", [])]
)
def test_workflows_that_one_waits_for_are_known_by_name(
    project_of: MakeProject, names: str, awaited: list[str] | None
) -> None:
    text = f"on: {{workflow_run: {{workflows: {names}}}}}\njobs: {{}}\n"
    project = project_of({".github/workflows/tests.yaml": CALLEE, ".github/workflows/deploy.yaml": text})
    [workflow] = [one for one in project.workflows if "deploy" in one.document.path]
    found = project.links.awaited_by(workflow)
    assert (found and [one.name for one in found]) == (awaited or (None if awaited is None else []))


@pytest.mark.parametrize(
    ("script", "folders"),
    [
        ("(cd api && kubectl get a); kubectl get b", ["api", ""]),
        ("cd api; kubectl get a; (cd v1; kubectl get b); kubectl get c", ["api", "api/v1", "api"]),
        ("x=$(cd api && kubectl get a); kubectl get b", ["api", ""]),
        ("cd -; kubectl get a", [None]),
        ("cd; kubectl get a", [None]),
        ("pushd api; popd; kubectl get a", [None]),
    ],
)
def test_a_folder_is_changed_for_the_shell_that_changes_it(
    project_of: MakeProject, script: str, folders: list[str | None]
) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: '{script}'\n"
    commands = project_of({".github/workflows/ci.yaml": text}).links.cluster_commands
    assert [one.folder for one in commands] == folders


def test_a_workflow_in_a_folder_works_in_that_folder(project_of: MakeProject) -> None:
    text = "on: push\njobs: {a: {runs-on: x, steps: [{run: docker build api}, {uses: docker/build-push-action@v7}]}}\n"
    builds = project_of({"shop/.github/workflows/ci.yaml": text}).links.builds
    assert sorted(build.dockerfile or "" for build in builds) == ["shop/Dockerfile", "shop/api/Dockerfile"]


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        ("kubectl apply -f deploy/app.yaml", ["Deployment"]),
        ("kubectl apply -f deploy", ["Deployment", "ConfigMap"]),
        ("kubectl apply -f deploy/*.yaml", ["Deployment", "ConfigMap"]),
        ("kubectl apply -k overlays/prod", ["Deployment"]),
        ("kustomize build overlays/prod | kubectl apply -f -", ["Deployment"]),
        ("envsubst < deploy/app.yaml | kubectl apply -f -", ["Deployment"]),
        ("sed s/a/b/ deploy/config.yaml | kubectl apply -f -", ["ConfigMap"]),
        ("kubectl apply -f - < deploy/app.yaml", ["Deployment"]),
        ("kubectl apply -f https://example.com/a.yaml", None),
        ("kubectl apply -f deploy/app.yaml -f $FILE", None),
        ("kubectl apply -f deploy/absent.yaml", None),
        ("kubectl apply -f broken.yaml", None),
    ],
)
def test_the_objects_of_applied_files_are_known(project_of: MakeProject, script: str, kinds: list[str] | None) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {script}\n"
    project = project_of(
        {
            ".github/workflows/ci.yaml": text,
            "deploy/app.yaml": workload("orders"),
            "deploy/config.yaml": config_map("orders"),
            "overlays/prod/kustomization.yaml": "resources: [../../deploy/app.yaml]\n",
            "broken.yaml": "apiVersion: v1\nkind: [\n",
        }
    )
    [command] = project.links.cluster_commands
    found = project.links.objects_changed_by(command)
    assert (None if found is None else [one.kind for one in found]) == kinds


def test_links_tell_what_calls_uses_and_awaits(project_of: MakeProject) -> None:
    text = (
        "on: {workflow_run: {workflows: [Tests]}}\n"
        "jobs:\n  a: {uses: ./.github/workflows/tests.yaml}\n"
        "  b: {runs-on: x, steps: [{uses: ./act}]}\n"
    )
    files = {
        ".github/workflows/ci.yaml": text,
        ".github/workflows/tests.yaml": CALLEE,
        "act/action.yml": "name: Act\nruns: {using: composite, steps: []}\n",
    }
    found = {(link.kind, link.target.path) for link in project_of(files).links.all()}
    assert {("calls", ".github/workflows/tests.yaml"), ("uses", "act/action.yml")} <= found
    assert ("awaits", ".github/workflows/tests.yaml") in found
