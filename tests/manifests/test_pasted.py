"""Manifests that run into each other."""

import pytest

from cnlint.manifests.kubernetes import ManifestProblem
from cnlint.manifests.pasted import BrokenSeparator, broken_separator, first_line, seams
from cnlint.syntax import yaml
from cnlint.syntax.source import Source, Span

FIRST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
SECOND = "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\n"


def read(text: str) -> yaml.Stream:
    return yaml.parse(Source("app.yaml", text), yaml.Dialect.KUBERNETES)


def broken(text: str) -> BrokenSeparator | None:
    stream = read(text)
    [problem] = stream.problems
    return broken_separator(ManifestProblem(Source("app.yaml", text), problem.message, problem.span))


def test_a_seam_is_where_api_version_comes_again() -> None:
    [document] = read(f"{FIRST}\n# credentials\n{SECOND}").documents
    [seam] = seams(document)
    assert (seam.key.line, seam.kind_above, first_line(seam)) == (6, "ConfigMap", 5)


def test_kind_alone_makes_a_seam_too() -> None:
    [document] = read("kind: Deployment\nmetadata: {name: a}\nkind: Service\n").documents
    [seam] = seams(document)
    assert (seam.key.line, seam.kind_above) == (3, "Deployment")


def test_each_seam_knows_the_kind_right_above_it() -> None:
    [document] = read(FIRST + SECOND + "kind: Pod\napiVersion: v1\n").documents
    assert [(seam.kind_above, first_line(seam)) for seam in seams(document)] == [("ConfigMap", 4), ("Secret", 7)]


def test_other_repeated_keys_and_deeper_ones_make_no_seam() -> None:
    [document] = read("apiVersion: v1\nkind: List\nitems: [{kind: A, kind: B}]\nitems: []\n").documents
    assert seams(document) == []


@pytest.mark.parametrize("line", ["--", "----", " ---", "-- -", "———", "===", "____"])
def test_a_line_that_is_nearly_a_separator_is_known(line: str) -> None:
    found = broken(f"{FIRST}{line}\n\n# the second one\n{SECOND}")
    assert found == BrokenSeparator(Span(4, 1, 4, len(line) + 1), Span(7, 1, 7, 11))


@pytest.mark.parametrize(
    "text",
    [f"{FIRST}--\nspec: {{}}\n", f"--\n{SECOND}", f"{FIRST}nonsense\n{SECOND}", f"{FIRST}--\n"],
)
def test_other_broken_lines_are_no_separators(text: str) -> None:
    assert broken(text) is None
