"""Patterns of .gitignore, read by pathspec, which is imported when there are any."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

_MOST_WILDCARDS = 3
"""Asterisks in one part of a path, and parts that mean any folders: with more, matching could take for ever."""

_FOLDER = "ps_d"
"""What pathspec calls the slash behind a folder that a pattern names."""


class Patterns:
    """The patterns of one file; the last one that matches a path decides.

    Lines that git could not read, and patterns with more wildcards than anybody writes, are left out, so that what they
    name is checked.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = [line for line in lines if line.strip() and not line.startswith("#") and _is_bounded(line)]

    def __bool__(self) -> bool:
        return bool(self._lines)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """Tell whether a path is ignored (``True``), kept (``False``) or not spoken of (``None``)."""
        text = f"{path}/" if is_folder else path
        for pattern in self._patterns:
            found = pattern.match_file(text)
            if found is not None and _is_of_path_itself(found.match, text):
                return bool(pattern.include)
        return None

    def cover(self, path: str) -> bool:
        """Tell whether a file is ignored, itself or with a folder above it."""
        if not self._lines:
            return False
        end = path.find("/")
        while end > 0:
            if self.verdict(path[:end], True):
                return True
            end = path.find("/", end + 1)
        return bool(self.verdict(path, False))

    @cached_property
    def _patterns(self) -> list[Any]:
        """The patterns that pathspec can read, the last one first."""
        if not self._lines:
            return []
        from pathspec import GitIgnoreSpec

        found: list[Any] = []
        for line in reversed(self._lines):
            try:
                found.extend(one for one in GitIgnoreSpec.from_lines([line]).patterns if one.include is not None)
            except ValueError:
                continue
        return found


def _is_of_path_itself(match: re.Match[str], text: str) -> bool:
    """Tell whether a pattern names a path, and not only a folder above it, or what is below it (``folder/**``).

    pathspec matches what lies below a folder too, and marks where the folder ends; of that the folder itself decides.
    """
    is_whole = match.end() == len(text)
    return is_whole if _FOLDER in match.groupdict() else not (is_whole and match[0].endswith("/"))


def lines_of(text: str) -> list[str]:
    """Give the lines of a file of patterns."""
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]


def _is_bounded(line: str) -> bool:
    parts = line.split("/")
    return parts.count("**") <= _MOST_WILDCARDS and all(part.count("*") <= _MOST_WILDCARDS for part in parts)
