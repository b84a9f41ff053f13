"""Kubernetes objects in YAML files: documents, manifests, and the class of view that each kind gets."""

import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, ClassVar

from cnlint.findings import Place
from cnlint.manifests.labels import scalar_text
from cnlint.manifests.view import DocumentLike, Path, View, dig
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span


class YamlDocument(View):
    """A document of a YAML file, manifest or not."""

    __slots__ = ()
    target = "yaml-document"

    def __init__(self, document: DocumentLike) -> None:
        super().__init__(document)

    @property
    def manifests(self) -> "list[Manifest]":
        """The Kubernetes objects of the document, those in lists included."""
        return list(manifests_of(self.document))


class ManifestProblem:
    """A place where a file of manifests cannot be read; ``kind`` is ``syntax`` or ``limit``."""

    __slots__ = ("kind", "message", "place", "source")
    target: ClassVar[str] = "manifest-problem"

    def __init__(self, source: Source, message: str, span: Span, kind: str = "syntax") -> None:
        self.source = source
        self.place = Place(source.path, span)
        self.message = message
        self.kind = kind


class Manifest(View):
    """An object with ``apiVersion`` and ``kind``: a document, or an item of a list of objects."""

    # No __slots__ here: subclasses cache what many rules ask for.
    target = "manifest"

    @property
    def api_version(self) -> str:
        """Group and version as written, ``apps/v1``."""
        return self.string("apiVersion")

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def version(self) -> str:
        """The API version without its group, ``v1``."""
        return self.api_version.rpartition("/")[2]

    @property
    def kind(self) -> str:
        """The kind, ``Deployment``."""
        return self.string("kind")

    @property
    def gvk(self) -> tuple[str, str, str]:
        """Group, version and kind."""
        return self.group, self.version, self.kind

    @property
    def name(self) -> str:
        """The object's name; empty when it has none or one that the server generates."""
        return self.string("metadata", "name")

    @property
    def namespace(self) -> str:
        """The namespace as written; empty when the manifest names none."""
        return self.string("metadata", "namespace")

    @property
    def labels(self) -> dict[str, str]:
        """The object's own labels."""
        return string_map(self, "metadata", "labels")

    @property
    def annotations(self) -> dict[str, str]:
        """The object's own annotations."""
        return string_map(self, "metadata", "annotations")

    @property
    def ref(self) -> str:
        """The object as messages name it: ``Deployment "orders"``."""
        if self.name:
            return f'{self.kind} "{self.name}"'
        generated = self.string("metadata", "generateName")
        return f'{self.kind} "{generated}*"' if generated else self.kind

    def parts(self) -> Iterator[View]:
        """Yield the views of what the object holds (pod template, containers, routes), each once."""
        return iter(())


def iter_views(manifest: Manifest) -> Iterator[View]:
    """Yield a manifest and the views of its parts, each once."""
    yield manifest
    yield from manifest.parts()


def document_views(document: DocumentLike) -> Iterator[View]:
    """Yield the document, the manifests in it and the views of their parts, each once."""
    yield YamlDocument(document)
    for manifest in manifests_of(document):
        yield from iter_views(manifest)


def manifests_of(document: DocumentLike) -> Iterator[Manifest]:
    """Yield the objects of a document in order; lists of objects (``kind: List``) give their items, nested ones too."""
    pending: list[Path] = [()]
    while pending:
        path = pending.pop()
        value = dig(document.value, path)
        if not is_manifest(value):
            continue
        items = _items(value)
        if items is None:
            yield view_class(value)(document, path)
        else:
            pending.extend((*path, "items", index) for index in reversed(range(len(items))))


def is_manifest(value: Any) -> bool:
    """Tell whether a value has the two fields that make an object: ``apiVersion`` and ``kind``."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("apiVersion"), str)
        and isinstance(value.get("kind"), str)
        and bool(value["kind"])
    )


_KIND = regex(r"[A-Z][A-Za-z0-9]+")
_OF_KUSTOMIZE = ("Component", "Kustomization")


def lacks_api_version(value: Any) -> bool:
    """Tell whether a mapping is an object but for its ``apiVersion``: it has a kind, and a name or content."""
    if not isinstance(value, dict) or (isinstance(value.get("apiVersion"), str) and value["apiVersion"]):
        return False
    kind, metadata = value.get("kind"), value.get("metadata")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind) or kind in _OF_KUSTOMIZE:
        return False
    from cnlint.data.api_versions import builtin_kinds

    if kind in builtin_kinds():
        return isinstance(metadata, dict) or any(isinstance(value.get(field), dict) for field in ("data", "spec"))
    has_name = isinstance(dig(value, ("metadata", "name")), str)
    return has_name and isinstance(value.get("spec"), dict) and not value.get("apiVersion")


def _items(value: dict[Any, Any]) -> list[Any] | None:
    items = value.get("items")
    if not isinstance(items, list) or not value["kind"].endswith("List"):
        return None
    # A custom resource may be called AllowList and have items that are no objects.
    return items if value["kind"] == "List" or any(map(is_manifest, items)) else None


_WORKLOAD = "cnlint.manifests.workloads:Workload"
_CLOUD_FUNCTION = "cnlint.manifests.serverless:CloudFunction"
_CLASSES: dict[tuple[str, str], str] = {
    ("", "Pod"): _WORKLOAD,
    ("", "PodTemplate"): _WORKLOAD,
    ("", "ReplicationController"): _WORKLOAD,
    **{("apps", kind): _WORKLOAD for kind in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet")},
    **{("extensions", kind): _WORKLOAD for kind in ("Deployment", "DaemonSet", "ReplicaSet")},
    ("batch", "Job"): _WORKLOAD,
    ("batch", "CronJob"): _WORKLOAD,
    ("apps.openshift.io", "DeploymentConfig"): _WORKLOAD,
    ("", "DeploymentConfig"): _WORKLOAD,
    ("argoproj.io", "Rollout"): _WORKLOAD,
    ("serving.knative.dev", "Service"): _WORKLOAD,
    ("", "Service"): "cnlint.manifests.services:Service",
    ("", "ConfigMap"): "cnlint.manifests.configuration:ConfigMap",
    ("", "Secret"): "cnlint.manifests.configuration:Secret",
    ("autoscaling", "HorizontalPodAutoscaler"): "cnlint.manifests.autoscaling:HorizontalPodAutoscaler",
    ("extensions", "HorizontalPodAutoscaler"): "cnlint.manifests.autoscaling:HorizontalPodAutoscaler",
    ("keda.sh", "ScaledObject"): "cnlint.manifests.autoscaling:ScaledObject",
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): "cnlint.manifests.autoscaling:VerticalPodAutoscaler",
    ("policy", "PodDisruptionBudget"): "cnlint.manifests.autoscaling:PodDisruptionBudget",
    **{(group, "Ingress"): "cnlint.manifests.ingresses:Ingress" for group in ("networking.k8s.io", "extensions")},
    **{
        (group, "NetworkPolicy"): "cnlint.manifests.network_policies:NetworkPolicy"
        for group in ("networking.k8s.io", "extensions")
    },
    **{
        ("monitoring.coreos.com", kind): "cnlint.manifests.monitors:Monitor"
        for kind in ("ServiceMonitor", "PodMonitor")
    },
    **{
        (
            "admissionregistration.k8s.io",
            f"{kind}WebhookConfiguration",
        ): "cnlint.manifests.webhooks:WebhookConfiguration"
        for kind in ("Validating", "Mutating")
    },
    ("", "ServiceAccount"): "cnlint.manifests.rbac:ServiceAccount",
    **{
        ("rbac.authorization.k8s.io", f"{scope}{kind}"): f"cnlint.manifests.rbac:{kind}"
        for kind in ("Role", "RoleBinding")
        for scope in ("", "Cluster")
    },
    **{
        ("networking.istio.io", kind): f"cnlint.manifests.istio:{kind}"
        for kind in (
            "VirtualService",
            "DestinationRule",
            "Gateway",
            "ServiceEntry",
            "Sidecar",
            "EnvoyFilter",
            "WorkloadEntry",
            "WorkloadGroup",
        )
    },
    **{
        ("security.istio.io", kind): f"cnlint.manifests.istio:{kind}"
        for kind in ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication")
    },
    ("telemetry.istio.io", "Telemetry"): "cnlint.manifests.istio:Telemetry",
    ("cloudfunctions.cnrm.cloud.google.com", "CloudFunctionsFunction"): _CLOUD_FUNCTION,
    ("cloudfunctions2.cnrm.cloud.google.com", "CloudFunctions2Function"): _CLOUD_FUNCTION,
    **{
        ("iam.cnrm.cloud.google.com", kind): "cnlint.manifests.serverless:IamPolicy"
        for kind in ("IAMPolicy", "IAMPartialPolicy", "IAMPolicyMember")
    },
    **{
        ("argoproj.io", kind): f"cnlint.manifests.argo:{kind}"
        for kind in ("Application", "ApplicationSet", "AppProject")
    },
}


def view_class(value: dict[Any, Any]) -> type[Manifest]:
    """Give the class of view for an object: by group and kind, else by what its ``spec`` holds."""
    group = value["apiVersion"].rpartition("/")[0]
    known = _CLASSES.get((group, value["kind"]))
    if known is None and isinstance(dig(value, ("spec", "template", "spec", "containers")), list):
        known = _WORKLOAD
    return _load(known) if known else Manifest


@cache
def _load(name: str) -> type[Manifest]:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute, Manifest)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return Manifest
    return found if isinstance(found, type) and issubclass(found, Manifest) else Manifest


def string_map(view: View, *path: str | int) -> dict[str, str]:
    """Read a mapping of strings below a view (labels, annotations, data).

    Other scalars are given as text: the API server would refuse them, which is another rule's business.
    """
    return {str(key): scalar_text(value) for key, value in view.mapping(*path).items()}


def mappings(view: View, *path: str | int) -> Iterable[tuple[int, dict[Any, Any]]]:
    """Give the items of a list below a view that are mappings, each with its index."""
    return [(index, item) for index, item in enumerate(view.sequence(*path)) if isinstance(item, dict)]
