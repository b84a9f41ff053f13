"""Limits for namespaces: LimitRanges and ResourceQuotas."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.wording import quoted
from cnlint.findings import Report, report
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.patches import looks_like_patch
from cnlint.rules import Context, check


@check("K8S705")
def incomplete_limit_range(limits: Manifest, context: Context) -> Iterator[Report]:
    if limits.group or looks_like_patch(limits) or not isinstance(limits.get("spec", "limits"), list | None):
        return
    wanted = context.options["fields"]
    items = [item for _, item in mappings(limits, "spec", "limits")]
    # Those of type Pod cannot have defaults.
    lacking = [[field for field in wanted if not item.get(field)] for item in items if item.get("type") != "Pod"]
    if not all(lacking):
        return
    if not lacking:
        yield report(limits.at("spec", "limits"), f"{limits.ref} says nothing of containers")
        return
    text = f"{limits.ref} has no item with all fields, and the best one lacks {quoted(min(lacking, key=len))}"
    yield report(limits.at("spec", "limits"), text)


_ALIASES = {"requests.cpu": "cpu", "requests.memory": "memory"}
_COMPUTE = frozenset({"requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "cpu", "memory"})


@check("K8S706")
def incomplete_resource_quota(quota: Manifest, context: Context) -> Iterator[Report]:
    if not _is_of_compute(quota) or looks_like_patch(quota):
        return
    project = context.project
    found = project.index.by_kind.get(("", "ResourceQuota"), ())
    quotas = [one.view for one in project.apply_sets.visible(found, project.resource_of(quota))]
    held = {key for one in (quota, *quotas) for key in one.mapping("spec", "hard")}
    missing = [one for one in context.options["fields"] if one not in held and _ALIASES.get(one) not in held]
    if missing:
        yield report(quota.at("spec", "hard"), f"{quota.ref} sets no bound for {quoted(missing)}")


def _is_of_compute(quota: Manifest) -> bool:
    """Tell whether a quota is one of CPU and memory for all pods of its namespace."""
    hard = quota.get("spec", "hard")
    if quota.group or not isinstance(hard, dict) or quota.get("spec", "scopes") or quota.get("spec", "scopeSelector"):
        return False
    return not hard or not _COMPUTE.isdisjoint(hard)
