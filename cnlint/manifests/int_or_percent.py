"""Fields that take a number of pods or a percentage of them: ``maxUnavailable``, ``maxSurge``, ``minAvailable``."""

from typing import Any, NamedTuple

from cnlint.syntax.patterns import regex

_PERCENT = regex(r"[0-9]{1,9}%")


class IntOrPercent(NamedTuple):
    """A number of pods, or a percentage of them."""

    number: int
    is_percent: bool

    @classmethod
    def parse(cls, value: Any) -> "IntOrPercent | None":
        """Read a YAML value; ``None`` where it is neither a number that is not negative nor a percentage."""
        if isinstance(value, str):
            return cls(int(value[:-1]), True) if _PERCENT.fullmatch(value) else None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return None
        return cls(value, False)

    def of(self, total: int, *, round_up: bool) -> int:
        """Give the number of pods out of ``total``.

        The API rounds up ``maxSurge`` and both fields of a PodDisruptionBudget, and rounds down ``maxUnavailable`` of a
        rolling update.
        """
        if not self.is_percent:
            return self.number
        return -(-self.number * total // 100) if round_up else self.number * total // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.is_percent else str(self.number)
