"""Patterns of .dockerignore, matched as the builder does it.

They are rooted in the context; ``*`` stays within a folder, ``**`` does not; the last one that matches decides.
"""

import posixpath
from collections.abc import Callable
from typing import NamedTuple

# Patterns that leave out the whole context.
_EVERYTHING = frozenset({"*", "**", "**/*"})


class _Step(NamedTuple):
    """A step of a pattern. ``accepts`` tells which single character it takes; the others take any number."""

    kind: str
    """``character``; ``name`` (any characters but slashes); ``folders`` (any whole folders); ``rest`` (anything)."""
    accepts: Callable[[str], bool] | None = None


class Pattern(NamedTuple):
    """A pattern, as written, and the line on which it stands."""

    text: str
    line: int
    steps: list[_Step]
    excludes: bool


class DockerIgnore:
    """The patterns of one file."""

    def __init__(self, text: str) -> None:
        self.patterns: list[Pattern] = []
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
            written = line.strip()
            if not written or line.startswith("#"):
                continue
            excludes = not written.startswith("!")
            pattern = posixpath.normpath(written.removeprefix("!").strip()).lstrip("/")
            if pattern and pattern != ".":
                self.patterns.append(Pattern(written, number, _steps(pattern), excludes))

    def excludes(self, path: str) -> bool:
        """Tell whether a path, relative to the context, is left out, itself or with a folder that it lies in."""
        return self.excluding(path) is not None

    def excluding(self, path: str) -> Pattern | None:
        """Give the pattern that leaves out a path; ``None`` when it is part of the context."""
        found, _ = self._decide(path)
        return found

    def excluding_all_of(self, path: str) -> Pattern | None:
        """Give the pattern that leaves out a path and whatever lies in it; ``None`` where an exception may keep some.

        An empty path is the whole context.
        """
        found, index = self._decide(path) if path else self._decide_for_root()
        below = f"{path.strip('/')}/" if path else ""
        if found is None or any(
            not exception.excludes and _states_after(exception.steps, below) for exception in self.patterns[index + 1 :]
        ):
            return None
        return found

    def _decide(self, path: str) -> tuple[Pattern | None, int]:
        parts = path.strip("/").split("/")
        candidates = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
        found: Pattern | None = None
        index = -1
        for number, pattern in enumerate(self.patterns):
            # A pattern that would change nothing need not be tried.
            if pattern.excludes == (found is None) and any(_matches(pattern.steps, one) for one in candidates):
                found, index = (pattern if pattern.excludes else None), number
        return found, index

    def _decide_for_root(self) -> tuple[Pattern | None, int]:
        for index in range(len(self.patterns) - 1, -1, -1):
            if self.patterns[index].text.strip("/") in _EVERYTHING:
                return self.patterns[index], index
        return None, -1


def _steps(pattern: str) -> list[_Step]:
    if pattern.startswith("**") and not any(sign in pattern[2:] for sign in "/*?[]\\"):
        # Without a slash the two stars stand for the beginning of a name too.
        return [_Step("rest"), *(_Step("character", char.__eq__) for char in pattern[2:])]
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
        elif char == "[" and (end := _end_of_class(pattern, position)) is not None:
            steps.append(_Step("character", _character_class(pattern[position:end])))
            position = end + 1
        else:
            if char == "\\" and position < len(pattern):
                char = pattern[position]
                position += 1
            steps.append(_Step("character", char.__eq__))
    return steps


def _end_of_class(pattern: str, start: int) -> int | None:
    """Find the bracket that closes a class whose content starts here."""
    position = start
    while position < len(pattern):
        if pattern[position] == "]" and position > start:
            return position
        position += 2 if pattern[position] == "\\" else 1
    return None


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
    # Other than a question mark, a class may take a slash.
    return lambda char: any(first <= char <= last for first, last in ranges) != negated


def _matches(steps: list[_Step], path: str) -> bool:
    return len(steps) in _states_after(steps, path)


def _states_after(steps: list[_Step], text: str) -> set[int]:
    """Follow all ways through the pattern at once, and give those that are left after a text.

    The work is at most the product of both lengths, whatever the pattern. A state is the number of steps done; that of
    being inside a folder that ``**/`` takes is the complement of the number of its step.
    """
    states = _with_empty_steps(steps, {0})
    for char in text:
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
            break
    return states


def _with_empty_steps(steps: list[_Step], states: set[int]) -> set[int]:
    """Add the states that are reached because a step may take nothing."""
    reached = set(states)
    for state in states:
        while 0 <= state < len(steps) and steps[state].accepts is None:
            state += 1
            reached.add(state)
    return reached
