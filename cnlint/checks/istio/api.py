"""API versions of Istio objects."""

from collections.abc import Iterator

from cnlint.data.api_versions import parse_version
from cnlint.findings import Fix, Report, report
from cnlint.manifests.istio import IstioObject
from cnlint.manifests.scalar_edits import replace_value
from cnlint.rules import Context, check

_OLD = frozenset({"v1alpha1", "v1alpha3", "v1beta1"})
# Istio 1.22 serves v1 of these; the other kinds have no version that is stable.
_FIRST_WITH_V1 = (1, 22)
_STABLE = {
    "networking.istio.io": frozenset(
        {
            "VirtualService",
            "DestinationRule",
            "Gateway",
            "ServiceEntry",
            "Sidecar",
            "WorkloadEntry",
            "WorkloadGroup",
        }
    ),
    "security.istio.io": frozenset({"AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"}),
    "telemetry.istio.io": frozenset({"Telemetry"}),
}


@check("IST101")
def deprecated_istio_api_version(manifest: IstioObject, context: Context) -> Iterator[Report]:
    if manifest.kind not in _STABLE.get(manifest.group, ()) or manifest.version not in _OLD:
        return
    version = parse_version(context.options["istio_version"])
    if version is not None and version < _FIRST_WITH_V1:
        return
    successor = f"{manifest.group}/v1"
    yield report(
        manifest.value_at("apiVersion"),
        f"{manifest.ref} uses {manifest.api_version}, which {successor} has replaced",
        severity="info" if manifest.version == "v1beta1" else None,
        fixes=[Fix(f"write {successor}", (replace_value(manifest, ("apiVersion",), successor),), safe=True)],
    )
