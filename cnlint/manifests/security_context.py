"""Security contexts: which setting is in force for a container, and where it is written."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Container, PodTemplate


class Setting(NamedTuple):
    """A field of a security context, where it is written."""

    view: Container | PodTemplate
    path: Path
    """The path from the view to the field."""
    value: Any

    @property
    def owner(self) -> str:
        """Whose setting it is, as messages name it: ``container "orders"``, ``the pod of Deployment "orders"``."""
        return pod_ref(self.view) if isinstance(self.view, PodTemplate) else self.view.ref

    @property
    def place(self) -> Place:
        """The field, key and value."""
        return self.view.at(*self.path)

    @property
    def is_zero(self) -> bool:
        """Whether the value is the number 0, the id of root."""
        return self.value == 0 and isinstance(self.value, int) and not isinstance(self.value, bool)


def pod_ref(pod: PodTemplate) -> str:
    """Name a pod for messages: ``Pod "orders"``, ``the pod of Deployment "orders"``."""
    return f"the pod of {pod.ref}" if pod.workload.is_controller else pod.ref


def pod_setting(pod: PodTemplate, *path: str) -> Setting | None:
    """Give what the security context of a pod sets at a path; ``None`` where it sets nothing there."""
    return _setting(pod, ("spec", "securityContext", *path))


def own_setting(container: Container, *path: str) -> Setting | None:
    """Give what a container's own security context sets at a path; ``None`` where it sets nothing there."""
    return _setting(container, ("securityContext", *path))


def effective_setting(container: Container, *path: str) -> Setting | None:
    """Give what is in force for a container: its own field, else that of the pod.

    A field is taken as a whole: the ``seccompProfile`` of a container takes the place of the pod's with all it holds.
    """
    if container.security(path[0]) is not None:
        return own_setting(container, *path)
    return pod_setting(container.pod, *path)


def all_settings(pod: PodTemplate, *path: str) -> Iterator[Setting]:
    """Yield what the security contexts of a pod and of each of its containers set at a path."""
    for found in (pod_setting(pod, *path), *(own_setting(container, *path) for container in pod.containers)):
        if found is not None:
            yield found


def _setting(view: Container | PodTemplate, path: Path) -> Setting | None:
    value = view.get(*path)
    return None if value is None else Setting(view, path, value)


def declares_windows(pod: PodTemplate) -> bool:
    """Tell whether the pod is for Windows by ``spec.os``, the one field that admission goes by."""
    return pod.string("spec", "os", "name") == "windows"


def has_user_namespace(pod: PodTemplate) -> bool:
    """Tell whether the pod has a user namespace of its own, in which root is nobody on the node."""
    return pod.get("spec", "hostUsers") is False


def is_privileged(container: Container) -> bool:
    """Tell whether the container is privileged."""
    return container.security("privileged") is True


def capabilities(container: Container, side: str) -> list[tuple[int, str]]:
    """Give the names under ``add`` or ``drop`` (``side``), each with its index."""
    items = container.sequence("securityContext", "capabilities", side)
    names = ((index, item) for index, item in enumerate(items) if isinstance(item, str) and item)
    return [(index, name) for index, name in names if not has_placeholder(name)]


def capability_name(text: str) -> str:
    """Give the name that was meant: in upper case, without the prefix ``CAP_``."""
    return text.upper().removeprefix("CAP_")


class RunAs(NamedTuple):
    """The user that a container runs as."""

    user: Setting | None
    non_root: Setting | None

    @property
    def is_root(self) -> bool:
        """Whether the manifest says that the container runs as root."""
        return self.user is not None and self.user.is_zero

    @property
    def has_other_user(self) -> bool:
        """Whether the manifest names a user that is not root, or one that cannot be read."""
        return self.user is not None and not self.user.is_zero

    @property
    def requires_non_root(self) -> bool:
        """Whether the kubelet makes sure that the container does not run as root."""
        return self.non_root is not None and self.non_root.value is True

    @property
    def is_refused(self) -> bool:
        """Whether the container must not run as root and must run as root, and so does not start."""
        return self.is_root and self.requires_non_root


def run_as(container: Container) -> RunAs:
    """Give the user that a container runs as, by its own settings and those of its pod."""
    return RunAs(effective_setting(container, "runAsUser"), effective_setting(container, "runAsNonRoot"))


def root_override(container: Container) -> tuple[Setting, Setting] | None:
    """Give the field by which a container may run as root although its pod forbids it, and the pod's field.

    A container that does not start for it (`RunAs.is_refused`) is none of these.
    """
    now, pod_user = run_as(container), pod_setting(container.pod, "runAsUser")
    pod_non_root = pod_setting(container.pod, "runAsNonRoot")
    of_pod = RunAs(pod_user, pod_non_root)
    if now.requires_non_root or now.has_other_user:
        return None
    has_pod_user = of_pod.has_other_user and isinstance(container.pod.security("runAsUser"), int)
    guard = pod_non_root if of_pod.requires_non_root else pod_user if has_pod_user else None
    override = now.user if now.is_root else now.non_root
    if guard is None or override is None or override.view is not container:
        return None
    return (override, guard) if override.is_zero or override.value is False else None
