"""How many pods a workload has, and how it replaces them."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnlint.checks.kubernetes.traffic import traffic_to
from cnlint.findings import Edit, Fix, Related, Report, Severity, report
from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import dig
from cnlint.manifests.workloads import Probe, Workload
from cnlint.rules import Context, check

_WRITE_MANY = frozenset({"ReadWriteMany", "ReadOnlyMany"})
_FIELDS = ("maxUnavailable", "maxSurge")
# Defaults of the API for maxUnavailable and maxSurge.
_DEFAULTS: dict[str, tuple[str | int, str | int]] = {
    "Deployment": ("25%", "25%"),
    "DeploymentConfig": ("25%", "25%"),
    "Rollout": ("25%", "25%"),
    "DaemonSet": (1, 0),
    "StatefulSet": (1, 0),
}


@check("K8S300")
def too_few_replicas(workload: Workload, context: Context) -> Iterator[Report]:
    replicas = workload.replicas
    if workload.kind not in context.options["kinds"] or not replicas or workload.template is None:
        return
    wanted = _wanted_replicas(replicas, context.options)
    if wanted is None or not _may_be_judged(workload, context):
        return
    served = traffic_to(workload.template, context)
    if served is None:
        return
    written = f"{replicas} {'replica' if replicas == 1 else 'replicas'}"
    unset = "" if workload.sets_replicas else " by default"
    text = f"{workload.ref} has {written}{unset}, {wanted}, and {served.reason}"
    yield report(workload.at("spec", "replicas"), text, related=served.related)


def _wanted_replicas(replicas: int, options: Mapping[str, Any]) -> str | None:
    """Say which numbers of replicas are right, if this one is not."""
    ranges = [(one[0], one[1]) for one in options["ranges"] if len(one) == 2]
    if ranges:
        if any(least <= replicas <= most for least, most in ranges):
            return None
        return "not " + " or ".join(f"{least} to {most}" for least, most in ranges)
    return None if replicas >= options["min"] else f"fewer than {options['min']}"


def _may_be_judged(workload: Workload, context: Context) -> bool:
    """Tell whether the number that is written is the one that will run, and more would work."""
    if workload.is_fragment or context.project.is_patched(workload, "spec", "replicas"):
        return False
    if context.project.links.autoscalers_of(workload):
        return False
    return bool(context.options["single_writers"]) or not (_is_single(workload) or _writes_alone(workload, context))


def _is_single(workload: Workload) -> bool:
    """Tell whether the workload elects a leader, so that more replicas only stand by."""
    return any("leader-elect" in word for container in workload.containers for word in container.command)


def _writes_alone(workload: Workload, context: Context) -> bool:
    """Tell whether the pods have volumes that only one node can mount, as far as the files say."""
    own = [claim for _, claim in mappings(workload, "spec", "volumeClaimTemplates")]
    if workload.template is not None:
        found = (
            context.project.find("PersistentVolumeClaim", name, near=workload) for name in workload.template.claims
        )
        own.extend({} if claim is None else claim.value for claim in found)
    return any(_WRITE_MANY.isdisjoint(_strings(dig(claim, ("spec", "accessModes")))) for claim in own)


def _strings(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


@check("K8S302")
def recreate_strategy(workload: Workload, context: Context) -> Iterator[Report]:
    strategy, template = workload.strategy_type, workload.template
    if not strategy or strategy in context.options["allowed"] or has_placeholder(strategy) or template is None:
        return
    services = context.project.links.services_selecting(workload)
    if not services and not _is_replaced_unserved(workload, context.options["require_service"]):
        return
    if _writes_alone(workload, context) or any(port.get("hostPort") for port in template.ports):
        return
    if context.project.is_patched(workload, *map(str, workload.strategy_path), "type"):
        return
    if strategy == "OnDelete":
        text = f"{workload.ref} replaces pods only when somebody deletes them: its update strategy is OnDelete"
    else:
        text = f"{workload.ref} stops all pods before it starts new ones: its update strategy is {strategy}"
    related = [Related(one.at("spec", "selector"), f"{one.ref} sends them requests") for one in services[:1]]
    place = workload.value_at(*workload.strategy_path, "type")
    rolling = "Rolling" if workload.kind == "DeploymentConfig" else "RollingUpdate"
    yield report(place, text, related=related, fixes=[Fix(f"set {rolling}", (Edit(place.span, rolling),))])


def _is_replaced_unserved(workload: Workload, require_service: str) -> bool:
    """Tell whether the strategy matters to a workload that no Service selects."""
    if require_service == "auto":
        # With one replica there is nothing to replace one by one.
        return workload.replicas is None or workload.replicas > 1
    return require_service == "never"


@check("K8S303")
def implicit_rolling_update(workload: Workload, context: Context) -> Iterator[Report]:
    if workload.kind != "Deployment" or workload.is_fragment or workload.strategy_type != "RollingUpdate":
        return
    missing = [field for field in _FIELDS if workload.get(*workload.rolling_path, field) is None]
    served = traffic_to(workload.template, context) if missing and workload.template else None
    if served is not None:
        text = f"{workload.ref} sets no {' and no '.join(missing)}, and {served.reason}"
        yield report(workload.at(*workload.rolling_path), text, related=served.related)


@check("K8S304")
def deadlocked_rolling_update(workload: Workload) -> Iterator[Report]:
    if workload.kind not in _DEFAULTS:
        return
    malformed = [field for field in _FIELDS if _is_malformed(workload, field)]
    for field in malformed:
        value = workload.text(*workload.rolling_path, field)
        text = f"{field} of {workload.ref} is {value or 'empty'}, and must be a number of pods or a percentage"
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
        pods = "1 pod" if unavailable.number == 1 else f"{unavailable} pods"
        text = f"an update of {workload.ref} may take down {pods} at once, and it has {replicas}"
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


@check("K8S309")
def short_progress_deadline(workload: Workload) -> Iterator[Report]:
    path = ("spec", "progressDeadlineSeconds")
    is_set = workload.get(*path) is not None
    deadline = workload.integer(*path) if is_set else _default_deadline(workload)
    ready = workload.integer("spec", "minReadySeconds") or 0
    if deadline is None:
        return
    if deadline <= ready:
        place = workload.value_at(*path) if is_set else workload.value_at("spec", "minReadySeconds")
        value = deadline if is_set else f"{deadline} by default"
        text = f"progressDeadlineSeconds of {workload.ref} is {value}, and not above minReadySeconds, {ready}"
        yield report(place, text, severity="error")
        return
    probes = [probe for one in workload.containers if one.runs_with_pod if (probe := one.probe("startup"))]
    slowest = max(probes, key=_start_budget, default=None)
    if is_set and slowest is not None and _start_budget(slowest) > deadline:
        allowed = f"the {slowest.ref} allows {_start_budget(slowest)} s to start"
        text = f"progressDeadlineSeconds of {workload.ref} is {deadline}, and {allowed}"
        yield report(workload.value_at(*path), text, related=[Related(slowest.key_at(), "the startup probe")])


def _default_deadline(workload: Workload) -> int | None:
    # Older versions of the API have none.
    return 600 if workload.api_version == "apps/v1" and not workload.is_fragment else None


def _start_budget(probe: Probe) -> int:
    """Give the seconds that a startup probe leaves a container to start."""
    return probe.initial_delay + probe.failure_budget
