"""Requests and limits of containers, and the quantities they are written in."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.quantities import Quantity
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.graph.project import Project

_BYTES = ("memory", "ephemeral-storage", "storage")
_BELOW_ONE = ("n", "u", "m")


@check("K8S210")
def missing_cpu_request(container: Container, context: Context) -> Iterator[Report]:
    yield from _missing_request(container, "cpu", context)


@check("K8S211")
def missing_memory_request(container: Container, context: Context) -> Iterator[Report]:
    yield from _missing_request(container, "memory", context)


@check("K8S212")
def missing_cpu_limit(container: Container, context: Context) -> Iterator[Report]:
    yield from _missing_limit(container, "cpu", "max_cpu", context)


@check("K8S213")
def missing_memory_limit(container: Container, context: Context) -> Iterator[Report]:
    yield from _missing_limit(container, "memory", "max_memory", context)


def _missing_request(container: Container, resource: str, context: Context) -> Iterator[Report]:
    if not _is_judged(container, context) or container.sets_resource("requests", resource):
        return
    # The API server copies the limit into a request that is not there.
    if context.options["limits_count_as_requests"] and container.sets_resource("limits", resource):
        return
    if is_defaulted(container, "requests", resource, context):
        return
    yield report(container.at("resources", "requests", resource), f"{container.ref} has no {_word(resource)} request")


def _missing_limit(container: Container, resource: str, maximum: str, context: Context) -> Iterator[Report]:
    if not _is_judged(container, context):
        return
    if not container.sets_resource("limits", resource):
        if not is_defaulted(container, "limits", resource, context):
            place = container.at("resources", "limits", resource)
            yield report(place, f"{container.ref} has no {_word(resource)} limit")
        return
    limit, most = container.limits.get(resource), Quantity.parse(context.options[maximum])
    if limit is not None and most is not None and limit > most:
        yield report(
            container.value_at("resources", "limits", resource),
            f"{container.ref} has a {_word(resource)} limit of {limit}, more than the {most} allowed",
        )


def _is_judged(container: Container, context: Context) -> bool:
    """Tell whether the container is one that needs resources: ephemeral ones cannot have any."""
    if container.is_fragment or container.role == "ephemeral":
        return False
    return container.runs_with_pod or bool(context.options["init_containers"])


def is_defaulted(container: Container, side: str, resource: str, context: Context) -> bool:
    """Tell whether a LimitRange that the container may meet gives it the limit or request that it does not set."""
    fields = ("default",) if side == "limits" else ("defaultRequest", "default")
    return any(
        item.get("type") == "Container" and ranges.get("spec", "limits", index, field, resource) is not None
        for ranges in _limit_ranges(container, context.project)
        for index, item in mappings(ranges, "spec", "limits")
        for field in fields
    )


def _limit_ranges(container: Container, project: "Project") -> list[Manifest]:
    found = project.index.by_kind.get(("", "LimitRange"))
    if not found:
        return []
    return [one.view for one in project.apply_sets.visible(found, project.resource_of(container))]


@check("K8S214")
def container_request_exceeds_limit(container: Container) -> Iterator[Report]:
    yield from _request_exceeds_limit(container, container.ref, ("resources",))


@check("K8S214")
def pod_request_exceeds_limit(pod: PodTemplate) -> Iterator[Report]:
    yield from _request_exceeds_limit(pod, f"the pod of {pod.ref}", ("spec", "resources"))


def _request_exceeds_limit(view: View, owner: str, path: Path) -> Iterator[Report]:
    for resource, written in view.mapping(*path, "requests").items():
        request, limit = Quantity.parse(written), Quantity.parse(view.get(*path, "limits", resource))
        if request is None or limit is None or request == limit:
            continue
        related = [Related(view.value_at(*path, "limits", resource), f"the limit is {limit}")]
        place = view.value_at(*path, "requests", resource)
        if request > limit:
            text = f"{owner} requests {request} {_word(str(resource))}, more than its limit of {limit}"
            yield report(place, text, related=related)
        elif _cannot_be_overcommitted(str(resource)):
            text = f'{owner} requests {request} of "{resource}", which must equal its limit of {limit}'
            yield report(place, text, related=related)


def _cannot_be_overcommitted(resource: str) -> bool:
    """Tell whether request and limit must be equal: huge pages, and extended resources such as ``nvidia.com/gpu``."""
    return resource.startswith("hugepages-") or ("/" in resource and "kubernetes.io/" not in resource)


@check("K8S220")
def suspicious_container_quantity(container: Container, context: Context) -> Iterator[Report]:
    yield from _suspicious_resources(container, container.ref, ("resources",), context)


@check("K8S220")
def suspicious_pod_quantity(pod: PodTemplate, context: Context) -> Iterator[Report]:
    yield from _suspicious_resources(pod, f"the pod of {pod.ref}", ("spec", "resources"), context)
    for volume in pod.volumes:
        path = ("spec", "volumes", volume.index)
        owner = _part_of("volume", volume.name, pod.ref)
        yield from _suspicious(pod, owner, (*path, "emptyDir", "sizeLimit"), "storage", context)
        claim = (*path, "ephemeral", "volumeClaimTemplate", "spec", "resources")
        yield from _suspicious_resources(pod, owner, claim, context)


@check("K8S220")
def suspicious_claim_quantity(manifest: Manifest, context: Context) -> Iterator[Report]:
    if manifest.kind == "PersistentVolumeClaim":
        yield from _suspicious_resources(manifest, manifest.ref, ("spec", "resources"), context)
    if manifest.kind == "StatefulSet":
        for index, _ in mappings(manifest, "spec", "volumeClaimTemplates"):
            path = ("spec", "volumeClaimTemplates", index)
            owner = _part_of("claim template", manifest.string(*path, "metadata", "name"), manifest.ref)
            yield from _suspicious_resources(manifest, owner, (*path, "spec", "resources"), context)


def _part_of(what: str, name: str, owner: str) -> str:
    return f'{what} "{name}" of {owner}' if name else f"a {what} of {owner}"


def _suspicious_resources(view: View, owner: str, path: Path, context: Context) -> Iterator[Report]:
    for side in ("requests", "limits"):
        for resource in view.mapping(*path, side):
            yield from _suspicious(view, owner, (*path, side, resource), str(resource), context)


def _suspicious(view: View, owner: str, path: Path, resource: str, context: Context) -> Iterator[Report]:
    quantity = Quantity.parse(view.get(*path))
    if quantity is None or not quantity:
        return
    if resource == "cpu":
        reason = _suspicious_cpu(quantity, context.options["max_cpu"])
    elif resource in _BYTES or resource.startswith("hugepages-"):
        reason = _suspicious_bytes(quantity, context.options["min_memory"])
    else:
        return
    if reason:
        place = view.value_at(*path)
        better = _mended(quantity, resource)
        fixes = [Fix(f"write {better}", (Edit(place.span, better),))] if better else []
        what = "size limit" if path[-1] == "sizeLimit" else f"{_word(resource)} {str(path[-2]).rstrip('s')}"
        yield report(place, f"the {what} of {owner} is {quantity}: {reason}", fixes=fixes)


def _suspicious_cpu(quantity: Quantity, most: Any) -> str:
    if quantity.suffix[-1:] == "i" or quantity.suffix in ("M", "G", "T", "P", "E"):
        return f'"{quantity.suffix}" counts bytes, not CPUs'
    if isinstance(most, int) and quantity.amount > most:
        return f"that is {_plain(quantity.amount)} whole CPUs"
    return ""


def _suspicious_bytes(quantity: Quantity, least: Any) -> str:
    if quantity.suffix in _BELOW_ONE:
        return f"that is {_plain(quantity.amount)} bytes"
    smallest = Quantity.parse(least)
    if quantity.suffix[-1:] != "i" and smallest is not None and quantity < smallest:
        return f"that is {_plain(quantity.amount)} bytes"
    return ""


def _mended(quantity: Quantity, resource: str) -> str:
    """Give what was most likely meant; empty where nobody can tell."""
    number = quantity.text[: len(quantity.text) - len(quantity.suffix)]
    if resource != "cpu":
        return f"{number}Mi" if quantity.suffix == "m" else ""
    return f"{number}m" if not quantity.suffix and number.isdecimal() else ""


def _word(resource: str) -> str:
    return "CPU" if resource == "cpu" else resource


def _plain(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):g}"
