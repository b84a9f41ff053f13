"""Which kinds of objects belong to no namespace."""

from functools import cache

from cnlint.data import table


@cache
def cluster_scoped_kinds() -> frozenset[tuple[str, str]]:
    """Give groups and kinds of well-known objects that belong to no namespace; the core group is empty."""
    kinds = table("cluster-scoped-kinds")["kinds"]
    return frozenset((group, kind) for group, names in kinds.items() for kind in names)
