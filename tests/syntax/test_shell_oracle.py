"""Scripts of ordinary commands are split as tree-sitter-bash splits them.

Two substitutions in backticks, words after redirections and assignments on lines of their own are left out: tree-sitter
misreads them.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.shell import parse

tree_sitter = pytest.importorskip("tree_sitter")
tree_sitter_bash = pytest.importorskip("tree_sitter_bash")

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
_WORDS = [
    "a",
    "-y",
    "--x=y",
    "$v",
    "${v}",
    "'b c'",
    '"d $v e"',
    '"$(f g)"',
    "h\\ i",
    "j/k.l",
    "é",
    "*.m",
    "n=o",
    "$(p | q)",
]
_STARTS = ["", "A=1 ", "! ", "B='x y' C= "]
_ENDS = ["", " >f", " 2>&1", " <g >>h", " 2>/dev/null >i"]

_COMMANDS = st.builds(
    lambda start, words, end: start + " ".join(words) + end,
    st.sampled_from(_STARTS),
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(lambda words: ["x", *words]),
    st.sampled_from(_ENDS),
)
_SCRIPTS = st.recursive(
    _COMMANDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" && ", " || ", "; ", " | ", "\n", " & ", " &&\\\n  "]), inner).map("".join),
        inner.map("({})".format),
        inner.map("{{ {}; }}".format),
        inner.map("if t; then {}; fi".format),
        inner.map("for i in 1 2; do {}; done".format),
        inner.map("f() {{ {}; }}".format),
        inner.map("case u in w) {} ;; esac".format),
        inner.map("while t; do {}\ndone".format),
    ),
    max_leaves=5,
)


def _words_of_tree(text: str) -> list[list[str]] | None:
    data = text.encode()
    root = _PARSER.parse(data).root_node
    if root.has_error:
        return None
    found: list[list[str]] = []
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "command":
            words = [child for child in node.children if child.type not in ("variable_assignment", "file_redirect")]
            found.append([data[word.start_byte : word.end_byte].decode() for word in words])
        waiting.extend(node.children)
    return sorted(words for words in found if words)


@given(_SCRIPTS)
def test_the_scanner_agrees_with_tree_sitter(text: str) -> None:
    expected = _words_of_tree(text)
    found = sorted([word.text for word in command.words] for command in parse(text, "bash").commands if command.words)
    assert expected is None or found == expected


@given(_SCRIPTS)
def test_the_scanner_sees_no_error_in_well_formed_scripts(text: str) -> None:
    assert not parse(text, "bash").has_errors
