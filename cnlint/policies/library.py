"""The functions that Kubernetes adds to CEL, in plain Python: quantities, addresses, URLs, versions, formats, lists.

A row of `FUNCTIONS` says how a function is called and by which types it is told from others of its name; types in
capitals are Kubernetes' own. Their values go through expressions as texts in a form of their own, so that equal ones
are equal. A function raises ``ValueError`` for what it cannot take.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from cnlint.manifests.quantities import Quantity
from cnlint.policies.formats import FORMATS
from cnlint.syntax.patterns import regex


class Function(NamedTuple):
    """One overload of a function: ``string.find(string)`` has the target ``string``."""

    name: str
    target: str
    """The type that it is a method of; empty for a function."""
    arguments: tuple[str, ...]
    returns: str
    call: Callable[..., Any]


# Quantities: the exact number as a fraction.


def _quantity(text: str) -> str:
    quantity = Quantity.parse(text)
    if quantity is None:
        raise ValueError(f"{text!r} is no quantity")
    return str(quantity.amount)


def _is_quantity(text: str) -> bool:
    return Quantity.parse(text) is not None


_amount = lru_cache(maxsize=1024)(Fraction)


def _as_integer(text: str) -> int:
    amount = _amount(text)
    if amount.denominator != 1 or not -(2**63) <= amount < 2**63:
        raise ValueError("the quantity is no integer")
    return int(amount)


def _is_integer(text: str) -> bool:
    amount = _amount(text)
    return amount.denominator == 1 and -(2**63) <= amount < 2**63


def _compare(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


# Addresses.


def _ip(text: str) -> str:
    return str(_parse_ip(text))


def _parse_ip(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address.ipv4_mapped is not None):
        raise ValueError(f"{text!r} is an address with a zone or within which another is mapped")
    return address


def _is_global_unicast(text: str) -> bool:
    address = ip_address(text)
    broadcast = address.version == 4 and str(address) == "255.255.255.255"
    return not (broadcast or address.is_unspecified or address.is_loopback or _is_link_local(text, multicast=None))


def _is_link_local(text: str, *, multicast: bool | None) -> bool:
    """Tell whether an address is link-local; ``multicast`` asks for one sort, ``None`` for both and all multicast."""
    address = ip_address(text)
    if multicast is None:
        return address.is_link_local or address.is_multicast
    if not multicast:
        return address.is_link_local
    block = ip_network("224.0.0.0/24") if address.version == 4 else ip_network("ff02::/16")
    return address in block


def _cidr(text: str) -> str:
    address, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or (length.startswith("0") and length != "0"):
        raise ValueError(f"{text!r} is no address range like 10.0.0.0/8")
    parsed = _parse_ip(address)
    ip_network(f"{parsed}/{length}", strict=False)
    return f"{parsed}/{length}"


def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr, strict=False)


def _contains_ip(cidr: str, ip: str) -> bool:
    return _parse_ip(ip) in _network(cidr)


def _contains_cidr(cidr: str, other: str) -> bool:
    outer, inner = _network(cidr), _network(_cidr(other))
    return outer.version == inner.version and inner.prefixlen >= outer.prefixlen and inner[0] in outer


# URLs: the text itself.

_URL_SIGNS = regex(r"(?:[^\x00-\x20\x7f<>\"\\^`{|}%]|%[0-9A-Fa-f]{2})+")


def _url(text: str) -> str:
    if not _URL_SIGNS.fullmatch(text) or not (text.startswith("/") or _split(text).scheme):
        raise ValueError(f"{text!r} is no absolute URL")
    _split(text).port  # noqa: B018 - raises ValueError for a port that is no number
    return text


def _split(text: str) -> SplitResult:
    return urlsplit(text)


def _host(text: str) -> str:
    return _split(text).netloc.rpartition("@")[2]


def _hostname(text: str) -> str:
    host = _host(text)
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _port(text: str) -> str:
    port = _split(text).port
    return "" if port is None else str(port)


# Versions.

_SEMVER = regex(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LONGEST_VERSION = 256


def _semver(text: str, normalize: bool = False) -> str:
    version = _normalized(text) if normalize else text
    _version_key(version)
    return version


def _normalized(text: str) -> str:
    """Take a ``v`` and leading zeros away and add what is missing: ``v1.02`` is 1.2.0."""
    cut = min((place for place in map(text.find, "-+") if place >= 0), default=len(text))
    numbers = text[:cut].removeprefix("v").split(".")
    numbers += ["0"] * (3 - len(numbers))
    return ".".join(number.lstrip("0") or "0" if number.isdigit() else number for number in numbers) + text[cut:]


@lru_cache(maxsize=256)
def _version_key(text: str) -> tuple[Any, ...]:
    match = _SEMVER.fullmatch(text) if len(text) <= _LONGEST_VERSION else None
    if match is None:
        raise ValueError(f"{text!r} is no semantic version")
    *numbers, early = match.groups()
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in early.split(".")] if early else []
    return (*map(int, numbers), not early, parts)


# Formats: their names.


def _format(name: str) -> Callable[[], str]:
    return lambda: name


def _validate(name: str, text: str) -> list[str]:
    problem = FORMATS[name](text)
    return [problem] if problem else []


# Lists.


def _is_sorted(items: list[Any]) -> bool:
    return all(one <= other for one, other in pairwise(items))


def _extreme(choose: Callable[[list[Any]], Any], name: str) -> Callable[[list[Any]], Any]:
    def call(items: list[Any]) -> Any:
        if not items:
            raise ValueError(f"{name} called on empty list")
        return choose(items)

    return call


def _sum(items: list[Any]) -> Any:
    return sum(items)


def _same(one: Any, other: Any) -> bool:
    """Compare as CEL does: true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _index_of(items: list[Any], wanted: Any) -> int:
    return next((index for index, item in enumerate(items) if _same(item, wanted)), -1)


def _last_index_of(items: list[Any], wanted: Any) -> int:
    return next((index for index in reversed(range(len(items))) if _same(items[index], wanted)), -1)


def _succeeds(function: Callable[..., Any]) -> Callable[..., bool]:
    def call(*arguments: Any) -> bool:
        try:
            function(*arguments)
        except ValueError:
            return False
        return True

    return call


def _methods(target: str, returns: str, calls: dict[str, Callable[..., Any]], *arguments: str) -> list[Function]:
    return [Function(name, target, arguments, returns, call) for name, call in calls.items()]


def _ordered(name: str, key: Callable[[str], Any]) -> list[Function]:
    """Give the three comparisons of a type."""
    comparisons = {
        "isLessThan": lambda one, other: key(one) < key(other),
        "isGreaterThan": lambda one, other: key(one) > key(other),
    }
    compare = {"compareTo": lambda one, other: _compare(key(one), key(other))}
    return [*_methods(name, "bool", comparisons, name), *_methods(name, "int", compare, name)]


def _of_lists(items: tuple[str, ...], name: str, call: Callable[..., Any], returns: str = "") -> list[Function]:
    return [Function(name, f"list<{item}>", (), returns or item, call) for item in items]


# The engine takes no durations and times from Python functions: there is no min, max and sum of them.
_NUMBERS = ("int", "double")
_COMPARED = (*_NUMBERS, "string", "bool")
FUNCTIONS: tuple[Function, ...] = (
    Function("quantity", "", ("string",), "Quantity", _quantity),
    Function("isQuantity", "", ("string",), "bool", _is_quantity),
    *_ordered("Quantity", _amount),
    *_methods("Quantity", "int", {"asInteger": _as_integer, "sign": lambda text: _compare(_amount(text), 0)}),
    *_methods("Quantity", "bool", {"isInteger": _is_integer}),
    *_methods("Quantity", "double", {"asApproximateFloat": lambda text: float(_amount(text))}),
    Function("add", "Quantity", ("Quantity",), "Quantity", lambda one, other: str(_amount(one) + _amount(other))),
    Function("add", "Quantity", ("int",), "Quantity", lambda one, other: str(_amount(one) + other)),
    Function("sub", "Quantity", ("Quantity",), "Quantity", lambda one, other: str(_amount(one) - _amount(other))),
    Function("sub", "Quantity", ("int",), "Quantity", lambda one, other: str(_amount(one) - other)),
    Function("ip", "", ("string",), "IP", _ip),
    Function("isIP", "", ("string",), "bool", _succeeds(_ip)),
    Function("ip.isCanonical", "", ("string",), "bool", lambda text: _ip(text) == text),
    Function("family", "IP", (), "int", lambda text: ip_address(text).version),
    *_methods(
        "IP",
        "bool",
        {
            "isUnspecified": lambda text: ip_address(text).is_unspecified,
            "isLoopback": lambda text: ip_address(text).is_loopback,
            "isLinkLocalMulticast": lambda text: _is_link_local(text, multicast=True),
            "isLinkLocalUnicast": lambda text: _is_link_local(text, multicast=False),
            "isGlobalUnicast": _is_global_unicast,
        },
    ),
    Function("cidr", "", ("string",), "CIDR", _cidr),
    Function("isCIDR", "", ("string",), "bool", _succeeds(_cidr)),
    Function("containsIP", "CIDR", ("string",), "bool", _contains_ip),
    Function("containsIP", "CIDR", ("IP",), "bool", _contains_ip),
    Function("containsCIDR", "CIDR", ("string",), "bool", _contains_cidr),
    Function("containsCIDR", "CIDR", ("CIDR",), "bool", _contains_cidr),
    Function("ip", "CIDR", (), "IP", lambda text: text.partition("/")[0]),
    Function("masked", "CIDR", (), "CIDR", lambda text: str(_network(text))),
    Function("prefixLength", "CIDR", (), "int", lambda text: int(text.partition("/")[2])),
    Function("url", "", ("string",), "URL", _url),
    Function("isURL", "", ("string",), "bool", _succeeds(_url)),
    *_methods(
        "URL",
        "string",
        {
            "getScheme": lambda text: _split(text).scheme,
            "getHost": _host,
            "getHostname": _hostname,
            "getPort": _port,
            "getEscapedPath": lambda text: _split(text).path,
        },
    ),
    Function("getQuery", "URL", (), "map<string,list<string>>", lambda text: _query(text)),
    Function("semver", "", ("string",), "Semver", _semver),
    Function("semver", "", ("string", "bool"), "Semver", _semver),
    Function("isSemver", "", ("string",), "bool", _succeeds(_semver)),
    Function("isSemver", "", ("string", "bool"), "bool", _succeeds(_semver)),
    *_ordered("Semver", _version_key),
    *_methods(
        "Semver",
        "int",
        {
            "major": lambda text: _version_key(text)[0],
            "minor": lambda text: _version_key(text)[1],
            "patch": lambda text: _version_key(text)[2],
        },
    ),
    *(Function(f"format.{name}", "", (), "Format", _format(name)) for name in FORMATS),
    Function("format.named", "", ("string",), "optional_type<Format>", lambda name: name if name in FORMATS else None),
    Function("validate", "Format", ("string",), "optional_type<list<string>>", _validate),
    *_of_lists((*_COMPARED, "duration", "timestamp"), "isSorted", _is_sorted, "bool"),
    *_of_lists(_COMPARED, "min", _extreme(min, "min")),
    *_of_lists(_COMPARED, "max", _extreme(max, "max")),
    *_of_lists(_NUMBERS, "sum", _sum),
)
# CEL's own functions of these names take texts.
MERGED: tuple[Function, ...] = (
    Function("indexOf", "list<dyn>", ("dyn",), "int", _index_of),
    Function("lastIndexOf", "list<dyn>", ("dyn",), "int", _last_index_of),
)


def _query(text: str) -> dict[str, list[str]]:
    return parse_qs(_split(text).query, keep_blank_values=True)
