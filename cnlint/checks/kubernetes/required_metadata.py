"""What the metadata of objects has to say: labels, annotations and namespaces that a project asks for."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cnlint.findings import Report, report
from cnlint.graph.apply_sets import ApplySet
from cnlint.graph.resources import Resource
from cnlint.manifests.kubernetes import Manifest, string_map
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import is_met

_WORKLOADS = "workloads"


def _is_judged(manifest: Manifest, kinds: list[str]) -> bool:
    """Tell whether an object is of one of the kinds of an option; all that has pods are ``workloads``."""
    if manifest.kind in kinds:
        return True
    return _WORKLOADS in kinds and isinstance(manifest, Workload) and manifest.template is not None


def _is_fragment(manifest: Manifest) -> bool:
    return looks_like_patch(manifest) or (isinstance(manifest, Workload) and manifest.is_fragment)


# Labels and annotations.


class _Wanted(NamedTuple):
    """An entry that an option asks for or forbids: regular expressions for its key and its value."""

    key: str
    value: str

    @classmethod
    def of(cls, item: Any) -> "_Wanted":
        if isinstance(item, dict):
            return cls(item.get("key", ""), item.get("value", ""))
        return cls(item, "")

    def matches(self, key: str, value: str) -> bool:
        return is_met(self.key, key) and (has_placeholder(value) or is_met(self.value, value))


@check("K8S420")
def missing_required_label(manifest: Manifest, context: Context) -> Iterator[Report]:
    options = context.options
    if not _is_judged(manifest, options["kinds"]) or _is_fragment(manifest):
        return
    wanted = [_Wanted.of(item) for item in options["labels"]]
    is_any = options["mode"] == "any"
    yield from _missing(manifest, manifest.ref, ("metadata", "labels"), "label", wanted, is_any)
    template = manifest.template if isinstance(manifest, Workload) and options["pod_templates"] else None
    if template is not None and manifest.kind != "Pod":
        owner = f"the pod template of {manifest.ref}"
        yield from _missing(template, owner, ("metadata", "labels"), "label", wanted, is_any)


@check("K8S421")
def missing_required_annotation(manifest: Manifest, context: Context) -> Iterator[Report]:
    if _is_judged(manifest, context.options["kinds"]) and not _is_fragment(manifest):
        wanted = [_Wanted.of(item) for item in context.options["annotations"]]
        yield from _missing(manifest, manifest.ref, ("metadata", "annotations"), "annotation", wanted, False)


def _missing(view: View, owner: str, path: Path, what: str, wanted: list[_Wanted], is_any: bool) -> Iterator[Report]:
    if not isinstance(view.get(*path), dict | None) or not isinstance(view.get(*path[:-1]), dict | None):
        return
    written = string_map(view, *path)
    missing = [one for one in wanted if not any(one.matches(key, value) for key, value in written.items())]
    if any(map(has_placeholder, written)) or not missing:
        return
    if is_any:
        if len(missing) == len(wanted):
            keys = ", ".join(f'"{one.key}"' for one in wanted)
            yield report(view.at(*path), f"{owner} has none of the {what}s {keys}")
        return
    for one in missing:
        key = next((key for key in written if is_met(one.key, key)), None)
        if key is None:
            yield report(view.at(*path), f'{owner} has no {what} "{one.key}"')
        else:
            text = f'the {what} "{key}" of {owner} is "{written[key][:100]}", which does not match "{one.value}"'
            yield report(view.value_at(*path, _written_key(view, path, key)), text)


def _written_key(view: View, path: Path, key: str) -> str | int:
    """Give the key as it is in the document, where it may be no string."""
    return next((one for one in view.mapping(*path) if str(one) == key), key)


@check("K8S422")
def forbidden_annotation(manifest: Manifest, context: Context) -> Iterator[Report]:
    forbidden, kinds = [_Wanted.of(item) for item in context.options["annotations"]], context.options["kinds"]
    if not forbidden or (kinds and not _is_judged(manifest, kinds)):
        return
    for key, value in manifest.annotations.items():
        if has_placeholder(value):
            continue
        hit = next((one for one in forbidden if one.matches(key, value)), None)
        if hit is not None:
            with_value = " with such a value" if hit.value else ""
            text = f'{manifest.ref} has the annotation "{key}"{with_value}, which is forbidden here'
            yield report(manifest.at("metadata", "annotations", _written_key(manifest, _ANNOTATIONS, key)), text)


_ANNOTATIONS = ("metadata", "annotations")
_INSTANCE = "app.kubernetes.io/instance"


@check("K8S423")
def instance_label_mismatch(workload: Workload) -> Iterator[Report]:
    labels = workload.labels
    if not workload.name or _is_fragment(workload) or _is_of_helm(labels) or has_placeholder(workload.name):
        return
    if not isinstance(workload.get("metadata", "labels"), dict | None) or any(map(has_placeholder, labels)):
        return
    value = labels.get(_INSTANCE)
    if value is None:
        yield report(workload.at("metadata", "labels"), f'{workload.ref} has no label "{_INSTANCE}"')
    elif value != workload.name and not has_placeholder(value):
        text = f'the label "{_INSTANCE}" of {workload.ref} is "{value}", not its name'
        yield report(workload.value_at("metadata", "labels", _INSTANCE), text)


def _is_of_helm(labels: Mapping[str, str]) -> bool:
    """Tell whether a chart made the object, whose instance is the release."""
    return labels.get("app.kubernetes.io/managed-by") == "Helm" or "helm.sh/chart" in labels


# Namespaces.

_NAMESPACED = (
    *("Service", "Secret", "ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Ingress", "Endpoints"),
    *("EndpointSlice", "PersistentVolumeClaim", "PodDisruptionBudget", "PodTemplate", "HorizontalPodAutoscaler"),
    *("Lease", "CSIStorageCapacity"),
)
# Objects that the cluster itself keeps there.
_OF_CLUSTER = frozenset({("ServiceAccount", "default"), ("Service", "kubernetes"), ("Endpoints", "kubernetes")})


@check("K8S391")
def default_namespace(manifest: Manifest, context: Context) -> Iterator[Report]:
    options = context.options
    kinds = [*options["kinds"], _WORKLOADS, *_NAMESPACED] if options["all_kinds"] else options["kinds"]
    if not _is_judged(manifest, kinds) or (manifest.kind, manifest.name) in _OF_CLUSTER:
        return
    written = manifest.get("metadata", "namespace")
    resource = context.project.resource_of(manifest)
    if resource is None or not isinstance(written, str | None) or has_placeholder(manifest.namespace):
        return
    sets = context.project.sets_of(manifest)
    namespaces = {one.namespace_of(resource).lower() for one in sets if not _is_said_elsewhere(one, resource, context)}
    if "default" in namespaces and manifest.namespace.lower() in ("", "default"):
        place = manifest.value_at("metadata", "namespace") if written else manifest.at("metadata", "namespace")
        yield report(place, f'{manifest.ref} is put into the namespace "default"')
    elif "" in namespaces and not options["explicit_only"] and not _is_fragment(manifest):
        text = f"{manifest.ref} names no namespace, and goes to the one of whoever applies it"
        yield report(manifest.at("metadata", "namespace"), text)


def _is_said_elsewhere(one: ApplySet, resource: Resource, context: Context) -> bool:
    """Tell whether a set names no namespace and something that cannot be read may: an Application, a pipeline."""
    if one.namespace_of(resource):
        return False
    if any(has_placeholder(layer.namespace) for layer in one.files.get(resource.file, ())):
        return True
    if one.kind == "commands":
        return any(command.applies and command.namespace is None for command in context.project.links.cluster_commands)
    return one.kind == "application" or (one.build is not None and not _BASES.isdisjoint(one.root.split("/")))


_BASES = frozenset({"base", "bases", "component", "components"})
