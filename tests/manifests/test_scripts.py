"""Shell script files and what they leave for the project stage."""

import json

import pytest

from cnlint.manifests.commands import ScriptCommand
from cnlint.manifests.scripts import ScriptSummary, ShellScript, read_script
from cnlint.syntax.source import Source

DEPLOY = """#!/usr/bin/env bash
set -euo pipefail
NS="prod"
sudo -E FOO=1 kubectl -n "$NS" apply \\
  -f 'k8s/base'
kubectl set image deploy/web web="registry/web:$TAG" --record
if true; then sh -c "helm upgrade é ./chart"; fi
"""


def test_views_are_the_script_and_its_commands() -> None:
    script, *commands = read_script(Source("deploy.sh", DEPLOY)).views()
    assert isinstance(script, ShellScript)
    assert [command.program for command in commands if isinstance(command, ScriptCommand)] == [
        "set", "kubectl", "kubectl", "true", "sh", "helm",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text", "dialect"),
    [
        ("a.sh", "#!/bin/bash -e\n", "bash"),
        ("a.sh", "#!/usr/bin/env -S zsh -e\n", "zsh"),
        ("a.sh", "#! /bin/sh\n", "sh"),
        ("a.sh", "#!/usr/bin/env python3\n", "python3"),
        ("a.sh", "#!\n", "sh"),
        ("a.sh", "", "sh"),
        ("a.bash", "ls\n", "bash"),
    ],
)
def test_the_first_line_names_the_shell(path: str, text: str, dialect: str) -> None:
    assert ShellScript(Source(path, text)).dialect == dialect


def test_scripts_of_other_interpreters_have_no_commands() -> None:
    assert ShellScript(Source("a.sh", "#!/usr/bin/env python3\nprint(1)\n")).commands == []


def test_places_are_those_of_the_file() -> None:
    command = ShellScript(Source("deploy.sh", DEPLOY)).commands[1]
    assert command.place(command.words[-1]).span == (5, 6, 5, 16)


def rebuilt() -> ScriptSummary:
    content = json.loads(json.dumps(read_script(Source("deploy.sh", DEPLOY)).summary().to_json()))
    return ScriptSummary.from_json("deploy.sh", content)


def test_commands_rebuilt_from_a_summary_are_the_same() -> None:
    original = ShellScript(Source("deploy.sh", DEPLOY)).commands
    for command, copy in zip(original, rebuilt().commands, strict=True):
        assert [word.value for word in copy.words] == [word.value for word in command.words]
        assert [copy.place(word).span for word in copy.words] == [command.place(word).span for word in command.words]
        assert copy.wrappers == command.wrappers
        assert copy.environment.keys() == command.environment.keys()
        assert [flag.name for flag in copy.flags] == [flag.name for flag in command.flags]


def test_the_value_of_a_flag_keeps_its_place_in_a_summary() -> None:
    command = rebuilt().commands[2]
    image = command.operands()[-1].after(len("web="))
    assert image.variables == ("TAG",)
    assert command.place(image).span.column == 35


def test_a_summary_of_a_rebuilt_summary_is_the_same() -> None:
    summary = read_script(Source("deploy.sh", DEPLOY)).summary().to_json()
    assert ScriptSummary.from_json("deploy.sh", summary).to_json() == summary


def test_an_empty_script_leaves_an_empty_summary() -> None:
    summary = read_script(Source("a.sh", "# nothing\n")).summary()
    assert ScriptSummary.from_json("a.sh", summary.to_json()).commands == []
