"""Names that promise a secret, and values that are one by their form."""

import re
from collections.abc import Iterator
from functools import lru_cache

from cnlint.manifests.placeholders import has_placeholder
from cnlint.syntax.patterns import regex

_NAME_PARTS = ("secret", "password", "passwd", "passphrase", "apikey", "privatekey", "accesskey")
_NAME_WORDS = frozenset({"token", "bearer", "jwt", "pwd", "pswrd", "pword", "credential", "credentials", "authtoken"})
_KEY_WORDS = frozenset(
    {"api", "private", "access", "encryption", "signing", "auth", "master", "account", "storage", "license", "batch"}
)
_NAMES = frozenset({"AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "OCI_CLI_KEY_CONTENT"})
_AZURE_KEY = regex(r"AZURE_\w*KEY", re.IGNORECASE | re.ASCII)
# What a name with such a word at its end speaks of is something about the secret, not the secret.
_ABOUT_WORDS = """
age alg algorithm arn attempts attribute audience auth authentication backend bytes cache cer cfg change claim
claims class cmd command complexity conf cookie count crt days description dir directory disable disabled driver
enable enabled encryption endpoint engine env expiration expires expiry field file format go grant handler hash
hasher hashing header help hint history host hours html id ids ini interval issuer js json label length lifetime
limit limits location login lua manager max md mechanism message min minlength minutes mode module mount name
names namespace path pattern period php placeholder plugin policy port prefix prompt properties property
protocol provider public py rb ref reference regex region replicas required reset retries review reviewer
rotation scope scopes script seconds selector service sh size sql store strength suffix template text timeout
title tmpl toml tpl ts ttl txt type uri url user username validation validator version xml yaml yml
"""
_ABOUT = frozenset(_ABOUT_WORDS.split())
_WORD = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)

# What every text that holds one has in it, the form, and what it is.
_VALUES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("PRIVATE KEY",), regex(r"-BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-"), "a private key"),
    (
        ("AKIA", "ASIA"),
        regex(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        "an AWS access key",
    ),
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        regex(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36}"),
        "a GitHub token",
    ),
    (("github_pat_",), regex(r"(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{40}"), "a GitHub token"),
    (("glpat-",), regex(r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}"), "a GitLab token"),
    (("AIza",), regex(r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"), "a Google API key"),
    (("xox",), regex(r"(?<![A-Za-z0-9])xox[baprs]-[A-Za-z0-9-]{10}"), "a Slack token"),
    (("k_live_",), regex(r"(?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{16}"), "a Stripe key"),
    (("npm_",), regex(r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}"), "an npm token"),
    (("pypi-",), regex(r"(?<![A-Za-z0-9])pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20}"), "a PyPI token"),
    (("eyJ",), regex(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10}"), "a JSON web token"),
)
# What documentation shows in the place of a secret.
_SAMPLE = regex(r"EXAMPLE|[Xx]{6}|\.{3}|0{10}")
_TOKEN = regex(r"[A-Za-z0-9_.-]{0,80}")
_URL_PASSWORD = regex(r"://[^\s:/@?#]{0,100}:([^\s/@?#]{1,200})@")
_SCHEME_BEFORE = regex(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}\Z")
_LONGEST_SCHEME = 21
_REFERENCE = regex(
    r"(?:vault|ref\+\w+|op|sm|awssm|awsps|gcpsm|secretref|secretsmanager|berglas|arn|env|file|keyvault|projects)[:/]",
    re.IGNORECASE,
)
_PLAIN = regex(
    r"(?:true|false|yes|no|on|off|null|none|nil|undefined|enabled|disabled|[-+]?[0-9][0-9.,_]*[a-z]{0,2})", re.I
)
_PATH = regex(r"(?:/|\./|\.\./|~/|[A-Za-z]:\\)[^\s=]*")


def is_about_secret(word: str) -> bool:
    """Tell whether a word at the end of a name makes it a name of something about a secret (``url``, ``ttl``)."""
    return word.lower() in _ABOUT


def is_secret_name(name: str) -> bool:
    """Tell whether a variable or key with this name is expected to hold a secret (``DB_PASSWORD``, ``api-key``)."""
    if name.upper() in _NAMES or _AZURE_KEY.fullmatch(name):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ABOUT or words[0] in ("public", "use", "allow", "enable", "disable", "require"):
        return False
    if any(part in "".join(words) for part in _NAME_PARTS) or not _NAME_WORDS.isdisjoint(words):
        return True
    if words[-1].endswith("token") or words[-1] == "pass":
        return True
    return len(words) > 1 and words[-1] == "key" and words[-2] in _KEY_WORDS


def is_literal_secret(value: str) -> bool:
    """Tell whether the value of something with the name of a secret may be the secret itself.

    It is not where it is empty, filled in by others, a number or switch, a path, a URL without a password, or a
    reference to a secret store.
    """
    text = value.strip()
    if not text or has_placeholder(text) or _PLAIN.fullmatch(text) or _PATH.fullmatch(text) or _REFERENCE.match(text):
        return False
    return "://" not in text or secret_in(text) is not None


def secret_in(value: str) -> str | None:
    """Say what secret a text holds by its form ("a private key"); ``None`` where none is seen."""
    found = find_secret(value)
    return found[0] if found else None


def find_secret(value: str) -> tuple[str, int, int] | None:
    """Find the first secret in a text that is one by its form: what it is, its offset and its length."""
    return next(find_secrets(value), None)


def find_secrets(value: str) -> Iterator[tuple[str, int, int]]:
    """Find all secrets in a text that are one by their form, those of one form after those of another."""
    for what, (start, end), _ in _secrets(value):
        yield what, start, end - start


@lru_cache(maxsize=1024)
def mask_secrets(text: str) -> str:
    """Put stars in the place of all that is secret in a text, but the first characters of tokens; the length stays."""
    for _, _, (start, end) in _secrets(text):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


_SHOWN = 4


def _secrets(value: str) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Yield what each secret is, the span that shows it, and the span of what nobody may see."""
    for marks, pattern, what in _VALUES:
        for match in pattern.finditer(value) if any(mark in value for mark in marks) else ():
            # A form ends where it is sure, and the token may go on.
            rest = _TOKEN.match(value, match.end())
            end = rest.end() if rest else match.end()
            if not _SAMPLE.search(value, match.start(), end):
                yield what, match.span(), (match.start() + _SHOWN, end)
    if "://" in value:
        for match in _URL_PASSWORD.finditer(value):
            scheme = _SCHEME_BEFORE.search(value[max(match.start() - _LONGEST_SCHEME, 0) : match.start()])
            if scheme is None or has_placeholder(match[1]) or match[1] == "xxx" or set(match[1]) == {"*"}:
                continue
            yield "a URL with a password", (match.start() - len(scheme[0]), match.end()), match.span(1)
