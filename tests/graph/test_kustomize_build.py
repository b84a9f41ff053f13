"""What kustomizations make of objects: the same as the program does, with the place of everything."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint.graph.kustomize import Kustomizations
from cnlint.graph.kustomize_build import Rendering, render
from cnlint.graph.rendered import RenderedDocument
from cnlint.manifests.view import DocumentLike
from cnlint.syntax import yaml
from cnlint.syntax.source import Source

_OVERLAYS = Path(__file__).parent / "kustomize_overlays.yaml"


def read(text: str, path: str = "") -> list[yaml.Document]:
    return yaml.parse(Source(path, text), yaml.Dialect.KUBERNETES).documents


_CONTENT = read(_OVERLAYS.read_text(encoding="utf-8"))[0].value
_BASE: dict[str, str] = _CONTENT["base"]
_CASES: dict[str, Any] = {one["case"]: one for one in _CONTENT["cases"]}


def build(files: dict[str, str], folder: str = "overlay", *, whole: bool = True) -> Rendering:
    documents: dict[str, Sequence[DocumentLike]] = {path: read(text, path) for path, text in files.items()}
    found = [some[0] for path, some in documents.items() if path.endswith("/kustomization.yaml")]
    kustomizations = Kustomizations(found, files.__contains__, files.get)
    return render(kustomizations, kustomizations.by_folder[folder], documents.get, files.get, whole=whole)


def overlay(text: str, **more: str) -> dict[str, str]:
    files = {path.replace("__", "/").replace("_yaml", ".yaml"): content for path, content in more.items()}
    return {**_BASE, "overlay/kustomization.yaml": f"resources: [../base]\n{text}", **files}


def comparable(objects: list[Any], names: dict[str, str]) -> dict[Any, Any]:
    """Give objects without hashes of names; references by the names that are written, values of Secrets left out."""

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: written(item) for key, item in value.items()}
        if isinstance(value, list):
            return [written(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    found = {}
    for one in objects:
        name = without_hash(one["metadata"]["name"])
        content = written(one)
        content["metadata"]["name"] = name
        if one["kind"] == "Secret":
            content["data"] = sorted(one.get("data", {}))
        found[one["kind"], name, one["metadata"].get("namespace")] = content
    return found


def without_hash(name: str) -> str:
    return re.sub(r"-[0-9a-z]{10}$", "", name)


def names_of(rendering: Rendering, objects: list[Any]) -> dict[str, str]:
    """Give the names as they are written by those that objects end up with."""
    names = {built.names[-1]: built.names[0] for built in rendering.objects}
    for one in objects:
        name = one["metadata"]["name"]
        names[name] = names.get(without_hash(name), without_hash(name))
    return names


@pytest.mark.parametrize("name", _CASES)
def test_builds_what_the_program_builds(name: str) -> None:
    case = _CASES[name]
    rendering = build({**_BASE, **case["files"]})
    names = names_of(rendering, case["objects"])
    ours = json.loads(json.dumps([built.value for built in rendering.objects]))
    assert comparable(ours, names) == comparable(case["objects"], names)
    assert rendering.notes == []


@cache
def program() -> list[str] | None:
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            return command
    return None


@pytest.mark.skipif(program() is None, reason="neither kustomize nor kubectl is installed")
@pytest.mark.parametrize("name", _CASES)
def test_what_is_expected_is_what_the_installed_program_builds(name: str, tmp_path: Path) -> None:
    case = _CASES[name]
    for path, text in {**_BASE, **case["files"]}.items():
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    result = subprocess.run(
        [*(program() or ()), str(tmp_path / "overlay")],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    built = [document.value for document in read(result.stdout) if document.value]
    assert comparable(built, {}) == comparable(case["objects"], {})


# Places.


def place(rendering: Rendering, *path: str | int, kind: str = "Deployment") -> tuple[str, int]:
    """Give the file and the line that say what stands at a path of an object."""
    [built] = [one for one in rendering.objects if one.kind == kind]
    document, inner = RenderedDocument(built.document, built.root).source_of(path)
    return document.path, document.span(inner).line


_CONTAINER = ("spec", "template", "spec", "containers", 0)
_PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  template:
    spec:
      containers:
      - name: orders
        resources:
          limits: {memory: 1Gi}
        ports: null
"""
_BY_FILE = overlay("patches:\n- path: change.yaml\n", overlay__change_yaml=_PATCH)


def test_what_a_patch_says_is_placed_in_the_patch() -> None:
    rendering = build(_BY_FILE)
    assert place(rendering, *_CONTAINER, "resources", "limits", "memory") == ("overlay/change.yaml", 10)


def test_what_the_base_says_is_placed_in_the_base() -> None:
    assert place(build(_BY_FILE), *_CONTAINER, "image") == ("base/app.yaml", 12)


def test_what_is_absent_is_placed_at_the_parent_in_the_base() -> None:
    assert place(build(_BY_FILE), *_CONTAINER, "livenessProbe") == ("base/app.yaml", 11)


def test_what_a_patch_takes_away_is_placed_where_it_says_so() -> None:
    assert place(build(_BY_FILE), *_CONTAINER, "ports") == ("overlay/change.yaml", 11)


def test_patches_in_place_are_placed_in_the_kustomization() -> None:
    inline = "".join(f"    {line}\n" for line in _PATCH.splitlines())
    rendering = build(overlay(f"patches:\n- patch: |\n{inline}"))
    assert place(rendering, *_CONTAINER, "resources", "limits", "memory") == ("overlay/kustomization.yaml", 13)


def test_values_of_json_patches_are_placed_at_the_operation() -> None:
    operations = "- op: add\n  path: /spec/template/spec/hostNetwork\n  value: true\n"
    files = overlay("patches:\n- {path: change.yaml, target: {kind: Deployment}}\n", overlay__change_yaml=operations)
    assert place(build(files), "spec", "template", "spec", "hostNetwork") == ("overlay/change.yaml", 3)


def test_images_are_placed_at_the_entry_of_the_kustomization() -> None:
    rendering = build(overlay("images:\n- name: other\n- name: registry.example.com/orders\n  newTag: latest\n"))
    assert place(rendering, *_CONTAINER, "image") == ("overlay/kustomization.yaml", 4)


def test_replicas_labels_and_namespaces_are_placed_in_the_kustomization() -> None:
    text = "namespace: shop\nlabels:\n- pairs:\n    team: a\nreplicas:\n- name: orders\n  count: 5\n"
    rendering = build(overlay(text))
    file = "overlay/kustomization.yaml"
    assert place(rendering, "metadata", "namespace") == (file, 2)
    assert place(rendering, "metadata", "labels", "team") == (file, 5)
    assert place(rendering, "spec", "replicas") == (file, 8)


# What is left alone, and what is not understood.


def test_objects_that_nothing_changes_are_those_of_the_base() -> None:
    rendering = build(_BY_FILE)
    assert [(built.kind, built.is_changed) for built in rendering.objects] == [("Deployment", True), ("Service", False)]


def test_names_and_labels_can_be_left_as_they_are_written() -> None:
    files = overlay("namePrefix: a-\nnamespace: b\nlabels: [{pairs: {c: d}}]\nreplicas: [{name: orders, count: 5}]\n")
    deployment = build(files, whole=False).objects[0]
    assert deployment.value["metadata"] == {"name": "orders"}
    assert deployment.value["spec"]["replicas"] == 5
    assert (deployment.names[-1], deployment.namespaces[-1]) == ("a-orders", "b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("patches: [{path: absent.yaml}]", "absent.yaml is not applied: the patch cannot be read"),
        ("patches: [{path: broken.yaml}]", "broken.yaml is not applied: the patch cannot be read"),
        (
            "patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: x}}'}]",
            'patches.0 is not applied: no object is the Service "x" that it names',
        ),
        (
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: orders}, spec: 1}'}]",
            "patches.0 is not applied: a patch puts a value of another type",
        ),
        (
            'patches: [{target: {kind: Deployment}, patch: \'[{"op": "remove", "path": "/spec/x"}]\'}]',
            "patches.0 is not applied: nothing stands at /spec/x",
        ),
        (
            'patches: [{target: {kind: \'(a+)+$\'}, patch: \'[{"op": "remove", "path": "/spec/x"}]\'}]',
            "patches.0 is not applied: its target '(a+)+$' is not understood",
        ),
        (
            "replacements: [{source: {kind: Secret}, targets: []}]",
            "replacements[0] is not applied: its source is 0 objects",
        ),
    ],
)
def test_what_cannot_be_applied_is_said(text: str, reason: str) -> None:
    rendering = build(overlay(text + "\n", overlay__broken_yaml="a: ["))
    assert rendering.notes == [f"overlay/kustomization.yaml: {reason}"]


def test_a_json_patch_that_fails_changes_nothing() -> None:
    operations = '[{"op": "add", "path": "/spec/paused", "value": true}, {"op": "remove", "path": "/spec/x"}]'
    rendering = build(overlay(f"patches: [{{target: {{kind: Deployment}}, patch: '{operations}'}}]\n"))
    assert "paused" not in rendering.objects[0].value["spec"]


def test_kustomizations_that_build_upon_each_other_end() -> None:
    files = {f"{one}/kustomization.yaml": f"resources: [../{other}]\n" for one, other in (("a", "b"), ("b", "a"))}
    assert build(files, "a").objects == []


# Whatever stands in the files, building them ends and never fails.

_WORDS = [
    "orders",
    "Deployment",
    "spec.replicas",
    "/spec/x/0",
    "a=b",
    "base",
    "[name=x]",
    "*",
    "-1",
    "metadata.name",
    "",
]
_LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(_WORDS)
_KEY_WORDS = """name kind path patch target op from value count pairs newTag options select source targets
fieldPaths fieldPath delimiter index create reject labelSelector metadata spec $patch literals behavior containers
template subjects labels"""
_FIELD_WORDS = """patches patchesStrategicMerge patchesJson6902 images replicas replacements labels resources
commonLabels commonAnnotations namespace namePrefix configMapGenerator secretGenerator components generatorOptions"""
_KEYS = st.sampled_from(_KEY_WORDS.split())
_FIELDS = st.sampled_from(_FIELD_WORDS.split())
_ODD = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5))
_TARGET = st.fixed_dictionaries({"select": st.just({"kind": "Deployment"}), "fieldPaths": _ODD, "options": _ODD})


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_FIELDS, _ODD | st.lists(st.dictionaries(_KEYS, _ODD, max_size=6), max_size=2), max_size=4))
def test_no_kustomization_is_too_odd(fields: dict[str, Any]) -> None:
    text = json.dumps({"resources": ["../base"], **fields})
    for built in build({**_BASE, "overlay/kustomization.yaml": text}).objects:
        RenderedDocument(built.document, built.root).source_of(("spec", "template", "x", 0))


@settings(max_examples=300, deadline=None)
@given(_ODD, _ODD, st.lists(st.dictionaries(_KEYS, _ODD, max_size=6), max_size=2))
def test_no_object_and_no_patch_is_too_odd(metadata: Any, spec: Any, operations: list[Any]) -> None:
    head = {"apiVersion": "apps/v1", "kind": "Deployment"}
    everything = {
        "namespace": "n",
        "namePrefix": "p-",
        "commonLabels": {"a": "b"},
        "commonAnnotations": {"c": "d"},
        "images": [{"name": "x", "newTag": "1"}],
        "replicas": [{"name": "orders", "count": 1}],
        "patches": [
            {"target": {"kind": "Deployment"}, "patch": json.dumps(patch)}
            for patch in ({**head, "spec": spec, "metadata": metadata}, operations)
        ],
    }
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "subjects": spec}
    objects = [{**head, "metadata": metadata, "spec": spec}, binding]
    files = {
        "base/kustomization.yaml": "resources: [app.yaml]\n",
        "base/app.yaml": "\n---\n".join(json.dumps(one) for one in objects),
        "overlay/kustomization.yaml": json.dumps({"resources": ["../base"], **everything}),
    }
    assert [built.kind for built in build(files).objects] == [built.value["kind"] for built in build(files).objects]


@settings(max_examples=300, deadline=None)
@given(_ODD, _ODD, _ODD, st.lists(_TARGET, max_size=2) | _ODD)
def test_no_replacement_is_too_odd(path: Any, options: Any, reject: Any, targets: Any) -> None:
    source = {"kind": "Deployment", "fieldPath": path, "options": options}
    targets = (
        [{**one, "reject": reject} for one in targets if isinstance(one, dict)] if isinstance(targets, list) else 1
    )
    replacement = {"source": source, "targets": targets}
    files = {
        **_BASE,
        "overlay/kustomization.yaml": json.dumps({"resources": ["../base"], "replacements": [replacement]}),
    }
    assert len(build(files).objects) == 2
