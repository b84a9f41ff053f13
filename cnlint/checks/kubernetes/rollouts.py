"""How many pods a workload has, and how it replaces them."""

from collections.abc import Iterator
from typing import Any

from cnlint.findings import Report, Severity, report
from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_FIELDS = ("maxUnavailable", "maxSurge")
# Defaults of the API for maxUnavailable and maxSurge.
_DEFAULTS: dict[str, tuple[str | int, str | int]] = {
    "Deployment": ("25%", "25%"),
    "DeploymentConfig": ("25%", "25%"),
    "Rollout": ("25%", "25%"),
    "DaemonSet": (1, 0),
    "StatefulSet": (1, 0),
}


@check("K8S303")
def implicit_rolling_update(workload: Workload) -> Iterator[Report]:
    if workload.kind != "Deployment" or workload.is_fragment or workload.strategy_type != "RollingUpdate":
        return
    missing = [field for field in _FIELDS if workload.get(*workload.rolling_path, field) is None]
    if missing and workload.template and workload.template.ports:
        yield report(workload.at(*workload.rolling_path), f"{workload.ref} sets no {' and no '.join(missing)}")


@check("K8S304")
def deadlocked_rolling_update(workload: Workload) -> Iterator[Report]:
    if workload.kind not in _DEFAULTS:
        return
    malformed = [field for field in _FIELDS if _is_malformed(workload, field)]
    for field in malformed:
        value = workload.text(*workload.rolling_path, field)
        text = f"{field} of {workload.ref} is {value}, and must be a number of pods or a percentage"
        yield report(workload.value_at(*workload.rolling_path, field), text)
    if malformed or not workload.mapping(*workload.rolling_path):
        return
    unavailable, surge = (_effective(workload, field) for field in _FIELDS)
    if unavailable is not None and surge is not None:
        yield from _impossible(workload, unavailable, surge)


def _is_malformed(workload: Workload, field: str) -> bool:
    value = workload.get(*workload.rolling_path, field)
    if value is None or isinstance(value, dict | list) or (isinstance(value, str) and has_placeholder(value)):
        return False
    parsed = IntOrPercent.parse(value)
    return parsed is None or (field == "maxUnavailable" and parsed.is_percent and parsed.number > 100)


def _effective(workload: Workload, field: str) -> IntOrPercent | None:
    default = _DEFAULTS[workload.kind][_FIELDS.index(field)]
    value = workload.get(*workload.rolling_path, field)
    return IntOrPercent.parse(default if value is None else value)


def _impossible(workload: Workload, unavailable: IntOrPercent, surge: IntOrPercent) -> Iterator[Report]:
    place = workload.value_at(*workload.rolling_path, "maxUnavailable")
    if workload.kind == "StatefulSet":
        if unavailable.number == 0:
            yield report(place, f"{workload.ref} can never replace a pod: maxUnavailable is {unavailable}")
    elif unavailable.number == 0 and surge.number == 0:
        text = f"{workload.ref} can never replace a pod: maxUnavailable is {unavailable} and maxSurge is {surge}"
        yield report(place, text)
    elif workload.kind == "DaemonSet" and unavailable.number and surge.number:
        text = f"{workload.ref} has maxSurge {surge} and maxUnavailable {unavailable}, and one of them must be 0"
        yield report(workload.value_at(*workload.rolling_path, "maxSurge"), text)


@check("K8S305")
def excessive_max_unavailable(workload: Workload, context: Context) -> Iterator[Report]:
    unavailable = workload.rolling_value("maxUnavailable")
    if unavailable is None or workload.kind not in _DEFAULTS:
        return
    place = workload.value_at(*workload.rolling_path, "maxUnavailable")
    if unavailable.is_percent:
        if 100 >= unavailable.number > context.options["max_percent"]:
            severity: Severity | None = "info" if workload.kind == "DaemonSet" else None
            text = f"an update of {workload.ref} may take down {unavailable} of its pods at once"
            yield report(place, text, severity=severity)
        return
    replicas = workload.replicas
    if workload.sets_replicas and replicas and unavailable.number >= replicas:
        text = f"an update of {workload.ref} may take down {unavailable} pods at once, and it has {replicas}"
        yield report(place, text)


@check("K8S306")
def rolling_update_bounds(workload: Workload, context: Context) -> Iterator[Report]:
    options = context.options
    bounds = {
        "maxUnavailable": (options["min_pods_unavailable"], options["max_pods_unavailable"]),
        "maxSurge": (options["min_surge"], options["max_surge"]),
    }
    strategy, allowed = workload.strategy_type, options["strategy_types"]
    if not strategy:
        return
    if allowed and strategy not in allowed:
        text = f'{workload.ref} has the update strategy "{strategy}", not {" or ".join(allowed)}'
        yield report(workload.at(*workload.strategy_path, "type"), text)
        return
    bounded = {field: pair for field, pair in bounds.items() if pair != (None, None)}
    if bounded and not workload.mapping(*workload.rolling_path) and strategy.startswith("Rolling"):
        if not workload.is_fragment:
            yield report(workload.at(*workload.rolling_path), f"{workload.ref} sets no bounds for its rolling update")
        return
    for field, (least, most) in bounded.items():
        yield from _out_of_bounds(workload, field, least, most)


def _out_of_bounds(workload: Workload, field: str, least: Any, most: Any) -> Iterator[Report]:
    value, lower, upper = workload.rolling_value(field), IntOrPercent.parse(least), IntOrPercent.parse(most)
    if value is None:
        return
    place = workload.value_at(*workload.rolling_path, field)
    if lower is not None and _is_below(value, lower):
        yield report(place, f"{field} of {workload.ref} is {value}, less than {lower}")
    if upper is not None and _is_below(upper, value):
        yield report(place, f"{field} of {workload.ref} is {value}, more than {upper}")


def _is_below(one: IntOrPercent, other: IntOrPercent) -> bool:
    """Compare two of a kind as they are, a number with a percentage as parts of a hundred pods."""
    if one.is_percent == other.is_percent:
        return one.number < other.number
    return one.of(100, round_up=False) < other.of(100, round_up=False)
