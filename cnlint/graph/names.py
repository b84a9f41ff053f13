"""Names that are almost the same: the typing errors behind broken links."""

from collections.abc import Iterable, Iterator

from cnlint.syntax.patterns import regex

_SEPARATORS = regex(r"[-._/]+")
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


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """Give the one of some words that ``word`` was meant to be: the only one that up to two letters tell from it."""
    limit = min(_LONGEST_DISTANCE, len(word) // 2)
    distances = {other: edit_distance(word, other, limit) for other in words}
    least = min(distances.values(), default=limit + 1)
    found = [other for other, distance in distances.items() if distance == least]
    return found[0] if len(found) == 1 and least <= limit else None


class Names:
    """Names in which those that are almost a given one are found without looking at all of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_key: dict[object, list[str]] = {}
        for name in dict.fromkeys(names):
            for key in _keys(name):
                self._by_key.setdefault(key, []).append(name)

    def near(self, name: str) -> list[str]:
        """Give the names that ``name`` is a typing error of, in alphabetical order."""
        alike = {other for key in _keys(name) for other in self._by_key.get(key, ())}
        return sorted(other for other in alike if typing_distance(name, other))

    def nearest(self, name: str) -> str | None:
        """Give what `nearest_name` gives for these names."""
        return nearest_name(name, self.near(name))


def _keys(name: str) -> Iterator[object]:
    """Yield what a name shares with every name that is a typing error of it: its letters, or all words but one."""
    tokens = _SEPARATORS.split(name)
    yield "".join(tokens).casefold()
    for index, token in enumerate(tokens):
        # Numbers are never a typing error of each other.
        if len(token) >= _SHORTEST_TOKEN and not token.isdigit():
            yield (*tokens[:index], None, *tokens[index + 1 :])


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
    tokens, other_tokens = _SEPARATORS.split(name), _SEPARATORS.split(other)
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
