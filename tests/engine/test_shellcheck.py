"""ShellCheck on the scripts of RUN: when it is run, what it is given, and what becomes of its answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnlint
from cnlint import rule_index
from cnlint.config import Configuration, ConfigurationError
from cnlint.engine import shellcheck
from cnlint.engine.run import Request, run
from cnlint.engine.shellcheck import ScriptFile
from cnlint.findings import RunReport
from cnlint.manifests.shell_scripts import ShellScript
from cnlint.report import ReportOptions, render
from cnlint.syntax.source import Source

# Reports SC2086 at every $BAD, SC2164 at every "cd", and whatever a "say" names; notes how it was called.
_FAKE = """\
#!{python}
import json, os, re, sys
folder = {folder!r}
names = sys.argv[sys.argv.index("--") + 1:]
with open(folder + "/calls", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], os.getcwd(), os.environ.get("SHELLCHECK_OPTS")]) + "\\n")
behaviour = open(folder + "/behaviour").read() if os.path.exists(folder + "/behaviour") else ""
if behaviour == "hang":
    import time
    time.sleep(60)
if behaviour == "fail":
    print("unrecognized option", file=sys.stderr)
    sys.exit(3)
comments = []
for name in names:
    text = open(name, encoding="utf-8").read()
    with open(folder + "/scripts", "a") as scripts:
        scripts.write(text + "--\\n")
    for number, line in enumerate(text.split("\\n"), 1):
        found = [(match, 2086, "info") for match in re.finditer(r"\\$BAD", line)]
        found += [(match, 2164, "warning") for match in re.finditer(r"\\bcd\\b", line)]
        found += [(match, int(match[1]), match[2]) for match in re.finditer(r"say (\\d+) (\\w+)", line)]
        for match, code, level in found:
            comments.append({{
                "file": name, "line": number, "endLine": number, "column": match.start() + 1,
                "endColumn": match.end() + 1, "level": level, "code": code, "message": "Think again.", "fix": None,
            }})
print(json.dumps({{"comments": comments}}))
sys.exit(1 if comments else 0)
"""


class Fake(NamedTuple):
    """A program in the place of ShellCheck."""

    folder: Path
    project: Path

    @property
    def path(self) -> Path:
        return self.folder / "shellcheck"

    @property
    def calls(self) -> list[Any]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def scripts(self) -> list[str]:
        """The scripts that it was given."""
        file = self.folder / "scripts"
        return file.read_text().split("--\n")[:-1] if file.exists() else []

    def behave(self, how: str) -> None:
        (self.folder / "behaviour").write_text(how)

    def write(self, *runs: str, name: str = "Dockerfile", head: str = "FROM debian:trixie-slim\n") -> None:
        (self.project / name).write_text(head + "".join(f"RUN {one}\n" for one in runs))

    def check(self, **settings: Any) -> RunReport:
        settings = {"select": ["DF312"], "config": False, **settings}
        return cnlint.check([self.project], root=self.project, **settings)

    def codes(self, **settings: Any) -> list[tuple[int, str]]:
        """The lines and codes of the findings that nothing suppresses."""
        return [(finding.line, finding.sub_code) for finding in self.check(**settings).active]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    if sys.platform == "win32":
        pytest.skip("a script is no program there")
    fake = Fake(tmp_path / "bin", tmp_path / "project")
    fake.folder.mkdir()
    fake.project.mkdir()
    fake.path.write_text(_FAKE.format(python=sys.executable, folder=str(fake.folder)))
    fake.path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(tmp_path / "cache"))
    return fake


# What comes of its answer.


def test_a_comment_becomes_a_finding_where_it_stands_in_the_file(fake: Fake) -> None:
    fake.write("set -eux; \\\n    # a comment\n\n    echo one $BAD")
    (finding,) = fake.check().findings
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (5, 14, 5, 18)
    assert finding.message == "SC2086: Think again"
    assert finding.snippet == "    echo one $BAD"
    assert finding.hint == "see https://www.shellcheck.net/wiki/SC2086"
    assert (finding.code, finding.sub_code, finding.severity) == ("DF312", "SC2086", "info")


@pytest.mark.parametrize(
    ("level", "severity"), [("error", "error"), ("warning", "warning"), ("info", "info"), ("style", "info")]
)
def test_the_severity_is_taken_over(level: str, severity: str, fake: Fake) -> None:
    fake.write(f"say 3010 {level}")
    assert fake.check().findings[0].severity == severity


def test_a_severity_that_is_configured_wins(fake: Fake) -> None:
    fake.write("say 3010 error")
    assert fake.check(config={"severity": {"DF312": "warning"}}).findings[0].severity == "warning"


def test_heredocs_and_triggers_are_read_too(fake: Fake) -> None:
    fake.write("<<-EOF\n\techo a\n\techo $BAD\n\tEOF\nONBUILD RUN echo $BAD")
    places = [(finding.line, finding.column) for finding in fake.check().findings]
    assert places == [(4, 7), (6, 18)]


def test_options_leave_out_levels_and_codes(fake: Fake) -> None:
    fake.write("say 3010 error", "say 3011 warning", "say 3012 info", "say 3013 style", "say 1091 info", "say 3014 odd")
    assert [line for line, _ in fake.codes()] == [2, 3, 4, 5]
    assert [line for line, _ in fake.codes(config={"rules": {"DF312": {"severity": "warning"}}})] == [2, 3]
    options = {"rules": {"DF312": {"exclude": [3010]}}}
    assert [line for line, _ in fake.codes(config=options)] == [3, 4, 5, 6]


# What it is given.


def script_of(fake: Fake) -> str:
    fake.check()
    (script,) = fake.scripts
    return script


@pytest.mark.parametrize(
    ("head", "run", "script"),
    [
        ("", "a && \\\n  b", "#!/bin/sh\na &&   b\n"),
        ('SHELL ["/bin/bash", "-c"]\n', "a", "#!/bin/bash\na\n"),
        ('SHELL ["/bin/ash", "-eo", "pipefail", "-c"]\n', "a", "#!/bin/ash -e\na\n"),
        ("# hadolint shell=dash\n", "a", "#!/bin/dash\na\n"),
        ("", "<<EOF\na\nb\nEOF", "#!/bin/sh\na\nb\n\n"),
        ("", "<<EOF bash -e\na\nEOF", "#!/bin/bash -e\na\n\n"),
        ("", "<<EOF\n#!/bin/bash -x\na\nEOF", "#!/bin/bash -x\na\n\n"),
        ('ENV A=1 b="x y"\nARG C\n', "$A $b ${C} $D", "#!/bin/sh\nexport A=1 b C\n$A $b ${C} $D\n"),
        ("", "$http_proxy $NO_PROXY", "#!/bin/sh\nexport http_proxy NO_PROXY\n$http_proxy $NO_PROXY\n"),
        ("ENV A=1\n", "<<EOF\n# shellcheck x\n\n$A\nEOF", "#!/bin/sh\n# shellcheck x\n\nexport A=1\n$A\n\n"),
    ],
)
def test_a_script_comes_with_its_shell_and_the_variables_that_are_set(
    head: str, run: str, script: str, fake: Fake
) -> None:
    fake.write(run, head=f"FROM debian:trixie-slim\n{head}")
    assert script_of(fake) == script


@pytest.mark.parametrize(
    ("head", "run"),
    [
        ("", '["a", "$BAD"]'),
        ('SHELL ["pwsh", "-Command"]\n', "a $BAD"),
        ('SHELL ["/bin/zsh", "-c"]\n', "a $BAD"),
        ("# hadolint shell=powershell\n", "a $BAD"),
        ("", "<<EOF\n#!/usr/bin/env python3\n$BAD\nEOF"),
        ("", ""),
    ],
)
def test_what_is_no_script_of_a_shell_that_it_knows_is_not_given_to_it(head: str, run: str, fake: Fake) -> None:
    fake.write(run, head=f"FROM debian:trixie-slim\n{head}")
    assert not fake.check().findings
    assert not fake.calls


def test_nothing_is_said_of_what_was_added_to_a_script(fake: Fake) -> None:
    fake.write("echo $cd\n", head="FROM debian:trixie-slim\nENV cd=1\n")
    assert [finding.column for finding in fake.check().findings] == [11]


def test_its_own_settings_and_those_of_the_machine_are_left_out(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELLCHECK_OPTS", "--external-sources")
    fake.write("a")
    fake.check()
    [[arguments, folder, options]] = fake.calls
    assert arguments[:3] == ["--norc", "--format=json1", "--"]
    assert options is None
    assert not Path(folder).exists()


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["a $b", "# c", "", "\tx", "\u00fc \U0001f600 y"]), min_size=1, max_size=6),
    st.sampled_from(["#!/bin/bash\n", ""]),
    st.sampled_from([(), ("A=1", "b")]),
)
def test_every_place_in_a_script_is_found_again(lines: list[str], head: str, exported: tuple[str, ...]) -> None:
    text = head + "\n".join(lines)
    source = Source("Dockerfile", text)
    script = ShellScript("run", text, "sh", source, source.span, exported=exported)
    file = ScriptFile(script, "0")
    given_lines = file.text.split("\n")
    added = {f"export {' '.join(exported)}"} | ({"#!/bin/sh"} if not head else set())
    comment = {"code": 2086, "level": "info", "message": ""}
    for number, line in enumerate(given_lines[:-1], 1):
        for column in range(1, len(line) + 1):
            place = {"line": number, "endLine": number, "column": column, "endColumn": column + 1}
            file.add({**comment, **place})
    said = [text[one.start : one.end] for one in script.comments]
    assert said == [letter for line in given_lines if line not in added for letter in line]


# When it is run.


def test_it_is_run_once_for_many_files(fake: Fake) -> None:
    for number in range(20):
        fake.write("echo $BAD", "cd /x", name=f"{number}.Dockerfile")
    assert len(fake.check().findings) == 40
    assert len(fake.calls) == 1


def test_the_scripts_are_shared_out_among_processors(fake: Fake) -> None:
    for number in range(20):
        fake.write("echo $BAD", name=f"{number}.Dockerfile")
    assert len(fake.check(jobs=2).findings) == 20
    assert len(fake.calls) == 2


def test_several_processes_of_ours_find_the_same(fake: Fake) -> None:
    for number in range(70):
        fake.write("echo $BAD", "cd /x", name=f"{number}.Dockerfile")
    alone = fake.check().findings
    assert len(alone) == 140
    assert fake.check(jobs=3).findings == alone


def test_it_is_not_run_when_no_rule_asks_for_it(fake: Fake) -> None:
    fake.write("echo $BAD")
    fake.check(select=["DF1"])
    fake.check(select=[], profile="default")
    assert not fake.calls


def test_nothing_is_started_where_it_is_not_installed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def popen(*_: Any, **__: Any) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(shellcheck, "look_up", lambda: None)
    monkeypatch.setattr(subprocess, "Popen", popen)
    fake.write("echo $BAD")
    assert not fake.check().findings


def test_it_is_found_beside_python_too(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(fake.folder / "python"))
    assert shellcheck.look_up() == str(fake.path)


def test_a_relative_folder_of_the_path_is_not_searched(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fake.folder)
    monkeypatch.setenv("PATH", ".")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert shellcheck.look_up() is None


def test_text_from_standard_input_is_read_too(fake: Fake) -> None:
    request = Request(
        ("-",),
        Configuration(select=("DF312",)),
        str(fake.project),
        standard_input=b"FROM a\nRUN echo $BAD\n",
        stdin_filename=str(fake.project / "Dockerfile"),
    )
    assert [finding.sub_code for finding in run(request).findings] == ["SC2086"]


def test_the_path_of_the_program_can_be_given(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    fake.write("echo $BAD")
    assert fake.codes(config={"rules": {"DF312": {"path": str(fake.path)}}}) == [(2, "SC2086")]


@pytest.mark.parametrize("path", ["shellcheck", "./shellcheck", "{project}/tools/shellcheck", "/no/such/program"])
def test_no_program_of_the_project_is_run(path: str, fake: Fake) -> None:
    tools = fake.project / "tools"
    tools.mkdir()
    (tools / "shellcheck").symlink_to(fake.path)
    fake.write("echo $BAD")
    (fake.project / "real").write_bytes(fake.path.read_bytes())
    given = path.format(project=fake.project)
    if given.endswith("tools/shellcheck"):
        (tools / "shellcheck").unlink()
        (fake.project / "real").rename(tools / "shellcheck")
    with pytest.raises(ConfigurationError, match="DF312: option path"):
        fake.check(config={"rules": {"DF312": {"path": given}}})
    assert not fake.calls


# The cache.


def test_a_second_run_takes_findings_from_the_cache(fake: Fake) -> None:
    fake.write("echo $BAD", name="a.Dockerfile")
    fake.write("cd /x", name="b.Dockerfile")
    first = fake.check(cache=True).findings
    assert fake.check(cache=True).findings == first
    assert len(fake.calls) == 1


def test_only_files_that_changed_are_given_to_it_again(fake: Fake) -> None:
    fake.write("echo $BAD", name="a.Dockerfile")
    fake.write("cd /x", name="b.Dockerfile")
    fake.check(cache=True)
    fake.write("cd /other", name="b.Dockerfile")
    assert len(fake.check(cache=True).findings) == 2
    assert fake.scripts[-1] == "#!/bin/sh\ncd /other\n" and len(fake.scripts) == 3


def test_another_version_of_the_program_is_asked_again(fake: Fake) -> None:
    fake.write("echo $BAD")
    fake.check(cache=True)
    os.utime(fake.path, (1, 1))
    fake.check(cache=True)
    assert len(fake.calls) == 2


# Failures.


def test_a_program_that_fails_is_reported_and_asked_again(fake: Fake) -> None:
    fake.write("echo $BAD")
    fake.behave("fail")
    (finding,) = fake.check(cache=True).findings
    assert finding.code == "CNL003"
    assert finding.message == (
        "ShellCheck did not read the scripts of the file: it ended with status 3 and no answer: unrecognized option"
    )
    fake.behave("")
    assert fake.codes(cache=True) == [(2, "SC2086")]


def test_a_program_that_hangs_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "_SECONDS", 0.2)
    monkeypatch.setattr(shellcheck, "_SECONDS_PER_SCRIPT", 0.0)
    fake.write("echo $BAD")
    fake.behave("hang")
    (finding,) = fake.check().findings
    assert "took longer than" in finding.message


def test_a_program_that_cannot_be_started_is_reported(fake: Fake) -> None:
    fake.write("echo $BAD")
    fake.path.write_text("#!/no/such/interpreter\n")
    (finding,) = fake.check().findings
    assert finding.message == "ShellCheck did not read the scripts of the file: No such file or directory"


# Choosing and silencing single codes.


@pytest.mark.parametrize(
    "comment",
    [
        "# hadolint ignore=SC2086",
        "# hadolint ignore=DL3006,SC2086",
        "# cnlint: ignore[SC2086] words are wanted here",
        "# cnlint: ignore[DF312]",
        "# shellcheck disable=SC2086",
        "# shellcheck shell=sh disable=SC2154,SC2086",
        "# shellcheck disable=2086",
        "# hadolint global ignore=SC2086",
        "# cnlint: ignore-file[SC2086]",
    ],
)
def test_a_comment_above_an_instruction_silences_one_code_in_all_of_it(comment: str, fake: Fake) -> None:
    fake.write("a && \\\n\n # b\n echo $BAD", head=f"FROM debian:trixie-slim\n{comment}\n")
    assert [bool(finding.suppressed) for finding in fake.check().findings] == [True]


@pytest.mark.parametrize("comment", ["# hadolint ignore=SC2164", "# cnlint: ignore[SC2164]"])
def test_a_comment_about_another_code_silences_nothing(comment: str, fake: Fake) -> None:
    fake.write("echo $BAD", head=f"FROM debian:trixie-slim\n{comment}\n")
    assert fake.codes() == [(3, "SC2086")]


def test_a_comment_reaches_the_body_of_a_heredoc(fake: Fake) -> None:
    fake.write("<<EOF\na\necho $BAD\nEOF", "echo $BAD", head="FROM a\n# hadolint ignore=SC2086\n")
    assert fake.codes() == [(7, "SC2086")]


def test_a_comment_between_the_lines_of_a_run_silences_what_follows(fake: Fake) -> None:
    fake.write("echo $BAD && \\\n  # shellcheck disable=SC2086\n  echo $BAD")
    assert fake.codes() == [(2, "SC2086")]


def test_one_code_can_be_left_out_by_configuration(fake: Fake) -> None:
    fake.write("echo $BAD", "cd /x")
    assert fake.codes(ignore=["SC2086"]) == [(3, "SC2164")]
    assert fake.codes(config={"per-file-ignores": {"Dockerfile": ["sc2164"]}}) == [(2, "SC2086")]


def test_one_code_can_be_selected(fake: Fake) -> None:
    fake.write("echo $BAD", "cd /x")
    assert fake.codes(select=["SC2164"]) == [(3, "SC2164")]
    assert fake.codes(select=["DF301"], config={"extend-select": ["SC2164"]}) == [(3, ""), (3, "SC2164")]
    assert fake.codes(select=["DF312", "SC2164"]) == [(2, "SC2086"), (3, "SC2164")]


def test_what_hadolint_ignores_is_taken_over(fake: Fake) -> None:
    fake.write("echo $BAD", "cd /x")
    (fake.project / ".hadolint.yaml").write_text("ignored: [SC2086]\n")
    assert fake.codes(config=None) == [(3, "SC2164")]


def test_findings_stay_when_a_dockerfile_is_judged_for_another_stage(fake: Fake) -> None:
    fake.write("echo $BAD\nFROM app AS test", head="FROM debian:trixie-slim AS app\n")
    workflows = fake.project / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yaml").write_text(
        "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v5\n"
        "      - run: docker build --target app .\n"
    )
    assert fake.codes() == [(2, "SC2086")]


def test_reports_carry_the_code(fake: Fake) -> None:
    fake.write("echo $BAD")
    report, rules = fake.check(), rule_index.load()
    sarif = json.loads("".join(render("sarif", report, rules, ReportOptions())))
    assert sarif["runs"][0]["results"][0]["properties"]["subCode"] == "SC2086"
    plain = json.loads("".join(render("json", report, rules, ReportOptions())))
    assert plain["findings"][0]["sub_code"] == "SC2086"


def test_a_selector_that_only_looks_like_a_code_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="SC20860"):
        cnlint.check(["."], config={"ignore": ["SC20860"]})


# The program itself.


@pytest.mark.skipif(shellcheck.look_up() is None, reason="ShellCheck is not installed")
def test_the_program_itself_reads_scripts(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:trixie-slim\n"
        "ARG lower\n"
        "RUN set -eux; \\\n    # comment\n    rm -r $lower/\u00fc  $unknown\n"
        "RUN <<EOF\n# shellcheck disable=SC2086\nif [[ -n $lower ]]; then\n\techo $lower\nfi\nEOF\n"
        'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\n'
        "RUN cd /x; [[ -f y ]]\n"
    )
    report = cnlint.check([tmp_path], root=tmp_path, select=["DF312"], config=False)
    found = [(finding.line, finding.column, finding.end_column, finding.sub_code) for finding in report.findings]
    assert found == [
        (5, 11, 17, "SC2086"),
        (5, 21, 29, "SC2086"),
        (5, 21, 29, "SC2154"),
        (8, 4, 19, "SC3010"),
    ]
