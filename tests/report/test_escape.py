"""What is printed from files cannot move a cursor or forge a command."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.report.escape import github_data, github_property, json_text, markdown, markdown_code, visible

ANY_TEXT = st.text(st.characters(), max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("deploy/orders.yaml", "deploy/orders.yaml"),
        ("größe/日本/naïve 🚀.yaml", "größe/日本/naïve 🚀.yaml"),
        ("a\tb", "a\\tb"),
        ("a\nb\rc", "a\\nb\\rc"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b2J", "\\x9b2J"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("no-break\xa0space", "no-break\\xa0space"),
        ("bytes\udcff", "bytes\\xff"),
        ("half\ud800", "half\\ud800"),
    ],
)
def test_invisible_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("emoji", ["👩\u200d💻", "می\u200cخواهم"])
def test_joiners_within_words_and_emoji_stay(emoji: str) -> None:
    assert visible(emoji) == emoji


@pytest.mark.parametrize(
    "command",
    ["##[add-mask]x", "text ##[group]x", "##vso[task.setvariable variable=a]b", "a ##teamcity[buildStatus]"],
)
def test_commands_of_ci_systems_are_broken_up_wherever_they_stand(command: str) -> None:
    assert "##" not in visible(command)
    assert visible(command).replace("\\x23", "#") == command


@pytest.mark.parametrize(
    ("text", "shown"), [("::error::x", "\\x3a:error::x"), ("  ::add-mask::x", "  \\x3a:add-mask::x")]
)
def test_a_workflow_command_at_the_start_of_a_text_is_broken_up(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["image a::b", "# ## heading", "std::vector"])
def test_colons_and_number_signs_in_ordinary_text_stay(text: str) -> None:
    assert visible(text) == text


@given(ANY_TEXT)
def test_visible_text_is_one_line_of_printable_characters(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert not shown.lstrip().startswith("::")
    shown.encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_json_gives_back_every_text(text: str) -> None:
    assert json.loads(json_text({text: [text]})) == {text: [text]}


@given(ANY_TEXT)
def test_json_is_printable_and_has_no_half_surrogates(text: str) -> None:
    written = json_text(text)
    assert written.isprintable()
    json.loads(written).encode()


def test_json_stays_readable_for_ordinary_text() -> None:
    assert json_text({"name": "größe 🚀"}) == '{"name": "größe 🚀"}'


def test_json_holds_no_command_of_a_ci_system() -> None:
    assert json_text("##[add-mask]x") == '"#\\u0023[add-mask]x"'


def test_workflow_command_data_escapes_line_breaks_and_percent_signs() -> None:
    assert github_data("100%\r\n::error::x") == "100%25%0D%0A::error::x"


def test_workflow_command_properties_escape_their_separators_too() -> None:
    assert github_property("a,line=9::b") == "a%2Cline=9%3A%3Ab"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("*.yaml_x_", "\\*.yaml\\_x\\_"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("a|b", "a\\|b"),
        ("![x](y)", "\\!\\[x\\](y)"),
        ("@octocat", "@<!-- -->octocat"),
        ("org/repo#12", "org/repo#<!-- -->12"),
        ("https://evil.example", "https:<!-- -->//evil.example"),
        ("two\nlines", "two\\\\nlines"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, written: str) -> None:
    assert markdown(text) == written


@pytest.mark.parametrize(
    ("text", "written"), [("a.yaml:1", "`a.yaml:1`"), ("a`b", "`` a`b ``"), ("a|b", "`a\\|b`"), ("a\nb", "`a\\nb`")]
)
def test_a_code_span_holds_any_text(text: str, written: str) -> None:
    assert markdown_code(text) == written
