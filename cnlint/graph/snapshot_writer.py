"""How the file stage writes the snapshot of a YAML document: one pass over its value and its tree of positions.

The pass reads the tree as `cnlint.syntax.yaml_nodes` lays it out; what is rare there (merge keys, repeated keys,
anchors, tags) is left to the document's own functions.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, Final

from cnlint.graph.snapshots import LONGEST_STRING, Positions, join_snapshots, plain_text, to_json
from cnlint.manifests.argo import is_cluster
from cnlint.manifests.kubernetes import Manifest, manifests_of
from cnlint.syntax.libyaml import AliasEvent, ScalarEvent
from cnlint.syntax.yaml import Document

_DROP: Final = "drop"
_BLANK: Final = "blank"
_EVERY: Final = "*"
_BLANK_ITEMS = {_EVERY: _BLANK}
# Of schemas of custom resources, the texts and the rules that nothing here evaluates.
_SCHEMA: dict[str, Any] = dict.fromkeys(
    ("description", "example", "externalDocs", "pattern", "title", "x-kubernetes-validations"), _DROP
)
_SCHEMA.update(
    {
        "properties": {_EVERY: _SCHEMA},
        **dict.fromkeys(("additionalProperties", "items", "not"), _SCHEMA),
        **{key: {_EVERY: _SCHEMA} for key in ("allOf", "anyOf", "oneOf")},
    }
)
# What is left out of each manifest, by key: the entry, or only what its value says.
_BULK: dict[str, Any] = {
    "status": _DROP,
    "metadata": {
        "managedFields": _DROP,
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": _BLANK},
    },
}
_BULK_BY_KIND: dict[str, dict[str, Any]] = {
    "ConfigMap": {**_BULK, "data": _BLANK_ITEMS, "binaryData": _BLANK_ITEMS},
    "Secret": {**_BULK, "data": _BLANK_ITEMS, "stringData": _BLANK_ITEMS, "sops": _BLANK_ITEMS},
    "SealedSecret": {**_BULK, "spec": {"encryptedData": _BLANK_ITEMS}},
    "CustomResourceDefinition": {
        **_BULK,
        "spec": {"validation": _DROP, "versions": {_EVERY: {"schema": {"openAPIV3Schema": _SCHEMA}}}},
    },
}
# What Argo CD knows a cluster by is no secret.
_CLUSTER = {**_BLANK_ITEMS, "name": None, "server": None}
_CLUSTER_SECRET = {**_BULK_BY_KIND["Secret"], "data": _CLUSTER, "stringData": _CLUSTER}
# Kinds whose long texts are read again: patches that stand in a kustomization.
_UNCUT_KINDS = frozenset({"Kustomization", "Component"})

_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_QUOTES = {"plain": 0, "single": 2, "double": 2}
"""The characters that a scalar of a style has more than its value, where these simply follow each other."""

_Node = Any


def encode_documents(documents: Iterable[Document]) -> str:
    """Write the snapshots of a file's documents."""
    return join_snapshots(map(_encode, documents))


def _encode(document: Document) -> tuple[list[Any], str, str]:
    manifests = list(manifests_of(document))
    cut = bool(manifests) and not any(manifest.kind in _UNCUT_KINDS for manifest in manifests)
    value, positions = _Writer(document, cut).write(_plan(manifests))
    header = [document.index, [_resource(manifest) for manifest in manifests], _hidden_kinds(document)]
    return header, to_json(value), positions


def _resource(manifest: Manifest) -> list[Any]:
    from cnlint.manifests.workloads import Workload

    has_pods = isinstance(manifest, Workload) and manifest.template is not None
    return [manifest.path, manifest.api_version, manifest.kind, manifest.namespace, manifest.name, has_pods]


def _plan(manifests: list[Manifest]) -> Any:
    """Give what is to be left out of a document, by the path of each manifest in it."""
    if len(manifests) == 1 and not manifests[0].path:
        return _bulk_of(manifests[0])
    plan: dict[Any, Any] = {}
    for manifest in manifests:
        inner = plan
        for step in manifest.path[:-1]:
            inner = inner.setdefault(step, {})
        inner[manifest.path[-1]] = _bulk_of(manifest)
    return plan or None


def _bulk_of(manifest: Manifest) -> dict[str, Any]:
    if manifest.kind == "Secret" and is_cluster(manifest):
        return _CLUSTER_SECRET
    return _BULK_BY_KIND.get(manifest.kind, _BULK)


def _hidden_kinds(document: Document) -> list[str]:
    """Give the kinds of the objects that repeated keys overwrite, where ``---`` is missing between them."""
    kinds = []
    for duplicate in document.duplicates:
        if duplicate.path == () and duplicate.key == "kind":
            line = document.source.line(duplicate.first.line)
            kinds.append(line[duplicate.first.end_column - 1 :].partition(":")[2].partition("#")[0].strip())
    return kinds


class _Writer:
    """The pass over one document."""

    def __init__(self, document: Document, cut: bool) -> None:
        self.document = document
        self.tree = document.tree
        self.longest = LONGEST_STRING if cut else sys.maxsize
        text = document.source.text
        # Files without any of these letters have neither anchors nor tags nor block scalars; most are so.
        self.is_plain = not ("&" in text or "!" in text or "|" in text or ">" in text)
        self.offsets: list[int] = []
        self.texts: dict[int, str] = {}
        self.maps: dict[int, list[int]] = {}

    def write(self, plan: Any) -> tuple[Any, str]:
        """Give the value that is kept, and the positions, encoded."""
        offsets = self.offsets
        offsets += (0, 0, 0, 0)
        value, start, end = self._node(self.tree.root, self.document.value, plan, 0)
        offsets[0:4] = (*self._shown(self.tree.root, start, 0), start, end)
        source, base = self.document.source, self.document.base
        first = bisect_right(source.starts, self.document.start_offset) - 1
        last = bisect_right(source.starts, base + max(offsets))
        starts = source.starts[first:last]
        shift = starts[0] - base
        if shift:
            self.offsets = [offset - shift for offset in offsets]
            for numbers in self.maps.values():
                numbers[1::4] = [number - shift for number in numbers[1::4]]
                numbers[2::4] = [number - shift for number in numbers[2::4]]
        starts = [start - starts[0] for start in starts]
        return value, Positions.encode(self.offsets, first + 1, starts, self.texts, self.maps)

    def _node(self, node: _Node, value: Any, plan: Any, slot: int) -> tuple[Any, int, int]:
        """Write what is below a node; ``slot`` is where its own offsets stand. Give the value kept, start and end."""
        if plan is _BLANK:
            return "", *self.document.bounds(node)
        if type(node) is list:
            return self._mapping(node, value, plan) if type(value) is dict else self._sequence(node, value, plan)
        target = self.tree.target(node)
        if type(target) is list:
            value, _, _ = self._node(target, value, plan, slot)
        else:
            value = self._scalar(target, value, slot, is_alias=target is not node)
        return value, *self.document.bounds(node)

    def _mapping(self, node: _Node, value: dict[str, Any], plan: Any) -> tuple[Any, int, int]:
        document, offsets, is_plain, longest = self.document, self.offsets, self.is_plain, self.longest
        whole = len(node) == 2 * len(value) + 3 and id(node) not in self.tree.merged
        pairs = zip(node[2:-1:2], node[3:-1:2], strict=True) if whole else self._pairs(node, value)
        # A local name: it is looked up for every node.
        scalar: Any = ScalarEvent
        kept = value
        first = -1
        key_end = value_end = 0
        every = plan.get(_EVERY) if plan else None
        for (key, item), (key_node, item_node) in zip(value.items(), pairs, strict=True):
            inner = plan.get(key, every) if plan else None
            if inner is _DROP:
                kept = dict(value) if kept is value else kept
                del kept[key]
                whole = False
                continue
            if type(key_node) is scalar and (is_plain or _is_simple(key_node)):
                start, key_end = key_node.start_mark.index, key_node.end_mark.index
            else:
                start, key_end = document.bounds(key_node)
            if first < 0:
                first = start
            slot = len(offsets)
            if type(item_node) is scalar and (is_plain or _is_simple(item_node)):
                value_start, value_end = item_node.start_mark.index, item_node.end_mark.index
                offsets += (start, key_end, value_start, value_end)
                if inner is _BLANK:
                    new = ""
                elif item_node.value == item and value_end - value_start == len(item) <= longest:
                    new = item
                else:
                    new = self._scalar(item_node, item, slot)
            else:
                offsets += (start, key_end, 0, 0)
                new, offsets[slot + 2], value_end = self._node(item_node, item, inner, slot)
                offsets[slot + 3] = value_end
            if new is not item:
                kept = dict(value) if kept is value else kept
                kept[key] = new
        if whole and first >= 0 and not node[0].flow_style:
            return kept, first, max(key_end, value_end)
        return kept, *document.bounds(node)

    def _sequence(self, node: _Node, value: list[Any], plan: Any) -> tuple[Any, int, int]:
        offsets = self.offsets
        kept = value
        every = plan.get(_EVERY) if plan else None
        end = 0
        for index, (item, item_node) in enumerate(zip(value, node[2:-1], strict=True)):
            slot = len(offsets)
            offsets += (0, 0, 0, 0)
            new, start, end = self._node(item_node, item, plan.get(index, every) if plan else None, slot)
            offsets[slot : slot + 4] = (*self._shown(item_node, start, slot), start, end)
            if new is not item:
                kept = list(value) if kept is value else kept
                kept[index] = new
        opening = node[0]
        if value and not opening.flow_style and opening.anchor is None and opening.tag is None:
            start = opening.start_mark.index
            return kept, start, max(end, start + 1)
        return kept, *self.document.bounds(node)

    def _shown(self, node: _Node, start: int, slot: int) -> tuple[int, int]:
        """Give start and end of what a finding at an item of a list is shown at, once what is below it is written."""
        offsets = self.offsets
        if type(node) is list and type(node[1]) is dict and not node[0].flow_style and len(offsets) > slot + 4:
            key_start, key_end, value_start, value_end = offsets[slot + 4 : slot + 8]
            # Otherwise the first key in the file is not the first that was kept.
            if key_start == start:
                on_one_line = value_start < value_end and self.document.line_end(start, value_end) == value_end
                return start, value_end if on_one_line else key_end
        return self.document.shown(None, node)

    def _scalar(self, event: Any, value: Any, slot: int, *, is_alias: bool = False) -> Any:
        """Take note of what the value of a scalar does not show, and give the part of it that is kept."""
        text = value if type(value) is str else plain_text(value)
        if type(event) is AliasEvent:
            return value
        if event.value != text:
            text = self.texts[slot // 4] = event.value
        if len(text) > self.longest:
            return text[: self.longest]
        start, end = self.document.bounds(event)
        style = _STYLES.get(event.style or "", "plain")
        if is_alias or end - start - len(text) != _QUOTES.get(style):
            self._map(event, slot)
        return value

    def _map(self, event: Any, slot: int) -> None:
        """Take note of where the characters of a scalar stand that do not simply follow each other."""
        base = self.document.base
        places = self.document.map_of(event)
        if places is not None:
            self.maps[slot // 4] = [
                number
                for piece in places._pieces
                for number in (piece.value, piece.start - base, piece.end - base, piece.exact)
            ]

    def _pairs(self, node: _Node, value: dict[str, Any]) -> Iterator[tuple[_Node, _Node]]:
        """Give the nodes of key and value for each key of a mapping in which keys repeat or others are merged."""
        for key in value:
            child = self.document.child(node, key)
            assert child is not None
            yield child


def _is_simple(node: Any) -> bool:
    """Tell whether a scalar stands between its marks: it has no anchor and no tag and is no block."""
    return node.anchor is None and node.tag is None and node.style not in ("|", ">")
