"""Which API versions Kubernetes, Istio and cert-manager serve, have deprecated and have removed.

Versions of Kubernetes, Istio and cert-manager are pairs such as (1, 25).
"""

from functools import cache, lru_cache
from typing import Any, NamedTuple

from cnlint.data import table

Version = tuple[int, int]


class Lifecycle(NamedTuple):
    """What is known of the end of an API version of a kind."""

    component: str
    """``kubernetes``, ``istio`` or ``cert-manager``; deprecation and removal are versions of it."""
    deprecated: Version | None
    removed: Version | None
    replacement: str
    """The API version that came after it; empty when there is none. See `replacement` for one that is still served."""
    available: Version | None
    """The version of the component that brought the replacement, where it is known."""


@lru_cache(maxsize=512)
def lifecycle(api_version: str, kind: str) -> Lifecycle | None:
    """Give what is known of the end of an API version of a kind, ``None`` when it has none in sight."""
    for component, rows in table("deprecated-apis")["components"].items():
        row = rows.get(f"{api_version}/{kind}") or rows.get(f"{api_version}/*")
        if row is not None:
            return Lifecycle(
                component,
                parse_version(row.get("deprecated")),
                parse_version(row.get("removed")),
                row.get("replacement", ""),
                parse_version(row.get("available")),
            )
    return None


def deprecated_in(api_version: str, kind: str) -> Version | None:
    """Give the version that deprecated an API version of a kind."""
    found = lifecycle(api_version, kind)
    return found.deprecated if found else None


def removed_in(api_version: str, kind: str) -> Version | None:
    """Give the first version that no longer serves an API version of a kind."""
    found = lifecycle(api_version, kind)
    return found.removed if found else None


def replacement(api_version: str, kind: str, version: Version) -> str:
    """Give the most stable API version of a kind that ``version`` serves in place of another; empty when there is none.

    For kinds of Istio and cert-manager ``version`` is the version of the component.
    """
    group = api_version.rpartition("/")[0]
    served = [other for other in served_in(version).get(kind, ()) if other.rpartition("/")[0] == group]
    served = [other for other in served if _rank(other) <= _rank(api_version) and other != api_version]
    if served:
        return min(served, key=_rank)
    found = lifecycle(api_version, kind)
    for _ in range(9):
        if found is None or not found.replacement or (found.available or version) > version:
            return ""
        following = lifecycle(found.replacement, kind)
        if following is None or following.removed is None or following.removed > version:
            return found.replacement
        found = following
    return ""


@cache
def served_in(version: Version) -> dict[str, tuple[str, ...]]:
    """Give, by kind, the API versions of Kubernetes' own kinds that a version serves, as far as schemas tell.

    Schemas reach back to 1.25. Of earlier versions nothing is known; later ones than the newest serve what it does.
    """
    found: dict[str, list[str]] = {}
    for name, (first, *gone) in _served().items():
        if _version(first) <= version and not (gone and _version(gone[0]) <= version):
            api_version, _, kind = name.rpartition("/")
            found.setdefault(kind, []).append(api_version)
    return {kind: tuple(versions) for kind, versions in found.items()}


@cache
def builtin_groups() -> frozenset[str]:
    """Give the API groups of Kubernetes itself, past ones included; the core group is the empty text."""
    names = [*_served(), *table("deprecated-apis")["components"]["kubernetes"]]
    return frozenset(name.rpartition("/")[0].rpartition("/")[0] for name in names)


@cache
def builtin_kinds() -> dict[str, tuple[str, ...]]:
    """Give Kubernetes' own kinds, each with all API versions that it ever had, as far as they are known."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys([*_served(), *table("deprecated-apis")["components"]["kubernetes"]]):
        api_version, _, kind = name.rpartition("/")
        if kind != "*":
            found.setdefault(kind, []).append(api_version)
    return {kind: tuple(versions) for kind, versions in found.items()}


def home_of(kind: str, version: Version) -> str:
    """Give the most stable API version of a kind that ``version`` serves; empty unless one group alone has the kind."""
    served = served_in(version).get(kind, ())
    groups = {api_version.rpartition("/")[0] for api_version in served}
    return min(served, key=_rank) if len(groups) == 1 else ""


def parse_version(text: Any) -> Version | None:
    """Read a version, ``1.25``, ``v1.25.3`` or ``1.25+``; ``None`` when it is none."""
    parts = str(text).strip().removeprefix("v").split(".")
    if len(parts) < 2 or not parts[0].isdecimal():
        return None
    minor = parts[1].rstrip("+")
    return (int(parts[0]), int(minor)) if minor.isdecimal() else None


def _served() -> dict[str, list[str]]:
    served: dict[str, list[str]] = table("deprecated-apis")["served"]
    return served


def _version(text: str) -> Version:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _rank(api_version: str) -> tuple[int, int]:
    """Order API versions: stable ones first, later ones before earlier ones."""
    version = api_version.rpartition("/")[2]
    major = version[1:2]
    return 2 if "alpha" in version else 1 if "beta" in version else 0, -int(major) if major.isdecimal() else 0
