"""Patterns of .dockerignore, matched as the builder does it.

They are rooted in the context; ``*`` stays within a folder, ``**`` does not; the last one that matches decides.
"""

import posixpath
from collections.abc import Callable
from typing import NamedTuple


class _Step(NamedTuple):
    """A step of a pattern. ``accepts`` tells which single character it takes; the others take any number."""

    kind: str
    """``character``; ``name`` (any characters but slashes); ``folders`` (any whole folders); ``rest`` (anything)."""
    accepts: Callable[[str], bool] | None = None


class _Pattern(NamedTuple):
    steps: list[_Step]
    excludes: bool


class DockerIgnore:
    """The patterns of one file."""

    def __init__(self, text: str) -> None:
        self.patterns: list[_Pattern] = []
        for line in text.removeprefix("\ufeff").splitlines():
            pattern = line.strip()
            if not pattern or line.startswith("#"):
                continue
            excludes = not pattern.startswith("!")
            pattern = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
            if pattern and pattern != ".":
                self.patterns.append(_Pattern(_steps(pattern), excludes))

    def excludes(self, path: str) -> bool:
        """Tell whether a path, relative to the context, is left out, itself or with a folder that it lies in."""
        parts = path.strip("/").split("/")
        candidates = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
        excluded = False
        for pattern in self.patterns:
            # A pattern that would change nothing need not be tried.
            if pattern.excludes != excluded and any(_matches(pattern.steps, one) for one in candidates):
                excluded = pattern.excludes
        return excluded


def _steps(pattern: str) -> list[_Step]:
    steps: list[_Step] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if pattern.startswith("**", position - 1):
            position += 2 if pattern.startswith("/", position + 1) else 1
            steps.append(_Step("rest" if position >= len(pattern) else "folders"))
        elif char == "*":
            steps.append(_Step("name"))
        elif char == "?":
            steps.append(_Step("character", lambda char: char != "/"))
        elif char == "[" and "]" in pattern[position + 1 :]:
            end = pattern.index("]", position + 1)
            steps.append(_Step("character", _character_class(pattern[position:end])))
            position = end + 1
        else:
            if char == "\\" and position < len(pattern):
                char = pattern[position]
                position += 1
            steps.append(_Step("character", char.__eq__))
    return steps


def _character_class(text: str) -> Callable[[str], bool]:
    negated = text.startswith("^")
    text = text[1:] if negated else text
    ranges: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        first = last = text[position]
        if text.startswith("-", position + 1) and position + 2 < len(text):
            last = text[position + 2]
            position += 2
        ranges.append((first, last))
        position += 1
    return lambda char: char != "/" and any(first <= char <= last for first, last in ranges) != negated


def _matches(steps: list[_Step], path: str) -> bool:
    """Match a whole path by following all ways through the pattern at once.

    The work is at most the product of both lengths, whatever the pattern. A state is the number of steps done; that of
    being inside a folder that ``**/`` takes is the complement of the number of its step.
    """
    states = _with_empty_steps(steps, {0})
    for char in path:
        following = set()
        for state in states:
            if state < 0:
                following.add(state)
                if char == "/":
                    following.add(~state + 1)
                continue
            if state == len(steps):
                continue
            kind, accepts = steps[state]
            if accepts is not None:
                if accepts(char):
                    following.add(state + 1)
            elif kind == "rest" or (kind == "name" and char != "/"):
                following.add(state)
            elif kind == "folders":
                following.add(state + 1 if char == "/" else ~state)
        states = _with_empty_steps(steps, following)
        if not states:
            return False
    return len(steps) in states


def _with_empty_steps(steps: list[_Step], states: set[int]) -> set[int]:
    """Add the states that are reached because a step may take nothing."""
    reached = set(states)
    for state in states:
        while 0 <= state < len(steps) and steps[state].accepts is None:
            state += 1
            reached.add(state)
    return reached
