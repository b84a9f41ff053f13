"""Workloads and what they hold: pod templates, containers, probes."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.images import ImageReference
from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.kubernetes import Manifest, mappings, string_map
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.quantities import Quantity
from cnlint.manifests.view import Path, View
from cnlint.manifests.volumes import Volume, VolumeMount

Role = Literal["container", "init", "sidecar", "ephemeral"]
ProbeKind = Literal["liveness", "readiness", "startup"]

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
PROBE_KINDS: tuple[ProbeKind, ...] = ("startup", "readiness", "liveness")

_TEMPLATE_PATHS: dict[str, Path] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_REPLICATED = frozenset(
    {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DeploymentConfig", "Rollout"}
)
_PLAIN_SELECTOR = frozenset({"ReplicationController", "DeploymentConfig"})
_NEEDS_SELECTOR = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "DeploymentConfig"})
# Older versions of the API filled in the labels of the template.
_DEFAULTED_SELECTOR = frozenset({"extensions/v1beta1", "apps/v1beta1"})


class Workload(Manifest):
    """An object that runs pods: a Deployment, a Job, a Pod, or anything with ``spec.template.spec.containers``."""

    target = "workload"

    @cached_property
    def template(self) -> "PodTemplate | None":
        """The pod template (the Pod itself, for a Pod); ``None`` where the manifest has none."""
        path = _TEMPLATE_PATHS.get(self.kind, ("spec", "template"))
        return PodTemplate(self, path) if isinstance(self.get(*path), dict) else None

    @property
    def containers(self) -> "list[Container]":
        """All containers of the template: init, regular and ephemeral ones."""
        return self.template.containers if self.template else []

    def parts(self) -> Iterator[View]:
        """Yield the pod template, the containers and their probes."""
        if self.template:
            yield self.template
        for container in self.containers:
            yield container
            yield from container.probes

    @property
    def is_job(self) -> bool:
        """Whether it runs to an end by its kind: a Job or CronJob."""
        return self.group == "batch" and self.kind in ("Job", "CronJob")

    @property
    def is_long_running(self) -> bool:
        """Whether its pods are to run until they are stopped."""
        restarts = self.template is None or self.template.restart_policy == "Always"
        return not self.is_job and restarts

    @property
    def is_controller(self) -> bool:
        """Whether it makes pods, and is none itself."""
        return self.kind != "Pod"

    @cached_property
    def is_fragment(self) -> bool:
        """Whether the manifest shows only part of the workload, as patches do: what is absent may stand elsewhere."""
        if self.template is None or not any(container.role == "container" for container in self.containers):
            return True
        if "$patch" in self.mapping("spec") or any(container.is_patch for container in self.containers):
            return True
        patch_file = "patch" in self.document.path.rpartition("/")[2].casefold()
        return patch_file and self.requires_selector and self.selector.is_absent

    @property
    def has_replicas(self) -> bool:
        """Whether the kind has a number of replicas."""
        return self.kind in _REPLICATED

    @property
    def replicas(self) -> int | None:
        """The number of replicas, 1 where none is written; ``None`` where the kind has none or it cannot be read."""
        if not self.has_replicas:
            return None
        return 1 if self.get("spec", "replicas") is None else self.integer("spec", "replicas")

    @property
    def sets_replicas(self) -> bool:
        """Whether a number of replicas is written."""
        return self.get("spec", "replicas") is not None

    @property
    def selector_path(self) -> Path:
        """Where the selector of the workload's pods stands."""
        return ("spec", "jobTemplate", "spec", "selector") if self.kind == "CronJob" else ("spec", "selector")

    @cached_property
    def selector(self) -> LabelSelector:
        """The selector of the workload's pods, as written."""
        value = self.get(*self.selector_path)
        return LabelSelector.of_map(value) if self.kind in _PLAIN_SELECTOR else LabelSelector.parse(value)

    @property
    def requires_selector(self) -> bool:
        """Whether the API server refuses the object without a selector."""
        return self.kind in _NEEDS_SELECTOR and self.api_version not in _DEFAULTED_SELECTOR

    @property
    def pod_labels(self) -> dict[str, str]:
        """The labels that its pods have."""
        return self.template.labels if self.template else {}

    @property
    def strategy_path(self) -> Path:
        """Where the update strategy of this kind stands."""
        if self.kind in ("DaemonSet", "StatefulSet"):
            return ("spec", "updateStrategy")
        return ("spec", "strategy")

    @property
    def strategy_type(self) -> str:
        """The type of the update strategy, the default of the API where none is written; empty for other kinds."""
        if self.kind not in ("Deployment", "DaemonSet", "StatefulSet", "DeploymentConfig"):
            return ""
        default = "Rolling" if self.kind == "DeploymentConfig" else "RollingUpdate"
        written = self.get(*self.strategy_path, "type")
        return default if written is None else self.string(*self.strategy_path, "type")

    @property
    def rolling_path(self) -> Path:
        """Where the parameters of a rolling update stand."""
        if self.kind == "Rollout":
            return (*self.strategy_path, "canary")
        return (*self.strategy_path, "rollingParams" if self.kind == "DeploymentConfig" else "rollingUpdate")

    def rolling_value(self, field: str) -> IntOrPercent | None:
        """Read ``maxUnavailable`` or ``maxSurge`` of the rolling update; ``None`` where it is absent or unreadable."""
        return IntOrPercent.parse(self.get(*self.rolling_path, field))


class PodTemplate(View):
    """A pod template, or the Pod itself."""

    # No __slots__ in this module: what many rules ask for is cached.
    target = "pod-template"

    def __init__(self, workload: Workload, path: Path) -> None:
        super().__init__(workload.document, workload.path + path)
        self.workload = workload

    @property
    def ref(self) -> str:
        """The workload as messages name it."""
        return self.workload.ref

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the pods."""
        return string_map(self, "metadata", "labels")

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of the pods."""
        return string_map(self, "metadata", "annotations")

    @property
    def spec(self) -> dict[Any, Any]:
        """The pod specification."""
        return self.mapping("spec")

    @cached_property
    def containers(self) -> "list[Container]":
        """All containers in the order in which they start: init containers and sidecars, regular, ephemeral."""
        return [
            Container(self, field, index)
            for field in ("initContainers", "containers", "ephemeralContainers")
            for index, _ in mappings(self, "spec", field)
        ]

    @property
    def running_containers(self) -> "list[Container]":
        """The containers that run as long as the pod does: regular ones and sidecars."""
        return [container for container in self.containers if container.runs_with_pod]

    @property
    def ports(self) -> "list[ContainerPort]":
        """The ports of all containers that run with the pod."""
        return [port for container in self.running_containers for port in container.ports]

    @property
    def restart_policy(self) -> str:
        """The restart policy, ``Always`` where none is written."""
        return self.string("spec", "restartPolicy") or "Always"

    @property
    def service_account(self) -> str:
        """The ServiceAccount that the pods run as, ``default`` where none is written."""
        return self.string("spec", "serviceAccountName") or self.string("spec", "serviceAccount") or "default"

    @property
    def grace_period(self) -> int | None:
        """Seconds between SIGTERM and SIGKILL, 30 where none are written; ``None`` where they cannot be read."""
        if self.get("spec", "terminationGracePeriodSeconds") is None:
            return 30
        return self.integer("spec", "terminationGracePeriodSeconds")

    @property
    def is_windows(self) -> bool:
        """Whether the pod is for Windows nodes, where users and root file systems are other things."""
        return (
            self.string("spec", "os", "name") == "windows"
            or self.get("spec", "nodeSelector", "kubernetes.io/os") == "windows"
            or self.get("spec", "securityContext", "windowsOptions") is not None
        )

    @property
    def host_network(self) -> bool:
        """Whether the pod uses the network of its node."""
        return self.get("spec", "hostNetwork") is True

    @property
    def claims(self) -> list[str]:
        """The names of the PersistentVolumeClaims that the pod mounts."""
        return [volume.claim for volume in self.volumes if volume.claim]

    @cached_property
    def volumes(self) -> list[Volume]:
        """The volumes."""
        return [Volume(self, index) for index, _ in mappings(self, "spec", "volumes")]

    def volume_named(self, name: str) -> Volume | None:
        """Give the volume with this name."""
        return self._volumes_by_name.get(name)

    @cached_property
    def _volumes_by_name(self) -> dict[str, Volume]:
        return {volume.name: volume for volume in self.volumes if volume.name}

    @cached_property
    def mounts_by_volume(self) -> dict[str, list[VolumeMount]]:
        """Where the containers mount volumes, by the name of the volume."""
        found: dict[str, list[VolumeMount]] = {}
        for container in self.containers:
            for mount in container.mounts:
                found.setdefault(mount.name, []).append(mount)
        return found

    def sets_resource(self, side: str, resource: str) -> bool:
        """Tell whether the pod as a whole has a limit or request (``side``) of a resource (Kubernetes 1.32)."""
        return _is_set(self.get("spec", "resources", side, resource))

    def security(self, field: str) -> Any:
        """Read a field of the pod's security context."""
        return self.get("spec", "securityContext", field)

    def configuration_references(self) -> "Iterator[ConfigurationReference]":
        """Yield every ConfigMap and Secret, and key of one, that the containers and volumes of the pod refer to."""
        for container in self.containers:
            yield from container.configuration_references()
        for volume in self.volumes:
            yield from _volume_references(self, ("spec", "volumes", volume.index))


class ContainerPort(View):
    """A port of a container."""

    def __init__(self, container: "Container", index: int) -> None:
        super().__init__(container.document, (*container.path, "ports", index))
        self.container = container
        self.index = index

    @property
    def name(self) -> str:
        """The port's name; empty where it has none."""
        return self.string("name")

    @property
    def number(self) -> int | None:
        """The port's number."""
        return self.integer("containerPort")

    @property
    def protocol(self) -> str:
        """The protocol, ``TCP`` where none is written."""
        return self.string("protocol") or "TCP"


class EnvironmentVariable(View):
    """An entry of a container's ``env``."""

    def __init__(self, container: "Container", index: int) -> None:
        super().__init__(container.document, (*container.path, "env", index))
        self.container = container

    @property
    def name(self) -> str:
        """The variable's name."""
        return self.string("name")

    @property
    def literal(self) -> str | None:
        """The value that stands in the manifest; ``None`` where it comes from elsewhere or is no string."""
        value = self.get("value")
        return value if isinstance(value, str) else None

    @property
    def is_reference(self) -> bool:
        """Whether the value comes from a ConfigMap, a Secret or the pod."""
        return self.get("valueFrom") is not None


class ConfigurationReference(NamedTuple):
    """A reference of a pod to a ConfigMap or Secret."""

    view: View
    path: Path
    """The path from ``view`` to the reference: what holds ``name`` (``secretName``) and ``key``."""
    kind: Literal["ConfigMap", "Secret"]
    name: str
    key: str | None
    """The key wanted; ``None`` for the object as a whole."""
    is_optional: bool
    name_field: str = "name"
    key_path: Path = ("key",)
    """The path from the reference to the key."""

    @property
    def name_place(self) -> Place:
        """The name of the object referred to."""
        return self.view.value_at(*self.path, self.name_field)

    @property
    def key_place(self) -> Place:
        """The key referred to."""
        return self.view.value_at(*self.path, *self.key_path)


class Container(View):
    """A container of a pod template."""

    target = "container"

    def __init__(self, pod: PodTemplate, field: str, index: int) -> None:
        super().__init__(pod.document, (*pod.path, "spec", field, index))
        self.pod = pod
        self.field = field
        self.index = index

    @property
    def workload(self) -> Workload:
        """The workload that the container belongs to."""
        return self.pod.workload

    @property
    def name(self) -> str:
        """The container's name."""
        return self.string("name")

    @property
    def ref(self) -> str:
        """The container as messages name it: ``container "orders"``."""
        words = {
            "container": "container",
            "init": "init container",
            "sidecar": "sidecar",
            "ephemeral": "ephemeral container",
        }
        return f'{words[self.role]} "{self.name}"' if self.name else f"{words[self.role]} {self.index + 1}"

    @property
    def role(self) -> Role:
        """What the container is for: ``sidecar`` is an init container with ``restartPolicy: Always``."""
        if self.field == "containers":
            return "container"
        if self.field == "ephemeralContainers":
            return "ephemeral"
        return "sidecar" if self.string("restartPolicy") == "Always" else "init"

    @property
    def runs_with_pod(self) -> bool:
        """Whether it runs as long as the pod does."""
        return self.role in ("container", "sidecar")

    @property
    def is_patch(self) -> bool:
        """Whether the container shows only part of itself, as in patches: it has no image."""
        return self.get("image") is None

    @property
    def is_fragment(self) -> bool:
        """Whether what the container or its pod lacks may stand elsewhere."""
        return self.is_patch or self.workload.is_fragment

    @property
    def has_readable_security(self) -> bool:
        """Whether the security contexts of the container and its pod, where there are any, are mappings."""
        return isinstance(self.get("securityContext"), dict | None) and isinstance(
            self.pod.get("spec", "securityContext"), dict | None
        )

    @cached_property
    def image(self) -> ImageReference | None:
        """The image; ``None`` where none is written."""
        return ImageReference.parse(self.string("image")) if self.string("image") else None

    def runs_image(self, patterns: Iterable[str]) -> bool:
        """Tell whether the image, as written, matches one of some patterns (``registry.example.com/base/*``)."""
        return any(fnmatchcase(self.string("image"), pattern) for pattern in patterns)

    @cached_property
    def limits(self) -> dict[str, Quantity]:
        """The limits that can be read, by resource."""
        return self._quantities("limits")

    @cached_property
    def requests(self) -> dict[str, Quantity]:
        """The requests that can be read, by resource, without those that Kubernetes copies from limits."""
        return self._quantities("requests")

    def _quantities(self, side: str) -> dict[str, Quantity]:
        parsed = ((str(name), Quantity.parse(value)) for name, value in self.mapping("resources", side).items())
        return {name: quantity for name, quantity in parsed if quantity is not None}

    def sets_resource(self, side: str, resource: str) -> bool:
        """Tell whether the container, or its pod as a whole, has a limit or request (``side``) other than 0."""
        if not all(isinstance(self.get(*path), dict | None) for path in (("resources",), ("resources", side))):
            return True
        return _is_set(self.get("resources", side, resource)) or self.pod.sets_resource(side, resource)

    @cached_property
    def ports(self) -> list[ContainerPort]:
        """The declared ports."""
        return [ContainerPort(self, index) for index, _ in mappings(self, "ports")]

    def port_named(self, name: str) -> ContainerPort | None:
        """Give the port with this name."""
        return next((port for port in self.ports if port.name == name), None)

    @cached_property
    def env(self) -> list[EnvironmentVariable]:
        """The entries of ``env``."""
        return [EnvironmentVariable(self, index) for index, _ in mappings(self, "env")]

    @cached_property
    def mounts(self) -> list[VolumeMount]:
        """The volumes that it mounts."""
        return [VolumeMount(self, "volumeMounts", index) for index, _ in mappings(self, "volumeMounts")]

    @property
    def devices(self) -> list[VolumeMount]:
        """The volumes that it gets as raw block devices."""
        return [VolumeMount(self, "volumeDevices", index) for index, _ in mappings(self, "volumeDevices")]

    @property
    def command(self) -> list[str]:
        """``command`` and ``args``, those items that are strings."""
        return [word for word in (*self.sequence("command"), *self.sequence("args")) if isinstance(word, str)]

    def security(self, field: str) -> Any:
        """Read a field of the container's own security context."""
        return self.get("securityContext", field)

    def effective_security(self, field: str) -> Any:
        """Read a field that the container inherits from the pod where it does not set it itself."""
        own = self.security(field)
        return self.pod.security(field) if own is None else own

    @cached_property
    def probes(self) -> "list[Probe]":
        """The probes that are written."""
        return [Probe(self, kind) for kind in PROBE_KINDS if isinstance(self.get(f"{kind}Probe"), dict)]

    def probe(self, kind: ProbeKind) -> "Probe | None":
        """Give the probe of a kind."""
        return next((probe for probe in self.probes if probe.kind == kind), None)

    def has_probe(self, kind: ProbeKind) -> bool:
        """Tell whether the container has a probe of a kind with anything in it."""
        return bool(self.get(f"{kind}Probe"))

    def configuration_references(self) -> Iterator[ConfigurationReference]:
        """Yield every ConfigMap and Secret, and key of one, that the environment of the container refers to."""
        kinds: tuple[tuple[Literal["ConfigMap", "Secret"], str, str], ...] = (
            ("ConfigMap", "configMapKeyRef", "configMapRef"),
            ("Secret", "secretKeyRef", "secretRef"),
        )
        for index, _ in mappings(self, "env"):
            for kind, field, _ in kinds:
                yield from _reference(self, ("env", index, "valueFrom", field), kind, with_key=True)
        for index, _ in mappings(self, "envFrom"):
            for kind, _, field in kinds:
                yield from _reference(self, ("envFrom", index, field), kind, with_key=False)


class Probe(View):
    """A readiness, liveness or startup probe."""

    target = "probe"

    def __init__(self, container: Container, kind: ProbeKind) -> None:
        super().__init__(container.document, (*container.path, f"{kind}Probe"))
        self.container = container
        self.kind: ProbeKind = kind

    @property
    def ref(self) -> str:
        """The probe as messages name it: ``readiness probe of container "orders"``."""
        return f"{self.kind} probe of {self.container.ref}"

    @cached_property
    def handlers(self) -> list[str]:
        """The handlers written: ``exec``, ``httpGet``, ``tcpSocket``, ``grpc``. Exactly one is right."""
        return [name for name in HANDLERS if self.get(name) is not None]

    @property
    def handler(self) -> str:
        """The one handler; empty when there is none or more than one."""
        return self.handlers[0] if len(self.handlers) == 1 else ""

    @property
    def http_path(self) -> str:
        """The path of an HTTP probe, ``/`` where none is written; empty for other probes."""
        return (self.string("httpGet", "path") or "/") if self.handler == "httpGet" else ""

    @property
    def port(self) -> int | str | None:
        """The port as written: a number, or the name of a port."""
        value = self.get(self.handler, "port") if self.handler else None
        return value if isinstance(value, int | str) and not isinstance(value, bool) else None

    @property
    def port_place(self) -> Place:
        """The value of the port."""
        return self.value_at(self.handler, "port")

    @property
    def resolved_port(self) -> int | None:
        """The number of the port, a name looked up among the container's own ports as the kubelet does."""
        if not isinstance(self.port, str):
            return self.port
        if self.port.isdecimal() and self.port.isascii():
            return int(self.port[:9])
        named = self.container.port_named(self.port)
        return named.number if named else None

    @property
    def host(self) -> str:
        """The host of an HTTP or TCP probe where it is not the pod itself."""
        return self.string(self.handler, "host") if self.handler else ""

    @property
    def initial_delay(self) -> int:
        """Seconds before the first probe."""
        return self._number("initialDelaySeconds", 0)

    @property
    def period(self) -> int:
        """Seconds between probes."""
        return self._number("periodSeconds", 10)

    @property
    def timeout(self) -> int:
        """Seconds after which a probe has failed."""
        return self._number("timeoutSeconds", 1)

    @property
    def failure_threshold(self) -> int:
        """Failures in a row after which the kubelet acts."""
        return self._number("failureThreshold", 3)

    @property
    def success_threshold(self) -> int:
        """Successes in a row after which the probe has succeeded."""
        return self._number("successThreshold", 1)

    @property
    def failure_budget(self) -> int:
        """Seconds of failing that the kubelet bears before it acts."""
        return self.failure_threshold * self.period

    @property
    def action(self) -> tuple[Any, ...] | None:
        """What the probe does, to be compared with other probes of the container; ``None`` where it cannot be told."""
        port = self.port if self.resolved_port is None else self.resolved_port
        if self.handler == "httpGet":
            return ("httpGet", self.host, port, self.http_path)
        if self.handler == "tcpSocket":
            return ("tcpSocket", self.host, port)
        if self.handler == "grpc":
            return ("grpc", port, self.string("grpc", "service"))
        if self.handler == "exec":
            return ("exec", *map(str, self.sequence("exec", "command")))
        return None

    def _number(self, field: str, default: int) -> int:
        # The API server replaces 0 by the default, too.
        return self.integer(field) or default


def _is_set(value: Any) -> bool:
    """Tell whether a resource has an amount: one that cannot be read is somebody's to fill in, 0 is none."""
    if value is None:
        return False
    quantity = Quantity.parse(value)
    return quantity is None or bool(quantity)


def _reference(
    view: View, path: Path, kind: Literal["ConfigMap", "Secret"], *, with_key: bool, name_field: str = "name"
) -> Iterator[ConfigurationReference]:
    name = view.string(*path, name_field)
    key = view.string(*path, "key") if with_key else ""
    if name and not has_placeholder(name):
        yield ConfigurationReference(
            view, path, kind, name, key or None, view.get(*path, "optional") is True, name_field
        )


def _volume_references(pod: PodTemplate, path: Path) -> Iterator[ConfigurationReference]:
    yield from _source_references(pod, (*path, "configMap"), "ConfigMap", "name")
    yield from _source_references(pod, (*path, "secret"), "Secret", "secretName")
    for index, _ in mappings(pod, *path, "projected", "sources"):
        source = (*path, "projected", "sources", index)
        yield from _source_references(pod, (*source, "configMap"), "ConfigMap", "name")
        yield from _source_references(pod, (*source, "secret"), "Secret", "name")


def _source_references(
    pod: PodTemplate, path: Path, kind: Literal["ConfigMap", "Secret"], name_field: str
) -> Iterator[ConfigurationReference]:
    for whole in _reference(pod, path, kind, with_key=False, name_field=name_field):
        yield whole
        for index, _ in mappings(pod, *path, "items"):
            key = pod.string(*path, "items", index, "key")
            if key:
                yield whole._replace(key=key, key_path=("items", index, "key"))
