"""What scripts are split into: simple commands, their words, operators, contexts and offsets."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.shell import Script, SimpleCommand, expression_spans, parse


def words(text: str, dialect: str = "bash") -> list[list[str]]:
    return [[word.text for word in command.words] for command in parse(text, dialect).commands]


def contexts(command: SimpleCommand) -> list[str]:
    kinds = []
    context = command.context
    while context is not None:
        kinds.append(context.kind)
        context = context.parent
    return kinds[::-1]


def first(text: str) -> SimpleCommand:
    return parse(text, "bash").commands[0]


SPLITS = {
    "operators": ("a && b || c; d & e | f |& g\nh", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"], ["h"]]),
    "set -eux with semicolons": ("set -eux; \\\n a b; \\\n make", [["set", "-eux"], ["a", "b"], ["make"]]),
    "operators without blanks": ("a&&b||c;d|e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
    "an operator at the end of a line": ("a &&\n\n# why\nb |\nc", [["a"], ["b"], ["c"]]),
    "a subshell": ("(cd /x && make) && b", [["cd", "/x"], ["make"], ["b"]]),
    "a group": ("{ a x; b; } && c", [["a", "x"], ["b"], ["c"]]),
    "braces that are words": ("echo } {a,b} { ;", [["echo", "}", "{a,b}", "{"]]),
    "functions": ("f() { a; }\nfunction g { b; }\nfunction h() ( c )\nf", [["a"], ["b"], ["c"], ["f"]]),
    "if": (
        "if [ -f x ]; then a; elif b; then c; else d; fi; e",
        [["[", "-f", "x", "]"], ["a"], ["b"], ["c"], ["d"], ["e"]],
    ),
    "for": ("for x in a $(b c) d; do e $x; done", [["b", "c"], ["e", "$x"]]),
    "for without a list": ("for x do a; done; for y; do b; done", [["a"], ["b"]]),
    "arithmetic for": ("for ((i=0; i<3; i++)); do a; done", [["a"]]),
    "select": ("select x in a b; do c; done", [["c"]]),
    "while and until": ("while read l; do a; done < f; until b; do c; done", [["read", "l"], ["a"], ["b"], ["c"]]),
    "case": ("case $x in a|b) c ;; (d) e ;& *) f; g ;; esac; h", [["c"], ["e"], ["f"], ["g"], ["h"]]),
    "case over lines": ("case x in\n  # note\n  a)\n    b\n    ;;\n  c) d\nesac", [["b"], ["d"]]),
    "reserved words that are arguments": ("a if then fi done", [["a", "if", "then", "fi", "done"]]),
    "negation": ("! a && ! b", [["a"], ["b"]]),
    "time and coproc": ("time -p make all; coproc sleep 1", [["time", "-p", "make", "all"], ["coproc", "sleep", "1"]]),
    "time before a compound command": ("time { a; b; }; time if c; then d; fi", [["a"], ["b"], ["c"], ["d"]]),
    "test with double brackets": (
        "[[ $a == b* && ( -f c || d < e ) ]] && f",
        [["[[", "$a", "==", "b*", "&&", "(", "-f", "c", "||", "d", "<", "e", ")", "]]"], ["f"]],
    ),
    "an arithmetic command": ("((x++)) && a; (( 1 < 2 )) || b", [["a"], ["b"]]),
    "a subshell within a subshell": ("((a); b)", [["a"], ["b"]]),
    "comments": ("a # b && c\n#d\ne#f g", [["a"], ["e#f", "g"]]),
    "single quotes": ("a 'b && c; d' e", [["a", "'b && c; d'", "e"]]),
    "double quotes": ('a "b && \\" c; d" e', [["a", '"b && \\" c; d"', "e"]]),
    "ansi quotes": ("a $'b\\'c' $\"d e\"", [["a", "$'b\\'c'", '$"d e"']]),
    "escaped blanks and operators": ("a b\\ c\\;d \\&\\& e", [["a", "b\\ c\\;d", "\\&\\&", "e"]]),
    "quotes within a word": ("a b'c d'\"e f\"g", [["a", "b'c d'\"e f\"g"]]),
    "line continuations": ("a \\\n  b \\\n\\\n c\\\nd", [["a", "b", "c\\\nd"]]),
    "line continuations of Windows": ("a \\\r\n  b\r\nc\r\n", [["a", "b"], ["c"]]),
    "continuations that were blanked": ("a &&     b   c", [["a"], ["b", "c"]]),
    "a substitution": ("a $(b c | d) e", [["a", "$(b c | d)", "e"], ["b", "c"], ["d"]]),
    "a substitution in quotes": ('a "x $(b "y z") w"', [["a", '"x $(b "y z") w"'], ["b", '"y z"']]),
    "a case within a substitution": ("a $(case x in y) b;; esac) c", [["a", "$(case x in y) b;; esac)", "c"], ["b"]]),
    "backticks": ("a `b c` \"`d`\"", [["a", "`b c`", '"`d`"'], ["b", "c"], ["d"]]),
    "no substitution in single quotes": ("a '$(b) `c`'", [["a", "'$(b) `c`'"]]),
    "a process substitution": ("diff <(a x) >(b)", [["diff", "<(a x)", ">(b)"], ["a", "x"], ["b"]]),
    "arithmetic with a shift": ("a $((1 << 2)) b", [["a", "$((1 << 2))", "b"]]),
    "a substitution within arithmetic": ("a $((1 + $(b)))", [["a", "$((1 + $(b)))"], ["b"]]),
    "a subshell within a substitution": ("a $( (b) )", [["a", "$( (b) )"], ["b"]]),
    "a substitution within a default": ("a ${x:-$(b)} ${y//\\//-}", [["a", "${x:-$(b)}", "${y//\\//-}"], ["b"]]),
    "redirections": ("a >b 2>&1 c <d &>e >>f {fd}>g 3>&- h", [["a", "c", "h"]]),
    "a redirection first": (">log 2>&1 a b", [["a", "b"]]),
    "a here-string": ("a <<< 'b c' d", [["a", "d"]]),
    "a here-document": ("cat <<EOF && b\nrm -rf / && c\nEOF\nd", [["cat"], ["b"], ["d"]]),
    "a here-document with tabs": ("cat <<-EOF\n\tx\n\tEOF\nd", [["cat"], ["d"]]),
    "two here-documents": ("a <<E1 b <<-'E2'\nx\nE1\ny $(no)\nE2\nc", [["a", "b"], ["c"]]),
    "a substitution in a here-document": ("cat <<EOF\n$(b c)\nEOF", [["cat"], ["b", "c"]]),
    "a quoted here-document": ("cat <<'EOF'\n$(b c)\nEOF\nd", [["cat"], ["d"]]),
    "a here-document without an end": ("cat <<EOF\nx; y", [["cat"]]),
    "a here-document in a substitution": ("a $(cat <<E\nx)\nE\n) b", [["a", "$(cat <<E\nx)\nE\n)", "b"], ["cat"]]),
    "assignments before a command": ("A=1 B='x y' a b=c", [["a", "b=c"]]),
    "an array": ("x=(a b $(c)) y+=(d) e", [["e"], ["c"]]),
    "an array element": ('x[1]=a x["k"]=b x[${#x[*]}]=c d', [["d"]]),
    "declarations": ("export A=1 B; local -r c=$(d)", [["export", "A=1", "B"], ["local", "-r", "c=$(d)"], ["d"]]),
    "an extended pattern": ("a !(b|c) @(d) *.txt", [["a", "!(b|c)", "@(d)", "*.txt"]]),
    "a variable as program": ("$CMD a \"$@\"", [["$CMD", "a", '"$@"']]),
    "letters beyond ASCII": ("echo grüße \u3000x && añb 日本", [["echo", "grüße", "\u3000x"], ["añb", "日本"]]),
    "an expression": ("echo ${{ a && 'b; c' }} x", [["echo", "${{ a && 'b; c' }}", "x"]]),
    "an expression in quotes": ("a \"${{ b['\"'] }}\" '${{ c }}'", [["a", "\"${{ b['\"'] }}\"", "'${{ c }}'"]]),
    "an expression as program": ("${{ inputs.cmd }} a | b", [["${{ inputs.cmd }}", "a"], ["b"]]),
    "nothing": ("", []),
    "only a comment": ("# a\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", SPLITS)
def test_a_script_is_split_into_commands_and_words(name: str) -> None:
    text, expected = SPLITS[name]
    found = [command for command in parse(text, "bash").commands if command.words]
    assert [[word.text for word in command.words] for command in found] == expected


@pytest.mark.parametrize("name", SPLITS)
def test_the_offsets_of_a_word_are_those_of_its_text(name: str) -> None:
    text, _ = SPLITS[name]
    for command in parse(text, "bash").commands:
        for word in command.words:
            assert text[word.start : word.end] == word.text
            assert command.start <= word.start < word.end <= command.end


@pytest.mark.parametrize("name", SPLITS)
def test_well_formed_scripts_have_no_errors(name: str) -> None:
    assert not parse(SPLITS[name][0], "bash").has_errors


@pytest.mark.parametrize(
    "text",
    ["a 'b", 'a "b', "a `b", "a $(b", "a ${b", "if a; then b", "(a", "a)", "a &&", "&& a", "a || ; b", "{ a;", "fi",
     "case x in a) b", "[[ a", "a ; ; b", "x=(a", "a $'b", "for", "done", "a ;; b", "<"],
)  # fmt: skip
def test_malformed_scripts_have_errors(text: str) -> None:
    assert parse(text, "bash").has_errors


def test_commands_of_a_malformed_script_are_still_found() -> None:
    assert ["b", "c"] in words("a && fi; b c; if d")


def operators(text: str) -> list[tuple[str | None, str | None]]:
    return [(command.operator, command.next_operator) for command in parse(text, "bash").commands]


def test_commands_know_the_operators_around_them() -> None:
    assert operators("a && b || c; d & e\nf | g") == [
        (None, "&&"), ("&&", "||"), ("||", None), (";", "&"), ("&", None), (";", "|"), ("|", None),
    ]  # fmt: skip


def test_the_first_command_of_a_compound_one_has_the_operator_before_it() -> None:
    assert operators("a && { b; c; } || d") == [(None, "&&"), ("&&", None), (";", None), ("||", None)]


def test_commands_after_then_and_do_start_anew() -> None:
    assert operators("a; if b; then c; fi") == [(None, None), (";", None), (None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a)", ["subshell"]),
        ("{ a; }", ["group"]),
        ("f() { a; }", ["function"]),
        ("f() ( a )", ["function"]),
        ("x=$(a)", ["substitution"]),
        ("x=`a`", ["substitution"]),
        ("y <(a)", ["process-substitution"]),
        ("if a; then b; fi", ["condition"]),
        ("while a; do b; done", ["condition"]),
        ("for x in y; do a; done", ["loop"]),
        ("case x in y) a;; esac", ["case"]),
        ("if (b); then { a; }; fi", ["branch", "group"]),
        ("cat <<E\n$(a)\nE", ["heredoc", "substitution"]),
        ("(b); a", []),
        ("if b; then c; fi; a", []),
    ],
)
def test_commands_know_what_they_stand_in(text: str, expected: list[str]) -> None:
    (command,) = [one for one in parse(text, "bash").commands if one.words and one.words[0].text == "a"]
    assert contexts(command) == expected


def test_a_command_can_be_asked_for_any_context_around_it() -> None:
    command = next(one for one in parse("if x; then (a); fi").commands if one.words[0].text == "a")
    assert command.is_in("branch")
    assert not command.is_in("loop", "function")


def test_negated_commands_are_marked() -> None:
    assert [command.negated for command in parse("! a && b").commands] == [True, False]


def test_the_members_of_a_pipeline_are_found() -> None:
    script = parse("x; a | b |& c && d", "bash")
    b = script.commands[2]
    assert [command.words[0].text for command in script.pipeline(b)] == ["a", "b", "c"]
    assert [command.words[0].text for command in script.pipeline(script.commands[-1])] == ["d"]


def test_siblings_are_the_commands_of_the_same_list() -> None:
    script = parse("a; (b; c); d")
    assert [command.words[0].text for command in script.siblings(script.commands[0])] == ["a", "d"]


def test_assignments_before_a_command_belong_to_it() -> None:
    command = first('A=1 B+="x $y" a C=3')
    assert [(one.name, one.value and one.value.text, one.append) for one in command.assignments] == [
        ("A", "1", False), ("B", '"x $y"', True),
    ]  # fmt: skip


def test_a_command_may_be_only_assignments() -> None:
    command = first("A=1 B=")
    assert not command.words
    assert [one.value and one.value.value for one in command.assignments] == ["1", ""]


def test_redirections_have_operator_descriptor_and_target() -> None:
    command = first("a 2>&1 >>'b c' <d &>e")
    assert [(one.operator, one.descriptor, one.target and one.target.value) for one in command.redirections] == [
        (">&", 2, "1"), (">>", None, "b c"), ("<", None, "d"), ("&>", None, "e"),
    ]  # fmt: skip


def test_redirections_of_compound_commands_belong_to_the_script() -> None:
    script = parse('{ echo "a=$b"; echo c; } >> "$GITHUB_ENV"')
    assert [one.target and one.target.text for one in script.redirections] == ['"$GITHUB_ENV"']
    assert not any(command.redirections for command in script.commands)


def test_the_body_of_a_here_document_is_located() -> None:
    text = "cat <<-'EOF' > f\n\ta b\n\tEOF\nc"
    redirection = first(text).redirections[0]
    assert redirection.body is not None
    assert text[slice(*redirection.body)] == "\ta b\n"


def test_names_of_functions_are_known() -> None:
    assert parse("f() { a; }\nfunction g-h { b; }", "bash").functions == {"f", "g-h"}


VALUES = [
    ("abc", "abc"),
    ("'a b'", "a b"),
    ('"a b"', "a b"),
    ("a'b'\"c\"d", "abcd"),
    ("a\\ b", "a b"),
    ('"a\\"b\\n"', 'a"b\\n'),
    ('"\\$x \\\\"', "$x \\"),
    ("$'a\\tb\\x41\\u00e9\\''", "a\tbAé'"),
    ('$"a b"', "a b"),
    ("''", ""),
    ('""', ""),
    ("a\\\nb", "ab"),
    ('"a\\\nb"', "ab"),
    ('"a\\\r\nb"', "ab"),
    ("--x=*.y", "--x=*.y"),
    ("a$", "a$"),
    ('"$"', "$"),
    ("$x", None),
    ("a${x}b", None),
    ("${x:-y}", None),
    ('"$x"', None),
    ("'$x'", "$x"),
    ("$(a)", None),
    ("`a`", None),
    ("$((1))", None),
    ("${{ a }}", None),
    ("'${{ a }}'", None),
    ("<(a)", None),
    ("é'ü'", "éü"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_word_has_a_value_when_it_is_literal(text: str, value: str | None) -> None:
    assert first(f"x {text}").words[1].value == value


def test_the_parts_of_a_word_tell_what_is_known() -> None:
    word = first("x --a='b c'$d\"${e:-f} ${{ g }}$(h)\"").words[1]
    assert [(part.kind, part.value, part.quote) for part in word.parts] == [
        ("literal", "--a=", ""),
        ("literal", "b c", "'"),
        ("variable", "d", ""),
        ("parameter", "e", '"'),
        ("literal", " ", '"'),
        ("expression", "", '"'),
        ("substitution", "", '"'),
    ]


def test_a_word_knows_its_literal_beginning_and_its_variables() -> None:
    word = first('x "a/$b/${c}"').words[1]
    assert word.prefix == "a/"
    assert word.variables == ("b", "c")
    assert word.is_quoted
    assert not word.has_expression


def test_only_unquoted_patterns_are_patterns() -> None:
    assert [word.has_glob for word in first("a *.b '*.c' d[1] \\*").words[1:]] == [True, False, True, False]


def test_the_rest_of_a_word_has_its_own_place() -> None:
    text = "x --a='b c'"
    rest = first(text).words[1].after(4)
    assert (rest.value, text[rest.start : rest.end]) == ("b c", "b c")


def test_the_rest_of_a_word_may_be_unknown() -> None:
    rest = first("x --a=$b").words[1].after(4)
    assert (rest.value, rest.text) == (None, "$b")


def test_the_rest_of_a_word_may_be_empty() -> None:
    rest = first("x --a=").words[1].after(4)
    assert (rest.value, rest.start, rest.end) == ("", 6, 6)


def test_a_character_of_the_value_is_found_in_the_text() -> None:
    text = "x 'a b'\\ c"
    word = first(text).words[1]
    assert word.value == "a b c"
    assert [text[word.offset_of(index)] for index in range(5)] == list("a b c")


def resolved(text: str, index: int = -1) -> list[str | None] | None:
    script = parse(text, "bash")
    words = script.commands[index].words[-1].resolved(script)
    return None if words is None else [word.value for word in words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('deps="gcc make"; apk add $deps', ["gcc", "make"]),
        ("deps='gcc  make'; apk add \"$deps\"", ["gcc  make"]),
        ("a=1; x v$a.2", ["v1.2"]),
        ("a='1 2'; x b${a}c", ["b1", "2c"]),
        ("a=' 1 2 '; x b${a}c", ["b", "1", "2", "c"]),
        ("a=; x $a", []),
        ('a=; x "$a"', [""]),
        ("a=1; a=2; x $a", ["2"]),
        ("x $a; a=1; y $a", ["1"]),
        ("export a=1; x $a", ["1"]),
        ("readonly a='b'; x $a", ["b"]),
        ("a=1 && x $a", ["1"]),
        ("{ a=1; }; x $a", ["1"]),
        ("x plain", ["plain"]),
    ],
)
def test_variables_with_a_sure_literal_value_are_resolved(text: str, expected: list[str]) -> None:
    assert resolved(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a=$(b); x $a",
        "if b; then a=1; fi; x $a",
        "(a=1); x $a",
        "a=1; a+=2; x $a",
        "a=1; read a; x $a",
        "for a in b; do x $a; done",
        "a=1; for a in b; do c; done; x $a",
        "a=*; x $a",
        "a=1 x $a",
        "a=1; x ${a:-2}",
        "a=(1 2); x $a",
    ],
)
def test_variables_that_may_have_another_value_are_not_resolved(text: str) -> None:
    assert resolved(text) is None


def test_a_value_set_later_does_not_count() -> None:
    assert resolved("x $a; a=1", 0) is None


def test_a_word_that_is_known_in_part_is_not_resolved() -> None:
    assert resolved("a=1; x $a$(b)", 1) is None


def test_variables_given_from_outside_hold_until_the_script_sets_them() -> None:
    script = parse("x $a; a=2; x $a")
    before, after = script.commands[0].words[1], script.commands[-1].words[1]
    assert [word.value for word in before.resolved(script, {"a": "1"}) or []] == ["1"]
    assert [word.value for word in after.resolved(script, {"a": "1"}) or []] == ["2"]


def test_a_string_literal_of_an_expression_may_hold_its_end() -> None:
    text = "a ${{ format('}}', b) }} c ${{ d }}"
    assert [text[start:end] for start, end in expression_spans(text)] == ["${{ format('}}', b) }}", "${{ d }}"]


def test_an_expression_with_an_open_quote_ends_at_the_first_braces() -> None:
    text = "a ${{ it's }} b"
    assert [text[start:end] for start, end in expression_spans(text)] == ["${{ it's }}"]


def test_an_expression_that_never_ends_is_none() -> None:
    assert list(expression_spans("a ${{ b")) == []


def test_powershell_is_split_at_its_operators() -> None:
    text = "$x = 1\nkubectl apply -f 'a b' `\n  -n prod; if ($y) { docker push \"$z\" | tee } # c\n"
    commands = [[word.text for word in command.words] for command in parse(text, "pwsh").commands]
    assert ["kubectl", "apply", "-f", "'a b'", "-n", "prod"] in commands
    assert ["docker", "push", '"$z"'] in commands
    assert ["tee"] in commands


def test_words_of_powershell_have_values_when_they_are_literal() -> None:
    (command,) = parse('a \'b c\' "d" $e "f $g" ${{ h }}', "pwsh").commands
    assert [word.value for word in command.words] == ["a", "b c", "d", None, None, None]
    assert command.words[-1].has_expression


def test_batch_files_are_split_at_their_operators() -> None:
    text = 'a "b & c" && d %E% ^\r\n f\r\ng | h'
    assert words(text, "cmd") == [["a", '"b & c"'], ["d", "%E%", "f"], ["g"], ["h"]]


def test_scripts_of_other_interpreters_have_no_commands() -> None:
    assert words("import os\nprint(1)", "python") == []


PIECES = st.sampled_from(
    ["a", "-y", "$x", "${x", "}", '"', "'", "\\", "\n", " ", ";", "&&", "|", "&", ">", "<", "<<E\n", "E\n", "#", "=",
     "A=", "$(", "`", "(", ")", "{ ", "if ", "then ", "fi", "do ", "done", "for ", "in ", "while ", "case ", "esac",
     ";;", "[[", "]]", "$((", "))", "!", "é", "\U0001f600", "${{", "}}", "time ", "function ", "f()", "\r\n", "\t",
     "\0", "\u2028", "$'", "<(", "<<<", "coproc ", "select ", "export ", "x=(", "{a,b}", "2>&1", "@(", "\ud800"]
)  # fmt: skip


@given(
    st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join)),
    st.sampled_from(["bash", "pwsh", "cmd"]),
)
def test_no_text_makes_the_parser_raise(text: str, dialect: str) -> None:
    script = parse(text, dialect)
    touch(script)
    for command in script.commands:
        assert 0 <= command.start <= command.end <= len(text)
        for word in command.words:
            assert 0 <= word.start < word.end <= len(text)
            assert all(word.start <= part.start <= part.end <= word.end for part in word.parts)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_words_of_a_script_do_not_overlap(text: str) -> None:
    for command in parse(text, "bash").commands:
        spans = [(word.start, word.end) for word in command.words]
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    ["(", "$(", '"$(', "{ ", "`", "${", "$((", "((a) ", "if ", "case x in ", "[[ ", "a|", "<<E\n", "x=(", "'", '"',
     "\\", "time { ", "${{ ", "a && ", "é", "f() ", "@(", "<("],
)  # fmt: skip
def test_long_repetitions_are_read(unit: str) -> None:
    touch(parse(unit * 3000, "bash"))
    touch(parse(unit * 3000, "pwsh"))


def touch(script: Script) -> None:
    for command in script.commands[:50]:
        script.pipeline(command)
        for word in command.words:
            assert word.prefix is not None
            word.resolved(script)
            word.after(3)
            word.offset_of(2)


def test_the_words_that_loops_go_through_and_case_looks_at_are_kept() -> None:
    script = parse('for x in $A "b $B"; do echo "$x"; done; case "$T" in a) ;; esac; for y; do :; done')
    assert [word.text for word in script.head_words] == ["$A", '"b $B"', '"$T"']
