"""Autoscalers: their bounds, metrics and behavior, and the workloads that they scale."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.checks.kubernetes.resources import is_defaulted
from cnlint.findings import Fix, Related, Report, Severity, report
from cnlint.graph import gates
from cnlint.graph.apply_sets import do_share, environment_of, same_environment
from cnlint.graph.names import nearest_name
from cnlint.manifests.autoscaling import (
    Autoscaler,
    HorizontalPodAutoscaler,
    Metric,
    ScaledObject,
    ScaleTarget,
    ScalingRules,
    VerticalPodAutoscaler,
)
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Container, Workload
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.graph.project import Project

_MIN: Path = ("spec", "minReplicas")
_MAX: Path = ("spec", "maxReplicas")
_V1_TARGET: Path = ("spec", "targetCPUUtilizationPercentage")
_RESOURCES = ("cpu", "memory")


# Bounds.


@check("K8S320")
def min_exceeds_max(autoscaler: HorizontalPodAutoscaler) -> Iterator[Report]:
    least, most = autoscaler.minimum, autoscaler.maximum
    if autoscaler.get(*_MAX) is None:
        if not autoscaler.is_fragment:
            yield report(autoscaler.at(*_MAX), f"{autoscaler.ref} has no maxReplicas, for which there is no default")
    elif most is not None and most < 1:
        text = f"maxReplicas of {autoscaler.ref} is {most}; it must be at least 1"
        yield report(autoscaler.value_at(*_MAX), text)
    elif least is not None and most is not None and least > most:
        text = f"minReplicas of {autoscaler.ref} is {least}, more than its maxReplicas of {most}"
        related = [Related(autoscaler.value_at(*_MAX), f"maxReplicas is {most}")]
        yield report(autoscaler.value_at(*_MIN), text, related=related)
    if least is not None and least < 1 and not (least == 0 and _may_scale_to_zero(autoscaler)):
        text = f"minReplicas of {autoscaler.ref} is {least}"
        reason = "it must not be negative" if least else "0 needs a metric of type Object or External, and it has none"
        yield report(autoscaler.value_at(*_MIN), f"{text}; {reason}")


def _may_scale_to_zero(autoscaler: HorizontalPodAutoscaler) -> bool:
    """Tell whether a metric goes on to be measured when no pod is left."""
    return any(metric.type in ("Object", "External") for metric in autoscaler.metrics)


@check("K8S321")
def fixed_replicas(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    least, most = autoscaler.minimum, autoscaler.maximum
    if most is None or most < 1 or least != most or _are_patched(autoscaler, context, _MIN, _MAX):
        return
    if autoscaler.get(*_MIN) is None and autoscaler.is_fragment:
        return
    replicas = "1 replica" if most == 1 else f"{most} replicas"
    text = f"{autoscaler.ref} never scales: both of its bounds are {replicas}"
    related = [Related(autoscaler.value_at(*_MIN), f"minReplicas is {least}")] if autoscaler.get(*_MIN) else []
    yield report(autoscaler.value_at(*_MAX), text, related=related)


@check("K8S322")
def single_replica(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    # Where all metrics come from outside, it is work in a queue that is scaled for, which may wait for a new pod.
    is_for_queue = bool(autoscaler.metrics) and all(metric.type == "External" for metric in autoscaler.metrics)
    is_written = autoscaler.get(*_MIN) is not None
    if not is_for_queue and (is_written or not autoscaler.is_fragment):
        yield from _too_few(autoscaler, is_written, context)


@check("K8S322")
def single_replica_of_scaled_object(autoscaler: ScaledObject, context: Context) -> Iterator[Report]:
    # By default KEDA scales to zero, which is what most people use it for.
    triggers = autoscaler.triggers
    if autoscaler.minimum and (not triggers or any(trigger in _TRIGGERS_OF_SERVERS for trigger in triggers)):
        yield from _too_few(autoscaler, True, context)


# Other triggers of KEDA count work that waits in a queue or a table.
_TRIGGERS_OF_SERVERS = frozenset({"cpu", "memory", "cron", "prometheus", "datadog", "new-relic", "metrics-api"})


def _too_few(autoscaler: Autoscaler, is_written: bool, context: Context) -> Iterator[Report]:
    least, wanted = autoscaler.minimum, context.options["min"]
    path = autoscaler.minimum_path
    if least is None or not 1 <= least < wanted or _are_patched(autoscaler, context, path):
        return
    replicas = "1 replica" if least == 1 else f"{least} replicas"
    unset = "" if is_written else ", for it sets no minReplicas"
    text = f"{autoscaler.ref} may leave {replicas} of {autoscaler.scale_target.ref}, fewer than {wanted}{unset}"
    place = autoscaler.value_at(*path) if is_written else autoscaler.at(*path)
    can_grow = is_written and autoscaler.maximum is not None and autoscaler.maximum >= wanted
    fixes = [Fix(f"write {wanted}", (replace_value(autoscaler, path, str(wanted)),))] if can_grow else []
    yield report(place, text, fixes=fixes)


def _are_patched(autoscaler: Autoscaler, context: Context, *paths: Path) -> bool:
    return any(context.project.is_patched(autoscaler, *map(str, path)) for path in paths)


@check("K8S331")
def excessive_max_replicas(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    most, ceiling = autoscaler.maximum, context.options["max"]
    if most is not None and ceiling is not None and most > ceiling:
        text = f"maxReplicas of {autoscaler.ref} is {most}, more than the {ceiling} allowed"
        yield report(autoscaler.value_at(*_MAX), text)


# Metrics.


@check("K8S324")
def target_without_requests(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    wanted = [metric for metric in autoscaler.metrics if metric.target_type == "Utilization"]
    wanted = [metric for metric in wanted if metric.name in _RESOURCES and metric.type in _RESOURCE_METRICS]
    targets = context.project.links.scale_targets(autoscaler) if wanted else []
    for metric in wanted:
        lacking = [_without_request(target, metric, context) for target in targets]
        # Where several objects may be meant, one that has all requests is enough.
        if lacking and all(lacking):
            yield _missing_request(metric, lacking[0])


_RESOURCE_METRICS = ("Resource", "ContainerResource")


def _without_request(target: object, metric: Metric, context: Context) -> list[Container]:
    """Give the containers of a workload whose utilization cannot be computed."""
    if not isinstance(target, Workload) or target.template is None or target.is_fragment:
        return []
    if context.project.is_patched(target, "spec", "template", "spec", "containers"):
        return []
    return [
        container
        for container in target.template.running_containers
        if metric.type == "Resource" or container.name == metric.container
        if not any(container.sets_resource(side, metric.name) for side in ("requests", "limits"))
        if not is_defaulted(container, "requests", metric.name, context)
    ]


def _missing_request(metric: Metric, containers: list[Container]) -> Report:
    autoscaler, first = metric.autoscaler, containers[0]
    path = metric.path if metric.path == _V1_TARGET else (*metric.path, _field_of(metric), "name")
    word = "CPU" if metric.name == "cpu" else metric.name
    others = len(containers) - 1
    more = f", nor {'has' if others == 1 else 'have'} {others} other container{'s' * (others > 1)}" if others else ""
    text = (
        f"{autoscaler.ref} scales by {word} utilization, which cannot be computed: "
        f"{first.ref} of {first.workload.ref} has neither a {word} request nor a {word} limit{more}"
    )
    related = [Related(one.at("resources"), f"{one.ref} requests no {word}") for one in containers]
    return report(autoscaler.at(*path) if path == _V1_TARGET else autoscaler.value_at(*path), text, related=related)


def _field_of(metric: Metric) -> str:
    return metric.type[:1].lower() + metric.type[1:]


@check("K8S329")
def extreme_target(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    for metric in autoscaler.metrics:
        if metric.utilization is None or metric.name not in _RESOURCES or metric.type not in _RESOURCE_METRICS:
            continue
        word = "CPU" if metric.name == "cpu" else "memory"
        severity: Severity | None = None
        most = context.options["max"] if metric.name == "cpu" else context.options["max_memory"]
        if metric.utilization <= 0:
            reason, severity = "it must be above 0", "error"
        elif metric.utilization < context.options["min"]:
            reason = f"below {context.options['min']}% most of what the pods request is never used"
        elif metric.utilization <= most:
            continue
        elif metric.utilization > 100:
            reason = "pods must use more than they request before any are added"
        else:
            reason = f"above {most}% nothing is left for the load that comes while new pods start"
        text = f"{autoscaler.ref} aims at a {word} utilization of {metric.utilization}%: {reason}"
        yield report(metric.target_place, text, severity=severity)


@check("K8S330")
def missing_metrics(autoscaler: HorizontalPodAutoscaler) -> Iterator[Report]:
    if not autoscaler.version.startswith("v2"):
        return
    if autoscaler.get(*_V1_TARGET) is not None:
        field = _V1_TARGET[-1]
        text = f'"{field}" of {autoscaler.ref} is a field of autoscaling/v1, which {autoscaler.api_version} lacks'
        hint = "Write an entry of metrics with type Resource in its place"
        yield report(autoscaler.key_at(*_V1_TARGET), text, hint=hint, severity="error")
    elif not autoscaler.get("spec", "metrics") and not autoscaler.is_fragment:
        text = f"{autoscaler.ref} has no metrics, which means a CPU utilization of 80%"
        yield report(autoscaler.at("spec", "metrics"), text)


# Behavior.


@check("K8S326")
def missing_behavior(autoscaler: HorizontalPodAutoscaler) -> Iterator[Report]:
    path = ("spec", "behavior", "scaleDown")
    if autoscaler.version == "v2" and not autoscaler.is_fragment and not autoscaler.get(*path):
        text = f"{autoscaler.ref} does not say how fast it scales down: by default all at once, after 5 minutes"
        yield report(autoscaler.at(*path), text)


@check("K8S327")
def flapping(autoscaler: HorizontalPodAutoscaler, context: Context) -> Iterator[Report]:
    rules = autoscaler.scaling("scaleDown")
    window, least = rules.stabilization, context.options["min_window"]
    if window is None or not 0 <= window < least or rules.is_disabled:
        return
    text = f"{autoscaler.ref} scales down after {window} seconds of lower load, fewer than {least}{_all_at_once(rules)}"
    yield report(rules.value_at("stabilizationWindowSeconds"), text)


def _all_at_once(rules: ScalingRules) -> str:
    for policy in rules.policies:
        if policy.type == "Percent" and policy.value is not None and policy.value >= 100 and policy.period:
            return f", and may take all pods but the minimum away within {policy.period} seconds"
    return ""


class _Bounds(NamedTuple):
    least: int
    most: int | None

    def __str__(self) -> str:
        return f"at least {self.least}" if self.most is None else f"{self.least} to {self.most}"

    def hold(self, value: int) -> bool:
        return value >= self.least and (self.most is None or value <= self.most)


# https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v2/
_WINDOW = _Bounds(0, 3600)
_POLICY_BOUNDS = {"value": _Bounds(1, None), "periodSeconds": _Bounds(1, 1800)}
_POLICY_TYPES = ("Pods", "Percent")
_SELECT_POLICIES = ("Max", "Min", "Disabled")


@check("K8S328")
def invalid_behavior(autoscaler: HorizontalPodAutoscaler) -> Iterator[Report]:
    for direction in ("scaleUp", "scaleDown"):
        rules = autoscaler.scaling(direction)
        yield from _out_of_bounds(rules, ("stabilizationWindowSeconds",), _WINDOW)
        yield from _unknown_word(rules, ("selectPolicy",), _SELECT_POLICIES)
        if rules.get("policies") == []:
            yield report(rules.at("policies"), f"{direction}.policies of {autoscaler.ref} is empty; leave it out")
        for policy in rules.policies:
            yield from _unknown_word(rules, (*policy.path, "type"), _POLICY_TYPES)
            for field, bounds in _POLICY_BOUNDS.items():
                yield from _out_of_bounds(rules, (*policy.path, field), bounds)
    down = autoscaler.scaling("scaleDown")
    if down.is_disabled:
        text = f"{autoscaler.ref} never scales down: selectPolicy of scaleDown is Disabled"
        hint = "Leave selectPolicy out, unless somebody else takes the pods away"
        yield report(down.value_at("selectPolicy"), text, severity="warning", hint=hint)


def _out_of_bounds(rules: ScalingRules, path: Path, bounds: _Bounds) -> Iterator[Report]:
    value = rules.integer(*path)
    if value is not None and not bounds.hold(value):
        yield report(rules.value_at(*path), f"{_field(rules, path)} is {value}; {bounds} is allowed")


def _unknown_word(rules: ScalingRules, path: Path, allowed: tuple[str, ...]) -> Iterator[Report]:
    value = rules.get(*path)
    if isinstance(value, str) and value not in allowed and not has_placeholder(value):
        near = next((word for word in allowed if word.casefold().startswith(value.casefold()[:3])), None)
        fixes = [Fix(f"write {near}", (replace_value(rules, path, near),))] if near and value else []
        text = f'{_field(rules, path)} is "{value}"; one of {", ".join(allowed)} is allowed'
        yield report(rules.value_at(*path), text, fixes=fixes)


def _field(rules: ScalingRules, path: Path) -> str:
    dotted = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"{rules.direction}{dotted} of {rules.autoscaler.ref}"


# What is scaled.


@check("K8S325")
def replicas_managed_by_autoscaler(workload: Workload, context: Context) -> Iterator[Report]:
    # With no replicas at all, autoscaling is switched off on purpose.
    if not workload.sets_replicas or not workload.replicas:
        return
    autoscalers = context.project.links.autoscalers_of(workload)
    if not autoscalers or context.project.is_patched(workload, "spec", "replicas"):
        return
    if _is_left_to_argo(workload, context.project):
        return
    path = ("spec", "replicas")
    edits = remove_key(workload, path)
    text = f"{workload.ref} sets replicas to {workload.replicas}, and {autoscalers[0].ref} sets them too"
    yield report(
        workload.at(*path),
        text,
        related=[Related(one.target_place, f"{one.ref} scales {workload.ref}{_range(one)}") for one in autoscalers],
        # The first apply without the field may set it to 1 for a moment.
        fixes=[Fix("leave replicas to the autoscaler", edits)] if edits else [],
    )


def _range(autoscaler: Autoscaler) -> str:
    least, most = autoscaler.minimum, autoscaler.maximum
    return "" if least is None or most is None else f" between {least} and {most} replicas"


def _is_left_to_argo(workload: Workload, project: "Project") -> bool:
    """Tell whether Argo CD leaves the replicas alone, or heals them, of which another rule speaks."""
    links = project.links
    applications = links.applications_of(workload)
    return (bool(applications) and links.leaves_differences) or any(
        links.heals_itself(one) or links.ignores_difference(one, workload, "spec", "replicas") for one in applications
    )


@check("K8S332")
def unscalable_target(autoscaler: Autoscaler) -> Iterator[Report]:
    problem = _target_problem(autoscaler)
    if problem is None:
        return
    path = (*autoscaler.target_path, problem.field)
    is_written = autoscaler.get(*path) is not None
    fixes = []
    if problem.better and is_written:
        fixes = [Fix(f"write {problem.better}", (replace_value(autoscaler, path, problem.better),))]
    text = f"{autoscaler.ref} {problem.message}"
    yield report(
        autoscaler.value_at(*path) if is_written else autoscaler.at(*path),
        text,
        severity=problem.severity,
        hint=f"Write {problem.field}: {problem.better}" if problem.better else None,
        fixes=fixes,
    )


class _Problem(NamedTuple):
    """Why nothing of the kind that an autoscaler names can be scaled."""

    field: str
    message: str
    better: str = ""
    severity: Severity | None = None


# Kinds with a scale subresource, and the only version of them that is served.
_SCALABLE = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "ReplicationController": "v1",
}
_UNSCALABLE = ("DaemonSet", "Job", "CronJob", "Pod")


def _target_problem(autoscaler: Autoscaler) -> _Problem | None:
    target = autoscaler.scale_target
    if autoscaler.is_vertical or not target.kind or _is_custom(target) or has_placeholder(target.api_version):
        return None
    if target.kind in _UNSCALABLE:
        return _Problem("kind", f"names {target.ref}, and objects of this kind cannot be scaled")
    kind = next((one for one in _SCALABLE if one.casefold() == target.kind.casefold()), None)
    if kind is None:
        return None
    if kind != target.kind:
        return _Problem("kind", f'names kind "{target.kind}", which does not exist; "{kind}" does', kind)
    served = _SCALABLE[kind]
    if not target.api_version:
        return _Problem("apiVersion", f"names no apiVersion for {target.ref}", served)
    if target.group != served.rpartition("/")[0]:
        return _Problem("apiVersion", f"looks for {target.ref} in {target.api_version}, which has no such kind", served)
    if target.api_version != served:
        # Only the group matters, so that this works; it misleads those who read it.
        text = f"names {target.api_version} for {target.ref}, which is no longer served"
        return _Problem("apiVersion", text, served, "warning")
    return None


def _is_custom(target: ScaleTarget) -> bool:
    """Tell whether the kind is not one of Kubernetes itself, whose groups with workloads have no dots."""
    return "." in target.group


@check("K8S333")
def competing_autoscalers(autoscaler: Autoscaler, context: Context) -> Iterator[Report]:
    target = autoscaler.scale_target
    rival = next(_rivals(autoscaler, context.project), None) if target.name and target.kind else None
    if rival is None:
        return
    text = f"{autoscaler.ref} and {rival.ref} both scale {target.ref}"
    severity: Severity | None = None
    if rival.is_vertical != autoscaler.is_vertical:
        text = f"{autoscaler.ref} changes what the pods of {target.ref} request, by which {rival.ref} scales them"
        severity = "warning"
    related = [Related(rival.at(*rival.target_path), f"{rival.ref} scales it, too")]
    yield report(autoscaler.at(*autoscaler.target_path), text, related=related, severity=severity)


def _rivals(autoscaler: Autoscaler, project: "Project") -> Iterator[Autoscaler]:
    """Yield the autoscalers, applied together with this one, that work against it; of two alike the earlier."""
    spaces, place = project.namespaces_of(autoscaler), environment_of(autoscaler.document.path)
    is_later = False
    for other in project.links.autoscalers_beside(autoscaler):
        is_later = is_later or other is autoscaler
        if other.is_vertical == autoscaler.is_vertical:
            is_rival = not is_later and other.ref != autoscaler.ref and not _takes_over(other, autoscaler)
        else:
            is_rival = _changes_what_is_measured(autoscaler, other)
        if (
            is_rival
            and do_share(spaces, project.namespaces_of(other))
            and same_environment(place, environment_of(other.document.path))
        ):
            yield other


def _takes_over(one: Autoscaler, other: Autoscaler) -> bool:
    """Tell whether one of two autoscalers is KEDA's and takes the other over."""
    path = ("spec", "advanced", "horizontalPodAutoscalerConfig", "name")
    return any(
        scaled.annotations.get("scaledobject.keda.sh/transfer-hpa-ownership") == "true"
        and scaled.string(*path) == taken.name
        for scaled, taken in ((one, other), (other, one))
    )


def _changes_what_is_measured(autoscaler: Autoscaler, other: Autoscaler) -> bool:
    """Tell whether a vertical autoscaler changes the requests on which the other one's utilization is based."""
    if not isinstance(autoscaler, VerticalPodAutoscaler) or not autoscaler.changes_pods:
        return False
    if isinstance(other, ScaledObject):
        measured = set(other.triggers)
    elif isinstance(other, HorizontalPodAutoscaler):
        measured = {one.name for one in other.metrics if one.target_type == "Utilization"}
        measured = measured if other.metrics else {"cpu"}
    else:
        return False
    return not autoscaler.resources.isdisjoint(measured)


_SCALED = gates.family(
    "scalable workloads",
    *((served.rpartition("/")[0], kind) for kind, served in _SCALABLE.items()),
    ("extensions", "Deployment"),
)


@check("K8S334")
def dangling_autoscaler(autoscaler: Autoscaler, context: Context) -> Iterator[Report]:
    project, target, gate = context.project, autoscaler.scale_target, context.options["gate"]
    if not target.name or not target.kind or gate == "off" or has_placeholder(target.name + target.kind):
        return
    if _target_problem(autoscaler) or project.links.may_have_target(autoscaler):
        return
    if project.is_patched(autoscaler, *map(str, autoscaler.target_path)):
        return
    near = _near_target(autoscaler, project)
    is_open = gate == "strict" or project.may_report_missing(
        _family_of(autoscaler), near=autoscaler, wanted=[target.name]
    )
    if near is None and not is_open:
        return
    related, hint = [], None
    if near is not None:
        related = [Related(near.at("metadata", "name"), f"{near.ref} is there")]
        field, value = ("name", near.name) if near.name != target.name else ("kind", near.kind)
        hint = f"Write {field}: {value}, if {near.ref} is meant"
    text = f"{autoscaler.ref} scales {target.ref}, which is not among the files of the project"
    yield report(autoscaler.target_place, text, related=related, hint=hint)


def _near_target(autoscaler: Autoscaler, project: "Project") -> Workload | None:
    """Give the workload that was probably meant: almost of that name, or of that name and another kind."""
    target = autoscaler.scale_target
    around = project.links.pods_near(autoscaler)
    alike = {one.name: one for one in around if one.kind == target.kind}
    name = nearest_name(target.name, alike)
    if name:
        return alike[name]
    if _is_custom(target):
        return None
    return next((one for one in around if one.name == target.name and one.kind in _SCALABLE), None)


def _family_of(autoscaler: Autoscaler) -> gates.Family:
    target = autoscaler.scale_target
    if _is_custom(target) or (not autoscaler.is_vertical and target.kind not in _SCALABLE):
        return gates.family(target.kind, (target.group, target.kind))
    return gates.PODS if autoscaler.is_vertical else _SCALED
