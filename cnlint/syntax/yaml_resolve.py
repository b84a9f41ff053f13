"""How plain scalars become values: YAML 1.1 as Kubernetes reads it, and the YAML 1.2 core schema of GitHub."""

import enum
import math
from typing import Final

from cnlint.syntax.patterns import regex

Scalar = str | int | float | bool | None


class Dialect(enum.Enum):
    """Which reader of YAML to agree with.

    ``KUBERNETES``: sigs.k8s.io/yaml, which kubectl, the API server, Argo CD and Istio use: YAML 1.1 booleans
    (``yes``, ``on``, ``y``), ``0777`` octal, ``1_000``; no sexagesimal numbers; timestamps stay text; ``<<`` merges;
    keys become strings as JSON would write them.

    ``ACTIONS``: the YAML 1.2 core schema: ``on`` and ``yes`` are text, ``0o17`` is octal, ``<<`` is an ordinary key;
    keys are the text as written.
    """

    KUBERNETES = "kubernetes"
    ACTIONS = "actions"


_NULLS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_SPECIAL_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_CORE_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_BOOLEANS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_WORDS: Final[dict[Dialect, dict[str, Scalar]]] = {
    Dialect.KUBERNETES: {**_NULLS, **_SPECIAL_FLOATS, **_CORE_BOOLEANS, **_OLD_BOOLEANS},
    Dialect.ACTIONS: {**_NULLS, **_SPECIAL_FLOATS, **_CORE_BOOLEANS},
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_GO_INTEGER = regex(r"[-+]?(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|(0[oO]?[0-7]+)|(0|[1-9][0-9]*))")
_CORE_INTEGER = regex(r"(?:(0x[0-9a-fA-F]+)|(0o[0-7]+)|([-+]?[0-9]+))")


def resolve(text: str, dialect: Dialect) -> Scalar:
    """Give the value of a plain scalar."""
    words = _WORDS[dialect]
    if text in words:
        return words[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    return _go_number(text) if dialect is Dialect.KUBERNETES else _core_number(text)


def _core_number(text: str) -> Scalar:
    if match := _CORE_INTEGER.fullmatch(text):
        return _integer(text, 16 if match[1] else 8 if match[2] else 10)
    return float(text) if _FLOAT.fullmatch(text) else text


def _go_number(text: str) -> Scalar:
    digits = text.replace("_", "")
    if match := _GO_INTEGER.fullmatch(digits):
        sign = -1 if digits[0] == "-" else 1
        body = digits.lstrip("+-")
        base = 16 if match[1] else 2 if match[2] else 8 if match[3] else 10
        if base == 8:
            body = body.lower().replace("o", "")
        number = _integer(body, base)
        # Go's integers end at 64 bits; beyond that only what reads as a decimal float stays a number.
        if isinstance(number, int) and -(2**63) <= sign * number < 2**64:
            return sign * number
    if _FLOAT.fullmatch(digits):
        number = float(digits)
        return text if math.isinf(number) else number
    return text


def _integer(text: str, base: int) -> int | float:
    # Python refuses to read more than 4300 decimal digits.
    return int(text, base) if len(text) <= 400 else math.inf


_MEMORY = 20_000
"""How many scalars are remembered, each at most as long as `_MEMORABLE`."""
_MEMORABLE = 60


class _Values(dict[str, Scalar]):
    """The value of each plain scalar; resolves what it does not remember."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __missing__(self, text: str) -> Scalar:
        value = resolve(text, self.dialect)
        if len(text) <= _MEMORABLE and len(self) < _MEMORY:
            self[text] = value
        return value


class _Keys(dict[str, str]):
    """The mapping key that each plain scalar makes; works out what it does not remember."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __missing__(self, text: str) -> str:
        key = key_text(resolve(text, self.dialect)) if self.dialect is Dialect.KUBERNETES else text
        if len(text) <= _MEMORABLE and len(self) < _MEMORY:
            self[text] = key
        return key


# The same few words make up most manifests, so what they resolve to is remembered from file to file.
VALUES: Final = {dialect: _Values(dialect) for dialect in Dialect}
KEYS: Final = {dialect: _Keys(dialect) for dialect in Dialect}


def key_text(value: Scalar) -> str:
    """Give the key that a scalar makes once the document is turned into JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
    return str(value)
