"""Names that are almost the same: the typing errors behind broken links."""

import re
from collections.abc import Iterable

_SEPARATORS = r"[-._/]+"
_LONGEST_DISTANCE = 2
_SHORTEST_TOKEN = 4
_LENGTH_FOR_TWO_EDITS = 8


def nearest_name(name: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate that ``name`` was probably meant to be: other case, or one or two letters apart.

    Names that differ in a number or in a short word (``db-1`` and ``db-2``, ``blue`` and ``green``) are different on
    purpose. When several candidates are equally near, the first in alphabetical order is given.
    """
    best: tuple[int, str] | None = None
    for candidate in candidates:
        distance = typing_distance(name, candidate)
        if distance is not None and distance > 0 and (best is None or (distance, candidate) < best):
            best = (distance, candidate)
    return best[1] if best else None


def typing_distance(name: str, other: str) -> int | None:
    """Count the letters by which two names differ, if that looks like a typing error; ``None`` if it does not.

    Names that differ in case only are 1 apart.
    """
    if name == other:
        return 0
    if not name or not other or abs(len(name) - len(other)) > _LONGEST_DISTANCE:
        return None
    if name.casefold() == other.casefold():
        return 1
    tokens, other_tokens = re.split(_SEPARATORS, name), re.split(_SEPARATORS, other)
    if len(tokens) != len(other_tokens):
        # A separator is missing or was added: goapp and go-app.
        same_letters = "".join(tokens) == "".join(other_tokens)
        return abs(len(name) - len(other)) if same_letters else None
    differing = [pair for pair in zip(tokens, other_tokens, strict=True) if pair[0] != pair[1]]
    if not differing:
        return 1
    if len(differing) > 1:
        return None
    return _token_distance(*differing[0])


def _token_distance(token: str, other: str) -> int | None:
    if min(len(token), len(other)) < _SHORTEST_TOKEN or token.rstrip("0123456789") == other.rstrip("0123456789"):
        return None
    allowed = _LONGEST_DISTANCE if min(len(token), len(other)) >= _LENGTH_FOR_TWO_EDITS else 1
    distance = edit_distance(token, other, allowed)
    return distance if distance <= allowed else None


def edit_distance(left: str, right: str, limit: int) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours; more than ``limit`` count as limit + 1."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return min(previous[-1], limit + 1)
