"""Rules on the syntax and style of Dockerfiles: places, messages, hints and fixes."""

import dockerfile
import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding


def findings(text: str, code: str, tmp_path, name: str = "Dockerfile", **options: object) -> tuple[Finding, ...]:  # type: ignore[no-untyped-def]
    (tmp_path / name).write_bytes(text.encode())
    config = {"rules": {code: options}} if options else {}
    report = cnlint.check([tmp_path / name], select=[code], root=tmp_path, config=config)
    return report.findings


def only(text: str, code: str, tmp_path) -> Finding:  # type: ignore[no-untyped-def]
    (found,) = findings(text, code, tmp_path)
    return found


def fixed(text: str, finding: Finding) -> str | None:
    if not finding.fixes:
        return None
    return edited(text, finding.fixes[0].edits)


# Unknown instructions


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("COPPY a b", "COPY a b"),
        ("entrypont x", "ENTRYPOINT x"),
        ("WROKDIR /a", "WORKDIR /a"),
        ("ONBUILD CPY a b", "ONBUILD COPY a b"),
        ("INSTALL a", None),
        ("&& b", None),
        ("AD a b", "ADD a b"),
        ("APT a", None),
    ],
)
def test_the_only_nearest_keyword_is_proposed(line: str, written: str | None, tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"FROM a\n{line}\n"
    found = only(text, "DF002", tmp_path)
    assert fixed(text, found) == (None if written is None else f"FROM a\n{written}\n")
    assert not any(fix.safe for fix in found.fixes)


def test_an_unknown_instruction_is_reported_at_its_keyword(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\n  ONBUILD  FOO bar\n", "DF002", tmp_path)
    assert (found.line, found.column, found.end_column) == (2, 12, 15)
    assert found.message == '"FOO" is no instruction of Dockerfiles'


def test_a_line_that_starts_with_an_operator_belongs_to_the_one_above(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\nRUN b\n  && c\n", "DF002", tmp_path)
    assert found.hint == "end the line above with the escape character, so that this line belongs to its instruction"


@pytest.mark.parametrize(
    "image", ["docker/dockerfile:1", "docker.io/docker/dockerfile-upstream:master", "m/dockerfile"]
)
def test_dockers_frontend_knows_no_other_instructions(image: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert only(f"# syntax={image}\nFROM a\nINCLUDE b\n", "DF002", tmp_path).line == 3


# Instructions above the first FROM, and behind ONBUILD


def test_an_instruction_above_the_first_from_names_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("RUN a\nFROM b\nFROM c\n", "DF005", tmp_path)
    assert found.message == "RUN stands before the first FROM, where only ARG may stand"
    assert [related.line for related in found.related] == [2]


def test_an_unknown_instruction_above_the_first_from_is_reported_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings("FOO a\nFROM b\n", "DF005", tmp_path) == ()


@pytest.mark.parametrize("trigger", ["from a", "ONBUILD RUN x", "ONBUILD", "Maintainer x"])
def test_a_trigger_that_cannot_be_put_off_is_reported_once(trigger: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"FROM a\nONBUILD {trigger}\n"
    found = only(text, "DF007", tmp_path)
    assert (found.line, found.column) == (2, 9)
    assert findings(text, "DF003", tmp_path) == ()


# Empty lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN a \\\n\n b\nCMD c\n", "RUN a \\\n b\nCMD c\n"),
        ("RUN a \\\n\n \t\n# c\n\n b", "RUN a \\\n# c\n b"),
        ("RUN a \\\r\n\r\n b\r\n", "RUN a \\\r\n b\r\n"),
        ("RUN a \\\n\n cat <<E\n\nE\n", "RUN a \\\n cat <<E\n\nE\n"),
    ],
)
def test_empty_lines_are_deleted(before: str, after: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(before, "DF008", tmp_path)
    assert found.fixes[0].safe
    assert fixed(before, found) == after


def test_an_empty_line_is_reported_at_the_last_line_of_the_instruction(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("RUN a \\\n\n\n  b \\\n  cat <<E  \ntext\nE\n", "DF008", tmp_path)
    assert (found.line, found.column, found.end_column) == (5, 3, 10)
    assert [(related.line, related.span.end_line) for related in found.related] == [(2, 3)]
    assert found.message == "2 lines within RUN are empty, the first of them line 2"


# Arguments


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("WORKDIR", "WORKDIR has no argument"),
        ("STOPSIGNAL \\", "STOPSIGNAL has no argument"),
        ("ONBUILD", "ONBUILD has no argument"),
        ("HEALTHCHECK --interval=5s", "HEALTHCHECK has no argument"),
        ("ENV A", 'ENV "A" has no value'),
        ("ENV A=1 B", 'ENV "B" has no "=", unlike the others'),
        ("LABEL =1", "LABEL has a value without a key"),
        ("ARG A =1", "ARG has a value without a key"),
        ("COPY a", 'COPY needs a source and a destination, and has "a" alone'),
        ("ADD []", "ADD needs a source and a destination, and has none"),
        ('COPY ["a"]', 'COPY needs a source and a destination, and has "a" alone'),
        ("FROM a b", "FROM takes an image, or an image AS a name, and has 2 words"),
        ("FROM a ALS b", 'FROM has "ALS" where AS belongs'),
        ("HEALTHCHECK CMD []", "HEALTHCHECK CMD has no command"),
        ("HEALTHCHECK none x", "HEALTHCHECK NONE has arguments, and takes none"),
        ("HEALTHCHECK curl x", 'HEALTHCHECK has "curl" where CMD or NONE belongs'),
        ("SHELL ['a']", "SHELL is no JSON array of strings"),
        ("SHELL []", "SHELL has an empty array"),
        ("VOLUME []", "VOLUME has an empty array"),
        ('VOLUME ["/a", " "]', "VOLUME has an empty path"),
    ],
)
def test_arguments_that_no_builder_takes(line: str, message: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(f"FROM a\n{line}\n", "DF003", tmp_path)
    assert (found.line, found.column, found.severity, found.message) == (2, 1, "error", message)


def test_a_user_of_two_words_is_a_warning(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\nUSER b c\n", "DF003", tmp_path)
    assert found.severity == "warning"
    assert found.message == 'USER has 2 words: the builder takes all of "b c" as the name'


@pytest.mark.parametrize("line", ["FROM a # b", "ENV A=1 # b", "HEALTHCHECK NONE # b", "USER a # b"])
def test_a_comment_at_the_end_of_a_line_is_told_to_be_none(line: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(f"FROM a\n{line}\n", "DF003", tmp_path)
    assert found.hint == "put the comment on a line of its own: a # later in a line starts none"


def test_the_wrong_word_is_related(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\nENV A=1 \\\n  BC\n", "DF003", tmp_path)
    assert (found.line, [related.span for related in found.related]) == (2, [(3, 3, 3, 5)])


@pytest.mark.parametrize(
    "line", ["CMD [1]", "COPY a <<E\nE", "SHELL [1]", "FROM --platform linux/amd64 b", "FROM {{ x }}"]
)
def test_what_another_rule_reports_is_not_reported_twice(line: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings(f"FROM a\n{line}\n", "DF003", tmp_path) == ()


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nENV A\n",
        "FROM a\nLABEL a=1 b\n",
        "FROM a\nONBUILD ENV A\n",
        "FROM a\nCMD [1]\n",
        'FROM a\nVOLUME ["a", {}]\n',
        "FROM a\nRUN <<E\n",
        "# escape=x\nFROM a\n",
        "# escape=`\n# escape=`\nFROM a\n",
        "",
        "# only a comment\n",
    ],
)
def test_what_dockers_parser_rejects_is_an_error(text: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(dockerfile.GoParseError):
        dockerfile.parse_string(text)
    found = [*findings(text, "DF001", tmp_path), *findings(text, "DF003", tmp_path)]
    assert [finding.severity for finding in found] == ["error"]


# Keys and values


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV A b", "ENV A=b"),
        ("ENV A b c", 'ENV A="b c"'),
        ("ENV  A   b  c  ", 'ENV  A="b  c"  '),
        ('ENV A "b c"', 'ENV A="b c"'),
        ("ENV A b $C ${D:-e f}", 'ENV A="b $C ${D:-e f}"'),
        ('ENV A b "c d" e', 'ENV A="b c d e"'),
        ("ENV A 'b $C' d", 'ENV A="b \\$C d"'),
        ('ENV A b "c \\" d" \\$e', 'ENV A="b c \\" d \\$e"'),
        ("ENV A b\\ c", "ENV A=b\\ c"),
        ("LABEL a.b some text", 'LABEL a.b="some text"'),
        ("ONBUILD ENV A b", "ONBUILD ENV A=b"),
        ("ENV A it's", None),
        ("ENV A b \\\n c", None),
    ],
)
def test_the_older_form_is_rewritten_with_the_same_meaning(before: str, after: str | None, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(f"{before}\n", "DF009", tmp_path)
    assert fixed(before, found) == after
    assert all(fix.safe for fix in found.fixes)


def test_a_sign_between_blanks_becomes_part_of_the_value(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = 'LABEL maintainer = "Jo"\n'
    found = only(text, "DF009", tmp_path)
    assert found.message == 'LABEL gives "maintainer" a value that starts with "=": a blank stands before the sign'
    assert fixed(text, found) == 'LABEL maintainer="Jo"\n'
    assert not found.fixes[0].safe


def test_odd_blanks_after_a_key_are_no_reason_to_fail(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings("FROM a\nENV A\u00a0b\n", "CNL003", tmp_path) == ()


# Flags


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("COPY --form=a b c", 'COPY knows no flag "--form"', "write --from"),
        ("ADD --from=a b c", 'ADD knows no flag "--from"', "--from is a flag of COPY"),
        ("FROM --x a", 'FROM knows no flag "--x"', "FROM knows --platform"),
        ("COPY --chown a b", 'the flag "--chown" of COPY has no value', "write --chown=VALUE, without a blank"),
        ("COPY --link= a b", '"--link=" is neither true nor false', None),
        ("COPY --link --link a b", 'COPY has the flag "--link" twice', None),
        ("RUN --network=bridge a", '"--network=bridge" is none of default, none, host', None),
        (
            "HEALTHCHECK --timeout=5 CMD a",
            '"--timeout=5" is no duration: each number needs a unit',
            "write --timeout=5s",
        ),
        ("HEALTHCHECK --timeout=-5s CMD a", '"--timeout=-5s" is shorter than 1ms', None),
        ("HEALTHCHECK --retries=-1 CMD a", '"--retries=-1" is no number of 0 or more', None),
        (
            "RUN --mount=type=cash,target=/a b",
            '"type=cash" of the mount is not valid',
            "write bind, cache, tmpfs, secret or ssh",
        ),
        ("RUN --mount=type=cache,dist=/a b", '"dist" is no key of a mount', "write dst"),
        ("RUN --mount=target b", '"target" of the mount has no value', "write target=VALUE"),
        ("RUN --mount=source=a b", "the bind mount has no target", "add target=PATH"),
        ("RUN --mount=target=/a,size=1 b", '"size" is not for mounts of the type bind, only for tmpfs', None),
        (
            "RUN --mount=type=ssh,mode=999 b",
            '"mode=999" of the mount is not valid',
            "write an octal number, such as 0400",
        ),
        (
            "RUN --mount=type=secret,id=a,from=b c",
            "the secret mount has a from, which is for bind and cache mounts",
            None,
        ),
    ],
)
def test_a_flag_that_no_builder_takes(line: str, message: str, hint: str | None, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(f"FROM a\n{line}\n", "DF004", tmp_path)
    assert (found.line, found.message) == (2, message)
    if hint is not None:
        assert found.hint == hint


def test_a_flag_is_reported_where_it_stands(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\nONBUILD COPY --chown=1 \\\n  --form=a b c\n", "DF004", tmp_path)
    assert (found.line, found.column, found.end_column) == (3, 3, 11)


@pytest.mark.parametrize(
    "line",
    [
        "HEALTHCHECK --interval=never NONE",
        "RUN --mount=type=cache,\\\ntarget=/a b",
        'RUN --mount=type=bind,\\"target=/a,b\\" c',
        "RUN --mount=type=tmpfs,target=/a,size=$SIZE b",
        "RUN --$FLAG=a b",
        "FOO --x",
        'COPY --from="x a b',
        "HEALTHCHECK --start-period=1h2m3.5s --retries= CMD a",
    ],
)
def test_a_flag_that_a_builder_takes_or_another_rule_reports(line: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings(f"FROM a\n{line}\n", "DF004", tmp_path) == ()


# Substitutions


@pytest.mark.parametrize(
    ("line", "message", "columns"),
    [
        ("ENV A=b${C", 'the substitution "${C" is not closed', (8, 11)),
        ("ENV A=${} B=c", 'the substitution "${}" has no name', (7, 10)),
        (
            "LABEL a=x-${B:0:3}",
            'the substitution "${B:0:3}" has the modifier ":0", which the builder does not know',
            (11, 19),
        ),
        ("WORKDIR /a/${B/c}", 'the substitution "${B/c}" has a pattern without a replacement', (12, 18)),
        ("LABEL a it's here", "a single quote is opened at 's here and never closed", (11, 18)),
        ('VOLUME ["/a", "/${B"]', 'the substitution "${B" is not closed', (17, 20)),
        ("ENV A=${{ b }}", 'the builder knows no expressions such as "${{"', (7, 10)),
        ("ENV A=${B:-${C}", 'the substitution "${B:-${C}" is not closed', (7, 16)),
        ("RUN --mount=target=${A b", 'the substitution "${A" is not closed', (20, 23)),
        ("ENV ${A=b", 'the substitution "${A" is not closed', (5, 8)),
    ],
)
def test_a_substitution_that_cannot_be_made(line: str, message: str, columns: tuple[int, int], tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only(f"FROM a\n{line}\n", "DF010", tmp_path)
    assert (found.line, found.message, (found.column, found.end_column)) == (2, message, columns)


def test_a_path_with_a_blank_in_quotes_is_reported_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only('FROM a\nCOPY "b c" /d/\n', "DF010", tmp_path)
    assert (found.column, found.hint) == (6, 'write a path with blanks in a JSON array: COPY ["a b", "/c/"]')


def test_a_blank_within_braces_needs_quotes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert (
        only("ARG A=${B:?must be given}\n", "DF010", tmp_path).hint == "put the value in double quotes: a blank ends it"
    )


def test_the_body_of_a_heredoc_is_reported_within_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("FROM a\nCOPY <<-E /b\n\tit's\n\ta ${C^^} b\n\tE\n", "DF010", tmp_path)
    assert (found.line, found.column, found.end_column) == (4, 4, 10)


def test_a_python_template_is_no_expression(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings("FROM a\nENV A=${{B}}\n", "DF010", tmp_path, name="Dockerfile.template") == ()


# Parser directives


def test_a_misplaced_directive_is_moved_to_the_top(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "# syntax=docker/dockerfile:1\n\n # escape=`\nFROM a\n"
    found = only(text, "DF012", tmp_path)
    assert (found.line, found.column, found.end_column) == (3, 2, 12)
    assert fixed(text, found) == "# escape=`\n# syntax=docker/dockerfile:1\n\nFROM a\n"
    assert not found.fixes[0].safe


def test_a_directive_that_is_at_the_top_already_is_to_be_deleted(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = only("# syntax=a/b\nFROM a\n# syntax=a/c\n", "DF012", tmp_path)
    assert (found.line, found.hint, found.fixes) == (3, "delete it", ())


def test_an_escape_below_an_interpreter_has_no_effect(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "#!/usr/bin/env x\n# escape=`\n# syntax=docker/dockerfile:1\nFROM a\n"
    commands = dockerfile.parse_string(text + "RUN b `\nRUN c\n")
    assert [command.cmd.upper() for command in commands] == ["FROM", "RUN", "RUN"]
    assert [finding.line for finding in findings(text, "DF012", tmp_path)] == [2]


def test_a_directive_that_is_repeated_at_the_top_is_an_error_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "# escape=`\n# escape=`\nFROM a\n"
    assert [finding.line for finding in findings(text, "DF001", tmp_path)] == [2]
    assert findings(text, "DF012", tmp_path) == ()


def test_an_old_frontend_names_what_it_does_not_know(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (
        "# syntax = docker/dockerfile:1.3.1\nFROM a\nRUN --mount=target=/b c\nCOPY --link --chmod=u+x b c\nRUN <<E\nE\n"
    )
    found = only(text, "DF014", tmp_path)
    assert found.message == (
        "docker/dockerfile:1.3.1 does not know symbolic modes of COPY --chmod, which came with 1.14"
        " (nor COPY --link, heredocs)"
    )
    assert sorted(related.line for related in found.related) == [4, 4, 5]
    assert (fixed(text, found) or "").startswith("# syntax = docker/dockerfile:1\nFROM")


# Style


def test_keywords_take_the_case_of_most(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "from a\nRUN b\ncopy c d\nExpose 80\n"
    found = findings(text, "DF811", tmp_path)
    assert [(finding.line, finding.message) for finding in found] == [
        (2, 'the keyword "RUN" is in upper case, while most keywords of this file are in lower case'),
        (4, 'the keyword "Expose" mixes upper and lower case'),
    ]
    assert [fixed(text, finding) for finding in found] == [
        "from a\nrun b\ncopy c d\nExpose 80\n",
        "from a\nRUN b\ncopy c d\nexpose 80\n",
    ]


def test_the_case_can_be_chosen(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = findings("FROM a\nCMD b\n", "DF811", tmp_path, style="lower")
    assert [finding.message for finding in found] == [
        'the keyword "FROM" is in upper case, not in lower case',
        'the keyword "CMD" is in upper case, not in lower case',
    ]


def test_a_fragment_without_stages_has_a_case_too(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert [finding.line for finding in findings("RUN a\nRUN b\nenv c=d\n", "DF811", tmp_path)] == [3]


def test_a_keyword_that_is_split_over_lines_is_not_rewritten(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert only("FROM a\nr\\\nun b\n", "DF811", tmp_path).fixes == ()


def test_as_takes_the_case_of_from(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "FROM a \\\n  as b\n"
    found = only(text, "DF812", tmp_path)
    assert (found.line, found.column) == (2, 3)
    assert fixed(text, found) == "FROM a \\\n  AS b\n"


def test_a_comment_has_the_name_as_its_first_word(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "# build: compiles\nFROM a AS build\n## VERSION is\nARG VERSION\n"
    found = only(text, "DF813", tmp_path)
    assert (found.line, found.message) == (2, 'the comment above the stage "build" does not start with the name')
