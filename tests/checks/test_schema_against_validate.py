"""What K8S105 and K8S106 refuse is what ``kubernetes-validate --strict`` refuses, and where the two part, who is right.

For every kind of Kubernetes a manifest is made up from the schema that comes with the other tool, as small as it may be
and with all its optional fields; then one thing in it is broken, so that both have the same one thing to find.
"""

import copy
import importlib.util
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils

from cnlint.data.api_versions import served_in
from cnlint.manifests.schema import validator_for
from cnlint.manifests.schema_definitions import bundled_versions, kubernetes_schema

Steps = tuple[str | int, ...]

_OLDEST, _NEWEST = bundled_versions()
_FIXTURES = Path(__file__).parent.parent / "fixtures" / "kubernetes"
_MUTANTS = 4
_DEEPEST = 7
# The other tool reads the same large file of definitions for each call.
_read_schema = utils.schema_contents


@pytest.fixture(autouse=True, scope="module")
def _schemas_are_read_once() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(utils, "schema_contents", cache(_read_schema))
    yield
    patch.undo()


class _Place(NamedTuple):
    """A place in a made-up manifest, and the schema of what stands there."""

    path: Steps
    schema: dict[str, Any]


@cache
def _definitions(version: tuple[int, int]) -> dict[str, Any]:
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "kubernetes-json-schema" / f"v{version[0]}.{version[1]}.0-local-strict"
    definitions: dict[str, Any] = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    return definitions


@cache
def _kinds(version: tuple[int, int]) -> dict[tuple[str, str], dict[str, Any]]:
    """Give the schemas of all kinds that the other tool knows and that can be applied, by API version and kind.

    Lists have no schema in cnlint, which judges their items one by one; the rest of what is left out are answers and
    options of the API, and what is asked of it through other objects.
    """
    served = served_in(version)
    found = {}
    for schema in _definitions(version).values():
        for one in schema.get("x-kubernetes-group-version-kind", ()):
            api_version = f"{one['group']}/{one['version']}".lstrip("/")
            if api_version in served.get(one["kind"], ()) and (api_version, one["kind"]) != _INTERNAL:
                found[api_version, one["kind"]] = schema
    return found


# The other tool has a definition of it, and no schema: servers keep it for themselves.
_INTERNAL = ("internal.apiserver.k8s.io/v1alpha1", "StorageVersion")


class _Sample:
    """A manifest made up from a schema, with all its places."""

    def __init__(self, api_version: str, kind: str, version: tuple[int, int], *, full: bool) -> None:
        self.places: list[_Place] = []
        self._definitions = _definitions(version)
        self._full = full
        schema = _kinds(version)[api_version, kind]
        # What status holds is nobody's business who writes manifests: cnlint does not look at it.
        properties = {name: one for name, one in schema["properties"].items() if name != "status"}
        required = [name for name in schema.get("required", ()) if name != "status"]
        self.value = self._make({**schema, "properties": properties, "required": required}, (), ())
        self.value |= {"apiVersion": api_version, "kind": kind}
        self.places = [place for place in self.places if place.path not in ((), ("apiVersion",), ("kind",))]
        for way in _enumerations(f"{api_version}/{kind}", version):
            _put(self.value, way.path, way.values[0])

    def _make(self, schema: dict[str, Any], path: Steps, seen: tuple[str, ...]) -> Any:
        reference = schema.get("$ref", "")
        if reference:
            seen = (*seen, reference)
            schema = self._definitions[reference.rpartition("/")[2]]
        self.places.append(_Place(path, schema))
        if "properties" in schema:
            return self._mapping(schema, path, seen)
        kind = schema.get("type") or next((one["type"] for one in schema.get("oneOf", ()) if "type" in one), "object")
        kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
        if kind == "array":
            return [self._make(schema["items"], (*path, 0), seen)]
        if kind == "object":
            others = schema.get("additionalProperties")
            return {"key": self._make(others, (*path, "key"), seen)} if isinstance(others, dict) else {}
        return _scalar(kind, schema)

    def _mapping(self, schema: dict[str, Any], path: Steps, seen: tuple[str, ...]) -> dict[str, Any]:
        made = {}
        for name, one in schema["properties"].items():
            is_wanted = self._full and len(path) < _DEEPEST and _reference(one) not in seen
            if is_wanted or name in schema.get("required", ()):
                made[name] = self._make(one, (*path, name), seen)
        return made


def _reference(schema: dict[str, Any]) -> str:
    while isinstance(schema.get("items"), dict):
        schema = schema["items"]
    return str(schema.get("$ref", "nothing"))


def _scalar(kind: str, schema: dict[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    texts = {"date-time": "2026-11-22T10:00:00Z", "byte": "dGV4dA=="}
    text = texts.get(schema.get("format", ""), "text")
    return {"string": text, "integer": 1, "number": 1, "boolean": True}[kind]


class _Enumeration(NamedTuple):
    """A field with listed values, and the way to it; the items of lists on the way have no index."""

    path: tuple[str, ...]
    values: list[str]


def _enumerations(
    name: str, version: tuple[int, int], path: tuple[str, ...] = (), seen: tuple[str, ...] = ()
) -> Iterator[_Enumeration]:
    """Yield the fields with listed values below a definition: cnlint knows the lists that the other tool has lost."""
    for field, one in kubernetes_schema(name, version).get("properties", {}).items():
        if (*path, field) in (("apiVersion",), ("kind",), ("status",)):
            continue
        inner = one
        while "items" in inner:
            inner = inner["items"]
        if "enum" in inner:
            yield _Enumeration((*path, field), inner["enum"])
        elif "$ref" in inner and inner["$ref"] not in seen and len(path) < _DEEPEST:
            yield from _enumerations(inner["$ref"], version, (*path, field), (*seen, inner["$ref"]))


def _put(value: Any, path: tuple[str, ...], item: Any) -> Steps | None:
    """Put a value at a place, in the first item of each list on the way; gives the exact path where there is one."""
    exact: Steps = ()
    for step in path[:-1]:
        if not isinstance(value, dict) or step not in value:
            return None
        value, exact = value[step], (*exact, step)
        while isinstance(value, list):
            value, exact = value[0], (*exact, 0)
    if not isinstance(value, dict) or path[-1] not in value:
        return None
    if isinstance(value[path[-1]], list):
        value[path[-1]][0] = item
        return (*exact, path[-1], 0)
    value[path[-1]] = item
    return (*exact, path[-1])


class _Mutant(NamedTuple):
    """A manifest in which one thing is wrong, and where that is."""

    what: str
    value: dict[str, Any]
    path: Steps


def _with(value: dict[str, Any], path: Steps, item: Any) -> dict[str, Any]:
    """Give a copy of a manifest with something else at a place."""
    changed = copy.deepcopy(value)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = item
    return changed


def _without(value: dict[str, Any], path: Steps) -> dict[str, Any]:
    changed = _with(value, path, None)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return changed


def _mutants(sample: _Sample, choose: random.Random) -> Iterator[_Mutant]:
    """Break a manifest in a few ways, at places that differ from kind to kind but not from run to run."""

    def some(places: list[_Place]) -> list[_Place]:
        return choose.sample(places, min(_MUTANTS, len(places)))

    closed = [place for place in sample.places if place.schema.get("additionalProperties") is False]
    for place in some(closed):
        path = (*place.path, "unheardOf")
        yield _Mutant("unknown field", _with(sample.value, path, "text"), path)
    typed = [place for place in sample.places if isinstance(place.schema.get("type"), str)]
    for place in some(typed):
        wrong = _WRONG[place.schema["type"]]
        yield _Mutant("wrong type", _with(sample.value, place.path, wrong), place.path)
    for place in some([place for place in sample.places if place.schema.get("required")]):
        field = choose.choice(place.schema["required"])
        yield _Mutant("missing field", _without(sample.value, (*place.path, field)), place.path)


_WRONG: dict[str, Any] = {
    "string": 5,
    "integer": "text",
    "number": "text",
    "boolean": "true",
    "array": "text",
    "object": "text",
}


def _peer_refuses_at(value: dict[str, Any], version: tuple[int, int]) -> Steps | None:
    """Give the place for which the other tool refuses a manifest, an unknown field by its own path."""
    try:
        kubernetes_validate.validate(value, f"{version[0]}.{version[1]}", strict=True)
    except kubernetes_validate.ValidationError as error:
        path = tuple(error.absolute_path)
        if error.validator != "additionalProperties":
            return path
        return (*path, next(key for key in error.instance if key not in error.schema["properties"]))
    return None


def _cnlint_refuses_at(value: dict[str, Any], version: tuple[int, int]) -> list[Steps]:
    validator = validator_for(value["apiVersion"], value["kind"], version)
    assert validator is not None
    found = validator.validate(value)
    assert validator.is_valid(value) == (not found)
    return [violation.path for violation in found]


def _names(version: tuple[int, int]) -> list[Any]:
    return [pytest.param(*name, id="/".join(name)) for name in sorted(_kinds(version))]


def test_both_know_the_same_kinds() -> None:
    served = {(api_version, kind) for kind, versions in served_in(_NEWEST).items() for api_version in versions}
    assert served - _kinds(_NEWEST).keys() == {_INTERNAL}
    assert len(served) > 70


@pytest.mark.parametrize(("api_version", "kind"), _names(_NEWEST))
@pytest.mark.parametrize("full", [False, True], ids=["smallest", "full"])
def test_valid_manifests_are_accepted_by_both(api_version: str, kind: str, full: bool) -> None:
    value = _Sample(api_version, kind, _NEWEST, full=full).value
    assert _peer_refuses_at(value, _NEWEST) is None
    assert _cnlint_refuses_at(value, _NEWEST) == []


@pytest.mark.parametrize(("api_version", "kind"), _names(_NEWEST))
def test_broken_manifests_are_refused_by_both_at_the_same_place(api_version: str, kind: str) -> None:
    sample = _Sample(api_version, kind, _NEWEST, full=True)
    for mutant in _mutants(sample, random.Random(f"{api_version}/{kind}")):
        assert _cnlint_refuses_at(mutant.value, _NEWEST) == [mutant.path], mutant.what
        assert _peer_refuses_at(mutant.value, _NEWEST) == mutant.path, mutant.what


@pytest.mark.parametrize(("api_version", "kind"), _names(_OLDEST))
def test_older_versions_are_judged_alike(api_version: str, kind: str) -> None:
    sample = _Sample(api_version, kind, _OLDEST, full=False)
    assert _peer_refuses_at(sample.value, _OLDEST) is None
    assert _cnlint_refuses_at(sample.value, _OLDEST) == []
    for mutant in _mutants(sample, random.Random(kind)):
        assert _cnlint_refuses_at(mutant.value, _OLDEST) == [mutant.path], mutant.what
        assert _peer_refuses_at(mutant.value, _OLDEST) == mutant.path, mutant.what


@pytest.mark.parametrize(
    "manifest",
    list(yaml.safe_load_all((_FIXTURES / "valid-objects.yaml").read_text(encoding="utf-8"))),
    ids=lambda one: f"{one['apiVersion']}/{one['kind']}",
)
def test_manifests_of_people_are_accepted_by_both(manifest: dict[str, Any]) -> None:
    manifest.pop("status", None)
    assert _peer_refuses_at(manifest, _NEWEST) is None
    assert _cnlint_refuses_at(manifest, _NEWEST) == []


# Where they part.


@pytest.mark.parametrize(("api_version", "kind"), _names(_NEWEST))
def test_values_that_no_list_has_are_refused_though_the_peer_may_not_know_the_list(api_version: str, kind: str) -> None:
    """The API server refuses ``restartPolicy: Sometimes``; most schemas of the other tool have lost their lists."""
    sample = _Sample(api_version, kind, _NEWEST, full=True)
    fields = list(_enumerations(f"{api_version}/{kind}", _NEWEST))
    for field in random.Random(kind).sample(fields, min(_MUTANTS, len(fields))):
        value = copy.deepcopy(sample.value)
        exact = _put(value, field.path, "Sometimes")
        if exact is not None:
            assert _cnlint_refuses_at(value, _NEWEST) == [exact]
            assert _peer_refuses_at(value, _NEWEST) in (None, exact)


def _secret(text: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"key": text}}


def _deployment(**spec: Any) -> dict[str, Any]:
    smallest = _Sample("apps/v1", "Deployment", _NEWEST, full=False).value
    return {**smallest, "spec": {**smallest["spec"], **spec}}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        # Formats are words to the other tool; the API server decodes bytes and times.
        pytest.param(_secret("no base64!"), ("data", "key"), id="plain text where base64 belongs"),
        pytest.param(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "creationTimestamp": "yesterday"}},
            ("metadata", "creationTimestamp"),
            id="no time",
        ),
        # Numbers of more than 32 bits do not fit the fields of Go.
        pytest.param(_deployment(replicas=2**31), ("spec", "replicas"), id="a number that is too large"),
    ],
)
def test_what_the_api_server_cannot_decode_is_refused_though_the_peer_accepts_it(
    value: dict[str, Any], path: Steps
) -> None:
    assert _cnlint_refuses_at(value, _NEWEST) == [path]
    assert _peer_refuses_at(value, _NEWEST) is None


def test_directives_of_patches_are_no_unknown_fields() -> None:
    """A strategic merge patch may hold ``$patch`` and ``$retainKeys`` anywhere; kustomize and kubectl read them."""
    value = _deployment(strategy={"$retainKeys": ["type"], "type": "Recreate"})
    assert _cnlint_refuses_at(value, _NEWEST) == []
    assert _peer_refuses_at(value, _NEWEST) == ("spec", "strategy", "$retainKeys")


def test_what_status_holds_is_not_judged() -> None:
    """The server does not take it from manifests; fields of newer servers stand there in exported objects."""
    value = _deployment() | {"status": {"unheardOf": 1}}
    assert _cnlint_refuses_at(value, _NEWEST) == []
    assert _peer_refuses_at(value, _NEWEST) == ("status", "unheardOf")
