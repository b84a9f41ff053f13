"""Options that several commands have."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def color_option(what: str) -> Callable[[_Command], _Command]:
    """Add ``--color``; ``what`` is what it colours."""
    choices = click.Choice(["auto", "always", "never"])
    return click.option("--color", type=choices, default="auto", help=f"Colour {what}.  [default: auto]")


def format_option(*formats: str, help: str) -> Callable[[_Command], _Command]:
    """Add ``--format`` with these formats, the first by default."""
    return click.option(
        "--format",
        "-f",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=help,
    )
