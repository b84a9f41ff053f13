"""What the commands of containers say: their arguments, those of probes and of hooks."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from cnlint.findings import Place, Report, report
from cnlint.manifests.commands import Command, commands_of_words
from cnlint.manifests.secret_values import find_secrets, is_literal_secret, is_secret_name
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import PROBE_KINDS, Container
from cnlint.rules import check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word
from cnlint.syntax.source import Span

# A cheap test for what no command without a secret needs to pass.
_SUSPICIOUS = regex(
    r"pass|pwd|pswrd|pword|secret|token|bearer|jwt|credential|key|masterauth"
    r"|(?:\A|\s|/)(?:mysql|mariadb|redis|mongo|curl|ldap|sqlcmd)",
    re.IGNORECASE,
)
_ASSIGNED = regex(r"(?:-{1,2}D?)?([A-Za-z][\w.-]*)=(.+)", re.DOTALL)
_OPTION = regex(r"-{1,2}([A-Za-z][\w.-]+)")
_SEPARATOR = regex(r"[._-]")
_CODE = regex(r"""[(){}\[\]<>|$`;*\n]""")
_NOT_ASKED_FOR = ("no", "skip", "without", "ignore")
# Options that only a product's manual shows to take a secret.
_SECRET_OPTIONS = frozenset({"requirepass", "masterauth"})
# What follows is the secret: attached to the option, as the next word, or both.
_MYSQL = ("mysql", "mysqladmin", "mysqldump", "mysqlcheck", "mysqlimport", "mysqlsh")
_MARIADB = ("mariadb", "mariadb-admin", "mariadb-dump", "mariadb-check")
_ATTACHED = {**dict.fromkeys((*_MYSQL, *_MARIADB, "sshpass", "mongo", "mongosh", "mongodump"), "-p"), "sqlcmd": "-P"}
_SEPARATE = {
    **dict.fromkeys(("sshpass", "mongo", "mongosh", "mongodump", "mongorestore"), "-p"),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami"), "-w"),
    "redis-cli": "-a",
    "sqlcmd": "-P",
}
_SEARCHES = frozenset({"grep", "egrep", "fgrep", "rg", "awk", "gawk", "sed", "jq", "yq"})
# Options such as --tls-secret name an object, but for those that start with one of the words.
_NAMES_OBJECT = regex(r"[a-z0-9]+(?:[-.][a-z0-9]+)*(?:/[a-z0-9]+(?:[-.][a-z0-9]+)*)?")
_OWN_SECRETS = ("client", "shared", "jwt", "app", "hmac", "cookie", "session", "oauth", "api", "consumer", "hash")


class _Item(NamedTuple):
    path: Path
    text: str


@check("K8S390")
def hardcoded_secret_in_args(container: Container) -> Iterator[Report]:
    for what, items in _command_lines(container):
        found = list(_secrets_by_form(container, items))
        if any(_SUSPICIOUS.search(item.text) for item in items):
            found += _secrets_by_name(container, items)
        said: list[Span] = []
        for place, message in found:
            if not any(_overlap(place.span, span) for span in said):
                said.append(place.span)
                yield report(place, f"{what} of {container.ref} {message}")


def _command_lines(container: Container) -> Iterator[tuple[str, list[_Item]]]:
    """Yield what a container and its probes and hooks run, word by word, with what it is."""
    own = [*_items(container, ("command",))]
    if not own:
        # The program is that of the image.
        own.append(_Item((), ""))
    yield "the command", [*own, *_items(container, ("args",))]
    for kind in PROBE_KINDS:
        yield f"the {kind} probe", _items(container, (f"{kind}Probe", "exec", "command"))
    for hook in ("postStart", "preStop"):
        yield f"the {hook} hook", _items(container, ("lifecycle", hook, "exec", "command"))


def _items(container: Container, path: Path) -> list[_Item]:
    texts = enumerate(container.sequence(*path))
    return [_Item((*path, index), text) for index, text in texts if isinstance(text, str)]


def _secrets_by_form(container: Container, items: list[_Item]) -> Iterator[tuple[Place, str]]:
    for item in items:
        for what, offset, length in find_secrets(item.text):
            if "$" not in item.text[offset : offset + length]:
                yield container.text_at(item.path, offset, length), f"holds {what} in plain text"


def _secrets_by_name(container: Container, items: list[_Item]) -> Iterator[tuple[Place, str]]:
    for command in _commands(container, items):
        for word, following in pairwise((*command.words[1:], None)):
            found = _secret_of(command.program, word, following) if word is not None else None
            if found is not None:
                name, value, start = found
                place = command.place_at(start, value.end - 1 if value.is_quoted else value.end)
                yield place, f'holds a secret in plain text, the value of "{name}"'


def _secret_of(program: str, word: Word, following: Word | None) -> tuple[str, Word, int] | None:
    """Give the name of the option that takes a secret, the word that holds it, and where it starts there."""
    text = word.value
    if text is None:
        return None
    start = 0
    # Twice, for --from-literal=password=... and --set=auth.password=...
    for _ in range(0 if program in _SEARCHES else 2):
        assigned = _ASSIGNED.fullmatch(text, start)
        if assigned is None:
            break
        start = assigned.start(2)
        if _is_secret(assigned[1], assigned[2]):
            return assigned[1], word, word.offset_of(start)
    attached = _ATTACHED.get(program)
    if attached is not None and text.startswith(attached) and len(text) > len(attached):
        return (attached, word, word.offset_of(len(attached))) if not _CODE.search(text) else None
    next_text = following.value if following is not None else None
    if following is None or not next_text or next_text.startswith("-"):
        return None
    option = _OPTION.fullmatch(text)
    is_meant = option is not None and _is_secret(option[1], next_text)
    if text == _SEPARATE.get(program):
        is_meant = not _CODE.search(next_text)
    if program == "curl" and text in ("-u", "--user"):
        password = next_text.partition(":")[2]
        is_meant = bool(password) and not _CODE.search(password)
    return (text, following, following.offset_of(0)) if is_meant else None


def _is_secret(name: str, value: str) -> bool:
    words = _SEPARATOR.split(name.lower())
    if words[0] in _NOT_ASKED_FOR or _CODE.search(value):
        return False
    if words[-1] in _SECRET_OPTIONS:
        return True
    if not is_secret_name(name) or not is_literal_secret(value):
        return False
    names_object = words[-1].endswith(("secret", "secrets", "credential", "credentials"))
    return not (names_object and _NAMES_OBJECT.fullmatch(value) and words[0] not in _OWN_SECRETS)


def _commands(container: Container, items: list[_Item]) -> list[Command]:
    """Give the command that the words make, and those of a script that it hands to a shell."""
    starts: list[int] = []
    words: list[tuple[str, int, int]] = []
    position = 0
    for item in items:
        starts.append(position)
        words.append((item.text, position, position + len(item.text) + 2))
        position += len(item.text) + 3

    def locate(start: int, end: int) -> Place:
        number = max(bisect_right(starts, start) - 1, 0)
        item, offset = items[number], start - starts[number] - 1
        if offset < 0 or end - start + offset > len(item.text):
            return container.value_at(*item.path)
        return container.text_at(item.path, offset, end - start)

    text = " ".join(f'"{item.text}"' for item in items)
    return commands_of_words(text, words, locate, container, Command)


def _overlap(one: Span, other: Span) -> bool:
    return (one.line, one.column) < (other.end_line, other.end_column) and (other.line, other.column) < (
        one.end_line,
        one.end_column,
    )
