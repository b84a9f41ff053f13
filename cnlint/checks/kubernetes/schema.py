"""Objects that contradict the schema of their kind."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnlint.findings import Edit, Fix, Place, Report, Severity, report
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.pasted import seams
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.schema import validator_for
from cnlint.manifests.schema_definitions import bundled_versions
from cnlint.manifests.view import Path, dig
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.manifests.schema_violations import Violation

# Where the keys of ConfigMaps and Secrets hold a wrong value, K8S116 and K8S117 say more.
_DATA_FIELDS = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_POD_SPECS = (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"))


@check("K8S105")
def schema_violation(manifest: Manifest, context: Context) -> Iterator[Report]:
    for violation in _violations_of(manifest, context):
        if violation.kind == "required":
            missing = _missing(manifest, violation)
            if missing:
                yield _missing_fields(manifest, violation.path, missing)
        elif violation.kind != "unknown-field" and not _is_left_to_others(manifest, violation.path):
            yield _wrong_value(manifest, violation)


@check("K8S106")
def unknown_field(manifest: Manifest, context: Context) -> Iterator[Report]:
    for violation in _violations_of(manifest, context):
        field = str(violation.path[-1]) if violation.path else ""
        if violation.kind != "unknown-field" or has_placeholder(field) or _is_unread(field):
            continue
        if violation.path == ("sops",):
            # SOPS keeps here how it has encrypted the file, and takes it away when it decrypts it.
            continue
        parent = where(manifest, violation.path[:-1])
        fixes = []
        if violation.nearest:
            place = manifest.key_at(*violation.path)
            fixes = [Fix(f'Rename to "{violation.nearest}"', (Edit(place.span, violation.nearest),))]
        yield report(
            manifest.key_at(*violation.path),
            f'unknown field "{field}" in {parent}{_meant(violation, context.settings.kubernetes_version)}',
            severity=_severity_of_unknown_field(context.settings.kubernetes_version),
            fixes=fixes,
        )


def _violations_of(manifest: Manifest, context: Context) -> "list[Violation]":
    kinds = context.options["skip_kinds"]
    if kinds and (manifest.kind in kinds or f"{manifest.api_version}/{manifest.kind}" in kinds):
        return []
    return _violations(manifest, context.settings.kubernetes_version)


@lru_cache(maxsize=1)
def _violations(manifest: Manifest, version: tuple[int, int]) -> "list[Violation]":
    """Validate an object once for both rules."""
    validator = validator_for(manifest.api_version, manifest.kind, version)
    if validator is None or not isinstance(manifest.value, dict):
        return []
    found = validator.validate(manifest.value)
    # Of manifests pasted together, the parser has kept parts of each.
    return [] if found and not manifest.path and seams(manifest.document) else found


def _missing(manifest: Manifest, violation: "Violation") -> list[str]:
    """Give the required fields that are really missing, as far as the file alone can tell."""
    if looks_like_patch(manifest):
        return []
    template = manifest.mapping("spec", "template")
    if violation.path == ("spec",) and template and not dig(template, ("metadata", "labels")):
        # Neither labels nor selector: a base to which kustomize adds both.
        return [field for field in violation.missing if field != "selector"]
    return list(violation.missing)


def _missing_fields(manifest: Manifest, path: Path, missing: list[str]) -> Report:
    place = manifest.key_at(*path) if path else manifest.value_at("kind")
    fields = " and ".join(f'"{field}"' for field in missing)
    return report(place, f"{where(manifest, path)} lacks the required field{'s' * (len(missing) > 1)} {fields}")


def _wrong_value(manifest: Manifest, violation: "Violation") -> Report:
    value = manifest.get(*violation.path)
    at_key = value is None or isinstance(value, dict | list)
    place = manifest.key_at(*violation.path) if at_key else manifest.value_at(*violation.path)
    verb = "has" if violation.kind == "forms" else "is"
    are = "are" if violation.kind == "range" and violation.expected.endswith("s") else "is"
    meant = f'; did you mean "{violation.nearest}"?' if violation.nearest else ""
    return report(
        place,
        f"{where(manifest, violation.path)} {verb} {violation.found}; {violation.expected} {are} expected{meant}",
        fixes=_fixes(manifest, violation, value, place),
    )


def _fixes(manifest: Manifest, violation: "Violation", value: Any, place: Place) -> list[Fix]:
    """Offer to quote a scalar that must be a text, to take quotes off a number, or the value that was meant."""
    written = manifest.text(*violation.path)
    if violation.nearest:
        return [Fix(f'Write "{violation.nearest}"', (Edit(place.span, violation.nearest),))]
    if violation.kind != "type" or written is None or value is None:
        return []
    if violation.expected == "a text" and '"' not in written and "\\" not in written:
        return [Fix("Quote the value", (Edit(place.span, f'"{written}"'),))]
    if violation.expected == "a whole number" and isinstance(value, str) and value.isdecimal() and value.isascii():
        return [Fix("Remove the quotes", (Edit(place.span, str(int(value))),))]
    return []


def where(manifest: Manifest, path: Path) -> str:
    """Name a field of an object for a message: ``containers[0].image of Deployment "orders"``.

    The way to a pod's own fields goes without saying.
    """
    for prefix in _POD_SPECS:
        if path[: len(prefix)] == prefix and len(path) > len(prefix):
            path = path[len(prefix) :]
            break
    return f"{dotted(path)} of {manifest.ref}" if path else manifest.ref


def dotted(path: Path) -> str:
    """Write a path as people do: ``spec.ports[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _meant(violation: "Violation", version: tuple[int, int]) -> str:
    """Say what an unknown field may be about."""
    if violation.since is not None and violation.since > version:
        return f"; Kubernetes has it from {_text(violation.since)} on, and {_text(version)} is targeted"
    if violation.since is not None:
        return f"; Kubernetes {_text(version)} no longer has it"
    if violation.below:
        return f'; it belongs under "{dotted(violation.below)}"'
    if violation.within is not None:
        return f'; it belongs in "{dotted(violation.within)}"' if violation.within else "; it belongs at the top level"
    return f'; did you mean "{violation.nearest}"?' if violation.nearest else ""


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _severity_of_unknown_field(version: tuple[int, int]) -> Severity | None:
    """Give a lower severity for versions that are newer than the schemas: the field may be new."""
    return "warning" if version > bundled_versions()[1] else None


def _is_left_to_others(manifest: Manifest, path: Path) -> bool:
    """Tell whether a value is nobody's business yet, or that of a rule that says more."""
    value = dig(manifest.value, path)
    if isinstance(value, str) and (has_placeholder(value) or value.startswith("ENC[")):
        return True
    if isinstance(value, dict) and any(isinstance(key, str) and _is_unread(key) for key in value):
        return True
    return len(path) == 2 and manifest.group == "" and path[0] in _DATA_FIELDS.get(manifest.kind, ())


def _is_unread(key: str) -> bool:
    """Tell whether a key is what is left of an unquoted ``{{ }}``, which is a syntax error of its own."""
    return key.startswith("<mapping at ")
