"""API versions that the cluster no longer serves, or will not serve for long."""

from collections.abc import Iterator

from cnlint.data.api_versions import Lifecycle, Version, lifecycle, parse_version, replacement
from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.autoscaling import HorizontalPodAutoscaler
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.schema import validator_for
from cnlint.rules import Context, check
from cnlint.syntax.yaml_document import Document

_NEWEST = (9999, 0)
_NAMES = {"kubernetes": "Kubernetes", "istio": "Istio", "cert-manager": "cert-manager"}
_HPA_V2 = "autoscaling/v2"


@check("K8S110")
def removed_api_version(manifest: Manifest, context: Context) -> Iterator[Report]:
    life = lifecycle(manifest.api_version, manifest.kind)
    if life is None or life.removed is None:
        return
    target = _target(life, context)
    if life.removed > target:
        return
    successor = replacement(manifest.api_version, manifest.kind, target)
    advice = f"use {successor}" if successor else "nothing replaces it"
    yield _report(manifest, context, f"was removed in {_release(life, life.removed)}; {advice}", successor)


@check("K8S111")
def deprecated_api_version(manifest: Manifest, context: Context) -> Iterator[Report]:
    life = lifecycle(manifest.api_version, manifest.kind)
    if life is None or life.deprecated is None:
        return
    target = _target(life, context)
    if life.deprecated > target or (life.removed is not None and life.removed <= target):
        return
    successor = replacement(manifest.api_version, manifest.kind, target)
    if successor:
        end = f" and goes in {_text(life.removed)}" if life.removed else ""
        what = f"is deprecated since {_release(life, life.deprecated)}{end}; use {successor}"
        yield _report(manifest, context, what, successor)


@check("K8S112")
def replacement_api_unavailable(manifest: Manifest, context: Context) -> Iterator[Report]:
    life = lifecycle(manifest.api_version, manifest.kind)
    if life is None or not life.replacement or life.available is None:
        return
    target = _target(life, context)
    is_removed = life.removed is not None and life.removed <= target
    is_deprecated = life.deprecated is not None and life.deprecated <= target
    if life.available <= target or not (is_removed or (is_deprecated and not context.options["only_show_removed"])):
        return
    until = replacement(manifest.api_version, manifest.kind, target)
    meanwhile = f"; until then {until} is served" if until else ""
    yield report(
        manifest.value_at("apiVersion"),
        f"{manifest.api_version} of {manifest.ref} gives way to {life.replacement}, "
        f"which comes with {_release(life, life.available)} and not with {_text(target)}{meanwhile}",
    )


@check("K8S323")
def outdated_hpa_api(autoscaler: HorizontalPodAutoscaler) -> Iterator[Report]:
    # Every version of Kubernetes that can be configured serves v2.
    if autoscaler.api_version == "autoscaling/v1":
        yield report(
            autoscaler.value_at("apiVersion"),
            f"{autoscaler.ref} uses autoscaling/v1, which knows neither memory nor custom metrics nor behavior",
            fixes=_rewrite_as_v2(autoscaler),
        )


def _report(manifest: Manifest, context: Context, what: str, successor: str) -> Report:
    place = manifest.value_at("apiVersion")
    fixes = []
    if successor and _fits(manifest, successor, context.settings.kubernetes_version):
        fixes = [Fix(f"write {successor}", (replace_value(manifest, ("apiVersion",), successor),))]
    return report(place, f"{manifest.api_version} of {manifest.ref} {what}", fixes=fixes)


def _fits(manifest: Manifest, api_version: str, version: Version) -> bool:
    """Tell whether an object is valid as it stands under another API version."""
    validator = validator_for(api_version, manifest.kind, version)
    return validator is not None and validator.is_valid({**manifest.value, "apiVersion": api_version})


def _target(life: Lifecycle, context: Context) -> Version:
    """Give the version that the manifest is meant for, of Kubernetes or of what else defines its kind."""
    if life.component == "kubernetes":
        return context.settings.kubernetes_version
    option = "istio_version" if life.component == "istio" else "cert_manager_version"
    return parse_version(context.options[option]) or _NEWEST


def _release(life: Lifecycle, version: Version) -> str:
    return f"{_NAMES[life.component]} {_text(version)}"


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def _rewrite_as_v2(autoscaler: HorizontalPodAutoscaler) -> list[Fix]:
    """Offer to turn the one target of v1 into a metric of v2, where the file is written in blocks."""
    edits = [replace_value(autoscaler, ("apiVersion",), _HPA_V2)]
    percentage = autoscaler.integer("spec", "targetCPUUtilizationPercentage")
    if percentage is not None:
        span = autoscaler.at("spec", "targetCPUUtilizationPercentage").span
        document = autoscaler.document
        if not isinstance(document, Document) or document.style((*autoscaler.path, "spec")) != "block-mapping":
            return []
        lines = [
            "metrics:",
            "  - type: Resource",
            "    resource:",
            "      name: cpu",
            "      target:",
            "        type: Utilization",
            f"        averageUtilization: {percentage}",
        ]
        edits.append(Edit(span, ("\n" + " " * (span.column - 1)).join(lines)))
    return [Fix("rewrite it for autoscaling/v2", tuple(edits))]
