"""Fixes of rules about workflows."""

import datetime

import pytest

import cnlint
from cnlint.syntax.source import Source


def fixed(tmp_path, code, text):
    """Apply the only fix of the only finding of a rule; gives the text unchanged when it has none."""
    file = tmp_path / ".github" / "workflows" / "ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    report = cnlint.check([file], select=[code], config=False, root=tmp_path, today=datetime.date(2026, 11, 22))
    (finding,) = report.findings
    source = Source("ci.yml", text)
    edits = [edit for fix in finding.fixes for edit in fix.edits]
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        start = source.offset(edit.span.line, edit.span.column)
        text = text[:start] + edit.text + text[source.offset(edit.span.end_line, edit.span.end_column) :]
    return text


STEP = "on: issues\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "      - run: echo ${{ github.event.issue.title }}\n",
            "      - env:\n          ISSUE_TITLE: ${{ github.event.issue.title }}\n"
            '        run: echo "${ISSUE_TITLE}"\n',
        ),
        (
            '      - name: x\n        run: |\n          echo "by ${{ github.event.issue.body }}"\n'
            "        env:\n          A: 1\n",
            '      - name: x\n        run: |\n          echo "by ${ISSUE_BODY}"\n'
            "        env:\n          ISSUE_BODY: ${{ github.event.issue.body }}\n          A: 1\n",
        ),
    ],
)
def test_untrusted_text_is_passed_by_a_variable(tmp_path, before, after):
    assert fixed(tmp_path, "GHA600", STEP + before) == STEP + after


@pytest.mark.parametrize(
    "line",
    [
        "run: echo '${{ github.event.issue.title }}'",
        "{run: 'echo ${{ github.event.issue.title }}'}",
        "run: echo ${{ github.event.issue.title }} ${{ github.sha }}",
        "run: echo ${{ format('{0}', github.event.issue.title) }}",
    ],
)
def test_text_that_no_variable_can_stand_for_is_left_alone(tmp_path, line):
    text = f"{STEP}      - {line}\n"
    assert fixed(tmp_path, "GHA600", text) == text


def test_a_version_is_put_in_quotes(tmp_path):
    text = STEP + "      - uses: actions/setup-go@v6\n        with:\n          go-version: 1.20\n"
    assert fixed(tmp_path, "GHA115", text) == text.replace("1.20", '"1.20"')


def test_the_version_of_an_action_is_raised(tmp_path):
    text = STEP + "      - uses: actions/checkout@v3 # pinned by hand\n"
    assert fixed(tmp_path, "GHA502", text) == text.replace("v3", "v6")


def test_the_race_detector_is_switched_on(tmp_path):
    text = STEP + "      - run: |\n          cd app\n          go test -v ./...\n"
    assert fixed(tmp_path, "GHA912", text) == text.replace("go test", "go test -race")
