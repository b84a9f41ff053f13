"""Selectors that select no pods: whether that may be said, and which pods were probably meant."""

from typing import NamedTuple

from cnlint.findings import Place, Related
from cnlint.graph import gates
from cnlint.graph.names import typing_distance
from cnlint.graph.project import Project
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context

_MOST_COMPARED = 200


class NoPods(NamedTuple):
    """That a selector selects no pods, and what was probably meant."""

    text: str
    """``no workload has pods with that label``."""
    related: list[Related]
    hint: str | None


def no_pods(near: Manifest, selector: LabelSelector, context: Context, path: Path) -> NoPods | None:
    """Say that a selector selects no pods; ``None`` where it does, or where nobody can tell.

    ``path`` leads from ``near`` to the selector. The option ``gate`` of the rule decides when it may be said: ``auto``,
    when the gates are open or a label is almost right; ``strict``, always; ``off``, never.
    """
    project = context.project
    gate = context.options["gate"]
    if gate == "off" or selector.is_absent or selector.is_empty or not selector.is_known:
        return None
    if project.links.selects_any(near, selector) or project.is_patched(near, *map(str, path)):
        return None
    if project.links.hides_labels(near):
        return None
    workloads = project.links.pods_near(near)[:_MOST_COMPARED]
    almost = _almost_selected(project, selector, workloads)
    wanted = [text for one in selector.requirements for text in (one.key, *one.values)]
    if not (almost or gate == "strict" or project.may_report_missing(gates.PODS, near=near, wanted=wanted)):
        return None
    text = f"no workload has pods with {_those(selector)}"
    closest = almost or _closest(project, selector, workloads)
    if closest is None:
        return NoPods(text, [], None)
    labels = project.links.pod_labels(closest)
    unmet = selector.unmet(labels)
    instead = ", ".join(f"{one.key}={labels[one.key]}" for one in unmet if one.key in labels)
    absent = ", ".join(f"no label {one.key}" for one in unmet if one.key not in labels)
    seen = " and ".join(filter(None, (instead, absent)))
    related = [Related(_labels_place(closest), f"the pods of {closest.ref} have {seen}")]
    hint = f"Select {instead}, as {closest.ref} has it, or change the labels of its pod template" if almost else None
    return NoPods(text, related, hint)


def _those(selector: LabelSelector) -> str:
    if not all(one.is_equality for one in selector.requirements):
        return "such labels"
    return "that label" if len(selector.requirements) == 1 else "all those labels"


def _almost_selected(project: Project, selector: LabelSelector, workloads: tuple[Workload, ...]) -> Workload | None:
    """Give the workload that misses the selector by one value which looks like a typing error."""
    found: list[tuple[int, Workload]] = []
    for workload in workloads:
        labels = project.links.pod_labels(workload)
        unmet = selector.unmet(labels)
        if len(unmet) == 1 and unmet[0].is_equality and unmet[0].key in labels:
            distance = typing_distance(unmet[0].values[0], labels[unmet[0].key])
            if distance:
                found.append((distance, workload))
    return min(found, key=lambda one: one[0])[1] if found else None


def _closest(project: Project, selector: LabelSelector, workloads: tuple[Workload, ...]) -> Workload | None:
    """Give the workload that meets most of the selector, if it meets any of it."""

    def met(workload: Workload) -> int:
        return len(selector.requirements) - len(selector.unmet(project.links.pod_labels(workload)))

    best = max(workloads, key=met, default=None)
    return best if best is not None and met(best) else None


def _labels_place(workload: Workload) -> Place:
    template = workload.template
    return workload.at() if template is None else template.at("metadata", "labels")
