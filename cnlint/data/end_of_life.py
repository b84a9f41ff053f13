"""When releases of languages, distributions and servers stop getting fixes."""

import datetime
import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cnlint.data import table


class Cycle(NamedTuple):
    """A release cycle of a product, for instance Go 1.20.

    ``eol`` is the last day on which it gets fixes: a date, ``True`` when it has ended on a day that is not recorded,
    ``False`` when no end is set. ``extended`` is the end of longer support that costs nothing (Debian LTS). For the
    runtimes of AWS Lambda (product ``aws-lambda``) ``eol`` is the day of deprecation, ``extended`` the day from which
    updates are blocked. ``rolling``: only the newest release is maintained, and a new one comes every few weeks.
    """

    product: str
    cycle: str
    label: str
    """The name for people, for instance ``Debian 12 (bookworm)``."""
    eol: datetime.date | bool
    extended: datetime.date | None = None
    rolling: bool = False
    codename: str | None = None

    def has_ended(self, today: datetime.date, *, extended: bool = False, grace_days: int = 0) -> bool:
        """Tell whether it gets no more fixes on a day; ``extended`` counts the longer support too."""
        end = self.extended if extended and self.extended else self.eol
        if isinstance(end, bool):
            return end
        return end + datetime.timedelta(days=grace_days) < today


def product_of_image(image: str) -> str | None:
    """Give the product that an image holds, by its normalised name (``golang``, ``mcr.microsoft.com/dotnet/sdk``)."""
    product: str | None = table("end-of-life")["images"].get(image)
    return product


def cycle_of(image: str, tag: str | None) -> Cycle | None:
    """Give the release cycle that a tag of an image means; ``None`` where image, version or codename are unknown."""
    product = product_of_image(image)
    return cycle_of_product(product, tag) if product and tag else None


@lru_cache(maxsize=1024)
def cycle_of_product(product: str, version: str | None) -> Cycle | None:
    """Give the cycle of a version, ``1.20.3`` or a whole tag, of a product (``go`` or one of its other names).

    The longest cycle that is a dotted prefix of the version counts. A version shorter than the cycles (``2`` of Python)
    means its newest cycle, but only if later ones exist: nobody can say what ``1`` of Go will be tomorrow.
    """
    products, aliases = table("end-of-life")["products"], table("end-of-life")["aliases"]
    name = product.lower()
    name = name if name in products else aliases.get(name, "")
    if not name or not version:
        return None
    entry = products[name]
    cycle = _matching_cycle(entry, version.strip().lower())
    return _cycle(name, entry, cycle) if cycle else None


@lru_cache(maxsize=1024)
def operating_system_of(tag: str | None) -> Cycle | None:
    """Give the release of the distribution that a tag names: ``3.8-slim-buster``, ``base-ubuntu22.04``."""
    for word in re.split(r"[-_]", (tag or "").lower()):
        if word in _codenames():
            return cycle_of_product(_codenames()[word], word)
        if word.startswith("alpine3."):
            return cycle_of_product("alpine-linux", word.removeprefix("alpine"))
        numbered = re.fullmatch(r"(debian|ubuntu|centos)(\d+(?:\.\d+)*)", word)
        if numbered:
            return cycle_of_product(numbered[1], numbered[2])
    return None


@lru_cache(maxsize=1024)
def nearest_supported(product: str, today: datetime.date, cycle: str | None = None) -> Cycle | None:
    """Give the supported cycle that is the smallest step up from ``cycle``, else the newest supported one."""
    name = table("end-of-life")["aliases"].get(product, product)
    entry = table("end-of-life")["products"].get(name)
    if entry is None:
        return None
    known = list(entry["cycles"])
    if cycle is not None and cycle in known:
        family = _letters(cycle)
        later = [other for other in known[known.index(cycle) + 1 :] if _letters(other) == family]
        known = [other for other in known if _letters(other) == family]
    else:
        later = []
    for candidate in (*later, *reversed(known)):
        found = _cycle(name, entry, candidate)
        if not found.has_ended(today):
            return found
    return None


def _matching_cycle(entry: dict[str, Any], version: str) -> str | None:
    cycles: dict[str, object] = entry["cycles"]
    word = re.split(r"[-_+ ]", version, maxsplit=1)[0]
    if version in cycles or word in cycles:
        return version if version in cycles else word
    codename = entry.get("codenames", {}).get(word)
    if codename:
        return str(codename)
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", word)
    if not numbers:
        return None
    parts = numbers[1].split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in cycles:
            return prefix
    within = [cycle for cycle in cycles if cycle.startswith(numbers[1] + ".")]
    newest = list(cycles)[-1]
    return within[-1] if within and newest not in within else None


def _cycle(product: str, entry: dict[str, Any], cycle: str) -> Cycle:
    label = f"{entry['label']} {cycle}"
    codename = next((name for name, of in entry.get("codenames", {}).items() if of == cycle), None)
    if codename:
        label += f" ({codename})"
    end, extended = entry["cycles"][cycle], entry.get("extended", {}).get(cycle)
    return Cycle(
        product,
        cycle,
        label,
        end if isinstance(end, bool) else datetime.date.fromisoformat(end),
        datetime.date.fromisoformat(extended) if extended else None,
        bool(entry.get("rolling")),
        codename,
    )


def _letters(cycle: str) -> str:
    match = re.match(r"[a-z]*", cycle)
    return match[0] if match else ""


@cache
def _codenames() -> dict[str, str]:
    products = table("end-of-life")["products"]
    return {name: product for product in ("debian", "ubuntu") for name in products[product]["codenames"]}
