"""What stands in YAML files in the place of a value that somebody fills in later."""

import re

from cnlint.manifests.view import Path, View
from cnlint.syntax.patterns import regex

_PLACEHOLDER = regex(
    r"\{\{|\{%|\?\{|\$\{|\$\(|\$[A-Za-z_]|\[\[|<[A-Za-z][^<>\n]*>|%\([^)\n]*\)|%[A-Za-z_]\w*%|@@?[A-Z_]+@@?|__[A-Z][A-Z0-9_]*__"
)
_WORDS = regex(
    r"change[-_ ]?me|change[-_ ]?it|replace[-_ ]?me|fill[-_ ]?me|insert[-_ ].*|to[-_ ]?do|tbd|x{3,}|\*{3,}|\.{3,}|"
    r"your[-_ ].*|(?:placeholder|example|dummy|redacted|replaced?|changed?)(?:[-_ ].*)?|.*[-_](?:placeholder|here)",
    re.IGNORECASE,
)


def has_placeholder(text: str) -> bool:
    """Tell whether somebody fills in some part of the text (``${TAG}``, ``{{ .x }}``, ``<name>``)."""
    return _PLACEHOLDER.search(text) is not None


def is_stand_in(text: str) -> bool:
    """Tell whether the whole text only keeps the place of a value (``changeme``, ``your-password``, ``xxx``)."""
    return has_placeholder(text) or _WORDS.fullmatch(text.strip()) is not None


UNREAD_KEY = "<mapping at "
"""How the key begins that is left of an unquoted ``{{ }}``, a mapping where only texts can be."""


def is_unquoted_placeholder(view: View, path: Path) -> bool:
    """Tell whether a mapping is what YAML reads where somebody fills in a value: ``{name}`` or ``{{ .name }}``."""
    value = view.get(*path)
    if not isinstance(value, dict):
        return False
    if any(isinstance(key, str) and key.startswith(UNREAD_KEY) for key in value):
        return True
    if list(value.values()) != [None]:
        return False
    # Braces stand before the key; a mapping in block style starts with it.
    start, first = view.value_at(*path).span, view.key_at(*path, *value).span
    return (start.line, start.column) < (first.line, first.column)
