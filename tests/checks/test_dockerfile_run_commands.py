"""What RUN instructions run: places, messages and fixes of its rules, and odd cases."""

from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint


def findings(text: str, code: str, tmp_path: Path, **options: Any) -> list[cnlint.Finding]:
    (tmp_path / "Dockerfile").write_text(text)
    config = {"rules": {code: options}} if options else False
    report = cnlint.check([tmp_path / "Dockerfile"], select=[code], root=tmp_path, config=config)
    return list(report.findings)


def finding(text: str, code: str, tmp_path: Path, **options: Any) -> cnlint.Finding:
    (found,) = findings(text, code, tmp_path, **options)
    return found


def fixed(text: str, code: str, tmp_path: Path) -> str | None:
    """Apply the fix of the first finding; ``None`` when it has none."""
    found = findings(text, code, tmp_path)[0]
    if not found.fixes:
        return None
    return edited(text, found.fixes[0].edits)


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF301", "RUN cd /app && make", "WORKDIR /app\nRUN make"),
        ("DF301", "RUN cd /app; \\\n    make a && make b", "WORKDIR /app\nRUN make a && make b"),
        ("DF301", "RUN --network=none cd app && make", "WORKDIR app\nRUN --network=none make"),
        ("DF301", "RUN cd /app && \\\n    # why\n    make", None),
        ("DF301", "RUN cd /app || make", None),
        ("DF301", "RUN cd $DIR && make", None),
        ("DF301", "RUN cd ~/app && make", None),
        ("DF301", "RUN cd - && make", None),
        ("DF301", "RUN cd /app && (make)", None),
        ("DF301", "RUN cd /app && ! make", None),
        ("DF301", "RUN make && cd /app && make", None),
        ("DF301", "ONBUILD RUN cd /app && make", None),
        ("DF301", "RUN cd /app > /dev/null && make", None),
        ("DF302", "RUN sudo make", "RUN make"),
        ("DF302", "RUN a && sudo  A=1 make", "RUN a && A=1 make"),
        ("DF302", "RUN sudo -u app make", None),
        ("DF302", "USER 1000\nRUN sudo make", None),
        ("DF302", 'RUN ["sudo", "make"]', None),
        ("DF304", "RUN a | b", 'SHELL ["/bin/ash", "-o", "pipefail", "-c"]\nRUN a | b'),
        ("DF304", 'SHELL ["bash", "-e", "-c"]\nRUN a | b', None),
        ("DF304", "ONBUILD RUN a | b", None),
        ("DF304", "RUN <<EOF bash\na | b\nEOF", None),
        ("DF305", "RUN <<EOF\na\nb\nEOF", "RUN <<EOF\nset -e\na\nb\nEOF"),
        ("DF305", "RUN <<EOF\n#!/bin/sh\na\nb\nEOF", "RUN <<EOF\n#!/bin/sh\nset -e\na\nb\nEOF"),
        ("DF305", "RUN <<-EOF\n\ta\n\tb\nEOF", "RUN <<-EOF\n\tset -e\n\ta\n\tb\nEOF"),
        ("DF307", "RUN wget http://a.example/x", "RUN wget -q http://a.example/x"),
        ("DF307", "RUN /usr/bin/wget -O x $Y", "RUN /usr/bin/wget -q -O x $Y"),
        ("DF307", 'RUN ["wget", "http://a.example/x"]', None),
        ("DF308", "RUN ln -sf /bin/bash /bin/sh", 'SHELL ["/bin/bash", "-c"]'),
        ("DF308", "RUN rm /bin/sh && \\\n    ln -s /bin/bash /bin/sh", 'SHELL ["/bin/bash", "-c"]'),
        ("DF308", "RUN ln -sf bash /bin/sh", None),
        ("DF308", "RUN a && ln -sf /bin/bash /bin/sh", None),
        ("DF308", 'RUN ["ln", "-sf", "/bin/bash", "/bin/sh"]', None),
        ("DF311", "RUN useradd -u 100000 app", "RUN useradd -l -u 100000 app"),
        ("DF316", "RUN export A=1 B=$A/x", "ENV A=1 B=$A/x"),
        ("DF316", "RUN cd /app", "WORKDIR /app"),
        ("DF316", "RUN export A=$(b)", None),
        ("DF316", "RUN export A", None),
        ("DF316", "RUN export A='b c'", None),
        ("DF316", "RUN export A=1 && export B=2", None),
        ("DF316", "RUN --network=none export A=1", None),
        ("DF316", "RUN cd ~", None),
        ("DF316", "ONBUILD RUN export A=1", "ONBUILD ENV A=1"),
    ],
)
def test_a_fix_writes_what_it_promises(code: str, before: str, after: str | None, tmp_path: Path) -> None:
    head = "FROM alpine:3.23\n"
    result = fixed(f"{head}{before}\n", code, tmp_path)
    assert result == (None if after is None else f"{head}{after}\n")


def test_a_shell_that_was_chosen_is_kept_for_pipefail(tmp_path: Path) -> None:
    text = 'FROM debian:trixie\nSHELL ["/usr/bin/zsh", "-c"]\nRUN a | b\n'
    assert fixed(text, "DF304", tmp_path) == (
        'FROM debian:trixie\nSHELL ["/usr/bin/zsh", "-c"]\nSHELL ["/usr/bin/zsh", "-o", "pipefail", "-c"]\nRUN a | b\n'
    )


def test_pipefail_is_proposed_once_a_stage(tmp_path: Path) -> None:
    found = findings("FROM a\nRUN a | b\nRUN a | b\nFROM b\nRUN a | b\n", "DF304", tmp_path)
    assert [bool(one.fixes) for one in found] == [True, False, True]


@pytest.mark.parametrize(
    ("code", "text", "place", "message"),
    [
        (
            "DF301",
            "RUN a && cd  /x && b",
            "1:10-16",
            'RUN changes to "/x" with cd, which lasts no longer than this RUN',
        ),
        ("DF301", "RUN cd", "1:5-7", "RUN changes to the home folder with cd, which lasts no longer than this RUN"),
        ("DF302", "RUN A=1 sudo -E make", "1:9-13", '"make" is run with sudo'),
        ("DF302", "RUN sudo -v", "1:5-9", "a command is run with sudo"),
        ("DF303", "RUN a; top -b", "1:8-14", '"top" shows the processes of the build'),
        (
            "DF308",
            "RUN ln -sf bash /bin/sh",
            "1:5-24",
            '"/bin/sh" becomes a link to "bash", for all scripts of the image',
        ),
        (
            "DF304",
            "RUN a && \\\n  curl x | sh",
            "1:1-9",
            'a failure of "curl" in a pipeline goes unnoticed: the shell does not run with -o pipefail',
        ),
        (
            "DF305",
            "RUN <<EOF\nmake\nls\nEOF",
            "1:1-10",
            'the heredoc goes on when "make" fails: the shell does not run with -e',
        ),
        (
            "DF311",
            "RUN useradd -u 1234567 a",
            "1:5-25",
            "useradd gives the id 1234567 and keeps a login record for every id below it",
        ),
        (
            "DF316",
            "RUN export A=1 && \\\n  export B=2",
            "1:1-18",
            '"export A=1 && export B=2" changes nothing but the shell of this RUN, which ends with it',
        ),
        (
            "DF533",
            "RUN --security=insecure a",
            "1:5-24",
            "RUN with --security=insecure runs without the sandbox of the builder",
        ),
        (
            "DF534",
            "RUN --network=host a",
            "1:5-19",
            "RUN with --network=host runs in the network of the machine that builds",
        ),
    ],
)
def test_findings_name_what_they_see_where_it_stands(
    code: str, text: str, place: str, message: str, tmp_path: Path
) -> None:
    found = finding(f"{text}\n", code, tmp_path)
    assert f"{found.line}:{found.column}-{found.end_column}" == place
    assert found.message == message


def test_one_cd_is_reported_for_each_run(tmp_path: Path) -> None:
    assert len(findings("FROM a\nRUN cd /a && x && cd /b && y\nRUN cd /c && z\n", "DF301", tmp_path)) == 2


def test_a_cd_at_the_end_is_not_temporary(tmp_path: Path) -> None:
    found = finding("FROM a\nRUN make && cd /b\nRUN cd /a && make\n", "DF301", tmp_path, allow_temporary=True)
    assert found.line == 2


def test_the_pipe_is_pointed_to_where_it_is_on_another_line(tmp_path: Path) -> None:
    (related,) = finding("FROM a\nRUN x && \\\n  curl x | sh\n", "DF304", tmp_path).related
    assert (related.line, related.column) == (3, 3)


@pytest.mark.parametrize(
    "script",
    [
        "a | { b; }",
        "{ a; } | b",
        "(a) | b",
        "a |& b",
        "for x in 1; do a; done | b",
        "a | while read x; do b; done",
        "! a | b",
        "echo x | a | b",
        "x=$(a | b)",
        "set +o pipefail; a | b",
        "set -o errexit; a | b",
        "f() { a | b; }; f",
    ],
)
def test_a_pipeline_is_found_in_any_form(script: str, tmp_path: Path) -> None:
    assert findings(f"FROM a\nRUN {script}\n", "DF304", tmp_path)


@pytest.mark.parametrize(
    "script",
    [
        "set -eo pipefail; a | b",
        "set -e -o pipefail && a | b",
        "{ set -euo pipefail; a | b; }",
        "echo a | b",
        "printf a | b",
        "echo $(curl x) | b",
        "bash -c 'a | b'",
        "a ||b",
        "[[ a =~ x|y ]]",
        "cat <<E\na | b\nE",
    ],
)
def test_what_is_no_pipeline_or_cannot_fail_is_not_reported(script: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nRUN {script}\n", "DF304", tmp_path)


@pytest.mark.parametrize(
    ("shell", "image", "is_reported"),
    [
        ('["/bin/bash", "-euxo", "pipefail", "-c"]', "debian", False),
        ('["zsh", "-o", "pipefail", "-c"]', "debian", False),
        ('["/bin/bash", "-c", "-o", "pipefail"]', "debian", False),
        ('["/bin/bash", "-e", "pipefail", "-c"]', "debian", True),
        ('["/bin/sh", "-o", "pipefail", "-c"]', "debian", True),
        ('["/bin/sh", "-o", "pipefail", "-c"]', "scratch", True),
        ('["/bin/sh", "-o", "pipefail", "-c"]', "python:3.14-alpine3.23", False),
        ('["/bin/sh", "-o", "pipefail", "-c"]', "rockylinux:9", False),
        ('["/bin/dash", "-c"]', "debian", True),
        ('["pwsh", "-Command"]', "debian", False),
        ("[]", "debian", False),
        ("bash -c", "debian", False),
    ],
)
def test_the_shell_in_force_decides_about_pipefail(shell: str, image: str, is_reported: bool, tmp_path: Path) -> None:
    found = findings(f"FROM {image}\nSHELL {shell}\nRUN a | b\n", "DF304", tmp_path)
    assert bool(found) is is_reported


@pytest.mark.parametrize(
    "body",
    ["a\nb", "a;b", "if a; then b; c; fi", "for x in y; do a; b; done", "a && b\nc", "(a; b)", "x=1\na\nset -e\nb"],
)
def test_a_failure_in_the_middle_of_a_heredoc_is_found(body: str, tmp_path: Path) -> None:
    assert findings(f"FROM a\nRUN <<EOF\n{body}\nEOF\n", "DF305", tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "a",
        "",
        "# a\n\nb",
        "a &&\n  b",
        "a | b",
        "if a; then b; else c; fi",
        "case x in a) b;; c) d;; esac",
        "echo a\nset -o errexit\nb\nc",
        "trap 'exit 1' ERR\na\nb",
        "a || exit 1\nb",
        "f() { a; b; }\nf",
        "x=$(a; b)",
        "export A=1\necho b\nc",
    ],
)
def test_a_heredoc_in_which_nothing_is_passed_over_is_not_reported(body: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nRUN <<EOF\n{body}\nEOF\n", "DF305", tmp_path)


@pytest.mark.parametrize(
    "run",
    [
        "export A=1; export B=2",
        "export PATH=$(go env GOPATH)/bin:$PATH",
        "set -x",
        "source /opt/ros/humble/setup.bash",
        '["bash", "-c", "source /venv/bin/activate"]',
        "sh -c 'cd /app'",
        "A=1",
        "ulimit -n 1",
        "pushd /x",
    ],
)
def test_state_of_a_shell_that_ends_is_found_in_any_form(run: str, tmp_path: Path) -> None:
    assert findings(f"FROM a\nRUN {run}\n", "DF316", tmp_path)


@pytest.mark.parametrize(
    "run",
    [
        '["cd", "/app"]',
        "export A=1 > /f",
        "cd /app && ls",
        "[ -d /x ] && cd /x",
        ": ${A:?}",
        "A=1 b",
        "",
        "eval x",
        "cd() { a; }; cd",
    ],
)
def test_what_does_more_than_change_its_shell_is_not_reported(run: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\nRUN {run}\n", "DF316", tmp_path)


def test_the_tool_that_came_second_is_reported_once_for_each_run(tmp_path: Path) -> None:
    found = findings("FROM a\nRUN curl a\nRUN wget b; wget c\nRUN curl d\nRUN wget e\n", "DF306", tmp_path)
    assert [(one.line, one.column) for one in found] == [(3, 5), (5, 5)]


def test_a_second_layer_that_deletes_a_secret_is_an_error(tmp_path: Path) -> None:
    found = finding("FROM a\nCOPY .env /app/.env\nRUN make && rm /app/.env\n", "DF315", tmp_path)
    assert found.severity == "error"
    assert found.message == 'deleting "/app/.env" does not hide it: the layer of line 2 has it'
    assert (found.line, found.column, found.end_column) == (3, 16, 25)


@pytest.mark.parametrize(
    ("creator", "remover"),
    [
        ("COPY a.tgz b.tgz /tmp/", "rm /tmp/b.tgz"),
        ("COPY src /src", "rm -rf /src"),
        ("COPY a.tgz /tmp/", "cd /tmp && rm *.tgz"),
        ("ADD https://a.example/x.tgz /tmp/", "rm /tmp/x.tgz"),
        ("RUN git clone https://a.example/x.git /x", "rm -rf /x"),
        ("WORKDIR /y\nRUN git clone https://a.example/x.git", "rm -rf x"),
        ("RUN wget -P /tmp https://a.example/x.tgz?y=1", "rm /tmp/x.tgz"),
        ("RUN curl -fL https://a.example/x > /tmp/x", "rm /tmp/x"),
        ("RUN apt-get install -y gcc=4:14", "apt-get -y purge gcc:amd64"),
        ("RUN dnf -y install git", "yum -y remove git"),
        ("RUN apk add -t .x gcc", "apk del .x"),
    ],
)
def test_what_an_earlier_layer_has_is_known_by_its_path_or_name(creator: str, remover: str, tmp_path: Path) -> None:
    assert findings(f"FROM a\n{creator}\nRUN {remover}\n", "DF315", tmp_path)


@pytest.mark.parametrize(
    ("creator", "remover"),
    [
        ("COPY a.tgz $DIR/", "rm $DIR/a.tgz"),
        ("COPY a.tgz tmp/", "rm tmp/a.tgz"),
        ("COPY conf/ /etc/app/", "rm /etc/app/default.conf"),
        ("COPY a.tgz /tmp/", "(cd /x; b) && (rm a.tgz)"),
        ("RUN curl -fLo /tmp/x https://a.example/x && rm /tmp/x", "rm -f /tmp/x"),
        ("RUN --mount=type=cache,target=/c curl -fLo /c/x https://a.example/x", "rm -f /c/x"),
        ("RUN apt-get install -y gcc", "apt-get purge -y make"),
        ("RUN apt-get install -y gcc && apt-get purge -y gcc", "apt-get purge -y gcc"),
        ("RUN npm install gcc", "apt-get purge -y gcc"),
    ],
)
def test_what_no_earlier_layer_is_known_to_have_is_not_reported(creator: str, remover: str, tmp_path: Path) -> None:
    assert not findings(f"FROM a\n{creator}\nRUN {remover}\n", "DF315", tmp_path)


def test_a_secret_in_a_stage_that_does_not_ship_is_only_noted(tmp_path: Path) -> None:
    text = "FROM a AS b\nRUN --mount=type=secret,id=x cp /run/secrets/x /x\nFROM c\n"
    found = finding(text, "DF319", tmp_path)
    assert found.severity == "info"
    assert found.message == 'secret "x" is written to "/x", which becomes part of the layer'


@pytest.mark.parametrize("code", ["DF301", "DF302", "DF303", "DF304", "DF306", "DF307", "DF308", "DF311", "DF316"])
def test_shells_of_windows_are_left_alone(code: str, tmp_path: Path) -> None:
    text = (
        "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2025\n"
        "RUN cd C:\\app && sudo a | b & top & curl x & wget x & ln a /bin/sh & useradd -u 1000000 a\nRUN cd C:\\x\n"
    )
    assert not findings(text, code, tmp_path)
