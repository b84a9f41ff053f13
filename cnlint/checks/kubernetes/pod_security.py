"""Users, privileges and file systems of containers."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check


@check("K8S263")
def runs_as_root(container: Container, context: Context) -> Iterator[Report]:
    user, non_root = container.effective_security("runAsUser"), container.effective_security("runAsNonRoot")
    if _is_exempt(container) or _is_non_root(user, non_root, context.options["accept_run_as_user"]):
        return
    if user == 0 and user is not False:
        yield _explicit(container, "runAsUser", f"{container.ref} runs as root: runAsUser is 0")
    elif non_root is False:
        yield _explicit(container, "runAsNonRoot", f"{container.ref} may run as root: runAsNonRoot is false")
    elif non_root is None and not isinstance(user, str) and not container.is_fragment:
        missing = "runAsNonRoot is not" if user else "neither runAsNonRoot nor a runAsUser above 0 is"
        yield report(container.at(), f"{container.ref} may run as root: {missing} set")


def _is_exempt(container: Container) -> bool:
    return container.pod.is_windows or not container.has_readable_security


def _is_non_root(user: object, non_root: object, accept_user: bool) -> bool:
    """Tell whether the kubelet makes sure of it. A user of 0 with ``runAsNonRoot`` does not start, but is asked for."""
    if isinstance(user, int) and not isinstance(user, bool) and (user == 0 or accept_user):
        return user != 0
    return non_root is True


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
