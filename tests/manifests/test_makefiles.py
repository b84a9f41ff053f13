"""The commands of recipes."""

from hypothesis import given
from hypothesis import strategies as st

from cnlint.manifests.makefiles import read_makefile
from cnlint.manifests.serverless import FunctionRuntime
from cnlint.syntax.source import Source

MAKEFILE = """\
# Deploys the functions.
RUNTIME := go1.x
REGION ?= eu-west-1
\techo no recipe
.PHONY: deploy
deploy: build $(ZIP)
\t@aws --region $(REGION) lambda create-function \\
\t  --function-name $@ \\
\t  --runtime $(RUNTIME) --handler main

ifdef DEBUG
\t-@gcloud functions deploy orders --runtime=go116 --project "$${PROJECT}" # why
endif
all: ; echo one
NAMES = a b
\techo no recipe either
"""


def commands(text: str) -> list[list[str | None]]:
    found = read_makefile(Source("Makefile", text)).makefile.commands
    return [[word.value for word in command.words] for command in found]


def test_commands_of_recipes_are_found_with_literal_variables() -> None:
    assert commands(MAKEFILE) == [
        ["aws", "--region", None, "lambda", "create-function", "--function-name", None, "--runtime", "go1.x",
         "--handler", "main"],
        ["gcloud", "functions", "deploy", "orders", "--runtime=go116", "--project", None],
    ]  # fmt: skip


def test_places_are_those_of_the_makefile() -> None:
    views = read_makefile(Source("Makefile", MAKEFILE)).views()
    runtimes = [view for view in views if isinstance(view, FunctionRuntime)]
    assert [(runtime.runtime, runtime.place.span) for runtime in runtimes] == [
        ("go1.x", (9, 14, 9, 24)),
        ("go116", (12, 45, 12, 50)),
    ]


def test_substitutions_of_the_shell_are_read_and_those_of_make_are_not() -> None:
    text = "a:\n\techo x=$$(date -u) $(shell git rev-parse HEAD) $(foreach x,$(A),$(x)) $< $^\n"
    assert [command[0] for command in commands(text)] == ["echo", "date"]


def test_lines_of_a_recipe_are_scripts_of_their_own() -> None:
    assert commands("a:\n\tcd x\n\tif b; then \\\n\t  c; fi\n") == [["cd", "x"], ["b"], ["c"]]


def test_a_makefile_for_another_interpreter_has_no_commands() -> None:
    assert commands("SHELL := /usr/bin/python3\na:\n\tprint(1)\n") == []


@given(
    st.lists(
        st.sampled_from(
            ["a:", "\t", "\n", "$(", ")", "$$", "$", "{", "}", "\\\n", "x", ":=", " ", "#", "\r\n", "@", "é"]
        )
    )
)
def test_no_makefile_makes_the_reader_raise(pieces: list[str]) -> None:
    text = "".join(pieces)
    for command in read_makefile(Source("Makefile", text)).makefile.commands:
        assert command.place().span
