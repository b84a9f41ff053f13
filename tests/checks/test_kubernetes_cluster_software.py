"""What is said of software that belongs to the cluster, or has been given up."""

from pathlib import Path

import pytest

import cnlint
from cnlint.findings import Finding


def pod(image: str, metadata: str = "name: a", more: str = "") -> str:
    container = f'{{name: a, image: "{image}"{more}}}'
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{{metadata}}}\nspec:\n  containers: [{container}]\n"


def check(folder: Path, code: str, text: str) -> list[Finding]:
    (folder / "pod.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=False)
    return [finding for finding in report.findings if finding.code in (code, "CNL003")]


@pytest.mark.parametrize(
    ("arguments", "end"),
    [
        ("", ", and it listens to the whole cluster"),
        (", args: ['--listen=10.0.0.1:44134']", ", and it listens to the whole cluster"),
        (", args: ['--listen=localhost:44134']", ""),
        (", command: [/tiller, --listen, '127.0.0.1:44134']", ""),
    ],
)
def test_tiller_is_said_to_listen_to_all_unless_it_does_not(arguments: str, end: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S759", pod("gcr.io/kubernetes-helm/tiller:v2.16.1", more=arguments))
    assert finding.message == f'Pod "a" runs Tiller, the server of Helm 2{end}'


@pytest.mark.parametrize(
    ("metadata", "column"),
    [("name: tiller-deploy", 18), ("name: a, labels: {name: tiller}", 36)],
)
def test_tiller_is_known_by_name_and_label(metadata: str, column: int, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S759", pod("example.com/server:2.16.1", metadata))
    assert (finding.line, finding.column) == (3, column)


@pytest.mark.parametrize("metadata", ["name: a, labels: {app: helm}", "name: fertiller", "name: 5", "labels: [tiller]"])
def test_what_is_only_like_tiller_is_not_tiller(metadata: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S759", pod("example.com/server:2.16.1", metadata)) == []


def test_the_dashboard_is_reported_once_for_all_its_containers(tmp_path: Path) -> None:
    second = '}, {name: b, image: "kubernetesui/metrics-scraper:v1.0.9"'
    findings = check(tmp_path, "K8S758", pod("kubernetesui/dashboard:v2.7.0", "labels: {app: dashboard}", second))
    assert [finding.message for finding in findings] == ["Pod runs the Kubernetes Dashboard"]


@pytest.mark.parametrize("label", ["addonmanager.kubernetes.io/mode: Reconcile", "k8s-addon: autoscaler.addons.k8s.io"])
def test_what_looks_after_the_cluster_looks_after_its_addons(label: str, tmp_path: Path) -> None:
    text = pod("example.com/autoscaler:1.0.0", f"name: a, namespace: kube-system, labels: {{{label}}}")
    assert check(tmp_path, "K8S701", text) == []
    [finding] = check(tmp_path, "K8S701", text.replace(label, "app: autoscaler"))
    assert finding.message == 'Pod "a" is in "kube-system", a namespace of the cluster itself'


def test_git_sync_is_told_another_program_by_its_older_name_too(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S548", pod("git-sync:v3.6.9", more=", env: [{name: GIT_SYNC_GIT, value: /x}]"))
    assert finding.message == 'container "a" sets GIT_SYNC_GIT: git-sync runs whatever it names in the place of git'
