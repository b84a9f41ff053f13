"""Ingresses: the Services behind them, and the paths that several of them claim."""

from collections.abc import Iterator
from functools import cached_property

from cnlint.graph.link import Link, LinkFamily
from cnlint.manifests.ingresses import Ingress, IngressBackend, IngressPath
from cnlint.manifests.kubernetes import Manifest

_Claim = tuple[str, str, str, str]
_MOST_RIVALS = 16


class IngressLinks(LinkFamily):
    """Links from Ingresses to Services, and from one Ingress to another."""

    def services_of_backend(self, backend: IngressBackend) -> list[Manifest]:
        """Give the Services that a backend of an Ingress may mean, the nearest first."""
        return self.project.find_all("Service", backend.service, near=backend.ingress) if backend.service else []

    def rivals(self, path: IngressPath) -> list[IngressPath]:
        """Give the paths of Ingresses applied together that claim the same requests and come before this one.

        Class, host, path and its type are the same. Of many such paths some are given.
        """
        found: dict[IngressPath, None] = {}
        for one in self.project.sets_of(path.ingress):
            for other in self._claims.get((id(one), _claim(path)), ()):
                if _order(other) < _order(path):
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


def _order(path: IngressPath) -> tuple[str, int, tuple[str | int, ...]]:
    return path.document.path, getattr(path.document, "index", 0), path.path
