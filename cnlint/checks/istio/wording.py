"""How messages about Istio objects put lists into words."""

from collections.abc import Iterable


def listed(texts: Iterable[str], last: str = "and") -> str:
    """Join texts, of which there is at least one: ``a, b and c``."""
    *first, end = texts
    return f"{', '.join(first)} {last} {end}" if first else end
