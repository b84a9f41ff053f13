"""Patterns: regular expressions that are compiled when they are first used, and shell patterns.

A run uses few of the expressions in the modules that it imports, and compiling all of them would take longer than
checking a file.
"""

import re
from collections.abc import Iterable
from typing import Any, cast


class _Lazy:
    """Stands for a compiled expression; from the first use on, its methods are the compiled expression's own."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for method in ("match", "fullmatch", "search", "finditer", "findall", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """Give an expression to be compiled when it is first used; a mistake in it shows then.

    Whoever uses it must not tell it from what ``re.compile`` gives by more than its methods.
    """
    return cast("re.Pattern[str]", _Lazy(text, flags))


def matches_any(text: str, patterns: Iterable[str]) -> bool:
    """Tell whether a text matches one of some shell patterns (``*``, ``?``, ``[...]``), upper and lower case apart.

    Most patterns are plain texts, or have one ``*`` at an end, and need no expression.
    """
    return any(_matches(text, one) for one in patterns)


def _matches(text: str, shell_pattern: str) -> bool:
    inner = shell_pattern.strip("*")
    if any(sign in inner for sign in "*?["):
        from fnmatch import fnmatchcase

        return fnmatchcase(text, shell_pattern)
    if shell_pattern == inner:
        return text == inner
    if not shell_pattern.startswith("*"):
        return text.startswith(inner)
    return inner in text if shell_pattern.endswith("*") else text.endswith(inner)
