"""Whether anything sends requests to the pods of a workload."""

from typing import NamedTuple

from cnlint.findings import Related
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context
from cnlint.syntax.patterns import regex

# Ports at which nobody but the kubelet and the monitoring ask.
_FOR_MONITORING = regex(
    r"(?:[a-z0-9]+-)*(?:debug|health|health-?checks?|healthz|liveness|livez|metrics|monitoring|pprof|probes?|prom|"
    r"prometheus|readyz|servicemonitor|telemetry)"
)


class Traffic(NamedTuple):
    """Why a pod is expected to get requests."""

    service: Service | None
    reason: str

    @property
    def related(self) -> list[Related]:
        """The Service that sends them."""
        if self.service is None:
            return []
        place = self.service.at("spec", "selector")
        return [Related(place, f"{self.service.ref} selects {self.service.selector}")]


def traffic_to(pod: PodTemplate, context: Context) -> Traffic | None:
    """Say why the pods of a template are expected to get requests; ``None`` where they are not.

    The option ``require_service`` of the rule decides what counts: ``auto``, a Service that selects the pods or a port
    that they declare, those for monitoring left out; ``always``, such a Service alone; ``never``, everything.
    """
    require = context.options.get("require_service", "auto")
    services = [one for one in context.project.links.services_selecting(pod.workload) if not only_monitors(one)]
    if services:
        return Traffic(services[0], f"{services[0].ref} sends requests to it")
    if require == "never":
        return Traffic(None, "it runs in a pod that is to stay up")
    ports = (one for one in pod.ports if one.number or one.name)
    port = next((one for one in ports if not _FOR_MONITORING.fullmatch(one.name)), None)
    if require == "always" or port is None:
        return None
    return Traffic(None, f"port {port.number or port.name} is declared")


def only_monitors(service: Service) -> bool:
    """Tell whether a Service leads to ports for monitoring alone."""
    names = [(port.name, port.target_port) for port in service.ports]
    return bool(names) and all(
        any(isinstance(name, str) and _FOR_MONITORING.fullmatch(name) for name in one) for one in names
    )
