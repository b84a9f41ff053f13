"""Edits that add entries to mappings and lists of manifests, or take them away, as a person would write them.

They are worked out from positions alone, so that they can be made in both stages. Where the positions do not tell how a
mapping is written, as behind an alias, there are none.
"""

from typing import Any, Literal

from cnlint.findings import Edit
from cnlint.manifests.view import Path, View
from cnlint.syntax.source import Span

Style = Literal["block", "flow"]


def add_key(view: View, path: Path, text: str) -> tuple[Edit, ...]:
    """Write ``key: value`` before the first key of the mapping at a path.

    Further lines of the text, indented from its first one, can be written into block mappings only.
    """
    value = view.get(*path)
    if value == {}:
        span = view.value_at(*path).span
        return (Edit(span, f"{{{text}}}"),) if span.end_column - span.column == 2 and "\n" not in text else ()
    style = _style(view, path, value)
    if style is None or (style == "flow" and "\n" in text):
        return ()
    first = view.key_at(*path, next(iter(value))).span
    return _insert(first, text, ", " if style == "flow" else f"\n{_margin(first.column)}")


def add_item(view: View, path: Path, *texts: str) -> tuple[Edit, ...]:
    """Write items before the first item of the list at a path, each of them on one line."""
    items = view.get(*path)
    if not isinstance(items, list) or not items or (isinstance(items[0], dict | list) and not items[0]):
        return ()
    start, first = view.value_at(*path).span, view.value_at(*path, 0).span
    if start.line != first.line or first.column - start.column not in (1, 2):
        return ()
    separator = ", " if first.column == start.column + 1 else f"\n{_margin(start.column)}- "
    place = Span(first.line, first.column, first.line, first.column)
    return (Edit(place, "".join(f"{text}{separator}" for text in texts)),)


def remove_key(view: View, path: Path) -> tuple[Edit, ...]:
    """Take an entry away from a mapping that has others.

    Values of several lines, mappings and lists are taken from mappings in block style that have an entry before.
    """
    mapping, key = view.get(*path[:-1]), path[-1]
    style = _style(view, path[:-1], mapping)
    if style is None or key not in mapping or len(mapping) < 2:
        return ()
    keys = list(mapping)
    index = keys.index(key)
    entry, value = view.key_at(*path).span, view.value_at(*path).span
    if style == "block" and index > 0:
        before = view.value_at(*path[:-1], keys[index - 1]).span
        # The value of an empty entry, and what a merge key brings in, may be elsewhere in the file.
        if not before.end_line < entry.line <= value.line <= entry.line + 1:
            return ()
        return (Edit(Span(entry.line, 1, value.end_line + 1, 1), ""),)
    if isinstance(mapping[key], dict | list) or entry.line != value.end_line:
        return ()
    entry = view.at(*path).span
    if index + 1 < len(keys):
        following = view.key_at(*path[:-1], keys[index + 1]).span
        return (Edit(Span(entry.line, entry.column, following.line, following.column), ""),)
    before = view.value_at(*path[:-1], keys[index - 1]).span
    return (Edit(Span(before.end_line, before.end_column, entry.end_line, entry.end_column), ""),)


def remove_item(view: View, path: Path) -> tuple[Edit, ...]:
    """Take a scalar item away from a list that has others."""
    above, index = path[:-1], path[-1]
    items = view.get(*above)
    if not isinstance(items, list) or len(items) < 2 or not isinstance(index, int):
        return ()
    # Only the neighbours are looked at: lists may be long, and each of their items may go.
    near = [at for at in (index - 1, index, index + 1) if 0 <= at < len(items)]
    if any(isinstance(items[at], dict | list) for at in (0, *near)):
        return ()
    start, first = view.value_at(*above).span, view.value_at(*above, 0).span
    spans = {at: view.value_at(*above, at).span for at in near}
    own = spans[index]
    # Items of a list behind an alias may be anywhere.
    if own.line != own.end_line or start.line != first.line or list(spans.values()) != sorted(spans.values()):
        return ()
    if first.column == start.column + 2 and len({span.line for span in spans.values()}) == len(near):
        return (Edit(Span(own.line, 1, own.line + 1, 1), ""),)
    if first.column != start.column + 1:
        return ()
    if index + 1 in spans:
        following = spans[index + 1]
        return (Edit(Span(own.line, own.column, following.line, following.column), ""),)
    before = spans[index - 1]
    return (Edit(Span(before.end_line, before.end_column, own.end_line, own.end_column), ""),)


def _style(view: View, path: Path, value: Any) -> Style | None:
    """Tell how a mapping that is not empty is written; ``None`` where its positions are those of an alias."""
    if not isinstance(value, dict) or not value:
        return None
    name = next(iter(value))
    start, first = view.value_at(*path).span, view.key_at(*path, name).span
    if start.line != first.line or first.end_column - first.column < len(str(name)):
        return None
    if start.column == first.column:
        return "block"
    return "flow" if first.column - start.column <= 2 else None


def _insert(place: Span, text: str, separator: str) -> tuple[Edit, ...]:
    margin = _margin(place.column)
    written = text.replace("\n", f"\n{margin}")
    return (Edit(Span(place.line, place.column, place.line, place.column), f"{written}{separator}"),)


def _margin(column: int) -> str:
    return " " * (column - 1)
