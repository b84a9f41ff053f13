"""kube-linter's configuration file, taken over."""

from pathlib import Path

import pytest

import cnlint
from cnlint.api import read_configuration
from cnlint.config import ConfigurationError
from cnlint.findings import RunReport

_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: worker, namespace: shop}
spec:
  containers:
    - name: worker
      image: registry.example.com/worker:latest
      env:
        - {name: A, value: b}
        - {name: A, value: c}
        - {name: DB, valueFrom: {secretKeyRef: {name: db, key: url}}}
"""
_LATEST, _DUPLICATE, _MEMORY, _SECRET, _OWNER = "K8S200", "K8S225", "K8S213", "K8S227", "K8S420"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("deploy/pod.yaml", "tests/pod.yaml", "tests/data/pod.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_POD)
    return tmp_path


def check(repository: Path, kube_linter: str, own: str = "") -> RunReport:
    (repository / ".kube-linter.yaml").write_text(kube_linter)
    if own:
        (repository / "cnlint.toml").write_text(own)
    return cnlint.check([repository], root=repository)


def codes(report: RunReport, path: str = "deploy/pod.yaml") -> set[str]:
    return {finding.code for finding in report.active if finding.path == path}


def test_an_empty_file_changes_nothing(repository: Path) -> None:
    found = codes(check(repository, ""))
    assert {_LATEST, _DUPLICATE, _MEMORY} <= found
    assert _SECRET not in found


def test_excluded_checks_are_left_out_and_unknown_ones_do_no_harm(repository: Path) -> None:
    found = codes(check(repository, "checks: {exclude: [latest-tag, my-own-check]}\n"))
    assert _LATEST not in found
    assert _DUPLICATE in found


def test_included_checks_are_added(repository: Path) -> None:
    found = codes(check(repository, "checks: {include: [read-secret-from-env-var, my-own-check]}\n"))
    assert {_SECRET, _LATEST} <= found
    assert _OWNER not in found


def test_exclude_wins_over_include(repository: Path) -> None:
    text = "checks: {include: [read-secret-from-env-var], exclude: [read-secret-from-env-var]}\n"
    assert _SECRET not in codes(check(repository, text))


def test_all_checks_can_be_added(repository: Path) -> None:
    found = codes(check(repository, "checks: {addAllBuiltIn: true, exclude: [required-label-owner]}\n"))
    assert _SECRET in found
    assert _OWNER not in found


def test_without_the_defaults_only_included_checks_are_left(repository: Path) -> None:
    found = codes(check(repository, "checks: {doNotAutoAddDefaults: true, include: [latest-tag]}\n"))
    assert _LATEST in found
    assert not {_DUPLICATE, _MEMORY} & found


def test_rules_that_kube_linter_does_not_know_stay(repository: Path) -> None:
    (repository / "deploy" / "pod.yaml").write_text(_POD.replace("worker:latest", "Worker:1.0.0"))
    assert "K8S205" in codes(check(repository, "checks: {doNotAutoAddDefaults: true}\n"))


def test_what_our_own_configuration_names_stays_without_the_defaults(repository: Path) -> None:
    found = codes(check(repository, "checks: {doNotAutoAddDefaults: true}\n", 'extend-select = ["K8S213"]\n'))
    assert _MEMORY in found
    assert _DUPLICATE not in found


def test_our_own_selection_is_not_added_to(repository: Path) -> None:
    found = codes(check(repository, "checks: {include: [read-secret-from-env-var]}\n", 'select = ["K8S213"]\n'))
    assert found == {_MEMORY}


@pytest.mark.parametrize(
    ("glob", "ignored"),
    [
        ("tests/**", {"tests/pod.yaml", "tests/data/pod.yaml"}),
        ("tests/*.yaml", {"tests/pod.yaml"}),
        ("./tests/data/*", {"tests/data/pod.yaml"}),
        ("**/data/**", {"tests/data/pod.yaml"}),
        ("/**/pod.yaml", {"deploy/pod.yaml", "tests/pod.yaml", "tests/data/pod.yaml"}),
        ("{deploy,tests}/pod.yaml", {"deploy/pod.yaml", "tests/pod.yaml"}),
        ("pod.yaml", set()),
        ("../tests/**", set()),
        ("/tests/**", set()),
    ],
)
def test_paths_are_ignored(repository: Path, glob: str, ignored: set[str]) -> None:
    report = check(repository, f"checks:\n  ignorePaths: ['{glob}']\n")
    paths = {finding.path for finding in report.findings if finding.code == _LATEST}
    assert paths - {finding.path for finding in report.active if finding.code == _LATEST} == ignored


def test_an_absolute_path_and_one_relative_to_the_file_are_ignored(repository: Path) -> None:
    (repository / "tests" / ".kube-linter.yaml").write_text(
        f"checks:\n  ignorePaths: ['{repository}/tests/pod.yaml', 'data/**']\n"
    )
    report = cnlint.check([repository / "tests"])
    assert _LATEST not in codes(report, "tests/pod.yaml") | codes(report, "tests/data/pod.yaml")


def test_in_ignored_paths_rules_that_kube_linter_does_not_know_still_hold(repository: Path) -> None:
    (repository / "deploy" / "pod.yaml").write_text(_POD.replace("worker:latest", "Worker:latest"))
    assert codes(check(repository, "checks: {ignorePaths: ['deploy/**']}\n")) >= {"K8S205"}


@pytest.mark.parametrize(
    "text",
    [
        "checks: [latest-tag]\n",
        "checks: {include: latest-tag}\n",
        "checks: {exclude: {latest-tag: true}}\n",
        "checks: {ignorePaths: 'tests/**'}\n",
        "checks: {addAllBuiltIn: 'yes'}\n",
        "- checks\n",
        "checks: [\n",
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(repository: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.kube-linter\.yaml: "):
        check(repository, text)


def test_checks_of_ones_own_are_not_read(repository: Path) -> None:
    text = "customChecks:\n  - {name: mine, template: latest-tag, params: {blockList: ['.*']}}\n"
    assert codes(check(repository, text)) == codes(check(repository, ""))


def test_without_configuration_kube_linter_is_not_asked_either(repository: Path) -> None:
    (repository / ".kube-linter.yaml").write_text("checks: {exclude: [latest-tag]}\n")
    assert _LATEST in codes(cnlint.check([repository], root=repository, config=False))


def test_settings_say_where_they_come_from(repository: Path) -> None:
    (repository / ".kube-linter.yml").write_text("checks: {exclude: [latest-tag], ignorePaths: ['tests/**']}\n")
    (repository / "cnlint.toml").write_text('ignore = ["K8S213"]\n')
    origins = read_configuration(None, (str(repository),), None).origins
    assert origins["ignore"] == f"{repository}/cnlint.toml, {repository}/.kube-linter.yml"
    assert origins["per-file-ignores"] == f"{repository}/.kube-linter.yml"
    assert "extend-select" not in origins
