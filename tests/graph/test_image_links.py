"""Builds of images, their names, and the containers that run them."""

import pytest

from cnlint.graph.builds import Build
from cnlint.graph.images import ImageSource
from cnlint.graph.project import Project
from cnlint.manifests.workloads import Workload

from graph_projects import MakeProject, workload  # isort: skip

DOCKERFILE = "FROM golang:1.26 AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app\nEXPOSE 8080\n"


def workflow(*steps: str, env: str = "{}") -> str:
    body = "".join(f"      - {step}\n" for step in steps)
    return f"on: push\nenv: {env}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n{body}"


def action(**inputs: str) -> str:
    given = ", ".join(f"{key}: '{value}'" for key, value in inputs.items())
    return f"{{uses: docker/build-push-action@v6, with: {{push: true, {given}}}}}"


def build_of(project: Project) -> Build:
    [found] = project.links.builds
    return found


def source_of(project: Project, name: str = "orders") -> ImageSource | None:
    found = project.find("Deployment", name)
    assert isinstance(found, Workload)
    return project.links.dockerfile_of(found.containers[0])


@pytest.mark.parametrize(
    ("inputs", "context", "dockerfile"),
    [
        ({"tags": "x"}, "", "Dockerfile"),
        ({"context": "./api"}, "api", "api/Dockerfile"),
        ({"context": ".", "file": "build/api.Dockerfile"}, "", "build/api.Dockerfile"),
        ({"context": "https://github.com/a/b.git#main"}, None, None),
        ({"context": "{{defaultContext}}:api"}, None, None),
        ({"context": "${{ inputs.folder }}"}, None, None),
        ({"context": "${{ inputs.folder }}", "file": "a/Dockerfile"}, None, "a/Dockerfile"),
    ],
)
def test_the_action_names_context_and_dockerfile(
    project_of: MakeProject, inputs: dict[str, str], context: str | None, dockerfile: str | None
) -> None:
    build = build_of(project_of({".github/workflows/ci.yaml": workflow(action(**inputs))}))
    assert (build.context, build.dockerfile) == (context, dockerfile)
    assert build.pushes and build.origin == ".github/workflows/ci.yaml#build"


def test_each_value_of_a_matrix_is_a_build(project_of: MakeProject) -> None:
    text = workflow(action(context="${{ matrix.app }}", tags="example/${{ matrix.app }}:1")).replace(
        "    steps:", "    strategy: {matrix: {app: [api, web]}}\n    steps:"
    )
    builds = project_of({".github/workflows/ci.yaml": text}).links.builds
    assert [build.dockerfile for build in builds] == ["api/Dockerfile", "web/Dockerfile"]


def test_a_checkout_into_a_folder_is_taken_off(project_of: MakeProject) -> None:
    checkout = "{uses: actions/checkout@v6, with: {path: src}}"
    build = build_of(project_of({".github/workflows/ci.yaml": workflow(checkout, action(context="src/api"))}))
    assert build.context == "api"


@pytest.mark.parametrize(
    ("script", "context", "dockerfile", "target"),
    [
        ("docker build .", "", "Dockerfile", None),
        ("docker build -t a:1 -f api/Dockerfile --target run api", "api", "api/Dockerfile", "run"),
        ("cd api && docker buildx build --platform linux/amd64 --push -t a:1 .", "api", "api/Dockerfile", None),
        ("podman build --build-arg A=1 web", "web", "web/Dockerfile", None),
        ("docker build - < Dockerfile", None, None, None),
        ("docker build $FOLDER", None, None, None),
        ("docker image build --file x/y.Dockerfile ..", None, "x/y.Dockerfile", None),
    ],
)
def test_commands_name_them_too(
    project_of: MakeProject, script: str, context: str | None, dockerfile: str | None, target: str | None
) -> None:
    build = build_of(project_of({"build.sh": f"#!/bin/sh\n{script}\n"}))
    assert (build.context, build.dockerfile, build.target) == (context, dockerfile, target)


def test_names_are_put_together_from_environment_and_remote(project_of: MakeProject) -> None:
    tags = "${{ env.REGISTRY }}/${{ github.repository }}:latest,example/x:${{ github.sha }},${{ vars.IMAGE }}:1"
    project = project_of(
        {".github/workflows/ci.yaml": workflow(action(tags=tags), env="{REGISTRY: ghcr.io}")},
        self_repo=("https://github.com/Example/Orders",),
    )
    names = [tag.reference.name for tag in project.links.pushed_images]
    assert names == ["ghcr.io/example/orders", "docker.io/example/x", None]
    assert set(project.links.pushed_names) == {"ghcr.io/example/orders", "docker.io/example/x"}


@pytest.mark.parametrize(
    "checkout",
    [
        "{uses: actions/checkout@v6, with: {repository: example/charts}}",
        "{uses: actions/checkout@v6, with: {repository: example/charts, path: api}}",
        "{uses: actions/checkout@v6, with: {path: src}}",
        "{uses: actions/checkout@v6, with: {path: '${{ inputs.folder }}'}}",
    ],
)
def test_what_lies_outside_of_the_own_checkout_is_not_known(project_of: MakeProject, checkout: str) -> None:
    script = "{run: docker build api}"
    builds = project_of({".github/workflows/ci.yaml": workflow(checkout, action(context="api"), script)}).links.builds
    assert [build.context for build in builds] == [None, None]


def test_names_with_a_value_of_the_matrix_are_one_for_each(project_of: MakeProject) -> None:
    text = workflow(action(tags="example/${{ matrix.app }}:${{ github.sha }}")).replace(
        "    steps:", "    strategy: {matrix: {app: [api, web]}}\n    steps:"
    )
    project = project_of({".github/workflows/ci.yaml": text})
    assert set(project.links.pushed_names) == {"docker.io/example/api", "docker.io/example/web"}


def test_names_known_only_at_run_time_are_kept_apart(project_of: MakeProject) -> None:
    project = project_of({".github/workflows/ci.yaml": workflow(action(tags="${{ vars.REGISTRY }}/orders:1"))})
    assert [tag.reference.text for tag in project.links.pushed_without_name] == ["${{ vars.REGISTRY }}/orders:1"]
    assert not project.links.pushed_names


def test_names_of_the_metadata_action_are_followed(project_of: MakeProject) -> None:
    meta = "{id: meta, uses: docker/metadata-action@v5, with: {images: 'ghcr.io/example/orders'}}"
    build = build_of(
        project_of({".github/workflows/ci.yaml": workflow(meta, action(tags="${{ steps.meta.outputs.tags }}"))})
    )
    assert [(tag.reference.name, tag.reference.tag) for tag in build.tags] == [("ghcr.io/example/orders", None)]


def test_pushes_of_commands_are_known(project_of: MakeProject) -> None:
    script = "run: |\n          docker build -t $IMAGE:1 .\n          docker push $IMAGE:1\n"
    script += "        env: {IMAGE: example/orders}"
    project = project_of({".github/workflows/ci.yaml": workflow(script)})
    assert build_of(project).pushes
    assert {tag.reference.name for tag in project.links.pushed_images} == {"docker.io/example/orders"}


def test_a_pushed_name_leads_to_the_dockerfile_for_certain(project_of: MakeProject) -> None:
    project = project_of(
        {
            "a/Dockerfile": DOCKERFILE,
            "b/Dockerfile": DOCKERFILE,
            ".github/workflows/ci.yaml": workflow(
                action(context="b", tags="registry.example.com/orders:1.0.0", target="build")
            ),
            "deploy/orders.yaml": workload("orders"),
        }
    )
    source = source_of(project)
    assert source and source.stage
    assert (source.dockerfile.path, source.stage.name, source.confidence) == ("b/Dockerfile", "build", "exact")
    assert [container.name for container, _ in project.links.containers_of("b/Dockerfile")] == ["orders"]


@pytest.mark.parametrize("path", ["orders/Dockerfile", "Dockerfile.orders", "docker/orders.Dockerfile"])
def test_the_name_of_folder_or_file_leads_to_it_likely(project_of: MakeProject, path: str) -> None:
    project = project_of({path: DOCKERFILE, "cart/Dockerfile": DOCKERFILE, "deploy/orders.yaml": workload("orders")})
    source = source_of(project)
    assert source and (source.dockerfile.path, source.confidence) == (path, "inferred")


def test_the_only_dockerfile_is_that_of_the_only_image_of_ones_own(project_of: MakeProject) -> None:
    redis = workload("cache").replace("registry.example.com/cache:1.0.0", "redis:8")
    files = {"Dockerfile": DOCKERFILE, "deploy/orders.yaml": workload("orders"), "deploy/redis.yaml": redis}
    project = project_of(files)
    assert (source := source_of(project)) and source.confidence == "inferred"
    assert source_of(project, "cache") is None
    two = project_of({**files, "deploy/more.yaml": workload("other")})
    assert source_of(two) is None


def test_kustomizations_replace_images_before_they_are_looked_up(project_of: MakeProject) -> None:
    project = project_of(
        {
            "kustomization.yaml": (
                "resources: [orders.yaml]\nimages: [{name: registry.example.com/orders, newName: example/shop}]\n"
            ),
            "orders.yaml": workload("orders"),
            "shop/Dockerfile": DOCKERFILE,
            "other/Dockerfile": DOCKERFILE,
        }
    )
    assert (source := source_of(project)) and source.dockerfile.path == "shop/Dockerfile"


def test_contexts_of_a_dockerfile_are_its_folder_until_a_build_says_otherwise(project_of: MakeProject) -> None:
    project = project_of({"build.sh": "docker build -f api/Dockerfile .\n"})
    assert project.contexts_of("api/Dockerfile") == ("",)
    assert project.contexts_of("web/Dockerfile") == ("web",)
