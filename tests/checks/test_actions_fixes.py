"""Fixes of rules about workflows."""

import datetime

import pytest
from edits import edited

import cnlint


def fixed(tmp_path, code, text):
    """Apply the only fix of the only finding of a rule; gives the text unchanged when it has none."""
    file = tmp_path / ".github" / "workflows" / "ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    report = cnlint.check([file], select=[code], config=False, root=tmp_path, today=datetime.date(2026, 11, 22))
    (finding,) = report.findings
    edits = [edit for fix in finding.fixes for edit in fix.edits]
    return edited(text, edits)


STEP = "on: issues\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "      - run: echo ${{ github.event.issue.title }}\n",
            "      - env:\n          ISSUE_TITLE: ${{ github.event.issue.title }}\n"
            '        run: echo "${ISSUE_TITLE}"\n',
        ),
        (
            '      - name: x\n        run: |\n          echo "by ${{ github.event.issue.body }}"\n'
            "        env:\n          A: 1\n",
            '      - name: x\n        run: |\n          echo "by ${ISSUE_BODY}"\n'
            "        env:\n          ISSUE_BODY: ${{ github.event.issue.body }}\n          A: 1\n",
        ),
    ],
)
def test_untrusted_text_is_passed_by_a_variable(tmp_path, before, after):
    assert fixed(tmp_path, "GHA600", STEP + before) == STEP + after


@pytest.mark.parametrize(
    "line",
    [
        "run: echo '${{ github.event.issue.title }}'",
        "{run: 'echo ${{ github.event.issue.title }}'}",
        "run: echo ${{ github.event.issue.title }} ${{ github.sha }}",
        "run: echo ${{ format('{0}', github.event.issue.title) }}",
    ],
)
def test_text_that_no_variable_can_stand_for_is_left_alone(tmp_path, line):
    text = f"{STEP}      - {line}\n"
    assert fixed(tmp_path, "GHA600", text) == text


def test_a_version_is_put_in_quotes(tmp_path):
    text = STEP + "      - uses: actions/setup-go@v6\n        with:\n          go-version: 1.20\n"
    assert fixed(tmp_path, "GHA115", text) == text.replace("1.20", '"1.20"')


def test_the_version_of_an_action_is_raised(tmp_path):
    text = STEP + "      - uses: actions/checkout@v3 # pinned by hand\n"
    assert fixed(tmp_path, "GHA502", text) == text.replace("v3", "v6")


def test_the_race_detector_is_switched_on(tmp_path):
    text = STEP + "      - run: |\n          cd app\n          go test -v ./...\n"
    assert fixed(tmp_path, "GHA912", text) == text.replace("go test", "go test -race")


DEPLOY = "on: {push: {branches: [release]}, pull_request: {}}\njobs:\n"
JOB = "  deploy:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: kubectl apply -f x.yaml\n"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("GHA903", "environment: production"),
        ("GHA904", "concurrency: deploy"),
        ("GHA906", "if: github.ref == 'refs/heads/release'"),
    ],
)
def test_what_a_deployment_lacks_is_added_to_its_job(tmp_path, code, line):
    after = JOB.replace("    runs-on", f"    {line}\n    runs-on")
    assert fixed(tmp_path, code, DEPLOY + JOB) == DEPLOY + after


def test_a_deployment_is_no_longer_cancelled(tmp_path):
    head = "on: {push: {branches: [main]}}\nconcurrency: {group: x, cancel-in-progress: true}\njobs:\n"
    assert fixed(tmp_path, "GHA905", head + JOB) == head.replace("true", "false") + JOB


TESTED = (
    "on: {push: {branches: [main]}}\njobs:\n"
    "  unit:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: go test ./...\n"
    "  first:\n    runs-on: ubuntu-24.04\n    steps: []\n"
    "  image:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: docker push example/orders:1\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "    needs: unit\n"),
        ("    needs: first\n", "    needs: [first, unit]\n"),
        ("    needs: [first]\n", "    needs: [first]\n"),
    ],
)
def test_a_job_waits_for_the_tests(tmp_path, before, after):
    head, tail = TESTED.split("  image:\n")
    assert fixed(tmp_path, "GHA901", f"{head}  image:\n{before}{tail}") == f"{head}  image:\n{after}{tail}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "      - run: kubectl set image deployment/a a=example/a:1\n",
            "      - run: kubectl set image deployment/a a=example/a:1"
            " && kubectl rollout status deployment/a --timeout=5m\n",
        ),
        (
            "      - run: |\n          kubectl -n shop rollout restart deploy a\n          echo done\n",
            "      - run: |\n          kubectl -n shop rollout restart deploy a"
            " && kubectl rollout status -n shop deployment/a --timeout=5m\n          echo done\n",
        ),
        (
            "      - run: kubectl set image deployment/$A a=b:1\n",
            "      - run: kubectl set image deployment/$A a=b:1\n",
        ),
    ],
)
def test_a_rollout_is_waited_for(tmp_path, before, after):
    assert fixed(tmp_path, "GHA909", STEP + before) == STEP + after


def test_helm_waits_and_rolls_back(tmp_path):
    step = "      - run: helm upgrade --install a ./chart\n"
    assert fixed(tmp_path, "GHA910", STEP + step) == STEP + step.replace("upgrade", "upgrade --atomic")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("          tags: a/b:latest\n", "          tags: a/b:latest,a/b:${{ github.sha }}\n"),
        ("          tags: |\n            a/b\n", "          tags: |\n            a/b,a/b:${{ github.sha }}\n"),
    ],
)
def test_an_image_is_pushed_by_the_commit_as_well(tmp_path, before, after):
    step = "      - uses: docker/build-push-action@v7\n        with:\n          push: true\n"
    assert fixed(tmp_path, "GHA907", STEP + step + before) == STEP + step + after


def test_the_version_of_go_is_read_from_the_module(tmp_path):
    (tmp_path / "go.mod").write_text("module a\ngo 1.26\n")
    step = "      - uses: actions/setup-go@v6\n        with:\n          go-version: '1.24'\n"
    after = step.replace("go-version: '1.24'", "go-version-file: go.mod")
    assert fixed(tmp_path, "GHA914", STEP + step) == STEP + after


def test_the_only_container_of_a_workload_is_meant(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
        "spec: {template: {spec: {containers: [{name: app, image: 'example/a:1'}]}}}\n"
    )
    step = "      - run: kubectl set image deployment/a a=example/a:1\n"
    assert fixed(tmp_path, "GHA923", STEP + step) == STEP + step.replace("a=example", "app=example")
