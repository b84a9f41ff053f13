"""Volumes, and what containers mount of them."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Related, Report, report
from cnlint.graph.names import nearest_name
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.volumes import Volume, VolumeMount, shortest_path
from cnlint.manifests.workloads import Container, PodTemplate, Workload
from cnlint.rules import Context, check

# Whoever reads templates of other groups may add volumes to them.
_PLAIN_GROUPS = frozenset(
    {"", "apps", "batch", "extensions", "apps.openshift.io", "argoproj.io", "serving.knative.dev"}
)
_MOST_COMPARISONS = 10_000
_TEMPLATES = ("spec", "volumeClaimTemplates")
_SINGLE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})


@check("K8S315")
def undefined_volume_mount(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if not _shows_its_volumes(pod):
        return
    known = {volume.name for volume in pod.volumes} | set(_claim_templates(pod.workload))
    lost = [
        mount
        for container in pod.containers
        # Istio's injection replaces a container with this image, and adds volumes.
        if container.string("image") != "auto"
        for mount in (*container.mounts, *container.devices)
        if mount.name and mount.name not in known and not has_placeholder(mount.name)
    ]
    if not lost or any(map(has_placeholder, known)) or is_spec_patched(pod, context, "volumes"):
        return
    if context.project.is_patched(pod.workload, *_TEMPLATES):
        return
    # Nobody means one of thousands of names that a program wrote.
    candidates = known if len(lost) * len(known) <= _MOST_COMPARISONS else ()
    for mount in lost:
        text = f'{mount.container.ref} mounts the volume "{mount.name}", which {pod.ref} does not have'
        near = nearest_name(mount.name, candidates)
        yield report(mount.value_at("name"), text, hint=f"Write name: {near}" if near else None)


def _shows_its_volumes(pod: PodTemplate) -> bool:
    workload = pod.workload
    if workload.is_fragment or workload.group not in _PLAIN_GROUPS:
        return False
    written, templates = pod.get("spec", "volumes"), workload.get(*_TEMPLATES)
    if not isinstance(written, list | None) or not isinstance(templates, list | None):
        return False
    return len(pod.volumes) == len(written or ()) and all(volume.name for volume in pod.volumes)


def _claim_templates(workload: Workload) -> list[str]:
    """Give the names of the volumes that every pod of the workload gets for itself."""
    return [workload.string(*_TEMPLATES, index, "metadata", "name") for index, _ in mappings(workload, *_TEMPLATES)]


@check("K8S317")
def duplicate_mount_path(container: Container) -> Iterator[Report]:
    seen: dict[str, VolumeMount] = {}
    for mount in (*container.mounts, *container.devices):
        path = shortest_path(mount.mount_path)
        if not path:
            continue
        first = seen.setdefault(path, mount)
        if first is not mount:
            what = f'the volumes "{first.name}" and "{mount.name}"' if first.name and mount.name else "two volumes"
            if first.name == mount.name:
                what = f'the volume "{mount.name}" twice' if mount.name else "a volume twice"
            text = f'{container.ref} mounts {what} at "{path}"'
            related = [Related(first.value_at(first.path_field), "mounted here first")]
            yield report(mount.value_at(mount.path_field), text, related=related)


@check("K8S318")
def missing_volume_claim_annotation(manifest: Manifest, context: Context) -> Iterator[Report]:
    name = context.options["annotation"]
    for index, _ in mappings(manifest, *_TEMPLATES) if name else ():
        path = (*_TEMPLATES, index, "metadata")
        value = manifest.get(*path, "annotations", name)
        if value is None or value == "":
            claim = manifest.string(*path, "name")
            what = f'the volume claim template "{claim}"' if claim else f"volume claim template {index + 1}"
            state = "has no" if value is None else "has an empty"
            place = manifest.at(*path, "annotations", name)
            yield report(place, f'{what} of {manifest.ref} {state} annotation "{name}"')


@check("K8S319")
def shared_single_volume(workload: Workload, context: Context) -> Iterator[Report]:
    template = workload.template
    volumes = [volume for volume in template.volumes if volume.claim] if template else []
    count = _pods(workload, context) if volumes else ""
    if not count or template is None or template.get("spec", "nodeSelector", "kubernetes.io/hostname"):
        return
    for volume in volumes:
        claims = _claims(volume, workload, context)
        if claims and all(map(_is_single, claims)):
            modes = " and ".join(claims[0].sequence("spec", "accessModes"))
            taker = "one pod" if modes == "ReadWriteOncePod" else "one node"
            text = f'{workload.ref} has {count}, and {taker} at a time can have its volume claim "{volume.claim}"'
            related = [Related(claims[0].at("spec", "accessModes"), f"{claims[0].ref} is {modes}")]
            yield report(volume.value_at("persistentVolumeClaim", "claimName"), text, related=related)


def _pods(workload: Workload, context: Context) -> str:
    """Say how many pods there are, if there are several."""
    project = context.project
    if not workload.has_replicas or project.is_patched(workload, "spec", "replicas"):
        return ""
    for scaler in project.links.autoscalers_of(workload):
        if scaler.maximum is None or scaler.maximum < 2:
            return ""
        return f"up to {scaler.maximum} pods"
    return f"{workload.replicas} pods" if workload.replicas and workload.replicas > 1 else ""


def _claims(volume: Volume, workload: Workload, context: Context) -> list[Manifest]:
    found = context.project.find_all("PersistentVolumeClaim", volume.claim, near=workload, group="")
    return [] if any(context.project.is_patched(one, "spec", "accessModes") for one in found) else found


def _is_single(claim: Manifest) -> bool:
    modes = claim.sequence("spec", "accessModes")
    return bool(modes) and all(isinstance(mode, str) and mode in _SINGLE for mode in modes)
