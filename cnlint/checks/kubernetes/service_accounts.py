"""Service accounts: which one pods run as, whether it exists, and whether its token is mounted."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph import gates
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.rbac import ServiceAccount
from cnlint.manifests.scalar_edits import rename_key
from cnlint.manifests.view import View
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context, check
from cnlint.syntax.source import Span

_AUTOMOUNT = "automountServiceAccountToken"
_NAME_FIELDS = ("serviceAccountName", "serviceAccount")


@check("K8S285")
def default_account(pod: PodTemplate) -> Iterator[Report]:
    if pod.service_account != "default" or pod.get("spec", _AUTOMOUNT) is False:
        return
    written = _name_field(pod)
    if written:
        yield report(pod.value_at("spec", written), f'pods of {pod.ref} run as the ServiceAccount "default"')
    elif not pod.workload.is_fragment and not any(pod.get("spec", field) for field in _NAME_FIELDS):
        text = f'{pod.ref} names no ServiceAccount, so that its pods get the token of "default"'
        yield report(pod.at("spec", _NAME_FIELDS[0]), text)


def _name_field(pod: PodTemplate) -> str:
    """Give the field that names the ServiceAccount; empty where none does."""
    return next((field for field in _NAME_FIELDS if pod.string("spec", field)), "")


@check("K8S286")
def deprecated_field(pod: PodTemplate) -> Iterator[Report]:
    old, new = pod.string("spec", "serviceAccount"), pod.string("spec", "serviceAccountName")
    if not old or old == new:
        return
    place = pod.value_at("spec", "serviceAccount")
    if new:
        text = f'{pod.ref} names ServiceAccount "{old}" in serviceAccount and "{new}" in serviceAccountName'
        related = [Related(pod.at("spec", "serviceAccountName"), "this one counts")]
        yield report(place, text, related=related, severity="error", hint="Take serviceAccount away")
    else:
        text = f"{pod.ref} names its ServiceAccount in the deprecated field serviceAccount"
        fixes = []
        if "serviceAccountName" not in pod.spec:
            edit = rename_key(pod, ("spec", "serviceAccount"), "serviceAccountName")
            fixes = [Fix("rename the field to serviceAccountName", (edit,), safe=True)]
        yield report(place, text, fixes=fixes)


# Accounts that do not exist.


@check("K8S383")
def missing_account(pod: PodTemplate, context: Context) -> Iterator[Report]:
    name, field, workload, gate = pod.service_account, _name_field(pod), pod.workload, context.options["gate"]
    if not field or gate == "off" or has_placeholder(name):
        return
    project, links = context.project, context.project.links
    if links.may_have_account(name, workload) or is_spec_patched(pod, context, field):
        return
    message = f'{pod.ref} runs as ServiceAccount "{name}", which nothing in the project makes'
    near = links.nearest_account(name, workload)
    if near is not None:
        related = [Related(near.at("metadata", "name"), f"{near.ref} is here")]
        hint = f'Write "{near.name}", or give the ServiceAccount the name that is referred to'
        yield report(pod.value_at("spec", field), message, related=related, hint=hint)
    elif gate == "strict" or project.may_report_missing(gates.SERVICE_ACCOUNTS, near=workload, wanted=[name]):
        yield report(pod.value_at("spec", field), message)


# Tokens.


@check("K8S287")
def mounted_token(pod: PodTemplate, context: Context) -> Iterator[Report]:
    setting, workload, links = pod.get("spec", _AUTOMOUNT), pod.workload, context.project.links
    if not isinstance(setting, bool | None) or setting is False or _has_label(pod, context.options["exempt_labels"]):
        return
    # Whoever was given rights needs the token to use them.
    if is_spec_patched(pod, context, _AUTOMOUNT) or links.bindings_of_account(workload):
        return
    if setting:
        place = pod.value_at("spec", _AUTOMOUNT)
        text = f"{pod.ref} asks for the token of {_account(pod)} in its containers"
        yield report(place, text, fixes=[_turned_off(place)])
        return
    account = links.account_of(workload)
    if workload.is_fragment or (account is not None and not account.mounts_token):
        return
    text = f"the containers of {pod.ref} get the token of {_account(pod)}"
    related = (
        [] if account is None else [Related(account.at("metadata", "name"), f"{account.ref} does not turn it off")]
    )
    yield report(pod.at("spec", _AUTOMOUNT), text, related=related, fixes=_added(pod, ("spec",)))


def _account(pod: PodTemplate) -> str:
    return f'ServiceAccount "{pod.service_account}"'


def _has_label(pod: PodTemplate, wanted: list[str]) -> bool:
    labels = {**pod.workload.labels, **pod.labels}
    pairs = (label.partition("=") for label in wanted)
    return any(key in labels and (not equals or labels[key] == value) for key, equals, value in pairs)


@check("K8S642")
def default_account_token(account: ServiceAccount) -> Iterator[Report]:
    if account.name != "default" or not account.mounts_token:
        return
    text = f"{account.ref} gives its token to all pods that name no account"
    if account.get(_AUTOMOUNT) is True:
        place = account.value_at(_AUTOMOUNT)
        yield report(place, text, fixes=[_turned_off(place)])
    elif account.get(_AUTOMOUNT) is None and not looks_like_patch(account):
        yield report(account.value_at("metadata", "name"), text, fixes=_added_to(account))


def _turned_off(place: Place) -> Fix:
    return Fix("set automountServiceAccountToken: false", (Edit(place.span, "false"),))


def _added(view: View, path: tuple[str, ...]) -> list[Fix]:
    edits = add_key(view, path, f"{_AUTOMOUNT}: false")
    return [Fix("add automountServiceAccountToken: false", edits)] if edits else []


def _added_to(account: ServiceAccount) -> list[Fix]:
    """Add the field behind apiVersion and kind, where each key has a line of its own."""
    key = account.key_at("metadata").span
    place = Span(key.line, key.column, key.line, key.column)
    return [
        fix._replace(edits=tuple(edit._replace(span=place) if "\n" in edit.text else edit for edit in fix.edits))
        for fix in _added(account, ())
    ]
