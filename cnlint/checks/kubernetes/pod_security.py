"""Users, privileges and file systems of containers."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.security_context import has_user_namespace, root_override, run_as
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check


@check("K8S263")
def runs_as_root(container: Container, context: Context) -> Iterator[Report]:
    now = run_as(container)
    if _is_exempt(container) or has_user_namespace(container.pod) or _is_said(container, context):
        return
    if now.is_root:
        yield _explicit(container, "runAsUser", f"{container.ref} runs as root: runAsUser is 0")
    elif now.has_other_user or now.requires_non_root:
        return
    elif now.non_root is not None and now.non_root.value is False:
        yield _explicit(container, "runAsNonRoot", f"{container.ref} may run as root: runAsNonRoot is false")
    elif now.non_root is None and not container.is_fragment:
        text = f"{container.ref} may run as root: neither runAsNonRoot nor a runAsUser above 0 is set"
        yield report(container.at(), text)


def _is_exempt(container: Container) -> bool:
    return container.pod.is_windows or not container.has_readable_security


def _is_said(container: Container, context: Context) -> bool:
    """Tell whether a rule that knows more of the root in this container is part of the run."""
    now = run_as(container)
    if now.is_refused and context.is_selected("K8S289"):
        return True
    if root_override(container) is not None and context.is_selected("K8S554"):
        return True
    return now.is_root and context.is_selected("K8S504")


def _explicit(container: Container, field: str, message: str) -> Report:
    if container.security(field) is not None:
        return report(container.at("securityContext", field), message)
    pod = container.pod.at("spec", "securityContext", field)
    return report(container.at(), message, related=[Related(pod, "set for all containers of the pod here")])


@check("K8S266")
def writable_root_filesystem(container: Container, context: Context) -> Iterator[Report]:
    setting = container.security("readOnlyRootFilesystem")
    if setting is True or _is_exempt(container) or container.runs_image(context.options["exempt_images"]):
        return
    if setting is False:
        text = f"{container.ref} has a writable root file system: readOnlyRootFilesystem is false"
        value = container.value_at("securityContext", "readOnlyRootFilesystem")
        fixes = [Fix("set readOnlyRootFilesystem: true", (Edit(value.span, "true"),))]
        yield report(container.at("securityContext", "readOnlyRootFilesystem"), text, fixes=fixes)
    elif setting is None and not container.is_fragment:
        yield report(
            container.at("securityContext", "readOnlyRootFilesystem"),
            f"{container.ref} has a writable root file system",
        )
