"""Hosts of a mesh: the Services, ServiceEntries and DestinationRules behind them, and the pods of their subsets."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from cnlint.graph.apply_sets import UNSET, may_share
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.selections import SelectionLinks, selector_of
from cnlint.manifests.hosts import Host, covers, parse_host
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Workload

_ISTIO = "networking.istio.io"


class RouteLinks(LinkFamily):
    """Links from hosts and subsets to Services and pods."""

    def host_of(self, host: str) -> Host:
        """Take a host apart, with the cluster's domain of the configuration."""
        return parse_host(host, self._cluster_domain)

    def full_host(self, host: str, near: Manifest) -> str:
        """Give the full name of a host as an object means it: ``orders.shop.svc.cluster.local`` for ``orders``.

        Where nothing names the namespace of ``near`` it is taken to be ``default``.
        """
        read = self.host_of(host)
        if not read.may_be_service:
            return read.name
        own = next(iter(sorted(self.project.namespaces_of(near))), UNSET) or "default"
        return f"{read.name}.{read.namespace or own}.svc.{self._cluster_domain}"

    def service_of_host(self, host: str, near: Manifest) -> Service | None:
        """Give the Service that a host means to an object: applied with it, else the nearest one elsewhere."""
        found = self.services_of_host(host, near)
        return found[0] if found else None

    def services_of_host(self, host: str, near: Manifest) -> list[Service]:
        """Give all Services that `service_of_host` chooses from."""
        read = self.host_of(host)
        if not read.may_be_service or has_placeholder(host):
            return []
        if read.namespace is None:
            return [one for one in self.project.find_all("Service", read.name, near=near) if isinstance(one, Service)]
        spaces = frozenset({read.namespace})
        sets = self.project.apply_sets
        candidates = self.project.index.by_kind_and_name.get(("Service", read.name), ())
        found = [one.view for one in candidates if may_share(spaces, sets.namespaces(one))]
        found.sort(key=lambda one: not sets.is_with(near.document.path, one.document.path))
        return [one for one in found if isinstance(one, Service)]

    def service_entries_of_host(self, host: str, near: Manifest) -> list[Manifest]:
        """Give the ServiceEntries that have a host: by its name, or by a wildcard that covers it."""
        wanted = self.full_host(host, near)
        wildcards = (entry for pattern, entry in self._wildcard_entries if covers(pattern, wanted))
        return list(dict.fromkeys((*self._service_entries.get(wanted, ()), *wildcards)))

    def destination_rules_of_host(self, host: str, near: Manifest) -> list[Manifest]:
        """Give the DestinationRules for a host: by its name, or by a wildcard that covers it."""
        wanted = self.host_of(host)
        full = self.full_host(host, near)
        found = [
            rule
            for rule, read in self._rules_by_name.get(wanted.name, ())
            if not (read.may_be_service and wanted.may_be_service)
            or may_share(self._spaces(read, rule), self._spaces(wanted, near))
        ]
        return found + [rule for rule, read in self._wildcard_rules if covers(read.name, full)]

    def pods_of_subset(self, labels: Mapping[str, str], host: str, near: Manifest) -> tuple[Workload, ...] | None:
        """Give the workloads behind a host's Service whose pods have all labels of a subset.

        ``None`` when the host leads to no Service of the project, or to one that selects no pods by labels.
        """
        behind = self.pods_behind_host(host, near)
        return None if behind is None else self.with_labels(behind, labels)

    def pods_behind_host(self, host: str, near: Manifest) -> tuple[Workload, ...] | None:
        """Give the workloads behind a host's Service; ``None`` when there is no such Service, or it selects nothing."""
        service = self.service_of_host(host, near)
        if service is None or selector_of(service).is_absent:
            return None
        return self._selections.pods_behind(service)

    def with_labels(self, workloads: Iterable[Workload], labels: Mapping[str, str]) -> tuple[Workload, ...]:
        """Choose the workloads whose pods have all of some labels."""
        wanted = labels.items()
        return tuple(one for one in workloads if wanted <= self._selections.pod_labels(one).items())

    def _spaces(self, host: Host, owner: Manifest) -> frozenset[str]:
        return self.project.namespaces_of(owner) if host.namespace is None else frozenset({host.namespace})

    @property
    def _selections(self) -> SelectionLinks:
        return self.project.links

    @property
    def _cluster_domain(self) -> str:
        domain = self.project.settings.extra.get("cluster_domain")
        return domain if isinstance(domain, str) and domain else "cluster.local"

    def links(self) -> Iterator[Link]:
        """Yield the Services that VirtualServices and DestinationRules mean by their hosts."""
        for rule, _ in self._destination_rules:
            yield from self._to_service(rule, ("spec", "host"))
        for route in self.project.manifests("VirtualService", _ISTIO):
            for path in _destination_hosts(route):
                yield from self._to_service(route, path)

    def _to_service(self, manifest: Manifest, path: Path) -> Iterator[Link]:
        service = self.service_of_host(manifest.string(*path), manifest)
        if service is not None:
            confidence = self.confidence(manifest, service)
            yield Link("routes-to", manifest.value_at(*path), service.at("metadata", "name"), confidence)

    @cached_property
    def _rules_by_name(self) -> dict[str, list[tuple[Manifest, Host]]]:
        found: dict[str, list[tuple[Manifest, Host]]] = {}
        for rule, read in self._destination_rules:
            if read.form != "wildcard":
                found.setdefault(read.name, []).append((rule, read))
        return found

    @cached_property
    def _wildcard_rules(self) -> list[tuple[Manifest, Host]]:
        return [(rule, read) for rule, read in self._destination_rules if read.form == "wildcard"]

    @cached_property
    def _service_entries(self) -> dict[str, list[Manifest]]:
        """The ServiceEntries by the full name of each of their hosts."""
        found: dict[str, list[Manifest]] = {}
        for entry in self.project.manifests("ServiceEntry", _ISTIO):
            for host in entry.sequence("spec", "hosts"):
                if isinstance(host, str):
                    found.setdefault(self.full_host(host, entry), []).append(entry)
        return found

    @cached_property
    def _wildcard_entries(self) -> list[tuple[str, Manifest]]:
        return [(host, one) for host, some in self._service_entries.items() if host.startswith("*") for one in some]

    @cached_property
    def _destination_rules(self) -> list[tuple[Manifest, Host]]:
        rules = self.project.manifests("DestinationRule", _ISTIO)
        return [(rule, self.host_of(rule.string("spec", "host"))) for rule in rules if rule.string("spec", "host")]


def _destination_hosts(route: Manifest) -> Iterator[Path]:
    """Yield the paths of the hosts that the routes of a VirtualService lead to."""
    for protocol in ("http", "tcp", "tls"):
        for index, _ in mappings(route, "spec", protocol):
            for number, _ in mappings(route, "spec", protocol, index, "route"):
                path: Path = ("spec", protocol, index, "route", number, "destination", "host")
                if route.string(*path):
                    yield path
