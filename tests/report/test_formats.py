"""Every format, written whole for one real-looking run, and what all formats have in common."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint import __version__
from cnlint.findings import SEVERITIES, CheckedFile, Finding, RelatedLocation, RunReport, Suppression
from cnlint.report import FORMATS, ReportOptions, render
from cnlint.rule_index import RuleDocs
from cnlint.rules import RuleSet
from cnlint.syntax.source import Span

EXPECTED = os.path.join(os.path.dirname(__file__), "expected")
EMPTY = RunReport((), ())
ANY_TEXT = st.text(st.characters(), max_size=20)
NO_RULES = RuleSet([])


def whole(name: str, report: RunReport, rules: RuleSet = NO_RULES, options: ReportOptions | None = None) -> str:
    return "".join(render(name, report, rules, options))


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_report_of_a_run_is_as_expected(
    name: str, run_report: RunReport, rules: RuleSet, options: ReportOptions
) -> None:
    with open(os.path.join(EXPECTED, f"{name}.txt"), encoding="utf-8") as file:
        expected = file.read().replace("CNLINT_VERSION", __version__)
    assert whole(name, run_report, rules, options) == expected


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_without_files_can_be_reported(name: str) -> None:
    assert whole(name, EMPTY).endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_with_one_line_break(name: str, run_report: RunReport, options: ReportOptions) -> None:
    written = whole(name, run_report, options=options)
    assert written.endswith("\n")
    assert not written.endswith("\n\n")


findings = st.builds(
    Finding,
    code=st.just("K8S263"),
    name=st.just("runs-as-root"),
    severity=st.sampled_from(SEVERITIES),
    message=ANY_TEXT,
    path=ANY_TEXT.filter(bool),
    line=st.integers(1, 10**6),
    column=st.integers(1, 10**4),
    end_line=st.integers(1, 10**6),
    end_column=st.integers(1, 10**4),
    related=st.lists(
        st.builds(RelatedLocation, ANY_TEXT.filter(bool), st.just(Span(1, 1, 1, 2)), ANY_TEXT), max_size=2
    ).map(tuple),
    fingerprint=st.just("ab"),
    suppressed=st.none() | st.builds(Suppression, st.sampled_from(["inline", "config"]), ANY_TEXT, st.integers(0, 9)),
    hint=ANY_TEXT,
    snippet=ANY_TEXT,
)
run_reports = st.builds(
    RunReport,
    st.lists(findings, max_size=3).map(tuple),
    st.lists(st.builds(CheckedFile, ANY_TEXT.filter(bool), ANY_TEXT, st.none() | ANY_TEXT), max_size=3).map(tuple),
    statistics=st.just({}),
)


@pytest.mark.parametrize("name", FORMATS)
@given(report=run_reports)
def test_nothing_in_a_finding_can_reach_a_terminal_or_forge_a_command(name: str, report: RunReport) -> None:
    options = ReportOptions(verbose=True, docs=lambda code: RuleDocs("", "", (), (), ()))
    written = whole(name, report, options=options)
    written.encode()
    own = "\n\N{WARNING SIGN}\ufe0f\u200c\u200d"
    assert all(character.isprintable() or character in own for character in written)
    commands = ("::error ", "::warning ", "::notice ") if name == "github" else ()
    for line in written.split("\n"):
        assert not line.lstrip().startswith("::") or line.startswith(commands)
        assert "##[" not in line


@pytest.mark.parametrize("name", ["text", "concise"])
@given(report=run_reports, width=st.none() | st.integers(20, 200))
def test_a_report_for_people_can_be_written_for_a_terminal_of_any_width(
    name: str, report: RunReport, width: int | None
) -> None:
    assert whole(name, report, options=ReportOptions(color=True, width=width))


def test_formats_are_loaded_when_they_are_asked_for() -> None:
    script = (
        "import sys; from cnlint.report import FORMATS; "
        "print([name for name in sys.modules if name in FORMATS.values()])"
    )
    listed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert listed.stdout.strip() == "[]"


def test_an_unknown_format_is_a_key_error(run_report: RunReport) -> None:
    with pytest.raises(KeyError):
        render("html", run_report, NO_RULES)


def test_suppressed_findings_are_only_in_formats_that_mark_them(run_report: RunReport, options: ReportOptions) -> None:
    with_hidden = {name for name in FORMATS if "DF201" in whole(name, run_report, options=options)}
    assert with_hidden == {"json", "sarif"}


def test_a_report_does_not_depend_on_anything_but_its_input(run_report: RunReport, options: ReportOptions) -> None:
    same = run_report._replace(statistics={"seconds": 3.2})
    assert [whole(name, run_report, options=options) for name in FORMATS] == [
        whole(name, same, options=options) for name in FORMATS
    ]
