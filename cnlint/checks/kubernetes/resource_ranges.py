"""How much containers ask for: requests beside limits, ephemeral storage, bounds that a project sets."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.resources import is_defaulted
from cnlint.findings import Related, Report, report
from cnlint.manifests.quantities import Quantity
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check

_STORAGE = "ephemeral-storage"
_WORDS = {"cpu": "CPU", _STORAGE: "ephemeral storage"}


@check("K8S215")
def cpu_request_limit_mismatch(container: Container, context: Context) -> Iterator[Report]:
    yield from _mismatch(container, "cpu", "K8S212", context)


@check("K8S216")
def memory_request_limit_mismatch(container: Container, context: Context) -> Iterator[Report]:
    yield from _mismatch(container, "memory", "K8S213", context)


def _mismatch(container: Container, resource: str, missing_limit: str, context: Context) -> Iterator[Report]:
    if not _has_resources(container):
        return
    request, limit, word = container.requests.get(resource), container.limits.get(resource), _word(resource)
    if request is not None and limit is not None:
        ratio = Quantity.parse(context.options.get("max_ratio", 1))
        if ratio is not None and limit.amount > request.amount * ratio.amount:
            yield _differ(container, resource, request, limit)
    elif request and _lacks(container, "limits", resource, context):
        # That there is no limit is said once.
        if not (container.runs_with_pod and context.is_selected(missing_limit)):
            place = container.value_at("resources", "requests", resource)
            yield report(place, f"{container.ref} requests {request} {word} and has no {word} limit")
    elif limit and not context.options["limits_count_as_requests"] and _lacks(container, "requests", resource, context):
        place = container.value_at("resources", "limits", resource)
        yield report(place, f"{container.ref} has a {word} limit of {limit} and no {word} request")


def _lacks(container: Container, side: str, resource: str, context: Context) -> bool:
    """Tell whether a container has no request or limit, and no LimitRange gives it one."""
    return not container.sets_resource(side, resource) and not is_defaulted(container, side, resource, context)


def _differ(container: Container, resource: str, request: Quantity, limit: Quantity) -> Report:
    related = [Related(container.value_at("resources", "limits", resource), f"the limit is {limit}")]
    place = container.value_at("resources", "requests", resource)
    text = f"{container.ref} requests {request} {_word(resource)}, and its limit is {limit}"
    return report(place, text, related=related)


@check("K8S217")
def missing_ephemeral_storage(container: Container, context: Context) -> Iterator[Report]:
    if not _has_resources(container):
        return
    missing = [side for side in ("requests", "limits") if _lacks(container, side, _STORAGE, context)]
    if missing and not (missing == ["requests"] and context.options["limits_count_as_requests"]):
        what = " and no ".join(f"{_word(_STORAGE)} {side[:-1]}" for side in missing)
        yield report(container.at("resources", missing[-1], _STORAGE), f"{container.ref} has no {what}")
    limit, most = container.limits.get(_STORAGE), Quantity.parse(context.options["max"])
    if limit is not None and most is not None and limit > most:
        text = f"{container.ref} has an {_word(_STORAGE)} limit of {limit}, more than the {most} allowed"
        yield report(container.value_at("resources", "limits", _STORAGE), text)


@check("K8S218")
def ephemeral_storage_mismatch(container: Container) -> Iterator[Report]:
    request, limit = container.requests.get(_STORAGE), container.limits.get(_STORAGE)
    if request and limit and request < limit:
        yield _differ(container, _STORAGE, request, limit)


@check("K8S219")
def resource_out_of_range(container: Container, context: Context) -> Iterator[Report]:
    options = context.options
    for resource in ("cpu", "memory"):
        least, most = Quantity.parse(options[f"{resource}_min"]), Quantity.parse(options[f"{resource}_max"])
        if least is None and most is None:
            continue
        for side, amounts in (("requests", container.requests), ("limits", container.limits)):
            amount = amounts.get(resource)
            if amount is None or options["on"] not in ("any", side.rstrip("s"), side):
                continue
            text = f"the {_word(resource)} {side[:-1]} of {container.ref} is {amount}"
            place = container.value_at("resources", side, resource)
            if least is not None and amount < least:
                yield report(place, f"{text}, less than {least}")
            elif most is not None and amount > most:
                yield report(place, f"{text}, more than {most}")


def _has_resources(container: Container) -> bool:
    """Tell whether what the container lacks is missing: ephemeral containers cannot have resources."""
    return not container.is_fragment and container.role != "ephemeral"


def _word(resource: str) -> str:
    return _WORDS.get(resource, resource)
