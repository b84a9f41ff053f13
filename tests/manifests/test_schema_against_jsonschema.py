"""The compiled schemas judge as the package jsonschema does with the schemas they were made from."""

import base64
import copy
import datetime
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint.manifests.schema import validator_for
from cnlint.manifests.schema_definitions import custom_definition, custom_resource

FIXTURES = Path(__file__).parent.parent / "fixtures" / "kubernetes"
BUILT_IN = list(yaml.safe_load_all((FIXTURES / "valid-objects.yaml").read_text()))
CUSTOM = list(yaml.safe_load_all((FIXTURES / "valid-custom-resources.yaml").read_text()))
VERSIONS = ((1, 25), (1, 31), (1, 37))


FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("byte", raises=ValueError)
def _is_byte(value: object) -> bool:
    return not isinstance(value, str) or bool(base64.b64decode(value, validate=True) or True)


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and bool(datetime.datetime.fromisoformat(value)))


def _name(manifest: dict[str, Any]) -> str:
    return f"{manifest['apiVersion']}/{manifest['kind']}"


@cache
def _strict_definitions(minor: int) -> dict[str, Any]:
    package = Path(importlib.util.find_spec("kubernetes_validate").origin).parent
    folder = package / "kubernetes-json-schema" / f"v1.{minor}.0-local-strict"
    return json.loads((folder / "_definitions.json").read_text())["$defs"]


@cache
def _reference(api_version: str, kind: str, minor: int) -> jsonschema.Draft202012Validator:
    """Take the strict schema as it is; only what status holds is nobody's business."""
    definitions = copy.copy(_strict_definitions(minor))
    group, _, version = api_version.rpartition("/")
    gvk = {"group": group, "kind": kind, "version": version}
    name = next(n for n, one in definitions.items() if one.get("x-kubernetes-group-version-kind") == [gvk])
    properties = {**definitions[name]["properties"], "status": {}}
    schema = {**definitions[name], "properties": properties, "$defs": definitions}
    return jsonschema.Draft202012Validator(schema, format_checker=FORMATS)


def _strict(schema: Any, project: str) -> Any:
    """Say in plain JSON Schema what a custom resource's schema means."""
    if isinstance(schema, list):
        return [_strict(one, project) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _strict(dict(custom_definition(project, schema["$ref"])), project)
    plain = dict(schema)
    for key in ("properties", "items", "additionalProperties"):
        if isinstance(plain.get(key), dict):
            inner = plain[key]
            plain[key] = (
                {name: _strict(one, project) for name, one in inner.items()}
                if key == "properties"
                else _strict(inner, project)
            )
    if plain.get("type") == "object" and not plain.get("x-kubernetes-preserve-unknown-fields"):
        plain.setdefault("additionalProperties", False)
    if plain.get("nullable"):
        plain = {"anyOf": [{"type": "null"}, plain]}
    return plain


@cache
def _custom_reference(api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    group, _, version = api_version.rpartition("/")
    project, resource = custom_resource(group, version, kind)
    schema = _strict({**resource["schema"], "type": "object"}, project)
    object_meta = _strict_definitions(37)["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
    schema["properties"] |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": object_meta,
        "status": {},
    }
    return jsonschema.Draft202012Validator({**schema, "$defs": _strict_definitions(37)}, format_checker=FORMATS)


def _paths(
    reference: jsonschema.Draft202012Validator, value: Any, without: str | None = None
) -> set[tuple[str | int, ...]]:
    """Give the places of all errors but those of one keyword; an unknown key is a place of its own."""
    places: set[tuple[str | int, ...]] = set()
    for error in reference.iter_errors(value):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            places |= {(*path, key) for key in error.instance if key not in error.schema.get("properties", {})}
        elif error.validator != without:
            places.add(path)
    return places


def _places_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in _places_in(item, (*path, key)))]


SCALARS = st.sampled_from(["text", "", "80", 3, 0, -1, 3.0, 0.5, True, "5s", "25%", "Always"])
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from(["name", "x"]), SCALARS, max_size=2)
)
FIELDS = st.sampled_from(
    ["name", "spec", "unknown", "replicas", "containers", "port", "labels", "selector", "type", "items"]
)


@st.composite
def _mutated(draw: st.DrawFn, manifest: dict[str, Any]) -> dict[str, Any]:
    """Change a valid manifest in up to three places."""
    value = copy.deepcopy(manifest)
    for _ in range(draw(st.integers(0, 3))):
        places = [place for place in _places_in(value) if place and place not in (("apiVersion",), ("kind",))]
        if not places:
            break
        path = draw(st.sampled_from(places))
        parent = value
        for step in path[:-1]:
            parent = parent[step]
        change = draw(st.sampled_from(["replace", "delete", "add", "rename"]))
        if change == "replace":
            parent[path[-1]] = draw(VALUES)
        elif change == "delete":
            del parent[path[-1]]
        elif isinstance(parent, dict):
            parent[draw(FIELDS)] = draw(VALUES) if change == "add" else parent.pop(path[-1])
    return value


@pytest.mark.parametrize("minor", range(25, 38))
@pytest.mark.parametrize("manifest", BUILT_IN, ids=_name)
def test_valid_objects_are_valid_in_every_version(manifest: dict[str, Any], minor: int) -> None:
    validator = validator_for(manifest["apiVersion"], manifest["kind"], (1, minor))
    assert validator is not None
    assert validator.validate(manifest) == []


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_objects_are_judged_as_by_jsonschema(version: tuple[int, int], data: st.DataObject) -> None:
    manifest = data.draw(st.sampled_from(BUILT_IN))
    value = data.draw(_mutated(manifest))
    value["metadata"].pop("creationTimestamp", None) if isinstance(value.get("metadata"), dict) else None
    validator = validator_for(value["apiVersion"], value["kind"], version)
    found = validator.validate(value)
    # The schemas of the package have lost the values of most enumerations.
    paths = {violation.path for violation in found if violation.kind != "enum"}
    assert paths == _paths(_reference(value["apiVersion"], value["kind"], version[1]), value, without="enum")
    assert validator.is_valid(value) == (not found)


@settings(max_examples=800, deadline=None)
@given(data=st.data())
def test_custom_resources_are_judged_as_by_jsonschema(data: st.DataObject) -> None:
    manifest = data.draw(st.sampled_from(CUSTOM))
    value = data.draw(_mutated(manifest))
    validator = validator_for(value["apiVersion"], value["kind"], (1, 37))
    found = {violation.path for violation in validator.validate(value)}
    assert found == _paths(_custom_reference(value["apiVersion"], value["kind"]), value)
    assert validator.is_valid(value) == (not found)
