"""Patterns: lazily compiled expressions and shell patterns."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.patterns import matches_any, regex


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
