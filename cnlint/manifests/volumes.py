"""Volumes of pods, and where containers mount them."""

import posixpath
from typing import TYPE_CHECKING, Literal

from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import View

if TYPE_CHECKING:
    from cnlint.manifests.workloads import Container, PodTemplate

MountField = Literal["volumeMounts", "volumeDevices"]


class Volume(View):
    """A volume of a pod."""

    def __init__(self, pod: "PodTemplate", index: int) -> None:
        super().__init__(pod.document, (*pod.path, "spec", "volumes", index))
        self.pod = pod
        self.index = index

    @property
    def name(self) -> str:
        """The volume's name."""
        return self.string("name")

    @property
    def ref(self) -> str:
        """The volume as messages name it: ``volume "data"``."""
        return f'volume "{self.name}"' if self.name else f"volume {self.index + 1}"

    @property
    def is_host_path(self) -> bool:
        """Whether it is a file or folder of the node."""
        return self.get("hostPath") is not None

    @property
    def host_path(self) -> str:
        """The path on the node in its shortest form; empty for other volumes, and where it is filled in later."""
        written = self.string("hostPath", "path")
        return "" if has_placeholder(written) else shortest_path(written)

    @property
    def host_path_type(self) -> str:
        """What is expected at the path on the node, such as ``Socket``; empty where nothing is said."""
        return self.string("hostPath", "type")

    @property
    def claim(self) -> str:
        """The name of the PersistentVolumeClaim; empty for other volumes."""
        return self.string("persistentVolumeClaim", "claimName")

    @property
    def mounts(self) -> "list[VolumeMount]":
        """Where the containers of the pod mount it."""
        return self.pod.mounts_by_volume.get(self.name, [])


class VolumeMount(View):
    """An entry of ``volumeMounts`` or, for raw block devices, of ``volumeDevices``."""

    def __init__(self, container: "Container", field: MountField, index: int) -> None:
        super().__init__(container.document, (*container.path, field, index))
        self.container = container
        self.path_field = "mountPath" if field == "volumeMounts" else "devicePath"

    @property
    def name(self) -> str:
        """The name of the volume."""
        return self.string("name")

    @property
    def volume(self) -> Volume | None:
        """The volume of the pod; ``None`` where the manifest shows none of that name."""
        return self.container.pod.volume_named(self.name)

    @property
    def mount_path(self) -> str:
        """The path in the container, as written."""
        return self.string(self.path_field)

    @property
    def is_read_only(self) -> bool:
        """Whether the container can only read it."""
        return self.get("readOnly") is True

    @property
    def host_path(self) -> str:
        """The path on the node that the container sees; empty for other volumes, and where it cannot be told."""
        below = self.string("subPath")
        path = self.volume.host_path if self.volume else ""
        if not path or self.get("subPathExpr") is not None or has_placeholder(below):
            return ""
        return shortest_path(f"{path}/{below}") if below else path


def shortest_path(path: str) -> str:
    """Give an absolute path without doubled slashes, dots and a slash at its end; other texts as they are."""
    return posixpath.normpath(f"/{path.lstrip('/')}") if path.startswith("/") else path
