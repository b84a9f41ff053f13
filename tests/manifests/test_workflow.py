"""Views of workflows and action metadata."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.graph.facts import FileFacts, decode_documents, encode_documents
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.workflow import (
    ActionMetadata,
    ActionReference,
    Expression,
    Job,
    Step,
    Workflow,
    WorkflowProblem,
    read_workflow,
    workflow_views,
)
from cnlint.syntax.source import Source

PATH = ".github/workflows/ci.yml"


def views(text, path=PATH):
    return list(read_workflow(Source(path, text)).views())


def one(text, kind, path=PATH):
    return next(view for view in views(text, path) if isinstance(view, kind))


def workflow(text):
    return one(text, Workflow)


def step(lines, job=""):
    body = "".join(f"        {line}\n" for line in lines.splitlines())
    return one(f"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n{job}    steps:\n      -\n{body}", Step)


def action(written):
    return one(f"jobs:\n  test:\n    steps:\n      - uses: {written}\n", ActionReference)


@pytest.mark.parametrize(
    "on", ["push", "[push]", "\n  - push", "{push: }", "\n  push:\n    branches: [main]", "{push: {branches: main}}"]
)
def test_triggers_are_read_from_all_three_forms(on):
    assert list(workflow(f"on: {on}\njobs: {{}}\n").triggers) == ["push"]


def test_a_lone_pattern_is_a_list_of_one():
    trigger = workflow("on: {push: {branches: main, tags-ignore: [v1, v2]}}\n").triggers["push"]
    assert trigger.names("branches") == ["main"]
    assert trigger.names("tags-ignore") == ["v1", "v2"]
    assert trigger.has_branch_or_tag_filter


def test_needs_are_followed_through_other_jobs_and_circles():
    jobs = "{a: {needs: c}, b: {needs: [a, gone]}, c: {needs: b}, d: {}}"
    found = workflow(f"on: push\njobs: {jobs}\n")
    assert found.jobs["b"].needs == ["a", "gone"]
    assert found.jobs["b"].needs_closure == {"a", "b", "c"}
    assert [job.id for job in found.jobs["a"].dependents] == ["b", "c"]
    assert found.jobs["d"].needs_closure == frozenset()


def test_a_job_has_the_permissions_of_its_workflow_unless_it_sets_its_own():
    found = workflow(
        "permissions: read-all\njobs: {a: {}, b: {permissions: {contents: write}}, c: {permissions: {}}}\n"
    )
    assert [job.permissions for job in found.jobs.values()] == ["read-all", {"contents": "write"}, {}]
    assert [job.sets_permissions for job in found.jobs.values()] == [False, True, True]


@pytest.mark.parametrize("written", ["production", "{name: production, url: x}"])
def test_both_forms_of_environment_name_it(written):
    assert one(f"jobs: {{a: {{environment: {written}}}}}\n", Job).environment == "production"


def test_labels_of_runners_come_from_all_forms_and_the_matrix():
    jobs = """
  a: {runs-on: Ubuntu-24.04}
  b: {runs-on: [self-hosted, linux]}
  c: {runs-on: {group: big, labels: windows-2025}}
  d:
    strategy: {matrix: {os: [ubuntu-24.04, macos-15], include: [{os: windows-11-arm}]}}
    runs-on: ${{ matrix.os }}
  e: {runs-on: "${{ inputs.runner }}"}
"""
    found = workflow(f"jobs:{jobs}").jobs
    assert [found[id].runner_labels for id in "abce"] == [
        ["ubuntu-24.04"],
        ["self-hosted", "linux"],
        ["windows-2025"],
        None,
    ]
    assert found["d"].runner_labels == ["ubuntu-24.04", "macos-15", "windows-11-arm"]
    assert found["d"].runner_systems == {"linux", "macos", "windows"}
    assert found["b"].is_self_hosted


def test_keys_of_with_and_env_are_found_in_any_case():
    found = step("uses: a/b@v1\nwith: {Push: true, VERSION: 1.20}\nenv: {Go_Flags: -race}")
    assert found.input("push") == "true"
    assert found.input("version") == "1.2"
    assert found.input("absent") is None
    assert found.environment_value("GO_FLAGS").text == "-race"


def test_an_input_has_the_values_of_the_matrix_each_at_its_place():
    text = """jobs:
  test:
    strategy:
      matrix:
        go: ["1.26", "1.27"]
        include:
          - go: "1.25"
    steps:
      - uses: actions/setup-go@v6
        with:
          go-version: ${{ matrix.go }}.x
"""
    values = one(text, Step).input_values("go-version")
    assert [(value.text, value.place.span.line) for value in values] == [("1.26.x", 5), ("1.27.x", 5), ("1.25.x", 7)]


def test_a_number_that_lost_digits_is_marked():
    text = """jobs:
  test:
    strategy: {matrix: {v: [1.20, 1.2, '1.20', 3]}}
    steps: [{uses: a/b@v1, with: {v: '${{ matrix.v }}'}}]
"""
    values = one(text, Step).input_values("v")
    assert [(value.text, value.is_truncated) for value in values] == [
        ("1.2", True),
        ("1.2", False),
        ("1.20", False),
        ("3", False),
    ]


def test_nested_matrix_values_are_followed():
    text = """jobs:
  test:
    strategy: {matrix: {config: [{go: "1.26"}, {go: "1.27"}, {node: 24}]}}
    steps:
      - uses: actions/setup-go@v6
        with: {go-version: "${{ matrix.config.go }}"}
"""
    assert [value.text for value in one(text, Step).input_values("go-version")] == ["1.26", "1.27"]


@pytest.mark.parametrize(
    ("strategy", "written"),
    [
        ("{matrix: {go: '${{ fromJSON(x) }}'}}", "${{ matrix.go }}"),
        ("{matrix: '${{ fromJSON(x) }}'}", "${{ matrix.go }}"),
        ("{matrix: {go: ['1.26', '${{ inputs.go }}']}}", "${{ matrix.go }}"),
        ("{}", "${{ inputs.go }}"),
        ("{}", "${{ env.GO }}"),
        ("{matrix: {go: ['1']}}", "${{ matrix.go }}.${{ matrix.go }}"),
    ],
)
def test_values_that_are_computed_are_not_known(strategy, written):
    assert step(f"with: {{go: '{written}'}}", job=f"    strategy: {strategy}\n").input_values("go") == []


def test_a_variable_of_the_workflow_is_known():
    text = "env: {GO: '1.26'}\njobs: {a: {steps: [{uses: a/b@v1, with: {go: '${{ env.go }}'}}]}}\n"
    assert [value.text for value in one(text, Step).input_values("go")] == ["1.26"]


@pytest.mark.parametrize(
    ("job", "lines", "shell"),
    [
        ("", "run: x", "bash"),
        ("", "run: x\nshell: /usr/bin/bash -e {0}", "bash"),
        ("    defaults: {run: {shell: pwsh}}\n", "run: x", "pwsh"),
        ("    container: alpine:3.22\n", "run: x", "sh"),
        ("", "run: x\nshell: ${{ matrix.shell }}", None),
    ],
)
def test_the_shell_of_a_step_is_its_own_or_a_default(job, lines, shell):
    assert step(lines, job).shell == shell


@pytest.mark.parametrize(("runner", "shell"), [("windows-2025", "pwsh"), ("macos-15", "bash"), ("anything", "bash")])
def test_the_default_shell_hangs_on_the_runner(runner, shell):
    assert one(f"jobs: {{a: {{runs-on: {runner}, steps: [{{run: x}}]}}}}\n", Step).shell == shell


def test_the_working_directory_is_the_own_or_that_of_job_or_workflow():
    text = """defaults: {run: {working-directory: app}}
jobs:
  a: {steps: [{run: x}, {run: x, working-directory: web}]}
  b: {defaults: {run: {working-directory: api}}, steps: [{run: x}]}
"""
    steps = [view for view in views(text) if isinstance(view, Step)]
    assert [one.working_directory for one in steps] == ["app", "web", "api"]


def test_steps_of_a_parallel_group_are_steps_too():
    text = "jobs: {a: {steps: [{run: a}, {parallel: [{run: b}, {run: c}]}, {run: d}]}}\n"
    steps = [view for view in views(text) if isinstance(view, Step)]
    assert [(one.number, one.script) for one in steps] == [(0, "a"), (1, ""), (2, "b"), (3, "c"), (4, "d")]
    assert [one.script for one in steps[3].earlier] == ["a", "", "b"]


@pytest.mark.parametrize(
    ("written", "kind", "name", "subpath", "ref", "major"),
    [
        ("actions/checkout@v4", "remote", "actions/checkout", "", "v4", 4),
        ("Actions/Checkout@V4.2.2", "remote", "actions/checkout", "", "V4.2.2", 4),
        ("github/codeql-action/init@v3", "remote", "github/codeql-action/init", "init", "v3", 3),
        ("a/b@releases/v3", "remote", "a/b", "", "releases/v3", 3),
        ("a/b@2", "remote", "a/b", "", "2", 2),
        ("a/b@v3-node20", "remote", "a/b", "", "v3-node20", None),
        ("a/b@2024.10.1", "remote", "a/b", "", "2024.10.1", None),
        ("a/b@main", "remote", "a/b", "", "main", None),
        ("./.github/actions/x", "local", "", "", "", None),
        ("$/actions/x", "local", "", "", "", None),
        ("docker://alpine:3.22", "docker", "", "", "", None),
        ("a/b", "unknown", "", "", "", None),
        ("actions@v1", "unknown", "", "", "", None),
        ("'${{ matrix.action }}@v1'", "unknown", "", "", "", None),
    ],
)
def test_the_parts_of_an_action_reference_are_told_apart(written, kind, name, subpath, ref, major):
    found = action(written)
    assert (found.kind, found.name, found.subpath, found.ref, found.major) == (kind, name, subpath, ref, major)


SHA = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"


@pytest.mark.parametrize(
    ("comment", "version", "major"),
    [
        ("# v4.2.2", "v4.2.2", 4),
        ("# tag=v4.2.2", "v4.2.2", 4),
        ("#v4", "v4", 4),
        ("# v4.2.2 (latest)", "v4.2.2", 4),
        ("# 3.1.0", "3.1.0", 3),
        ("# ratchet:actions/checkout@v4", "v4", 4),
        ("# keep", "", None),
        ("", "", None),
    ],
)
def test_the_version_of_a_commit_stands_in_the_comment(comment, version, major):
    found = action(f"actions/checkout@{SHA} {comment}")
    assert found.is_sha
    assert (found.version, found.major) == (version, major)


def test_the_comment_stands_behind_closing_quotes():
    assert action(f"'actions/checkout@{SHA}'  # v4.1.0").version == "v4.1.0"


def test_a_reusable_workflow_is_an_action_reference_of_its_job():
    found = one("jobs: {call: {uses: acme/w/.github/workflows/x.yml@v2}}\n", ActionReference)
    assert found.is_reusable_workflow
    assert found.slug == "acme/w"


def test_expressions_are_found_at_their_place_in_a_block_scalar():
    text = """on: push
jobs:
  test:
    if: github.ref == 'x'
    steps:
      - name: a ${{ b }}
        run: |
          echo one
          echo ${{ github.sha }} "${{
            c }}"
      - run: >-
          folded
          ${{ d }}
      - run: "\\tquoted ${{ e }}"
"""
    found = [view for view in views(text) if isinstance(view, Expression)]
    assert [(one.field, one.body.strip(), one.is_bare) for one in found] == [
        ("if", "github.ref == 'x'", True),
        ("name", "b", False),
        ("run", "github.sha", False),
        ("run", "c", False),
        ("run", "d", False),
        ("run", "e", False),
    ]
    lines = text.splitlines()
    for expression in found[1:3] + found[4:]:
        line, column, _, end = expression.place.span
        assert lines[line - 1][column - 1 : end - 1] == f"${{{{ {expression.body.strip()} }}}}"
    assert [one.place.span.line for one in found] == [4, 6, 9, 9, 13, 14]


def test_descriptions_and_filters_hold_no_expressions():
    text = """on:
  push: {branches: ["${{ a }}"]}
  workflow_call:
    inputs: {x: {description: "${{ b }}", default: "${{ c }}"}}
    outputs: {y: {value: "${{ d }}"}}
jobs: {}
"""
    assert [one.body.strip() for one in views(text) if isinstance(one, Expression)] == ["c", "d"]


def test_composite_actions_have_steps_with_everything_in_them():
    text = """name: Greet
inputs: {who: {description: "${{ a }}", default: "${{ b }}"}}
runs:
  using: Composite
  steps:
    - uses: actions/checkout@v6
    - run: echo ${{ inputs.who }}
      shell: bash
      if: always()
"""
    found = views(text, "greet/action.yml")
    assert isinstance(found[0], ActionMetadata)
    assert found[0].using == "composite"
    assert [one.number for one in found if isinstance(one, Step)] == [0, 1]
    assert [one.body.strip() for one in found if isinstance(one, Expression)] == ["b", "inputs.who", "always()"]
    assert [one.name for one in found if isinstance(one, ActionReference)] == ["actions/checkout"]


def test_problems_of_the_syntax_do_not_hide_the_rest():
    found = views("on: push\njobs:\n  a: {if: !x, steps: [{uses: a/b@v1}]}\n---\non: push\n")
    assert [one.place.span.line for one in found if isinstance(one, WorkflowProblem)] == [5, 3]
    assert any(isinstance(one, ActionReference) for one in found)


def test_an_empty_document_at_the_end_is_no_second_one():
    assert not [one for one in views("on: push\njobs: {}\n---\n") if isinstance(one, WorkflowProblem)]


def test_the_views_of_a_snapshot_are_those_of_the_document():
    text = """on: push
jobs:
  test:
    steps:
      - uses: actions/checkout@v6
        with: {ref: "${{ github.ref }}"}
      - run: |
          go test ./...
          echo ${{ github.sha }}
"""
    (document,) = read_workflow(Source(PATH, text)).stream.documents
    (snapshot,) = decode_documents(FileFacts(PATH, "workflow", encode_documents([document])))
    places = [
        [
            (type(view), view.place().span if isinstance(view, StepCommand) else view.at().span)
            for view in workflow_views(one)
        ]
        for one in (document, snapshot)
    ]
    assert places[0] == places[1]


KEYS = [
    *("on", "push", "permissions", "concurrency", "defaults", "env", "name", "inputs", "default", "runs"),
    *("jobs", "needs", "if", "runs-on", "labels", "container", "environment", "strategy", "matrix", "include"),
    *("steps", "uses", "with", "run", "shell", "parallel", "a", "cache"),
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "x", "${{ a", "a/b@v1"])
ODD = st.recursive(
    SCALARS | st.just("${{ matrix.a }}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=30,
)


class FakeDocument:
    """A document without a text."""

    def __init__(self, value, path):
        self.value = value
        self.path = path

    def text(self, path):
        return None

    def source_of(self, path):
        return self, path


@given(ODD, st.sampled_from([PATH, "action.yml"]))
def test_no_property_fails_on_odd_values(value, path):
    for view in workflow_views(FakeDocument(value, path)):
        for name in dir(view):
            # Places and comments need a text.
            if not name.startswith("_") and name not in ("comment", "version", "major"):
                attribute = getattr(view, name)
                if isinstance(view, Step) and name == "input":
                    attribute("a")
                    view.input_values("a")
                    view.environment_value("a")
