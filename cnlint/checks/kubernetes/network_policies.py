"""NetworkPolicies: the pods that they select and those that none selects, and what they let through."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.no_pods import no_pods
from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.network_policies import DIRECTIONS, NetworkPolicy, NetworkPolicyPeer
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Names of policies that are meant to let everything through.
_FOR_ALL = regex(
    r"(?:.*[-.])?(?:all|any|anywhere|everyone|everything|external|internet|open|public|unrestricted|world)(?:[-.].*)?"
)


@check("K8S374")
def dangling_policy(policy: NetworkPolicy, context: Context) -> Iterator[Report]:
    for problem in policy.selector.problems:
        text = f"the podSelector of {policy.ref} is invalid: {problem.message}"
        yield report(policy.at("spec", "podSelector", *problem.path), text)
    missing = no_pods(policy, policy.selector, context, ("spec", "podSelector"))
    if missing is not None:
        text = f"{policy.ref} selects {policy.selector}, and {missing.text}"
        yield report(policy.at("spec", "podSelector"), text, related=missing.related, hint=missing.hint)


@check("K8S375")
def dangling_peer(policy: NetworkPolicy, context: Context) -> Iterator[Report]:
    for rule in policy.rules():
        path = rule.path[len(policy.path) :]
        for peer in rule.peers:
            yield from _dangling(peer, policy, context, (*path, *peer.path[len(rule.path) :], "podSelector"))


def _dangling(
    peer: NetworkPolicyPeer, policy: NetworkPolicy, context: Context, path: tuple[str | int, ...]
) -> Iterator[Report]:
    selector = peer.pod_selector
    for problem in selector.problems:
        yield report(policy.at(*path, *problem.path), f"a selector of {policy.ref} is invalid: {problem.message}")
    if selector.is_absent or peer.get("ipBlock") is not None:
        return
    words = "from" if peer.rule.direction == "Ingress" else "to"
    if peer.has_namespaces:
        if _is_nowhere(selector, context):
            text = (
                f"{policy.ref} allows traffic {words} pods with {selector}, and no workload of any namespace has such"
            )
            yield report(policy.at(*path), text)
        return
    missing = no_pods(policy, selector, context, path)
    if missing is not None:
        text = f"{policy.ref} allows traffic {words} pods with {selector}, and {missing.text}"
        yield report(policy.at(*path), text, related=missing.related, hint=missing.hint)


def _is_nowhere(selector: LabelSelector, context: Context) -> bool:
    """Tell whether no pods of a whole system have some labels; pods of other namespaces may be of any repository."""
    project = context.project
    if not project.settings.complete or context.options["gate"] == "off" or selector.is_empty or not selector.is_known:
        return False
    return next(project.links.pods_matching(selector), None) is None


@check("K8S376")
def missing_policy(workload: Workload, context: Context) -> Iterator[Report]:
    if not _may_lack_policy(workload, context):
        return
    links = context.project.links
    lacking = [direction for direction in DIRECTIONS if not links.may_be_restricted(workload, direction)]
    place = workload.at("metadata", "name")
    if len(lacking) == len(DIRECTIONS):
        yield report(place, f"no NetworkPolicy selects the pods of {workload.ref}")
    elif lacking and context.options["both_directions"]:
        yield report(place, f"no NetworkPolicy restricts the {lacking[0].lower()} of the pods of {workload.ref}")


def _may_lack_policy(workload: Workload, context: Context) -> bool:
    """Tell whether a workload should have policies, and they would be seen if there were any."""
    project, gate = context.project, context.options["gate"]
    if workload.template is None or workload.is_fragment or workload.kind == "PodTemplate" or gate == "off":
        return False
    if workload.template.host_network or not workload.name:
        return False
    if project.is_patched(workload, "spec", "template", "metadata", "labels"):
        return False
    return gate == "strict" or (
        project.gates.are_known(workload) and (project.links.has_policies or bool(project.settings.complete))
    )


@check("K8S377")
def partial_policy(workload: Workload, context: Context) -> Iterator[Report]:
    if workload.template is None or workload.is_fragment or workload.template.host_network or not workload.name:
        return
    project = context.project
    policies = project.links.policies_of(workload)
    if not policies or not project.gates.are_known(workload):
        return
    covered = [one for one in DIRECTIONS if project.links.may_be_restricted(workload, one)]
    if len(covered) == 1 and any(policy.covers(covered[0]) for policy in policies):
        text = f"NetworkPolicies restrict the {covered[0].lower()} of the pods of {workload.ref} alone"
        related = [Related(one.at("spec"), f"{one.ref} selects them") for one in policies[:1]]
        yield report(workload.at("metadata", "name"), text, related=related)


@check("K8S378")
def unrestricted_policy(policy: NetworkPolicy) -> Iterator[Report]:
    if policy.selector.is_empty or policy.selector.is_absent or _FOR_ALL.fullmatch(policy.name.casefold()):
        return
    for rule in policy.rules():
        if rule.allows_everything:
            everybody = "from everywhere" if rule.direction == "Ingress" else "to everywhere"
            text = f"{policy.ref} selects some pods, and this rule allows them all traffic {everybody}"
            # A rule for all egress beside those for ingress mostly says so on purpose.
            severity: Severity | None = "info" if rule.direction == "Egress" else None
            yield report(rule.at(), text, severity=severity)


@check("K8S712")
def policy_without_selector(policy: NetworkPolicy) -> Iterator[Report]:
    if not policy.mapping("spec") or policy.get("spec", "podSelector") is not None or looks_like_patch(policy):
        return
    peers = [peer for rule in policy.all_rules() for peer in rule.peers]
    if not any(peer.get(field) is not None for peer in peers for field in ("podSelector", "namespaceSelector")):
        text = f"{policy.ref} has no podSelector, so that it restricts all pods of its namespace"
        yield report(policy.at("spec"), text)
