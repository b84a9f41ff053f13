"""Pods of examples moved into other kinds of workloads, and the places of findings below the pods."""

from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Path = tuple[str | int, ...]
_TEMPLATE: Path = ("spec", "template")
_OF_CRON_JOB: Path = ("spec", "jobTemplate", "spec", "template")
_OWN_TO_PODS = ("labels", "annotations")


class Home(NamedTuple):
    """A kind of workload: where its pod template stands, and what it says besides."""

    api_version: str
    kind: str
    template: Path = _TEMPLATE
    has_replicas: bool = False
    selector: str = ""
    """``labels`` where a selector is a plain map of labels, ``expressions`` where it has ``matchLabels``."""
    is_item: bool = False
    """Whether the object is an item of a List."""


HOMES = {
    "Deployment": Home("apps/v1", "Deployment", has_replicas=True, selector="expressions"),
    "DaemonSet": Home("apps/v1", "DaemonSet", selector="expressions"),
    "StatefulSet": Home("apps/v1", "StatefulSet", has_replicas=True, selector="expressions"),
    "ReplicaSet": Home("apps/v1", "ReplicaSet", has_replicas=True, selector="expressions"),
    "ReplicationController": Home("v1", "ReplicationController", has_replicas=True, selector="labels"),
    "Job": Home("batch/v1", "Job"),
    "CronJob": Home("batch/v1", "CronJob", _OF_CRON_JOB),
    "Pod": Home("v1", "Pod", ()),
    "DeploymentConfig": Home("apps.openshift.io/v1", "DeploymentConfig", has_replicas=True, selector="labels"),
    "Rollout": Home("argoproj.io/v1alpha1", "Rollout", has_replicas=True, selector="expressions"),
    "Service": Home("serving.knative.dev/v1", "Service"),
    "List": Home("apps/v1", "Deployment", ("items", 0, *_TEMPLATE), True, "expressions", is_item=True),
}
_KINDS = {(home.api_version, home.kind): home for home in HOMES.values() if not home.is_item}


def compose(text: str) -> list[Any]:
    """Read the documents of a file as nodes, which keep how each value is written."""
    return [document for document in yaml.compose_all(text, Loader=_Loader) if document is not None]


def serialize(documents: list[Any]) -> str:
    """Write documents."""
    return yaml.serialize_all(documents, Dumper=_Dumper, width=10_000)


def home_of(document: Any) -> Home | None:
    """Tell of which of the kinds a document is; ``None`` where it is none of them."""
    versions = [getattr(_field(document, field), "value", "") for field in ("apiVersion", "kind")]
    return _KINDS.get((versions[0], versions[1]))


def runs_pods(document: Any) -> bool:
    """Tell whether a document is a workload of any kind."""
    return bool(home_of(document) or _field(document, *_TEMPLATE, "spec", "containers"))


def move(workload: Any, home: Home) -> Any:
    """Give the workload as another kind, with the same pods, name, replicas and selector."""
    old = home_of(workload)
    assert old is not None
    template = _template_of(workload, old)
    metadata = _field(workload, "metadata")
    if not home.template:
        fields = {"metadata": _united(metadata, _field(template, "metadata")), "spec": _field(template, "spec")}
        return _mapping(apiVersion=_scalar("v1"), kind=_scalar("Pod"), **fields)
    replicas = _field(workload, "spec", "replicas") if old.has_replicas and home.has_replicas else None
    spec = _mapping(replicas=replicas, selector=_selector(workload, template, old, home), template=template)
    if home.template == _OF_CRON_JOB:
        spec = _mapping(schedule=_scalar("0 3 * * *"), jobTemplate=_mapping(spec=spec))
    moved = _mapping(apiVersion=_scalar(home.api_version), kind=_scalar(home.kind), metadata=metadata, spec=spec)
    if home.is_item:
        return _mapping(apiVersion=_scalar("v1"), kind=_scalar("List"), items=_sequence(moved))
    return moved


def retarget(node: Any, home: Home) -> None:
    """Let autoscalers scale the new kind."""
    target = _field(node, "spec", "scaleTargetRef")
    if target is not None:
        written = {"apiVersion": _scalar(home.api_version), "kind": _scalar(home.kind)}
        target.value = [(key, written.get(key.value, value)) for key, value in target.value]


class Places:
    """Which path of which document stands at a position of a file."""

    def __init__(self, text: str) -> None:
        self._starts = [
            (start, index, path)
            for index, document in enumerate(compose(text))
            for start, path in _starts(document, ())
        ]

    def at(self, line: int, column: int) -> tuple[int, Path]:
        """Give the document and the path of the last key or item that starts at or before a position."""
        _, index, path = max(one for one in self._starts if one[0] <= (line, column))
        return index, path


def below_pod(path: Path, home: Home) -> Path:
    """Give a path as seen from the pod: its metadata and those of the workload are taken for the same."""
    if path[: len(home.template)] == home.template:
        return path[len(home.template) :]
    path = path[2:] if home.is_item else path
    return path if path[0] == "metadata" else ("workload", *path)


def _template_of(workload: Any, home: Home) -> Any:
    if home.template:
        return _field(workload, *home.template)
    metadata = _field(workload, "metadata")
    own = [(key, value) for key, value in metadata.value if key.value in _OWN_TO_PODS] if metadata else []
    return _mapping(metadata=_like(metadata, own) if own else None, spec=_field(workload, "spec"))


def _selector(workload: Any, template: Any, old: Home, new: Home) -> Any:
    if not new.selector:
        return None
    written = _field(workload, "spec", "selector") if old.selector else None
    if written is not None and old.selector == new.selector:
        return written
    labels = _field(template, "metadata", "labels")
    if written is not None:
        labels = written if old.selector == "labels" else _field(written, "matchLabels")
    return labels if labels is None or new.selector == "labels" else _mapping(matchLabels=labels)


def _united(metadata: Any, of_pods: Any) -> Any:
    """Give the metadata of a Pod: those of the workload, with the labels and annotations of its pods."""
    if metadata is None or of_pods is None:
        return metadata or of_pods
    values = {key.value: (key, value) for key, value in metadata.value}
    for key, value in of_pods.value:
        if key.value in _OWN_TO_PODS:
            _, outer = values.get(key.value, (key, None))
            values[key.value] = key, _overlaid(outer, value)
    return _like(metadata, list(values.values()))


def _overlaid(below: Any, above: Any) -> Any:
    if not isinstance(below, yaml.MappingNode) or not isinstance(above, yaml.MappingNode):
        return above
    names = {key.value for key, _ in above.value}
    return _like(above, [*(pair for pair in below.value if pair[0].value not in names), *above.value])


def _starts(node: Any, path: Path) -> Iterator[tuple[tuple[int, int], Path]]:
    parts: list[tuple[Any, str | int, Any]] = []
    if isinstance(node, yaml.MappingNode):
        parts = [(key, key.value, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
    elif isinstance(node, yaml.SequenceNode):
        parts = [(item, index, item) for index, item in enumerate(node.value)]
    for first, step, value in parts:
        yield (first.start_mark.line + 1, first.start_mark.column + 1), (*path, step)
        yield from _starts(value, (*path, step))


def _field(node: Any, *path: str | int) -> Any:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
        else:
            return None
    return node


def _like(node: Any, value: list[Any]) -> Any:
    changed = copy(node)
    changed.value = value
    return changed


def _scalar(text: str) -> Any:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text)


def _mapping(**fields: Any) -> Any:
    pairs = [(_scalar(name), value) for name, value in fields.items() if value is not None]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)


def _sequence(*items: Any) -> Any:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", list(items), flow_style=False)
