"""Patterns: lazily compiled expressions and shell patterns."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.patterns import is_met, matches_any, regex


def test_an_expression_does_what_a_compiled_one_does() -> None:
    lazy, compiled = regex("(b+)", re.IGNORECASE), re.compile("(b+)", re.IGNORECASE)
    for method in ("search", "match", "fullmatch"):
        assert str(getattr(lazy, method)("aBb")) == str(getattr(compiled, method)("aBb"))
    assert lazy.findall("abbB b") == compiled.findall("abbB b")
    assert lazy.sub("x", "abba") == "axa"
    assert lazy.pattern == "(b+)"


def test_a_mistake_in_an_expression_shows_when_it_is_used() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.match("")


@given(st.text("ab*?[]", max_size=8), st.lists(st.text("ab*?[]", max_size=8), max_size=3))
def test_shell_patterns_are_read_as_fnmatch_reads_them(text: str, patterns: list[str]) -> None:
    assert matches_any(text, patterns) == any(fnmatchcase(text, one) for one in patterns)


@pytest.mark.parametrize(
    ("expression", "text", "is_found"),
    [
        ("", "anything", True),
        ("", "", True),
        ("owner", "example.com/owner", True),
        ("^owner$", "example.com/owner", False),
        ("!^team-", "shop", True),
        ("!^team-", "team-shop", False),
        ("!", "x", False),
        ("(", "a(b", True),
        ("!(", "a(b", False),
    ],
)
def test_an_expression_of_settings_is_found_or_after_an_exclamation_mark_is_not(
    expression: str, text: str, is_found: bool
) -> None:
    assert is_met(expression, text) is is_found
