"""Reads that stay within the project, and the addresses of its remotes."""

from pathlib import Path

import pytest

from cnlint.graph import repository


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Example/App.git",
        "https://user:secret@github.com/example/app",
        "git@github.com:example/app.git",
        "ssh://git@github.com:22/example/app/",
        "git://github.com/example/app.git",
        "github.com:example/app",
    ],
)
def test_all_forms_of_an_address_are_one(url: str) -> None:
    assert repository.address(url) == "github.com/example/app"


def test_remotes_are_read_from_the_configuration_of_git(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(
        '[core]\n\turl = nothing\n[remote "origin"]\n\turl = git@github.com:example/app.git\n'
        "\tfetch = +refs/heads/*\n[branch]\n\tremote = origin\n"
    )
    assert repository.remotes(str(tmp_path)) == ("github.com/example/app",)
    below = tmp_path / "services" / "orders"
    below.mkdir(parents=True)
    assert repository.remotes(str(below)) == ("github.com/example/app",)
    assert repository.prefix(str(below)) == "services/orders/"
    assert repository.prefix(str(tmp_path)) == ""


def test_a_worktree_names_the_folder_of_git(tmp_path: Path) -> None:
    git = tmp_path / "main" / ".git"
    (git / "worktrees" / "side").mkdir(parents=True)
    (git / "config").write_text('[remote "origin"]\n\turl = https://example.com/a/b\n')
    (git / "worktrees" / "side" / "commondir").write_text("../..\n")
    side = tmp_path / "side"
    side.mkdir()
    (side / ".git").write_text(f"gitdir: {git / 'worktrees' / 'side'}\n")
    assert repository.remotes(str(side)) == ("example.com/a/b",)


def test_files_outside_of_the_root_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("secret")
    (root / "inside").write_text("inside")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to("loop")
    assert repository.read_text(str(root), "inside") == "inside"
    for path in ("../secret", "link", str(tmp_path / "secret"), "loop", "absent", ".", "a\0b"):
        assert repository.read_text(str(root), path) is None


def test_long_files_are_read_up_to_the_bound(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("x" * (repository.LARGEST_READ + 10))
    text = repository.read_text(str(tmp_path), "long")
    assert text is not None and len(text) == repository.LARGEST_READ


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("apps/*", "apps/a", True),
        ("apps/*", "apps/a/b", False),
        ("apps/**", "apps/a/b", True),
        ("a?c/", "abc", True),
        ("a.c", "abc", False),
        ("*a*a*a*a*a*a", "a" * 100, False),
    ],
)
def test_patterns_match_within_folders_and_stay_cheap(pattern: str, path: str, matches: bool) -> None:
    assert bool(repository.glob(pattern).fullmatch(path)) == matches


@pytest.mark.parametrize(
    ("folder", "path", "joined"),
    [
        ("a/b", "../c", "a/c"),
        ("a", "..", ""),
        ("", ".", ""),
        ("", "", ""),
        ("a", "./b/", "a/b"),
        ("a", "../..", None),
        ("a", "/etc/passwd", None),
        ("", "~/x", None),
    ],
)
def test_paths_are_joined_within_the_root(folder: str, path: str, joined: str | None) -> None:
    assert repository.join(folder, path) == joined


def test_git_ignores_what_the_nearest_gitignore_says(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".gitignore").write_text("*.env\n/local/\n")
    (tmp_path / "deploy" / ".gitignore").write_text("!shared.env\n")
    root = str(tmp_path)
    assert repository.is_ignored(root, "orders.env")
    assert repository.is_ignored(root, "deploy/orders.env")
    assert repository.is_ignored(root, "local/kustomization.yaml")
    assert not repository.is_ignored(root, "deploy/shared.env")
    assert not repository.is_ignored(root, "deploy/orders.yaml")


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("README.md", True),
        ("Makefile", True),
        ("scripts/install.sh", True),
        (".github/workflows/go.yaml", True),
        ("deploy/skaffold.yaml", True),
        ("deploy/service.yaml", False),
        ("main.go", False),
    ],
)
def test_instructions_are_told_by_the_names_of_files(path: str, holds: bool) -> None:
    assert repository.holds_instructions(path) is holds
