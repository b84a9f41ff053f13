"""Values that the API server reads otherwise than they look: unquoted texts, and amounts that are none."""

from collections.abc import Iterable, Iterator
from typing import Any

from cnlint.checks.kubernetes.schema import custom_violations_of, found_value, is_unquoted_text, violations_of, where
from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.quantities import Quantity
from cnlint.manifests.schema import validator_for
from cnlint.manifests.schema_violations import Violation, described
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import Container, PodTemplate, Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex


@check("K8S118", scope="file")
def non_string_value(manifest: Manifest, context: Context) -> Iterator[Report]:
    if validator_for(manifest.api_version, manifest.kind, context.settings.kubernetes_version) is None:
        found: Iterable[Violation] = _without_schema(manifest)
    else:
        found = violations_of(manifest, context)
    yield from _unquoted_texts(manifest, found)


@check("K8S118", scope="project")
def non_string_value_of_custom_resource(manifest: Manifest, context: Context) -> Iterator[Report]:
    known = {violation.path for violation in _without_schema(manifest)}
    found = (violation for violation in custom_violations_of(manifest, context) if violation.path not in known)
    yield from _unquoted_texts(manifest, found)


def _unquoted_texts(manifest: Manifest, found: Iterable[Violation]) -> Iterator[Report]:
    for violation in found:
        if not is_unquoted_text(manifest, violation):
            continue
        path, value = violation.path, manifest.get(*violation.path)
        written = manifest.text(*path)
        place = manifest.value_at(*path)
        fixes = []
        if written is not None and '"' not in written and "\\" not in written:
            fixes = [Fix("quote the value", (Edit(place.span, f'"{written}"'),), safe=True)]
        text = f"{_named(manifest, path)} is {found_value(manifest, violation, value)}; a text is expected"
        hint = f'Write "{written}", in quotes' if fixes else None
        yield report(place, text, hint=hint, fixes=fixes)


def _named(manifest: Manifest, path: Path) -> str:
    """Name a field for a message, an environment variable by its name."""
    name = manifest.string(*path[:-1], "name")
    if path[-1] == "value" and name:
        return f'the value of variable "{name}" of {manifest.ref}'
    return where(manifest, path)


def _without_schema(manifest: Manifest) -> Iterator[Violation]:
    """Find numbers and truth values in what all objects have, labels and annotations, and in what runs in pods."""
    for path in _text_fields(manifest):
        value = manifest.get(*path)
        if isinstance(value, int | float):
            yield Violation("type", path, "a text", described(value))


def _text_fields(manifest: Manifest) -> Iterator[Path]:
    for field in ("labels", "annotations"):
        yield from (("metadata", field, key) for key in manifest.mapping("metadata", field))
    template = manifest.template if isinstance(manifest, Workload) else None
    if template is None:
        return
    start = template.path[len(manifest.path) :]
    if start:
        for field in ("labels", "annotations"):
            yield from ((*start, "metadata", field, key) for key in template.mapping("metadata", field))
    yield from ((*start, "spec", "nodeSelector", key) for key in template.mapping("spec", "nodeSelector"))
    for container in template.containers:
        own = container.path[len(manifest.path) :]
        yield from ((*own, "env", index, "value") for index, _ in mappings(container, "env"))
        for field in ("command", "args"):
            yield from ((*own, field, index) for index in range(len(container.sequence(field))))


# Quantities.

_EXTENDED = regex(r"(?!.*kubernetes\.io/)[^/]+/.+")
_NUMBER = regex(r"[+-]?[0-9]*[.,]?[0-9]+")
_UNIT = regex(r"\s*([A-Za-z]*)\s*")
_CLAIM_RESOURCES: Path = ("spec", "resources")
_LIMIT_FIELDS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
_SIDES = (("requests", "request"), ("limits", "limit"))
_UNITS = {
    "k": ("k", "Ki"),
    "m": ("M", "Mi"),
    "g": ("G", "Gi"),
    "t": ("T", "Ti"),
    "p": ("P", "Pi"),
    "e": ("E", "Ei"),
}


@check("K8S119")
def invalid_container_quantity(container: Container) -> Iterator[Report]:
    yield from _invalid_resources(container, ("resources",), container.ref)


@check("K8S119")
def invalid_pod_quantity(pod: PodTemplate) -> Iterator[Report]:
    yield from _invalid_resources(pod, ("spec", "resources"), f"the pod of {pod.ref}")
    for volume in pod.volumes:
        owner = f"{volume.ref} of {pod.ref}"
        yield from _invalid(volume, ("emptyDir", "sizeLimit"), f"the size limit of {owner}")
        yield from _invalid_resources(volume, ("ephemeral", "volumeClaimTemplate", *_CLAIM_RESOURCES), owner)


@check("K8S119")
def invalid_object_quantity(manifest: Manifest) -> Iterator[Report]:
    if manifest.kind == "PersistentVolumeClaim":
        yield from _invalid_resources(manifest, _CLAIM_RESOURCES, manifest.ref)
    elif manifest.kind == "StatefulSet":
        for index, _ in mappings(manifest, "spec", "volumeClaimTemplates"):
            path = ("spec", "volumeClaimTemplates", index)
            name = manifest.string(*path, "metadata", "name")
            owner = f'claim template "{name}" of {manifest.ref}' if name else f"a claim template of {manifest.ref}"
            yield from _invalid_resources(manifest, (*path, *_CLAIM_RESOURCES), owner)
    elif manifest.kind == "LimitRange":
        for index, _ in mappings(manifest, "spec", "limits"):
            for field in _LIMIT_FIELDS:
                yield from _invalid_map(manifest, ("spec", "limits", index, field), field, manifest.ref)
    elif manifest.kind == "ResourceQuota":
        yield from _invalid_map(manifest, ("spec", "hard"), "hard limit", manifest.ref)
    else:
        yield from _invalid_map(manifest, ("spec", "capacity"), "capacity", manifest.ref)


def _invalid_resources(view: View, path: Path, owner: str) -> Iterator[Report]:
    for side, word in _SIDES:
        yield from _invalid_map(view, (*path, side), word, owner)


def _invalid_map(view: View, path: Path, word: str, owner: str) -> Iterator[Report]:
    for resource in view.mapping(*path):
        shown = "CPU" if resource == "cpu" else resource
        yield from _invalid(view, (*path, resource), f"the {shown} {word} of {owner}", str(resource))


def _invalid(view: View, path: Path, what: str, resource: str = "") -> Iterator[Report]:
    value = view.get(*path)
    # What is neither text nor number contradicts the schema, and K8S105 says so.
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return
    if isinstance(value, str) and has_placeholder(value):
        return
    # The API server takes blanks around a text away.
    quantity = Quantity.parse(value.strip() if isinstance(value, str) else value)
    if quantity is None:
        written = f'"{value}", which is no quantity' if value else "empty"
        yield report(view.value_at(*path), f"{what} is {written}", hint=_hint(value))
    elif quantity.amount < 0:
        yield report(view.value_at(*path), f"{what} is {value}, and it must not be negative")
    elif quantity.amount.denominator != 1 and _EXTENDED.fullmatch(resource):
        yield report(view.value_at(*path), f"{what} is {value}, and only whole ones can be had")


def _hint(value: Any) -> str | None:
    """Guess what a text was meant to say: 512MB, 1gb, 100 m, 0.5 cores, 1,5."""
    text = str(value).strip()
    number = _NUMBER.match(text)
    unit = _UNIT.fullmatch(text[number.end() :]) if number else None
    if number is None or unit is None:
        return None
    amount, letters = number[0].replace(",", "."), unit[1]
    if letters in ("", "m") or letters.casefold().startswith(("core", "cpu", "vcpu")):
        return f"Write {amount}{'m' if letters == 'm' else ''}"
    first, rest = letters[0].casefold(), letters[1:].casefold()
    if first not in _UNITS or rest not in ("", "b", "i", "ib"):
        return None
    decimal, binary = _UNITS[first]
    return f"Write {amount}{binary}" if "i" in rest else f"Write {amount}{decimal} or {amount}{binary}"
