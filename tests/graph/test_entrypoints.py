"""What process 1 of a container is."""

import pytest

from cnlint.graph.entrypoints import ShellStart, shell_start
from cnlint.manifests.workloads import Workload

from graph_projects import MakeProject, workload  # isort: skip


def start_of(project_of: MakeProject, dockerfile: str, **files: str) -> ShellStart | None:
    named = {path.replace("__", "/").replace("_sh", ".sh"): text for path, text in files.items()}
    project = project_of({"orders/Dockerfile": dockerfile, "deploy.yaml": workload("orders"), **named})
    [one] = project.resources(Workload)
    [container] = one.containers
    source = project.links.dockerfile_of(container)
    assert source is not None
    return shell_start(container, source, project)


@pytest.mark.parametrize(
    "text",
    [
        'FROM debian\nENTRYPOINT ["/app"]\n',
        "FROM debian\nENTRYPOINT /app --port 80\n",
        "FROM debian\nCMD cd /srv && exec /app\n",
        'FROM alpine\nENTRYPOINT ["/sbin/tini", "--", "/start.sh"]\nCOPY start.sh /\n',
        "FROM alpine\nENTRYPOINT tini -- /app\n",
        "FROM debian\nCMD trap 'kill %1' TERM; /app & wait\n",
        'FROM debian\nSHELL ["/bin/bash", "-c"]\nCMD /app\n',
        'FROM debian\nSHELL ["pwsh", "-c"]\nCMD prepare; run\n',
        "FROM debian\n",
        "FROM debian\nCMD /app '\n",
    ],
)
def test_starts_that_pass_signals_on_or_cannot_be_told_are_none(project_of: MakeProject, text: str) -> None:
    assert start_of(project_of, text, orders__start_sh="#!/bin/sh\n/app\n") is None


@pytest.mark.parametrize(
    ("text", "keyword", "shell", "may_give_way", "replacement"),
    [
        ("FROM debian\nCMD a && b $X\n", "CMD", "sh", False, "a && exec b $X"),
        ("FROM debian\nCMD a | b\n", "CMD", "sh", False, ""),
        ("FROM alpine\nENTRYPOINT a 'b c'\n", "ENTRYPOINT", "busybox", True, '["a", "b c"]'),
        ("FROM node:24-alpine\nENTRYPOINT a | b\n", "ENTRYPOINT", "busybox", False, ""),
        ('FROM debian\nENTRYPOINT ["bash", "-ec", "a; b"]\n', "ENTRYPOINT", "bash", True, ""),
        ("FROM alpine AS base\nCMD a\nFROM base\n", "CMD", "busybox", True, '["a"]'),
    ],
)
def test_a_shell_that_stays_is_found_with_what_could_be_written_instead(
    project_of: MakeProject, text: str, keyword: str, shell: str, may_give_way: bool, replacement: str
) -> None:
    start = start_of(project_of, text)
    assert start is not None
    assert (start.keyword, start.shell, start.may_give_way, start.replacement) == (
        keyword,
        shell,
        may_give_way,
        replacement,
    )


@pytest.mark.parametrize(
    "text",
    [
        'COPY start.sh /\nENTRYPOINT ["/start.sh"]',
        'COPY start.sh /usr/local/bin/\nENTRYPOINT ["start.sh", "-v"]',
        'WORKDIR /srv\nCOPY . /srv\nENTRYPOINT ["./start.sh"]',
        'COPY start.sh /run.sh\nCMD ["sh", "/run.sh"]',
    ],
)
def test_a_script_is_followed_to_the_context_it_was_copied_from(project_of: MakeProject, text: str) -> None:
    start = start_of(project_of, f"FROM debian\n{text}\n", orders__start_sh="#!/bin/sh\nset -e\n/app\nexit $?\n")
    assert start is not None
    assert start.script == "orders/start.sh"
    assert start.last is not None and start.last.span.line == 3


@pytest.mark.parametrize(
    "script",
    ["#!/bin/sh\nexec /app\n", "#!/usr/bin/env python3\nrun()\n", "#!/bin/sh\n. ./run.sh\n", "#!/bin/sh\nset -e\nif\n"],
)
def test_a_script_that_execs_or_cannot_be_read_is_none(project_of: MakeProject, script: str) -> None:
    text = 'FROM debian\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n'
    assert start_of(project_of, text, orders__start_sh=script) is None
