"""Messages, places and fixes of findings in what containers run and offer."""

from pathlib import Path

import pytest
from edits import edited

import cnlint


def findings(text: str, code: str, folder: Path) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    return cnlint.check([folder / "Dockerfile"], select=[code], root=folder, config=False).findings


def fixed(text: str, code: str, folder: Path) -> str:
    (found,) = findings(text, code, folder)
    return edited(text, found.fixes[0].edits)


# Repeated instructions.


def test_each_replaced_command_names_the_one_that_counts(tmp_path: Path) -> None:
    found = findings('FROM a\nCMD ["x"]\nCMD ["y"]\nCMD ["z"]\n', "DF602", tmp_path)
    assert [(one.line, one.related[0].line) for one in found] == [(2, 4), (3, 4)]
    assert found[0].message == "CMD has no effect: the CMD in line 4 of the same stage replaces it"


def test_a_fragment_without_from_is_one_stage(tmp_path: Path) -> None:
    assert [one.line for one in findings("ENTRYPOINT x\nENTRYPOINT y\n", "DF603", tmp_path)] == [1]


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF602", "CMD a\nRUN b\nCMD c\n", "RUN b\nCMD c\n"),
        ("DF603", 'ENTRYPOINT ["a", \\\n  # comment\n  "b"]\nENTRYPOINT c\n', "ENTRYPOINT c\n"),
        ("DF604", "HEALTHCHECK NONE\n# why\nHEALTHCHECK CMD a", "# why\nHEALTHCHECK CMD a"),
    ],
)
def test_the_replaced_instruction_is_deleted_with_all_its_lines(
    code: str, before: str, after: str, tmp_path: Path
) -> None:
    assert fixed(f"FROM a\n{before}", code, tmp_path) == f"FROM a\n{after}"


# Health checks.


def test_every_stage_that_ships_without_health_check_is_named(tmp_path: Path) -> None:
    (found,) = findings("FROM alpine:3.23 AS web\n", "DF605", tmp_path)
    assert found.message == 'stage "web" has no HEALTHCHECK, nor has any stage that it is built from'
    (found,) = findings("FROM alpine:3.23\n", "DF605", tmp_path)
    assert found.message == "the final stage has no HEALTHCHECK, nor has any stage that it is built from"


def test_a_missing_tool_is_reported_at_the_program(tmp_path: Path) -> None:
    text = "FROM node:24-alpine\nHEALTHCHECK --timeout=3s \\\n  CMD set -e; curl -f http://localhost/ || exit 1\n"
    (found,) = findings(text, "DF606", tmp_path)
    assert (found.line, found.column, found.end_column) == (3, 15, 19)
    assert found.message == 'HEALTHCHECK runs "curl", which "node:24-alpine" does not have and no instruction adds'
    assert found.hint == "use wget -q -O /dev/null, which the image has, or install curl"
    assert [one.line for one in found.related] == [1]


def test_without_a_shell_the_program_is_to_check_itself(tmp_path: Path) -> None:
    (found,) = findings('FROM scratch\nHEALTHCHECK CMD ["curl", "localhost"]\n', "DF606", tmp_path)
    assert found.hint == 'let the program check itself: HEALTHCHECK CMD ["/app", "healthcheck"]'


@pytest.mark.parametrize(
    "check",
    [
        "curl -f localhost || wget localhost",
        "if command -v curl; then curl localhost; fi",
        "/opt/tools/curl localhost",
        "$CURL localhost",
        "/healthcheck.sh curl",
        "echo curl",
    ],
)
def test_a_tool_is_not_missed_where_something_may_stand_in_for_it(check: str, tmp_path: Path) -> None:
    assert not findings(f"FROM debian:trixie-slim\nHEALTHCHECK CMD {check}\n", "DF606", tmp_path)


@pytest.mark.parametrize(
    "command", ["curl $URL", "A=1 curl x", "curl x > y", "! curl x", "(curl x)", "curl `x`", "ls *", "a; b", "a | b"]
)
def test_shell_syntax_in_a_health_check_can_be_allowed(command: str, tmp_path: Path) -> None:
    (tmp_path / "cnlint.toml").write_text("[rules.DF607]\nallow_operators = true\n")
    (tmp_path / "Dockerfile").write_text(f"FROM a\nHEALTHCHECK CMD {command}\n")
    report = cnlint.check([tmp_path / "Dockerfile"], select=["DF607"], root=tmp_path, config=tmp_path / "cnlint.toml")
    assert not report.findings


def test_the_command_of_a_health_check_is_the_place(tmp_path: Path) -> None:
    (found,) = findings("FROM a\nHEALTHCHECK --retries=3 CMD curl x\n", "DF607", tmp_path)
    assert (found.line, found.column, found.end_column) == (2, 29, 35)


# Ports.


@pytest.mark.parametrize("word", ["99999999999999999999999", "65536", "1-65536", "80:70000", "070000"])
def test_ports_of_any_length_are_read(word: str, tmp_path: Path) -> None:
    (found,) = findings(f"FROM a\nEXPOSE {word}\n", "DF611", tmp_path)
    assert found.message == f'EXPOSE "{word}" names a port above 65535, the last that there is'


@pytest.mark.parametrize("word", ["http", "1-2-3", "-", "/tcp", "٧٠٠٠٠", "{{ports}}", "<port>", "0000080"])
def test_what_is_no_port_or_a_small_one_is_left_alone(word: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nEXPOSE {word}\n", "DF611", tmp_path)


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF612", "80:8080", "8080"),
        ("DF612", "53 127.0.0.1:80:80-90/tcp 90", "53 80-90/tcp 90"),
        ("DF612", "[::1]:80:80", "80"),
        ("DF612", "$HOST:${PORT:-80}", "${PORT:-80}"),
        ("DF613", "53/UDP", "53/udp"),
        ("DF613", "53 '80/TCP' 90", "53 '80/tcp' 90"),
        ("DF613", "$PORT/Sctp", "$PORT/sctp"),
    ],
)
def test_ports_are_mended_without_a_change_of_meaning(code: str, before: str, after: str, tmp_path: Path) -> None:
    assert fixed(f"FROM a\nEXPOSE {before}\n", code, tmp_path) == f"FROM a\nEXPOSE {after}\n"
    (found,) = findings(f"FROM a\nEXPOSE {before}\n", code, tmp_path)
    assert found.fixes[0].safe


def test_a_mapping_that_quotes_or_a_variable_give_is_reported_and_left_to_people(tmp_path: Path) -> None:
    found = findings('FROM a\nENV PORTS=80:80\nEXPOSE $PORTS "81:81"\n', "DF612", tmp_path)
    assert [(one.column, one.fixes) for one in found] == [(8, ()), (15, ())]


@pytest.mark.parametrize("word", ["80/http", "80/$TCP", "80/tcp", "${TCP:-80}"])
def test_what_is_no_protocol_in_upper_case_is_left_alone(word: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nEXPOSE {word}\n", "DF613", tmp_path)


def test_the_range_that_holds_the_port_of_ssh_is_named(tmp_path: Path) -> None:
    (found,) = findings("FROM a\nEXPOSE 80 20-25/tcp\n", "DF614", tmp_path)
    assert (found.column, found.message) == (11, 'EXPOSE names port 22 in "20-25/tcp", the port of SSH')


# Working directories.


@pytest.mark.parametrize(("before", "after"), [("app", "/app"), ("./app/src", "/app/src"), ("my app", "/my app")])
def test_a_relative_folder_is_made_absolute(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(f"FROM a\nWORKDIR {before}\n", "DF621", tmp_path) == f"FROM a\nWORKDIR {after}\n"


@pytest.mark.parametrize("path", [".", "..", "../app", '"app"'])
def test_a_folder_that_cannot_simply_be_made_absolute_has_no_fix(path: str, tmp_path: Path) -> None:
    (found,) = findings(f"FROM a\nWORKDIR {path}\n", "DF621", tmp_path)
    assert found.fixes == ()


@pytest.mark.parametrize(
    "path", ["{{ dir }}", "<folder>", "@DIR@", "__DIR__", "$DIR", '"$DIR"', "\\\\srv", "'/a'", "''"]
)
def test_absolute_folders_and_placeholders_are_not_relative(path: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nWORKDIR {path}\n", "DF621", tmp_path)


def test_who_decides_on_the_folder_is_named(tmp_path: Path) -> None:
    (found,) = findings("FROM alpine:3.23 AS a\nFROM a\nWORKDIR app\n", "DF621", tmp_path)
    assert found.message == 'WORKDIR "app" is relative to a folder that the base image "alpine:3.23" decides'


# Signals.


@pytest.mark.parametrize(
    ("signal", "hint"), [("SIGTREM", "use SIGTERM"), ("qiut", "use SIGQUIT"), ("USR3", "use SIGUSR")]
)
def test_the_nearest_signal_is_proposed(signal: str, hint: str, tmp_path: Path) -> None:
    (found,) = findings(f"FROM a\nSTOPSIGNAL {signal}\n", "DF633", tmp_path)
    assert found.hint.startswith(hint)


@pytest.mark.parametrize("signal", ["0", "65", "-1", "9 9", "SIG", "RTMIN+0", "RTMAX-15", "1" * 5000, "٩"])
def test_what_is_no_signal_is_reported_whatever_it_is(signal: str, tmp_path: Path) -> None:
    assert len(findings(f"FROM a\nSTOPSIGNAL {signal}\n", "DF633", tmp_path)) == 1


def test_signals_of_windows_are_not_judged(tmp_path: Path) -> None:
    text = "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nSTOPSIGNAL CTRL_C\n"
    assert not findings(text, "DF633", tmp_path)


# CMD, ENTRYPOINT and shells.


def test_the_entrypoint_that_ignores_cmd_is_shown(tmp_path: Path) -> None:
    (found,) = findings('FROM a\nENTRYPOINT run\nCMD ["x"]\n', "DF641", tmp_path)
    assert found.message == "CMD is ignored: the ENTRYPOINT in line 2 is in shell form, which takes no arguments"
    assert (found.line, found.related[0].line) == (3, 2)


def test_a_pair_that_is_inherited_is_reported_once(tmp_path: Path) -> None:
    assert len(findings("FROM a AS b\nENTRYPOINT run\nCMD x\nFROM b\nFROM b\n", "DF641", tmp_path)) == 1


@pytest.mark.parametrize("entrypoint", ["", '""', 'exec run "$@"', "run ${@}", "run $0", '["run"]', "[]"])
def test_an_entrypoint_that_takes_words_or_is_none_ignores_nothing(entrypoint: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nENTRYPOINT {entrypoint}\nCMD x\n", "DF641", tmp_path)


def test_a_command_without_its_shell_names_the_image(tmp_path: Path) -> None:
    (found,) = findings("FROM scratch AS a\nFROM a\nRUN x\n", "DF642", tmp_path)
    assert found.message == 'RUN is in shell form, and "scratch" has no /bin/sh that could run it'
    assert found.hint == "do this in an earlier stage, and COPY --from its result"


@pytest.mark.parametrize(
    "line",
    [
        "ONBUILD RUN x",
        "RUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF",
        "HEALTHCHECK NONE",
        "CMD",
        'CMD ["x", 1]',
        "# hadolint shell=busybox\nRUN x",
        'SHELL ["/busybox/sh", "-c"]\nRUN x',
    ],
)
def test_what_needs_no_shell_of_the_image_is_left_alone(line: str, tmp_path: Path) -> None:
    assert not findings(f"FROM scratch\n{line}\n", "DF642", tmp_path)


# The exec form.


def test_each_element_for_a_shell_is_reported_where_it_stands(tmp_path: Path) -> None:
    found = findings('FROM a\nCMD ["npm", "start", "&&", \\\n  "x$PORT"]\n', "DF644", tmp_path)
    assert [(one.line, one.column, one.end_column) for one in found] == [(2, 22, 26), (3, 3, 11)]
    assert found[0].message == (
        '"&&" in the exec form of CMD is an argument like any other: no shell reads it as an operator'
    )
    assert found[1].message == (
        '"x$PORT" in the exec form of CMD names the variable PORT, which no shell replaces by its value'
    )


@pytest.mark.parametrize(
    "words",
    [
        '["x", "$PORT"]',
        '["x", "${PORT:-80}"]',
        '["x", "$port"]',
        '["java", "-Xmx${MEMORY}"]',
        '["java", "--server.port=$PORT"]',
        '["php", "-S", "0.0.0.0:$PORT"]',
        '["gunicorn", "-c", "$FILE"]',
        '["tini", "--", "x", "|", "y"]',
        '["rm", "-rf", "*"]',
        '["ls", "~"]',
        '["x", ">"]',
    ],
)
def test_what_only_a_shell_understands_is_reported(words: str, tmp_path: Path) -> None:
    assert findings(f"FROM a\nCMD {words}\n", "DF644", tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        "[]",
        '[""]',
        '["x", "a && b"]',
        '["x", "\\\\$PORT", "$$PORT", "$(PORT)", "${{ x }}", "100$", "$1"]',
        '["x", "price $id"]',
        '["python", "-c", "print(\'$PATH\')"]',
        '["java", "-Dserver.port=${PORT}"]',
        '["nginx", "-g", "env $PATH;"]',
        '["sh", "-c", "echo $PORT > x"]',
        '["/usr/bin/env", "bash", "-c", "echo $PORT"]',
        '["tini", "--", "/bin/bash", "-c", "echo $PORT", "|"]',
        '["env", "-S", "x ${PORT}"]',
        '["find", ".", "-exec", "rm", "{}", ";"]',
        '["awk", "{print $NF}"]',
        '["uvicorn", "--forwarded-allow-ips", "*"]',
        '["tar", "--exclude", "*", "x"]',
        '["cat", "~/x"]',
    ],
)
def test_what_programs_read_themselves_is_left_alone(words: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nCMD {words}\n", "DF644", tmp_path)


@pytest.mark.parametrize("entrypoint", ['["sh", "-c"]', '["tini", "--", "bash", "-c"]', "run", '["awk"]'])
def test_the_entrypoint_may_be_the_shell_that_reads_cmd(entrypoint: str, tmp_path: Path) -> None:
    assert not findings(f'FROM a\nENTRYPOINT {entrypoint}\nCMD ["x $PORT", "&&"]\n', "DF644", tmp_path)


@pytest.mark.parametrize("code", ["DF644", "DF645"])
def test_commands_for_windows_are_not_judged(code: str, tmp_path: Path) -> None:
    text = 'FROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD ["cmd /c dir"]\nCMD ["cmd", "/c", "a", "&&", "b"]\n'
    assert not findings(text, code, tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["npm start"]', '["npm", "start"]'),
        ('[ "python  main.py --x=1" ]', '[ "python", "main.py", "--x=1" ]'),
        ('["größe \\u00e4"]', '["größe", "ä"]'),
    ],
)
def test_one_string_is_split_at_its_blanks(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(f"FROM a\nCMD {before}\n", "DF645", tmp_path) == f"FROM a\nCMD {after}\n"


@pytest.mark.parametrize("text", ["sh -c 'a b'", "a && b", "A=1 b", "a $B", "a > b", "  "])
def test_one_string_that_a_shell_has_to_read_has_no_fix(text: str, tmp_path: Path) -> None:
    (found,) = findings(f'FROM a\nCMD ["{text}"]\n', "DF645", tmp_path)
    assert found.fixes == ()


def test_long_strings_are_cut_short_in_messages(tmp_path: Path) -> None:
    (found,) = findings(f'FROM a\nCMD ["{"word " * 50}"]\n', "DF645", tmp_path)
    assert len(found.message) < 150
