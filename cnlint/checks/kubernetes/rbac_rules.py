"""Rules of roles as such: wildcards, rules that allow everything, and rules that match nothing."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.wording import quoted
from cnlint.findings import Report, Severity, report
from cnlint.graph.names import nearest_word
from cnlint.manifests.rbac import RbacRule
from cnlint.manifests.rbac_names import VERBS, misnomers
from cnlint.rules import Context, check


@check("K8S402")
def wildcards(rule: RbacRule, context: Context) -> Iterator[Report]:
    # Paths have wildcards of their own, and a rule that allows everything is K8S603.
    if rule.allows_all or rule.role.is_default or not rule.resources:
        return
    is_custom = rule.is_about_custom_resources
    if is_custom and context.options["allow_custom_groups"]:
        return
    severity: Severity | None = "info" if is_custom else None
    of_groups = f" of {quoted(rule.api_groups)}" if is_custom else ""
    if "*" in rule.verbs and _is_judged(rule, context):
        text = f"{rule.role.ref} allows every verb on {_named(rule.resources)}{of_groups}"
        yield report(rule.item("verbs", "*"), text, severity=severity)
    if "*" in rule.resources:
        text = f"{rule.role.ref} allows {_named(rule.verbs, 'every verb')} on every resource{of_groups}"
        yield report(rule.item("resources", "*"), text, severity=severity)
    if "*" in rule.api_groups:
        text = f"{rule.role.ref} speaks of {_named(rule.resources)} in every API group"
        yield report(rule.item("apiGroups", "*"), text, severity="info")


def _is_judged(rule: RbacRule, context: Context) -> bool:
    """Tell whether a wildcard for verbs matters: on some resources only, if the option names them."""
    wanted = context.options["resources"]
    return not wanted or "*" in rule.resources or any(resource in wanted for resource in rule.resources)


def _named(texts: list[str], everything: str = "every resource") -> str:
    return everything if "*" in texts or not texts else quoted(texts)


@check("K8S603")
def full_access(rule: RbacRule) -> Iterator[Report]:
    if rule.allows_all and not rule.role.is_default:
        where = "everything" if "*" in rule.api_groups else "everything in the core group, Secrets and pods included"
        within = "" if rule.role.is_for_cluster else " of its namespace"
        yield report(rule.at(), f"{rule.role.ref} allows every verb on {where}{within}")


@check("K8S632")
def unknown_names(rule: RbacRule, context: Context) -> Iterator[Report]:
    for one in misnomers(rule, context.options["extra_verbs"]):
        kind = {"verbs": "verb", "apiGroups": "API group", "resources": "resource"}[one.field]
        meant = one.meant
        if meant is None and one.field == "verbs":
            meant = nearest_word(one.text, VERBS - {"*"})
        yield report(
            rule.item(one.field, one.text),
            f'{kind} "{one.text}" in a rule of {rule.role.ref} matches nothing: {one.reason}',
            hint=None if meant is None else f'Write "{meant}"' if meant else "Write an empty text in quotes",
        )
