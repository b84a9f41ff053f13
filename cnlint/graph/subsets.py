"""Subsets that routes split the hosts of Services into."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from cnlint.graph.link import LinkFamily
from cnlint.graph.selections import selector_of
from cnlint.manifests.istio import Destination, DestinationRule, Subset, VirtualService
from cnlint.manifests.labels import Requirement
from cnlint.manifests.services import Service
from cnlint.manifests.view import Path

_Key = tuple[str, int, Path]


class ExcludedSubset(NamedTuple):
    """A subset that gets requests and has no pods, because the Service behind its host selects others."""

    destination: Destination
    """The destination that sends requests to it."""
    subset: Subset
    requirement: Requirement
    """The condition of the Service's selector that the labels of the subset contradict."""


class SubsetLinks(LinkFamily):
    """Links from the destinations of split routes to subsets and Services."""

    def excluded_subsets(self, service: Service) -> tuple[ExcludedSubset, ...]:
        """Give the subsets that a VirtualService splits a Service's host into and that its selector leaves no pods."""
        selector = selector_of(service)
        if selector.is_absent or not selector.is_known:
            return ()
        found: dict[_Key, ExcludedSubset] = {}
        for destination in self._splits.get(service.identity, ()):
            subset = self.subset_of(destination)
            if subset is None or not subset.selector.is_known:
                continue
            labels = subset.selector.equalities()
            unmet = (one for one in selector.requirements if one.key in labels and not one.matches(labels))
            requirement = next(unmet, None)
            if requirement is not None:
                found.setdefault(subset.identity, ExcludedSubset(destination, subset, requirement))
        return tuple(found.values())

    def subset_of(self, destination: Destination) -> Subset | None:
        """Give the subset that a destination names, the first of that name for its host."""
        rules = self.project.links.destination_rules_of_host(destination.host, destination.route.service)
        subsets = (subset for rule in rules if isinstance(rule, DestinationRule) for subset in rule.subsets)
        return next((subset for subset in subsets if subset.name == destination.subset), None)

    def routed_subsets(self, service: Service) -> tuple[Destination, ...]:
        """Give the destinations, mirrors left out, that name a subset of a Service's host."""
        return tuple(self._routed.get(service.identity, ()))

    @cached_property
    def _routed(self) -> dict[_Key, list[Destination]]:
        found: dict[_Key, list[Destination]] = {}
        for virtual_service in self.project.resources(VirtualService):
            for service, destination in self._destinations(virtual_service):
                found.setdefault(service.identity, []).append(destination)
        return found

    @cached_property
    def _splits(self) -> dict[_Key, list[Destination]]:
        """The destinations of VirtualServices that lead to more than one subset of a Service's host."""
        found: dict[_Key, list[Destination]] = {}
        for key, destinations in self._routed.items():
            by_owner: dict[_Key, list[Destination]] = {}
            for destination in destinations:
                by_owner.setdefault(destination.route.service.identity, []).append(destination)
            for several in by_owner.values():
                if len({destination.subset for destination in several}) > 1:
                    found.setdefault(key, []).extend(several)
        return found

    def _destinations(self, virtual_service: VirtualService) -> Iterator[tuple[Service, Destination]]:
        for destination in virtual_service.destinations:
            if destination.subset and not destination.is_mirror:
                service = self.project.links.service_of_host(destination.host, virtual_service)
                if service is not None:
                    yield service, destination
