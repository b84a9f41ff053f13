"""What the rules of roles let their holder do: read Secrets, run anything, take more rights."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from cnlint.checks.kubernetes.wording import quoted
from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.rbac import (
    CHANGING_VERBS,
    EXEC_RESOURCES,
    EXEC_VERBS,
    GROUP,
    READING_VERBS,
    RbacRule,
    Resources,
    RoleBinding,
    is_platform_group,
)
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_ADMISSION = ("admissionregistration.k8s.io",)
_APPS = ("apps", "extensions")
_CERTIFICATES = ("certificates.k8s.io",)
_CORE = ("",)
_IDENTITIES = ("authentication.k8s.io",)
_RBAC = (GROUP,)
_MOST_BINDINGS = 5


class _Power(NamedTuple):
    """What a rule may let its holder do."""

    verbs: Sequence[str]
    resources: Resources
    effect: str
    """What comes of it."""
    narrowed: Severity | Literal["silent"] | None = None
    """How it is reported where the rule is limited to objects of some names; ``None``: like any other."""
    is_verb: bool = False
    """Whether the verb is what is odd, not the resource."""
    is_for_cluster: bool = False
    """Whether the resources belong to no namespace, so that only a ClusterRole can allow it."""


_EXEC = _Power(EXEC_VERBS, EXEC_RESOURCES, "its holder can run commands in containers")
_READ_SECRETS = _Power(READING_VERBS, {"secrets": _CORE}, "its holder reads the passwords and keys in them", "silent")
_RUN = _Power(
    CHANGING_VERBS,
    {
        "pods": _CORE,
        "replicationcontrollers": _CORE,
        **dict.fromkeys(("deployments", "daemonsets", "replicasets", "statefulsets"), _APPS),
        **dict.fromkeys(("jobs", "cronjobs"), ("batch",)),
    },
    "its holder decides what runs, and as which account",
    "silent",
)
_ESCALATE = _Power(
    ("bind", "escalate"),
    dict.fromkeys(("roles", "clusterroles"), _RBAC),
    "its holder can give itself rights that it lacks",
    "warning",
    is_verb=True,
)
_IMPERSONATE = _Power(
    ("impersonate",),
    {
        **dict.fromkeys(("users", "groups", "serviceaccounts"), _CORE),
        **dict.fromkeys(("uids", "userextras/*"), _IDENTITIES),
    },
    "its holder can act in the name of others",
    "warning",
    is_verb=True,
)
_SERVICE_STATUS = _Power(
    ("update", "patch"),
    {"services/status": _CORE},
    "its holder can draw the traffic for any address to itself (CVE-2020-8554)",
)
_POWERS = {
    "K8S609": _Power(
        CHANGING_VERBS, {"secrets": _CORE}, "its holder decides which passwords and keys are there", "info"
    ),
    "K8S612": _Power(
        ("create", "update", "patch"),
        dict.fromkeys(("rolebindings", "clusterrolebindings"), _RBAC),
        "its holder can hand out roles",
    ),
    "K8S617": _Power(
        CHANGING_VERBS,
        dict.fromkeys(
            (
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
                "mutatingadmissionpolicies",
                "validatingadmissionpolicies",
            ),
            _ADMISSION,
        ),
        "its holder decides what the API server admits, and can read it",
        "info",
        is_for_cluster=True,
    ),
    "K8S619": _Power(CHANGING_VERBS, {"configmaps": _CORE}, "its holder can change how programs behave", "silent"),
    "K8S621": _Power(
        CHANGING_VERBS,
        {
            "services": _CORE,
            "endpoints": _CORE,
            "endpointslices": ("discovery.k8s.io",),
            "networkpolicies": ("networking.k8s.io", "extensions"),
            "ingresses": ("networking.k8s.io", "extensions"),
        },
        "its holder decides where traffic goes",
    ),
    "K8S625": _Power(
        ("delete", "deletecollection"),
        {"pods/log": _CORE, "events": ("", "events.k8s.io")},
        "its holder can remove traces",
    ),
}
_NODE_PROXY = _Power(
    ("get", "create", "connect"),
    {"nodes/proxy": _CORE},
    "its holder reaches every pod of a node, and no admission or audit sees it",
    is_for_cluster=True,
)


def _checks(power: _Power) -> Callable[[RbacRule], Iterator[Report]]:
    def judge(rule: RbacRule) -> Iterator[Report]:
        yield from _held(rule, power)

    return judge


for _code, _power in _POWERS.items():
    check(_code)(_checks(_power))


def _held(rule: RbacRule, power: _Power, related: list[Related] | tuple[Related, ...] = ()) -> Iterator[Report]:
    """Report a rule that gives a power; one that allows everything is reported for that alone."""
    verbs, resources = _matched(rule, power)
    if not verbs or not resources or (rule.is_narrowed and power.narrowed == "silent"):
        return
    place = rule.item("verbs", verbs[0]) if power.is_verb else rule.item("resources", resources[0])
    if power.is_for_cluster and not rule.role.is_for_cluster:
        text = f"{rule.role.ref} names {quoted(resources)} outside of namespaces, which only a ClusterRole can allow"
        yield report(place, text, severity="info")
        return
    severity = power.narrowed if rule.is_narrowed and power.narrowed != "silent" else None
    yield report(place, f"{_allowed(rule, verbs, resources)}: {power.effect}", related=related, severity=severity)


def _matched(rule: RbacRule, power: _Power) -> tuple[list[str], list[str]]:
    """Give the verbs and resources of a rule by which it gives a power."""
    if rule.allows_all or rule.role.is_default:
        return [], []
    verbs = rule.verbs_among(power.verbs)
    return verbs, rule.resources_among(power.resources) if verbs else []


def _allowed(rule: RbacRule, verbs: list[str], resources: list[str]) -> str:
    return f"{rule.role.ref} allows {quoted(verbs)} on {quoted(resources)}"


# Secrets, workloads and commands in containers.


@check("K8S403")
def secret_access(rule: RbacRule, context: Context) -> Iterator[Report]:
    if not context.options["bound_only"] or _is_held_by_programs(rule, context):
        yield from _held(rule, _READ_SECRETS._replace(verbs=context.options["verbs"]), _holders(rule, context))


@check("K8S404")
def workload_creation(rule: RbacRule, context: Context) -> Iterator[Report]:
    resources = {name: _RUN.resources.get(name, rule.api_groups) for name in context.options["resources"]}
    power = _RUN._replace(verbs=context.options["verbs"], resources=resources)
    yield from _held(rule, power, _holders(rule, context))


def _holders(rule: RbacRule, context: Context) -> list[Related]:
    bindings = context.project.links.bindings_of(rule.role)[:_MOST_BINDINGS]
    return [Related(one.at("roleRef"), f"{one.ref} gives it to {_subjects(one)}") for one in bindings]


def _subjects(binding: RoleBinding, most: int = 3) -> str:
    names = [subject.ref for subject in binding.subjects]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "nobody"


def _is_held_by_programs(rule: RbacRule, context: Context) -> bool:
    bindings = context.project.links.bindings_of(rule.role)
    return any(subject.is_program for binding in bindings for subject in binding.subjects)


@check("K8S405")
def pod_exec(rule: RbacRule, context: Context) -> Iterator[Report]:
    role = rule.role
    is_usual = role.is_for_cluster and role.name in ("cluster-admin", "admin", "edit")
    if not is_usual and not matches_any(role.name, context.options["exempt_names"]):
        yield from _held(rule, _EXEC)


# Ways to more rights.


@check("K8S610")
def escalation(rule: RbacRule, context: Context) -> Iterator[Report]:
    if context.options["bound_only"] and not _is_held_by_programs(rule, context):
        return
    yield from _held(rule, _named_on_bindings(rule), _holders(rule, context))


def _named_on_bindings(rule: RbacRule) -> _Power:
    """Count the bindings too where a verb is named: whoever writes that wants roles to be bound."""
    if not rule.verbs_among(_ESCALATE.verbs) or "*" in rule.verbs:
        return _ESCALATE
    bindings = dict.fromkeys(("rolebindings", "clusterrolebindings"), _RBAC)
    return _ESCALATE._replace(resources={**_ESCALATE.resources, **bindings})


@check("K8S611")
def impersonation(rule: RbacRule, context: Context) -> Iterator[Report]:
    if not context.options["bound_only"] or _is_held_by_programs(rule, context):
        yield from _held(rule, _IMPERSONATE, _holders(rule, context))


@check("K8S615")
def node_proxy(rule: RbacRule, context: Context) -> Iterator[Report]:
    verbs = rule.verbs if context.options["any_verb"] else _NODE_PROXY.verbs
    yield from _held(rule, _NODE_PROXY._replace(verbs=verbs))


_APPROVALS = (
    _Power(
        ("update", "patch"),
        {"certificatesigningrequests/approval": _CERTIFICATES},
        "its holder can have certificates made for any user",
    ),
    _Power(
        ("approve",),
        {"signers": _CERTIFICATES},
        "its holder can have certificates made for any user",
    ),
)


@check("K8S618")
def certificate_approval(rule: RbacRule, context: Context) -> Iterator[Report]:
    if context.options["require_both"]:
        matched = [any(all(_matched(one, power)) for one in rule.role.rules) for power in _APPROVALS]
        if not all(matched):
            return
    for power in _APPROVALS:
        for found in _held(rule, power):
            # Signers of other domains make no certificates that the API server trusts.
            names = rule.resource_names if power is _APPROVALS[1] else []
            is_foreign = bool(names) and not any(name.startswith(("kubernetes.io/", "*", "$", "{")) for name in names)
            yield found._replace(severity="info") if is_foreign else found


@check("K8S620")
def aws_auth(rule: RbacRule, context: Context) -> Iterator[Report]:
    wanted = [name for name in context.options["names"] if name in rule.resource_names]
    verbs, resources = _matched(rule, _Power(CHANGING_VERBS, {"configmaps": _CORE}, ""))
    if wanted and verbs and resources:
        text = f"{rule.role.ref} allows {quoted(verbs)} on ConfigMap {quoted(wanted)}, which decides who administers"
        yield report(rule.item("resourceNames", wanted[0]), f"{text} the EKS cluster")


@check("K8S622")
def service_status(rule: RbacRule, context: Context) -> Iterator[Report]:
    if not context.options["bound_only"] or _is_held_by_programs(rule, context):
        yield from _held(rule, _SERVICE_STATUS, _holders(rule, context))


# Rules added to built-in roles.


_WIDENING = (_ESCALATE, _IMPERSONATE._replace(resources=dict.fromkeys(("users", "groups"), _CORE)))
"""What none of the built-in roles has; edit and admin have Secrets, commands in containers and ServiceAccounts."""


@check("K8S631")
def widened_role(rule: RbacRule) -> Iterator[Report]:
    for target in rule.role.aggregates_to:
        added = "" if rule.role.is_default else _added_to(rule, target)
        if added:
            text = f'{rule.role.ref} adds {added} to the ClusterRole "{target}" that every cluster has'
            yield report(rule.at(), text)
            return


def _added_to(rule: RbacRule, target: str) -> str:
    """Say what a rule adds to a built-in role that goes beyond what this is for."""
    if rule.allows_all:
        return "every verb on everything"
    is_platform = any(map(is_platform_group, rule.api_groups))
    if "*" in rule.verbs and rule.resources and (is_platform or target == "view"):
        on = "every resource" if "*" in rule.resources else quoted(rule.resources)
        return f"every verb on {on}"
    for power in (_ESCALATE, _IMPERSONATE, _READ_SECRETS, _EXEC) if target == "view" else _WIDENING:
        verbs, resources = _matched(rule, power)
        if verbs and resources:
            return f"{quoted(verbs)} on {quoted(resources)}"
    return f"{quoted(rule.verbs)} on every resource" if "*" in rule.resources and is_platform and rule.verbs else ""
