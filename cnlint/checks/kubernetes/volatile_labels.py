"""Labels that change from release to release, where nothing may change."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from cnlint.findings import Report, report
from cnlint.graph.project import Project
from cnlint.manifests.istio import DestinationRule
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.kustomization import Kustomization
from cnlint.manifests.labels import Requirement
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Kinds whose selector cannot be changed, or whose old pods are left to nobody when it is.
_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"})
_COMMIT = regex(r"[0-9a-f]{40}")
_RELEASE = regex(r"v?[0-9]+(?:\.[0-9]+)+(?:[-+.][\w.-]*)?|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}")


@check("K8S426")
def volatile_selector_label(workload: Workload, context: Context) -> Iterator[Report]:
    selector = workload.selector
    if workload.kind not in _KINDS or selector.is_absent or not selector.is_known:
        return
    for requirement in selector.requirements:
        if requirement.is_equality:
            why = _volatility(workload, requirement, context)
            if why and not _selectors_of(context.project).tells_apart(workload, requirement.key):
                text = f'the selector of {workload.ref} holds the label "{requirement}", which {why}'
                yield report(workload.at(*workload.selector_path, *requirement.path), text)


def _volatility(workload: Workload, requirement: Requirement, context: Context) -> str:
    """Say why a label changes with each release; empty where nothing shows that it does."""
    if requirement.key in context.options["labels"]:
        return "changes with every release"
    value = requirement.values[0]
    if _COMMIT.fullmatch(value):
        return "names a commit"
    if not _RELEASE.fullmatch(value):
        return ""
    for container in workload.containers:
        if any(image.tag == value for image in context.project.links.images_of(container)):
            return f"is the tag of the image of {container.ref}"
    return ""


# Blue and green, or stable and canary: controllers that differ in the label on purpose.


class _Selectors:
    """The selectors of all controllers of a project, by all but one of their labels, and the labels of subsets."""

    def __init__(self, project: Project) -> None:
        self._found: dict[tuple[object, ...], tuple[set[str], set[str]]] = {}
        for workload in project.resources(Workload):
            if workload.kind in _KINDS:
                for key, value in workload.selector.equalities().items():
                    names, values = self._found.setdefault(_all_but(workload, key), (set(), set()))
                    names.add(workload.name)
                    values.add(value)
        subsets = (subset for rule in project.resources(DestinationRule) for subset in rule.subsets)
        self._of_subsets = {key for subset in subsets for key in subset.selector.equalities()}

    def tells_apart(self, workload: Workload, key: str) -> bool:
        """Tell whether a label is there to tell two controllers, or the subsets of a host, from each other."""
        names, values = self._found.get(_all_but(workload, key), ((), ()))
        return key in self._of_subsets or (len(names) > 1 and len(values) > 1)


_selectors: "WeakKeyDictionary[Project, _Selectors]" = WeakKeyDictionary()


def _all_but(workload: Workload, key: str) -> tuple[object, ...]:
    others = frozenset(item for item in workload.selector.equalities().items() if item[0] != key)
    return workload.kind, key, others


def _selectors_of(project: Project) -> _Selectors:
    if project not in _selectors:
        _selectors[project] = _Selectors(project)
    return _selectors[project]


@check("K8S426")
def volatile_label_added(kustomization: Kustomization, context: Context) -> Iterator[Report]:
    paths: list[Path] = [("commonLabels",)]
    paths += [
        ("labels", index, "pairs")
        for index, item in mappings(kustomization, "labels")
        if item.get("includeSelectors") is True
    ]
    for path in paths:
        for key, value in kustomization.mapping(*path).items():
            if key in context.options["labels"] and not has_placeholder(str(value)):
                text = f'the label "{key}={value}" goes into all selectors and changes with every release'
                yield report(kustomization.at(*path, key), text)
