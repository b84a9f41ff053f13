"""Services."""

from functools import cached_property

from cnlint.findings import Place
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import ABSENT, LabelSelector
from cnlint.manifests.view import View


class ServicePort(View):
    """A port of a Service."""

    def __init__(self, service: "Service", index: int) -> None:
        super().__init__(service.document, (*service.path, "spec", "ports", index))
        self.service = service
        self.index = index

    @property
    def name(self) -> str:
        """The port's name; empty where it has none."""
        return self.string("name")

    @property
    def number(self) -> int | None:
        """The port's number."""
        return self.integer("port")

    @property
    def protocol(self) -> str:
        """The protocol, ``TCP`` where none is written."""
        return self.string("protocol") or "TCP"

    @property
    def app_protocol(self) -> str:
        """The application protocol; empty where none is written."""
        return self.string("appProtocol")

    @property
    def target_port(self) -> int | str | None:
        """The port of the pods, a number or a name: the Service's own number where none is written."""
        value = self.get("targetPort")
        if value is None:
            return self.number
        return value if isinstance(value, int | str) and not isinstance(value, bool) else None

    @property
    def target_place(self) -> Place:
        """The value of the target port, else of the port."""
        return self.value_at("port" if self.get("targetPort") is None else "targetPort")

    @property
    def label(self) -> str:
        """The port as messages name it: its name, else its number."""
        return f'"{self.name}"' if self.name else str(self.number)


class Service(Manifest):
    """A Service of the core group."""

    target = "service"

    @property
    def type(self) -> str:
        """The type, ``ClusterIP`` where none is written."""
        return self.string("spec", "type") or "ClusterIP"

    @property
    def is_headless(self) -> bool:
        """Whether it has no address of its own."""
        return self.string("spec", "clusterIP") == "None"

    @property
    def is_external_name(self) -> bool:
        """Whether it is but a DNS alias and selects no pods."""
        return self.type == "ExternalName"

    @cached_property
    def selector(self) -> LabelSelector:
        """The selector of pods. A Service without one, or with an empty one, selects none."""
        if self.is_external_name or not self.mapping("spec", "selector"):
            return ABSENT
        return LabelSelector.of_map(self.get("spec", "selector"))

    @cached_property
    def ports(self) -> list[ServicePort]:
        """The ports."""
        return [ServicePort(self, index) for index, _ in mappings(self, "spec", "ports")]

    def port(self, wanted: int | str) -> ServicePort | None:
        """Give the port with this number or name."""
        return next((port for port in self.ports if wanted in (port.number, port.name)), None)
