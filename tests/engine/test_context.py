"""What a run on some files sees of the rest of the project: links are resolved, nothing else is said of it."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cnlint
from cnlint.cli.group import group

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
        - {name: orders, image: "registry.example.com/orders:latest", ports: [{containerPort: 8080}]}
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec:
  selector: {app: orders}
  ports: [{port: 80, targetPort: 9090}]
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "workloads").mkdir()
    (tmp_path / "network").mkdir()
    (tmp_path / "workloads/orders.yaml").write_text(_DEPLOYMENT, encoding="utf-8")
    (tmp_path / "network/orders.yaml").write_text(_SERVICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _found(*arguments: str) -> list[str]:
    """Run the command and give path and code of each finding."""
    result: Result = CliRunner().invoke(group, ["check", *arguments, "-f", "concise", "--no-cache"])
    lines = [line.split(":") for line in result.output.splitlines() if ".yaml:" in line]
    return [f"{path} {rest.split()[1]}" for path, _, _, rest, *_ in lines]


@pytest.mark.usefixtures("repository")
def test_a_link_into_the_rest_of_the_project_is_judged() -> None:
    assert _found("network/orders.yaml") == ["network/orders.yaml K8S362"]


@pytest.mark.usefixtures("repository")
def test_the_rest_of_the_project_is_not_reported_on() -> None:
    assert any(found.startswith("workloads/") for found in _found("."))
    assert not any(found.startswith("workloads/") for found in _found("network"))


@pytest.mark.usefixtures("repository")
def test_the_rest_of_the_project_is_not_read_when_it_is_not_wanted() -> None:
    assert _found("network/orders.yaml", "--no-context") == []


def test_the_rest_of_the_project_keeps_a_link_from_being_reported(repository: Path) -> None:
    (repository / "network/orders.yaml").write_text(_SERVICE.replace("9090", "8080"), encoding="utf-8")
    assert _found("network/orders.yaml", "--complete") == []
    assert _found("network/orders.yaml", "--complete", "--no-context") == ["network/orders.yaml K8S360"]


def test_a_folder_inside_of_the_project_is_seen_from_its_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "network")
    assert _found(".") == ["network/orders.yaml K8S362"]


def test_what_lies_outside_of_the_root_is_not_seen(repository: Path) -> None:
    assert _found("network/orders.yaml", "--root", "network") == []


def test_files_that_git_ignores_are_no_context(repository: Path) -> None:
    (repository / ".gitignore").write_text("workloads/\n", encoding="utf-8")
    assert _found("network/orders.yaml") == []


def test_excluded_files_are_no_context(repository: Path) -> None:
    assert _found("network/orders.yaml", "--exclude", "workloads/") == []


def test_a_broken_file_around_keeps_what_is_missing_from_being_reported(repository: Path) -> None:
    (repository / "workloads/orders.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nspec: [\n", encoding="utf-8"
    )
    assert _found("network/orders.yaml") == []


def test_the_files_of_a_report_are_those_that_were_given(repository: Path) -> None:
    report = cnlint.check([repository / "network"], config=False)
    assert [file.path for file in report.files] == ["network/orders.yaml"]
    assert os.path.samefile(report.root, repository)
