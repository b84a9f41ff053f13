"""Which fields of objects the fields of a kustomization change: labels, annotations, namespaces, images, replicas.

The lists are those of kustomize's built-in transformer configuration (5.x).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cnlint.graph.kustomize import split_image
from cnlint.graph.rendered import Node
from cnlint.manifests.kustomization import ImageOverride, Kustomization
from cnlint.manifests.view import Path


class Field(NamedTuple):
    """A field of the objects of some kinds; an empty group or kind means any. ``[]`` ends the step of a list."""

    steps: tuple[str, ...]
    creates: bool = False
    kinds: frozenset[tuple[str, str]] = frozenset()

    def fits(self, group: str, kind: str) -> bool:
        """Tell whether objects of a kind have the field."""
        return not self.kinds or (group, kind) in self.kinds


def _field(path: str, *kinds: tuple[str, str], creates: bool = False) -> Field:
    return Field(tuple(path.split("/")), creates, frozenset(kinds))


_CONTROLLER = ("", "ReplicationController")
_JOB, _CRON_JOB = ("batch", "Job"), ("batch", "CronJob")
_APPS = tuple(("apps", kind) for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"))
_WITH_AFFINITY = (("apps", "Deployment"), ("apps", "StatefulSet"))
_REPLICATED = (_CONTROLLER, *(("apps", kind) for kind in ("Deployment", "ReplicaSet", "StatefulSet")))
_POLICY = ("networking.k8s.io", "NetworkPolicy")
_AFFINITY = "spec/template/spec/affinity"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution[]/podAffinityTerm/labelSelector/matchLabels"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution[]/labelSelector/matchLabels"

_OBJECT_LABELS = (_field("metadata/labels", creates=True),)
_TEMPLATE_LABELS = (
    _field("spec/template/metadata/labels", _CONTROLLER, *_APPS, _JOB, creates=True),
    _field("spec/jobTemplate/metadata/labels", _CRON_JOB, creates=True),
    _field("spec/jobTemplate/spec/template/metadata/labels", _CRON_JOB, creates=True),
)
_CLAIM_LABELS = (_field("spec/volumeClaimTemplates[]/metadata/labels", ("apps", "StatefulSet"), creates=True),)
_SELECTORS = (
    _field("spec/selector", ("", "Service"), _CONTROLLER, creates=True),
    _field("spec/selector/matchLabels", *_APPS, creates=True),
    _field("spec/selector/matchLabels", _JOB, ("policy", "PodDisruptionBudget")),
    _field("spec/jobTemplate/spec/selector/matchLabels", _CRON_JOB),
    *(
        _field(f"{_AFFINITY}/{one}/{terms}", *_WITH_AFFINITY)
        for one in ("podAffinity", "podAntiAffinity")
        for terms in (_PREFERRED, _REQUIRED)
    ),
    _field("spec/template/spec/topologySpreadConstraints[]/labelSelector/matchLabels", *_WITH_AFFINITY),
    _field("spec/podSelector/matchLabels", _POLICY),
    _field("spec/ingress[]/from[]/podSelector/matchLabels", _POLICY),
    _field("spec/egress[]/to[]/podSelector/matchLabels", _POLICY),
)
_ANNOTATIONS = (
    _field("metadata/annotations", creates=True),
    _field("spec/template/metadata/annotations", _CONTROLLER, *_APPS, _JOB, creates=True),
    _field("spec/jobTemplate/metadata/annotations", _CRON_JOB, creates=True),
    _field("spec/jobTemplate/spec/template/metadata/annotations", _CRON_JOB, creates=True),
)
_NOT_RENAMED = frozenset({("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "Namespace")})


class Pairs(NamedTuple):
    """Labels or annotations that a kustomization adds, where they stand in it, and the fields that get them."""

    values: dict[Any, Any]
    path: Path
    fields: tuple[Field, ...]


def labels(one: Kustomization) -> Iterator[Pairs]:
    """Yield the labels that a kustomization adds, in the order in which it does."""
    for index, item in enumerate(one.sequence("labels")):
        pairs = item.get("pairs") if isinstance(item, dict) else None
        if not isinstance(pairs, dict):
            continue
        fields: tuple[Field, ...] = _OBJECT_LABELS
        if item.get("includeSelectors") is True:
            fields += (*_SELECTORS, *_TEMPLATE_LABELS, *_CLAIM_LABELS)
        elif item.get("includeTemplates") is True:
            fields += _TEMPLATE_LABELS
        yield Pairs(pairs, ("labels", index, "pairs"), fields)
    common = one.mapping("commonLabels")
    if common:
        yield Pairs(common, ("commonLabels",), (*_OBJECT_LABELS, *_SELECTORS, *_TEMPLATE_LABELS, *_CLAIM_LABELS))


def annotations(one: Kustomization) -> Iterator[Pairs]:
    """Yield the annotations that a kustomization adds."""
    common = one.mapping("commonAnnotations")
    if common:
        yield Pairs(common, ("commonAnnotations",), _ANNOTATIONS)


def add_pairs(root: Node, group: str, kind: str, added: Pairs, one: Kustomization) -> None:
    """Add labels or annotations to an object."""
    for field in added.fields:
        if field.fits(group, kind):
            for target in find(root, field.steps, creates=field.creates, by=Node({}, one.document, added.path)):
                for key, value in added.values.items():
                    text = value if isinstance(value, str) else str(value)
                    target.put(key, Node(text, one.document, (*added.path, key)))


def find(root: Node, steps: tuple[str, ...], *, creates: bool, by: Node) -> Iterator[Node]:
    """Yield the mappings at a field; with ``creates`` those that are absent are made, at the place of ``by``."""
    node = root
    for position, step in enumerate(steps):
        name = step.removesuffix("[]")
        inner = node.fields.get(name)
        if name != step:
            for item in inner.items if inner is not None else ():
                yield from find(item, steps[position + 1 :], creates=creates, by=by)
            return
        if inner is None or inner.is_null:
            if not creates or not node.is_mapping:
                return
            inner = by.made({})
            node.put(name, inner)
        node = inner
    if node.is_mapping:
        yield node


def is_renamed(group: str, kind: str) -> bool:
    """Tell whether prefixes and suffixes are put around the names of a kind."""
    return (group, kind) not in _NOT_RENAMED and group != "apiregistration.k8s.io"


def set_namespace(root: Node, group: str, kind: str, namespace: str, one: Kustomization, is_namespaced: bool) -> bool:
    """Put an object into a namespace; tells whether that changes it."""
    node = Node(namespace, one.document, ("namespace",))
    if (group, kind) == ("", "Namespace"):
        if root.text("metadata", "name") == namespace:
            return False
        _put(root, ("metadata", "name"), node)
        return True
    is_changed = False
    if kind in ("RoleBinding", "ClusterRoleBinding") and group == "rbac.authorization.k8s.io":
        subjects = root.read("subjects")
        for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
            is_default = isinstance(subject, dict) and subject.get("name") == "default"
            if is_default and subject.get("kind") == "ServiceAccount" and subject.get("namespace") != namespace:
                _put(root, ("subjects", index, "namespace"), node.copy())
                is_changed = True
    if is_namespaced and root.text("metadata", "namespace") != namespace:
        _put(root, ("metadata", "namespace"), node)
        is_changed = True
    return is_changed


def set_replicas(root: Node, group: str, kind: str, count: Any, one: Kustomization, path: Path) -> bool:
    """Set the number of replicas; tells whether the kind has one."""
    if (group, kind) not in _REPLICATED:
        return False
    for spec in find(root, ("spec",), creates=True, by=Node({}, one.document, path)):
        spec.put("replicas", Node(count, one.document, (*path, "count")))
    return True


def set_images(root: Node, one: Kustomization, overrides: Iterable[ImageOverride]) -> bool:
    """Replace the images of all containers, wherever they stand in an object; tells whether one is replaced."""
    is_changed = False
    overrides = list(overrides)
    for path in _container_lists(root.value):
        for index, container in enumerate(root.read(*path)):
            written = container.get("image") if isinstance(container, dict) else None
            image = written
            place: Path = ()
            for override in overrides:
                if isinstance(image, str):
                    replaced = image_with(image, override)
                    if replaced != image:
                        image, place = replaced, override.path
            if image != written:
                _put(root, (*path, index, "image"), Node(image, one.document, place))
                is_changed = True
    return is_changed


def image_with(image: str, override: ImageOverride) -> str:
    """Give an image as an override leaves it."""
    name, separator, rest = split_image(image)
    if separator == "@" and ":" in name.rpartition("/")[2]:
        name, _, tag = name.rpartition(":")
        separator, rest = ":", f"{tag}@{rest}"
    if not override.name or name != override.name:
        return image
    end = f"{separator}{rest}"
    if override.new_tag and override.digest:
        end = f":{override.new_tag}@{override.digest}"
    elif override.digest:
        end = f"@{override.digest}"
    elif override.new_tag:
        end = f":{override.new_tag}"
    return f"{override.new_name or name}{end}"


def _container_lists(value: Any) -> Iterator[Path]:
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        path, inner = pending.pop()
        if isinstance(inner, dict):
            for key, item in inner.items():
                if key in ("containers", "initContainers") and isinstance(item, list):
                    yield (*path, key)
                elif isinstance(item, dict | list):
                    pending.append(((*path, key), item))
        elif isinstance(inner, list):
            pending.extend(((*path, index), item) for index, item in enumerate(inner) if isinstance(item, dict | list))


def _put(root: Node, path: Path, node: Node) -> None:
    """Set an entry of a mapping; the mappings above it are made where they are absent."""
    parent = root
    for step in path[:-1]:
        inner = parent.get(step)
        if inner is None or inner.is_null:
            inner = node.made({})
            parent.put(str(step), inner)
        parent = inner
    parent.put(str(path[-1]), node)
