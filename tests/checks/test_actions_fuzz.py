"""No rule fails on any workflow, whatever stands where something else is expected."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import cnlint

WORKFLOW: dict[str, Any] = {
    "name": "Deliver",
    "on": {"push": {"branches": ["main"]}, "pull_request": None, "workflow_run": {"workflows": ["Other"]}},
    "env": {"IMAGE": "example/orders", "GO_VERSION": 1.2},
    "concurrency": {"group": "a", "cancel-in-progress": True},
    "jobs": {
        "test": {
            "runs-on": "${{ matrix.os }}",
            "strategy": {"matrix": {"os": ["ubuntu-24.04"], "include": [{"go": 1.26}]}},
            "steps": [
                {"uses": "actions/checkout@v6", "with": {"path": "src", "repository": "example/other"}},
                {"uses": "actions/setup-go@v6", "with": {"go-version": "${{ matrix.go }}"}},
                {"run": "cd src && go test ./...", "working-directory": "a", "shell": "bash"},
            ],
        },
        "image": {
            "needs": ["test"],
            "if": "github.ref == 'refs/heads/main'",
            "environment": {"name": "production"},
            "steps": [
                {"id": "meta", "uses": "docker/metadata-action@v6", "with": {"images": "${{ env.IMAGE }}"}},
                {
                    "uses": "docker/build-push-action@v7",
                    "with": {"push": True, "tags": "${{ steps.meta.outputs.tags }}", "context": "x", "file": "y"},
                },
                {"run": "docker build -t $IMAGE:latest . && docker push $IMAGE:latest", "env": {"IMAGE": "a"}},
            ],
        },
        "deploy": {
            "needs": "image",
            "steps": [
                {"run": "kubectl -n a set image deployment/orders orders=example/orders\nkubectl apply -f a.yaml\n"},
                {"run": "helm upgrade a ./chart --set image.tag=latest", "if": "always()"},
                {"uses": "./.github/actions/x", "parallel": [{"run": "make test"}]},
            ],
        },
        "call": {"uses": "./.github/workflows/ci.yml", "with": {"a": 1}, "secrets": "inherit"},
    },
}
OTHERS = {
    "orders.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\n"
    "spec: {template: {spec: {containers: [{name: app, image: 'example/order:1'}]}}}\n",
    "Dockerfile": "FROM golang:1.25\n",
    "go.mod": "module a\ngo 1.26\n",
}
_ODD_TEXTS = """
x|${{|${{ }}|!x|$(|'|kubectl set image a =|docker build -f|docker push|helm install|@|./|a/b@| |a
b
""".strip().split("|")
ODD = st.sampled_from([None, True, 5, 1.5, "", [], [None], {}, {"a": None}, [[1]], ["x", {"b": []}], *_ODD_TEXTS])


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [inner for key, item in items for inner in paths_in(item, (*path, key))]


CHANGES = st.lists(st.tuples(st.sampled_from(paths_in(WORKFLOW)), ODD), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(CHANGES)
def test_no_rule_fails_on_a_workflow_with_odd_values(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    workflow = copy.deepcopy(WORKFLOW)
    for path, odd in changes:
        place: Any = workflow
        for step in path[:-1]:
            place = place[step] if isinstance(place, dict | list) and _holds(place, step) else None
        if isinstance(place, dict | list) and _holds(place, path[-1]):
            place[path[-1]] = odd
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**OTHERS, ".github/workflows/ci.yml": json.dumps(workflow, indent=1)}.items():
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        report = cnlint.check([folder], root=folder, config=False, select=["GHA", "CNL003"])
    assert [finding.message for finding in report.findings if finding.code == "CNL003"] == []


def _holds(place: dict[Any, Any] | list[Any], step: Any) -> bool:
    return step in place if isinstance(place, dict) else isinstance(step, int) and step < len(place)
