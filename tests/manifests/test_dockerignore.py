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
        ("!", "a", False),
        ("/", "a", False),
        ("../a", "a", False),
        ("\ufeffa", "a", True),
        ("a\r\nb\r\n", "b", True),
        ("a\x0cb", "b", False),
        (" # a", "# a", True),
        ("*\n! a", "a", False),
        ("*\n!/a/", "a", False),
        ("!*.md\n*.md", "a.md", True),
        ("*.md\n!a*.md\nab.md", "ab.md", True),
        ("a\n!a/b", "a/b/c", False),
        ("a\n!a/b", "a/c", True),
        ("a/*", "a", False),
        ("a/*", "a/b/c", True),
        ("a/**", "a/", False),
        ("a**", "abc/d", True),
        ("**a", "b/ca", True),
        ("**a", "b/ac", False),
        ("**a*", "ca", False),
        ("**/a/**", "b/a/c", True),
        ("**/a/**", "b/a", False),
        ("*a*", "bac", True),
        ("*", "a/b", True),
        ("a[^b]c", "a/c", True),
        ("a[b\\]]c", "a]c", True),
        ("a[b\\]]c", "ab]c", False),
        ("[!a]b", "!b", True),
        ("[!a]b", "cb", False),
        ("a[", "a[", True),
        ("a\\", "a\\", True),
        ("a\\?", "a?", True),
        ("a\\?", "ab", False),
        ("A", "a", False),
        ("a.b", "axb", False),
    ],
)
def test_a_path_is_excluded(patterns: str, path: str, excluded: bool) -> None:
    assert DockerIgnore(patterns).excludes(path) is excluded


def test_patterns_of_many_stars_take_no_exponential_time() -> None:
    assert not DockerIgnore("**/" * 30 + "*a" * 30 + "b").excludes("a/" * 60 + "a" * 100)


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        ("a", "a", True),
        ("a\n!a/b", "a", False),
        ("a\n!a/b", "a/c", True),
        ("!a/b\na", "a", True),
        ("a\n!**/*.md", "a", False),
        ("a\n!*.md", "a", True),
        ("*\n!src", "conf", True),
        ("*\n!src", "src", False),
        ("*\n!src/*/x", "src/a", False),
        ("*\n!src/*/x", "src/a/y", True),
        ("*", "", True),
        ("**", "", True),
        ("**/*", "", True),
        ("*\n!src", "", False),
        ("!src\n*", "", True),
        ("a\nb", "", False),
    ],
)
def test_a_folder_is_excluded_with_all_that_it_may_hold(patterns: str, path: str, excluded: bool) -> None:
    assert (DockerIgnore(patterns).excluding_all_of(path) is not None) is excluded


def test_the_pattern_that_excludes_is_given_as_written() -> None:
    pattern = DockerIgnore("# all\n*\n!a\n/a/b/\n").excluding("a/b/c")
    assert pattern is not None
    assert (pattern.text, pattern.line) == ("/a/b/", 4)
