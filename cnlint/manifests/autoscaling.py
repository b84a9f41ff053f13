"""What changes or guards the number of pods: autoscalers and PodDisruptionBudgets."""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import ABSENT, LabelSelector
from cnlint.manifests.quantities import Quantity
from cnlint.manifests.view import Path, View


class ScaleTarget(NamedTuple):
    """The workload that an autoscaler scales."""

    api_version: str
    kind: str
    name: str

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def ref(self) -> str:
        """The target as messages name it."""
        kind = self.kind or "target"
        return f'{kind} "{self.name}"' if self.name else f"a {kind} without a name"


class Metric(NamedTuple):
    """A metric of an autoscaler, alike for all versions of the API."""

    autoscaler: "HorizontalPodAutoscaler"
    path: Path
    """The path to its entry."""
    type: str
    """``Resource``, ``ContainerResource``, ``Pods``, ``Object`` or ``External``."""
    name: str
    """The resource's or metric's name."""
    container: str
    """The container of a ``ContainerResource``."""
    target_type: str
    """``Utilization``, ``AverageValue`` or ``Value``; empty where it cannot be told."""
    utilization: int | None
    """The wanted utilization in percent of the request."""
    value: Quantity | None
    target_path: Path
    """The path to the value of the target."""

    @property
    def place(self) -> Place:
        """The entry of the metric."""
        return self.autoscaler.at(*self.path)

    @property
    def target_place(self) -> Place:
        """The value of the target."""
        return self.autoscaler.value_at(*self.target_path)


class ScalingPolicy(NamedTuple):
    """A policy of ``behavior.scaleUp`` or ``behavior.scaleDown``."""

    path: Path
    type: str
    value: int | None
    period: int | None


class ScalingRules(View):
    """``behavior.scaleUp`` or ``behavior.scaleDown`` of an autoscaler."""

    def __init__(self, autoscaler: "HorizontalPodAutoscaler", direction: str) -> None:
        super().__init__(autoscaler.document, (*autoscaler.path, "spec", "behavior", direction))
        self.autoscaler = autoscaler
        self.direction = direction

    @property
    def stabilization(self) -> int | None:
        """Seconds of the stabilization window: 300 for ``scaleDown`` and 0 for ``scaleUp`` where none are written."""
        if self.get("stabilizationWindowSeconds") is None:
            return 300 if self.direction == "scaleDown" else 0
        return self.integer("stabilizationWindowSeconds")

    @property
    def is_disabled(self) -> bool:
        """Whether scaling in this direction is switched off."""
        return self.string("selectPolicy") == "Disabled"

    @property
    def policies(self) -> list[ScalingPolicy]:
        """The policies written; the paths start from these rules."""
        return [
            ScalingPolicy(
                ("policies", index),
                self.string("policies", index, "type"),
                self.integer("policies", index, "value"),
                self.integer("policies", index, "periodSeconds"),
            )
            for index, _ in mappings(self, "policies")
        ]


class Autoscaler(Manifest):
    """What changes the number of pods of a workload, or what they request."""

    target = "autoscaler"
    is_vertical: ClassVar[bool] = False
    """Whether it changes what pods request, and not how many there are."""
    target_path: ClassVar[Path] = ("spec", "scaleTargetRef")
    """The path to the reference to what it scales."""
    minimum_path: ClassVar[Path] = ("spec", "minReplicas")
    """The path to the least number of replicas."""

    @property
    def scale_target(self) -> ScaleTarget:
        """What it scales; parts that are not written are empty."""
        path = self.target_path
        return ScaleTarget(self.string(*path, "apiVersion"), self.string(*path, "kind"), self.string(*path, "name"))

    @property
    def is_fragment(self) -> bool:
        """Whether the manifest shows only part of the autoscaler, as patches do: what is absent may stand elsewhere."""
        return not self.mapping(*self.target_path)

    @property
    def target_place(self) -> Place:
        """The name of what it scales."""
        return self.value_at(*self.target_path, "name")

    @property
    def minimum(self) -> int | None:
        """The least number of replicas; ``None`` where it cannot be read, or there is none."""
        return None

    @property
    def maximum(self) -> int | None:
        """The greatest number of replicas; ``None`` where it cannot be read, or there is none."""
        return None


class HorizontalPodAutoscaler(Autoscaler):
    """A HorizontalPodAutoscaler of any version."""

    target = "horizontal-pod-autoscaler"

    @property
    def minimum(self) -> int | None:
        """The least number of replicas, 1 where none is written; ``None`` where it cannot be read."""
        return 1 if self.get("spec", "minReplicas") is None else self.integer("spec", "minReplicas")

    @property
    def maximum(self) -> int | None:
        """The greatest number of replicas."""
        return self.integer("spec", "maxReplicas")

    def scaling(self, direction: str) -> ScalingRules:
        """Give the rules for ``scaleUp`` or ``scaleDown``."""
        return ScalingRules(self, direction)

    @cached_property
    def metrics(self) -> list[Metric]:
        """The metrics; ``targetCPUUtilizationPercentage`` of version 1 counts as one."""
        metrics = [self._metric(("spec", "metrics", index)) for index, _ in mappings(self, "spec", "metrics")]
        return [*metrics, *self._metrics_of_v1()]

    def _metrics_of_v1(self) -> Iterator[Metric]:
        path = ("spec", "targetCPUUtilizationPercentage")
        if self.get(*path) is not None:
            yield Metric(self, path, "Resource", "cpu", "", "Utilization", self.integer(*path), None, path)

    def _metric(self, path: Path) -> Metric:
        kind = self.string(*path, "type")
        source = (*path, kind[:1].lower() + kind[1:])
        name = (
            self.string(*source, "name") or self.string(*source, "metric", "name") or self.string(*source, "metricName")
        )
        target_type, target_path = self._target(source)
        return Metric(
            self,
            path,
            kind,
            name,
            self.string(*source, "container"),
            target_type,
            self.integer(*target_path) if target_type == "Utilization" else None,
            Quantity.parse(self.get(*target_path)) if target_type in ("AverageValue", "Value") else None,
            target_path,
        )

    def _target(self, source: Path) -> tuple[str, Path]:
        """Give type and path of a target, as ``autoscaling/v2`` writes it, or ``v2beta1``, which has no ``target``."""
        fields = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}
        for field, kind in fields.items():
            if self.get(*source, "target", field) is not None:
                return kind, (*source, "target", field)
        for field, kind in (*fields.items(), ("targetValue", "Value")):
            older = "target" + field[:1].upper() + field[1:] if field != "targetValue" else field
            if self.get(*source, older) is not None:
                return kind, (*source, older)
        return "", (*source, "target")


class ScaledObject(Autoscaler):
    """KEDA's ScaledObject: it scales a Deployment unless it says otherwise, between 0 and 100 replicas."""

    target = "scaled-object"
    minimum_path = ("spec", "minReplicaCount")

    @property
    def scale_target(self) -> ScaleTarget:
        """What it scales; parts that are not written are those of a Deployment."""
        written = super().scale_target
        return ScaleTarget(written.api_version or "apps/v1", written.kind or "Deployment", written.name)

    @property
    def minimum(self) -> int | None:
        """The least number of replicas, 0 where none is written; ``None`` where it cannot be read."""
        return 0 if self.get(*self.minimum_path) is None else self.integer(*self.minimum_path)

    @property
    def maximum(self) -> int | None:
        """The greatest number of replicas, 100 where none is written; ``None`` where it cannot be read."""
        return 100 if self.get("spec", "maxReplicaCount") is None else self.integer("spec", "maxReplicaCount")

    @property
    def triggers(self) -> list[str]:
        """The types of its triggers: ``cpu``, ``kafka``, ``rabbitmq``."""
        return [self.string("spec", "triggers", index, "type") for index, _ in mappings(self, "spec", "triggers")]


class VerticalPodAutoscaler(Autoscaler):
    """A VerticalPodAutoscaler."""

    target = "vertical-pod-autoscaler"
    is_vertical = True
    target_path = ("spec", "targetRef")

    @property
    def changes_pods(self) -> bool:
        """Whether it changes what running pods request, and does not only recommend it or set it at their start."""
        mode = self.get("spec", "updatePolicy", "updateMode")
        return mode is None or mode in ("Auto", "Recreate", "InPlaceOrRecreate")

    @property
    def resources(self) -> frozenset[str]:
        """The resources whose requests it changes, of any container."""
        policies = [policy for _, policy in mappings(self, "spec", "resourcePolicy", "containerPolicies")]
        found = set() if any(policy.get("containerName") == "*" for policy in policies) else {"cpu", "memory"}
        for policy in policies:
            if policy.get("mode") != "Off":
                named = policy.get("controlledResources")
                found.update(filter(_is_text, named) if isinstance(named, list) else ("cpu", "memory"))
        return frozenset(found)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class PodDisruptionBudget(Manifest):
    """A PodDisruptionBudget."""

    target = "pod-disruption-budget"

    @property
    def min_available(self) -> IntOrPercent | None:
        """How many pods must stay; ``None`` where it is absent or unreadable."""
        return IntOrPercent.parse(self.get("spec", "minAvailable"))

    @cached_property
    def selector(self) -> LabelSelector:
        """The selector of pods: in ``policy/v1`` an empty one selects all, in ``policy/v1beta1`` none."""
        selector = LabelSelector.parse(self.get("spec", "selector"))
        return ABSENT if selector.is_empty and self.version == "v1beta1" else selector
