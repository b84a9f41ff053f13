"""Mounts of RUN instructions."""

import pytest

from cnlint.findings import Place
from cnlint.manifests.dockerfile import Instruction, read_dockerfile
from cnlint.manifests.dockerfile_mounts import Mount
from cnlint.syntax.source import Source


def instruction(text: str) -> Instruction:
    return read_dockerfile(Source("Dockerfile", text)).dockerfile.instructions[-1]


def mount(text: str) -> Mount:
    return instruction(f"FROM a\nWORKDIR /app\nARG DIR=/var\nARG OTHER\nRUN --mount={text} make\n").mounts[0]


def columns(place: Place) -> str:
    span = place.span
    return f"{span.column}-{span.end_column}"


def test_a_run_has_its_mounts_in_order() -> None:
    run = instruction("FROM a\nRUN --mount=type=cache,target=/x --network=none --mount=type=ssh make\n")
    assert [one.type for one in run.mounts] == ["cache", "ssh"]


@pytest.mark.parametrize(
    "text", ["FROM a\nCOPY --mount=type=cache x /x\n", "FROM a\nRUN make\n", "FROM a\nRUN --mount\n"]
)
def test_no_other_instruction_has_mounts(text: str) -> None:
    assert instruction(text).mounts == []


def test_a_mount_is_read_before_the_first_stage_too() -> None:
    assert instruction("RUN --mount=type=cache,target=/x make\n").mounts[0].target == "/x"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("target=/x", "bind"), ("type=CACHE", "cache"), ("type=tmpfs,target=/x", "tmpfs"), ("type=$OTHER", None)],
)
def test_the_type_is_bind_unless_it_is_given(text: str, kind: str | None) -> None:
    assert mount(text).type == kind


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("type=cache,target=/x/", "/x/"),
        ("type=cache,dst=x", "/app/x"),
        ("type=cache,destination=$DIR/x", "/var/x"),
        ("type=cache,target=$OTHER/x", None),
        ("type=secret,id=x", None),
        ("type=cache,Target=/x", "/x"),
    ],
)
def test_the_target_is_an_absolute_path(text: str, target: str | None) -> None:
    assert mount(text).target == target


def test_source_and_from_are_as_written() -> None:
    one = mount("from=$DIR,src=lib,target=/x")
    assert (one.from_, one.source) == ("$DIR", "lib")


def test_a_key_alone_is_given_without_value() -> None:
    one = mount("target=/x,readonly")
    assert one.has("ro", "readonly") and one.get("readonly") == ""
    assert not one.has("required") and one.get("required") is None


def test_the_last_of_a_key_counts() -> None:
    assert mount("id=a,id=b").get("id") == "b"


def test_places_of_fields_and_values() -> None:
    one = mount("type=cache,target=/x")
    assert columns(one.place("target")) == "24-33"
    assert columns(one.value_place("target")) == "31-33"
    assert columns(one.place("missing")) == "5-33"


def test_in_quotes_every_field_stands_at_the_flag() -> None:
    one = mount('"type=cache,target=/x"')
    assert one.target == "/x"
    assert columns(one.place("target")) == columns(one.place())
    assert columns(one.value_place("type")) == columns(one.place())


@pytest.mark.parametrize("text", [",", "=", ",=,", "type", "target", "from=", "target=${", "\\"])
def test_odd_mounts_have_views(text: str) -> None:
    run = instruction(f"FROM a\nRUN --mount={text} make\n")
    for one in run.mounts:
        assert one.type is None or isinstance(one.type, str)
        assert one.target is None or one.target.startswith("/")
        assert one.value_place("target", "from").span.line == 2
