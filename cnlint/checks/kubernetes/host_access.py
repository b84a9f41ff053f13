"""Files and folders of nodes that pods get."""

from collections.abc import Iterable, Iterator

from cnlint.findings import Fix, Related, Report, Severity, report
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.volumes import Volume, VolumeMount, shortest_path
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check

# What can be opened, and then does as it is told: that the mount is read-only changes nothing.
_UNWRITTEN_TYPES = frozenset({"Socket", "CharDevice", "BlockDevice"})
_PIPES = "\\\\.\\pipe\\"
_READ_ONLY = ":ro"


@check("K8S279")
def host_path_volume(pod: PodTemplate, context: Context) -> Iterator[Report]:
    allowed = context.options["allowed_paths"]
    for volume in pod.volumes:
        if volume.is_host_path and not (allowed and _is_allowed(volume, allowed)):
            text = f"{volume.ref} of {pod.ref} is {_written_path(volume)} of the node"
            yield report(volume.at("hostPath"), text)


def _is_allowed(volume: Volume, allowed: Iterable[str]) -> bool:
    """Tell whether a path is below an allowed one; ``/var/log:ro`` allows to read alone."""
    if has_placeholder(volume.string("hostPath", "path")):
        return True
    is_read_only = all(mount.is_read_only for mount in volume.mounts)
    return any(
        _is_below(volume.host_path, entry.removesuffix(_READ_ONLY))
        for entry in allowed
        if is_read_only or not entry.endswith(_READ_ONLY)
    )


def _is_below(path: str, folder: str) -> bool:
    folder = shortest_path(folder)
    return path == folder or (path.startswith(f"{folder.rstrip('/')}/") and folder.startswith("/"))


def _written_path(volume: Volume) -> str:
    path = volume.string("hostPath", "path")
    return f'"{path}"' if path else "a path"


@check("K8S279")
def host_path_persistent_volume(manifest: Manifest, context: Context) -> Iterator[Report]:
    path = manifest.string("spec", "hostPath", "path")
    if not context.options["persistent_volumes"] or not path or has_placeholder(path):
        return
    allowed = (entry for entry in context.options["allowed_paths"] if not entry.endswith(_READ_ONLY))
    if not any(_is_below(shortest_path(path), entry) for entry in allowed):
        yield report(manifest.at("spec", "hostPath"), f'{manifest.ref} is "{path}" of whatever node mounts it')


@check("K8S280")
def sensitive_host_mount(pod: PodTemplate, context: Context) -> Iterator[Report]:
    paths = [shortest_path(path) for path in context.options["paths"]]
    for volume in _host_volumes(pod):
        mounts = [mount for mount in volume.mounts if _is_sensitive(mount.host_path, paths, context)]
        if mounts:
            writing = [mount for mount in mounts if not mount.is_read_only]
            severity: Severity | None = None if writing else "warning"
            verb, who = ("change", writing) if writing else ("read", mounts)
            text = f'{_containers(who)} can {verb} "{who[0].host_path}" of the node'
            yield _mounted(volume, mounts, text, severity)


def _is_sensitive(path: str, paths: list[str], context: Context) -> bool:
    # Everything is below the root, so that it only counts itself.
    return path in paths or (
        bool(context.options["subpaths"]) and any(_is_below(path, one) for one in paths if one != "/")
    )


@check("K8S281")
def container_runtime_socket_mount(pod: PodTemplate, context: Context) -> Iterator[Report]:
    volumes = _host_volumes(pod)
    if not volumes or _has_label(pod, context.options["allow_label"]):
        return
    for volume in volumes:
        mounts = [mount for mount in volume.mounts if _leads_to_runtime(mount.host_path, context.options["sockets"])]
        if mounts:
            text = (
                f'{_containers(mounts)} can control the node: it has the runtime\'s socket at "{mounts[0].host_path}"'
            )
            yield _mounted(volume, mounts, text)


def _host_volumes(pod: PodTemplate) -> list[Volume]:
    return [volume for volume in pod.volumes if volume.is_host_path]


def _has_label(pod: PodTemplate, wanted: str) -> bool:
    key, equals, value = wanted.partition("=")
    return bool(key) and key in pod.labels and (not equals or pod.labels[key] == value)


_RUNTIME_SOCKETS = (
    *("docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock", "podman.sock"),
    *("/run/docker", "/run/containerd", "/run/crio"),
)


def _leads_to_runtime(path: str, sockets: Iterable[str]) -> bool:
    """Tell whether a path is a socket, given by its name or path, or the folder that holds it."""
    name = path.rpartition("/")[2]
    return bool(name) and any(one in (name, path) or _run_path(one) == _run_path(path) for one in sockets)


def _run_path(path: str) -> str:
    """Give a path below ``/var/run``, a link on all systems of today, as what it means."""
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def _containers(mounts: list[VolumeMount]) -> str:
    names = list(dict.fromkeys(mount.container.ref for mount in mounts))
    others = "" if len(names) == 1 else f" and {len(names) - 1} {'other' if len(names) == 2 else 'others'}"
    return f"{names[0]}{others}"


def _mounted(volume: Volume, mounts: list[VolumeMount], text: str, severity: Severity | None = None) -> Report:
    related = [Related(mount.at(), f"{mount.container.ref} mounts it") for mount in mounts[:5]]
    return report(volume.value_at("hostPath", "path"), text, related=related, severity=severity)


@check("K8S282")
def writable_host_mount(container: Container) -> Iterator[Report]:
    for mount in container.mounts:
        if mount.get("readOnly") not in (None, False) or not _can_be_written(mount):
            continue
        path = mount.host_path or (mount.volume and mount.volume.string("hostPath", "path"))
        where = f'"{path}" of the node' if path else "a path of the node"
        if mount.get("readOnly") is None:
            edits = add_key(mount, (), "readOnly: true")
        else:
            edits = (replace_value(mount, ("readOnly",), "true"),)
        fixes = [Fix("mount it with readOnly: true", edits)] if edits else []
        yield report(mount.at(), f"{container.ref} can write to {where}", fixes=fixes)


def _can_be_written(mount: VolumeMount) -> bool:
    volume = mount.volume
    if volume is None or not volume.is_host_path or volume.host_path_type in _UNWRITTEN_TYPES:
        return False
    path = mount.host_path
    if path.endswith(".sock") or path.startswith(_PIPES) or _leads_to_runtime(path, _RUNTIME_SOCKETS):
        return False
    return not path.startswith("/dev/") or _is_below(path, "/dev/shm")
