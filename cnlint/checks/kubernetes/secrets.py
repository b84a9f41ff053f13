"""Secrets that stand in manifests for everybody to read."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cnlint.findings import Place, Report, report
from cnlint.manifests.configuration import ConfigMap, Entry, Secret
from cnlint.manifests.placeholders import has_placeholder, is_stand_in
from cnlint.manifests.secret_values import find_secret, is_literal_secret, is_secret_name, secret_in
from cnlint.manifests.workloads import Container, EnvironmentVariable
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_PROPERTY = regex(
    r"""^[ \t]*(?:export[ \t]+)?["']?([A-Za-z][\w.-]{0,80})["']?[ \t]{0,8}[:=][ \t]{0,8}(\S[^\r\n]*)$""", re.M
)
_PROPERTY_FILES = (".properties", ".env", ".ini", ".conf", ".cfg", ".cnf", ".yaml", ".yml", ".json", ".toml", ".txt")
_BASE64 = regex(r"[A-Za-z0-9+/]{24,}={0,2}")
_CODE = regex(r"""[(){}\[\]<>`|]|\s[-+*&]\s|;\s*\S""")
_PUBLIC = "-----BEGIN CERTIFICATE-----"
# What Argo CD keeps in Secrets although it is none: where a repository or cluster is.
_ARGO_LABEL = "argocd.argoproj.io/secret-type"
_ARGO_PUBLIC = frozenset({"type", "url", "name", "project", "server", "enableOCI", "insecure", "enableLfs", "proxy"})


@check("K8S226")
def plaintext_secret_env(container: Container, context: Context) -> Iterator[Report]:
    for variable in container.env:
        value = variable.literal
        if value is None or variable.is_reference or _is_allowed(variable.name, value, context.options):
            continue
        what = secret_in(value)
        if what:
            name = f'environment variable "{variable.name}"' if variable.name else "an environment variable"
            text = f"{name} of {container.ref} holds {what} in plain text"
            yield report(variable.value_at("value"), text)
        elif _names_secret(variable, context.options) and is_literal_secret(value):
            text = f'environment variable "{variable.name}" of {container.ref} holds a secret in plain text'
            yield report(variable.value_at("value"), text)


def _names_secret(variable: EnvironmentVariable, options: Mapping[str, Any]) -> bool:
    return is_secret_name(variable.name) or matches_any(variable.name, options["names"])


def _is_allowed(name: str, value: str, options: Mapping[str, Any]) -> bool:
    if matches_any(name, options["allow_names"]):
        return True
    return matches_any(value, options["allow_values"])


@check("K8S388")
def plaintext_config_secret(config: ConfigMap, context: Context) -> Iterator[Report]:
    for entry in config.entries():
        if entry.field != "data" or not isinstance(entry.value, str):
            continue
        # Knative's ConfigMaps describe their settings under this key; nothing reads it.
        if entry.key == "_example" or matches_any(entry.key, context.options["allow"]):
            continue
        yield from _config_secret(config, entry, entry.value, context.options["names"])


def _config_secret(config: ConfigMap, entry: Entry, value: str, names: list[str]) -> Iterator[Report]:
    owner = f'key "{entry.key}" of {config.ref}'
    found = find_secret(value)
    if found:
        what, start, length = found
        yield report(config.text_at((entry.field, entry.key), start, length), f"{owner} holds {what} in plain text")
        return
    hidden = _secret_in_base64(value)
    if hidden:
        yield report(entry.place, f"{owner} holds {hidden}, encoded but not encrypted")
    elif "\n" in value.strip():
        for name, place in _secret_properties(config, entry, value, names):
            yield report(place, f'{owner} holds a secret in plain text, "{name}"')
    elif _is_secret_key(entry.key, names) and is_literal_secret(value):
        yield report(entry.place, f"{owner} holds a secret in plain text")


def _secret_properties(config: ConfigMap, entry: Entry, value: str, names: list[str]) -> Iterator[tuple[str, Place]]:
    """Yield the secrets of a file of properties: lines such as ``db.password=hunter2``."""
    if "." in entry.key and not entry.key.lower().endswith(_PROPERTY_FILES):
        return
    for match in _PROPERTY.finditer(value):
        name, literal = match[1], match[2].strip().rstrip(",").strip("\"'")
        if not _is_secret_key(name, names) or _CODE.search(literal) or literal.startswith(("*", "&", "!", "#", "%")):
            continue
        if is_literal_secret(literal):
            yield name, config.text_at((entry.field, entry.key), match.start(2), len(match[2].rstrip()))


def _is_secret_key(name: str, names: list[str]) -> bool:
    return is_secret_name(name) or matches_any(name, names)


def _secret_in_base64(value: str) -> str | None:
    text = value.strip()
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return None
    return secret_in(_decoded(text))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


@check("K8S389")
def committed_secret_manifest(secret: Secret, context: Context) -> Iterator[Report]:
    if secret.is_encrypted or secret.type in context.options["ignore_types"]:
        return
    if matches_any(secret.document.path, context.options["ignore_paths"]):
        return
    texts = {entry: _plain_text(entry) for entry in _written(secret)}
    open_entries = [entry for entry, text in texts.items() if not has_placeholder(text) and _PUBLIC not in text]
    if not open_entries:
        return
    first = open_entries[0]
    if all(is_stand_in(texts[entry]) for entry in open_entries):
        text = f'{secret.ref} holds values that are to be changed, such as that of "{first.key}"'
        yield report(secret.key_at(first.field), text, severity="info")
        return
    how = "only encoded" if first.field == "data" else "in plain text"
    keys = ", ".join(f'"{entry.key}"' for entry in open_entries[:3]) + (", ..." if len(open_entries) > 3 else "")
    yield report(secret.key_at(first.field), f"{secret.ref} is committed with its values, {how}: {keys}")


def _written(secret: Secret) -> Iterator[Entry]:
    public = _ARGO_PUBLIC if _ARGO_LABEL in secret.labels else frozenset[str]()
    for entry in secret.entries():
        if isinstance(entry.value, str | int | float) and entry.value != "" and entry.key not in public:
            yield entry


def _plain_text(entry: Entry) -> str:
    text = str(entry.value)
    if entry.field != "data" or has_placeholder(text):
        return text
    return _decoded(text) or text
