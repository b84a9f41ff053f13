"""Makes text from files safe to print: nothing in a name or a message may move a cursor or forge a command."""

import json
import re
from typing import Any

from cnlint.syntax.patterns import regex

# Commands that CI systems read from the output of a step wherever in a line they stand: GitHub and Azure (##[error]),
# Azure (##vso[task.setvariable]), TeamCity (##teamcity[buildStatus]).
_COMMAND_MARKER = regex(r"##(?=(?:vso|teamcity)?\[)")
# Format characters that are invisible but part of ordinary words and emoji.
_JOINERS = "\u200c\u200d"
_SHORT_ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNDECODED_BYTES = range(0xDC80, 0xDD00)


def visible(text: str) -> str:
    r"""Write control characters, line breaks, bidirectional controls and other invisible characters as escapes.

    ``\x1b`` for code points below 256 and for bytes of a file name that are not UTF-8, ``\u202e`` and ``\U000e0041``
    for others. Markers by which CI systems know their commands are broken up in the same way, so that the result may
    stand anywhere in a line, at its start too.
    """
    if text.isprintable() and "##" not in text and not text.lstrip().startswith("::"):
        return text
    shown = "".join(cells(text))
    blanks = len(shown) - len(shown.lstrip())
    if shown.startswith("::", blanks):
        return f"{shown[:blanks]}\\x3a{shown[blanks + 1 :]}"
    return shown


def cells(text: str, tab: str = "\\t") -> list[str]:
    """Give what `visible` shows for each character of a text that does not stand at the start of a line."""
    shown = [character if _is_harmless(character) else _escaped(character, tab) for character in text]
    for marker in _COMMAND_MARKER.finditer(text):
        shown[marker.start() + 1] = "\\x23"
    return shown


def json_text(value: Any) -> str:
    r"""Write a value as JSON on one line, readable but with nothing in it that a terminal would act on.

    The value that a reader gets is the same, but for half surrogates: they are no text, strict readers refuse them, and
    they become visible escapes (``\\udc80``).
    """
    text = json.dumps(value, ensure_ascii=False)
    if "##" in text:
        text = _COMMAND_MARKER.sub(r"#\\u0023", text)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _json_escaped(character) for character in text)


def github_data(text: str) -> str:
    """Escape the message of a GitHub workflow command; its line breaks stay line breaks."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """Escape a property (file, title) of a GitHub workflow command."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def xml(text: str) -> str:
    """Escape text for an XML attribute or element; what XML cannot hold becomes a visible escape."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


_MARKDOWN_SPECIAL = regex(r"([\\`*_{}\[\]<>|~$&!])")
# Mentions and references to issues notify people; a comment between two characters stops them, and links.
_MARKDOWN_REFERENCE = regex(r"[@#](?=\w)|:(?=//)|(?<=www)\.")


def markdown(text: str) -> str:
    """Escape text so that Markdown shows it as it is: no markup, no mention, no link."""
    return _MARKDOWN_REFERENCE.sub(r"\g<0><!-- -->", _MARKDOWN_SPECIAL.sub(r"\\\1", visible(text)))


def markdown_code(text: str) -> str:
    """Make a code span of a text, fit for a cell of a table."""
    shown = visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest else ""
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _escaped(character: str, tab: str = "\\t") -> str:
    if character == "\t":
        return tab
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    number = ord(character)
    if number in _UNDECODED_BYTES:
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _json_escaped(character: str) -> str:
    if 0xD800 <= ord(character) < 0xE000:
        return f"\\\\u{ord(character):04x}"
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"
