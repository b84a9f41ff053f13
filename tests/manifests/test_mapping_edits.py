"""Edits that add entries to mappings and lists, or take them away."""

import pytest
from edits import edited

from cnlint.manifests.mapping_edits import add_item, add_key, remove_key
from cnlint.manifests.view import Path, View
from cnlint.syntax import yaml
from cnlint.syntax.source import Source


def view(text: str) -> View:
    return View(yaml.parse(Source("a.yaml", text), yaml.Dialect.KUBERNETES).documents[0])


def value(text: str) -> object:
    return view(text).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  b: 1\n", "a:\n  new: 2\n  b: 1\n"),
        ("a:\n  # why\n  b: 1 # so\n", "a:\n  # why\n  new: 2\n  b: 1 # so\n"),
        ("a: {b: 1}\n", "a: {new: 2, b: 1}\n"),
        ("a: { b: 1 }\n", "a: { new: 2, b: 1 }\n"),
        ("a: {}\n", "a: {new: 2}\n"),
        ("a: {\n  b: 1}\n", None),
        ("a:\n", None),
        ("a: 1\n", None),
        ("a: [1]\n", None),
        ("x: &x {b: 1}\na: *x\n", None),
    ],
)
def test_a_key_is_written_first(text: str, expected: str | None) -> None:
    edits = add_key(view(text), ("a",), "new: 2")
    assert (edited(text, edits) if edits else None) == expected


def test_a_key_is_written_first_in_an_item_of_a_list() -> None:
    text = "- b: 1\n  c: 2\n"
    assert edited(text, add_key(view(text), (0,), "new: 3")) == "- new: 3\n  b: 1\n  c: 2\n"


def test_several_lines_are_indented_like_the_mapping() -> None:
    text = "a:\n    b: 1\n"
    assert edited(text, add_key(view(text), ("a",), "new:\n  x: 1")) == "a:\n    new:\n      x: 1\n    b: 1\n"


@pytest.mark.parametrize("text", ["a: {b: 1}\n", "a: {}\n"])
def test_several_lines_do_not_fit_a_mapping_in_flow_style(text: str) -> None:
    assert add_key(view(text), ("a",), "new:\n  x: 1") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  - x\n  - y\n", "a:\n  - new\n  - x\n  - y\n"),
        ("a:\n- x\n", "a:\n- new\n- x\n"),
        ("a: [x, y]\n", "a: [new, x, y]\n"),
        ("a:\n  -   x\n", None),
        ("a:\n  - b: 1\n", "a:\n  - new\n  - b: 1\n"),
        ("a: []\n", None),
        ("a: x\n", None),
    ],
)
def test_an_item_is_written_first(text: str, expected: str | None) -> None:
    edits = add_item(view(text), ("a",), "new")
    assert (edited(text, edits) if edits else None) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  b: 1\n  c: 2 # why\n  d: 3\n", ("a", "c"), "a:\n  b: 1\n  d: 3\n"),
        ("a:\n  b: 1\n  c: 2", ("a", "c"), "a:\n  b: 1\n"),
        ("- c: 2\n  b: 1\n", (0, "c"), "- b: 1\n"),
        ("- b:\n    x: 1 # why\n  c: 2\n", (0, "c"), "- b:\n    x: 1 # why\n"),
        ("a: {b: 1, c: 2}\n", ("a", "b"), "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", ("a", "c"), "a: {b: 1}\n"),
        ("a: {b: 1,\n  c: 2}\n", ("a", "c"), "a: {b: 1}\n"),
        ("a: {c: 2}\n", ("a", "c"), None),
        ("a: {b: 1, c: [2]}\n", ("a", "c"), None),
        ("a: {b: 1}\n", ("a", "c"), None),
    ],
)
def test_an_entry_is_taken_away(text: str, path: Path, expected: str | None) -> None:
    edits = remove_key(view(text), path)
    assert (edited(text, edits) if edits else None) == expected


def test_what_is_written_reads_as_what_was_meant() -> None:
    text = "spec:\n  policy: {automated: {prune: true}}\n  list:\n    - a: 1\n      b: 2\n"
    added = edited(text, add_key(view(text), ("spec", "policy", "automated"), "selfHeal: true"))
    assert value(added) == {
        "spec": {"policy": {"automated": {"selfHeal": True, "prune": True}}, "list": [{"a": 1, "b": 2}]}
    }
