"""Signals that stop a container."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import check
from cnlint.syntax.patterns import regex

# The names that Docker knows for Linux.
_NAMES = frozenset(
    [
        *("ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE"),
        *("POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU"),
        *("URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"),
    ]
)
_REAL_TIME = regex(r"RTMIN\+(?:[1-9]|1[0-5])|RTMAX-(?:[1-9]|1[0-4])")
_LAST_SIGNAL = 64


@check("DF633")
def invalid_stopsignal(instruction: Instruction) -> Iterator[Report]:
    if not instruction.words or (instruction.stage is not None and instruction.stage.is_windows):
        return
    word = instruction.words[0]
    value = word.value
    if not value or has_placeholder(value) or _is_signal(value):
        return
    nearest = _nearest(value)
    yield report(
        word.place,
        f'STOPSIGNAL "{value}" is neither the name of a signal nor a number from 1 to {_LAST_SIGNAL}',
        hint=f"use {nearest}" if nearest else None,
    )


def _is_signal(value: str) -> bool:
    if value.isascii() and value.isdecimal():
        return len(value.lstrip("0")) < 3 and 1 <= int(value) <= _LAST_SIGNAL
    name = value.upper().removeprefix("SIG")
    return name in _NAMES or _REAL_TIME.fullmatch(name) is not None


def _nearest(value: str) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(value[:20].upper().removeprefix("SIG"), sorted(_NAMES), n=1, cutoff=0.7)
    return f"SIG{found[0]}" if found else None
