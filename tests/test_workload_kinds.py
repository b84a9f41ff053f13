"""Rules that look at pods say the same of the same pod, in whatever kind of workload it stands.

The pod of each bad example with a single workload is moved into every other kind; what a rule reports there must stand
at the same places below the pod. Rules that are about some kinds only say so in their target, or in the table below.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_rule_examples import lay_out
from transplants import HOMES, Home, Places, below_pod, compose, home_of, move, retarget, runs_pods, serialize

import cnlint
from cnlint import rule_index
from cnlint.findings import Finding
from cnlint.rules import Rule

_TODAY = datetime.date(2026, 11, 22)
_VIEWS = ("container", "pod-template", "probe", "workload")

_JOBS = frozenset({"Job", "CronJob"})
# "Service" is that of Knative.
_WITHOUT_REPLICAS = frozenset({*_JOBS, "DaemonSet", "Pod", "Service"})
_WITHOUT_SELECTOR = frozenset({*_JOBS, "Pod", "Service"})

# Where a rule says less than elsewhere, and why that is right.
_SILENT: dict[str, tuple[frozenset[str], str]] = {
    "K8S230": (_JOBS | {"Service"}, "jobs get no requests, and Knative adds a probe by itself"),
    "K8S231": (_JOBS | {"Service"}, "jobs end by themselves, and Knative adds a probe by itself"),
    "K8S232": (_JOBS, "no Service waits for the pods of a job to be ready"),
    "K8S245": (_WITHOUT_REPLICAS, "no other replica serves while one is replaced"),
    "K8S246": (frozenset({"Pod"}), "a pod that somebody made by hand may go at once"),
    "K8S248": (_JOBS, "jobs may have the policies Never and OnFailure"),
    "K8S250": (_WITHOUT_REPLICAS, "there are no replicas to be kept apart"),
    "K8S251": (_WITHOUT_REPLICAS, "there are no replicas to be spread"),
    "K8S253": (frozenset({"DaemonSet"}), "it is there to run on every node"),
    "K8S300": (_WITHOUT_REPLICAS, "there is no number of replicas"),
    "K8S301": (_WITHOUT_SELECTOR, "selectors are made by the system, or there are none"),
    "K8S319": (_WITHOUT_REPLICAS, "there is no number of replicas"),
    "K8S325": (_WITHOUT_REPLICAS, "nothing scales them"),
    "K8S340": (_WITHOUT_REPLICAS, "there are no replicas of which some must stay"),
}
# Rules about update strategies, whose fields have other names and other meanings in every kind.
_OF_STRATEGIES = frozenset({"K8S302", "K8S303", "K8S304", "K8S305", "K8S306"})
# Examples that show what is true of one kind.
_OF_ONE_KIND = {("K8S115", "Kinds that are stricter than others"): "names of CronJobs must be shorter than others"}


def _rules() -> list[Rule]:
    """Give the rules that look at pods of any kind."""
    rules = (rule for rule in rule_index.load() if rule.domain == "kubernetes" and set(rule.targets) & set(_VIEWS))
    return [rule for rule in rules if rule.code not in _OF_STRATEGIES]


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in _rules()])
def test_a_pod_is_judged_alike_in_every_kind_of_workload(rule: Rule, tmp_path: Path) -> None:
    silent, _ = _SILENT.get(rule.code, (frozenset(), ""))
    says_less = set()
    examples = list(_movable(rule))
    assert examples, "the rule needs a bad example with a single workload"
    for number, (example, own) in enumerate(examples):
        found = _moved_and_judged(rule, example, tmp_path / str(number))
        wanted = found[own]
        assert wanted, f"nothing is reported in the example {example['title']!r} written anew"
        for name in HOMES:
            if name in silent and found[name] < wanted:
                says_less.add(name)
            else:
                assert found[name] == wanted, f"{name} beside {own} in {example['title']!r}"
    assert says_less == silent, "the table names kinds in which the rule says no less"


def test_the_table_names_rules_that_are_judged_here() -> None:
    assert set(_SILENT) <= {rule.code for rule in _rules()}


def _movable(rule: Rule) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the bad examples with a single workload, and its kind; no kustomizations, whose patches name kinds."""
    for example in rule_index.docs(rule.code).bad:
        files = example.get("files") or [{"path": example["file"], "code": example["code"]}]
        others = [file["path"] for file in files if not file["path"].endswith((".yaml", ".yml"))]
        if others or any("kustomization" in file["path"] for file in files):
            continue
        if (rule.code, example["title"]) in _OF_ONE_KIND:
            continue
        try:
            documents = [document for file in files for document in compose(file["code"])]
        except yaml.YAMLError:
            continue
        workloads = list(filter(runs_pods, documents))
        own = home_of(workloads[0]) if len(workloads) == 1 else None
        if own is not None:
            yield example, own.kind


def _moved_and_judged(rule: Rule, example: dict[str, Any], folder: Path) -> dict[str, Counter[Any]]:
    """Run the rule over an example with its workload as each kind; gives the places of what it reports."""
    places: dict[str, tuple[str, _Moved]] = {}
    for name, home in HOMES.items():
        paths, _ = lay_out(example, folder / name)
        places.update((f"{name}/{path}", (name, _Moved(folder / name / path, home))) for path in paths)
    # Rules that see the project would see all kinds at once.
    runs = [tuple(HOMES)] if rule.scopes == ("file",) else [(name,) for name in HOMES]
    found: dict[str, Counter[Any]] = {name: Counter() for name in HOMES}
    for names in runs:
        files = [path for path, (name, _) in places.items() if name in names]
        root = folder if len(names) > 1 else folder / names[0]
        for finding in _findings(rule, example, [folder / path for path in files], root):
            name, moved = places[finding.path if root == folder else f"{names[0]}/{finding.path}"]
            path = finding.path.removeprefix(f"{name}/")
            found[name][finding.code, path, *moved.place(finding)] += 1
    return found


class _Moved:
    """A file of an example, written anew with its workload as another kind."""

    def __init__(self, file: Path, home: Home) -> None:
        self.home = home
        documents = compose(file.read_text(encoding="utf-8"))
        self._workloads = [index for index, document in enumerate(documents) if runs_pods(document)]
        documents = [move(document, home) if runs_pods(document) else document for document in documents]
        for document in documents:
            retarget(document, home)
        self._text = serialize(documents)
        file.write_text(self._text, encoding="utf-8")

    def place(self, finding: Finding) -> tuple[Any, ...]:
        """Give the document and the path of a finding, below the pod where it is in the workload."""
        index, path = Places(self._text).at(finding.line, finding.column)
        return index, below_pod(path, self.home) if index in self._workloads else path


def _findings(rule: Rule, example: dict[str, Any], files: list[Path], root: Path) -> tuple[Finding, ...]:
    config: dict[str, Any] = {"rules": {rule.code: example.get("options", {})}}
    if "kubernetes_version" in example:
        config["kubernetes-version"] = example["kubernetes_version"]
    complete = example.get("complete")
    report = cnlint.check(files, select=[rule.code], config=config, root=root, complete=complete, today=_TODAY)
    return tuple(report.findings)
