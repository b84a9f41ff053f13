"""Things in Dockerfiles that line-by-line readers get wrong: each is read as Docker's own parser reads it."""

import pytest

from cnlint.syntax.dockerfile import DockerfileSyntax, InstructionNode, parse
from cnlint.syntax.source import Source, Span


def read(text: str) -> DockerfileSyntax:
    return parse(Source("Dockerfile", text))


def seen(text: str) -> list[tuple[str, int, int, str]]:
    return [(node.keyword, node.line, node.end_line, node.value) for node in read(text).instructions]


def only(text: str) -> InstructionNode:
    (node,) = read(text).instructions
    return node


STRUCTURE = {
    "keywords in any case": ("from a\nRuN x\n", [("FROM", 1, 1, "a"), ("RUN", 2, 2, "x")]),
    "a tab after the keyword": ("RUN\tx\n", [("RUN", 1, 1, "x")]),
    "blanks before the keyword": ("  \t RUN x\n", [("RUN", 1, 1, "x")]),
    "windows line endings": ("FROM a\r\nRUN x \\\r\n  y\r\n", [("FROM", 1, 1, "a"), ("RUN", 2, 3, "x   y")]),
    "a backtick as escape character": (
        "# escape=`\nRUN x `\n y\nRUN a \\\nRUN b\n",
        [("RUN", 2, 3, "x  y"), ("RUN", 4, 4, "a \\"), ("RUN", 5, 5, "b")],
    ),
    "escape after syntax": ("# syntax=x\n# escape=`\nRUN x `\n y\n", [("RUN", 3, 4, "x  y")]),
    "escape in odd case and with odd blanks": (" #\tESCAPE  = ` \nRUN x `\n y\n", [("RUN", 2, 3, "x  y")]),
    "no directive after a comment": (
        "# a\n# escape=`\nRUN x `\nRUN y\n",
        [("RUN", 3, 3, "x `"), ("RUN", 4, 4, "y")],
    ),
    "no directive after an empty line": (
        "\n# escape=`\nRUN x `\nRUN y\n",
        [("RUN", 3, 3, "x `"), ("RUN", 4, 4, "y")],
    ),
    "no directive after an unknown one": (
        "# foo=bar\n# escape=`\nRUN x `\nRUN y\n",
        [("RUN", 3, 3, "x `"), ("RUN", 4, 4, "y")],
    ),
    "escape after check": ("# check=skip=all\n# escape=`\nRUN x `\n y\n", [("RUN", 3, 4, "x  y")]),
    "comments in a continuation are dropped": (
        "RUN x \\\n# one\n  # two \\\n  y\nRUN z\n",
        [("RUN", 1, 4, "x   y"), ("RUN", 5, 5, "z")],
    ),
    "a comment right after the first line": ("RUN \\\n# one\n  x\n", [("RUN", 1, 3, "x")]),
    "blanks after the escape character": ("RUN x \\ \t\n  y\n", [("RUN", 1, 2, "x   y")]),
    "an instruction that starts on its second line": ("RUN \\\n  x\n", [("RUN", 1, 2, "x")]),
    "flags are no arguments": ("COPY --from=a --link b c\n", [("COPY", 1, 1, "b c")]),
    "exec form": ('CMD [ "a", "b" ]\n', [("CMD", 1, 1, '[ "a", "b" ]')]),
    "onbuild": ("ONBUILD RUN x\n", [("ONBUILD", 1, 1, "RUN x")]),
    "a bare keyword": ("RUN\nCMD x\n", [("RUN", 1, 1, ""), ("CMD", 2, 2, "x")]),
    "an unknown keyword": ("FRM a\nRUN x\n", [("FRM", 1, 1, "a"), ("RUN", 2, 2, "x")]),
    "a comment that ends in the escape character": ("# a \\\nRUN x\n", [("RUN", 2, 2, "x")]),
    "no line end at the end": ("FROM a\nRUN x", [("FROM", 1, 1, "a"), ("RUN", 2, 2, "x")]),
    "a heredoc mark in quotes": ('RUN echo "<<EOF"\nRUN y\n', [("RUN", 1, 1, 'echo "<<EOF"'), ("RUN", 2, 2, "y")]),
    "a shift in arithmetic": ("RUN echo $((1<<2))\nRUN y\n", [("RUN", 1, 1, "echo $((1<<2))"), ("RUN", 2, 2, "y")]),
    "a here-string": ("RUN cat <<<EOF\nRUN y\n", [("RUN", 1, 1, "cat <<<EOF"), ("RUN", 2, 2, "y")]),
    "a sharp sign within a line": ("RUN x # y\n", [("RUN", 1, 1, "x # y")]),
    "a heredoc's body is no instruction": (
        "RUN <<EOF\nUSER root\nFROM y\nEOF\nUSER 1\n",
        [("RUN", 1, 4, "<<EOF"), ("USER", 5, 5, "1")],
    ),
    "a heredoc's body knows neither continuation nor comment": (
        "RUN <<EOF\nx \\\nEOF\nCMD y\n",
        [("RUN", 1, 3, "<<EOF"), ("CMD", 4, 4, "y")],
    ),
    "an empty line in a continuation does not end it": (
        "RUN x \\\n\n  \n && y\nCMD z\n",
        [("RUN", 1, 4, "x  && y"), ("CMD", 5, 5, "z")],
    ),
    "a continuation to the end of the file": ("FROM a\nRUN x \\\n", [("FROM", 1, 1, "a"), ("RUN", 2, 2, "x")]),
    "a continuation to a comment at the end": (
        "FROM a\nRUN x \\\n# end\n",
        [("FROM", 1, 1, "a"), ("RUN", 2, 3, "x")],
    ),
    "a bare keyword at the end": ("FROM a\nCMD", [("FROM", 1, 1, "a"), ("CMD", 2, 2, "")]),
    "a doubled escape character does not continue": (
        "RUN x \\\\\nCMD y\n",
        [("RUN", 1, 1, "x \\\\"), ("CMD", 2, 2, "y")],
    ),
    "nor does a tripled one": ("RUN x \\\\\\\nCMD y\n", [("RUN", 1, 1, "x \\\\\\"), ("CMD", 2, 2, "y")]),
    "a keyword split over lines": ("RU\\\nN x\nCMD y\n", [("RUN", 1, 2, "x"), ("CMD", 3, 3, "y")]),
    "a line that is only the escape character": ("\\\nRUN x\nCMD y\n", [("RUN", 1, 2, "x"), ("CMD", 3, 3, "y")]),
    "form feeds and line separators end no line": (
        "RUN a\x0cb\u2028c\nCMD y\n",
        [("RUN", 1, 1, "a\x0cb\u2028c"), ("CMD", 2, 2, "y")],
    ),
    "two heredocs on one line": (
        "RUN <<A cat && <<B cat\nB\nA\nA\nB\nCMD y\n",
        [("RUN", 1, 5, "<<A cat && <<B cat"), ("CMD", 6, 6, "y")],
    ),
    "a heredoc after a continued instruction": (
        "RUN x \\\n && cat <<EOF\nbody\nEOF\nCMD y\n",
        [("RUN", 1, 4, "x  && cat <<EOF"), ("CMD", 5, 5, "y")],
    ),
    "a heredoc of an instruction put off": (
        "ONBUILD RUN <<EOF\nCMD x\nEOF\nCMD y\n",
        [("ONBUILD", 1, 3, "RUN <<EOF"), ("CMD", 4, 4, "y")],
    ),
    "exec form has no heredocs": (
        'RUN ["cat", "<<EOF"]\nCMD y\n',
        [("RUN", 1, 1, '["cat", "<<EOF"]'), ("CMD", 2, 2, "y")],
    ),
    "other instructions have no heredocs": (
        "CMD cat <<EOF\nUSER 1\n",
        [("CMD", 1, 1, "cat <<EOF"), ("USER", 2, 2, "1")],
    ),
}


@pytest.mark.parametrize("name", STRUCTURE)
def test_instructions_and_their_lines(name: str) -> None:
    text, expected = STRUCTURE[name]
    assert seen(text) == expected


def test_a_tab_heredoc_strips_tabs_of_body_and_terminator() -> None:
    node = only("RUN <<-EOF\n\tx\n\t y\n\tEOF\n")
    (heredoc,) = node.heredocs
    assert [node.source.text[start:end] for start, end in heredoc.pieces(node.source)] == ["x", " y"]


@pytest.mark.parametrize(("word", "expands"), [("EOF", True), ("'EOF'", False), ('"EOF"', False), ("\\EOF", False)])
def test_a_quoted_heredoc_word_does_not_expand(word: str, expands: bool) -> None:
    (heredoc,) = only(f"RUN <<{word}\n$x\nEOF\n").heredocs
    assert (heredoc.word.name, heredoc.word.expands) == ("EOF", expands)


def test_a_heredoc_has_a_file_descriptor() -> None:
    (heredoc,) = only("RUN 3<<EOF\nEOF\n").heredocs
    assert heredoc.word.descriptor == 3


def test_the_terminator_is_the_whole_line() -> None:
    (heredoc,) = only("RUN <<EOF\n EOF\nEOF x\nEOF\n").heredocs
    assert len(heredoc.lines) == 2


def test_columns_of_a_continued_instruction_are_those_of_the_file() -> None:
    node = only("COPY  a \\\n# comment\n\n  bb\tc\n")
    assert [(word.text, *node.span(word.start, word.end)[:2]) for word in node.words()] == [
        ("a", 1, 7),
        ("bb", 4, 3),
        ("c", 4, 6),
    ]


def test_columns_count_code_points() -> None:
    node = only("COPY ä🐳 b\n")
    assert node.span(*node.words()[1][1:]) == Span(1, 9, 1, 10)


def test_the_exec_form_gives_values_with_the_places_of_their_strings() -> None:
    node = only('CMD ["a\\"b", \\\n "c"] ignored\n')
    assert node.exec_words is not None
    assert [(word.text, node.span(word.start, word.end)) for word in node.exec_words] == [
        ('a"b', Span(1, 6, 1, 12)),
        ("c", Span(2, 2, 2, 5)),
    ]


@pytest.mark.parametrize("value", ["[ -f x ] && y", "['a']", '["a",]', '["a"', "[NaN]", "[" * 5000, '["a" "b"]'])
def test_what_is_no_json_is_shell_form(value: str) -> None:
    syntax = read(f"CMD {value}\n")
    assert syntax.instructions[0].exec_words is None
    assert syntax.problems == []


def test_an_empty_array_is_exec_form() -> None:
    assert only("ENTRYPOINT []\n").exec_words == []


def test_healthcheck_has_flags_before_and_exec_form_after_cmd() -> None:
    node = only('HEALTHCHECK --interval=5s CMD ["/probe"]\n')
    assert [(flag.name, flag.value) for flag in node.flags] == [("interval", "5s")]
    assert [word.text for word in node.exec_words or ()] == ["/probe"]


def test_quotes_and_escapes_are_taken_off_flags() -> None:
    node = only("COPY --from=\"a b\" --chown='x:y' --z\\ z=1 -- --odd d\n")
    assert [(flag.name, flag.value) for flag in node.flags] == [("from", "a b"), ("chown", "x:y"), ("z z", "1")]
    assert node.value == "--odd d"


def test_env_has_words_with_quotes_and_escaped_blanks() -> None:
    node = only("ENV A=1 B='x y' C=a\\ b \"D E\"=f\n")
    assert [(pair.key, pair.value) for pair in node.pairs()] == [
        ("A", "1"),
        ("B", "'x y'"),
        ("C", "a\\ b"),
        ('"D E"', "f"),
    ]


def test_env_without_an_equals_sign_takes_the_rest_as_the_value() -> None:
    assert [(pair.key, pair.value) for pair in only("ENV KEY some value=1\n").pairs()] == [("KEY", "some value=1")]


def test_the_escape_directive_holds_within_words() -> None:
    node = read("# escape=`\nENV A=x` y B=C:\\\n").instructions[0]
    assert [(pair.key, pair.value) for pair in node.pairs()] == [("A", "x` y"), ("B", "C:\\")]


def test_arg_takes_several_names() -> None:
    assert [(pair.key, pair.value) for pair in only("ARG A B=1 C='x y'\n").pairs()] == [
        ("A", None),
        ("B", "1"),
        ("C", "'x y'"),
    ]


def test_env_without_arguments_has_no_pairs() -> None:
    assert only("ENV\n").pairs() == []


def test_user_and_workdir_take_the_rest_as_one_word() -> None:
    assert [word.text for word in only("WORKDIR /a b\n").words()] == ["/a b"]


def test_the_instruction_that_onbuild_puts_off_is_read_too() -> None:
    node = only('ONBUILD COPY --from=a ["b", \\\n "c"]\n')
    assert node.trigger is not None
    assert (node.trigger.keyword, [word.text for word in node.trigger.words()]) == ("COPY", ["b", "c"])
    assert node.trigger.span(*node.trigger.words()[1][1:]) == Span(2, 2, 2, 5)


def test_comments_have_their_places() -> None:
    assert [
        (comment.line, comment.column, comment.text) for comment in read("# a\nRUN x \\\n  # b\n y\n").comments
    ] == [
        (1, 1, "# a"),
        (3, 3, "# b"),
    ]


def test_the_first_line_of_an_instruction_ends_before_the_escape_character() -> None:
    assert only("  RUN x \\\n y\n").first_line_span == Span(1, 3, 1, 8)


PROBLEMS = {
    "an empty file": ("", "the file holds no instruction", Span(1, 1, 1, 1)),
    "a file of comments": ("# a\n\n", "the file holds no instruction", Span(1, 1, 1, 1)),
    "an unterminated heredoc": (
        "RUN true\nRUN x <<EOF\ny\n",
        'the heredoc "EOF" is not terminated',
        Span(2, 7, 2, 12),
    ),
    "an indented terminator": (
        "RUN <<EOF\nx\n  EOF\nCMD y\n",
        'the heredoc "EOF" is not terminated: line 3 has blanks around the word',
        Span(1, 5, 1, 10),
    ),
    "a repeated directive": (
        "# escape=`\n# Escape=`\nFROM a\n",
        'the parser directive "escape" is repeated',
        Span(2, 1, 2, 11),
    ),
    "a wrong escape character": (
        "# escape=x\nFROM a\n",
        'the escape character is "x", which must be \\ or `',
        Span(1, 1, 1, 11),
    ),
    "an array of numbers": (
        'CMD ["a", 1]\n',
        "the JSON array of CMD holds something else than strings",
        Span(1, 5, 1, 13),
    ),
    "a heredoc as destination": (
        "COPY a <<EOF\nEOF\n",
        'COPY has the heredoc "<<EOF" as its destination, which must be a path',
        Span(1, 8, 1, 13),
    ),
    "a flag without a name": ("COPY --=x a b\n", 'the flag "--=x" of COPY has no name', Span(1, 6, 1, 10)),
    "an open quote in a flag": (
        'COPY --from="x a b\n',
        "the flag --from of COPY has a quote that is not closed",
        Span(1, 6, 1, 19),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_with_its_place(name: str) -> None:
    text, message, span = PROBLEMS[name]
    assert [tuple(problem) for problem in read(text).problems] == [(message, span)]


@pytest.mark.parametrize(
    "text",
    [
        "\nFROM a\r\nRUN x \\\n",
        "# only comments first\n\nFROM a\n",
        'RUN echo "<<EOF" $((1<<2)) <<<x\n',
        "CMD ['a']\n",
        "RUN [ 1 -eq 1 ]\n",
        "COPY <<EOF /f\nEOF\n",
    ],
)
def test_what_the_builder_accepts_is_no_problem(text: str) -> None:
    assert read(text).problems == []


def test_reading_goes_on_after_an_unterminated_heredoc() -> None:
    assert [row[:3] for row in seen("FROM a\nRUN <<EOF\nx\nUSER 1\nCMD y\n")] == [
        ("FROM", 1, 1),
        ("RUN", 2, 3),
        ("USER", 4, 4),
        ("CMD", 5, 5),
    ]


def test_the_second_of_two_repeated_directives_does_not_hold() -> None:
    assert read("# escape=`\n# escape=\\\nFROM a\n").escape == "`"


def test_many_unterminated_heredocs_are_read_in_linear_time() -> None:
    text = "".join(f"RUN <<E{number}\n" for number in range(20_000))
    assert len(read(text).instructions) == 20_000
