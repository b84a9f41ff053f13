"""What holds for every input: nothing raises, positions lie in the file, structure and text are those of PyYAML."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnlint.syntax import yaml as subject
from cnlint.syntax.libyaml import event_parser, pure_parser
from cnlint.syntax.source import Source, Span
from cnlint.syntax.yaml import Dialect, Document, Stream, parse

PARSERS = (event_parser, pure_parser)
SIGNS = list("abc019:#-?[]{},&*!|>'\"%@`~.<\\ \t\n\r\0")
WORDS = [
    "true",
    "null",
    "0o17",
    "1_0",
    "1e3",
    "é",
    "😀",
    '{"a": 1}',
    "''",
    "?",
    ": ",
    "a: ",
    "b:\n  ",
    " # c\n",
    "{{ x }}",
]
LINES = [
    "\n",
    "\n  ",
    "\n- ",
    "---\n",
    "\n---\n",
    "\n...\n",
    "%YAML 1.1\n",
    "\r\n",
    "|\n ",
    ">-\n  ",
    "|2+\n",
    " # c\n",
]
ODDITIES = [
    "&a ",
    "*a",
    "!!str ",
    "!t ",
    "<<: ",
    '"\\',
    "\\u00e9",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x01",
    "\x7f",
    "\ud800",
]
SNIPPETS = st.sampled_from(SIGNS + WORDS + LINES + ODDITIES)
NASTY = st.lists(SNIPPETS, max_size=40).map("".join)

# Whole manifests, with places (¦) where the test puts snippets.
MANIFESTS = [
    "apiVersion: v1¦\nkind: Pod¦\nmetadata: {name: a¦, labels: {a: 'b¦'}}\nspec:\n  containers:¦\n  - name: x¦\n",
    "on¦: push\njobs:\n  a:¦\n    steps:\n    - run: |¦\n        echo¦\n\n        echo\n    - &x uses: a@v1 # c¦\n",
    '{"a": [1, ¦{"b": "c\\u00e9¦"}], ¦"d": null¦}\n',
]


def put_in(manifest: str, snippets: list[str]) -> str:
    parts = manifest.split("¦")
    snippets = (snippets + [""] * len(parts))[: len(parts) - 1]
    return parts[0] + "".join(snippet + part for snippet, part in zip(snippets, parts[1:], strict=True))


MUTATED = st.builds(put_in, st.sampled_from(MANIFESTS), st.lists(SNIPPETS, max_size=8))
ANY_TEXT = st.one_of(st.text(), NASTY, MUTATED)


def offsets(source: Source, span: Span) -> tuple[int, int]:
    return source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)


def is_within(source: Source, span: Span) -> bool:
    start, end = offsets(source, span)
    return (
        0 <= start <= end <= len(source.text)
        and source.position(start) == (span.line, span.column)
        and source.position(end) == (span.end_line, span.end_column)
    )


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if len(path) < 6 and isinstance(value, dict):
        for key in value:
            yield from paths_of(value[key], (*path, key))
    if len(path) < 6 and isinstance(value, list):
        for position in range(len(value)):
            yield from paths_of(value[position], (*path, position))


def look_at_everything(stream: Stream) -> None:
    source = stream.source
    for problem in stream.problems:
        assert is_within(source, problem.span), problem
    for comment in stream.comments():
        assert source.line(comment.line)[comment.column - 1 :].startswith(comment.text[:1])
    for document in stream.documents:
        assert 1 <= document.start <= document.end <= len(source.starts)
        marks = [*document.aliases, *document.anchors, *document.tags, *document.merges]
        spans = [mark.span for mark in marks] + [span for _, span in document.key_spans]
        spans += [span for item in document.duplicates for span in (item.first, item.second)]
        for path in paths_of(document.value):
            document.style(path)
            document.tag(path)
            text = document.text(path)
            spans += [document.span(path), document.span(path, "key"), document.span(path, "value")]
            spans += [span for _, span in document.keys(path)]
            spans += [document.locate(path, offset, 1) for offset in range(-1, len(text or "") + 1)]
            spans.append(document.span((*path, "absent", 0)))
        assert [span for span in spans if not is_within(source, span)] == []


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("dialect", Dialect)
@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT)
def test_no_text_makes_it_raise_or_points_outside_the_file(parser: Any, dialect: Dialect, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "event_parser", parser)
        look_at_everything(parse(Source("file.yaml", text), dialect))


def as_texts(document: Document, path: tuple[Any, ...] = ()) -> Any:
    """The document with every scalar as written, as PyYAML's BaseLoader gives it."""
    style = document.style(path) or ""
    if style.endswith("mapping"):
        return {key: as_texts(document, (*path, key)) for key, _ in document.keys(path)}
    if style.endswith("sequence"):
        value = document.value
        for step in path:
            value = value[step]
        return [as_texts(document, (*path, position)) for position in range(len(value))]
    return document.text(path)


@settings(max_examples=1000, deadline=None)
@given(text=st.one_of(NASTY, MUTATED))
@example("a: &x {b: 1}\nc: *x\n<<: *x\n")
def test_structure_and_text_are_those_that_pyyaml_reads(text: str) -> None:
    try:
        expected = list(yaml.load_all(text, yaml.CBaseLoader))
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError):
        return
    stream = parse(Source("file.yaml", text), Dialect.ACTIONS)
    assert [problem.message for problem in stream.problems] == []
    assert [as_texts(document) for document in stream.documents] == expected


@settings(max_examples=500, deadline=None)
@given(text=st.one_of(NASTY, MUTATED))
def test_what_pyyaml_refuses_is_a_problem(text: str) -> None:
    try:
        list(yaml.load_all(text, yaml.CBaseLoader))
    except (yaml.YAMLError, UnicodeEncodeError):
        stream = parse(Source("file.yaml", text), Dialect.ACTIONS)
        assert stream.problems or text.lstrip().startswith(("{", "["))


# PyYAML itself does not read back the NEL, LS and PS that it writes.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=20)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: "e" not in repr(number)),
    TEXT,
)
DATA = st.recursive(
    SCALARS,
    lambda child: st.one_of(st.lists(child, max_size=4), st.dictionaries(TEXT, child, max_size=4)),
)


@pytest.mark.parametrize("dialect", Dialect)
@settings(max_examples=200, deadline=None)
@given(data=DATA, flow=st.sampled_from([True, False, None]), width=st.integers(10, 100))
def test_what_pyyaml_writes_is_read_back(dialect: Dialect, data: Any, flow: bool | None, width: int) -> None:
    # Strings that only one dialect takes for something else (y, 0o17) are quoted by no dumper: quote them all.
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'"))
    text = yaml.dump(data, Dumper=Dumper, default_flow_style=flow, width=width, allow_unicode=True)
    (document,) = parse(Source("file.yaml", text), dialect).documents
    assert document.value == data


def written_as(value: str, style: str, indent: int, width: int) -> str:
    text: str = yaml.dump([{"key": value}], default_style=style, indent=indent, width=width, allow_unicode=True)
    return text


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("style", ["|", ">", "'", '"', ""])
@settings(max_examples=200, deadline=None)
@given(
    value=st.text(st.sampled_from("ab:#'\"\\ é😀\n\t-"), min_size=1, max_size=60),
    indent=st.integers(2, 6),
    width=st.integers(10, 40),
)
def test_every_character_of_a_scalar_is_found_in_the_file(
    parser: Any, style: str, value: str, indent: int, width: int
) -> None:
    source = Source("file.yaml", written_as(value, style, indent, width))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "event_parser", parser)
        (document,) = parse(source, Dialect.ACTIONS).documents
    (key,) = document.value[0]
    path = (0, key)
    previous = 0
    for offset, character in enumerate(value):
        start, end = offsets(source, document.locate(path, offset, 1))
        assert previous <= start <= end
        previous = start
        written = source.text[start:end]
        if not character.isspace():
            assert written == character or is_escape(written, document.style(path))


def is_escape(written: str, style: str | None) -> bool:
    return (style == "double" and written.startswith("\\")) or (style == "single" and written == "''")
