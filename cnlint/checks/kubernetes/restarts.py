"""What happens when a container ends: restart policies, and Jobs that never do."""

import os
from collections.abc import Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Fix, Related, Report, report
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder, is_stand_in
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Container, PodTemplate, Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_ENDS_ELSEWHERE = regex(r"quit-?quit-?quit|exit[-_]?(?:zero|after|on)|pkill|killall|\bkill\b|shutdown")
_JOB_KINDS = ("Job", "CronJob")
_POLICIES = ("Always", "OnFailure", "Never")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "busybox", "timeout"})


@check("K8S248")
def never_restart_policy(pod: PodTemplate, context: Context) -> Iterator[Report]:
    policy = pod.string("spec", "restartPolicy")
    if policy in ("", "Always", "OnFailure") or has_placeholder(policy):
        return
    # A program that starts pods gives the template of one a name that it replaces.
    if (pod.workload.is_job and context.options["ignore_jobs"]) or _is_test(pod) or is_stand_in(pod.workload.name):
        return
    text = f"the pods of {pod.ref} are not started again: restartPolicy is {policy}"
    if pod.workload.kind == "Pod":
        text = f"{pod.ref} is not started again: restartPolicy is {policy}"
    yield report(pod.value_at("spec", "restartPolicy"), text)


def _is_test(pod: PodTemplate) -> bool:
    """Tell whether Helm or Argo CD runs the pod once."""
    return any(name.startswith(("helm.sh/hook", "argocd.argoproj.io/hook")) for name in pod.workload.annotations)


@check("K8S249", scope="file")
def invalid_restart_policy(workload: Workload) -> Iterator[Report]:
    template = workload.template
    policy = template.string("spec", "restartPolicy") if template else ""
    # Custom resources of these kinds take what their controllers like, and the schema knows all other texts.
    if template is None or policy not in _POLICIES or (workload.kind in _JOB_KINDS and not workload.is_job):
        return
    allowed = _policies_of_jobs(workload) if workload.is_job else ("Always",)
    if policy in allowed:
        return
    text = f"the pods of {workload.ref} have restartPolicy {policy}, and only {' and '.join(allowed)} {_are(allowed)}"
    edits = (replace_value(template, ("spec", "restartPolicy"), allowed[-1]),)
    place = template.value_at("spec", "restartPolicy")
    yield report(place, text, fixes=[Fix(f"set restartPolicy: {allowed[-1]}", edits)])


@check("K8S249", scope="project")
def unset_restart_policy(workload: Workload, context: Context) -> Iterator[Report]:
    template = workload.template
    if not workload.is_job or template is None or workload.is_fragment or looks_like_patch(workload):
        return
    if template.get("spec", "restartPolicy") is not None or is_spec_patched(template, context, "restartPolicy"):
        return
    allowed = _policies_of_jobs(workload)
    text = (
        f"the pods of {workload.ref} have no restartPolicy, and the default Always is refused: "
        f"only {' and '.join(allowed)} {_are(allowed)}"
    )
    edits = add_key(template, ("spec",), f"restartPolicy: {allowed[-1]}")
    fixes = [Fix(f"set restartPolicy: {allowed[-1]}", edits)] if edits else []
    yield report(template.at("spec"), text, fixes=fixes)


def _policies_of_jobs(workload: Workload) -> tuple[str, ...]:
    """Give what the API server takes: failures are counted by pod where there are policies for them."""
    path: Path = ("spec", "jobTemplate", "spec") if workload.kind == "CronJob" else ("spec",)
    if any(workload.get(*path, field) is not None for field in ("podFailurePolicy", "backoffLimitPerIndex")):
        return ("Never",)
    return ("Never", "OnFailure")


def _are(allowed: tuple[str, ...]) -> str:
    return "is allowed there" if len(allowed) == 1 else "are allowed there"


@check("K8S799")
def job_with_sidecar(workload: Workload, context: Context) -> Iterator[Report]:
    if not workload.is_job or workload.template is None or workload.template.get("spec", "shareProcessNamespace"):
        return
    regular = [container for container in workload.containers if container.role == "container"]
    sidecars = [one for one in regular if _never_ends(one, context.options["names"])]
    working = [one for one in regular if one not in sidecars]
    if not sidecars or not working or any(_ENDS_ELSEWHERE.search(word) for one in regular for word in one.command):
        return
    for container in sidecars:
        text = f"{container.ref} never ends, so {workload.ref} is never complete"
        yield report(container.at(), text, related=[Related(working[0].at(), f"{working[0].ref} does the work")])


def _never_ends(container: Container, names: list[str]) -> bool:
    """Tell whether a container is a known sidecar, by its name or image, and no script that may end it."""
    first = container.sequence("command")[:1]
    if first and os.path.basename(str(first[0])) in _SHELLS:
        return False
    image = container.image.repository if container.image else None
    return matches_any(container.name, names) or (image is not None and matches_any(image.rpartition("/")[2], names))
