"""Selectors of workloads."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Workload
from cnlint.rules import check

_WITH_SELECTOR = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "DeploymentConfig",
        "Job",
        "CronJob",
        "Rollout",
    }
)


@check("K8S301")
def mismatched_selector(workload: Workload) -> Iterator[Report]:
    if workload.kind not in _WITH_SELECTOR:
        return
    selector, path = workload.selector, workload.selector_path
    for problem in selector.problems:
        text = f"the selector of {workload.ref} is invalid: {problem.message}"
        yield report(workload.at(*path, *problem.path), text)
    if workload.is_fragment:
        return
    labels = workload.pod_labels
    if selector.is_absent or selector.is_empty:
        yield from _missing_selector(workload, labels)
    elif selector.is_known and not any(has_placeholder(text) for pair in labels.items() for text in pair):
        unmet = selector.unmet(labels)
        if unmet:
            yield _mismatch(workload, ",".join(map(str, unmet)))


def _missing_selector(workload: Workload, labels: dict[str, str]) -> Iterator[Report]:
    # Neither selector nor labels: a base to which kustomize adds both.
    if not workload.requires_selector or (workload.selector.is_absent and not labels):
        return
    if workload.get(*workload.selector_path) is None:
        yield report(workload.at(*workload.selector_path), f"{workload.ref} has no selector")
    elif workload.selector.is_empty:
        yield report(workload.at(*workload.selector_path), f"the selector of {workload.ref} is empty")


def _mismatch(workload: Workload, unmet: str) -> Report:
    template = workload.template
    related = [] if template is None else [Related(template.at("metadata", "labels"), "the labels of its pods")]
    text = f"the selector of {workload.ref} wants {unmet}, and the labels of its own pod template do not meet it"
    return report(workload.at(*workload.selector_path), text, related=related)
