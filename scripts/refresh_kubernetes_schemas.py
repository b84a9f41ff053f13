"""Build schemas/kubernetes/definitions.tsv from the schemas in the package kubernetes-validate.

    python scripts/refresh_kubernetes_schemas.py [--date YYYY-MM-DD]

The package (a development dependency) carries what the OpenAPI documents of Kubernetes say, once for each version. Here
each definition stands on one line, once for each content that it had:

    apps.v1.DeploymentSpec <TAB> 25 <TAB> {schema from 1.25 on} <TAB> 36 <TAB> {schema from 1.36 on}

and ``null`` is the schema from the version on that no longer has it. Objects with their own apiVersion and kind are
named after them (``apps/v1/Deployment``). Descriptions and lists of objects are left out, so is what ``status`` holds.
Optional fields and items may always be null in Kubernetes, so that only required scalars and lists may not; the schemas
do not repeat this at every field. The first line tells source, date and versions.
"""

import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "schemas" / "kubernetes" / "definitions.tsv"
PACKAGE = "kubernetes-validate"

_PREFIXES = re.compile(
    r"io\.k8s\.(api\.|apimachinery\.pkg\.(apis\.|api\.resource\.|util\.intstr\.|runtime\.|version\.)"
    r"|apiextensions-apiserver\.pkg\.apis\.|kube-aggregator\.pkg\.apis\.)"
)
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_TRAFFIC_POLICIES = ("Cluster", "Local")
_VOLUME_MODES = ("Filesystem", "Block")
_UPDATES = ("RollingUpdate", "OnDelete")
_KEEP_OR_DELETE = ("Retain", "Delete")
_FAILURE_POLICIES = ("Ignore", "Fail")
# The OpenAPI documents have lost these values, which the API reference names and the server insists on. Of lists, the
# values of their items.
ENUMS = {
    "admissionregistration.v1.MutatingWebhook.failurePolicy": _FAILURE_POLICIES,
    "admissionregistration.v1.ValidatingWebhook.failurePolicy": _FAILURE_POLICIES,
    "apps.v1.DaemonSetUpdateStrategy.type": _UPDATES,
    "apps.v1.DeploymentStrategy.type": ("Recreate", "RollingUpdate"),
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted": _KEEP_OR_DELETE,
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled": _KEEP_OR_DELETE,
    "apps.v1.StatefulSetSpec.podManagementPolicy": ("OrderedReady", "Parallel"),
    "apps.v1.StatefulSetUpdateStrategy.type": _UPDATES,
    "autoscaling.v2.HPAScalingPolicy.type": ("Pods", "Percent"),
    "autoscaling.v2.HPAScalingRules.selectPolicy": ("Max", "Min", "Disabled"),
    "autoscaling.v2.MetricSpec.type": ("ContainerResource", "External", "Object", "Pods", "Resource"),
    "autoscaling.v2.MetricTarget.type": ("Utilization", "Value", "AverageValue"),
    "batch.v1.CronJobSpec.concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "batch.v1.JobSpec.completionMode": ("NonIndexed", "Indexed"),
    "core.v1.Container.imagePullPolicy": _PULL_POLICIES,
    "core.v1.Container.terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "core.v1.ContainerPort.protocol": _PROTOCOLS,
    "core.v1.EphemeralContainer.imagePullPolicy": _PULL_POLICIES,
    "core.v1.HTTPGetAction.scheme": ("HTTP", "HTTPS"),
    "core.v1.NodeSelectorRequirement.operator": ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
    "core.v1.PersistentVolumeClaimSpec.accessModes": _ACCESS_MODES,
    "core.v1.PersistentVolumeClaimSpec.volumeMode": _VOLUME_MODES,
    "core.v1.PersistentVolumeSpec.accessModes": _ACCESS_MODES,
    "core.v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy": (*_KEEP_OR_DELETE, "Recycle"),
    "core.v1.PersistentVolumeSpec.volumeMode": _VOLUME_MODES,
    "core.v1.PodSecurityContext.fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "core.v1.PodSpec.dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "core.v1.PodSpec.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "core.v1.PodSpec.restartPolicy": ("Always", "OnFailure", "Never"),
    "core.v1.SeccompProfile.type": ("Localhost", "RuntimeDefault", "Unconfined"),
    "core.v1.ServicePort.protocol": _PROTOCOLS,
    "core.v1.ServiceSpec.externalTrafficPolicy": _TRAFFIC_POLICIES,
    "core.v1.ServiceSpec.internalTrafficPolicy": _TRAFFIC_POLICIES,
    "core.v1.ServiceSpec.ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
    "core.v1.ServiceSpec.sessionAffinity": ("None", "ClientIP"),
    "core.v1.ServiceSpec.type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    "core.v1.Taint.effect": _EFFECTS,
    "core.v1.Toleration.effect": _EFFECTS,
    "core.v1.Toleration.operator": ("Exists", "Equal", "Lt", "Gt"),
    "core.v1.TopologySpreadConstraint.whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "networking.v1.HTTPIngressPath.pathType": ("Exact", "Prefix", "ImplementationSpecific"),
    "networking.v1.NetworkPolicyPort.protocol": _PROTOCOLS,
    "networking.v1.NetworkPolicySpec.policyTypes": ("Ingress", "Egress"),
    "policy.v1.PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": ("IfHealthyBudget", "AlwaysAllow"),
    "rbac.v1.Subject.kind": ("User", "Group", "ServiceAccount"),
    "scheduling.k8s.io/v1/PriorityClass.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "storage.k8s.io/v1/StorageClass.reclaimPolicy": _KEEP_OR_DELETE,
    "storage.k8s.io/v1/StorageClass.volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
}
_KEPT = ("type", "format", "required")
Schema = dict[str, Any]


def main() -> None:
    """Write the file."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--date", default=datetime.date.today().isoformat(), help="the day of the data")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(build(arguments.parse_args().date), encoding="utf-8")


def build(date: str) -> str:
    """Give the text of the file."""
    versions = {minor: compact(definitions) for minor, definitions in strict_definitions().items()}
    header = {
        "source": f"{PACKAGE} {importlib.metadata.version(PACKAGE)}, from the OpenAPI documents of Kubernetes",
        "date": date,
        "versions": [f"1.{min(versions)}", f"1.{max(versions)}"],
    }
    lines = [f"#\t{_json(header)}"]
    for name in sorted({name for definitions in versions.values() for name in definitions}):
        line, last = name, "null"
        for minor, definitions in sorted(versions.items()):
            text = _json(definitions.get(name))
            if text != last:
                line, last = f"{line}\t{minor}\t{text}", text
        lines.append(line)
    return "\n".join(lines) + "\n"


def strict_definitions() -> dict[int, dict[str, Schema]]:
    """Give the definitions of each minor version of Kubernetes 1, as the package has them."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit(f"install {PACKAGE} first")
    found = {}
    for folder in (Path(spec.origin).parent / "kubernetes-json-schema").glob("v1.*-local-strict"):
        minor = int(folder.name.split(".")[1])
        found[minor] = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    return found


def compact(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Give the definitions that objects are made of, by their short names."""
    names = {long: _short_name(long, schema) for long, schema in definitions.items()}
    if len(set(names.values())) != len(names):
        raise ValueError("two definitions would share a short name")
    schemas = {names[long]: _convert(schema, names) for long, schema in definitions.items()}
    _add_enums(schemas)
    pending = [names[long] for long, schema in definitions.items() if is_object(schema)]
    for name in pending:
        if "status" in schemas[name]["properties"]:
            schemas[name]["properties"]["status"] = {"x-kubernetes-preserve-unknown-fields": True}
    used: dict[str, Schema] = {}
    while pending:
        name = pending.pop()
        if name not in used:
            used[name] = schemas[name]
            pending.extend(re.findall(r'"\$ref":"([^"]+)"', _json(schemas[name])))
    return used


def _add_enums(schemas: dict[str, Schema]) -> None:
    for path, values in ENUMS.items():
        name, _, field = path.rpartition(".")
        schema = schemas[name]["properties"].get(field)
        # Some fields are younger than the oldest version.
        if schema is not None:
            # An empty text means the default.
            (schema.get("items") or schema)["enum"] = ["", *values]


def is_object(schema: Schema) -> bool:
    """Tell whether a definition is an object that people write: it has an apiVersion and kind, and is no list."""
    properties = schema.get("properties", {})
    return (
        len(schema.get("x-kubernetes-group-version-kind", ())) == 1
        and {"apiVersion", "kind", "metadata"} <= properties.keys()
        and not properties["metadata"].get("$ref", "").endswith(".ListMeta")
    )


def _short_name(long: str, schema: Schema) -> str:
    if is_object(schema):
        gvk = schema["x-kubernetes-group-version-kind"][0]
        return "/".join(part for part in (gvk["group"], gvk["version"], gvk["kind"]) if part)
    return _PREFIXES.sub("", long)


def _convert(schema: Schema, names: dict[str, str]) -> Schema:
    """Keep what validation needs, and drop what holds everywhere."""
    if "$ref" in schema:
        return {"$ref": names[schema["$ref"].removeprefix("#/$defs/")]}
    if "oneOf" in schema:
        return {"type": sorted(_type(branch) for branch in schema["oneOf"])}
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if "type" in kept:
        kept["type"] = _type(schema)
    if "enum" in schema:
        kept["enum"] = schema["enum"]
    if "properties" in schema:
        kept["properties"] = {name: _convert(one, names) for name, one in sorted(schema["properties"].items())}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            kept[key] = _convert(schema[key], names)
            if "null" in schema[key].get("type", ()):
                kept[key]["nullable"] = True
    if kept.get("type") == "object" and not kept.keys() & {"properties", "additionalProperties"}:
        kept["x-kubernetes-preserve-unknown-fields"] = True
    return kept


def _type(schema: Schema) -> str:
    types = schema["type"]
    return str(types if isinstance(types, str) else next(one for one in types if one != "null"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
