"""Data about people in ConfigMaps."""

import re
from collections.abc import Iterable, Iterator

from cnlint.findings import Report, report
from cnlint.manifests.configuration import ConfigMap, Entry
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_ADDRESS = regex(
    r"(?<![\w.%+:/@-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@:/-])"
)
# Addresses of departments and machines, not of people.
_ROLE_WORDS = """
abuse account accounts admin administrator admins alert alerts backup billing bot bounce ci contact daemon deploy
dev developer developers devops dns example git hello help helpdesk hostmaster info it jenkins jobs legal
letsencrypt list mail mailer monitor monitoring news newsletter no noreply notification notifications office oncall
operations operator ops platform postmaster press privacy reply robot root sales security server service services
sre ssl staff support sysadmin system team test tls tool tools user webmaster
"""
_ROLES = frozenset(_ROLE_WORDS.split())
_MACHINES = ("*.gserviceaccount.com", "*.local", "*.internal", "*.svc", "*.service", "*.target", "*.socket", "*.timer")
_IBAN = regex(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_PROPERTY = regex(r"""^[ \t]*["']?([A-Za-z][\w.-]{0,80})["']?[ \t]{0,8}[:=][ \t]{0,8}["']?([^\s"'][^"'\r\n]*)""", re.M)
_SEPARATOR = regex(r"[._-]|(?<=[a-z])(?=[A-Z])")

_PHONE = regex(r"\+?[0-9(][0-9 ()./-]{5,24}[0-9]")
_PASSPORT = regex(r"[A-Z]{0,2}[0-9][A-Z0-9]{5,10}")
_DATE = regex(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}")
_NUMBER = regex(r"[0-9][0-9 -]{5,20}[0-9]")
_NAME = regex(r"[^\W\d_][\w' -]{1,60}")
# The last words of the name of a property, what it then holds, and the form of that.
_PROPERTIES = {
    **dict.fromkeys(("phone", "phone number", "telephone", "mobile number", "msisdn"), ("a phone number", _PHONE)),
    **dict.fromkeys(("passport", "passport number", "passport no"), ("the number of a passport", _PASSPORT)),
    **dict.fromkeys(("birthday", "birthdate", "birth date", "date of birth", "dob"), ("a day of birth", _DATE)),
    **dict.fromkeys(("ssn", "social security number"), ("a social security number", _NUMBER)),
    **dict.fromkeys(("first name", "last name", "surname", "full name"), ("the name of a person", _NAME)),
}
_LONGEST_NAME = 3


@check("K8S653")
def personal_data_in_config_map(config: ConfigMap, context: Context) -> Iterator[Report]:
    for entry in config.entries():
        if entry.field != "data" or not isinstance(entry.value, str):
            continue
        # Knative's ConfigMaps describe their settings under this key; nothing reads it.
        if entry.key == "_example" or matches_any(entry.key, context.options["allow"]):
            continue
        end = 0
        for start, length, what in sorted(_found(entry, entry.value, context.options["patterns"])):
            if start >= end:
                end = start + length
                place = config.text_at((entry.field, entry.key), start, length)
                yield report(place, f'key "{entry.key}" of {config.ref} holds {what}')


def _found(entry: Entry, value: str, patterns: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the personal data in a text: offset, length, and what it is."""
    for match in _ADDRESS.finditer(value) if "@" in value else ():
        if _is_of_person(match[1], match[2]):
            yield match.start(), len(match[0]), "the mail address of a person"
    for match in _IBAN.finditer(value):
        if _is_account(match[0]):
            yield match.start(), len(match[0]), "the number of a bank account"
    if "\n" not in value.strip():
        yield from _property(entry.key, value, 0)
    for match in _PROPERTY.finditer(value):
        yield from _property(match[1], match[2], match.start(2))
    for pattern in patterns:
        for match in re.finditer(pattern, value):
            yield match.start(), max(len(match[0]), 1), f'what "{pattern}" describes'


def _is_of_person(local: str, domain: str) -> bool:
    return _ROLES.isdisjoint(_SEPARATOR.split(local.lower())) and not matches_any(domain.lower(), _MACHINES)


def _is_account(text: str) -> bool:
    """Tell whether the check digits of an IBAN are right."""
    number = text.replace(" ", "")
    return 15 <= len(number) <= 34 and int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1


def _property(name: str, value: str, start: int) -> Iterator[tuple[int, int, str]]:
    words = [word.lower() for word in _SEPARATOR.split(name) if word]
    text = value.strip().rstrip(",;").rstrip()
    for count in range(1, _LONGEST_NAME + 1):
        what, form = _PROPERTIES.get(" ".join(words[-count:]), ("", None))
        if form is not None and form.fullmatch(text) and not has_placeholder(text):
            yield start + value.index(text), len(text), what
            return
