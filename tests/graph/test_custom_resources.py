"""Custom resources are validated by the definitions that the project holds."""

import json
from typing import Any

import pytest

from cnlint.graph.snapshots import LONGEST_STRING

from graph_projects import MakeProject  # isort: skip


def definition(properties: dict[str, Any], **spec: Any) -> str:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    return json.dumps(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "shops.example.com"},
            "spec": {"group": "example.com", "names": {"kind": "Shop"}, "versions": versions, **spec},
        }
    )


def shop(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "a"}, "spec": spec}


def test_a_definition_of_the_project_makes_a_validator(project_of: MakeProject) -> None:
    [validator] = project_of({"crd.yaml": definition({"replicas": {"type": "integer"}})}).crd_validators(
        "example.com", "v1", "Shop"
    )
    assert validator.is_valid(shop(replicas=3))
    [violation] = validator.validate(shop(replicas="3"))
    assert (violation.kind, violation.path) == ("type", ("spec", "replicas"))
    [violation] = validator.validate(shop(replica=3))
    assert (violation.kind, violation.nearest) == ("unknown-field", "replicas")


@pytest.mark.parametrize(
    ("group", "version", "kind"),
    [("example.com", "v2", "Shop"), ("example.com", "v1", "Store"), ("example.org", "v1", "Shop"), ("", "v1", "Shop")],
)
def test_other_groups_versions_and_kinds_have_none(
    project_of: MakeProject, group: str, version: str, kind: str
) -> None:
    assert project_of({"crd.yaml": definition({})}).crd_validators(group, version, kind) == ()


def test_copies_of_a_definition_count_once_and_others_apart(project_of: MakeProject) -> None:
    first, other = definition({"replicas": {"type": "integer"}}), definition({"replicas": {"type": "string"}})
    described = definition({"replicas": {"type": "integer", "description": "How many."}})
    project = project_of({"a/crd.yaml": first, "b/crd.yaml": described, "c/crd.yaml": other})
    assert len(project.crd_validators("example.com", "v1", "Shop")) == 2


def test_a_definition_that_keeps_unknown_fields_proves_nothing(project_of: MakeProject) -> None:
    project = project_of({"crd.yaml": definition({}, preserveUnknownFields=True)})
    assert project.crd_validators("example.com", "v1", "Shop") == ()


@pytest.mark.parametrize("spec", ["[]", "{versions: v1}", "{names: Shop, versions: [1, {name: v1, schema: []}]}"])
def test_malformed_definitions_are_left_aside(project_of: MakeProject, spec: str) -> None:
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata: {{name: shops.example.com}}\nspec: {spec}\n"
    )
    assert project_of({"crd.yaml": text}).crd_validators("example.com", "v1", "Shop") == ()


def test_a_text_that_is_cut_is_at_least_so_long(project_of: MakeProject) -> None:
    project = project_of({"a.yaml": json.dumps(shop(text="x" * (LONGEST_STRING + 5)))})
    [found] = project.manifests("Shop", "example.com")
    assert len(found.string("spec", "text")) == LONGEST_STRING
