import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from cnlint.syntax import yaml as subject
from cnlint.syntax.libyaml import event_parser, pure_parser
from cnlint.syntax.source import Source, Span
from cnlint.syntax.yaml import DEFAULT, Comment, Dialect, Document, Limits, Stream, parse

KUBERNETES, ACTIONS = Dialect.KUBERNETES, Dialect.ACTIONS


@pytest.fixture(autouse=True, params=[event_parser, pure_parser], ids=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.setattr(subject, "event_parser", request.param)
    chosen: Callable[[str], Any] = request.param
    return chosen


def read(text: str, dialect: Dialect = KUBERNETES, limits: Limits = DEFAULT) -> Stream:
    return parse(Source("file.yaml", text), dialect, limits)


def only(text: str, dialect: Dialect = KUBERNETES) -> Document:
    (document,) = read(text, dialect).documents
    return document


def shown(document: Document, span: Span) -> str:
    source = document.source
    return source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]


def entry(document: Document, *path: Any) -> str:
    return shown(document, document.span(path))


def test_values_are_plain() -> None:
    text = "a: 1\nb: [x, 2.5, null, true]\nc:\n  - d: {e: ''}\n"
    assert only(text).value == {"a": 1, "b": ["x", 2.5, None, True], "c": [{"d": {"e": ""}}]}


def test_an_entry_runs_from_its_key_to_the_end_of_a_value_on_the_same_line() -> None:
    document = only("metadata: {name: orders} # comment\nkind:   Pod\n")
    assert entry(document, "metadata") == "metadata: {name: orders}"
    assert entry(document, "metadata", "name") == "name: orders"
    assert entry(document, "kind") == "kind:   Pod"


def test_an_entry_ends_with_its_key_where_the_value_spans_lines() -> None:
    document = only("block:\n  a: 1\ntext: |\n  x\nflow: [1,\n  2]\nempty:\n")
    for key in ("block", "text", "flow", "empty"):
        assert entry(document, key) == key


def test_a_list_item_that_is_a_mapping_is_shown_by_its_first_entry() -> None:
    document = only("- name: orders\n  image: x\n-\n  deep:\n    - 1\n- - 7\n- plain\n-\n")
    assert [entry(document, index) for index in range(5)] == ["name: orders", "deep", "7", "plain", "-"]


def test_an_absent_path_is_shown_at_its_nearest_present_parent() -> None:
    document = only("spec:\n  replicas: 2\n")
    assert entry(document, "spec", "template", "spec") == "spec"
    assert entry(document, "spec", "replicas", "x") == "replicas: 2"
    assert entry(document, "status") == "spec"


def test_a_repeated_key_is_listed_and_its_last_value_counts() -> None:
    document = only("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert document.value == {"a": {"b": 3, "c": 2}}
    (duplicate,) = document.duplicates
    assert (duplicate.path, duplicate.key) == (("a",), "b")
    assert (duplicate.first.line, duplicate.second.line) == (2, 4)


def test_a_broken_document_does_not_hide_the_others() -> None:
    stream = read("a: 1\n---\nb: [\n---\nc: 3\n---\nd: 'x\n---\ne: 5\n")
    assert [document.value for document in stream.documents] == [{"a": 1}, {"c": 3}, {"e": 5}]
    assert [problem.kind for problem in stream.problems] == ["syntax", "syntax"]
    assert stream.documents[1].span(("c",)).line == 5


# Values


@pytest.mark.parametrize(
    ("written", "value"),
    # What sigs.k8s.io/yaml 1.6.0 gives for each.
    [
        *(
            ("yes", True),
            ("on", True),
            ("y", True),
            ("Y", True),
            ("TRUE", True),
            ("No", False),
            ("OFF", False),
            ("n", False),
        ),
        *(("yEs", "yEs"), ("tRue", "tRue"), ("nuLL", "nuLL"), ("~", None), ("NULL", None), ("", None)),
        *(("0777", 511), ("0o17", 15), ("-017", -15), ("0x1F", 31), ("-0x1F", -31), ("0b11", 3), ("1_000", 1000)),
        *(("08", 8.0), ("018", 18.0), ("+1", 1), ("1__0", 10), ("_1", "_1"), ("0x", "0x"), ("0o8", "0o8")),
        *(
            ("1.20", 1.2),
            (".5", 0.5),
            ("1.", 1.0),
            ("1e3", 1000.0),
            ("1_0.5", 10.5),
            ("1e", "1e"),
            ("1e1000", "1e1000"),
        ),
        *(("12:30:45", "12:30:45"), ("2024-01-01", "2024-01-01"), ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z")),
        *(("18446744073709551615", 2**64 - 1), ("18446744073709551616", 2.0**64), ("-9223372036854775809", -(2.0**63))),
        *(("100m", "100m"), ("1Ki", "1Ki"), ("1.2.3", "1.2.3"), ("=", "="), ("'yes'", "yes"), ('"1"', "1")),
        *(
            ("!!str yes", "yes"),
            ("!!int '5'", 5),
            ("!!float 5", 5.0),
            ("!!bool 'no'", False),
            ("!!binary aGVsbG8=", "hello"),
        ),
    ],
)
def test_kubernetes_scalars_are_read_as_kubectl_reads_them(written: str, value: Any) -> None:
    read_value = only(f"k: {written}\n").value["k"]
    assert (read_value, type(read_value)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("yes", "yes"), ("on", "on"), ("n", "n"), ("true", True), ("False", False), ("~", None), ("", None)),
        *(
            ("0o17", 15),
            ("0x1F", 31),
            ("0755", 755),
            ("1_000", "1_000"),
            ("0b11", "0b11"),
            ("+12", 12),
            ("-0x1", "-0x1"),
        ),
        *(("1.20", 1.2), ("1e3", 1000.0), (".inf", math.inf), ("-.Inf", -math.inf), ("12:30", "12:30")),
        *(("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"), ("'1'", "1"), ("!!str 1", "1")),
    ],
)
def test_workflow_scalars_follow_the_core_schema_of_yaml_1_2(written: str, value: Any) -> None:
    read_value = only(f"k: {written}\n", ACTIONS).value["k"]
    assert (read_value, type(read_value)) == (value, type(value))


def test_a_number_of_any_length_is_read() -> None:
    digits = "9" * 5000
    assert only(f"k: {digits}", ACTIONS).value == {"k": math.inf}
    assert only(f"k: {digits}", KUBERNETES).value == {"k": digits}


def test_keys_become_what_json_would_write() -> None:
    text = "true: a\n1: b\nno: c\n0x10: d\n1.50: e\n2024-01-01: f\n.inf: g\n1e2: h\n"
    assert list(only(text).value) == ["true", "1", "false", "16", "1.5", "2024-01-01", ".inf", "100"]


def test_keys_of_workflows_stay_as_written() -> None:
    assert list(only("on: a\n1.20: b\ntrue: c\n~: d\n", ACTIONS).value) == ["on", "1.20", "true", "~"]


def test_the_text_of_a_scalar_is_kept() -> None:
    document = only("a: 1.20\nb: '1.20'\nc: [0777]\n", ACTIONS)
    assert [document.text(path) for path in [("a",), ("b",), ("c", 0), ("c",), ("d",)]] == [
        "1.20",
        "1.20",
        "0777",
        None,
        None,
    ]


def test_styles_are_told() -> None:
    text = "a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >\n  x\nf: {}\ng: []\nh:\n- 1\n"
    document = only(text)
    assert [document.style((key,)) for key in document.value] == [
        *("plain", "single", "double", "literal", "folded", "flow-mapping", "flow-sequence", "block-sequence"),
    ]
    assert (document.style(()), document.style(("z",))) == ("block-mapping", None)


# Anchors, aliases, merge keys, tags


def test_an_alias_is_the_same_object_and_stands_at_its_own_place() -> None:
    document = only("a: &base\n  x: 1\nb: *base\n")
    assert document.value["a"] is document.value["b"]
    assert entry(document, "b") == "b: *base"
    assert document.span(("b", "x")) == document.span(("a", "x"))
    assert [(mark.path, mark.name, shown(document, mark.span)) for mark in document.aliases] == [
        (("b",), "base", "*base")
    ]
    assert [(mark.path, mark.name, shown(document, mark.span)) for mark in document.anchors] == [
        (("a",), "base", "&base")
    ]


def test_merge_keys_give_way_to_explicit_ones_wherever_they_stand() -> None:
    document = only("a: &a {x: 1, y: 2, z: 3}\nb: &b {x: 5, w: 6}\nc:\n  z: 0\n  <<: [*a, *b]\n  y: 9\n")
    assert document.value["c"] == {"z": 0, "true": 9, "x": 1, "w": 6}
    assert entry(document, "c", "w") == "w: 6"
    assert [(mark.path, mark.span.line) for mark in document.merges] == [(("c",), 5)]


def test_merge_keys_mean_nothing_in_workflows_but_are_listed() -> None:
    document = only("a: &a {x: 1}\nb:\n  <<: *a\n", ACTIONS)
    assert document.value["b"] == {"<<": {"x": 1}}
    assert [mark.path for mark in document.merges] == [("b",)]


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert only('a: &a {x: 1}\nb:\n  "<<": *a\n').value["b"] == {"<<": {"x": 1}}


@pytest.mark.parametrize("text", ["<<: 1\n", "<<: [{a: 1}, 2]\n", "a: &a x\n<<: *a\n"])
def test_only_mappings_can_be_merged(text: str) -> None:
    assert [problem.message for problem in read(text).problems] == ["<< takes a mapping or a list of mappings"]


def test_unknown_tags_are_accepted_and_told() -> None:
    document = only("a: !Ref Name\nb: !Join [',', [x]]\nc: !!str 1\nd: &x !Sub '${A}'\n")
    assert document.value == {"a": "Name", "b": [",", ["x"]], "c": "1", "d": "${A}"}
    assert [document.tag((key,)) for key in "abcd"] == ["!Ref", "!Join", "tag:yaml.org,2002:str", "!Sub"]
    assert [shown(document, mark.span) for mark in document.tags] == ["!Ref", "!Join", "!!str", "!Sub"]
    assert document.tag(("b", 0)) is None
    assert shown(document, document.span(("d",), "value")) == "'${A}'"


def test_the_places_of_anchors_and_tags_end_where_they_do() -> None:
    document = only("a: [&x , !t , !!str x, !<tag:x,y> b]\nb: &y\n  !t\n  c: 1\n")
    assert [shown(document, mark.span) for mark in document.anchors] == ["&x", "&y"]
    assert [shown(document, mark.span) for mark in document.tags] == ["!t", "!!str", "!<tag:x,y>", "!t"]
    assert shown(document, document.span(("a", 3), "value")) == "b"
    assert shown(document, document.span(("b",), "value")) == "c: 1"


def test_an_expression_that_starts_with_an_exclamation_mark_is_a_tag() -> None:
    document = only("if: !cancelled()\n", ACTIONS)
    assert (document.value, document.tag(("if",))) == ({"if": None}, "!cancelled()")


# Places


def test_value_spans_hold_the_whole_value() -> None:
    document = only("a:\n  - x: 1\n    z: |\n      one\n      two\n\nb: &n {c: 1} # end\nd:\n")
    assert shown(document, document.span(("a",), "value")) == "- x: 1\n    z: |\n      one\n      two"
    assert shown(document, document.span(("a", 0, "z"), "value")) == "|\n      one\n      two"
    assert shown(document, document.span(("b",), "value")) == "{c: 1}"
    assert document.span(("d",), "value") == Span(8, 3, 8, 3)


def test_key_spans_hold_the_key_alone() -> None:
    document = only("'a b':\n  - c: 1\n")
    assert shown(document, document.span(("a b",), "key")) == "'a b'"
    assert shown(document, document.span(("a b", 0), "key")) == "c: 1"
    assert [path for path, _ in document.key_spans] == [("a b",), ("a b", 0, "c")]


def test_columns_count_code_points() -> None:
    document = only("é😀: {日本: x, b: y}\r\nc: 1\r\n")
    assert document.span(("é😀", "b")) == Span(1, 13, 1, 17)
    assert document.span(("c",)) == Span(2, 1, 2, 5)


def test_separators_that_only_yaml_counts_as_line_ends_move_no_line() -> None:
    document = only("a: 'x\u2028y\x85z'\nb: 1\n")
    assert document.span(("b",)) == Span(2, 1, 2, 5)


def test_keys_lists_repeated_keys_too() -> None:
    document = only("b: 1\na: 2\nb: 3\n")
    assert [(key, span.line) for key, span in document.keys(())] == [("b", 1), ("a", 2), ("b", 3)]
    assert document.keys(("a",)) == []


def test_a_document_knows_its_lines() -> None:
    stream = read("# top\na: 1\n\n---\n# c\nb:\n  c: 1\n...\n")
    assert [(document.index, document.start, document.end) for document in stream.documents] == [(0, 2, 2), (1, 4, 7)]


@pytest.mark.parametrize(
    "written",
    [
        "|\n    echo one\n\n      echo two\n    echo ‹here›\n",
        "|2-\n     x\n    ‹here›\n",
        ">\n    one\n    two ‹here›\n    three\n",
        ">-\n    one\n\n      kept ‹here›\n    three\n",
        "'it''s ‹here›'\n",
        "'one\n    two\n\n    ‹here›'\n",
        '"tab\\t\\u00e9\\x41 ‹here›"\n',
        '"one \\\n     two\n     ‹here›"\n',
        "plain one\n    two\n\n    ‹here›\n",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_characters_of_a_scalar_are_located(written: str, line_end: str) -> None:
    source = Source("file.yaml", f"a:\n  b: {written}".replace("\n", line_end))
    (document,) = parse(source, KUBERNETES).documents
    offset = document.value["a"]["b"].index("‹here›")
    assert shown(document, document.locate(("a", "b"), offset, 6)) == "‹here›"


def test_locate_keeps_within_the_string_and_falls_back_to_the_entry() -> None:
    document = only("a: xyz\nb: [1]\n")
    assert document.locate(("a",), 1) == Span(1, 5, 1, 5)
    assert document.locate(("a",), 1, 99) == Span(1, 5, 1, 7)
    assert document.locate(("a",), 99) == Span(1, 7, 1, 7)
    assert document.locate(("b",), 0, 1) == document.span(("b",))


# Problems


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a:\n\tb: c\n", "found a tab used for indentation: indent with spaces", (2, 1)),
        ("a: 'x\nb: c\n", "the quote that opens here is never closed", (1, 4)),
        ("a: [1,\nb\n", 'the "[" that opens here is never closed', (1, 4)),
        ("x: 1\na: {b: c\nd: e}\n", 'expected "," or "}" for the "{" on line 2', (3, 2)),
        ("a: b: c\n", 'a ":" is not allowed here: quote the value, or mend the indentation', (1, 5)),
        ("a: @x\n", 'a plain value cannot start with "@": quote it', (1, 4)),
        ("a: 1\nword\n", 'expected ":" after this key', (2, 1)),
        ("- a\nb: c\n", 'expected a "-" of the list that starts on line 1: mend the indentation', (2, 1)),
        ("a:\n  b: 1\n c: 2\n", "expected a key of the mapping that starts on line 1: mend the indentation", (3, 2)),
        ("a: 'it's'\n", "nothing may follow the value here: check its quotes", (1, 8)),
        ("[a] b\n", "nothing but --- may follow the end of a document", (1, 5)),
        ('a: "\\d"\n', '"\\d" is no escape of double-quoted text: double the backslash or use single quotes', (1, 5)),
        ("é: \x01\n", "U+0001 must not stand in YAML: write it as an escape in double quotes", (1, 4)),
        ("a: *b\n", "alias *b has no anchor &b before it", (1, 4)),
        ("a: &a [*a]\n", "alias *a stands inside the value that it names", (1, 8)),
        (
            "a: {{ x }}\n",
            'a mapping cannot be the key of a mapping; a value that starts with "{{" must be quoted',
            (1, 5),
        ),
        ("? [a]\n: b\n", "a sequence cannot be the key of a mapping", (1, 3)),
        ("~: b\n", "null cannot be the key of a mapping", (1, 1)),
        ("a: !!int x\n", '"x" is no !!int', (1, 4)),
        ("a: !!binary '!'\n", "this !!binary is not base64", (1, 4)),
    ],
)
def test_problems_say_what_is_wrong_and_where(text: str, message: str, place: tuple[int, int]) -> None:
    (problem,) = read("ok: 1\n---\n" + text + "---\nok: 2\n").problems
    assert problem.message.replace("line 4", "line 2").replace("line 3", "line 1") == message
    assert (problem.span.line - 2, problem.span.column) == place


def test_documents_around_a_broken_one_are_read() -> None:
    stream = read("ok: 1\n---\nbad: \x01\n---\nok: 2\n...\n%YAML 1.1\n---\nok: 3\n---\n- [\n")
    assert [document.value for document in stream.documents] == [{"ok": 1}, {"ok": 2}, {"ok": 3}]
    assert [problem.span.line for problem in stream.problems] == [3, 11]


def test_an_escape_for_no_character_is_a_problem() -> None:
    for text in ('a: "\\U00110000"\n', 'a: "\\ud83d"\n'):
        assert [problem.message for problem in read(text).problems] == ["this escape stands for no character"]


def test_a_lone_surrogate_is_a_problem() -> None:
    (problem,) = read("a: b\ud800\n").problems
    assert (problem.message.partition(" ")[0], problem.span) == ("U+D800", Span(1, 5, 1, 6))


# Streams


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "  # nothing"])
def test_a_file_without_content_has_no_documents(text: str) -> None:
    stream = read(text)
    assert (stream.documents, stream.problems) == ([], [])


def test_a_separator_with_nothing_behind_it_makes_an_empty_document() -> None:
    assert [document.value for document in read("a: 1\n---\n# nothing\n---\nb: 2\n").documents] == [
        {"a": 1},
        None,
        {"b": 2},
    ]


def test_comments_are_told_from_signs_in_scalars() -> None:
    text = "# first\na: b#c # second\nd: 'e # f'\ng: | # third\n  # text\n\n# fourth\n'# key': \"# z\" # fifth\n"
    assert read(text).comments() == [
        Comment(1, 1, "# first", True),
        Comment(2, 8, "# second", False),
        Comment(4, 6, "# third", False),
        Comment(7, 1, "# fourth", True),
        Comment(8, 16, "# fifth", False),
    ]


def test_comments_of_broken_documents_are_found_too() -> None:
    assert [comment.text for comment in read("a: [ # one\n---\nb: 1 # two\n").comments()] == ["# one", "# two"]


# JSON


def test_json_is_read_with_places() -> None:
    document = only('{\n\t"a": {"b": [1, true, null, "x\\/y"]}\n}\n')
    assert document.value == {"a": {"b": [1, True, None, "x/y"]}}
    assert shown(document, document.span(("a", "b", 3))) == '"x\\/y"'
    assert document.span(("a", "b")) == Span(2, 8, 2, 36)


@pytest.mark.parametrize(
    "value",
    [{"k" * 2000: 1}, {"a": "\U0001f600", "b": 1}, [{}, [], "", 0, -1.5e3, {"k" * 2000: [None]}]],
)
def test_json_that_is_no_yaml_is_read_nevertheless(value: Any) -> None:
    stream = read(json.dumps(value, indent="\t"))
    assert ([document.value for document in stream.documents], stream.problems) == ([value], [])


def test_json_values_one_after_the_other_are_documents() -> None:
    stream = read('{"a": 1}\n{"b": 2}\n')
    assert [(document.value, document.start) for document in stream.documents] == [({"a": 1}, 1), ({"b": 2}, 2)]


def test_the_halves_of_a_surrogate_pair_are_one_located_character() -> None:
    document = only('{"a": "\\ud83d\\ude00!"}')
    assert shown(document, document.locate(("a",), 0, 1)) == "\\ud83d\\ude00"
    assert shown(document, document.locate(("a",), 1, 1)) == "!"


def test_half_a_surrogate_pair_in_json_is_the_replacement_character() -> None:
    assert only('{"a": "\\ud83d!"}').value == {"a": "\ufffd!"}


# Limits


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 100_000, "- " * 100_000, "? " * 100_000, '{"a":' * 100_000])
def test_deep_nesting_is_a_problem(text: str) -> None:
    stream = read(text + "\n---\na: 1\n")
    assert [(problem.kind, problem.message) for problem in stream.problems] == [
        ("limit", "nested more than 100 levels deep")
    ]
    assert [document.value for document in stream.documents] == [{"a": 1}]


def test_nesting_up_to_the_limit_is_read() -> None:
    assert read("[" * 100 + "]" * 100).problems == []


def test_an_alias_bomb_is_a_problem_and_not_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    (problem,) = read("\n".join(lines)).problems
    assert (problem.kind, problem.message) == ("limit", "aliases stand for more than 100,000 nodes")


def test_aliases_of_many_documents_are_counted_together() -> None:
    text = "---\n".join(["a: &a [1, 2, 3]\nb: [*a, *a]\n"] * 5)
    stream = read(text, limits=Limits(max_nodes=25))
    assert [len(stream.documents), *(problem.kind for problem in stream.problems)] == [3, "limit", "limit"]


def test_the_nodes_of_a_document_are_bounded() -> None:
    limits = Limits(max_nodes=10)
    texts = ["[" + "1, " * 9 + "]", "[" + "1, " * 10 + "]", "{" + "".join(f"k{n}: 1, " for n in range(5)) + "}"]
    assert [len(read(text, limits=limits).documents) for text in texts] == [1, 0, 0]


def test_the_documents_of_a_file_are_bounded() -> None:
    stream = read("--- 1\n" * 5, limits=Limits(max_documents=3))
    assert len(stream.documents) == 3
    assert [(problem.message, problem.span.line) for problem in stream.problems] == [
        ("more than 3 documents in one file", 4)
    ]


def test_a_hundred_thousand_documents_are_read(parser: Callable[[str], Any]) -> None:
    count = 100_000 if parser is event_parser else 1_000
    assert len(read("---\n" * count).documents) == count


def test_a_line_of_a_million_characters_is_read() -> None:
    assert only("a: " + "x" * 1_000_000).text(("a",)) == "x" * 1_000_000


def test_places_are_found_in_linear_time_where_keys_are_nested_in_keys() -> None:
    document = read("? " * 90 + "a\n").documents[0]
    assert document.span(())[:2] == (1, 181)


def test_three_dashes_within_a_line_start_no_document() -> None:
    stream = read("''---\n")
    assert [problem.kind for problem in stream.problems] == ["syntax"]
    assert [document.value for document in stream.documents] == [""]
