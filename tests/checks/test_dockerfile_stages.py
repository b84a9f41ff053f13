"""What findings about stages, their platforms and their images say and propose."""

import datetime
from pathlib import Path

import pytest
from edits import edited

import cnlint


def findings(text: str, code: str, folder: Path, name: str = "Dockerfile") -> list[cnlint.Finding]:
    (folder / name).write_text(text)
    report = cnlint.check([folder / name], select=[code], root=folder, config=False, today=datetime.date(2026, 11, 22))
    return list(report.findings)


def finding(text: str, code: str, folder: Path) -> cnlint.Finding:
    (found,) = findings(text, code, folder)
    return found


def columns(found: cnlint.Finding) -> tuple[int, int, int]:
    return (found.line, found.column, found.end_column)


def fixed(text: str, code: str, folder: Path) -> str | None:
    """Apply the fix of the first finding."""
    found = findings(text, code, folder)[0]
    if not found.fixes:
        return None
    return edited(text, found.fixes[0].edits)


# Stages that need each other.


def test_a_circle_is_told_in_the_order_of_needs(tmp_path: Path) -> None:
    text = "FROM a AS one\nCOPY --from=three /a /a\nFROM b AS two\nCOPY --from=one /a /a\nFROM two AS three\nRUN make\n"
    found = finding(text, "DF011", tmp_path)
    assert columns(found) == (2, 13, 18)
    assert found.message == ('stage "one" needs stage "three", which needs it in turn: "three" -> "two" -> "one"')
    assert [(one.line, one.message) for one in found.related] == [
        (5, '"three" needs "two"'),
        (4, '"two" needs "one"'),
    ]


def test_stages_without_name_are_told_by_number(tmp_path: Path) -> None:
    found = finding("FROM a\nCOPY --from=1 /a /a\nFROM b\nCOPY --from=0 /a /a\n", "DF011", tmp_path)
    assert found.message == "stage 0 needs stage 1, which needs it in turn: 1 -> 0"


def test_each_reference_that_closes_a_circle_is_reported(tmp_path: Path) -> None:
    text = "FROM a AS x\nCOPY --from=y /a /a\nCOPY --from=z /a /a\nFROM x AS y\nFROM x AS z\n"
    assert [one.line for one in findings(text, "DF011", tmp_path)] == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS x\nCOPY --from=x /a /a\n",
        "FROM a AS x\nFROM b AS y\nCOPY --from=y /a /a\n",
        "FROM a AS x\nCOPY --from=y /a /a\nFROM b AS y\nCOPY --from=z /a /a\nFROM b AS z\n",
        "FROM a AS x\nRUN --mount=from=1,target=/a ls\nFROM x\n",
    ],
)
def test_no_circle(text: str, tmp_path: Path) -> None:
    assert findings(text, "DF011", tmp_path) == []


# Names of stages.


def test_a_name_is_written_in_lower_case_wherever_it_stands(tmp_path: Path) -> None:
    text = (
        "FROM a AS Build\nFROM Build AS test\nRUN --mount=type=bind,from=BUILD,target=/x make\n"
        "FROM b:Build\nCOPY --from=Build /Build /Build\nCOPY --from=build /a /a\n"
    )
    assert fixed(text, "DF114", tmp_path) == (
        "FROM a AS build\nFROM build AS test\nRUN --mount=type=bind,from=build,target=/x make\n"
        "FROM b:Build\nCOPY --from=build /Build /Build\nCOPY --from=build /a /a\n"
    )


def test_a_name_in_quotes_is_left_as_it_is(tmp_path: Path) -> None:
    text = 'FROM a AS Build\nFROM b\nCOPY --from="Build" /a /a\n'
    assert fixed(text, "DF114", tmp_path) == text.replace("AS Build", "AS build")


def test_a_name_that_is_not_valid_is_not_reported_for_its_case_too(tmp_path: Path) -> None:
    assert findings("FROM a AS 1Build\n", "DF114", tmp_path) == []


def test_the_earlier_stage_of_the_name_is_shown(tmp_path: Path) -> None:
    found = finding("FROM a AS one\nFROM b AS ONE\n", "DF115", tmp_path)
    assert columns(found) == (2, 11, 14)
    assert found.message == 'stage name "ONE" is taken by an earlier stage'
    assert [(one.line, one.column) for one in found.related] == [(1, 11)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("$X", 'stage name "$X" holds a variable, which the builder puts into no stage name'),
        ("${X}", 'stage name "${X}" holds a variable, which the builder puts into no stage name'),
        ("1st", 'stage name "1st" does not start with a letter'),
        ("-a", 'stage name "-a" does not start with a letter'),
        ("a/b", 'stage name "a/b" holds other signs than letters, digits, hyphens, underscores and dots'),
    ],
)
def test_what_is_wrong_with_a_name_is_said(name: str, message: str, tmp_path: Path) -> None:
    assert finding(f"FROM a AS {name}\n", "DF117", tmp_path).message == message


@pytest.mark.parametrize("name", ["{{name}}", "@NAME@", "<name>", "%NAME%", "a", "A.b_c-1"])
def test_names_that_may_be_valid_are_not_reported(name: str, tmp_path: Path) -> None:
    assert findings(f"FROM a AS {name}\n", "DF117", tmp_path) == []


# Platforms.


def test_the_platform_is_reported_at_its_value(tmp_path: Path) -> None:
    found = finding("FROM --platform=linux/amd64 a\n", "DF107", tmp_path)
    assert columns(found) == (1, 17, 28)
    assert found.message == 'the platform of the stage is always "linux/amd64", whatever the image is built for'


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF107", "FROM --platform=linux/amd64 a AS b\n", "FROM a AS b\n"),
        ("DF107", 'FROM --platform="linux/amd64"   a\n', "FROM a\n"),
        ("DF107", "FROM --platform=linux/amd64 \\\n  a\n", None),
        ("DF108", "FROM --platform=$TARGETPLATFORM a\n", "FROM a\n"),
    ],
)
def test_the_flag_is_taken_off(code: str, before: str, after: str | None, tmp_path: Path) -> None:
    assert fixed(before, code, tmp_path) == after


def test_only_the_flag_that_changes_nothing_is_taken_off_safely(tmp_path: Path) -> None:
    assert finding("FROM --platform=$TARGETPLATFORM a\n", "DF108", tmp_path).fixes[0].safe
    assert not finding("FROM --platform=linux/amd64 a\n", "DF107", tmp_path).fixes[0].safe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "FROM --platform=linux/amd64 debian:13-arm64v8\n",
            'base image "debian:13-arm64v8" is of arm64, the platform of the stage is "linux/amd64"',
        ),
        (
            "FROM --platform=linux/amd64 golang:1.27-nanoserver-ltsc2025\n",
            'base image "golang:1.27-nanoserver-ltsc2025" is of windows, the platform of the stage is "linux"',
        ),
        (
            "FROM amd64/a AS x\nFROM arm64v8/a\nCOPY --from=x /lib/x.so /lib/\n",
            '"/lib/x.so" is copied from a stage of amd64 into an image of arm64',
        ),
    ],
)
def test_both_architectures_are_named(text: str, message: str, tmp_path: Path) -> None:
    assert finding(text, "DF111", tmp_path).message == message


@pytest.mark.parametrize(
    "text",
    [
        "FROM --platform=linux/arm/v7 arm32v6/alpine\n",
        "FROM --platform=linux/unknown arm64v8/alpine\n",
        "FROM --platform=linux/amd64 debian:arm64-tools\n",
        "FROM amd64/a AS x\nFROM alpine\nCOPY --from=x /lib/x.so /lib/\n",
        "FROM amd64/a AS x\nFROM arm64v8/a AS unused\nCOPY --from=x /lib/x.so /lib/\nFROM a\n",
    ],
)
def test_architectures_that_do_not_contradict(text: str, tmp_path: Path) -> None:
    assert findings(text, "DF111", tmp_path) == []


# Images by variables.


def test_a_variable_that_is_almost_declared_is_proposed(tmp_path: Path) -> None:
    found = finding("ARG VERSION=1\nFROM alpine:${VERSOIN}\n", "DF109", tmp_path)
    assert columns(found) == (2, 13, 23)
    assert found.message == 'variable "VERSOIN" of FROM is not declared by an ARG before the first FROM'
    assert found.hint == "write VERSION, or declare ARG VERSOIN before the first FROM"


def test_the_argument_of_a_stage_is_shown(tmp_path: Path) -> None:
    found = finding("FROM a AS x\nARG B=1 TAG=2\nFROM b:$TAG\n", "DF109", tmp_path)
    assert [(one.line, one.column, one.message) for one in found.related] == [(2, 9, "only its stage sees this one")]


@pytest.mark.parametrize(
    "line",
    [
        "FROM alpine:${X:-1}",
        "FROM alpine:${X-1}",
        "FROM alpine:${X:-$Y}",
        "FROM alpine:$TARGETARCH",
        "FROM alpine\\$X",
        "FROM alpine:$1",
    ],
)
def test_variables_that_need_no_declaration(line: str, tmp_path: Path) -> None:
    assert findings(f"{line}\n", "DF109", tmp_path) == []


@pytest.mark.parametrize("code", ["DF109", "DF110"])
def test_a_template_gets_its_variables_elsewhere(code: str, tmp_path: Path) -> None:
    assert findings("ARG Y\nFROM alpine:${X}\nFROM $Y\n", code, tmp_path, "Dockerfile.template") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ARG X\nFROM $X\n", 'base image "$X" is empty with all arguments at their defaults'),
        (
            "ARG X\nFROM a:$X\n",
            'base image "a:$X" is "a:", no valid image name, with all arguments at their defaults',
        ),
        ("FROM Alpine:3\n", 'base image "Alpine:3" is no valid image name'),
    ],
)
def test_the_name_that_the_defaults_give_is_shown(text: str, message: str, tmp_path: Path) -> None:
    assert finding(text, "DF110", tmp_path).message == message


def test_the_argument_that_wants_a_default_is_named(tmp_path: Path) -> None:
    found = finding("ARG A=b\nARG X\nFROM $A:$X\n", "DF110", tmp_path)
    assert found.hint == "give ARG X a default, or write ${X:?} if each build must set it"


@pytest.mark.parametrize(
    "text",
    [
        "FROM a:$X\n",
        "ARG X\nFROM ${X:?}\n",
        "ARG X\nFROM a-${TARGETARCH}:${X:-1}\n",
        "ARG X\nFROM a$X\n",
        "FROM __IMAGE__\n",
        "FROM @BASE@\n",
        "ARG T=One\nFROM a AS one\nFROM $T\n",
    ],
)
def test_names_that_are_valid_by_default(text: str, tmp_path: Path) -> None:
    assert findings(text, "DF110", tmp_path) == []


# Images by name.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM k8s.gcr.io/pause:3.6\n", "FROM registry.k8s.io/pause:3.6\n"),
        ("FROM k8s.gcr.io/coredns/coredns:v1\n", "FROM registry.k8s.io/coredns/coredns:v1\n"),
        ("FROM a\nCOPY --from=k8s.gcr.io/pause:3.6 /a /b\n", "FROM a\nCOPY --from=registry.k8s.io/pause:3.6 /a /b\n"),
        ('FROM a\nCOPY --from="k8s.gcr.io/pause:3.6" /a /b\n', None),
        ("ARG T=3.6\nFROM k8s.gcr.io/pause:$T\n", "ARG T=3.6\nFROM registry.k8s.io/pause:$T\n"),
        ("FROM openjdk:17\n", None),
    ],
)
def test_a_registry_that_has_moved_is_replaced(before: str, after: str | None, tmp_path: Path) -> None:
    assert fixed(before, "DF120", tmp_path) == after


def test_the_successor_is_named(tmp_path: Path) -> None:
    found = finding("FROM openjdk:17\n", "DF120", tmp_path)
    assert found.message == 'base image "openjdk:17" is deprecated: eclipse-temurin takes its place'
    assert found.hint == "use eclipse-temurin"


def test_the_registry_is_named(tmp_path: Path) -> None:
    (tmp_path / "cnlint.toml").write_text('[rules.DF106]\ntrusted-registries = ["ghcr.io"]\n')
    (tmp_path / "Dockerfile").write_text("FROM ghcr.io/a/b:1\nCOPY --from=nginx /a /b\n")
    report = cnlint.check([tmp_path / "Dockerfile"], select=["DF106"], root=tmp_path)
    assert [one.message for one in report.findings] == [
        'image "nginx" comes from "docker.io", which is no trusted registry'
    ]


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("golang:1.20@sha256:" + "0" * 64, "use golang:1.26"),
        ("mcr.microsoft.com/dotnet/core/sdk:3.1", "use mcr.microsoft.com/dotnet/sdk:10.0"),
        ("debian:bullseye-20230101-slim", "use Debian 13 (trixie)"),
        ("nvidia/cuda:11.0-base-ubuntu18.04", "use Ubuntu 22.04 (jammy)"),
        ("gcr.io/distroless/java11-debian10", "use Debian 13 (trixie)"),
        ("openjdk:8-jdk-alpine3.9", "use Alpine 3.22"),
    ],
)
def test_no_tag_is_proposed_that_may_not_exist(image: str, hint: str, tmp_path: Path) -> None:
    assert finding(f"FROM {image}\n", "DF104", tmp_path).hint == hint


def test_distroless_images_are_kept_up_as_long_as_their_distribution(tmp_path: Path) -> None:
    assert findings("FROM gcr.io/distroless/static-debian12:nonroot\n", "DF104", tmp_path) == []


# Users and runtimes.


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("USER app", 'user "app" is not known in the image: nothing brings /etc/passwd into "scratch"'),
        ("USER 1:app", 'group "app" is not known in the image: nothing brings /etc/group into "scratch"'),
        (
            'COPY --from=x /out/server /\nUSER root\nENTRYPOINT ["/server"]',
            'user "root" is not known in the image: nothing brings /etc/passwd into "scratch"',
        ),
    ],
)
def test_the_file_that_is_missing_is_named(lines: str, message: str, tmp_path: Path) -> None:
    assert finding(f"FROM a AS x\nFROM scratch\n{lines}\n", "DF907", tmp_path).message == message


@pytest.mark.parametrize(
    "lines",
    [
        "ADD rootfs.tar.gz /\nUSER app",
        "COPY --from=x /out /\nUSER app",
        "COPY --from=x /etc /etc\nUSER app",
        "COPY etc/* /etc/\nUSER app",
        "COPY <<EOF /etc/passwd\napp:x:1:1::/:\nEOF\nUSER app",
        "COPY x $DIR\nUSER app",
        "RUN adduser app\nUSER app",
        "USER $NAME",
        "USER 1:1",
        "USER app\nCOPY --from=x /etc/passwd /etc/passwd",
    ],
)
def test_what_may_make_a_user_known(lines: str, tmp_path: Path) -> None:
    assert findings(f"FROM a AS x\nFROM scratch\n{lines}\n", "DF907", tmp_path) == []


def test_root_that_ships_is_said_once(tmp_path: Path) -> None:
    text = "FROM a AS base\nUSER root\nFROM base\nCMD ['a']\n"
    assert findings(text, "DF544", tmp_path) == []
    assert finding(text, "DF541", tmp_path).line == 2


@pytest.mark.parametrize(
    ("image", "command", "is_reported"),
    [
        ("eclipse-temurin:21", 'CMD ["java", "-jar", "/a.jar"]', True),
        ("amazoncorretto:21-alpine", "CMD exec /opt/java/bin/java -jar /a.jar", True),
        ("amazoncorretto:21-headless", 'CMD ["java", "-jar", "/a.jar"]', False),
        ("eclipse-temurin:21-jre", 'CMD ["java", "-jar", "/a.jar"]', False),
        ("bellsoft/liberica-openjre-alpine:21", 'CMD ["java", "-jar", "/a.jar"]', False),
        ("eclipse-temurin:21", 'CMD ["/start.sh"]', False),
        ("eclipse-temurin:21", 'CMD ["javac", "A.java"]', False),
        ("eclipse-temurin:21", 'HEALTHCHECK CMD jcmd 1 VM.uptime\nCMD ["java", "-jar", "/a.jar"]', False),
        ("maven:3.9", 'CMD ["java-app"]', False),
    ],
)
def test_a_jdk_is_reported_where_only_java_runs(image: str, command: str, is_reported: bool, tmp_path: Path) -> None:
    assert bool(findings(f"FROM {image}\n{command}\n", "DF909", tmp_path)) is is_reported
