"""Validators of Kubernetes objects and custom resources, one for each kind and Kubernetes version.

Schemas come from Kubernetes itself (`cnlint.manifests.schema_definitions`), from projects whose custom resources are
widely used, and from CustomResourceDefinitions.
"""

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from cnlint.manifests.schema_compiler import Check, Compiler
from cnlint.manifests.schema_definitions import (
    Schema,
    bundled_version,
    custom_definition,
    custom_resource,
    kubernetes_definition,
    kubernetes_schema,
)
from cnlint.manifests.structural_schema import of_object, schema_of_version, structural

if TYPE_CHECKING:
    from cnlint.manifests.schema_violations import Violation


class Validator:
    """Checks objects of one kind."""

    __slots__ = ("_check", "_compiler", "_schema")

    def __init__(self, schema: Schema, compiler: Compiler) -> None:
        self._schema = schema
        self._compiler = compiler
        self._check: Check = compiler.compile(schema)

    def is_valid(self, value: Any) -> bool:
        """Tell whether an object is as its schema asks."""
        return self._check(value)

    def validate(self, value: Any) -> "list[Violation]":
        """Give all places where an object contradicts its schema, in the order of the document."""
        if self._check(value):
            return []
        from cnlint.manifests.schema_violations import violations

        return violations(self._compiler, self._schema, value)


def validator_for(api_version: str, kind: str, kubernetes_version: tuple[int, int]) -> Validator | None:
    """Give the validator of a kind, ``None`` when no schema comes with cnlint.

    A Kubernetes version older or newer than all bundled ones is taken for the nearest one. Kinds that the version does
    not serve have no schema.
    """
    group, _, version = api_version.rpartition("/")
    return _validator(group, version, kind, bundled_version(kubernetes_version))


@cache
def _kubernetes(version: tuple[int, int]) -> Compiler:
    return Compiler(partial(kubernetes_schema, version=version))


@lru_cache(maxsize=512)
def _validator(group: str, version: str, kind: str, kubernetes_version: tuple[int, int]) -> Validator | None:
    name = f"{group}/{version}/{kind}" if group else f"{version}/{kind}"
    schema = kubernetes_definition(name, kubernetes_version)
    if schema is not None:
        return Validator(schema, _kubernetes(kubernetes_version))
    found = custom_resource(group, version, kind) if "." in group else None
    if found is None:
        return None
    project, resource = found
    return Validator(of_object(resource["schema"]), _compiler_of_project(project, kubernetes_version))


@cache
def _compiler_of_project(project: str, version: tuple[int, int]) -> Compiler:
    def resolve(name: str) -> Schema:
        # Only names of Kubernetes' own definitions have dots.
        return kubernetes_schema(name, version) if "." in name else custom_definition(project, name)

    return Compiler(resolve)


def validator_from_crd(definition: Any, version: str, kubernetes_version: tuple[int, int]) -> Validator | None:
    """Give the validator that a CustomResourceDefinition makes for one of its versions.

    ``None`` when the definition has no such version or no schema for it. The definition comes from a user's repository,
    so what is malformed in it is left aside, and so are patterns: those of unknown authors may take forever.
    """
    schema = schema_of_version(definition, version)
    if schema is None:
        return None
    return Validator(of_object(structural(schema, patterns=False)), _kubernetes(bundled_version(kubernetes_version)))
