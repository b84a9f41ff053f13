"""What commands share: writing to standard output, colour, width, and ending with an error."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn

EXIT_USAGE = 2
_WIDEST_TEXT = 100
"""Columns beyond which paragraphs are hard to read."""


def use_color(choice: str) -> bool:
    """Decide whether to colour: ``always``, ``never``, or ``auto``: on a terminal, unless NO_COLOR is set."""
    if choice == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice == "always"


def columns() -> int | None:
    """Give the width of the terminal; ``None`` when standard output is not one."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def text_width() -> int:
    """Give the width to which paragraphs are wrapped."""
    return min(columns() or _WIDEST_TEXT, _WIDEST_TEXT)


def write(pieces: Iterable[str]) -> None:
    """Write text to standard output as UTF-8; a reader that stops early (``head``) is no error."""
    sys.stdout.flush()
    stream = sys.stdout.buffer
    try:
        for piece in pieces:
            stream.write(piece.encode("utf-8", "replace"))
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str) -> NoReturn:
    """End with an error of usage or configuration; each line of the message becomes one of its own."""
    for line in message.splitlines():
        say(line)
    sys.exit(EXIT_USAGE)


def say(line: str) -> None:
    """Write a line to standard error, whatever characters it holds."""
    from cnlint.report.escape import visible

    sys.stderr.write(f"cnlint: {visible(line)}\n")
    sys.stderr.flush()


def split_selectors(values: Iterable[str]) -> tuple[str, ...]:
    """Take values apart that were given repeatedly or with commas between them."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
