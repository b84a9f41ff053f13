"""Texts as fixes leave them."""

from collections.abc import Iterable

from cnlint.findings import Edit
from cnlint.syntax.source import Source


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Carry out edits, which may not overlap, on the text of a file."""
    source = Source("", text)
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        start = source.offset(edit.span.line, edit.span.column)
        end = source.offset(edit.span.end_line, edit.span.end_column)
        text = text[:start] + edit.text + text[end:]
    return text
