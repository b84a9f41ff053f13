"""Services that StatefulSets name for their pods."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.graph import gates
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project
from cnlint.graph.selections import selector_of
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_OPTIONAL_SINCE = (1, 34)


@check("K8S367")
def statefulset_service(workload: Workload, context: Context) -> Iterator[Report]:
    project = context.project
    name = workload.string("spec", "serviceName")
    if project.is_patched(workload, "spec", "serviceName") or has_placeholder(name):
        return
    if not name:
        if workload.get("spec", "serviceName") is None and _needs_service(workload, context):
            yield report(workload.at("spec"), f"{workload.ref} has no serviceName")
        return
    found = project.find_all("Service", name, near=workload)
    if not found:
        yield from _missing_service(workload, name, context)
        return
    problems = [problem for one in found if (problem := _problem(one, workload, project)) is not None]
    # One that is right is enough.
    if len(problems) == len(found):
        yield problems[0]


def _needs_service(workload: Workload, context: Context) -> bool:
    return context.settings.kubernetes_version < _OPTIONAL_SINCE and not workload.is_fragment


def _missing_service(workload: Workload, name: str, context: Context) -> Iterator[Report]:
    project, gate = context.project, context.options["gate"]
    if gate == "off" or project.links.may_exist("Service", name, workload):
        return
    around = {one.name: one for one in project.links.services_selecting(workload)}
    near = nearest_name(name, around)
    if near or gate == "strict" or project.may_report_missing(gates.SERVICES, near=workload, wanted=[name]):
        related = [Related(one.at("metadata", "name"), f"{one.ref} selects its pods") for one in [*around.values()][:1]]
        hint = f"Write serviceName: {near}" if near else None
        text = f'{workload.ref} names Service "{name}", which is not there'
        yield report(workload.value_at("spec", "serviceName"), text, related=related, hint=hint)


def _problem(service: object, workload: Workload, project: Project) -> Report | None:
    """Say what is wrong with the Service of a StatefulSet."""
    # One of that name elsewhere in the project may be another one.
    if not isinstance(service, Service) or project.links.confidence(workload, service) != "exact":
        return None
    if project.is_patched(service, "spec"):
        return None
    place = workload.value_at("spec", "serviceName")
    if not service.is_headless:
        if has_placeholder(service.string("spec", "clusterIP")):
            return None
        text = f"{service.ref}, which {workload.ref} names, is not headless: its pods get no names of their own"
        related = [Related(service.at("spec", "clusterIP"), 'it lacks "clusterIP: None"')]
        return report(place, text, related=related, hint="Set clusterIP: None in a Service for this purpose")
    return _mismatch(service, workload, project)


def _mismatch(service: Service, workload: Workload, project: Project) -> Report | None:
    selector, labels = selector_of(service), project.links.pod_labels(workload)
    if workload.is_fragment or project.is_patched(workload, "spec", "template", "metadata"):
        return None
    if not selector.is_known or any(has_placeholder(text) for pair in labels.items() for text in pair):
        return None
    if not selector.is_absent and selector.matches(labels):
        return None
    wanted = f"selects {selector}, not its pods" if not selector.is_absent else "selects no pods"
    related = [Related(service.at("spec", "selector"), "the selector")]
    text = f"{service.ref}, which {workload.ref} names, {wanted}"
    return report(workload.value_at("spec", "serviceName"), text, related=related)
