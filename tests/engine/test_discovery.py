"""Which files a run looks at."""

import os
from pathlib import Path

import pytest

from cnlint.engine.classify import kind_by_name
from cnlint.engine.discover import discover, find_root


def _write(root: Path, *paths: str) -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("x", encoding="utf-8")


def _paths(root: Path, *given: str, **options: object) -> list[str]:
    found = discover([str(root / path) for path in given] or [str(root)], str(root), **options)  # type: ignore[arg-type]
    return [candidate.path for candidate in found.candidates]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", "dockerfile"),
        ("build/Dockerfile.api", "dockerfile"),
        ("api.Dockerfile", "dockerfile"),
        ("Dockerfile-slim", "dockerfile"),
        ("Containerfile_dev", "dockerfile"),
        ("Dockerfiles", "other"),
        ("Dockerfile_test.go", "other"),
        ("api.dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.dockerignore", "other"),
        ("Dockerfile.md", "other"),
        (".github/workflows/ci.yml", "workflow"),
        ("tool/.github/workflows/ci.yaml", "workflow"),
        (".github/workflows/sub/ci.yaml", "yaml"),
        ("action.yml", "action"),
        (".github/actions/build/action.yaml", "action"),
        (".github/dependabot.yml", "dependabot"),
        ("deploy/kustomization.yaml", "kustomization"),
        ("chart/Chart.yaml", "helm-chart"),
        ("serverless.yml", "serverless"),
        ("deploy.sh", "shell"),
        ("deploy/app.json", "yaml"),
        ("main.go", "other"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_name(path: str, kind: str) -> None:
    assert kind_by_name(path) == kind


def test_folders_are_walked_in_a_stable_order(tmp_path: Path) -> None:
    _write(tmp_path, "b/Dockerfile", "a/x.yaml", "a/b.yaml", "Dockerfile")
    assert _paths(tmp_path) == ["Dockerfile", "a/b.yaml", "a/x.yaml", "b/Dockerfile"]


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    _write(tmp_path, "keep.yaml", "out/x.yaml", "a/secret.yaml", "a/kept.yaml", "b/secret.yaml")
    (tmp_path / ".gitignore").write_text("out/\nsecret.yaml\n", encoding="utf-8")
    (tmp_path / "b" / ".gitignore").write_text("!secret.yaml\n", encoding="utf-8")
    assert _paths(tmp_path) == ["a/kept.yaml", "b/secret.yaml", "keep.yaml"]


def test_ignored_files_are_walked_on_demand(tmp_path: Path) -> None:
    _write(tmp_path, "out/x.yaml")
    (tmp_path / ".gitignore").write_text("out/\n", encoding="utf-8")
    assert _paths(tmp_path, respect_gitignore=False) == ["out/x.yaml"]


def test_gitignore_files_above_the_folder_given_count(tmp_path: Path) -> None:
    _write(tmp_path, "deploy/app.yaml", "deploy/local.yaml")
    (tmp_path / ".gitignore").write_text("local.yaml\n", encoding="utf-8")
    assert _paths(tmp_path, "deploy") == ["deploy/app.yaml"]


def test_a_file_that_is_named_is_taken_even_when_git_ignores_it(tmp_path: Path) -> None:
    _write(tmp_path, "out/x.yaml")
    (tmp_path / ".gitignore").write_text("out/\n", encoding="utf-8")
    assert _paths(tmp_path, "out/x.yaml") == ["out/x.yaml"]


def test_excluded_paths_are_left_out_even_when_named(tmp_path: Path) -> None:
    _write(tmp_path, "vendor/x.yaml", "app.yaml")
    assert _paths(tmp_path, "vendor/x.yaml", "app.yaml", exclude=["vendor/"]) == ["app.yaml"]


@pytest.mark.parametrize("folder", [".git", "node_modules", ".venv", ".terraform"])
def test_folders_of_tools_are_not_entered(tmp_path: Path, folder: str) -> None:
    _write(tmp_path, f"{folder}/x.yaml", "app.yaml")
    assert _paths(tmp_path) == ["app.yaml"]


def test_virtual_environments_of_any_name_are_not_entered(tmp_path: Path) -> None:
    _write(tmp_path, "env311/pyvenv.cfg", "env311/lib/x.yaml", "app.yaml")
    assert _paths(tmp_path) == ["app.yaml"]


def test_a_loop_of_links_is_survived(tmp_path: Path) -> None:
    _write(tmp_path, "a/app.yaml")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert _paths(tmp_path) == ["a/app.yaml"]


def test_a_pipe_met_on_the_walk_is_listed_as_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app.yaml")
    found = discover([str(tmp_path)], str(tmp_path))
    assert [(file.path, file.skipped) for file in found.skipped] == [("app.yaml", "not a regular file")]


def test_templates_of_a_chart_are_told_from_manifests(tmp_path: Path) -> None:
    _write(tmp_path, "chart/Chart.yaml", "chart/templates/app.yaml", "chart/values.yaml", "templates/app.yaml")
    found = discover([str(tmp_path)], str(tmp_path))
    kinds = {candidate.path: candidate.kind for candidate in found.candidates}
    assert kinds == {
        "chart/Chart.yaml": "helm-chart",
        "chart/templates/app.yaml": "helm-template",
        "chart/values.yaml": "helm-values",
        "templates/app.yaml": "yaml",
    }


def test_the_root_is_the_nearest_repository_above(tmp_path: Path) -> None:
    _write(tmp_path, "repo/.git/HEAD", "repo/deploy/app.yaml")
    assert find_root([str(tmp_path / "repo/deploy/app.yaml")]) == str(tmp_path / "repo")


def test_without_a_repository_the_root_is_the_folder_given(tmp_path: Path) -> None:
    _write(tmp_path, "deploy/app.yaml")
    assert find_root([str(tmp_path / "deploy")]) == str(tmp_path / "deploy")
