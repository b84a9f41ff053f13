"""What base images hold, and what a Dockerfile may add to them."""

import pytest

from cnlint.manifests.dockerfile import Stage, read_dockerfile
from cnlint.syntax.source import Source


def last_stage(text: str) -> Stage:
    stage = read_dockerfile(Source("Dockerfile", text)).dockerfile.last_stage
    assert stage is not None
    return stage


@pytest.mark.parametrize(
    ("image", "has_shell"),
    [
        ("scratch", False),
        ("gcr.io/distroless/static-debian12:nonroot", False),
        ("gcr.io/distroless/nodejs22-debian12", False),
        ("registry.example.com/mirror/distroless/base:latest", False),
        ("cgr.dev/chainguard/static:latest", False),
        ("envoyproxy/envoy:distroless-v1.36.0", False),
        ("registry.example.com/app-distroless:1.0", False),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", False),
        ("gcr.io/distroless/base-debian12:debug-nonroot", None),
        ("gcr.io/distroless/python3-debian12", None),
        ("gcr.io/distroless/static@sha256:" + "a" * 64, None),
        ("cgr.dev/chainguard/static:latest-dev", None),
        ("registry.example.com/app:1.0", None),
        ("$BASE", None),
        ("mcr.microsoft.com/windows/nanoserver:ltsc2022", None),
        ("alpine:3.23", True),
        ("node:24-slim", True),
        ("debian@sha256:" + "a" * 64, True),
        ("cgr.dev/chainguard/wolfi-base", True),
        ("registry.access.redhat.com/ubi9/ubi-minimal:9.6", True),
    ],
)
def test_a_base_image_has_a_shell_or_not(image: str, has_shell: bool | None) -> None:
    assert last_stage(f"FROM {image}\n").has_shell is has_shell


@pytest.mark.parametrize(
    ("line", "has_shell"),
    [
        ("COPY --from=busybox /bin/sh /bin/sh", None),
        ("COPY --from=busybox /bin/busybox /bin/", None),
        ("COPY --from=build /rootfs /", None),
        ("COPY --from=build /usr/bin/ /usr/bin/", None),
        ("COPY . .", None),
        ("COPY bin/* /bin/", None),
        ("COPY tools $WHERE/", None),
        ("COPY $WHAT /", None),
        ("ADD rootfs.tar.gz /", None),
        ('RUN ["/busybox", "--install", "/bin"]', None),
        ("RUN --mount=from=busybox,source=/bin,target=/bin cp /bin/sh /sh", None),
        ("COPY --from=build /out/server /bin/server", False),
        ("COPY --from=build /etc/passwd /etc/passwd", False),
        ("COPY --from=build /etc/passwd /", False),
        ("COPY rootfs /app/", False),
        ("COPY rootfs.tar.gz /", False),
        ("COPY config.yaml /", False),
        ("ADD site.tar.gz /srv", False),
        ('COPY server /\nENTRYPOINT ["/server"]', False),
        ("COPY --from=build /out/server /", False),
        ("COPY --from=build /out/other /", None),
    ],
)
def test_what_is_copied_may_bring_a_shell(line: str, has_shell: bool | None) -> None:
    build = "FROM golang:1.27 AS build\nWORKDIR /out\nRUN go build -o server .\n"
    assert last_stage(f"{build}FROM scratch\n{line}\n").has_shell is has_shell


def test_a_stage_inherits_what_its_base_stage_was_given() -> None:
    assert last_stage("FROM scratch AS a\nADD rootfs.tar /\nFROM a\n").has_shell is None
    assert last_stage("FROM scratch AS a\nFROM a\n").has_shell is False


@pytest.mark.parametrize(
    ("image", "tools"),
    [
        ("scratch", {"curl": False, "wget": False, "sh": False, "anything": False}),
        ("alpine:3.23", {"curl": False, "wget": True, "nc": True, "bash": False, "sh": True}),
        ("ruby:3.4-alpine", {"curl": False, "wget": True}),
        ("debian:trixie-slim", {"curl": False, "wget": False, "nc": False, "bash": True}),
        ("python:3.14-slim-trixie", {"curl": False, "wget": False}),
        ("python:3.14", {"curl": True, "wget": True, "nc": False}),
        ("nginx:1.29", {"curl": None, "wget": None}),
        ("php:8.4-fpm-alpine", {"curl": None}),
        ("node@sha256:" + "a" * 64, {"curl": None}),
        ("registry.example.com/alpine-base:1", {"curl": None}),
        ("python:3.14-windowsservercore", {"curl": None}),
    ],
)
def test_a_base_image_has_a_tool_or_not(image: str, tools: dict[str, bool | None]) -> None:
    stage = last_stage(f"FROM {image}\n")
    assert {name: stage.has_tool(name) for name in tools} == tools


@pytest.mark.parametrize(
    ("line", "has_tool"),
    [
        ("RUN apt-get update && apt-get install -y curl", None),
        ("RUN apt-get install -y curl=8.14.1-2", None),
        ("RUN <<EOF\napt-get install -y curl\nEOF", None),
        ("RUN apt-get install -y $PACKAGES", None),
        ("RUN apt-get install -y devscripts", None),
        ("RUN ./install.sh", None),
        ("RUN sh /tmp/install", None),
        ('RUN ["/tmp/install"]', None),
        ("RUN --mount=from=tools,target=/t cp /t/* /usr/local/bin/", None),
        ("COPY --from=tools /usr/bin/curl /usr/local/bin/", None),
        ("COPY --from=tools /usr/bin/static-curl /usr/bin/curl", None),
        ("COPY --from=tools /usr /usr", None),
        ("RUN apt-get install -y libcurl4-openssl-dev php-curl curl-dev", False),
        ("RUN /usr/bin/apt-get install -y git", False),
        ("RUN sh -c 'apt-get install -y git'", False),
        ("RUN pip install pycurl", False),
        ("COPY . /app", False),
        ("COPY start.sh /usr/local/bin/", False),
    ],
)
def test_a_tool_may_be_installed(line: str, has_tool: bool | None) -> None:
    assert last_stage(f"FROM debian:trixie-slim\n{line}\n").has_tool("curl") is has_tool


def test_the_command_of_a_health_check_is_read_in_both_forms() -> None:
    text = 'FROM a\nHEALTHCHECK --interval=5s CMD curl -f "x y" || exit 1\nHEALTHCHECK cmd ["sh", "-c", "wget z"]\n'
    shell, words = last_stage(text).instructions
    assert [command.program for command in shell.container_commands] == ["curl", "exit"]
    assert [command.program for command in words.container_commands] == ["sh", "wget"]
    place = shell.container_commands[0].place().span
    assert (place.line, place.column, place.end_column) == (2, 31, 44)


@pytest.mark.parametrize(
    "line", ["HEALTHCHECK", "HEALTHCHECK NONE", "HEALTHCHECK CMD", "HEALTHCHECK curl", "CMD", "RUN a"]
)
def test_what_runs_nothing_in_the_container_has_no_commands(line: str) -> None:
    (instruction,) = last_stage(f"FROM a\n{line}\n").instructions
    assert instruction.container_commands == []
