"""Whether anything sends requests to the pods of a workload."""

from typing import NamedTuple

from cnlint.findings import Related
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context


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
    that they declare; ``always``, such a Service alone; ``never``, everything.
    """
    require = context.options.get("require_service", "auto")
    services = context.project.links.services_selecting(pod.workload)
    if services:
        return Traffic(services[0], f"{services[0].ref} sends requests to it")
    if require == "never":
        return Traffic(None, "it runs in a pod that is to stay up")
    port = next((one for one in pod.ports if one.number or one.name), None)
    if require == "always" or port is None:
        return None
    return Traffic(None, f"port {port.number or port.name} is declared")
