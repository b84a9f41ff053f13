"""Views of Dockerfiles: stages, inherited state, variables, copies, commands and the summary."""

import json

import pytest

from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import (
    Dockerfile,
    DockerfileProblem,
    Instruction,
    ParsedDockerfile,
    Stage,
    joined,
    read_dockerfile,
)
from cnlint.manifests.dockerfile_summary import DockerfileSummary
from cnlint.syntax.source import Source, Span


def parsed(text: str) -> ParsedDockerfile:
    return read_dockerfile(Source("Dockerfile", text))


def dockerfile(text: str) -> Dockerfile:
    return parsed(text).dockerfile


def final(text: str) -> Stage:
    stage = dockerfile(text).last_stage
    assert stage is not None
    return stage


def last_word(text: str) -> str | None:
    return dockerfile(text).instructions[-1].words[-1].value


# Stages.


def test_stages_have_names_in_lower_case_and_numbers() -> None:
    stages = dockerfile("FROM a AS Build\nFROM b\nFROM c as three\n").stages
    assert [(stage.index, stage.name) for stage in stages] == [(0, "build"), (1, None), (2, "three")]


def test_a_stage_is_built_from_an_earlier_one_of_that_name_in_any_case() -> None:
    one, two, three = dockerfile("FROM a AS Base\nFROM bASE AS two\nFROM two\n").stages
    assert two.base_stage is one
    assert [stage.index for stage in three.chain] == [2, 1, 0]
    assert three.root is one


def test_a_name_that_comes_later_is_an_image() -> None:
    first, _ = dockerfile("FROM base\nFROM a AS base\n").stages
    assert first.base_stage is None
    assert first.image is not None and first.image.familiar_name == "base"


def test_scratch_has_no_image() -> None:
    stage = final("FROM scratch\n")
    assert stage.is_scratch and stage.image is None


def test_arguments_before_the_first_stage_are_put_into_its_image() -> None:
    stage = final('ARG REGISTRY=ghcr.io\nARG VERSION="1.${MINOR:-2}"\nFROM ${REGISTRY}/app:$VERSION\n')
    assert stage.image_value == "ghcr.io/app:1.2"
    assert stage.image_text == "${REGISTRY}/app:$VERSION"


def test_an_argument_without_value_leaves_the_image_unknown() -> None:
    stage = final("ARG VERSION\nFROM app:$VERSION\n")
    assert stage.image is not None
    assert not stage.image.is_known and stage.image.tag is None


def test_the_place_of_a_part_of_the_image() -> None:
    assert final("FROM --platform=linux/arm64 golang:1.20\n").image_part_place("1.20").span == Span(1, 36, 1, 40)


def test_a_file_without_from_has_no_stage() -> None:
    assert dockerfile("RUN x\n").last_stage is None


# Inherited state.


def test_user_workdir_and_commands_are_inherited() -> None:
    stage = final('FROM a AS base\nUSER 1\nWORKDIR /app\nCMD ["x"]\nFROM base\nRUN y\n')
    state = stage.state
    assert state.user is not None and state.user.line == 2
    assert state.workdir_path == "/app"
    assert state.cmd is not None and state.cmd.line == 4


def test_a_stage_that_sets_an_entrypoint_does_not_inherit_the_command() -> None:
    assert final('FROM a AS base\nCMD ["x"]\nFROM base\nENTRYPOINT ["y"]\n').state.cmd is None


def test_a_stage_keeps_a_command_that_it_sets_before_its_entrypoint() -> None:
    assert final('FROM a\nCMD ["x"]\nENTRYPOINT ["y"]\n').state.cmd is not None


def test_an_instruction_sees_what_is_in_force_before_it() -> None:
    run, user = final("FROM a\nRUN x\nUSER 1\n").instructions
    assert run.state.user is None and user.state.user is None


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("WORKDIR /a\nWORKDIR b/\n", "/a/b/"),
        ("WORKDIR /a\nWORKDIR ../c\n", "/c"),
        ("WORKDIR b\n", None),
        ("WORKDIR /a\nWORKDIR $B\n", None),
        ("ENV A=/x\nWORKDIR ${A}/y\n", "/x/y"),
    ],
)
def test_the_working_directory_is_joined(lines: str, path: str | None) -> None:
    assert final("FROM a\n" + lines).state.workdir_path == path


def test_scratch_starts_at_the_root() -> None:
    assert final("FROM scratch\nWORKDIR app\n").state.workdir_path == "/app"


# Variables.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("FROM a\nENV X=1\nUSER $X\n", "1"),
        ("FROM a\nENV X=1 Y=$X\nUSER $Y\n", None),
        ("FROM a\nENV X=1\nENV X=2 Y=$X\nUSER $Y\n", "1"),
        ("FROM a\nARG X=1\nUSER $X\n", "1"),
        ("FROM a\nARG X\nUSER $X\n", None),
        ("FROM a\nARG X\nUSER ${X:-7}\n", "7"),
        ("FROM a\nUSER ${X:-7}\n", "7"),
        ("ARG X=1\nFROM a\nUSER $X\n", None),
        ("ARG X=1\nFROM a\nARG X\nUSER $X\n", "1"),
        ("FROM a\nENV X=1\nARG X=2\nUSER $X\n", "1"),
        ("FROM a\nARG X=2\nENV X=1\nUSER $X\n", "1"),
        ("FROM a AS b\nENV X=1\nFROM b\nUSER $X\n", "1"),
        ("FROM a AS b\nENV X=1\nFROM a\nUSER $X\n", None),
        ("FROM a\nARG TARGETARCH\nUSER $TARGETARCH\n", None),
        ("FROM a\nENV X some value\nWORKDIR $X\n", "some value"),
        ("FROM a\nENV X=1\nUSER '$X'\n", "$X"),
        ("FROM a\nUSER $X\nENV X=1\n", None),
        ("FROM a\nARG X=1 Y\nUSER $X\n", "1"),
    ],
)
def test_a_variable_has_the_value_that_the_builder_gives_it(text: str, value: str | None) -> None:
    user = next(one for one in dockerfile(text).instructions if one.keyword in ("USER", "WORKDIR"))
    assert user.words[0].value == value


def test_values_that_double_with_every_line_stay_bounded() -> None:
    stage = final("FROM a\nENV X=aaaaaaaa\n" + "ENV X=$X$X\n" * 60)
    assert stage.own_environment == {"X": None}


# Copies.


def test_a_copy_has_sources_destination_and_stage() -> None:
    stage = final("FROM a AS build\nFROM b\nWORKDIR /app\nCOPY --from=BUILD --chown=1:1 /x /y ./bin/\n")
    copy = stage.instructions[-1].copy
    assert copy is not None
    assert [source.value for source in copy.sources] == ["/x", "/y"]
    assert copy.destination_path == "/app/bin/"
    assert copy.from_stage is stage.dockerfile.stages[0]


@pytest.mark.parametrize(("source", "index"), [("0", 0), ("1", None), ("9", None), ("other", None), ("build", 0)])
def test_from_names_an_earlier_stage_by_name_or_number(source: str, index: int | None) -> None:
    copy = final(f"FROM a AS build\nFROM b AS self\nCOPY --from={source} /x /y\n").instructions[0].copy
    assert copy is not None
    assert (copy.from_stage.index if copy.from_stage else None) == index


@pytest.mark.parametrize("source", [".", "./", "/", "*", "./*"])
def test_a_copy_of_the_whole_context(source: str) -> None:
    copy = final(f"FROM a\nADD {source} /x\n").instructions[0].copy
    assert copy is not None and copy.is_whole_context


def test_a_heredoc_is_no_source() -> None:
    copy = final("FROM a\nCOPY <<EOF b /x/\nEOF\n").instructions[0].copy
    assert copy is not None
    assert [source.text for source in copy.sources] == ["b"]


@pytest.mark.parametrize(
    ("folder", "path", "whole"),
    [
        ("/a", "b", "/a/b"),
        ("/a", ".", "/a/"),
        ("/a", "/b/", "/b/"),
        ("/a", "../../b", "/b"),
        (None, "b", None),
        (None, "/b", "/b"),
        ("/a", None, None),
        ("/", ".", "/"),
    ],
)
def test_paths_are_joined(folder: str | None, path: str | None, whole: str | None) -> None:
    assert joined(folder, path) == whole


# Commands.


def programs(text: str) -> list[str]:
    return [view.program for view in parsed(text).views() if isinstance(view, RunCommand)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nRUN x && \\\n  # c\n  y | z\n", ["x", "y", "z"]),
        ('FROM a\nRUN ["x", "y && z"]\n', ["x"]),
        ('FROM a\nRUN ["sh", "-c", "x && y"]\n', ["sh", "x", "y"]),
        ("FROM a\nRUN <<EOF\nx\ny\nEOF\n", ["x", "y"]),
        ("FROM a\nRUN <<-EOF\n\tx\n\tEOF\n", ["x"]),
        ("FROM a\nRUN <<EOF bash\nx\nEOF\n", ["x"]),
        ("FROM a\nRUN bash -e <<EOF\nx\nEOF\n", ["x"]),
        ("FROM a\nRUN <<EOF python3\nx = 1\nEOF\n", ["python3"]),
        ("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nx = 1\nEOF\n", []),
        ("FROM a\nRUN <<EOF\n#!/bin/bash\nx\nEOF\n", ["x"]),
        ("FROM a\nRUN cat <<EOF > /f && y\nx\nEOF\n", ["cat", "y"]),
        ("FROM a\nONBUILD RUN x\n", ["x"]),
        ('FROM a\nSHELL ["/bin/bash", "-c"]\nRUN x\n', ["x"]),
        ('FROM a\nSHELL ["powershell", "-Command"]\nRUN Get-Item x\n', []),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir\n", []),
        ("# escape=`\nFROM a\nRUN dir\n", []),
        ("FROM a\n# hadolint shell=powershell\nRUN Get-Item x\n", []),
        ('FROM a AS b\nSHELL ["cmd", "/S", "/C"]\nFROM b\nRUN dir\n', []),
        ("FROM a\nCMD x\n", []),
        ("FROM a\nRUN\n", []),
    ],
)
def test_the_commands_of_a_run(text: str, expected: list[str]) -> None:
    assert programs(text) == expected


def test_commands_have_their_places_in_the_file() -> None:
    run = final("FROM a\nRUN x && \\\n\n# c\n  apk add \\\n    curl\n").instructions[0]
    command = run.commands[-1]
    assert command.place().span == Span(5, 3, 6, 9)
    assert command.place(command.words[-1]).span == Span(6, 5, 6, 9)


def test_commands_in_a_heredoc_have_their_places() -> None:
    run = final("FROM a\nRUN <<-EOF\n\t\tapk add curl\n\tEOF\n").instructions[0]
    assert run.commands[0].place().span == Span(3, 3, 3, 15)


def test_commands_of_the_exec_form_have_their_places() -> None:
    run = final('FROM a\nRUN ["sh", "-c", "true && apk add curl"]\n').instructions[0]
    assert run.commands[-1].place().span == Span(2, 27, 2, 39)


def test_commands_see_the_environment() -> None:
    run = final('FROM a\nENV DEPS="curl git"\nRUN apk add $DEPS\n').instructions[-1]
    assert [word.value for word in run.commands[0].words] == ["apk", "add", "curl", "git"]


# Views and summary.


def test_each_view_is_given_once() -> None:
    views = list(parsed("ARG A\nFROM a\nRUN x; y\nONBUILD USER 1\nCMD [1]\n").views())
    counts = {kind: sum(type(view) is kind for view in views) for kind in {type(view) for view in views}}
    assert counts == {DockerfileProblem: 1, Dockerfile: 1, Stage: 1, Instruction: 6, RunCommand: 2}


SUMMARISED = """\
FROM golang:1.27 AS build
ARG VERSION
RUN go build -o /app . && strip /app

FROM alpine:3.23 AS base
USER 65532:65532
EXPOSE 8080/tcp
VOLUME /data /cache
ENV MODE=fast
CMD ["never"]

FROM base
WORKDIR /srv
COPY --from=build --chown=1 /app bin/
COPY . .
EXPOSE $PORT
ENTRYPOINT /srv/bin/app
"""


def test_the_summary_survives_json() -> None:
    summary = parsed(SUMMARISED).summary()
    data = json.loads(json.dumps(summary.to_json()))
    assert DockerfileSummary.from_json("Dockerfile", data) == summary


def test_the_summary_tells_what_is_in_force_in_the_final_stage() -> None:
    summary = parsed(SUMMARISED).summary()
    user, entrypoint = summary.user(), summary.entrypoint()
    assert user is not None and (user.value, user.span) == ("65532:65532", Span(6, 6, 6, 17))
    assert entrypoint is not None and (entrypoint.form, entrypoint.text) == ("shell", "/srv/bin/app")
    assert summary.cmd() is None
    assert [port.value for port in summary.exposes()] == [None, "8080/tcp"]
    assert [volume.value for volume in summary.volumes()] == ["/data", "/cache"]


def test_the_summary_tells_what_stages_do() -> None:
    build, base, last = parsed(SUMMARISED).summary().stages
    assert (build.base_name, build.base_tag, build.runs_build, build.arguments) == (
        "golang",
        "1.27",
        True,
        ("VERSION",),
    )
    assert build.programs == ("go", "strip")
    assert (base.env, last.base_stage) == ({"MODE": "fast"}, 1)
    first, second = last.copies
    assert (first.source, first.from_stage, first.destination, first.flags) == (
        "build",
        0,
        "/srv/bin/",
        ("from", "chown"),
    )
    assert not first.is_whole_context and second.is_whole_context


def test_a_stage_of_the_summary_is_found_by_name_and_number() -> None:
    summary = parsed(SUMMARISED).summary()
    assert summary.stage("BASE") is summary.stages[1]
    assert summary.stage("0") is summary.stages[0]
    assert summary.stage("none") is None
    assert summary.stage(None) is summary.final_stage
