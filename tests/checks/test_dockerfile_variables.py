"""Reports about variables: messages, places, fixes and odd cases."""

from pathlib import Path

import pytest
from edits import edited

import cnlint


def findings(text: str, code: str, folder: Path) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    return cnlint.check([folder / "Dockerfile"], select=[code], root=folder, config=False).findings


def fixed(text: str, code: str, folder: Path) -> str | None:
    found = findings(text, code, folder)[0]
    if not found.fixes:
        return None
    return edited(text, found.fixes[0].edits)


def test_the_reference_is_marked_and_both_names_are_told(tmp_path: Path) -> None:
    (found,) = findings("FROM scratch\nENV A=1 B=x${A}y\n", "DF801", tmp_path)
    assert (found.line, found.column, found.end_column) == (2, 12, 16)
    assert found.message == '"B" refers to "A", which the same ENV sets: it sees the value from before it'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV A=1 B=$A", "ENV A=1\nENV B=$A"),
        ("ENV A=1 \\\n    B=$A \\\n    C=2", "ENV A=1\nENV B=$A \\\n    C=2"),
        ("ENV B=$A A=1", None),
        ("ONBUILD ENV A=1 B=$A", None),
        ("ENV A=1 \\\n  # of A\n  B=$A", None),
    ],
)
def test_an_env_is_split_where_that_helps(before: str, after: str | None, tmp_path: Path) -> None:
    result = fixed(f"FROM scratch\n{before}\n", "DF801", tmp_path)
    assert result == (None if after is None else f"FROM scratch\n{after}\n")


def test_a_name_that_is_nearly_one_that_is_set_is_proposed(tmp_path: Path) -> None:
    (found,) = findings("FROM registry.example.com/a\nARG VERSION\nCOPY a-$VERSON $VERSON\n", "DF802", tmp_path)
    assert (found.line, found.column, found.end_column) == (3, 8, 15)
    assert found.message == '"VERSON" is not set before it is used, and "VERSION" is'
    assert found.hint == 'write "VERSION" if it is meant'


@pytest.mark.parametrize(
    "text",
    [
        "WORKDIR /a\nCOPY $X /\n",
        "ARG X\n",
        'FROM scratch\nCOPY ["${X:-a}", "/"]\n',
        "FROM scratch\nCOPY ${X /\n",
        "FROM scratch\nENV $\n",
        "FROM scratch\nEXPOSE $1 $$ $@\n",
        "FROM scratch\nENV X=1 Y=$X\n",
        "FROM scratch\nCOPY <<EOF /$\nEOF\n",
        "FROM debian\nENV LD_LIBRARY_PATH=/a:$LD_LIBRARY_PATH\n",
        "FROM debian\nARG http_proxy\nENV a=$http_proxy b=$HTTPS_PROXY\n",
        "ARG A=${HTTP_PROXY}\nFROM scratch\n",
        "FROM debian\nLABEL a=${{ x }} b={{$x}}\n",
    ],
)
def test_nothing_is_said_of_variables_where_nothing_is_sure(text: str, tmp_path: Path) -> None:
    assert findings(text, "DF802", tmp_path) == ()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('COPY ["$X", "/"]', 7),
        ("COPY a-$X /", 8),
        ("ADD --chown=$X a /", 5),
        ("EXPOSE 80 $X", 11),
        ("LABEL $X=1", 7),
        ("STOPSIGNAL $X", 12),
        ("VOLUME /a $X", 11),
        ("ENV A $X", 7),
        ("ENV X=$X", 7),
        ("ONBUILD WORKDIR $X", 17),
        ("RUN --mount=type=cache,target=$X true", 24),
        ("ARG A=${X#a}", 7),
    ],
)
def test_whatever_the_builder_puts_in_is_looked_at(line: str, column: int, tmp_path: Path) -> None:
    (found,) = findings(f"FROM scratch\n{line}\n", "DF802", tmp_path)
    assert (found.line, found.column) == (2, column)
    assert found.message == '"X" is used, and nothing sets it before'


def test_an_argument_is_missed_once_a_stage_and_added_to_it(tmp_path: Path) -> None:
    text = "ARG X=1\nFROM debian AS a\nRUN echo $X\nRUN echo $X\nFROM a\nUSER $X\n"
    first, second = findings(text, "DF804", tmp_path)
    assert (first.line, first.column, second.line) == (3, 10, 6)
    assert first.message == 'ARG "X" is declared before the first FROM only: it is empty in this stage'
    assert [(one.line, one.message) for one in first.related] == [(1, "declared here"), (4, "and here")]
    assert fixed(text, "DF804", tmp_path) == text.replace("AS a\n", "AS a\nARG X\n")


@pytest.mark.parametrize(
    "script",
    [
        'sh -c "echo $X"',
        "sh -c 'echo $X'",
        "a=$(echo ${X})",
        "echo ${Y:-$X}",
        "case $X in a) true;; esac",
        "for x in a $X; do echo $x; done",
        "cat <<END > /a\n$X\nEND\n",
        "echo a > /b/$X",
        "f() { echo $X; }; f",
        '["sh", "-c", "echo $X"]',
    ],
)
def test_variables_are_found_wherever_a_script_has_them(script: str, tmp_path: Path) -> None:
    run = f"RUN <<EOF\n{script}EOF" if "\n" in script else f"RUN {script}"
    assert len(findings(f"ARG X=1\nFROM debian\n{run}\n", "DF804", tmp_path)) == 1


@pytest.mark.parametrize(
    "run",
    [
        'RUN ["echo", "$X"]',
        "RUN echo \"'\" '$X'",
        "RUN env X=1 sh -c 'echo $X'",
        "RUN printf -v X 1; echo $X",
        "RUN declare X; X=1; echo $X",
        "RUN eval $(settings) && echo $X",
        "RUN cat <<'EOF' > /a\n$X\nEOF",
        'SHELL ["powershell"]\nRUN echo $X',
        "ONBUILD RUN echo $X",
        "CMD echo $X",
    ],
)
def test_what_a_script_has_by_itself_is_not_missed(run: str, tmp_path: Path) -> None:
    assert findings(f"ARG X=1\nFROM debian\n{run}\n", "DF804", tmp_path) == ()


def test_an_argument_without_effect_shows_the_env(tmp_path: Path) -> None:
    (found,) = findings("FROM debian\nENV A=0 X=1\nARG B X=2\n", "DF805", tmp_path)
    assert (found.line, found.column, found.end_column) == (3, 7, 8)
    assert found.message == 'ARG "X" has no effect: ENV sets "X" before it, and wins'
    assert [(one.line, one.column) for one in found.related] == [(2, 9)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV PATH=/a", "ENV PATH=/a:$PATH"),
        ('ENV PATH="/a" B=1', 'ENV PATH="/a:$PATH" B=1'),
        ("ENV PATH /a b", "ENV PATH /a b:$PATH"),
        ("ENV PATH='/a'", None),
        ("ENV PATH=", None),
    ],
)
def test_the_former_path_is_kept(before: str, after: str | None, tmp_path: Path) -> None:
    result = fixed(f"FROM debian\n{before}\n", "DF806", tmp_path)
    assert result == (None if after is None else f"FROM debian\n{after}\n")


def test_a_fragment_may_replace_the_path_of_no_image(tmp_path: Path) -> None:
    assert len(findings("ENV PATH=/a\n", "DF806", tmp_path)) == 1
