"""How containers end."""

import os
from collections.abc import Iterator

from cnlint.checks.kubernetes.traffic import traffic_to
from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_SLEEP = regex(r"(?:^|[;&|(\s])(?:/bin/|/usr/bin/)?sleep\s+([0-9]{1,6})([smh]?)(?![\w.$])")
_UNKNOWN = regex(r"\b(?:while|until|for|if|case)\b|&\s*$|[^&]&[^&]")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


@check("K8S245")
def missing_pre_stop(pod: PodTemplate, context: Context) -> Iterator[Report]:
    workload = pod.workload
    if not workload.has_replicas or workload.is_fragment or _ends_with_mesh(pod):
        return
    served = traffic_to(pod, context)
    if served is None:
        return
    regular = [container for container in pod.containers if container.role == "container"]
    for container in [one for one in regular if one.ports] or regular[:1]:
        if container.get("lifecycle", "preStop") is None:
            text = f"{container.ref} has no preStop hook, and {served.reason}"
            yield report(container.at(), text, related=served.related)


def _ends_with_mesh(pod: PodTemplate) -> bool:
    """Tell whether Istio's sidecar keeps serving until all connections are closed."""
    config = pod.annotations.get("proxy.istio.io/config", "")
    return "EXIT_ON_ZERO_ACTIVE_CONNECTIONS" in config or "terminationDrainDuration" in config


@check("K8S246")
def insufficient_grace_period(pod: PodTemplate) -> Iterator[Report]:
    grace = pod.grace_period
    if grace is None:
        return
    if grace == 0 and pod.workload.is_controller:
        severity: Severity | None = "info" if pod.workload.kind == "DaemonSet" else None
        text = f"the pods of {pod.ref} are killed at once: terminationGracePeriodSeconds is 0"
        yield report(pod.value_at("spec", "terminationGracePeriodSeconds"), text, severity=severity)
        return
    container = max(pod.running_containers, key=_pre_stop_sleep, default=None)
    sleep = _pre_stop_sleep(container) if container else 0
    if container is None or not sleep or grace > sleep:
        return
    hook = container.at("lifecycle", "preStop")
    if pod.get("spec", "terminationGracePeriodSeconds") is None:
        if not pod.workload.is_fragment:
            text = f"the preStop hook of {container.ref} sleeps {sleep} s of the default grace period of {grace} s"
            yield report(hook, text)
        return
    text = f"the preStop hook of {container.ref} sleeps {sleep} s of the grace period of {grace} s"
    place = pod.value_at("spec", "terminationGracePeriodSeconds")
    yield report(place, text, related=[Related(hook, "the preStop hook")])


def _pre_stop_sleep(container: Container) -> int:
    """Give the seconds that the preStop hook is sure to sleep."""
    seconds = container.integer("lifecycle", "preStop", "sleep", "seconds")
    if seconds is not None:
        return seconds
    words = [str(word) for word in container.sequence("lifecycle", "preStop", "exec", "command")]
    if not words:
        return 0
    if os.path.basename(words[0]) == "sleep":
        script = " ".join(words)
    elif os.path.basename(words[0]) in ("sh", "bash", "ash", "dash") and len(words) > 2:
        script = words[2]
    else:
        return 0
    if _UNKNOWN.search(script):
        return 0
    return sum(int(number) * _UNITS[unit] for number, unit in _SLEEP.findall(script))
