"""Ingresses: the Services behind them, and the paths that several of them claim."""

from collections.abc import Iterator
from functools import cached_property

from cnlint.graph.apply_sets import ApplySet
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.names import Names
from cnlint.manifests.ingresses import Ingress, IngressBackend, IngressPath
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder

_Claim = tuple[str, str, str, str]
_MOST_RIVALS = 16


class IngressLinks(LinkFamily):
    """Links from Ingresses to Services, and from one Ingress to another."""

    def services_of_backend(self, backend: IngressBackend) -> list[Manifest]:
        """Give the Services that a backend of an Ingress may mean, the nearest first."""
        return self.project.find_all("Service", backend.service, near=backend.ingress) if backend.service else []

    def service_named_like(self, name: str, ingress: Ingress) -> Manifest | None:
        """Give the Service applied with an Ingress whose name is almost the one wanted."""
        for one in self.project.sets_of(ingress):
            near = self._names_of_services(one)[0].nearest(name)
            if near is not None:
                return one.index.by_kind_and_name["Service", near][0].view
        return None

    def hides_services(self, ingress: Ingress) -> bool:
        """Tell whether the name of a Service applied with an Ingress is filled in later."""
        return any(self._names_of_services(one)[1] for one in self.project.sets_of(ingress))

    def _names_of_services(self, one: ApplySet) -> tuple[Names, bool]:
        """Give the names of the Services of a set, and whether one of them is filled in later."""
        found = self._service_names.get(id(one))
        if found is None:
            names = [resource.name for resource in one.index.by_kind.get(("", "Service"), ())]
            found = self._service_names[id(one)] = Names(names), any(map(has_placeholder, names))
        return found

    @cached_property
    def _service_names(self) -> dict[int, tuple[Names, bool]]:
        return {}

    def rivals(self, path: IngressPath) -> list[IngressPath]:
        """Give the paths of Ingresses applied together that claim the same requests and come before this one.

        Class, host, path and its type are the same. Of many such paths some are given.
        """
        found: dict[IngressPath, None] = {}
        for one in self.project.sets_of(path.ingress):
            for other in self._claims.get((id(one), _claim(path)), ()):
                if other.identity < path.identity:
                    found[other] = None
        return list(found)

    @cached_property
    def _claims(self) -> dict[tuple[int, _Claim], list[IngressPath]]:
        found: dict[tuple[int, _Claim], list[IngressPath]] = {}
        for ingress in self.project.resources(Ingress):
            for path in ingress.paths:
                for one in self.project.sets_of(ingress):
                    claims = found.setdefault((id(one), _claim(path)), [])
                    if len(claims) < _MOST_RIVALS:
                        claims.append(path)
        return found

    def links(self) -> Iterator[Link]:
        """Yield the Services that Ingresses send requests to."""
        for ingress in self.project.resources(Ingress):
            for backend in ingress.backends():
                for service in self.services_of_backend(backend)[:1]:
                    place = service.at("metadata", "name")
                    yield Link("routes-to", backend.service_place, place, self.confidence(ingress, service))


def _claim(path: IngressPath) -> _Claim:
    return path.ingress.class_name, path.host, path.type, path.pattern
