"""Security contexts that are missing as a whole."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.security_context import pod_ref
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check


@check("K8S509")
def container_without_security_context(container: Container, context: Context) -> Iterator[Report]:
    level = context.options["level"]
    if level == "pod" or container.role == "ephemeral" or container.is_fragment or _has_security(container):
        return
    if level != "either":
        yield report(container.at("securityContext"), f"{container.ref} has no security context")
    elif not _has_security(container.pod):
        text = f"neither {container.ref} nor its pod has a security context"
        yield report(container.at("securityContext"), text)


@check("K8S509")
def pod_without_security_context(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if context.options["level"] in ("pod", "both") and not pod.workload.is_fragment and not _has_security(pod):
        yield report(pod.at("spec", "securityContext"), f"{pod_ref(pod)} has no security context")


def _has_security(view: Container | PodTemplate) -> bool:
    path = ("securityContext",) if isinstance(view, Container) else ("spec", "securityContext")
    return bool(view.get(*path))
