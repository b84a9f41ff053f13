"""The formats that Kubernetes' CEL function ``format`` knows: what is wrong with a text, empty where nothing is."""

import datetime
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from urllib.parse import urlsplit

from cnlint.syntax.patterns import regex

_LABEL = regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = regex(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_NAME = regex(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_UUID = regex(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
_DATE = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_URI_SIGNS = regex(r"[^\x00-\x20\x7f]+")
_LONGEST_LABEL = 63
_LONGEST_SUBDOMAIN = 253


def _label(text: str) -> str:
    if len(text) > _LONGEST_LABEL:
        return f"must be no more than {_LONGEST_LABEL} characters"
    if _LABEL.fullmatch(text):
        return ""
    return "must be lower case letters, digits and -, with a letter or digit at its ends"


def _label_1035(text: str) -> str:
    if len(text) > _LONGEST_LABEL:
        return f"must be no more than {_LONGEST_LABEL} characters"
    return "" if _LABEL_1035.fullmatch(text) else "must be lower case letters, digits and -, and start with a letter"


def _subdomain(text: str) -> str:
    if len(text) > _LONGEST_SUBDOMAIN:
        return f"must be no more than {_LONGEST_SUBDOMAIN} characters"
    if all(map(_LABEL.fullmatch, text.split("."))):
        return ""
    return "must be lower case letters, digits, - and ., with a letter or digit at the ends of each part"


def _label_value(text: str) -> str:
    if len(text) > _LONGEST_LABEL:
        return f"must be no more than {_LONGEST_LABEL} characters"
    if not text or _NAME.fullmatch(text):
        return ""
    return "must be letters, digits, -, _ and ., with a letter or digit at its ends"


def _qualified_name(text: str) -> str:
    prefix, slash, name = text.rpartition("/")
    if slash and (problem := _subdomain(prefix)):
        return f"the prefix {problem}"
    if not name:
        return "the name must not be empty"
    return f"the name {problem}" if (problem := _label_value(name)) else ""


def _prefix_of(check: Callable[[str], str]) -> Callable[[str], str]:
    """Give the check of what the server appends letters to, which may end with ``-``."""
    return lambda text: check(f"{text[:-1]}a" if text.endswith("-") else text)


def _uri(text: str) -> str:
    try:
        scheme = urlsplit(text).scheme
    except ValueError as error:
        return str(error)
    return "" if _URI_SIGNS.fullmatch(text) and (scheme or text.startswith("/")) else "must be an absolute URI"


def _uuid(text: str) -> str:
    return "" if _UUID.fullmatch(text) else "must be a UUID"


def _byte(text: str) -> str:
    try:
        b64decode(text, validate=True)
    except (Error, ValueError):
        return "must be base64"
    return ""


def _date(text: str) -> str:
    return "" if _DATE.fullmatch(text) and _is_iso(text) else "must be a date like 2026-01-31"


def _date_time(text: str) -> str:
    return "" if _DATE_TIME.fullmatch(text) and _is_iso(text) else "must be a time like 2026-01-31T12:00:00Z"


def _is_iso(text: str) -> bool:
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


FORMATS: dict[str, Callable[[str], str]] = {
    "dns1123Label": _label,
    "dns1123Subdomain": _subdomain,
    "dns1035Label": _label_1035,
    "dns1123LabelPrefix": _prefix_of(_label),
    "dns1123SubdomainPrefix": _prefix_of(_subdomain),
    "dns1035LabelPrefix": _prefix_of(_label_1035),
    "qualifiedName": _qualified_name,
    "labelValue": _label_value,
    "uri": _uri,
    "uuid": _uuid,
    "byte": _byte,
    "date": _date,
    "datetime": _date_time,
}
