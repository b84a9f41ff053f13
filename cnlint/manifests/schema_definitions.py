"""The schemas that come with cnlint: of Kubernetes' own kinds, version by version, and of well-known custom resources.

``schemas/kubernetes/definitions.tsv`` and ``schemas/crds/<project>.tsv`` hold a definition a line. A file is split into
lines when its first definition is asked for, a line is parsed when its definition is; nothing else is read.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from cnlint.data import schema_path

Schema = Mapping[str, Any]
Resolve = Callable[[str], Schema]

_ANYTHING: Schema = {}


@cache
def bundled_versions() -> tuple[tuple[int, int], tuple[int, int]]:
    """Give the oldest and the newest Kubernetes version whose schemas come with cnlint."""
    oldest, newest = (
        version.split(".") for version in json.loads(_lines("kubernetes/definitions.tsv")["#"])["versions"]
    )
    return (int(oldest[0]), int(oldest[1])), (int(newest[0]), int(newest[1]))


def bundled_version(version: tuple[int, int]) -> tuple[int, int]:
    """Give the Kubernetes version with schemas that is nearest to ``version``."""
    oldest, newest = bundled_versions()
    return min(max(version, oldest), newest)


@lru_cache(maxsize=2048)
def kubernetes_definition(name: str, version: tuple[int, int]) -> Schema | None:
    """Give a definition (``apps.v1.DeploymentSpec``, or ``apps/v1/Deployment`` for an object) as a version has it.

    ``version`` is one with schemas; see `bundled_version`. ``None``: the version has no such definition.
    """
    found = "null"
    for since, text in _variants(name):
        if since <= version:
            found = text
    schema: Schema | None = json.loads(found)
    return schema


def kubernetes_schema(name: str, version: tuple[int, int]) -> Schema:
    """Give a definition that another one refers to."""
    return kubernetes_definition(name, version) or _ANYTHING


def field_since(name: str, field: str) -> tuple[int, int] | None:
    """Give the first version in which a definition has a field, ``None`` when it never had."""
    for since, text in _variants(name):
        if field in (json.loads(text) or {}).get("properties", ()):
            return since
    return None


@lru_cache(maxsize=512)
def custom_resource(group: str, version: str, kind: str) -> tuple[str, Mapping[str, Any]] | None:
    """Give the project that defines a kind, and ``scope``, ``served``, ``deprecated`` and ``schema`` of the kind."""
    for project in custom_groups().get(group, ()):
        text = _lines(f"crds/{project}.tsv").get(f"{group}/{version}/{kind}")
        if text is not None:
            return project, json.loads(text)
    return None


@cache
def custom_groups() -> Mapping[str, tuple[str, ...]]:
    """Give the API groups of well-known custom resources, each with the projects that define kinds of it."""
    with open(schema_path("crds/index.json"), encoding="utf-8") as file:
        return {group: tuple(projects) for group, projects in json.load(file).items()}


@cache
def custom_kinds() -> Mapping[str, tuple[str, ...]]:
    """Give the kinds of well-known custom resources, each with its API versions."""
    found: dict[str, list[str]] = {}
    for project in {project for projects in custom_groups().values() for project in projects}:
        for name in _lines(f"crds/{project}.tsv"):
            api_version, _, kind = name.rpartition("/")
            if api_version:
                found.setdefault(kind, []).append(api_version)
    return {kind: tuple(sorted(set(versions))) for kind, versions in found.items()}


@cache
def custom_definition(project: str, name: str) -> Schema:
    """Give a part that schemas of one project share."""
    schema: Schema = json.loads(_lines(f"crds/{project}.tsv")[name])
    return schema


def _variants(name: str) -> list[tuple[tuple[int, int], str]]:
    """Split a line of the Kubernetes file into the contents that a definition had, and since which version."""
    parts = _lines("kubernetes/definitions.tsv").get(name, "").split("\t")
    return [((1, int(since)), text) for since, text in zip(parts[::2], parts[1::2], strict=False)]


@cache
def _lines(name: str) -> dict[str, str]:
    with open(schema_path(name), encoding="utf-8") as file:
        return dict(line.split("\t", 1) for line in file.read().splitlines())
