"""PodDisruptionBudgets: which workloads need one, and which budgets let no pod go."""

from collections.abc import Iterator
from typing import NamedTuple

from cnlint.checks.kubernetes.no_pods import no_pods
from cnlint.findings import Fix, Related, Report, report
from cnlint.graph.apply_sets import do_share
from cnlint.manifests.autoscaling import Autoscaler, PodDisruptionBudget
from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_FIELDS = ("minAvailable", "maxUnavailable")
_EVICTION_POLICY = "unhealthyPodEvictionPolicy"
_EVICTION_POLICY_SINCE = (1, 26)


@check("K8S340")
def missing_budget(workload: Workload, context: Context) -> Iterator[Report]:
    if not workload.has_replicas or workload.is_fragment or context.project.is_patched(workload, "spec", "replicas"):
        return
    reason = _needs_budget(workload, context)
    if reason and not context.project.links.may_be_guarded(workload):
        text = f"no PodDisruptionBudget selects the pods of {workload.ref}, {reason}"
        yield report(workload.at("metadata", "name"), text)


def _needs_budget(workload: Workload, context: Context) -> str:
    """Say why pods can be evicted one after the other; empty where they cannot, or where nobody can tell."""
    least = context.options["min_replicas"]
    for autoscaler in context.project.links.autoscalers_of(workload):
        if autoscaler.minimum is not None and autoscaler.minimum >= least:
            return f"of which {autoscaler.ref} keeps at least {autoscaler.minimum}"
    if workload.replicas is not None and workload.replicas >= least:
        return f"which has {workload.replicas} replicas"
    if context.options["count_unset_replicas"] and not workload.sets_replicas:
        return "which does not say how many replicas it has"
    return ""


@check("K8S341")
def missing_policy(budget: PodDisruptionBudget) -> Iterator[Report]:
    if all(budget.get("spec", field) is None for field in _FIELDS) and not looks_like_patch(budget):
        yield report(budget.at("spec"), f"{budget.ref} has neither minAvailable nor maxUnavailable")


@check("K8S342")
def blocked_evictions(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    for field, value in _limits(budget):
        problem = _invalid(value)
        if problem:
            yield report(budget.value_at("spec", field), f"{field} of {budget.ref} is {problem}", severity="error")
            continue
        limit = IntOrPercent.parse(value)
        if limit is not None and _lets_none_go(field, limit) and not context.project.is_patched(budget, "spec", field):
            yield report(budget.value_at("spec", field), f"{budget.ref} allows no eviction: its {field} is {limit}")


def _limits(budget: PodDisruptionBudget) -> list[tuple[str, object]]:
    """Give the limits of a budget that has one of the two; with both the API server refuses it anyway."""
    written = [(field, budget.get("spec", field)) for field in _FIELDS if budget.get("spec", field) is not None]
    return written if len(written) == 1 else []


def _invalid(value: object) -> str:
    """Say what is wrong with a limit, which the schema takes for any number or text."""
    if isinstance(value, str):
        limit = IntOrPercent.parse(value)
        if limit is None and not has_placeholder(value):
            return f'"{value}", which is neither a whole number nor a percentage such as 50%'
        return f"{value}, more than 100%" if limit is not None and limit.number > 100 else ""
    return f"{value}; it must not be negative" if isinstance(value, int) and value < 0 else ""


def _lets_none_go(field: str, limit: IntOrPercent) -> bool:
    if field == "maxUnavailable":
        return limit.number == 0
    # How many pods a number of minAvailable leaves depends on their number: K8S343 and K8S344.
    return limit.is_percent and limit.number == 100


class _Blocked(NamedTuple):
    """A budget of which the pods are too few: it never lets one go while there are no more of them."""

    wanted: int
    """How many pods must stay."""
    present: int
    """How many there are at least."""
    counts: tuple[Related, ...]
    """What says how many there are."""
    is_scaled: bool
    """Whether an autoscaler decides how many there are."""

    @property
    def exceeds_autoscaler(self) -> bool:
        """Whether more pods must stay than the autoscaler keeps."""
        return self.is_scaled and self.wanted > self.present


@check("K8S343")
def budget_exceeds_replicas(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    blocked = _blocked(budget, context)
    if blocked is not None and not blocked.exceeds_autoscaler:
        yield _too_many(budget, blocked)


@check("K8S344")
def budget_exceeds_autoscaler(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    blocked = _blocked(budget, context)
    if blocked is not None and blocked.exceeds_autoscaler:
        yield _too_many(budget, blocked)


def _too_many(budget: PodDisruptionBudget, blocked: _Blocked) -> Report:
    limit = budget.min_available
    share = f" ({limit} of {blocked.present})" if limit is not None and limit.is_percent else ""
    wanted, present = _pods(blocked.wanted) + share, _pods(blocked.present)
    if blocked.is_scaled:
        text = f"{budget.ref} allows no eviction while autoscaling leaves {present}: it keeps {wanted}"
    else:
        text = f"{budget.ref} allows no eviction: it keeps {wanted}, and there are no more than {blocked.present}"
    return report(budget.value_at("spec", "minAvailable"), text, related=blocked.counts)


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _blocked(budget: PodDisruptionBudget, context: Context) -> _Blocked | None:
    """Compare what a budget keeps with the pods that it selects; ``None`` where it lets one go, or nobody can tell."""
    limits = dict(_limits(budget))
    limit = IntOrPercent.parse(limits.get("minAvailable"))
    # A share of all pods blocks whatever their number is: K8S342.
    if limit is None or (limit.is_percent and limit.number >= 100):
        return None
    if context.project.is_patched(budget, "spec", "minAvailable"):
        return None
    counts = [_count(workload, context) for workload in context.project.links.pods_guarded_by(budget)]
    known = [count for count in counts if count is not None]
    present = sum(count.pods for count in known)
    wanted = limit.of(present, round_up=True)
    if len(known) < len(counts) or not present or wanted < present:
        return None
    return _Blocked(wanted, present, tuple(count.related for count in known), any(count.is_scaled for count in known))


class _Count(NamedTuple):
    """How many pods a workload has at least."""

    pods: int
    related: Related
    is_scaled: bool


def _count(workload: Workload, context: Context) -> _Count | None:
    autoscalers = context.project.links.autoscalers_of(workload)
    if autoscalers:
        least = autoscalers[0]
        path = least.minimum_path
        if least.minimum is None or context.project.is_patched(least, *map(str, path)):
            return None
        return _Count(least.minimum, Related(least.at(*path), _keeps(least, workload)), is_scaled=True)
    path = ("spec", "replicas")
    if workload.replicas is None or workload.is_fragment or context.project.is_patched(workload, *map(str, path)):
        return None
    place = workload.at(*path) if workload.sets_replicas else workload.at("metadata", "name")
    return _Count(workload.replicas, Related(place, f"{workload.ref} has {_replicas(workload.replicas)}"), False)


def _keeps(autoscaler: Autoscaler, workload: Workload) -> str:
    return f"{autoscaler.ref} may leave {_replicas(autoscaler.minimum or 0)} of {workload.ref}"


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


@check("K8S345")
def missing_eviction_policy(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    if budget.version != "v1" or context.settings.kubernetes_version < _EVICTION_POLICY_SINCE:
        return
    if budget.get("spec", _EVICTION_POLICY) is None and budget.mapping("spec") and not looks_like_patch(budget):
        text = f"{budget.ref} keeps pods that are not ready from being evicted: it has no {_EVICTION_POLICY}"
        is_free = _EVICTION_POLICY not in budget.mapping("spec")
        edits = add_key(budget, ("spec",), f"{_EVICTION_POLICY}: AlwaysAllow") if is_free else ()
        yield report(budget.at("spec", _EVICTION_POLICY), text, fixes=[Fix("allow it", edits)] if edits else [])


@check("K8S346")
def conflicting_policies(budget: PodDisruptionBudget) -> Iterator[Report]:
    written = [key for key, value in budget.mapping("spec").items() if key in _FIELDS and value is not None]
    if len(written) == len(_FIELDS):
        text = f"{budget.ref} has both {written[0]} and {written[1]}, and only one of them is allowed"
        related = [Related(budget.key_at("spec", written[0]), "the other one")]
        yield report(budget.key_at("spec", written[1]), text, related=related)


@check("K8S347")
def missing_selector(budget: PodDisruptionBudget) -> Iterator[Report]:
    written = budget.get("spec", "selector")
    for problem in budget.selector.problems:
        text = f"the selector of {budget.ref} is invalid: {problem.message}"
        yield report(budget.at("spec", "selector", *problem.path), text)
    if looks_like_patch(budget):
        return
    if written is None:
        yield report(budget.at("spec"), f"{budget.ref} has no selector, so that it guards no pods")
    elif budget.selector.is_empty:
        text = f"{budget.ref} guards all pods of its namespace: its selector is empty"
        yield report(budget.at("spec", "selector"), text, severity="info")
    elif isinstance(written, dict) and not any(written.values()):
        yield report(budget.at("spec", "selector"), f"{budget.ref} guards no pods: its selector is empty")


@check("K8S348")
def dangling_budget(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    missing = no_pods(budget, budget.selector, context, ("spec", "selector"))
    if missing is not None:
        text = f"{budget.ref} guards pods with {budget.selector}, and {missing.text}"
        yield report(budget.at("spec", "selector"), text, related=missing.related, hint=missing.hint)


@check("K8S349")
def overlapping_budgets(budget: PodDisruptionBudget, context: Context) -> Iterator[Report]:
    project = context.project
    if project.is_patched(budget, "spec", "selector"):
        return
    for workload in project.links.pods_guarded_by(budget):
        other = next((one for one in project.links.budgets_of(workload) if _is_rival(one, budget, context)), None)
        if other is not None:
            text = f"{budget.ref} and {other.ref} both guard the pods of {workload.ref}, so that none can be evicted"
            related = [
                Related(other.at("spec", "selector"), f"the selector of {other.ref}"),
                Related(workload.at("metadata", "name"), workload.ref),
            ]
            yield report(budget.at("spec", "selector"), text, related=related)
            return


def _is_rival(other: PodDisruptionBudget, budget: PodDisruptionBudget, context: Context) -> bool:
    """Tell whether another budget that comes before this one is applied with it, in the same namespace."""
    # The same object twice is written for several environments.
    if other.name == budget.name or other.identity >= budget.identity:
        return False
    project = context.project
    if not project.apply_sets.is_with(budget.document.path, other.document.path):
        return False
    if project.is_patched(other, "spec", "selector"):
        return False
    return do_share(project.namespaces_of(budget), project.namespaces_of(other))
