"""From parser events to plain values and, beside them, a tree of positions.

A node of the tree is the event itself for a scalar or an alias, and a list for a collection:
``[start event, value, key node, value node, ..., end event]`` for a mapping and
``[start event, value, item node, ..., end event]`` for a sequence. It costs nothing beyond the list: the events exist
anyway, and whatever else is wanted (spans, styles, duplicate keys) is read off the tree when somebody asks.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnlint.syntax.libyaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from cnlint.syntax.yaml_resolve import KEYS, VALUES, Dialect, Scalar, key_text, resolve

Node = Any
"""An event, or the list of a collection."""


class Fault(NamedTuple):
    """What is wrong with a document that the parser itself accepts: message and offsets."""

    message: str
    start: int
    end: int


class Tree:
    """The positions of one document, and what its values do not show."""

    __slots__ = ("aliases", "faults", "has_duplicates", "has_tags", "keys", "merged", "odd_keys", "root", "value")

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.root: Node = None
        self.value: Any = None
        self.keys = keys
        self.aliases: dict[int, Node] = {}
        """id of an alias event -> the node that it stands for."""
        self.odd_keys: dict[int, str] = {}
        """id of the node of a key that is tagged or no scalar -> the key it makes."""
        self.merged: dict[int, list[Node]] = {}
        """id of a mapping's node -> the nodes of the mappings merged into it."""
        self.faults: list[Fault] = []
        self.has_duplicates = False
        self.has_tags = False

    def key(self, node: Node) -> str:
        """Give the key that the node of a key makes."""
        if type(node) is ScalarEvent:
            plain, quoted = node.implicit
            if plain:
                return self.keys[node.value]
            if quoted:
                return str(node.value)
        return self.odd_keys[id(node)]

    def target(self, node: Node) -> Node:
        """Give the node itself or, of an alias, the node that it stands for."""
        return self.aliases.get(id(node), node) if type(node) is AliasEvent else node


class LimitError(Exception):
    """A document passes a bound; ``offset`` is where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Anchor(NamedTuple):
    node: Node
    value: Any
    size: int


MOST_ALIASED = 100_000
"""Nodes that the aliases of a file may stand for. Nobody writes as many, and a few lines can make millions of them."""

_CORE_TAG = "tag:yaml.org,2002:"
_TAGGED_TYPES: dict[str, type] = {"int": int, "float": float, "bool": bool, "null": type(None)}


class Builder:
    """Builds the documents of one stream from the events that ``get_event`` gives; whoever uses it sets that."""

    get_event: Any

    def __init__(self, dialect: Dialect, max_depth: int, max_nodes: int) -> None:
        self.dialect = dialect
        self.values = VALUES[dialect]
        self.keys = KEYS[dialect]
        self.max_depth = max_depth
        self.max_nodes = max_nodes
        self.expanded = 0
        """Nodes that aliases of the whole stream stand for."""

    def document(self) -> Tree:
        """Build the document whose start event was the last event."""
        self.total = 0
        self.anchors: dict[str, _Anchor | None] = {}
        self.tree = tree = Tree(self.keys)
        tree.root, tree.value = self.node(self.get_event(), 1)
        return tree

    def node(self, event: Any, depth: int) -> tuple[Node, Any]:
        """Build the node that starts with ``event``: its place in the tree of positions, and its value."""
        kind = type(event)
        if kind is ScalarEvent:
            return event, self.scalar(event)
        if kind is AliasEvent:
            return event, self.alias(event)
        node = self.mapping(event, depth) if kind is MappingStartEvent else self.sequence(event, depth)
        return node, node[1]

    def mapping(self, start: Any, depth: int) -> list[Any]:
        """Build the mapping that starts with ``start``."""
        result: dict[str, Any] = {}
        node = [start, result]
        append, get_event, keys, values = node.append, self.get_event, self.keys, self.values
        most = self.max_nodes + 1
        before = self.enter(start, depth)
        while True:
            event = get_event()
            if type(event) is ScalarEvent:
                plain, quoted = event.implicit
                if event.anchor is not None:
                    key = self.key(event)
                elif plain:
                    key = keys[event.value]
                elif quoted:
                    key = event.value
                else:
                    key = self.key(event)
                append(event)
            elif type(event) is MappingEndEvent:
                break
            else:
                key = self.odd_key(event, node, depth)
            event = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                plain, quoted = event.implicit
                if event.anchor is not None:
                    result[key] = self.scalar(event)
                elif plain:
                    result[key] = values[event.value]
                elif quoted:
                    result[key] = event.value
                else:
                    result[key] = self.scalar(event)
                append(event)
            elif kind is AliasEvent:
                result[key] = self.alias(event)
                append(event)
            else:
                child = self.mapping(event, depth + 1) if kind is MappingStartEvent else self.sequence(event, depth + 1)
                result[key] = child[1]
                append(child)
            if len(node) > most:
                break  # `leave` raises.
        if len(node) != 2 * len(result) + 2:
            self.tree.has_duplicates = True
        append(event)
        if self.dialect is Dialect.KUBERNETES:
            if "<<" in result:
                self.merge(node, result)
            if "null" in result:
                self.refuse_null_keys(node)
        self.leave(start, node, before)
        return node

    def sequence(self, start: Any, depth: int) -> list[Any]:
        """Build the sequence that starts with ``start``."""
        result: list[Any] = []
        node = [start, result]
        append, get_event, values = node.append, self.get_event, self.values
        most = self.max_nodes + 1
        before = self.enter(start, depth)
        while True:
            event = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                plain, quoted = event.implicit
                if event.anchor is not None:
                    result.append(self.scalar(event))
                elif plain:
                    result.append(values[event.value])
                elif quoted:
                    result.append(event.value)
                else:
                    result.append(self.scalar(event))
                append(event)
            elif kind is MappingStartEvent:
                child = self.mapping(event, depth + 1)
                result.append(child[1])
                append(child)
            elif kind is AliasEvent:
                result.append(self.alias(event))
                append(event)
            elif kind is SequenceEndEvent:
                break
            else:
                child = self.sequence(event, depth + 1)
                result.append(child[1])
                append(child)
            if len(node) > most:
                break  # `leave` raises.
        append(event)
        self.leave(start, node, before)
        return node

    def enter(self, start: Any, depth: int) -> int:
        """Start a collection: judge its depth, take note of its anchor and tag. Give the count of nodes so far."""
        if depth > self.max_depth:
            raise LimitError(f"nested more than {self.max_depth} levels deep", start.start_mark.index)
        if start.anchor is not None:
            self.anchors[start.anchor] = None
        if start.tag is not None:
            self.tree.has_tags = True
        return self.total

    def leave(self, start: Any, node: list[Any], before: int) -> None:
        """End a collection: count its nodes and make it known to aliases."""
        self.total += len(node) - 2
        if self.total > self.max_nodes:
            raise LimitError(f"more than {self.max_nodes:,} nodes", start.start_mark.index)
        if start.anchor is not None:
            self.anchors[start.anchor] = _Anchor(node, node[1], self.total - before)

    def scalar(self, event: Any) -> Scalar:
        """Give the value of a scalar that may be quoted, tagged or anchored."""
        value: Scalar
        plain, quoted = event.implicit
        if plain:
            value = self.values[event.value]
        elif quoted:
            value = event.value
        else:
            value = self.tagged(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(event, value, 1)
        return value

    def key(self, event: Any) -> str:
        """Give the key that a scalar makes."""
        value = self.scalar(event)
        plain, quoted = event.implicit
        if plain or quoted:
            return self.tree.key(event)
        key = self.tree.odd_keys[id(event)] = key_text(value)
        return key

    def odd_key(self, event: Any, mapping: list[Any], depth: int) -> str:
        """Give the key that a collection or an alias makes, and add its node to the mapping's."""
        node, value = self.node(event, depth + 1)
        mapping.append(node)
        if isinstance(value, dict | list):
            kind = "mapping" if isinstance(value, dict) else "sequence"
            hint = '; a value that starts with "{{" must be quoted' if kind == "mapping" else ""
            self.fault(f"a {kind} cannot be the key of a mapping{hint}", event)
            key = f"<{kind} at {event.start_mark.index}>"
        else:
            key = key_text(value)
        self.tree.odd_keys[id(node)] = key
        return key

    def alias(self, event: Any) -> Any:
        """Give the value that an alias stands for: the same object."""
        if event.anchor not in self.anchors:
            self.fault(f"alias *{event.anchor} has no anchor &{event.anchor} before it", event)
            return None
        anchor = self.anchors[event.anchor]
        if anchor is None:
            self.fault(f"alias *{event.anchor} stands inside the value that it names", event)
            return None
        self.total += anchor.size
        self.expanded += anchor.size
        most = min(self.max_nodes, MOST_ALIASED)
        if self.total > self.max_nodes or self.expanded > most:
            raise LimitError(f"aliases stand for more than {most:,} nodes", event.start_mark.index)
        self.tree.aliases[id(event)] = anchor.node
        return anchor.value

    def merge(self, node: list[Any], result: dict[str, Any]) -> None:
        """Take the keys of what plain ``<<`` names into ``result``; keys that it has itself win."""
        sources: list[Node] = []
        for position in range(2, len(node) - 1, 2):
            key = node[position]
            if type(key) is ScalarEvent and key.value == "<<" and key.implicit[0]:
                sources += self.merge_sources(node[position + 1], key)
        if not sources:
            return
        del result["<<"]
        for source in sources:
            for name, value in source[1].items():
                result.setdefault(name, value)
        self.tree.merged[id(node)] = sources

    def refuse_null_keys(self, node: list[Any]) -> None:
        """Note the keys that are null, which have no counterpart in JSON."""
        for key in node[2:-1:2]:
            if type(key) is ScalarEvent and key.implicit[0] and self.values[key.value] is None:
                self.fault("null cannot be the key of a mapping", key)

    def fault(self, message: str, event: Any) -> None:
        """Note what is wrong with a document that can be read nevertheless."""
        self.tree.faults.append(Fault(message, event.start_mark.index, event.end_mark.index))

    def merge_sources(self, node: Node, key: Any) -> list[Node]:
        """Give the mappings that the value of a merge key names."""
        node = self.tree.target(node)
        candidates = [node]
        if type(node) is list and type(node[1]) is list:
            candidates = [self.tree.target(item) for item in node[2:-1]]
        sources = [candidate for candidate in candidates if type(candidate) is list and type(candidate[1]) is dict]
        # An alias that leads nowhere has been noted already.
        if len(sources) < sum(type(candidate) is not AliasEvent for candidate in candidates):
            self.fault("<< takes a mapping or a list of mappings", key)
        return sources

    def tagged(self, event: Any) -> Scalar:
        """Give the value of a scalar with a tag; tags that are not YAML's own leave it as if it had none."""
        self.tree.has_tags = True
        text: str = event.value
        name = event.tag.removeprefix(_CORE_TAG) if event.tag.startswith(_CORE_TAG) else ""
        if name == "str":
            return text
        value = resolve(text, self.dialect)
        if name in _TAGGED_TYPES:
            if name == "float" and type(value) is int:
                value = float(value)
            if type(value) is not _TAGGED_TYPES[name]:
                self.fault(f'"{text[:40]}" is no !!{name}', event)
                return text
            return value
        if name == "binary":
            return self.binary(text, event)
        return value if event.style in (None, "") else text

    def binary(self, text: str, event: Any) -> str:
        """Decode base64 as Go does for JSON: bytes that are no UTF-8 become U+FFFD."""
        from binascii import a2b_base64

        try:
            return a2b_base64("".join(text.split()), strict_mode=True).decode("utf-8", "replace")
        except ValueError:
            self.fault("this !!binary is not base64", event)
            return text
