from typing import Any

from cnlint.syntax.source import Source, Span
from cnlint.syntax.yaml import Dialect, Document, Stream, parse


def read(text: str, dialect: Dialect = Dialect.KUBERNETES) -> Stream:
    return parse(Source("file.yaml", text), dialect)


def only(text: str, dialect: Dialect = Dialect.KUBERNETES) -> Document:
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
