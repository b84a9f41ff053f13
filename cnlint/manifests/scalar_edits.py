"""Edits of keys and values of YAML and JSON that keep their quotes."""

from cnlint.findings import Edit
from cnlint.manifests.view import Path, View
from cnlint.syntax.source import Source


def rename_key(view: View, path: Path, name: str) -> Edit:
    """Make the edit that gives the key at a path another name."""
    return _replace(view, path, "key", name)


def replace_value(view: View, path: Path, text: str) -> Edit:
    """Make the edit that puts another text in the place of the scalar at a path."""
    return _replace(view, path, "value", text)


def _replace(view: View, path: Path, part: str, text: str) -> Edit:
    span = (view.key_at(*path) if part == "key" else view.value_at(*path)).span
    source = getattr(view.document, "source", None)
    first = source.line(span.line)[span.column - 1 : span.column] if isinstance(source, Source) else ""
    quote = first if first in ("'", '"') else ""
    return Edit(span, f"{quote}{text}{quote}")
