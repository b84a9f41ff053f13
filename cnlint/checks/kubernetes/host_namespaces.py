"""Pods that share namespaces with their node, and probes that the kubelet sends elsewhere."""

from collections.abc import Iterator

from cnlint.findings import Fix, Report, report
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.security_context import all_settings, pod_ref
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import PROBE_KINDS, Container, PodTemplate
from cnlint.rules import check

_PROBED: tuple[tuple[str, Path], ...] = (
    *((f"{kind} probe", (f"{kind}Probe",)) for kind in PROBE_KINDS),
    *((f"{hook} hook", ("lifecycle", hook)) for hook in ("postStart", "preStop")),
)


@check("K8S274")
def host_ipc(pod: PodTemplate) -> Iterator[Report]:
    yield from _shared(pod, "hostIPC", "the shared memory and semaphores")


@check("K8S275")
def host_network(pod: PodTemplate) -> Iterator[Report]:
    yield from _shared(pod, "hostNetwork", "the network")


@check("K8S276")
def host_pid(pod: PodTemplate) -> Iterator[Report]:
    yield from _shared(pod, "hostPID", "the processes")


def _shared(pod: PodTemplate, field: str, what: str) -> Iterator[Report]:
    if pod.get("spec", field) is True:
        edits = remove_key(pod, ("spec", field))
        fixes = [Fix(f"remove {field}", edits)] if edits else []
        yield report(pod.at("spec", field), f"{pod_ref(pod)} shares {what} of its node: {field} is true", fixes=fixes)


@check("K8S278")
def windows_host_process(pod: PodTemplate) -> Iterator[Report]:
    for setting in all_settings(pod, "windowsOptions", "hostProcess"):
        if setting.value is True:
            fixes = [Fix("set hostProcess: false", (replace_value(setting.view, setting.path, "false"),))]
            text = f"{setting.owner} runs as a process of its Windows node: hostProcess is true"
            yield report(setting.place, text, fixes=fixes)


@check("K8S540")
def probe_host_set(container: Container) -> Iterator[Report]:
    for what, path in _PROBED:
        for handler in ("httpGet", "tcpSocket"):
            host = container.string(*path, handler, "host")
            if not host or has_placeholder(host) or (container.pod.host_network and _is_loopback(host)):
                continue
            edits = remove_key(container, (*path, handler, "host"))
            fixes = [Fix("remove host", edits)] if edits else []
            text = f'the {what} of {container.ref} makes the kubelet ask "{host}" in place of the pod'
            yield report(container.at(*path, handler, "host"), text, fixes=fixes)


def _is_loopback(host: str) -> bool:
    """Tell whether a host is the node itself, where a pod on the network of its node listens."""
    return host in ("localhost", "::1") or host.startswith("127.")
