"""Ingresses: the hosts and paths that they take requests for, and the Services behind them."""

from collections.abc import Iterator
from functools import cached_property

from cnlint.findings import Place
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.view import Path, View

CLASS_ANNOTATION = "kubernetes.io/ingress.class"


class IngressBackend(View):
    """What requests are sent to: the Service of a path, or of the whole Ingress."""

    def __init__(self, ingress: "Ingress", path: Path) -> None:
        super().__init__(ingress.document, (*ingress.path, *path))
        self.ingress = ingress

    @property
    def is_old(self) -> bool:
        """Whether it is written as in versions before ``networking.k8s.io/v1``."""
        return self.get("serviceName") is not None

    @property
    def service(self) -> str:
        """The name of the Service; empty for a resource of another kind."""
        return self.string("serviceName") if self.is_old else self.string("service", "name")

    @property
    def service_place(self) -> Place:
        """The name of the Service."""
        return self.value_at("serviceName") if self.is_old else self.value_at("service", "name")

    @property
    def port(self) -> int | str | None:
        """The port of the Service, a number or a name."""
        path = self._port_path
        value = self.get(*path) if path else None
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        is_number = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6
        return int(value) if is_number else value

    @property
    def port_place(self) -> Place:
        """The port of the Service."""
        return self.value_at(*self._port_path)

    @property
    def _port_path(self) -> Path:
        if self.is_old:
            return ("servicePort",)
        field = "number" if self.get("service", "port", "number") is not None else "name"
        return ("service", "port", field)


class IngressPath(View):
    """A path of a rule of an Ingress."""

    def __init__(self, ingress: "Ingress", rule: int, index: int) -> None:
        where: Path = ("spec", "rules", rule, "http", "paths", index)
        super().__init__(ingress.document, (*ingress.path, *where))
        self.ingress = ingress
        self.host = ingress.string("spec", "rules", rule, "host").casefold()
        """The host of the rule; empty for all hosts."""
        self.backend = IngressBackend(ingress, (*where, "backend"))

    @property
    def type(self) -> str:
        """How the path is compared; what is not written was ``ImplementationSpecific`` in older versions."""
        return self.string("pathType") or "ImplementationSpecific"

    @property
    def pattern(self) -> str:
        """The path, ``/`` where none is written; to a prefix a slash at its end makes no difference."""
        text = self.string("path") or "/"
        return (text.rstrip("/") or "/") if self.type == "Prefix" else text


class Ingress(Manifest):
    """An Ingress of any version."""

    target = "ingress"

    @cached_property
    def paths(self) -> list[IngressPath]:
        """The paths of all rules."""
        return [
            IngressPath(self, rule, index)
            for rule, _ in mappings(self, "spec", "rules")
            for index, _ in mappings(self, "spec", "rules", rule, "http", "paths")
        ]

    @property
    def hosts(self) -> list[str]:
        """The hosts of its rules."""
        found = (self.string("spec", "rules", index, "host") for index, _ in mappings(self, "spec", "rules"))
        return [host for host in found if host]

    def backends(self) -> Iterator[IngressBackend]:
        """Yield the default backend and those of the paths."""
        for field in ("defaultBackend", "backend"):
            if self.mapping("spec", field):
                yield IngressBackend(self, ("spec", field))
        for path in self.paths:
            yield path.backend

    @property
    def annotated_class(self) -> str:
        """The class that the old annotation names."""
        return self.annotations.get(CLASS_ANNOTATION, "")

    @property
    def class_name(self) -> str:
        """The class, by its field or the old annotation; empty for the default one."""
        return self.string("spec", "ingressClassName") or self.annotated_class

    @property
    def is_fragment(self) -> bool:
        """Whether the manifest shows only part of the Ingress, as patches do: it sends requests nowhere."""
        return not self.paths and not any(self.mapping("spec", field) for field in ("defaultBackend", "backend"))
