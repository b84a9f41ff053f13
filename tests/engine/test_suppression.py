"""Comments and annotations that silence findings."""

import datetime
from pathlib import Path

import pytest

import cnlint

_LATEST = "FROM alpine:latest\n"
_MANIFEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: worker
  annotations: {{{annotation}}}
spec:
  containers:
    - name: worker
      image: registry.example.com/worker:1.0.0
"""


def _check(tmp_path: Path, name: str, text: str, *codes: str) -> list[tuple[str, bool]]:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    report = cnlint.check([path], select=codes, config=False, root=tmp_path, today=datetime.date(2026, 11, 22))
    return [(finding.code, finding.suppressed is not None) for finding in report.findings if finding.code in codes]


@pytest.mark.parametrize(
    "text",
    [
        f"# cnlint: ignore[DF102] mirrored by digest\n{_LATEST}",
        "FROM alpine:latest # cnlint: ignore[DF102]\n",
        f"# cnlint: ignore[latest-base-image]\n{_LATEST}",
        f"# cnlint: ignore[hadolint:DL3007]\n{_LATEST}",
        f"# cnlint: ignore[DF412, DF1]\n{_LATEST}",
        f"# cnlint: ignore\n{_LATEST}",
        f"ARG A=1\n# cnlint: ignore-file[DF102]\n# another comment\nARG B=2\n{_LATEST}",
        f"# hadolint ignore=DL3007\n{_LATEST}",
        f"# hadolint ignore=DL3008,DL3007\n{_LATEST}",
        f"# hadolint global ignore=DL3007\nARG A=1\n{_LATEST}",
        f"# checkov:skip=CKV_DOCKER_7:mirrored\n{_LATEST}",
        f"# trivy:ignore:DS-0001\n{_LATEST}",
    ],
)
def test_a_comment_silences_the_statement_it_belongs_to(tmp_path: Path, text: str) -> None:
    assert _check(tmp_path, "Dockerfile", text, "DF102") == [("DF102", True)]


@pytest.mark.parametrize(
    "text",
    [
        f"# cnlint: ignore[DF101]\n{_LATEST}",
        f"# cnlint: ignore[DF102]\nARG A=1\n{_LATEST}",
        f"# hadolint ignore=DL3006\n{_LATEST}",
        f"# zizmor: ignore[unpinned-uses]\n{_LATEST}",
        f"# this talks about cnlint: it does not ignore anything\n{_LATEST}",
    ],
)
def test_a_comment_does_not_silence_other_rules_or_other_statements(tmp_path: Path, text: str) -> None:
    assert _check(tmp_path, "Dockerfile", text, "DF102") == [("DF102", False)]


@pytest.mark.parametrize(
    "annotation",
    [
        'cnlint.dev/ignore: "K8S213, K8S210"',
        'cnlint.dev/ignore: "missing-memory-limit"',
        'ignore-check.kube-linter.io/unset-memory-requirements: "measured elsewhere"',
        'kube-linter.io/ignore-all: "generated"',
        'kube-score/ignore: "container-resources"',
        'polaris.fairwinds.com/memoryLimitsMissing-exempt: "true"',
        'polaris.fairwinds.com/exempt: "true"',
        'checkov.io/skip1: "CKV_K8S_13=measured elsewhere"',
    ],
)
def test_an_annotation_silences_its_object(tmp_path: Path, annotation: str) -> None:
    text = _MANIFEST.format(annotation=annotation)
    other = "---\n" + _MANIFEST.format(annotation="")
    assert _check(tmp_path, "pod.yaml", text + other, "K8S213") == [("K8S213", True), ("K8S213", False)]


_CONTAINER = "containers: [{name: worker, image: registry.example.com/worker:1.0.0}]"
_TEMPLATES = {
    "Deployment": """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: worker}}
spec:
  selector: {{matchLabels: {{app: worker}}}}
  template:
    metadata:
      labels: {{app: worker}}
      annotations: {{{annotation}}}
    spec: {{{container}}}
""",
    "CronJob": """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: worker}}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        metadata: {{annotations: {{{annotation}}}}}
        spec: {{restartPolicy: Never, {container}}}
""",
}


@pytest.mark.parametrize("kind", _TEMPLATES)
@pytest.mark.parametrize(
    "annotation",
    [
        "cnlint.dev/ignore: missing-memory-limit",
        "ignore-check.kube-linter.io/unset-memory-requirements: measured elsewhere",
        "kube-linter.io/ignore-all: generated",
        'kube-score/ignore: "pod-networkpolicy, container-resources"',
        'polaris.fairwinds.com/memoryLimitsMissing-exempt: "true"',
        "polaris.fairwinds.com/exempt: true",
        'checkov.io/skip12: "CKV_K8S_13"',
    ],
)
def test_an_annotation_of_a_pod_template_silences_its_workload(tmp_path: Path, kind: str, annotation: str) -> None:
    text = _TEMPLATES[kind].format(annotation=annotation, container=_CONTAINER)
    assert _check(tmp_path, "worker.yaml", text, "K8S213") == [("K8S213", True)]


@pytest.mark.parametrize("kind", _TEMPLATES)
@pytest.mark.parametrize(
    "annotation",
    [
        "ignore-check.kube-linter.io/no-liveness-probe: batch",
        "kube-score/ignore: pod-networkpolicy",
        'polaris.fairwinds.com/memoryLimitsMissing-exempt: "false"',
        'polaris.fairwinds.com/cpuLimitsMissing-exempt: "true"',
        'polaris.fairwinds.com/exempt: "no"',
        "checkov.io/skip1: CKV_K8S_11=no",
        "checkov.io/skip1: CKV_K8S_1",
    ],
)
def test_an_annotation_does_not_silence_other_checks(tmp_path: Path, kind: str, annotation: str) -> None:
    text = _TEMPLATES[kind].format(annotation=annotation, container=_CONTAINER)
    assert _check(tmp_path, "worker.yaml", text, "K8S213") == [("K8S213", False)]


def test_an_annotation_that_silences_all_checks_of_a_linter_leaves_the_rules_that_it_does_not_know(
    tmp_path: Path,
) -> None:
    text = _MANIFEST.format(annotation="kube-linter.io/ignore-all: generated").replace("worker:1", "Worker:1")
    assert _check(tmp_path, "pod.yaml", text, "K8S205", "K8S213") == [("K8S213", True), ("K8S205", False)]


def test_an_annotation_gives_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text(_MANIFEST.format(annotation="ignore-check.kube-linter.io/unset-memory-requirements: batch"))
    report = cnlint.check([path], select=["K8S213"], config=False, root=tmp_path)
    [finding] = report.findings
    assert finding.suppressed is not None
    assert (finding.suppressed.kind, finding.suppressed.reason) == ("annotation", "batch")


_PLAIN = _MANIFEST.format(annotation="")


@pytest.mark.parametrize(
    "text",
    [
        f"#checkov:skip=CKV_K8S_13:measured elsewhere\n{_PLAIN}",
        _PLAIN.replace("metadata:", "metadata:  # checkov:skip=CKV_K8S_13:measured elsewhere"),
        _PLAIN.replace("metadata:", "# checkov:skip=CKV_K8S_13: measured elsewhere\nmetadata:"),
        _PLAIN.replace("spec:", "spec:\n  # checkov:skip=CKV_K8S_11:no\n  #checkov:skip=CKV_K8S_13:no"),
    ],
)
def test_a_comment_of_checkov_silences_the_object_that_it_stands_in_or_above(tmp_path: Path, text: str) -> None:
    found = _check(tmp_path, "pods.yaml", f"{text}---\n{_PLAIN}", "K8S213")
    assert found == [("K8S213", True), ("K8S213", False)]


def test_a_comment_of_checkov_does_not_reach_the_object_before(tmp_path: Path) -> None:
    text = f"{_PLAIN}---\n# checkov:skip=CKV_K8S_13\n{_PLAIN}"
    assert _check(tmp_path, "pods.yaml", text, "K8S213") == [("K8S213", False), ("K8S213", True)]


def test_a_suppression_of_a_rule_that_does_not_exist_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("# cnlint: ignore[latest-base-imag]\nFROM alpine:3.22\n", encoding="utf-8")
    report = cnlint.check([path], config=False, root=tmp_path)
    [finding] = [finding for finding in report.findings if finding.code == "CNL006"]
    assert "latest-base-image" in finding.message
    assert (finding.line, finding.column, finding.end_column) == (1, 18, 34)


_SHELL_FORM = "FROM alpine:3.23\nCMD npm start\n"


def _severities(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "Dockerfile").write_text(text)
    report = cnlint.check([tmp_path], select=["DF601", "DF102"], config=False, root=tmp_path)
    return [finding.severity for finding in report.active]


@pytest.mark.parametrize(
    "text",
    [
        f"# check=skip=JSONArgsRecommended\n{_SHELL_FORM}",
        f"# check = skip=StageNameCasing,JSONArgsRecommended // the base has a shell of its own\n{_SHELL_FORM}",
        f"# syntax=docker/dockerfile:1\n# check=error=true;skip=all\n{_SHELL_FORM}",
        "FROM alpine:3.23\n# check=skip=JSONArgsRecommended\nCMD npm start\n",
    ],
)
def test_a_check_directive_silences_checks_of_the_builder(tmp_path: Path, text: str) -> None:
    assert _severities(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"# check=skip=StageNameCasing\n{_SHELL_FORM}",
        "FROM alpine:3.23\n# check=skip=JSONArgsRecommended\nUSER 1000\nCMD npm start\n",
        f"# check=error=false\n{_SHELL_FORM}",
        "FROM alpine:3.23\n# check=error=true\nCMD npm start\n",
    ],
)
def test_a_check_directive_leaves_other_checks_and_instructions_alone(tmp_path: Path, text: str) -> None:
    assert _severities(tmp_path, text) == ["warning"]


def test_a_check_directive_makes_errors_of_what_the_builder_checks(tmp_path: Path) -> None:
    text = "# check=error=true\nFROM alpine:latest\nCMD npm start\n"
    assert _severities(tmp_path, text) == ["warning", "error"]
