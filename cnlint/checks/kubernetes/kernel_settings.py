"""What containers see and change of the kernel: ``/proc`` and sysctls."""

from collections.abc import Iterator

from cnlint.data.pod_security import SAFE_SYSCTLS
from cnlint.findings import Fix, Report, report
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.security_context import has_user_namespace, pod_ref
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_PROC_MOUNT = ("securityContext", "procMount")


@check("K8S272")
def unsafe_proc_mount(container: Container, context: Context) -> Iterator[Report]:
    if not has_user_namespace(container.pod):
        yield from _proc_mount(container, context)


@check("K8S561")
def unmasked_proc_in_user_namespace(container: Container, context: Context) -> Iterator[Report]:
    if has_user_namespace(container.pod):
        yield from _proc_mount(container, context)


def _proc_mount(container: Container, context: Context) -> Iterator[Report]:
    value = container.get(*_PROC_MOUNT)
    if not isinstance(value, str) or value in ("", "Default") or has_placeholder(value):
        return
    if not container.runs_image(context.options["exempt_images"]):
        edits = remove_key(container, _PROC_MOUNT)
        fixes = [Fix("remove procMount", edits)] if edits else []
        yield report(container.at(*_PROC_MOUNT), f'{container.ref} mounts /proc as "{value}"', fixes=fixes)


@check("K8S273")
def unsafe_sysctl(pod: PodTemplate, context: Context) -> Iterator[Report]:
    path = ("spec", "securityContext", "sysctls")
    for index, item in mappings(pod, *path):
        name = item.get("name")
        if not isinstance(name, str) or not name or has_placeholder(name):
            continue
        since = SAFE_SYSCTLS.get(name)
        if since is not None and since <= context.settings.kubernetes_version:
            continue
        if not matches_any(name, context.options["allowed_sysctls"]):
            why = (
                "which is not among the safe ones"
                if since is None
                else f"which is safe from Kubernetes 1.{since[1]} on"
            )
            place = pod.value_at(*path, index, "name")
            yield report(place, f'{pod_ref(pod)} sets the sysctl "{name}", {why}')
