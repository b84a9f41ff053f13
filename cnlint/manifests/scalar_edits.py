"""Edits of keys and values of YAML and JSON that keep their quotes."""

from cnlint.findings import Edit
from cnlint.manifests.view import Path, View
from cnlint.syntax.source import Source, Span


def rename_key(view: View, path: Path, name: str) -> Edit:
    """Make the edit that gives the key at a path another name."""
    return _replace(view, path, "key", name)


def replace_value(view: View, path: Path, text: str) -> Edit:
    """Make the edit that puts another text in the place of the scalar at a path."""
    return _replace(view, path, "value", text)


def _replace(view: View, path: Path, part: str, text: str) -> Edit:
    span = (view.key_at(*path) if part == "key" else view.value_at(*path)).span
    quote = _quote(view, path, part, span)
    return Edit(span, f"{quote}{text}{quote}")


def _quote(view: View, path: Path, part: str, span: Span) -> str:
    source = getattr(view.document, "source", None)
    if isinstance(source, Source):
        first = source.line(span.line)[span.column - 1 : span.column]
        return first if first in ("'", '"') else ""
    # A snapshot has no text, but what is two characters longer than its value is quoted.
    written = str(path[-1]) if part == "key" else view.text(*path)
    return '"' if written is not None and span.end_column - span.column == len(written) + 2 else ""
