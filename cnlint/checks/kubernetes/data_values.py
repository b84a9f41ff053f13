"""Values in ConfigMaps and Secrets that the API server cannot read."""

import base64
import re
from collections.abc import Iterator
from typing import Any

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.configuration import ConfigMap, Entry, Secret
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder, is_unquoted_placeholder
from cnlint.manifests.scalar_edits import rename_key
from cnlint.manifests.schema_compiler import is_base64
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.yaml_resolve import Dialect, resolve

_ENCRYPTED = ("ENC[", "AES256_GCM")
_WORD_AND_NEWLINE = re.compile(rb"[!-~]+\n")
# Keys that a scalar other than a text may have become.
_MAY_BE_NO_TEXT = regex(r"(?:true|false|null)$|[-+.\d]|$")


@check("K8S116")
def non_string_config_value(config: ConfigMap) -> Iterator[Report]:
    yield from _non_string_values(config, "data")


@check("K8S116")
def non_string_secret_value(secret: Secret) -> Iterator[Report]:
    if not secret.is_encrypted:
        yield from _non_string_values(secret, "stringData")


@check("K8S117")
def invalid_secret_encoding(secret: Secret, context: Context) -> Iterator[Report]:
    if secret.is_encrypted:
        return
    for key, value in secret.mapping("data").items():
        if value is None or _is_filled_in_later(secret, "data", key):
            continue
        if not _is_encoded(value):
            yield _not_base64(
                secret, "data", key, "; plain text belongs under stringData", _move_to_string_data(secret)
            )
        elif context.options["trailing_newline"] and _ends_with_stray_newline(value):
            yield report(
                secret.value_at("data", key),
                f"data.{key} of {secret.ref} decodes to a text that ends with a line break",
                severity="info",
                hint="encode the value without the line break that echo adds: printf %s value | base64",
            )


@check("K8S117")
def invalid_binary_data(config: ConfigMap) -> Iterator[Report]:
    for key, value in config.mapping("binaryData").items():
        if value is not None and not _is_filled_in_later(config, "binaryData", key) and not _is_encoded(value):
            yield _not_base64(config, "binaryData", key, "; plain text belongs under data", [])


@check("K8S131")
def oversized_config_map(config: ConfigMap, context: Context) -> Iterator[Report]:
    yield from _oversized(config, context)


@check("K8S131")
def oversized_secret(secret: Secret, context: Context) -> Iterator[Report]:
    yield from _oversized(secret, context)


def _oversized(owner: ConfigMap | Secret, context: Context) -> Iterator[Report]:
    limit = context.options["max_data"]
    size = sum(_size(entry.value, is_encoded=_is_binary(entry)) for entry in owner.entries())
    if size > limit:
        fields = dict.fromkeys(entry.field for entry in owner.entries())
        place = owner.key_at(next(iter(fields)))
        yield report(place, f"the data of {owner.ref} come to {size} bytes, and {limit} are allowed")


@check("K8S131")
def oversized_annotations(manifest: Manifest, context: Context) -> Iterator[Report]:
    limit = context.options["max_annotations"]
    annotations = manifest.annotations
    size = sum(_size(key) + _size(value) for key, value in annotations.items())
    if size > limit:
        largest = max(annotations, key=lambda key: len(annotations[key]))
        text = f"the annotations of {manifest.ref} come to {size} bytes, and {limit} are allowed"
        related = [Related(manifest.key_at("metadata", "annotations", largest), "the largest one")]
        yield report(manifest.key_at("metadata", "annotations"), text, related=related)


def _is_binary(entry: Entry) -> bool:
    return entry.field == ("data" if isinstance(entry.owner, Secret) else "binaryData")


def _size(value: Any, *, is_encoded: bool = False) -> int:
    """Count the bytes of a text, of a base64 text those that it stands for."""
    if not isinstance(value, str):
        return 0
    if not is_encoded:
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    letters = sum(map(value.count, "\r\n"))
    return (len(value) - letters) * 3 // 4 - value.count("=", max(0, len(value) - 4))


def _non_string_values(owner: ConfigMap | Secret, field: str) -> Iterator[Report]:
    for key, value in owner.mapping(field).items():
        if isinstance(value, str) or _is_deletion(owner, value):
            continue
        if not is_unquoted_placeholder(owner, (field, key)):
            at_key = value is None or isinstance(value, dict | list)
            yield report(
                owner.key_at(field, key) if at_key else owner.value_at(field, key),
                f"{field}.{key} of {owner.ref} is {_described(owner, field, key, value)}; a text is expected",
                fixes=_quote(owner, field, key, value),
            )
    yield from _non_string_keys(owner, field)


def _is_deletion(owner: ConfigMap | Secret, value: Any) -> bool:
    """Tell whether a value takes a key away, as null does in patches."""
    return value is None and looks_like_patch(owner)


def _described(owner: ConfigMap | Secret, field: str, key: str, value: Any) -> str:
    """Say what a value is, as it is written: ``the number 1.10``, not 1.1."""
    written = owner.text(field, key)
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return written or "empty"
    return f"the truth value {written}" if isinstance(value, bool) else f"the number {written}"


def _quote(owner: ConfigMap | Secret, field: str, key: str, value: Any) -> list[Fix]:
    written = owner.text(field, key)
    if written is None or value is None or isinstance(value, dict | list):
        return []
    return [Fix("quote the value", (Edit(owner.value_at(field, key).span, f'"{written}"'),), safe=True)]


def _non_string_keys(owner: ConfigMap | Secret, field: str) -> Iterator[Report]:
    for key in owner.mapping(field):
        place = owner.key_at(field, key)
        written = _as_written(owner, place) if _MAY_BE_NO_TEXT.match(str(key)) else ""
        if written and not isinstance(resolve(written, Dialect.KUBERNETES), str):
            yield report(
                place,
                f'key {written} under {field} of {owner.ref} is no text; it becomes "{key}"',
                severity="warning",
                hint=f'quote the key: "{written}"',
                fixes=[Fix("quote the key", (Edit(place.span, f'"{written}"'),))],
            )


def _as_written(owner: ConfigMap | Secret, place: Place) -> str:
    """Give the characters of a key as they stand in the file, quotes included."""
    source = getattr(owner.document, "source", None)
    span = place.span
    if source is None or span.line != span.end_line:
        return ""
    return str(source.line(span.line)[span.column - 1 : span.end_column - 1])


def _is_filled_in_later(owner: ConfigMap | Secret, field: str, key: str) -> bool:
    value = owner.get(field, key)
    if not isinstance(value, str):
        return is_unquoted_placeholder(owner, (field, key))
    return has_placeholder(value) or any(mark in value for mark in _ENCRYPTED)


def _is_encoded(value: Any) -> bool:
    return isinstance(value, str) and is_base64(value)


def _ends_with_stray_newline(value: str) -> bool:
    """Tell whether a value encodes a single word and a line break, as ``echo secret | base64`` does."""
    try:
        return _WORD_AND_NEWLINE.fullmatch(base64.b64decode(value)) is not None
    except ValueError:
        return False


def _not_base64(owner: ConfigMap | Secret, field: str, key: str, advice: str, fixes: list[Fix]) -> Report:
    at_key = isinstance(owner.get(field, key), dict | list)
    place = owner.key_at(field, key) if at_key else owner.value_at(field, key)
    return report(place, f"{field}.{key} of {owner.ref} is not base64{advice}", fixes=fixes)


def _move_to_string_data(secret: Secret) -> list[Fix]:
    """Offer to rename ``data`` where nothing in it is encoded."""
    values = secret.mapping("data").values()
    if "stringData" in secret.value or not all(isinstance(one, str) and not is_base64(one) for one in values):
        return []
    return [Fix('rename "data" to "stringData"', (rename_key(secret, ("data",), "stringData"),))]
