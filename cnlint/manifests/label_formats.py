"""The formats that values of labels may be asked to have."""

import datetime
import re
from collections.abc import Callable

from cnlint.syntax.patterns import regex

_LONGEST = 1000
_HASH = regex(r"[0-9a-f]{7}|[0-9a-f]{40}")
_SEMVER = regex(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_TIMESTAMP = regex(
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)
_URL = regex(r"[A-Za-z][A-Za-z0-9+.-]*://(?:/[^\s<>\"{}|\\^`]|[^\s/?#<>\"{}|\\^`])[^\s<>\"{}|\\^`]*")
_OPAQUE_URL = regex(r"(?:mailto|urn|tel|news|doi):[^\s<>\"{}|\\^`]+")
_EMAIL = regex(
    r"""(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*|"(?:[^"\\\r\n]|\\.)*")"""
    r"@(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f.:IPv]+\])"
)


def is_valid(value: str, name: str) -> bool:
    """Tell whether a value has a format; formats that nobody knows ask for nothing."""
    test = _TESTS.get(name)
    return test is None or (len(value) <= _LONGEST and test(value))


def _is_timestamp(value: str) -> bool:
    match = _TIMESTAMP.fullmatch(value)
    if match is None:
        return False
    try:
        datetime.date.fromisoformat(match[1])
    except ValueError:
        return False
    return True


def _is_url(value: str) -> bool:
    return _URL.fullmatch(value) is not None or _OPAQUE_URL.fullmatch(value) is not None


def _is_license(value: str) -> bool:
    from packaging.licenses import canonicalize_license_expression

    # A license of another document is one by its form.
    words = [word.rpartition(":")[2] if word.startswith("DocumentRef-") else word for word in value.split()]
    try:
        canonicalize_license_expression(" ".join(words))
    except ValueError:
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


_TESTS: dict[str, Callable[[str], bool]] = {
    "hash": _matches(_HASH),
    "semver": _matches(_SEMVER),
    "rfc3339": _is_timestamp,
    "url": _is_url,
    "spdx": _is_license,
    "email": _matches(_EMAIL),
}
