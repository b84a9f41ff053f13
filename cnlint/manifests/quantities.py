"""Kubernetes quantities, exact: ``100m``, ``1.5Gi``, ``12e6``."""

import math
import re
from fractions import Fraction
from functools import lru_cache, total_ordering
from typing import Any

from cnlint.syntax.patterns import regex

# Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = regex(
    r"(?P<sign>[+-]?)(?P<digits>\d+\.?\d*|\.\d+)(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE](?P<exponent>[+-]?\d{1,3}))?",
    re.ASCII,
)
_SCALES: dict[str, Fraction] = {
    "": Fraction(1),
    **{
        suffix: Fraction(1000) ** power
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
    **{suffix: Fraction(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
}
_LONGEST = 64
_LARGEST = 10**40


@total_ordering
class Quantity:
    """An amount of a resource, compared by what it comes to: ``1Gi`` equals ``1024Mi``."""

    __slots__ = ("amount", "suffix", "text")

    def __init__(self, text: str, amount: Fraction, suffix: str) -> None:
        self.text = text
        self.amount = amount
        self.suffix = suffix
        """The suffix as written (``Mi``, ``m``, ``e3``); empty when there is none."""

    @classmethod
    def parse(cls, value: Any) -> "Quantity | None":
        """Read a quantity from a YAML value, a string or a number; ``None`` where it is none."""
        if isinstance(value, str):
            return _parse(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not math.isfinite(value) or abs(value) > _LARGEST:
            return None
        # YAML takes 1e3 for a number with a fraction.
        text = str(int(value)) if value == int(value) else str(value)
        return cls(text, Fraction(text), "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.amount == other.amount

    def __lt__(self, other: "Quantity") -> bool:
        return self.amount < other.amount

    def __hash__(self) -> int:
        return hash(self.amount)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Quantity({self.text!r})"


# The same few quantities stand all over a project, and exact arithmetic is slow.
@lru_cache(maxsize=1024)
def _parse(text: str) -> Quantity | None:
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    suffix, exponent = match["suffix"] or "", match["exponent"]
    scale = Fraction(10) ** int(exponent) if exponent else _SCALES[suffix]
    digits = Fraction(match["digits"].rstrip(".") or 0)
    return Quantity(text, (-digits if match["sign"] == "-" else digits) * scale, suffix)
