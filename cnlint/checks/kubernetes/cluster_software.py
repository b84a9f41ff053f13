"""Software that belongs to the cluster itself, endangers it, or has been given up."""

from collections.abc import Iterator, Mapping

from cnlint.findings import Place, Report, report
from cnlint.manifests.services import Service
from cnlint.manifests.view import View
from cnlint.manifests.workloads import Container, PodTemplate, Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_CONTROL_PLANE = frozenset({"kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler"})
# What addon managers put on the parts of a cluster that they look after.
_ADDON_LABELS = ("addonmanager.kubernetes.io/mode", "kubernetes.io/cluster-service", "k8s-addon")
_GIT_COMMANDS = frozenset({"GITSYNC_GIT", "GIT_SYNC_GIT"})
_KNOWN_GIT = frozenset({"git", "/usr/bin/git", "/usr/local/bin/git"})
_TILLER = regex(r"(?<![A-Za-z0-9])tiller(?![A-Za-z0-9])")
_LOCAL = regex(r"--listen[= ](?:localhost|127\.0\.0\.1)\b")


@check("K8S548")
def git_sync_command_injection(container: Container) -> Iterator[Report]:
    for variable in container.env:
        if variable.name in _GIT_COMMANDS and variable.literal not in _KNOWN_GIT:
            text = f"{container.ref} sets {variable.name}: git-sync runs whatever it names in the place of git"
            yield report(variable.at(), text)


@check("K8S701")
def system_namespace(workload: Workload, context: Context) -> Iterator[Report]:
    if workload.namespace in context.options["namespaces"] and not _is_core(workload):
        place = workload.value_at("metadata", "namespace")
        yield report(place, f'{workload.ref} is in "{workload.namespace}", a namespace of the cluster itself')


def _is_core(workload: Workload) -> bool:
    if any(label in workload.labels for label in _ADDON_LABELS):
        return True
    labels = {**workload.labels, **workload.pod_labels}
    if labels.get("tier") != "control-plane" or labels.get("component") not in _CONTROL_PLANE:
        return False
    return (
        workload.template is not None and workload.template.get("spec", "priorityClassName") == "system-node-critical"
    )


@check("K8S758")
def kubernetes_dashboard_deployed(pod: PodTemplate) -> Iterator[Report]:
    for container in pod.containers:
        image = container.string("image")
        if "kubernetes-dashboard" in image or "kubernetesui" in image:
            yield report(container.value_at("image"), f"{pod.ref} runs the Kubernetes Dashboard")
            return
    label = "app" if "app" in pod.labels else "k8s-app"
    if pod.labels.get(label) == "kubernetes-dashboard":
        text = f"{pod.ref} runs the Kubernetes Dashboard, by its label {label}"
        yield report(pod.value_at("metadata", "labels", label), text)


@check("K8S759")
def tiller_deployed(pod: PodTemplate) -> Iterator[Report]:
    for container in pod.containers:
        if _TILLER.search(container.string("image")):
            local = _LOCAL.search(" ".join(container.command))
            reach = "" if local else ", and it listens to the whole cluster"
            yield report(container.value_at("image"), f"{pod.ref} runs Tiller, the server of Helm 2{reach}")
            return
    place = _named_tiller(pod.workload) or _named_tiller(pod)
    for owner, labels in ((pod, pod.labels), (pod.workload, pod.workload.labels)):
        if place is None and labels.get("name") == "tiller":
            place = owner.value_at("metadata", "labels", "name")
    if place is not None:
        yield report(place, f"{pod.ref} is Tiller, the server of Helm 2, by its name")


@check("K8S759")
def tiller_service(service: Service) -> Iterator[Report]:
    place = _named_tiller(service)
    for path in (("metadata", "labels"), ("spec", "selector")):
        key = _tiller_key(service.mapping(*path))
        if place is None and key is not None:
            place = service.value_at(*path, key)
    if place is not None:
        yield report(place, f"{service.ref} leads to Tiller, the server of Helm 2")


def _named_tiller(view: View) -> Place | None:
    return view.value_at("metadata", "name") if _TILLER.search(view.string("metadata", "name")) else None


def _tiller_key(labels: Mapping[object, object]) -> str | None:
    found = (key for key, value in labels.items() if isinstance(value, str) and _TILLER.search(value))
    return next((key for key in found if isinstance(key, str)), None)
