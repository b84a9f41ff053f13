"""What keeps pods apart: terms of affinities, and constraints of their spread."""

from functools import cached_property
from typing import TYPE_CHECKING

from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.view import Path, View

if TYPE_CHECKING:
    from cnlint.manifests.workloads import PodTemplate

_SPREAD = ("spec", "topologySpreadConstraints")
_ANTI_AFFINITY = ("spec", "affinity", "podAntiAffinity")
_PREFERRED = (*_ANTI_AFFINITY, "preferredDuringSchedulingIgnoredDuringExecution")
_REQUIRED = (*_ANTI_AFFINITY, "requiredDuringSchedulingIgnoredDuringExecution")


class PodSpread(View):
    """A choice of pods that are kept apart, and over what: a term of ``podAntiAffinity``, or a constraint of spread."""

    def __init__(self, pod: "PodTemplate", path: Path) -> None:
        super().__init__(pod.document, (*pod.path, *path))

    @property
    def topology_key(self) -> str:
        """The label of nodes by whose values pods are told apart."""
        return self.string("topologyKey")

    @cached_property
    def selector(self) -> LabelSelector:
        """The pods that are counted."""
        return LabelSelector.parse(self.get("labelSelector"))

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces of these pods; none where it is that of the pod itself, or the file does not tell."""
        if self.get("namespaceSelector") is not None:
            return frozenset()
        return frozenset(name for name in self.sequence("namespaces") if isinstance(name, str))


def anti_affinity_terms(pod: "PodTemplate") -> list[PodSpread]:
    """Give the terms of the ``podAntiAffinity`` of a pod, the required ones first."""
    required = [PodSpread(pod, (*_REQUIRED, index)) for index, _ in mappings(pod, *_REQUIRED)]
    preferred = [
        PodSpread(pod, (*_PREFERRED, index, "podAffinityTerm"))
        for index, item in mappings(pod, *_PREFERRED)
        if isinstance(item.get("podAffinityTerm"), dict)
    ]
    return required + preferred


def spread_constraints(pod: "PodTemplate") -> list[PodSpread]:
    """Give the constraints of the spread of a pod."""
    return [PodSpread(pod, (*_SPREAD, index)) for index, _ in mappings(pod, *_SPREAD)]
