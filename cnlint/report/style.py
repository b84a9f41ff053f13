"""Colours of what is printed on a terminal."""

from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Gives a text the look of a role (a key of `ROLES`)."""

ROLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "path": "1;4",
    "code": "1",
    "dim": "2",
    "gutter": "94",
    "fix": "1;32",
    "place": "36",
    "title": "1",
    "good": "1;32",
}


def painter(color: bool) -> Paint:
    """Give the function that colours text, or one that leaves it alone."""
    return _colored if color else _plain


def _colored(role: str, text: str) -> str:
    return f"\x1b[{ROLES[role]}m{text}\x1b[0m" if text else text


def _plain(role: str, text: str) -> str:
    return text
