"""Monitors of the Prometheus operator: which Services or pods are to be asked for metrics."""

from functools import cached_property
from typing import Literal

from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.view import Path


class Monitor(Manifest):
    """A ServiceMonitor or PodMonitor."""

    target = "monitor"

    @cached_property
    def selector(self) -> LabelSelector:
        """The selector of Services or pods."""
        return LabelSelector.parse(self.get("spec", "selector"))

    @property
    def namespaces(self) -> frozenset[str] | Literal["any", "own"]:
        """Where it looks for them: in all namespaces, in some, or in its own."""
        if self.get("spec", "namespaceSelector", "any") is True:
            return "any"
        names = self.sequence("spec", "namespaceSelector", "matchNames")
        return frozenset(name for name in names if isinstance(name, str)) or "own"

    @property
    def ports(self) -> list[tuple[Path, str]]:
        """The names of ports that it asks, each with the path to it."""
        field = "podMetricsEndpoints" if self.kind == "PodMonitor" else "endpoints"
        found = ((("spec", field, index, "port"), item.get("port")) for index, item in mappings(self, "spec", field))
        return [(path, name) for path, name in found if isinstance(name, str) and name]
