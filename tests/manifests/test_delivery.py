"""What jobs do."""

import pytest

from cnlint.manifests.delivery import activities_of, deploys, may_do, publishes, pushes, related
from cnlint.manifests.workflow import Job, read_workflow
from cnlint.syntax.source import Source


def jobs(text):
    parsed = read_workflow(Source(".github/workflows/ci.yml", f"on: push\njobs:\n{text}"))
    return {view.id: view for view in parsed.views() if isinstance(view, Job)}


def job_running(script):
    lines = "".join(f"          {line}\n" for line in script.splitlines())
    return jobs(f"  work:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: |\n{lines}")["work"]


def job_using(action, **inputs):
    with_ = "".join(f"          {name}: {value}\n" for name, value in inputs.items())
    text = f"  work:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {action}\n"
    return jobs(text + (f"        with:\n{with_}" if inputs else ""))["work"]


def kinds(job, certain=True):
    return [activity.kind for activity in activities_of(job) if activity.certain or not certain]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("go test -v ./...", ["test"]),
        ("go -C app test ./...", ["test"]),
        ("python -m pytest -q", ["test"]),
        ("npm test", ["test"]),
        ("./mvnw -B verify", ["test"]),
        ("mvn -B package -DskipTests", ["build"]),
        ("./gradlew :app:check", ["test"]),
        ("cargo test --all", ["test"]),
        ("golangci-lint run", ["lint"]),
        ("docker build -t a/b:1 .", ["build"]),
        ("docker buildx build --push -t a/b:1 .", ["build", "push"]),
        ("docker buildx build --output type=registry .", ["build", "push"]),
        ("docker push a/b:1", ["push"]),
        ("ko build ./cmd/orders", ["build", "push"]),
        ("ko build --local ./cmd/orders", ["build"]),
        ("skopeo copy oci:x docker://registry.example.com/x:1", ["push"]),
        ("trivy image a/b:1", ["scan"]),
        ("trivy config .", []),
        ("kubectl -n shop set image deployment/a a=b:1", ["deploy"]),
        ("sudo kubectl apply -f x.yaml", ["deploy"]),
        ("kubectl apply --dry-run=server -f x.yaml", []),
        ("kubectl create namespace x --dry-run=client -o yaml > x.yaml", []),
        ("kubectl rollout status deployment/a", ["rollout-check"]),
        ("kubectl get pods", []),
        ("helm upgrade --install orders ./chart", ["deploy"]),
        ("helm template ./chart", []),
        ("terraform apply -auto-approve", ["deploy"]),
        ("terraform plan", []),
        ("aws lambda update-function-code --function-name f", ["deploy"]),
        ("gcloud run deploy orders --image a/b:1", ["deploy"]),
        ("npm publish --access public", ["publish"]),
        ("npm publish --dry-run", []),
        ("twine upload dist/*", ["publish"]),
        ("echo kubectl apply -f x", []),
        ("git push origin main", ["git-push"]),
    ],
)
def test_a_command_is_what_it_does(script, found):
    assert kinds(job_running(script)) == found


@pytest.mark.parametrize(
    ("action", "inputs", "found"),
    [
        ("docker/build-push-action@v7", {"push": "true"}, ["build", "push"]),
        ("docker/build-push-action@v7", {"push": "${{ github.event_name != 'pull_request' }}"}, ["build", "push"]),
        ("docker/build-push-action@v7", {"push": "false"}, ["build"]),
        ("docker/build-push-action@v7", {}, ["build"]),
        ("docker/build-push-action@v7", {"outputs": "type=image,push=true"}, ["build", "push"]),
        ("aquasecurity/trivy-action@0.33.1", {}, ["scan"]),
        ("aquasecurity/trivy-action@0.33.1", {"scan-type": "config"}, []),
        ("azure/k8s-deploy@v5", {}, ["deploy", "rollout-check"]),
        ("goreleaser/goreleaser-action@v6", {"args": "release --clean"}, ["build", "publish"]),
        ("goreleaser/goreleaser-action@v6", {"args": "release --snapshot"}, ["build"]),
        ("actions/checkout@v6", {}, ["checkout"]),
        ("acme/unknown@v1", {}, []),
    ],
)
def test_an_action_is_what_it_does(action, inputs, found):
    assert kinds(job_using(action, **inputs)) == found


def test_targets_of_make_and_local_actions_only_hint():
    job = job_running("make test deploy")
    assert kinds(job) == []
    assert set(kinds(job, certain=False)) == {"test", "deploy"}
    assert set(kinds(job_using("./.github/actions/scan-image"), certain=False)) == {"scan", "build"}


def test_names_of_jobs_and_of_called_workflows_are_hints():
    found = jobs("  unit-tests: {steps: []}\n  a: {uses: ./.github/workflows/scan.yml}\n  b: {name: Deploy to prod}\n")
    assert may_do(found["unit-tests"], "test")
    assert may_do(found["a"], "scan")
    assert may_do(found["b"], "deploy")
    assert not may_do(found["b"], "test")


def test_what_goes_to_a_test_cluster_is_no_deployment():
    job = job_running("kind create cluster\nkubectl apply -f x.yaml")
    assert "deploy" in kinds(job)
    assert deploys(job) == []


@pytest.mark.parametrize(
    "script", ["docker push localhost:5000/a:1", "docker buildx build --push -t localhost:5000/a ."]
)
def test_a_registry_on_the_runner_is_no_target_of_a_push(script):
    assert pushes(job_running(script)) == []


def test_a_push_is_placed_at_its_command():
    (push,) = pushes(job_running("docker build -t a/b:1 .\ndocker push a/b:1"))
    assert push.place.span.line == 8
    assert push.what == "docker push"


def test_related_jobs_are_those_before_and_after():
    found = jobs("  a: {}\n  b: {needs: a}\n  c: {needs: b}\n  d: {}\n")
    assert [job.id for job in related(found["b"])] == ["b", "a", "c"]


def test_publishing_actions_publish():
    assert len(publishes(job_using("pypa/gh-action-pypi-publish@release/v1"))) == 1
