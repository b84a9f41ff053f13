"""Snapshots give back the positions of the documents that they were taken of."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint.graph.snapshot_writer import LONGEST_STRING, encode_documents
from cnlint.graph.snapshots import Snapshot, decode_snapshots, pack, unpack
from cnlint.manifests.view import Path
from cnlint.syntax import yaml
from cnlint.syntax.source import Source

PARTS = ("entry", "key", "value")


def documents_of(text: str, dialect: yaml.Dialect = yaml.Dialect.KUBERNETES) -> list[yaml.Document]:
    return yaml.parse(Source("a.yaml", text), dialect).documents


def snapshots_of(text: str) -> list[Snapshot]:
    return decode_snapshots("a.yaml", encode_documents(documents_of(text)))


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))


def assert_same(document: yaml.Document, snapshot: Snapshot) -> None:
    for path in paths_of(snapshot.value):
        for part in PARTS:
            assert snapshot.span(path, part) == document.span(path, part), (path, part)
        text = document.text(path)
        assert snapshot.text(path) == text, path
        for offset in range(0, len(text or ""), 3):
            assert snapshot.locate(path, offset, 2) == document.locate(path, offset, 2), (path, offset)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "key: value\n",
        "key:\n",
        "- a\n- b: 1\n  c: 2\n-\n- - x\n  - y\n-   # nothing\n- [1, 2]\n- {a: 1,\n   b: 2}\n",
        "a: |\n  one\n   two\n\n  three\nb: >-\n  folded\n  text\n\n  more\nc: |+\n  kept\n\n",
        "- |\n  block\n  text\n- >\n  folded\n- 'single\n  broken'\n- \"double \\\n  broken \\u00e9\"\n",
        "- plain\n  broken\n- x\n",
        "a: 'it''s'\nb: \"tab\\tand \\\"quote\\\"\"\nc: ''\nd: \"\"\n",
        "base: &base {x: 1, y: text}\nother:\n  <<: *base\n  z: *base\nlist: [*base]\ns: &s some text\nt: *s\n",
        "a: 1\nb: 2\na: 3\n",
        "a: 010\nb: 1.20\nc: yes\nd: ~\ne: null\nf: !!str 5\ng: 1e3\nh: .inf\ni: True\n",
        "? complex\n: value\n\"quoted key\": 1\n'other': [a, b]\n&k anchored: !local tagged\n",
        "--- # first\na: 1\n---\nb:\n  - 2\n...\n--- |\n text\n",
        "a: 1\r\nb:\r\n  - x\r\n  - y: |\r\n      one\r\n      two\r\n",
        '{"json": [1, 2.5, "x\\n", null, true], "empty": {}}\n',
        "a: 1\nb: x\n---\nbroken: [\n---\nafter: 1\n",
        "broken: [\n---\na: 1\nb:\n  - 2\n---\nc: [\n---\nd: 1\n",
        "über: größe\nlist:\n  - 日本: 語\n",
    ],
)
def test_every_position_survives(text: str) -> None:
    documents = documents_of(text)
    snapshots = decode_snapshots("a.yaml", encode_documents(documents))
    assert len(snapshots) == len(documents)
    for document, snapshot in zip(documents, snapshots, strict=True):
        assert snapshot.value == document.value
        assert_same(document, snapshot)


SCALARS = st.sampled_from(
    [
        "x",
        "8080",
        "'q''q'",
        '"a\\nb"',
        "true",
        "1.20",
        "",
        "~",
        "|\n@ one\n@  two\n",
        ">-\n@ one\n@ two\n",
        "&a v",
        "!t v",
    ]
)


@st.composite
def yaml_texts(draw: Any, depth: int = 0) -> str:
    """A value in block style, each line below its key indented by the ``@`` that the caller replaces."""
    kind = draw(st.sampled_from(["scalar", "mapping", "sequence"])) if depth < 3 else "scalar"
    if kind == "scalar":
        return draw(SCALARS) + ("" if depth else "\n")
    lines = []
    for number in range(draw(st.integers(1, 3))):
        inner = draw(yaml_texts(depth + 1))
        nested = inner.endswith("\n") and not inner.startswith(("|", ">"))
        if nested:
            inner = "".join(f"  {line}\n" for line in inner.splitlines())
        else:
            inner = inner.replace("@", " ")
        lead = f"k{number}:" if kind == "mapping" else "-"
        separator = "\n" if nested else " "
        lines.append(f"{lead}{separator}{inner}".rstrip("\n") + "\n")
    return "".join(lines)


@settings(max_examples=150, deadline=None)
@given(yaml_texts(), st.sampled_from(["", "# comment\n\n", "---\nfirst: 1\n---\n"]))
def test_positions_of_generated_documents_survive(text: str, before: str) -> None:
    documents = documents_of(before + text)
    for document, snapshot in zip(documents, decode_snapshots("a.yaml", encode_documents(documents)), strict=True):
        assert_same(document, snapshot)


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
  managedFields: [{manager: kubectl}]
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"a": 1}'
    team: blue
spec:
  template:
    spec:
      containers: [{name: orders, image: orders:1}]
status:
  replicas: 3
"""


def test_what_the_server_adds_is_left_out() -> None:
    [snapshot] = snapshots_of(DEPLOYMENT)
    assert "status" not in snapshot.value
    assert list(snapshot.value["metadata"]) == ["name", "namespace", "annotations"]
    assert snapshot.value["metadata"]["annotations"] == {
        "kubectl.kubernetes.io/last-applied-configuration": "",
        "team": "blue",
    }
    [document] = documents_of(DEPLOYMENT)
    for path in paths_of(snapshot.value):
        assert snapshot.span(path) == document.span(path)


def test_what_is_absent_is_shown_at_its_nearest_present_parent() -> None:
    [snapshot] = snapshots_of(DEPLOYMENT)
    [document] = documents_of(DEPLOYMENT)
    path = ("spec", "template", "spec", "containers", 0, "resources", "limits")
    for part in PARTS:
        assert snapshot.span(path, part) == document.span(path, part)
    assert snapshot.span(("spec", "template", "spec", "containers", -1)) == document.span(
        ("spec", "template", "spec", "containers", 0)
    )
    assert snapshot.text(path) is None


def test_the_header_names_the_objects_of_lists_and_what_has_pods() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: b}}\n- "
    )
    [snapshot] = snapshots_of(text + "{apiVersion: x.io/v1, kind: Odd, spec: {template: {spec: {containers: []}}}}\n")
    service, odd = snapshot.resources
    assert (service.path, service.kind, service.namespace, service.name) == (("items", 0), "Service", "b", "a")
    assert (odd.group, odd.has_pods, service.has_pods) == ("x.io", True, False)


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_values_of_configuration_are_not_kept(kind: str) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\ndata:\n  key: hunter2\n  other: |\n    long\n"
    facts = encode_documents(documents_of(text))
    assert "hunter2" not in facts and "long" not in facts
    [snapshot] = decode_snapshots("a.yaml", facts)
    assert snapshot.value["data"] == {"key": "", "other": ""}
    assert snapshot.span(("data", "other")) == documents_of(text)[0].span(("data", "other"))


def test_long_strings_of_manifests_are_cut_and_those_of_workflows_are_not() -> None:
    text = "x" * (LONGEST_STRING + 1)
    [manifest] = snapshots_of(f"apiVersion: v1\nkind: Odd\nspec: {text}\n")
    assert len(manifest.value["spec"]) == LONGEST_STRING
    [workflow] = snapshots_of(f"on: push\nrun: {text}\n")
    assert workflow.value["run"] == text


def test_schemas_of_custom_resources_are_kept_without_their_texts() -> None:
    schema = {
        "type": "object",
        "description": "long",
        "properties": {
            "description": {"type": "string", "description": "long", "pattern": "^a*$"},
            "pattern": {"type": "array", "items": {"type": "string", "title": "long"}},
        },
        "anyOf": [{"required": ["description"], "description": "long"}],
    }
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
        f"spec: {{versions: [{{name: v1, schema: {{openAPIV3Schema: {schema}}}}}]}}\n"
    )
    [version] = snapshots_of(text)[0].value["spec"]["versions"]
    assert version["schema"]["openAPIV3Schema"] == {
        "type": "object",
        "properties": {
            "description": {"type": "string"},
            "pattern": {"type": "array", "items": {"type": "string"}},
        },
        "anyOf": [{"required": ["description"]}],
    }


def test_kinds_that_a_missing_separator_hides_are_noted() -> None:
    text = "apiVersion: v1\nkind: ConfigMap # first\nmetadata: {name: a}\napiVersion: v1\nkind: Secret\n"
    [snapshot] = snapshots_of(text)
    assert snapshot.hidden_kinds == ["ConfigMap"]
    assert [resource.kind for resource in snapshot.resources] == ["Secret"]


def test_facts_are_lines_of_json() -> None:
    facts = encode_documents(documents_of(DEPLOYMENT + "---\na: 1\n"))
    assert len([json.loads(line) for line in facts.split("\n")]) == 5


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_numbers_survive_packing(numbers: list[int]) -> None:
    assert list(unpack(pack(numbers))) == numbers
