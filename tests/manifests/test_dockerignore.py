"""Patterns of .dockerignore match as in Docker, and not as in git."""

import pytest

from cnlint.manifests.dockerignore import DockerIgnore


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        (".env", ".env", True),
        (".env", "a/.env", False),
        ("**/.env", ".env", True),
        ("**/.env", "a/b/.env", True),
        ("**/.env", "a/b/x.env", False),
        ("/.git/", ".git/HEAD", True),
        ("./node_modules", "node_modules/a/b.js", True),
        ("node_modules", "web/node_modules/a", False),
        ("*.pem", "a.pem", True),
        ("*.pem", "a/b.pem", False),
        ("*/*.pem", "a/b.pem", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("**", "a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("*\n!a", "a/b", False),
        ("*\n!a", "b", True),
        ("*\n!a\n*.key", "a/x.key", False),
        ("*\n!a\n**/*.key", "a/x.key", True),
        ("!a\na", "a", True),
        ("# a\n\n  b  ", "b", True),
        ("# a", "# a", False),
        ("a/../b", "b", True),
        (".", "a", False),
        ("", "a", False),
    ],
)
def test_a_path_is_excluded(patterns: str, path: str, excluded: bool) -> None:
    assert DockerIgnore(patterns).excludes(path) is excluded


def test_patterns_of_many_stars_take_no_exponential_time() -> None:
    assert not DockerIgnore("**/" * 30 + "*a" * 30 + "b").excludes("a/" * 60 + "a" * 100)
