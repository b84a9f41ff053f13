"""Patterns of .gitignore, matched as git does it.

Source: gitignore(5) and git's ``wildmatch.c``. A pattern is matched against one path, not against what lies below it:
who walks a tree leaves ignored folders out; who has a path only asks `Patterns.cover`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from cnlint.syntax.patterns import regex


class _Pattern(NamedTuple):
    position: int
    ignores: bool | None
    folders_only: bool
    by_name: bool
    """Whether it is matched against the last part of a path; else against the whole path."""
    expression: str


_NONE = _Pattern(-1, None, False, False, "")


class Patterns:
    """The patterns of one file; the last one that matches a path decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._plain: dict[str, list[_Pattern]] = {}
        """The patterns that are a plain name, which most are."""
        by_name: list[tuple[_Pattern, str]] = []
        by_path: list[tuple[_Pattern, str]] = []
        for position, line in enumerate(lines):
            pattern = _read(line, position)
            if pattern is None:
                continue
            if pattern.by_name and not _SPECIAL.intersection(pattern.expression):
                self._plain.setdefault(pattern.expression, []).append(pattern)
            elif (translated := _translate(pattern.expression)) is not None:
                (by_name if pattern.by_name else by_path).append((pattern, translated))
        self._by_name = _Expressions(by_name)
        self._by_path = _Expressions(by_path)

    def __bool__(self) -> bool:
        return bool(self._plain or self._by_name.patterns or self._by_path.patterns)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """Tell whether a path is ignored (``True``), kept (``False``) or not spoken of (``None``)."""
        name = path.rpartition("/")[2]
        matching = [*self._plain.get(name, ()), *self._by_name.matching(name), *self._by_path.matching(path)]
        return max((one for one in matching if is_folder or not one.folders_only), default=_NONE).ignores

    def cover(self, path: str) -> bool:
        """Tell whether a file is ignored, itself or with a folder above it."""
        end = path.find("/")
        while end > 0:
            if self.verdict(path[:end], True):
                return True
            end = path.find("/", end + 1)
        return bool(self.verdict(path, False))


class _Expressions:
    """Patterns that are matched as regular expressions."""

    def __init__(self, patterns: list[tuple[_Pattern, str]]) -> None:
        self.patterns = [(pattern, regex(text, re.DOTALL)) for pattern, text in patterns]
        # Most texts match none, which one expression tells at once.
        self._any = regex("|".join(f"(?:{text})" for _, text in patterns), re.DOTALL)

    def matching(self, text: str) -> list[_Pattern]:
        """Give the patterns that match a text."""
        if not self.patterns or not self._any.fullmatch(text):
            return []
        return [pattern for pattern, expression in self.patterns if expression.fullmatch(text)]


def lines_of(text: str) -> list[str]:
    """Give the lines of a file of patterns."""
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]


_SPECIAL = frozenset("*?[\\")


def _read(line: str, position: int) -> _Pattern | None:
    """Read a line; ``None`` for a comment and for a line that matches nothing."""
    if line.startswith("#"):
        return None
    expression = _without_trailing_blanks(line)
    ignores = not expression.startswith("!")
    if not ignores:
        expression = expression[1:]
    folders_only = expression.endswith("/")
    if folders_only:
        expression = expression[:-1]
    by_name = "/" not in expression
    expression = expression.removeprefix("/")
    return _Pattern(position, ignores, folders_only, by_name, expression) if expression else None


def _without_trailing_blanks(line: str) -> str:
    """Take blanks off the end of a line, but for one that a backslash stands before."""
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + 1] if backslashes % 2 else stripped


def _translate(pattern: str) -> str | None:
    """Translate a pattern into a regular expression; ``None`` when it is malformed and so matches nothing.

    Once what stands between two ``*`` is found, a later place for it is never better, so no other is tried
    (``(?>...)``); the same holds between two ``**/``. That keeps the work in proportion to the length of the path.
    """
    pieces: list[str] = []
    in_star = in_folders = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            end = len(pattern) - len(pattern[at:].lstrip("*"))
            # Two that fill the place of a folder stand for any number of folders; else they are as one.
            is_double = end > at + 1 and (at == 0 or pattern[at - 1] == "/")
            if is_double and end == len(pattern):
                pieces.append(".*")
            elif is_double and pattern[end] == "/":
                pieces.append((")" if in_folders else "") + "(?>(?:[^/]*/)*?")
                in_folders = True
                end += 1
            else:
                pieces.append((")" if in_star else "") + "(?>[^/]*?")
                in_star = True
            at = end
        elif char == "[":
            found = _character_class(pattern, at + 1)
            if found is None:
                return None
            piece, at = found
            pieces.append(piece)
        elif char == "/":
            pieces.append("/)" if in_star else "/")
            in_star = False
            at += 1
        else:
            at += char == "\\"
            if at == len(pattern):
                return None
            pieces.append("[^/]" if char == "?" else re.escape(pattern[at]))
            at += 1
    return "".join(pieces) + r"\Z" + ")" * (in_star + in_folders)


_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\v\f",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


def _character_class(pattern: str, at: int) -> tuple[str, int] | None:
    """Translate what stands in brackets from ``at`` on; give it with where it ends, ``None`` when it is malformed."""
    negation = "^" if pattern[at : at + 1] in ("!", "^") else ""
    at += len(negation)
    members: list[str] = []
    previous = ""
    start = at
    while at < len(pattern) and (pattern[at] != "]" or at == start):
        char = pattern[at]
        end = pattern.find("]", at + 2)
        if char == "[" and pattern.startswith(":", at + 1) and end > at + 2 and pattern[end - 1] == ":":
            named = _CLASSES.get(pattern[at + 2 : end - 1])
            if named is None:
                return None
            members.append(named)
            previous, at = "", end + 1
            continue
        is_range = char == "-" and previous and pattern[at + 1 : at + 2] not in ("", "]")
        at += bool(is_range)
        at += pattern[at] == "\\"
        if at >= len(pattern):
            return None
        char = pattern[at]
        if is_range:
            if previous <= char:
                members.append(f"{re.escape(previous)}-{re.escape(char)}")
            previous = ""
        else:
            members.append(re.escape(char))
            previous = char
        at += 1
    if at >= len(pattern):
        return None
    return f"(?!/)[{negation}{''.join(members)}]", at + 1
