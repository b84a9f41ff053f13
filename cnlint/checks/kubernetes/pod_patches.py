"""Whether kustomizations change the pods of a workload."""

from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context


def is_spec_patched(pod: PodTemplate, context: Context, *fields: str) -> bool:
    """Tell whether a kustomization may change one of some fields of the specification of pods."""
    return any(context.project.is_patched(pod.workload, *_steps(pod), "spec", field) for field in fields)


def are_labels_patched(pod: PodTemplate, context: Context) -> bool:
    """Tell whether a patch may change the labels of pods."""
    return context.project.is_patched(pod.workload, *_steps(pod), "metadata", "labels")


def _steps(pod: PodTemplate) -> list[str]:
    return [str(step) for step in pod.path[len(pod.workload.path) :]]
