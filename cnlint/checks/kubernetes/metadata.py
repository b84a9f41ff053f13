"""Labels and annotations, and what only the API server writes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cnlint.checks.kubernetes.schema import where
from cnlint.data.api_versions import builtin_groups
from cnlint.findings import Fix, Report, report
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Workload
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_VALUE = regex(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_PREFIX = regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_ALLOWED = regex(r"[-A-Za-z0-9_.]*")
_LONGEST = 63
_LONGEST_PREFIX = 253
_LABELS: Path = ("metadata", "labels")
_ANNOTATIONS: Path = ("metadata", "annotations")
_SELECTORS: tuple[Path, ...] = (("spec", "selector", "matchLabels"), ("spec", "podSelector", "matchLabels"))
_PLAIN_SELECTORS = frozenset({"Service", "ReplicationController", "DeploymentConfig"})


@check("K8S114")
def invalid_label_value(manifest: Manifest) -> Iterator[Report]:
    for path in _label_paths(manifest):
        for key, value in manifest.mapping(*path).items():
            problem = _value_problem(value) if isinstance(value, str) else ""
            if problem:
                text = f'label "{key}" has the value "{_short(value)}" in {where(manifest, path)}; {problem}'
                yield report(manifest.value_at(*path, key), text)
            yield from _invalid_key(manifest, (*path, key), "label")
    for path in (_ANNOTATIONS, *_template_paths(manifest, _ANNOTATIONS)):
        for key in manifest.mapping(*path):
            yield from _invalid_key(manifest, (*path, key), "annotation")


def _label_paths(manifest: Manifest) -> Iterator[Path]:
    yield _LABELS
    yield from _template_paths(manifest, _LABELS)
    yield from _SELECTORS
    if manifest.kind in _PLAIN_SELECTORS:
        yield ("spec", "selector")


def _template_paths(manifest: Manifest, path: Path) -> Iterator[Path]:
    template = manifest.template if isinstance(manifest, Workload) else None
    if template is not None and template.path != manifest.path:
        yield (*template.path[len(manifest.path) :], *path)


def _invalid_key(manifest: Manifest, path: Path, what: str) -> Iterator[Report]:
    key = str(path[-1])
    # Of annotations, the server does not mind the case of prefixes.
    problem = _key_problem(key if what == "label" else key.lower())
    if problem:
        yield report(manifest.key_at(*path), f'{what} key "{_short(key)}" in {where(manifest, path[:-1])} {problem}')


def _value_problem(value: str) -> str:
    """Say why a text cannot be the value of a label; empty where it can, or nobody can tell."""
    if (len(value) <= _LONGEST and _VALUE.fullmatch(value)) or has_placeholder(value):
        return ""
    return _form_problem(value)


def _form_problem(text: str) -> str:
    if len(text) > _LONGEST:
        return f"it has {len(text)} characters, and {_LONGEST} are allowed"
    if not _ALLOWED.fullmatch(text):
        return "only letters, digits, dashes, underscores and dots are allowed"
    return "it must begin and end with a letter or digit"


# The same few keys stand in every manifest.
@lru_cache(maxsize=1024)
def _key_problem(key: str) -> str:
    """Say why a text cannot be the key of a label or annotation."""
    prefix, slash, name = key.partition("/")
    if not slash:
        prefix, name = "", key
    if has_placeholder(key) or key == "<<":
        return ""
    if slash and (len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix)):
        return "has a prefix that is no DNS name in lower case"
    if "/" in name:
        return "has more than one slash"
    if not name:
        return "has no name after its prefix" if slash else "is empty"
    if len(name) <= _LONGEST and _VALUE.fullmatch(name):
        return ""
    return f"is not valid: {_form_problem(name).replace('it ', 'its name ')}"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


# What the API server writes.

_SERVER_FIELDS = (
    "uid",
    "resourceVersion",
    "generation",
    "selfLink",
    "managedFields",
    "creationTimestamp",
    "deletionTimestamp",
)
_SERVER_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


# Tests have objects as a server would give them.
_FOLDERS_OF_TESTS = frozenset({"fixtures", "test", "testdata", "tests"})


@check("K8S128")
def server_managed_field(manifest: Manifest) -> Iterator[Report]:
    for path in _server_fields(manifest):
        if has_placeholder(manifest.string(*path)):
            continue
        edits = remove_key(manifest, path)
        name = f'annotation "{path[-1]}"' if len(path) > 2 else ".".join(map(str, path))
        text = f"{name} of {manifest.ref} is written by the API server and means nothing in a file"
        yield report(manifest.key_at(*path), text, fixes=[Fix("delete it", edits, safe=True)] if edits else [])


def _server_fields(manifest: Manifest) -> list[Path]:
    metadata, annotations = manifest.mapping("metadata"), manifest.mapping(*_ANNOTATIONS)
    paths: list[Path] = [("metadata", field) for field in _SERVER_FIELDS if metadata.get(field) is not None]
    if annotations:
        paths += [(*_ANNOTATIONS, key) for key in _SERVER_ANNOTATIONS if annotations.get(key) is not None]
    if "status" in manifest.value and _has_status(manifest):
        paths.append(("status",))
    in_tests = paths and not _FOLDERS_OF_TESTS.isdisjoint(manifest.document.path.split("/")[:-1])
    return [] if in_tests else paths


def _has_status(manifest: Manifest) -> bool:
    """Tell whether an object of Kubernetes itself has a status that says anything; generators write empty ones."""
    is_builtin = manifest.group in builtin_groups() and manifest.kind != "CustomResourceDefinition"
    return is_builtin and _says_something(manifest.get("status"))


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    if isinstance(value, list):
        return any(map(_says_something, value))
    return bool(value)
