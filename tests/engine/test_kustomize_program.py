"""What the installed program builds, and what happens when it does not."""

import shutil
from pathlib import Path

import pytest

import cnlint
from cnlint.findings import RunReport

_BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
      - name: orders
        image: registry.example.com/orders:1.0.0
"""
_BUILT = _BASE.replace("{name: orders}", "{name: p-orders}") + "        securityContext: {privileged: true}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "app.yaml").write_text(_BASE)
    (root / "kustomization.yaml").write_text("resources: [app.yaml]\nnamePrefix: p-\n")
    return root


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(programs: Path, script: str, name: str = "kustomize") -> None:
    path = programs / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def installed(programs: Path, text: str, name: str = "kustomize") -> None:
    """Install a program that prints a text, whatever it is asked."""
    install(programs, f'echo "$@" > {programs}/arguments\nwhile read -r line; do :; done\n{_print(text)}', name)


def _print(text: str) -> str:
    lines = text.replace("'", "'\\''").splitlines()
    return "\n".join(f"echo '{line}'" for line in lines)


def check(repository: Path, mode: str = "program") -> RunReport:
    return cnlint.check([repository], select=["K8S260"], config={"project": {"kustomize": mode}})


def places(report: RunReport) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in report.findings if one.code == "K8S260"]


def notes(report: RunReport) -> list[str]:
    return [one.skipped for one in report.files if one.skipped]


@pytest.mark.parametrize("name", ["kustomize", "kubectl"])
def test_objects_of_the_program_are_judged_at_the_nearest_place(repository: Path, programs: Path, name: str) -> None:
    installed(programs, _BUILT, name)
    report = check(repository)
    assert (places(report), notes(report)) == ([("app.yaml", 10)], [])
    command = "build" if name == "kustomize" else "kustomize"
    assert (programs / "arguments").read_text().split() == [command, str(repository)]


def test_the_program_is_not_run_unless_it_is_asked_for(repository: Path, programs: Path) -> None:
    installed(programs, _BUILT)
    assert places(check(repository, "built-in")) == []
    assert not (programs / "arguments").exists()


def test_a_configuration_that_is_only_found_cannot_ask_for_the_program(repository: Path, programs: Path) -> None:
    installed(programs, _BUILT)
    settings = repository / "cnlint.toml"
    settings.write_text('[project]\nkustomize = "program"\n')
    cnlint.check([repository], select=["K8S260"])
    assert not (programs / "arguments").exists()
    cnlint.check([repository], select=["K8S260"], config=settings)
    assert (programs / "arguments").exists()


def test_a_program_of_the_project_is_not_run(repository: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    installed(repository, _BUILT)
    assert notes(check(repository)) == ["built here, not by the program: neither kustomize nor kubectl is installed"]


def test_kustomizations_with_remote_parts_are_not_given_to_the_program(repository: Path, programs: Path) -> None:
    installed(programs, _BUILT)
    (repository / "kustomization.yaml").write_text(
        "resources: [app.yaml, 'https://example.com/a.yaml']\nnamePrefix: p-\n"
    )
    assert "built here, not by the program: it has remote parts" in notes(check(repository))
    assert not (programs / "arguments").exists()


def test_a_program_that_fails_is_said_and_what_is_built_here_is_judged(repository: Path, programs: Path) -> None:
    install(programs, "echo 'Error: no such thing' >&2\nexit 1")
    patch = '[{"op": "add", "path": "/spec/template/spec/containers/0/securityContext", '
    (repository / "kustomization.yaml").write_text(
        "resources: [app.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |\n"
        f'    {patch}"value": {{"privileged": true}}}}]\n'
    )
    report = check(repository)
    assert places(report) == [("kustomization.yaml", 5)]
    assert notes(report) == ["built here, not by the program: no such thing"]


def test_an_object_that_the_program_leaves_out_is_not_judged(repository: Path, programs: Path) -> None:
    (repository / "app.yaml").write_text(_BASE + "        securityContext: {privileged: true}\n")
    installed(programs, "")
    assert places(check(repository)) == []


@pytest.mark.skipif(not (shutil.which("kustomize") or shutil.which("kubectl")), reason="no program is installed")
def test_the_program_and_what_is_built_here_give_the_same_findings(repository: Path) -> None:
    (repository / "kustomization.yaml").write_text(
        "resources: [app.yaml]\nnamePrefix: p-\nnamespace: shop\npatches:\n- path: change.yaml\n"
        "configMapGenerator: [{name: settings, literals: [A=1]}]\n"
    )
    (repository / "change.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec:\n  template:\n    spec:\n"
        "      containers:\n      - name: orders\n        envFrom: [{configMapRef: {name: settings}}]\n"
        "        securityContext: {privileged: true}\n"
    )
    reports = [
        cnlint.check([repository], profile="pedantic", config={"project": {"kustomize": mode}})
        for mode in ("built-in", "program")
    ]
    assert reports[0] == reports[1]
    assert places(reports[0]) == [("change.yaml", 10)]
