"""The expression language of GitHub Actions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    Call,
    Comparison,
    ExpressionError,
    Index,
    Literal,
    Logical,
    Not,
    Property,
    Star,
    Variable,
    access_path,
    accesses,
    find_expressions,
    parse_expression,
    results,
    walk,
)

FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "a",
            "github",
            ".",
            "event",
            "*",
            "[",
            "]",
            "(",
            ")",
            ",",
            "!",
            "&&",
            "||",
            "==",
            "<",
            "'",
            "'x'",
            "''",
            "1",
            "0x1f",
            "-",
            "+",
            ".5",
            " ",
            "\n",
            "&",
            "=",
            '"',
            "}}",
            "${{",
            "true",
            "NaN",
            "format",
            "é",
            "\x00",
            "1e",
            "💥",
        ]
    ),
    max_size=40,
).map("".join)


def error_of(text):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    return caught.value


def marked(text):
    error = error_of(text)
    return text[error.offset : error.offset + error.length]


def shape(node):
    """Write a tree with all its brackets."""
    if isinstance(node, Literal):
        return repr(node.value)
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Property):
        return f"{shape(node.object)}.{node.name}"
    if isinstance(node, Index):
        return f"{shape(node.object)}[{shape(node.index)}]"
    if isinstance(node, Star):
        return f"{shape(node.object)}.*"
    if isinstance(node, Call):
        return f"{node.name}({', '.join(map(shape, node.arguments))})"
    if isinstance(node, Not):
        return f"!{shape(node.operand)}"
    if isinstance(node, Comparison):
        return f"({shape(node.left)} {node.operator} {shape(node.right)})"
    assert isinstance(node, Logical)
    return "(" + f" {node.operator} ".join(map(shape, node.operands)) + ")"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("github.event.issue.title", "github.event.issue.title"),
        ("a || b && c == d < !e", "(a || (b && (c == (d < !e))))"),
        ("a && b && c || d", "((a && b && c) || d)"),
        ("(a || b) && c", "((a || b) && c)"),
        ("a == b != c", "((a == b) != c)"),
        ("!!a.b", "!!a.b"),
        ("github.event.commits.*.author.name", "github.event.commits.*.author.name"),
        ("x[*].y", "x.*.y"),
        ("m['a-b'][0].c-d", "m['a-b'][0.0].c-d"),
        ("format('{0} it''s', a)", 'format("{0} it\'s", a)'),
        ("contains( fromJSON('[1]') , 1 )", "contains(fromJSON('[1]'), 1.0)"),
        ("success()", "success()"),
        ("needs.a.result == 'success'", "(needs.a.result == 'success')"),
        ("a.true", "a.true"),
        ("fromJSON(x).y", "fromJSON(x).y"),
        ("\n  a\n  && b\n", "(a && b)"),
    ],
)
def test_operators_bind_as_github_documents(text, tree):
    assert shape(parse_expression(text)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("null", None), ("''", ""), ("'it''s'", "it's"), ("'}}'", "}}"),
        ("1", 1.0), ("-1.5", -1.5), ("+1", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e+2", 100.0),
        ("0xff", 255.0), ("0o17", 15.0),
        ("Infinity", math.inf), ("-Infinity", -math.inf),
    ],
)  # fmt: skip
def test_literals_have_the_value_that_github_gives_them(text, value):
    node = parse_expression(text)
    assert isinstance(node, Literal)
    assert node.value == value
    assert (node.start, node.end) == (0, len(text))


def test_nan_is_a_number():
    node = parse_expression("NaN")
    assert isinstance(node, Literal)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


def test_words_in_other_case_are_names():
    assert isinstance(parse_expression("True"), Variable)


@pytest.mark.parametrize(
    ("text", "mark", "words"),
    [
        ('github.ref == "main"', '"', "single quotes"),
        ("a = b", "=", "=="),
        ("a & b", "&", "&&"),
        ("a | b", "|", "||"),
        ("a ? b : c", "?", "case("),
        ("a + b", "+", "arithmetic"),
        ("a -1", "-", "arithmetic"),
        ("a / b", "/", "arithmetic"),
        ("$HOME", "$", "without `$`"),
        ("'open", "'open", "not closed"),
        ("0x", "0x", "not a number"),
        ("1e", "1e", "not a number"),
        ("0xfg", "0xfg", "not a number"),
        ("123d", "123d", "not a number"),
        ("-0xff", "-0xff", "not a number"),
        ("0x01p2", "0x01p2", "not a number"),
        ("a &&", "&&", "missing after `&&`"),
        ("&& a", "&&", "expected"),
        ("!", "!", "missing after `!`"),
        ("f(a", "(", "`)` is missing"),
        ("a[0", "[", "`]` is missing"),
        ("(a || b", "(", "`)` is missing"),
        ("a)", ")", "closes nothing"),
        ("(a]", "]", "closes nothing"),
        ("a b", "b", "operator"),
        ("f(a b)", "b", "operator"),
        ("f(a,)", ")", "after `,`"),
        ("a, b", ",", "cannot stand here"),
        ("a.", ".", "name is missing"),
        ("a.1", "1", "[1]"),
        ("a.'b'", "'b'", "after the dot"),
        ("'a'.b", ".", "no members"),
        ("[1, 2]", "[", "fromJSON"),
        ("a #", "#", "unexpected character `#`"),
        ("${{ a }}", "${{", "nested"),
    ],
)
def test_a_mistake_is_marked_and_explained(text, mark, words):
    assert marked(text) == mark
    assert words in error_of(text).message


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_an_empty_expression_is_a_mistake(text):
    assert error_of(text).message == "expression is empty"


def test_the_first_of_two_mistakes_is_told():
    assert marked('a b "c"') == "b"


def test_a_tree_of_the_greatest_depth_is_read():
    assert parse_expression("a" + ".b" * (MAX_DEPTH - 1)).height == MAX_DEPTH


@pytest.mark.parametrize("text", ["a" + ".b" * MAX_DEPTH, "(" * 5000 + "a", "!" * 5000 + "a", "f(" * 5000, "a[" * 5000])
def test_a_deeper_tree_is_rejected(text):
    assert "nested deeper" in error_of(text).message


def test_a_long_chain_of_one_operator_is_not_deep():
    assert parse_expression(" || ".join(["a"] * 4000)).height == 2


def test_a_longer_text_than_github_reads_is_rejected():
    assert error_of("'" + "a" * MAX_LENGTH + "'").offset == MAX_LENGTH


def test_fences_are_found_with_their_offsets():
    text = "echo ${{ a }} and ${{b}}"
    found = [(text[f.start : f.end], text[f.body_start : f.body_end], f.closed) for f in find_expressions(text)]
    assert found == [("${{ a }}", " a ", True), ("${{b}}", "b", True)]


def test_a_fence_within_a_string_does_not_end_an_expression():
    text = "${{ format('{{0}}', a) }}!"
    assert [text[f.start : f.end] for f in find_expressions(text)] == ["${{ format('{{0}}', a) }}"]


def test_an_open_string_ends_at_the_next_fence_so_that_later_expressions_are_seen():
    text = "${{ 'a }} ${{ b }}"
    assert [(text[f.body_start : f.body_end], f.closed) for f in find_expressions(text)] == [
        (" 'a ", False),
        (" b ", True),
    ]


def test_an_open_fence_reaches_to_the_end_of_the_text():
    text = "x ${{ a"
    (fence,) = find_expressions(text)
    assert (fence.start, fence.end, fence.body_end, fence.closed) == (2, 7, 7, False)


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("a", ["a"]),
        ("a && b", ["b"]),
        ("a && b || c", ["b", "c"]),
        ("a == b", ["(a == b)"]),
        ("contains(a, b) && c", ["c"]),
        ("contains(a, b)", ["contains(a, b)"]),
        ("format('{0}{1}', a.b, toJSON(c))", ["'{0}{1}'", "a.b", "c"]),
        ("case(a, b, c, d, e)", ["b", "d", "e"]),
        ("!a", ["!a"]),
        ("fromJSON(a || b)", ["a", "b"]),
    ],
)
def test_only_what_can_become_the_value_flows(text, leaves):
    assert [shape(result.node) for result in results(parse_expression(text))] == leaves


def test_what_is_written_as_json_is_dumped_whole():
    found = results(parse_expression("format('{0}', toJSON(a), b)"))
    assert [(shape(result.node), result.dumped) for result in found][1:] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("a.b == c && f(d.*.e)", [("a", "b"), ("c",), ("d", "*", "e")]),
        ("a[b.c].d", [("a", "[]", "d"), ("b", "c")]),
        ("fromJSON(a.b).c", [("a", "b")]),
    ],
)
def test_all_accesses_of_a_tree_are_found(text, paths):
    assert [path for _, path in accesses(parse_expression(text))] == paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("github.event.Issue.title", ("github", "event", "issue", "title")),
        ("GitHub['EVENT'].issue['title']", ("github", "event", "issue", "title")),
        ("github.event.commits[0].message", ("github", "event", "commits", "[]", "message")),
        ("github.event.*.body", ("github", "event", "*", "body")),
        ("env[matrix.name]", ("env", "[]")),
        ("fromJSON(a).b", None),
        ("'text'", None),
    ],
)
def test_every_form_of_access_gives_one_path(text, path):
    assert access_path(parse_expression(text)) == path


@given(st.text() | FRAGMENTS)
def test_any_text_is_parsed_or_rejected_within_its_bounds(text):
    try:
        tree = parse_expression(text)
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text)
        assert error.offset + error.length <= max(len(text), error.offset + 1)
        return
    for node in walk(tree):
        assert 0 <= node.start < node.end <= len(text)
        for child in node.children:
            assert node.start <= child.start
            assert child.end <= node.end


@given(st.lists(FRAGMENTS | st.sampled_from(["${{", "}}"]), max_size=8).map("".join))
def test_fences_are_in_order_and_within_the_text(text):
    position = 0
    for fence in find_expressions(text):
        assert position <= fence.start < fence.body_start <= fence.body_end <= fence.end <= len(text)
        assert text.startswith("${{", fence.start)
        position = fence.end
