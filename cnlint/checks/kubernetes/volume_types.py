"""Types of volumes that pods mount."""

from collections.abc import Iterator

from cnlint.data.pod_security import VOLUME_TYPES
from cnlint.findings import Report, report
from cnlint.manifests.security_context import pod_ref
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context, check


@check("K8S539")
def disallowed_volume_type(pod: PodTemplate, context: Context) -> Iterator[Report]:
    allowed = context.options["allowed_types"]
    for volume in pod.volumes:
        for kind, source in volume.mapping().items():
            if source is None or kind not in VOLUME_TYPES or kind in allowed:
                continue
            if kind == "hostPath" and context.is_selected("K8S279"):
                continue
            if kind != "flexVolume" or volume.string(kind, "driver") not in context.options["flex_drivers"]:
                yield report(volume.key_at(kind), f"{volume.ref} of {pod_ref(pod)} is of type {kind}")
