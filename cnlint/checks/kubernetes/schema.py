"""Objects that contradict the schema of their kind."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.graph.snapshots import LONGEST_STRING
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.pasted import seams
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import UNREAD_KEY, has_placeholder, is_unquoted_placeholder
from cnlint.manifests.scalar_edits import rename_key, replace_value
from cnlint.manifests.schema import validator_for
from cnlint.manifests.view import Path, dig
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.manifests.schema_violations import Violation

# Where the keys of ConfigMaps and Secrets hold a wrong value, K8S116 and K8S117 say more; of other texts K8S118 does.
_DATA_FIELDS = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_POD_SPECS = (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"))


# Rules of their own say more of these: K8S320, K8S328, K8S330.
_MAX_REPLICAS = ("spec", "maxReplicas")
_BEHAVIOR = ("spec", "behavior")
_V1_TARGET = ("spec", "targetCPUUtilizationPercentage")
# Of kinds with these names, snapshots do not have the values.
_BLANKED = ("ConfigMap", "Secret", "SealedSecret")


@check("K8S105", scope="file")
def schema_violation(manifest: Manifest, context: Context) -> Iterator[Report]:
    yield from _wrong_values(manifest, violations_of(manifest, context))


@check("K8S105", scope="project")
def schema_violation_of_custom_resource(manifest: Manifest, context: Context) -> Iterator[Report]:
    yield from _wrong_values(manifest, custom_violations_of(manifest, context))


@check("K8S106", scope="file")
def unknown_field(manifest: Manifest, context: Context) -> Iterator[Report]:
    yield from _unknown_fields(manifest, violations_of(manifest, context), context)


@check("K8S106", scope="project")
def unknown_field_of_custom_resource(manifest: Manifest, context: Context) -> Iterator[Report]:
    yield from _unknown_fields(manifest, custom_violations_of(manifest, context), context)


def _wrong_values(manifest: Manifest, found: "list[Violation]") -> Iterator[Report]:
    for violation in found:
        if violation.kind == "required":
            missing = _missing(manifest, violation)
            if missing:
                yield _missing_fields(manifest, violation.path, missing)
        elif violation.kind != "unknown-field" and not _is_left_to_others(manifest, violation):
            yield _wrong_value(manifest, violation)


def _unknown_fields(manifest: Manifest, found: "list[Violation]", context: Context) -> Iterator[Report]:
    for violation in found:
        field = str(violation.path[-1]) if violation.path else ""
        if violation.kind != "unknown-field" or has_placeholder(field) or field.startswith(UNREAD_KEY):
            continue
        if violation.path == ("sops",):
            # SOPS keeps here how it has encrypted the file, and takes it away when it decrypts it.
            continue
        if violation.path == _V1_TARGET and manifest.kind == "HorizontalPodAutoscaler":
            continue
        parent = where(manifest, violation.path[:-1])
        fixes = []
        if violation.nearest:
            edit = rename_key(manifest, violation.path, violation.nearest)
            fixes = [Fix(f'rename it to "{violation.nearest}"', (edit,))]
        yield report(
            manifest.key_at(*violation.path),
            f'unknown field "{field}" in {parent}{_meant(violation, context.settings.kubernetes_version)}',
            fixes=fixes,
        )


def violations_of(manifest: Manifest, context: Context) -> "list[Violation]":
    """Give what contradicts the schema that comes with cnlint for the kind of an object."""
    return [] if _is_skipped(manifest, context) else _violations(manifest, context.settings.kubernetes_version)


def _is_skipped(manifest: Manifest, context: Context) -> bool:
    kinds = context.options.get("skip_kinds", ())
    return bool(kinds) and (manifest.kind in kinds or f"{manifest.api_version}/{manifest.kind}" in kinds)


@lru_cache(maxsize=1)
def _violations(manifest: Manifest, version: tuple[int, int]) -> "list[Violation]":
    """Validate an object once for both rules."""
    validator = validator_for(manifest.api_version, manifest.kind, version)
    if validator is None or not isinstance(manifest.value, dict):
        return []
    found = validator.validate(manifest.value)
    # Of manifests pasted together, the parser has kept parts of each.
    return [] if found and not manifest.path and seams(manifest.document) else found


def custom_violations_of(manifest: Manifest, context: Context) -> "list[Violation]":
    """Validate an object whose kind only the project itself defines; of several definitions the best fitting counts."""
    validators = context.project.crd_validators(*manifest.gvk)
    if not validators or _is_skipped(manifest, context) or manifest.kind in _BLANKED:
        return []
    if validator_for(manifest.api_version, manifest.kind, context.settings.kubernetes_version) is not None:
        return []
    if getattr(manifest.document, "hidden_kinds", None) or not isinstance(manifest.value, dict):
        return []
    found = min((validator.validate(manifest.value) for validator in validators), key=len)
    return [one for one in found if not _is_cut(manifest, one) and not _is_patched(manifest, one, context)]


def _is_cut(manifest: Manifest, violation: "Violation") -> bool:
    """Tell whether a text has lost its end on the way here, so that its length is not known."""
    value = dig(manifest.value, violation.path)
    return violation.kind in ("range", "format") and isinstance(value, str) and len(value) >= LONGEST_STRING


def _is_patched(manifest: Manifest, violation: "Violation", context: Context) -> bool:
    """Tell whether a kustomization changes the place, and so may mend it."""
    fields = [str(step) for step in takewhile(lambda step: isinstance(step, str), violation.path)]
    if violation.kind == "required":
        return any(context.project.is_patched(manifest, *fields, field) for field in violation.missing)
    return context.project.is_patched(manifest, *fields)


_TEXTS_BY_NAME = ("annotations", "labels")
_TEXTS_OF_SELECTORS = ("matchLabels", "nodeSelector", "selector")
_WORDS = ("args", "command")


def is_unquoted_text(manifest: Manifest, violation: "Violation") -> bool:
    """Tell whether a number or truth value stands where any word will do: in labels, commands and variables."""
    path = violation.path
    if violation.kind != "type" or violation.expected != "a text" or len(path) < 3:
        return False
    if not isinstance(manifest.get(*path), int | float):
        return False
    parent = path[-2]
    return (
        (parent in _TEXTS_BY_NAME and path[-3] == "metadata")
        or parent in _TEXTS_OF_SELECTORS
        or (parent in _WORDS and isinstance(path[-1], int))
        or (path[-3] == "env" and path[-1] == "value")
    )


def _missing(manifest: Manifest, violation: "Violation") -> list[str]:
    """Give the required fields that are really missing, as far as the file alone can tell."""
    if looks_like_patch(manifest):
        return []
    if violation.path == ("spec",) and manifest.mapping("spec", "template"):
        # K8S301 says it, unless there are no labels either, and kustomize adds both.
        return [field for field in violation.missing if field != "selector"]
    if manifest.kind == "HorizontalPodAutoscaler" and manifest.get("spec", "scaleTargetRef") is not None:
        return [field for field in violation.missing if (*violation.path, field) != _MAX_REPLICAS]
    if "containerPort" in violation.missing and _is_container_port(manifest, violation.path):
        # K8S123 says it.
        return [field for field in violation.missing if field != "containerPort"]
    return list(violation.missing)


def _is_container_port(manifest: Manifest, path: Path) -> bool:
    full = (*manifest.path, *path)
    return any(full[:-1] == (*container.path, "ports") for container in getattr(manifest, "containers", ()))


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
        f"{where(manifest, violation.path)} {verb} {found_value(manifest, violation, value)}; "
        f"{violation.expected} {are} expected{meant}",
        fixes=_fixes(manifest, violation, value, place),
    )


def found_value(manifest: Manifest, violation: "Violation", value: Any) -> str:
    """Say what a value is as it stands in the file: 1.10, not 1.1, and ``yes``, not true."""
    written = manifest.text(*violation.path)
    if violation.kind != "type" or written is None:
        return violation.found
    if isinstance(value, bool) and written.lower() not in ("true", "false"):
        return f"{written}, which YAML reads as {violation.found}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {written}"
    return violation.found if value is not None else written or "empty"


def _fixes(manifest: Manifest, violation: "Violation", value: Any, place: Place) -> list[Fix]:
    """Offer to quote a scalar that must be a text, to take quotes off a number, or the value that was meant."""
    written = manifest.text(*violation.path)
    if violation.nearest:
        edit = replace_value(manifest, violation.path, violation.nearest)
        return [Fix(f'write "{violation.nearest}"', (edit,))]
    if violation.kind != "type" or written is None or value is None:
        return []
    if violation.expected == "a text" and '"' not in written and "\\" not in written:
        return [Fix("quote the value", (Edit(place.span, f'"{written}"'),))]
    if violation.expected == "a whole number" and isinstance(value, str) and value.isdecimal() and value.isascii():
        return [Fix("remove the quotes", (Edit(place.span, str(int(value))),))]
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


def _is_left_to_others(manifest: Manifest, violation: "Violation") -> bool:
    """Tell whether a value is nobody's business yet, or that of a rule that says more."""
    path = violation.path
    value = dig(manifest.value, path)
    if isinstance(value, str) and (has_placeholder(value) or value.startswith("ENC[")):
        return True
    if is_unquoted_placeholder(manifest, path) or is_unquoted_text(manifest, violation):
        return True
    # API_KEY where base64 belongs: nobody encodes to that.
    if violation.kind == "format" and isinstance(value, str) and "_" in value and value.isupper():
        return True
    if manifest.kind == "HorizontalPodAutoscaler" and path[:2] == _BEHAVIOR:
        return violation.kind == "enum"
    return len(path) == 2 and manifest.group == "" and path[0] in _DATA_FIELDS.get(manifest.kind, ())
