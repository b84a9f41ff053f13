"""Conditions of jobs and steps, judged by the event that starts the workflow."""

import pytest

from cnlint.manifests.conditions import (
    events_of,
    is_for_pull_requests_only,
    is_guard,
    may_hold,
    may_run,
    runs_after_skipped,
    runs_whenever,
)
from cnlint.manifests.workflow import Job, read_workflow
from cnlint.syntax.source import Source


def jobs(text, on="[push, pull_request]"):
    parsed = read_workflow(Source(".github/workflows/ci.yml", f"on: {on}\njobs:\n{text}"))
    return {view.id: view for view in parsed.views() if isinstance(view, Job)}


def job_if(condition, on="[push, pull_request]"):
    return jobs(f"  a:\n    if: {condition}\n    runs-on: x\n    steps: []\n", on)["a"]


@pytest.mark.parametrize(
    ("condition", "push", "pull_request"),
    [
        ("github.event_name == 'push'", True, False),
        ("github.event_name != 'pull_request'", True, False),
        ("${{ github.event_name == 'PUSH' }}", True, False),
        ("github.ref == 'refs/heads/main'", True, False),
        ("startsWith(github.ref, 'refs/tags/')", True, False),
        ("contains(github.ref, 'pull')", True, True),
        ("github.base_ref == 'main'", False, True),
        ("github.event_name == 'push' || github.actor == 'x'", True, True),
        ("github.event_name == 'push' && inputs.deploy", True, False),
        ("\"!(github.event_name == 'push')\"", False, True),
        ("always()", True, True),
        ("vars.DEPLOY", True, True),
        ("(github.event_name && 'a' || 'b') == 'a'", True, True),
        ("github.event.pull_request", False, True),
        ("false", False, False),
        ("github.event_name ==", True, True),
        ("${{ github.event_name }} == push", True, True),
    ],
)
def test_a_condition_fails_only_for_events_for_which_that_is_certain(condition, push, pull_request):
    job = job_if(condition)
    assert (may_hold(job, "push"), may_hold(job, "pull_request")) == (push, pull_request)


CHAIN = (
    "  guard: {if: \"github.event_name == 'push'\", runs-on: x, steps: []}\n"
    "  build: {needs: guard, runs-on: x, steps: []}\n"
    "  report: {needs: build, if: always(), runs-on: x, steps: []}\n"
)


def test_a_job_is_skipped_with_those_that_it_needs_unless_it_asks_for_their_status():
    found = jobs(CHAIN)
    assert not may_run(found["build"], "pull_request")
    assert may_run(found["report"], "pull_request")
    assert runs_after_skipped(found["report"]) and not runs_after_skipped(found["build"])
    assert events_of(found["build"]) == ["push"]


def test_jobs_run_together_for_the_events_of_one_of_them():
    found = jobs(CHAIN)
    assert runs_whenever(found["report"], found["build"])
    assert not runs_whenever(found["build"], found["report"])


@pytest.mark.parametrize(
    ("on", "condition", "is_preview"),
    [
        ("pull_request", "'true'", True),
        ("[push, pull_request]", "github.event_name == 'pull_request'", True),
        ("[push, pull_request]", "vars.X", False),
        ("[]", "vars.X", False),
    ],
)
def test_what_only_pull_requests_start_is_a_preview(on, condition, is_preview):
    assert is_for_pull_requests_only(job_if(condition, on)) is is_preview


@pytest.mark.parametrize(
    ("condition", "guards"),
    [
        ("github.ref == 'refs/heads/main'", True),
        ("github.event.pull_request.merged", True),
        ("needs.plan.outputs.deploy == 'true'", True),
        ("inputs.deploy", True),
        ("github", True),
        ("github.event_name ==", True),
        ("always()", False),
        ("github.repository == 'example/orders'", False),
        ("github.actor != 'dependabot[bot]'", False),
        ("matrix.os == 'linux'", False),
    ],
)
def test_a_guard_says_something_of_events_branches_or_what_was_found_out(condition, guards):
    assert is_guard(job_if(condition)) is guards


def test_without_a_condition_nothing_is_guarded():
    assert not is_guard(jobs("  a: {runs-on: x, steps: []}\n")["a"])
