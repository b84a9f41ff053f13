"""Patterns of .gitignore."""

import pytest

from cnlint.syntax.gitignore import Patterns, lines_of


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("app.yaml", "deploy/app.yaml"),
        ("*.log", "a/b/c.log"),
        ("/app.yaml", "app.yaml"),
        ("deploy/*.yaml", "deploy/app.yaml"),
        ("**/local", "a/b/local"),
        ("**/local", "local"),
        ("a/**/z", "a/z"),
        ("a/**/z", "a/b/c/z"),
        ("a/**", "a/b/c"),
        ("[Bb]uild", "Build"),
        ("[!a-c]x", "dx"),
        ("[]-]", "]"),
        (r"\#app", "#app"),
        (r"\!app", "!app"),
        ("app  ", "app"),
        ("app\\ ", "app "),
        ("a?c", "abc"),
    ],
)
def test_a_pattern_ignores_what_it_matches(pattern: str, path: str) -> None:
    assert Patterns([pattern]).verdict(path, False) is True


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/app.yaml", "deploy/app.yaml"),
        ("deploy/app.yaml", "a/deploy/app.yaml"),
        ("build/", "build"),
        ("*.yaml", "app.yml"),
        ("a/*", "a/b/c"),
        ("a?c", "a/c"),
        ("[^a]", "a"),
        ("# app", "# app"),
        ("app\\", "app\\"),
        ("[a", "a"),
        ("", ""),
        ("/", "a"),
    ],
)
def test_a_pattern_does_not_speak_of_what_it_does_not_match(pattern: str, path: str) -> None:
    assert Patterns([pattern]).verdict(path, False) is None


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = Patterns(["*.env", "!example.env", "secret/*"])
    assert patterns.verdict("local.env", False) is True
    assert patterns.verdict("example.env", False) is False
    assert patterns.verdict("secret/example.env", False) is True


def test_a_folder_that_is_kept_does_not_keep_what_another_pattern_ignores_in_it() -> None:
    patterns = Patterns(["dist", "!packages"])
    assert patterns.verdict("packages/dist", True) is True


def test_nothing_below_an_ignored_folder_is_kept() -> None:
    patterns = Patterns(["vendor/", "!vendor/own.yaml"])
    assert patterns.cover("vendor/own.yaml")
    assert not patterns.cover("vendor")


def test_lines_end_where_git_ends_them() -> None:
    assert lines_of("\ufeffa\r\nb\u2028c\x0cd\n") == ["a", "b\u2028c\x0cd", ""]


@pytest.mark.parametrize(
    "pattern", ["*a" * 200 + "b", "**/a/" * 100 + "b", "**/*a*a*a/" * 50 + "x", "[a]*" * 200 + "b"]
)
def test_no_pattern_tries_without_end(pattern: str) -> None:
    assert Patterns([pattern]).verdict("a" * 20_000 + "/" + "a/" * 20_000 + "aaa", False) is None
