"""Traffic policies of DestinationRules: how clients treat the pods of a host."""

from collections.abc import Iterator

from cnlint.checks.istio.wording import listed
from cnlint.findings import Report, report
from cnlint.manifests.istio import DestinationRule
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check


@check("IST307")
def missing_traffic_policy(rule: DestinationRule, context: Context) -> Iterator[Report]:
    if not rule.host or rule.get("spec", "workloadSelector") is not None:
        return
    if any(context.project.is_patched(rule, "spec", field) for field in ("trafficPolicy", "subsets")):
        return
    if rule.get("spec", "trafficPolicy") is not None or any(
        subset.get("trafficPolicy") is not None for subset in rule.subsets
    ):
        return
    names = [f'"{subset.name}"' for subset in rule.subsets if subset.name]
    what = f"only names subset{'s' if len(names) > 1 else ''} {listed(names)}" if names else "says nothing"
    yield report(rule.at("spec"), f'{rule.ref} {what} of host "{rule.host}": it sets no traffic policy')


@check("IST308")
def missing_outlier_detection(rule: DestinationRule, context: Context) -> Iterator[Report]:
    project = context.project
    if not rule.host or has_placeholder(rule.host) or rule.host.startswith("*") or _has_outlier_detection(rule):
        return
    if any(project.is_patched(rule, "spec", field) for field in ("trafficPolicy", "subsets")):
        return
    if any(service.is_external_name for service in project.links.services_of_host(rule.host, rule)):
        return
    yield report(
        rule.at("spec", "trafficPolicy"),
        f'{rule.ref} has no outlier detection: requests to "{rule.host}" go on to pods that keep failing',
    )


def _has_outlier_detection(rule: DestinationRule) -> bool:
    """Tell whether the whole host has outlier detection, or each of its subsets."""
    if rule.traffic_policy is not None and rule.traffic_policy.sets("outlierDetection"):
        return True
    policies = [subset.traffic_policy for subset in rule.subsets]
    return bool(policies) and all(policy is not None and policy.sets("outlierDetection") for policy in policies)
