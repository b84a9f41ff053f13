"""Tables of published actions."""

import json
import re
from pathlib import Path

import pytest

import cnlint.data
from cnlint.data import table
from cnlint.data.actions import installed_tool, interface_of, runtime_of

TABLES = ["actions", "action-runtimes", "tool-actions", "delivery", "untrusted-inputs"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_names_its_source_and_date(name):
    assert table(name)["source"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", table(name)["date"])


@pytest.mark.parametrize("name", ["actions", "action-runtimes", "tool-actions"])
def test_names_of_actions_are_in_lower_case_and_in_order(name):
    names = list(table(name)["actions"])
    assert names == [one.lower() for one in names]


def test_a_version_with_the_same_interface_as_another_one_has_it():
    text = (Path(cnlint.data.__file__).parent / "actions.json").read_text()
    assert json.loads(text)["actions"]["actions/add-to-project"]["v1.0.2"] == "v1.0.1"
    found = interface_of("actions/add-to-project", "v1.0.2", 1)
    assert found is not None
    assert "project-url" in found.required


def test_a_minor_version_has_the_interface_of_its_major():
    found = interface_of("actions/setup-go", "v6.1.0", 6)
    assert found is not None
    assert "go-version-file" in found.inputs


@pytest.mark.parametrize(("ref", "major"), [("v99", 99), ("main", None)])
def test_unknown_versions_have_no_interface(ref, major):
    assert interface_of("actions/setup-go", ref, major) is None


@pytest.mark.parametrize(
    ("name", "ref", "major", "runtime"),
    [
        ("actions/checkout", "v3", 3, "removed"),
        ("actions/checkout", "v4", 4, "node20"),
        ("actions/checkout", "v5", 5, None),
        ("actions/upload-artifact", "v3-node20", None, None),
        ("marvinpinto/action-automatic-releases", "latest", None, "removed"),
        ("acme/unknown", "v1", 1, None),
    ],
)
def test_the_runtime_of_a_version_is_known_where_it_is_retired(name, ref, major, runtime):
    found = runtime_of(name, ref, major)
    assert (found.name if found else None) == runtime


def test_no_version_is_on_two_runtimes():
    for entry in table("action-runtimes")["actions"].values():
        assert not set(entry.get("removed", ())) & set(entry.get("node20", ()))
        assert entry.get("node24") is None or entry["node24"] > max(entry.get("node20", [0]))


@pytest.mark.parametrize(("major", "default"), [(5, "latest"), (6, "~> v2"), (None, "~> v2")])
def test_the_tool_that_is_installed_hangs_on_the_version_of_the_action(major, default):
    found = installed_tool("goreleaser/goreleaser-action", major)
    assert found is not None
    assert found.default == default
