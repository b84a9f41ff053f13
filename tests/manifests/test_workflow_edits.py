"""Edits that add keys to workflows."""

from edits import edited

from cnlint.manifests.workflow import Job, Step, Workflow, read_workflow
from cnlint.manifests.workflow_edits import add_before_jobs, add_first, add_input
from cnlint.syntax.source import Source


def view(text, kind):
    return next(one for one in read_workflow(Source("ci.yml", text)).views() if isinstance(one, kind))


def test_a_key_is_written_before_the_first_of_a_job():
    text = "jobs:\n  a:\n    # note\n    runs-on: x\n"
    edits = add_first(view(text, Job), "timeout-minutes: 30")
    assert edited(text, edits) == "jobs:\n  a:\n    # note\n    timeout-minutes: 30\n    runs-on: x\n"


def test_a_job_in_flow_style_is_left_alone():
    assert add_first(view("jobs: {a: {runs-on: x}}\n", Job), "timeout-minutes: 30") == ()


def test_permissions_are_written_before_the_jobs():
    text = "on: push\njobs:\n  a: {}\n"
    edits = add_before_jobs(view(text, Workflow), "permissions:\n  contents: read\n")
    assert edited(text, edits) == "on: push\npermissions:\n  contents: read\n\njobs:\n  a: {}\n"


def test_an_input_is_added_behind_the_action_and_its_comment():
    text = "jobs:\n  a:\n    steps:\n      - uses: a/b@v1 # v1\n        id: x\n"
    edits = add_input(view(text, Step), "x", "false")
    assert edited(text, edits) == (
        "jobs:\n  a:\n    steps:\n      - uses: a/b@v1 # v1\n        with:\n          x: false\n        id: x\n"
    )


def test_an_input_is_added_to_those_that_are_there():
    text = "jobs:\n  a:\n    steps:\n      - uses: a/b@v1\n        with:\n          y: 1\n"
    edits = add_input(view(text, Step), "x", "false")
    assert edited(text, edits) == text.replace("y: 1", "x: false\n          y: 1")


def test_inputs_in_flow_style_are_left_alone():
    text = "jobs:\n  a:\n    steps:\n      - uses: a/b@v1\n        with: {y: 1}\n"
    assert add_input(view(text, Step), "x", "false") == ()
