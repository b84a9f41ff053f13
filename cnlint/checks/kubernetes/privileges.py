"""Privileged containers and processes that gain privileges."""

from collections.abc import Iterator

from cnlint.findings import Fix, Related, Report, report
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.security_context import capabilities, capability_name, declares_windows, is_privileged
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check

_PRIVILEGED = ("securityContext", "privileged")
_ESCALATION = ("securityContext", "allowPrivilegeEscalation")


@check("K8S260")
def privileged_container(container: Container, context: Context) -> Iterator[Report]:
    if is_privileged(container) and not container.runs_image(context.options["exempt_images"]):
        fixes = [Fix("set privileged: false", (replace_value(container, _PRIVILEGED, "false"),))]
        yield report(container.at(*_PRIVILEGED), f"{container.ref} is privileged", fixes=fixes)


@check("K8S261")
def privilege_escalation_enabled(container: Container, context: Context) -> Iterator[Report]:
    if declares_windows(container.pod):
        return
    added = _sys_admin(container)
    if container.security("allowPrivilegeEscalation") is True:
        text = f"{container.ref} lets its processes gain privileges: allowPrivilegeEscalation is true"
        edits = (replace_value(container, _ESCALATION, "false"),)
        # The API server refuses false for these.
        can_be_forbidden = not is_privileged(container) and added is None
        fixes = [Fix("set allowPrivilegeEscalation: false", edits)] if can_be_forbidden else []
        yield report(container.at(*_ESCALATION), text, fixes=fixes)
    elif _is_refused(container) and context.is_selected("K8S290"):
        return
    elif is_privileged(container):
        if not context.is_selected("K8S260"):
            text = f"{container.ref} lets its processes gain privileges: it is privileged"
            yield report(container.at(*_PRIVILEGED), text)
    elif added is not None and not context.is_selected("K8S269"):
        text = f"{container.ref} lets its processes gain privileges: it has SYS_ADMIN"
        yield report(container.value_at("securityContext", "capabilities", "add", added), text)


@check("K8S262")
def privilege_escalation_not_disabled(container: Container, context: Context) -> Iterator[Report]:
    if _leaves_escalation_to_others(container, context):
        return
    setting = container.security("allowPrivilegeEscalation")
    if setting is True and not context.is_selected("K8S261"):
        edits = (replace_value(container, _ESCALATION, "false"),)
        text = f"{container.ref} lets its processes gain privileges: allowPrivilegeEscalation is true"
        fixes = [Fix("set allowPrivilegeEscalation: false", edits)]
        yield report(container.at(*_ESCALATION), text, fixes=fixes)
    elif setting is None and not container.is_fragment:
        added = add_key(container, ("securityContext",), "allowPrivilegeEscalation: false")
        fixes = [Fix("add allowPrivilegeEscalation: false", added)] if added else []
        text = f"{container.ref} does not forbid its processes to gain privileges"
        yield report(container.at(*_ESCALATION), text, fixes=fixes)


def _leaves_escalation_to_others(container: Container, context: Context) -> bool:
    if declares_windows(container.pod) or not container.has_readable_security:
        return True
    if container.runs_image(context.options["exempt_images"]):
        return True
    # What these have already cannot be gained, and the API server refuses allowPrivilegeEscalation: false with them.
    if is_privileged(container) and context.is_selected("K8S260"):
        return True
    return _sys_admin(container) is not None and context.is_selected("K8S269")


def _sys_admin(container: Container) -> int | None:
    """Give the index of SYS_ADMIN, or of all capabilities, among those that the container adds."""
    added = capabilities(container, "add")
    return next((index for index, name in added if capability_name(name) in ("SYS_ADMIN", "ALL")), None)


@check("K8S290")
def conflicting_privilege_settings(container: Container) -> Iterator[Report]:
    if not _is_refused(container):
        return
    if is_privileged(container):
        reason, place = "it is privileged", container.at(*_PRIVILEGED)
    else:
        reason, place = "it adds CAP_SYS_ADMIN", container.at("securityContext", "capabilities", "add")
    text = f"{container.ref} sets allowPrivilegeEscalation to false although {reason}; the API server refuses its pod"
    yield report(container.at(*_ESCALATION), text, related=[Related(place, f"{container.ref}: {reason}")])


def _is_refused(container: Container) -> bool:
    """Tell whether the API server refuses the container: it compares the name of the capability, prefix included."""
    if container.security("allowPrivilegeEscalation") is not False:
        return False
    return is_privileged(container) or any(name == "CAP_SYS_ADMIN" for _, name in capabilities(container, "add"))


@check("K8S288")
def scc_allows_privileged(manifest: Manifest) -> Iterator[Report]:
    if manifest.group in ("security.openshift.io", "") and manifest.get("allowPrivilegedContainer") is True:
        edits = (replace_value(manifest, ("allowPrivilegedContainer",), "false"),)
        fixes = [Fix("set allowPrivilegedContainer: false", edits)]
        yield report(
            manifest.at("allowPrivilegedContainer"), f"{manifest.ref} allows privileged containers", fixes=fixes
        )
