"""Role bindings: roles that do not exist, roles that allow too much, and subjects that stand for too many."""

import re
from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.graph import gates
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.rbac import RbacRule, RbacSubject, RoleBinding
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

# Roles that do not exist.


@check("K8S385")
def dangling_binding(binding: RoleBinding, context: Context) -> Iterator[Report]:
    project, links, gate = context.project, context.project.links, context.options["gate"]
    kind, name = binding.role
    if gate == "off" or kind not in ("Role", "ClusterRole") or not name or has_placeholder(name):
        return
    if kind == "Role" and binding.kind == "ClusterRoleBinding":
        text = f'{binding.ref} gives Role "{name}", and a ClusterRoleBinding can give a ClusterRole only'
        yield report(binding.at("roleRef", "kind"), text, severity="error", hint="Give a ClusterRole, or bind the Role")
    elif not links.may_have_role(binding) and not project.is_patched(binding, "roleRef"):
        yield from _dangling(binding, context)


def _dangling(binding: RoleBinding, context: Context) -> Iterator[Report]:
    kind, name = binding.role
    elsewhere, near = context.project.links.role_elsewhere(binding), context.project.links.nearest_role(binding)
    message = f"{binding.ref} gives {binding.role.ref}, which nothing in the project makes"
    if elsewhere is not None and (elsewhere.is_for_cluster or binding.kind == "RoleBinding"):
        where = f' in namespace "{elsewhere.namespace}"' if elsewhere.namespace else ""
        yield report(
            binding.role_place,
            f"{binding.ref} gives {binding.role.ref}, and there is only {elsewhere.ref}{where}",
            related=[Related(elsewhere.at("metadata", "name"), f"{elsewhere.ref} is here")],
            hint="Put both into one namespace" if elsewhere.kind == kind else f"Write kind: {elsewhere.kind}",
        )
    elif near is not None:
        written, role = near
        related = [Related(role.at("metadata", "name"), f"{role.ref} is here")] if role is not None else []
        yield report(binding.role_place, message, related=related, hint=f'Write "{written}"')
    elif context.options["gate"] == "strict" or _may_report(kind, name, binding, context):
        yield report(binding.role_place, message)


def _may_report(kind: str, name: str, binding: RoleBinding, context: Context) -> bool:
    # ClusterRoles come from anywhere: only who says that all is here hears of them.
    if kind == "ClusterRole":
        return bool(context.settings.complete)
    return context.project.may_report_missing(gates.ROLES, near=binding, wanted=[name])


# Roles that allow too much.


@check("K8S400")
def cluster_admin(binding: RoleBinding, context: Context) -> Iterator[Report]:
    kind, name = binding.role
    if kind != "ClusterRole" or _is_exempt(binding, context):
        return
    if name == "cluster-admin":
        extent = "everything in the cluster" if binding.kind == "ClusterRoleBinding" else "everything in its namespace"
        yield report(binding.role_place, f'{binding.ref} gives ClusterRole "cluster-admin": {extent}')
    elif name in context.options["strict_roles"] and context.settings.profile != "default":
        yield report(binding.role_place, f'{binding.ref} gives the broad ClusterRole "{name}"', severity="warning")


def _is_exempt(binding: RoleBinding, context: Context) -> bool:
    return binding.is_default or matches_any(binding.name, context.options["exempt_names"])


@check("K8S401")
def admin_equivalent(binding: RoleBinding, context: Context) -> Iterator[Report]:
    # What cluster-admin itself allows is K8S400.
    if _is_exempt(binding, context) or binding.role == ("ClusterRole", "cluster-admin"):
        return
    for rule in _rules_given(binding, context):
        if rule.equals_cluster_admin:
            within = "" if binding.kind == "ClusterRoleBinding" else " in its namespace"
            yield _given(binding, rule, f"which allows everything{within}, as cluster-admin does")
            return


@check("K8S406")
def given_exec(binding: RoleBinding, context: Context) -> Iterator[Report]:
    if _is_exempt(binding, context):
        return
    for rule in _rules_given(binding, context):
        if rule.allows_exec:
            yield _given(binding, rule, "whose holder can run commands in containers")
            return


@check("K8S407")
def listed_access(binding: RoleBinding, context: Context) -> Iterator[Report]:
    resources, verbs = (list(map(re.compile, context.options[name])) for name in ("resources", "verbs"))
    for rule in _rules_given(binding, context) if resources and verbs else ():
        given = [text for text in rule.resources if text == "*" or any(one.search(text) for one in resources)]
        allowed = [text for text in rule.verbs if text == "*" or any(one.search(text) for one in verbs)]
        if given and allowed:
            yield _given(binding, rule, f'which allows "{", ".join(allowed)}" on "{", ".join(given)}"')
            return


def _rules_given(binding: RoleBinding, context: Context) -> list[RbacRule]:
    """Give the rules of the role that a binding gives, as far as the project shows them."""
    role = None if binding.role == ("ClusterRole", "view") else context.project.links.role_of(binding)
    if role is None or role.is_default or context.project.is_patched(role, "rules"):
        return []
    return context.project.links.rules_of(role)


def _given(binding: RoleBinding, rule: RbacRule, effect: str) -> Report:
    text = f"{binding.ref} gives {binding.role.ref}, {effect}"
    return report(binding.role_place, text, related=[Related(rule.at(), f"the rule of {rule.role.ref}")])


# Subjects that stand for too many.


@check("K8S605")
def anonymous(subject: RbacSubject, context: Context) -> Iterator[Report]:
    if subject.name in ("system:anonymous", "system:unauthenticated") and _is_judged(subject, context):
        yield _given_to(subject, "everybody who reaches the API server, without any credentials")


@check("K8S606")
def masters(subject: RbacSubject) -> Iterator[Report]:
    if subject.name == "system:masters" and not subject.binding.is_default:
        yield _given_to(subject, "its members may do everything anyway")


@check("K8S607")
def authenticated(subject: RbacSubject, context: Context) -> Iterator[Report]:
    if subject.name == "system:authenticated" and _is_judged(subject, context):
        yield _given_to(subject, "everybody who has any account, every ServiceAccount included")


def _is_judged(subject: RbacSubject, context: Context) -> bool:
    binding = subject.binding
    return not binding.is_default and binding.role.name not in context.options["allowed_roles"]


@check("K8S643")
def default_account(subject: RbacSubject) -> Iterator[Report]:
    if subject.kind == "ServiceAccount" and subject.name == "default" and not subject.binding.is_default:
        yield _given_to(subject, "the account of all pods that name none")


def _given_to(subject: RbacSubject, whom: str) -> Report:
    binding = subject.binding
    text = f"{binding.ref} gives {binding.role.ref} to {subject.ref}: {whom}"
    return report(subject.value_at("name"), text)
