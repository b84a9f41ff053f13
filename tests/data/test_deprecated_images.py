"""Images that are no longer kept up."""

import datetime

import pytest

from cnlint.data import table
from cnlint.data.deprecated_images import deprecation_of
from cnlint.manifests.images import ImageReference


@pytest.mark.parametrize(
    ("name", "tag", "why", "replacement"),
    [
        ("openjdk", "17", "eclipse-temurin takes its place", None),
        ("openjdk", None, "eclipse-temurin takes its place", None),
        ("k8s.gcr.io/a/b", "1", "registry.k8s.io/a/b takes its place", "registry.k8s.io/a/b"),
        ("circleci/node", "1", "cimg/node takes its place", None),
        ("centos", "7", "CentOS Linux has ended", None),
    ],
)
def test_a_deprecated_image_has_a_successor(name: str, tag: str | None, why: str, replacement: str | None) -> None:
    found = deprecation_of(name, tag)
    assert found is not None
    assert (found.why, found.replacement) == (why, replacement)


@pytest.mark.parametrize(
    ("name", "tag"), [("golang", "1.27"), ("openjdk", "27-ea-slim"), ("example/openjdk", "17"), ("k8s.gcr.io", "1")]
)
def test_other_images_are_kept_up(name: str, tag: str) -> None:
    assert deprecation_of(name, tag) is None


def test_the_table_is_sound() -> None:
    contents = table("deprecated-images")
    datetime.date.fromisoformat(contents["date"])
    for name, entry in contents["images"].items():
        assert set(entry) in ({"successor"}, {"successor", "same_tags"}, {"successor", "kept_tags"}, {"why", "use"}), (
            name
        )
        pattern = ImageReference.parse(name.replace("*", "x"))
        assert pattern.familiar_name == name.replace("*", "x"), name
        successor = entry.get("successor")
        if successor is not None:
            assert ImageReference.parse(successor.replace("*", "x")).is_known, name
            # A successor that is deprecated itself would send people round.
            assert deprecation_of(successor.replace("*", "x"), None) is None, name
