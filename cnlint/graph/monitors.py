"""Monitors of the Prometheus operator: the Services that they ask for metrics."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice

from cnlint.graph.apply_sets import ApplySet, may_share
from cnlint.graph.link import Link, LinkFamily
from cnlint.manifests.monitors import Monitor
from cnlint.manifests.services import Service

_MOST_BESIDE = 200


class MonitorLinks(LinkFamily):
    """Links from monitors to Services."""

    def services_monitored(self, monitor: Monitor) -> list[Service]:
        """Give the Services that a ServiceMonitor selects: those applied with it, else all others that it may mean."""
        wanted = monitor.selector.equalities()
        by_pair = self._services_by_label
        candidates = min((by_pair.get(pair, []) for pair in wanted.items()), key=len) if wanted else self._all_services
        found = [one for one in candidates if monitor.selector.matches(self.service_labels(one))]
        found = [one for one in found if self._is_in_reach(monitor, one)]
        return [one for one in found if self._is_beside(monitor, one)] or found

    def services_beside(self, monitor: Monitor) -> list[Service]:
        """Give Services applied with a monitor that may be in the namespaces in which it looks for some.

        Of many some are given.
        """
        found = (view for one in self.project.sets_of(monitor) for view in self._services_of(one))
        return list(dict.fromkeys(islice((one for one in found if self._is_in_reach(monitor, one)), _MOST_BESIDE)))

    def service_labels(self, service: Service) -> Mapping[str, str]:
        """Give the labels of a Service itself, those included that kustomizations add."""
        found = self._labels_of_services.get(id(service))
        return service.labels if found is None else found

    def _is_in_reach(self, monitor: Monitor, service: Service) -> bool:
        wanted = monitor.namespaces
        spaces = self.project.namespaces_of(monitor) if wanted == "own" else wanted
        return spaces == "any" or may_share(spaces, self.project.namespaces_of(service))

    def _is_beside(self, monitor: Monitor, service: Service) -> bool:
        return self.project.apply_sets.is_with(monitor.document.path, service.document.path)

    @staticmethod
    def _services_of(one: ApplySet) -> Iterator[Service]:
        views = (resource.view for resource in one.index.by_kind.get(("", "Service"), ()))
        return (view for view in views if isinstance(view, Service))

    @property
    def _all_services(self) -> tuple[Service, ...]:
        return self.project.resources(Service)

    @cached_property
    def _services_by_label(self) -> dict[tuple[str, str], list[Service]]:
        found: dict[tuple[str, str], list[Service]] = {}
        for service in self._all_services:
            for pair in self.service_labels(service).items():
                found.setdefault(pair, []).append(service)
        return found

    @cached_property
    def _labels_of_services(self) -> dict[int, Mapping[str, str]]:
        found: dict[int, Mapping[str, str]] = {}
        for service in self._all_services:
            file = service.document.path
            layers = [layer for one in self.project.sets_of(service) for layer in one.files.get(file, ())]
            added = {key: value for layer in layers for one in layer.added_labels for key, value in one.pairs.items()}
            found[id(service)] = {**service.labels, **added}
        return found

    def links(self) -> Iterator[Link]:
        """Yield the Services that ServiceMonitors select."""
        for monitor in self.project.resources(Monitor):
            for service in self.services_monitored(monitor) if monitor.kind == "ServiceMonitor" else ():
                yield self._between("monitors", monitor, service, "spec", "selector")
