"""Patterns: regular expressions that are compiled when they are first used, and shell patterns.

A run uses few of the expressions in the modules that it imports, and compiling all of them would take longer than
checking a file.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
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
    """Tell whether a text matches one of some shell patterns (``*``, ``?``, ``[...]``), upper and lower case apart."""
    return _compiled(tuple(patterns)).match(text)


class _Patterns:
    """Shell patterns sorted by what they need: most are plain texts, or have one ``*`` at an end or in the middle."""

    __slots__ = ("inner", "others", "pairs", "starts", "stops", "texts")

    def __init__(self, patterns: Iterable[str]) -> None:
        texts, starts, stops = set(), [], []
        self.inner: list[str] = []
        self.pairs: list[tuple[str, str, int]] = []
        self.others: list[str] = []
        for pattern in patterns:
            inner = pattern.strip("*")
            if pattern == inner and inner.count("*") == 1 and "?" not in inner and "[" not in inner:
                start, stop = inner.split("*")
                self.pairs.append((start, stop, len(start) + len(stop)))
            elif any(sign in inner for sign in "*?["):
                self.others.append(pattern)
            elif pattern == inner:
                texts.add(inner)
            elif not pattern.startswith("*"):
                starts.append(inner)
            elif pattern.endswith("*"):
                self.inner.append(inner)
            else:
                stops.append(inner)
        self.texts, self.starts, self.stops = frozenset(texts), tuple(starts), tuple(stops)

    def match(self, text: str) -> bool:
        if text in self.texts or text.startswith(self.starts) or text.endswith(self.stops):
            return True
        for inner in self.inner:
            if inner in text:
                return True
        for start, stop, length in self.pairs:
            if text.startswith(start) and text.endswith(stop) and len(text) >= length:
                return True
        if not self.others:
            return False
        from fnmatch import fnmatchcase

        return any(fnmatchcase(text, pattern) for pattern in self.others)


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> _Patterns:
    return _Patterns(patterns)


def is_met(expression: str, text: str) -> bool:
    """Tell whether a text meets a regular expression of somebody's settings.

    It does where the expression is found anywhere in it; an empty one always is. After a ``!`` stands what must not be
    found. What is no expression stands for itself.
    """
    if not expression:
        return True
    wanted = expression.removeprefix("!")
    return bool(_expression(wanted).search(text)) is (wanted == expression)


@lru_cache(maxsize=256)
def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        return re.compile(re.escape(text))
