import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.manifests.images import ImageReference

DIGEST = "sha256:" + "4b" * 32


@pytest.mark.parametrize(
    ("text", "name", "tag", "digest"),
    [
        ("nginx", "docker.io/library/nginx", None, None),
        ("nginx:1.29", "docker.io/library/nginx", "1.29", None),
        ("index.docker.io/nginx", "docker.io/library/nginx", None, None),
        ("team/app", "docker.io/team/app", None, None),
        ("localhost/app:1", "localhost/app", "1", None),
        ("localhost:5000/app", "localhost:5000/app", None, None),
        ("localhost:5000/app:1", "localhost:5000/app", "1", None),
        ("registry.example.com/a/b/c_d:v1.0-rc.1", "registry.example.com/a/b/c_d", "v1.0-rc.1", None),
        (f"ghcr.io/team/app@{DIGEST}", "ghcr.io/team/app", None, DIGEST),
        (f"ghcr.io/team/app:1.0@{DIGEST}", "ghcr.io/team/app", "1.0", DIGEST),
        ("[::1]:5000/app:1", "[::1]:5000/app", "1", None),
    ],
)
def test_a_reference_is_taken_apart(text: str, name: str, tag: str | None, digest: str | None) -> None:
    image = ImageReference.parse(text)
    assert image.is_known
    assert (image.name, image.tag, image.digest) == (name, tag, digest)


@pytest.mark.parametrize(
    ("text", "name", "tag", "has_tag"),
    [
        ("ghcr.io/team/app:${TAG:-latest}", "ghcr.io/team/app", None, True),
        ("ghcr.io/team/app:{{ .Values.tag }}", "ghcr.io/team/app", None, True),
        ("ghcr.io/${{ github.repository }}:1.0", None, "1.0", True),
        ("${REGISTRY}/app:1.0", None, "1.0", True),
        ("$IMAGE", None, None, False),
        ("ghcr.io/team/app:1.0-<sha>", "ghcr.io/team/app", None, True),
        ("<image>", None, None, False),
        ("__IMAGE__:1", None, "1", True),
    ],
)
def test_what_a_variable_hides_is_unknown_and_the_rest_is_not(
    text: str, name: str | None, tag: str | None, has_tag: bool
) -> None:
    image = ImageReference.parse(text)
    assert not image.is_known
    assert (image.name, image.tag, image.has_tag) == (name, tag, has_tag)


@pytest.mark.parametrize(
    "text", ["", "IMAGE", "a//b", "app:", "app@sha256:12", ":1", "a b", "-app", "ko://example.com/cmd"]
)
def test_what_is_no_reference_is_not_known(text: str) -> None:
    assert not ImageReference.parse(text).is_known


def test_double_underscores_within_a_name_are_no_placeholder() -> None:
    assert ImageReference.parse("team/a__b__c:1").name == "docker.io/team/a__b__c"


@given(st.text(alphabet="aA:/@.${}<>%_-0"))
def test_no_text_raises_and_the_text_is_kept(text: str) -> None:
    assert ImageReference.parse(text).text == text


@pytest.mark.parametrize(
    ("text", "place", "is_within"),
    [
        ("nginx:1", "docker.io", True),
        ("nginx:1", "nginx", True),
        ("nginx:1", "docker.io/library", True),
        ("nginx:1", "docker.io/nginx:1", True),
        ("nginx:1", "nginx:2", False),
        ("nginxx", "nginx", False),
        ("bitnami/redis", "bitnami", True),
        ("ghcr.io/example/app:1", "ghcr.io/example", True),
        ("ghcr.io/example/app:1", "ghcr.io/example/", True),
        ("ghcr.io/examples/app:1", "ghcr.io/example", False),
        ("ghcr.io/examples/app:1", "ghcr.io/example*", True),
        ("registry.example.com:5000/app", "registry.example.com", False),
        ("registry.example.com/app", "*.example.com", True),
        ("registry.example.com.evil.example/app", "registry.example.com", False),
        ("${REGISTRY}/app", "ghcr.io", None),
        ("ghcr.io/${TEAM}/app", "ghcr.io", True),
        ("ghcr.io/${TEAM}/app", "ghcr.io/example", None),
        ("ghcr.io/${TEAM}/app", "quay.io/example", False),
        ("example/app", "", False),
    ],
)
def test_an_image_is_within_a_registry_or_repository(text: str, place: str, is_within: bool | None) -> None:
    assert ImageReference.parse(text).is_within(place) is is_within
