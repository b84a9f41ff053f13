"""The report for people: code frames, related places, colours, the summary."""

import re

import pytest

from cnlint.findings import CheckedFile, Finding, RelatedLocation, RunReport
from cnlint.report import ReportOptions, render
from cnlint.report.frame import Frame, display_width, frame
from cnlint.report.wording import sentence
from cnlint.rules import RuleSet
from cnlint.syntax.source import Span

NO_RULES = RuleSet([])


def text_of(*findings: Finding) -> str:
    return "".join(render("text", RunReport(findings, ()), NO_RULES))


def test_a_frame_marks_the_place() -> None:
    assert frame("  - name: orders", 5, 17) == Frame("  - name: orders", 4, 12)


def test_a_place_of_no_width_is_marked_with_one_sign() -> None:
    assert frame("FROM python", 6, 6) == Frame("FROM python", 5, 1)


def test_a_place_that_goes_on_is_marked_to_the_end_of_its_line() -> None:
    assert frame("RUN apt-get update \\   ", 1, None) == Frame("RUN apt-get update \\", 0, 20)


def test_a_place_behind_the_line_is_marked_at_its_end() -> None:
    assert frame("kind: Pod", 40, 50) == Frame("kind: Pod", 9, 1)


def test_the_mark_stands_right_behind_tabs() -> None:
    assert frame("\tRUN x", 2, 5) == Frame("    RUN x", 4, 3)


def test_the_mark_stands_right_behind_wide_characters() -> None:
    assert frame("# 日本 x", 6, 7) == Frame("# 日本 x", 7, 1)


def test_the_mark_covers_the_escape_of_a_control_character() -> None:
    assert frame("a\x1bb", 2, 3) == Frame("a\\x1bb", 1, 4)


@pytest.mark.parametrize("column", [1, 500, 5000, 10_000])
def test_a_long_line_is_cut_to_the_part_around_the_mark(column: int) -> None:
    line = "".join(f"{number:05}" for number in range(2000))
    cut = frame(line, column, column + 5, 80)
    assert len(cut.line) <= 80
    assert cut.line.strip(".")[cut.start - len(cut.line) + len(cut.line.lstrip(".")) :].startswith(
        line[column - 1 : column + 4]
    )


def test_a_long_line_of_wide_characters_fits_too() -> None:
    assert display_width(frame("日" * 200, 150, 152, 80).line) <= 80


def test_a_line_of_ten_million_characters_is_cut_without_looking_at_all_of_it() -> None:
    assert frame("x" * 10_000_000, 9_000_000, 9_000_003, 60).length == 3


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👩\u200d", 2)])
def test_display_width_counts_columns_of_a_terminal(text: str, width: int) -> None:
    assert display_width(text) == width


def test_findings_of_one_file_stand_under_its_name_once(finding: Finding) -> None:
    written = text_of(finding, finding._replace(line=20))
    assert written.count("deploy/deployment.yaml\n") == 1


def test_line_numbers_of_one_file_line_up(finding: Finding) -> None:
    written = text_of(finding, finding._replace(line=1018))
    bars = {line.index("|") for line in written.splitlines() if "|" in line}
    assert len(bars) == 1


def test_a_finding_without_a_source_line_has_no_frame(unreadable: Finding) -> None:
    assert "|" not in text_of(unreadable)


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("Set runAsNonRoot: true", "set runAsNonRoot: true"),
        ("USER 1000 will do", "USER 1000 will do"),
        ("runAsNonRoot is missing", "runAsNonRoot is missing"),
    ],
)
def test_what_to_do_stands_behind_the_word_fix(finding: Finding, hint: str, shown: str) -> None:
    assert f"            = fix: {shown}\n" in text_of(finding._replace(hint=hint))


def test_a_finding_without_a_hint_has_no_line_for_it(finding: Finding) -> None:
    assert "fix:" not in text_of(finding._replace(hint=""))


def test_places_of_related_locations_line_up(finding: Finding) -> None:
    span = Span(3, 1, 3, 2)
    related = (RelatedLocation("a.yaml", span, "short"), RelatedLocation("b.yaml", span, "a good deal " * 6 + "longer"))
    written = text_of(finding._replace(related=related))
    columns = {line.index(".yaml:3") for line in written.splitlines() if ".yaml:3" in line}
    assert len(columns) == 1


def test_without_colour_there_is_no_escape_sequence(run_report: RunReport, rules: RuleSet) -> None:
    assert "\x1b" not in "".join(render("text", run_report, rules, ReportOptions(color=False)))


def test_colour_adds_nothing_but_escape_sequences(run_report: RunReport, rules: RuleSet) -> None:
    colored = "".join(render("text", run_report, rules, ReportOptions(color=True)))
    plain = "".join(render("text", run_report, rules, ReportOptions(color=False)))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain
    assert colored != plain


def test_messages_are_wrapped_to_the_terminal_and_keep_their_indent(run_report: RunReport, rules: RuleSet) -> None:
    written = "".join(render("text", run_report, rules, ReportOptions(width=90)))
    *lines, _summary = written.splitlines()
    assert "         the Service has that label" in lines
    assert all(len(line) <= 90 for line in lines)


def test_skipped_files_are_listed_when_asked_for(run_report: RunReport) -> None:
    quiet = "".join(render("text", run_report, NO_RULES, ReportOptions()))
    verbose = "".join(render("text", run_report, NO_RULES, ReportOptions(verbose=True)))
    assert "package.json" not in quiet
    assert "  package.json" in verbose
    assert "no document of a known kind" in verbose


def test_the_summary_counts_severities_files_and_what_was_skipped(run_report: RunReport) -> None:
    assert sentence(run_report) == (
        "Found 2 problems (1 error, 1 warning) in 4 files; 1 suppressed; "
        "1 Helm chart skipped (not rendered; --helm includes them, "
        "with the program helm installed); 1 file skipped (no document of a known kind)."
    )


def test_the_summary_of_a_clean_run_says_so() -> None:
    assert sentence(RunReport((), (CheckedFile("Dockerfile", "dockerfile"),))) == "No problems found in 1 file."


def test_a_run_that_checked_nothing_does_not_claim_to_be_clean() -> None:
    assert sentence(RunReport((), ())) == "No files were checked."


def test_the_summary_of_a_run_that_could_read_no_file_names_none(unreadable: Finding) -> None:
    skipped = CheckedFile("secret.yaml", "yaml", "cannot be read")
    assert sentence(RunReport((unreadable,), (skipped,))) == (
        "Found 1 problem (1 error); 1 file skipped (cannot be read)."
    )


def test_a_note_on_the_whole_run_is_part_of_the_summary() -> None:
    note = CheckedFile(".", "project", "3000 other files were not read")
    assert sentence(RunReport((), (CheckedFile("a.yaml", "kubernetes"), note))) == (
        "No problems found in 1 file; 3000 other files were not read."
    )
