"""One YAML document: its plain value, and the place, style and text of everything in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cnlint.syntax.libyaml import AliasEvent, ScalarEvent
from cnlint.syntax.source import Source, Span
from cnlint.syntax.yaml_nodes import Node, Tree

if TYPE_CHECKING:
    from cnlint.syntax.yaml_scalars import ScalarMap

Path = tuple[str | int, ...]
Part = Literal["entry", "key", "value"]

_BLOCK_STYLES = ("|", ">")
_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}


class Duplicate(NamedTuple):
    """A key that stands more than once in one mapping: the mapping's path and the places of both keys."""

    path: Path
    key: str
    first: Span
    second: Span


class Mark(NamedTuple):
    """An alias, an anchor, a tag or a merge key: the path where it stands, its text and its place.

    ``name`` is without the sign: ``base`` for ``&base`` and ``*base``. Tags are as written when they are local
    (``!Ref``) and in full when they are YAML's own (``tag:yaml.org,2002:str``).
    """

    path: Path
    name: str
    span: Span


class Document:
    """One YAML document. Paths are tuples of mapping keys and list indexes; keys are always strings."""

    __slots__ = ("_end", "_indexes", "_maps", "base", "index", "source", "start_offset", "tree", "value")

    def __init__(self, source: Source, index: int, tree: Tree, base: int, start: int, end: int) -> None:
        self.source = source
        self.index = index
        self.value: Any = tree.value
        self.tree = tree
        self.base = base
        self.start_offset = start
        self._end = end
        self._indexes: dict[int, dict[str, int]] = {}
        self._maps: dict[int, ScalarMap | None] = {}

    @property
    def path(self) -> str:
        """The file, relative to the project root."""
        return self.source.path

    @property
    def start(self) -> int:
        """The line on which the document starts: that of its ``---``, else of its first content."""
        return self.source.position(self.start_offset)[0]

    @property
    def end(self) -> int:
        """The last line of the document that is not blank."""
        text = self.source.text
        end = max(self.start_offset, self.start_offset + len(text[self.start_offset : self._end].rstrip()) - 1)
        return self.source.position(end)[0]

    def span(self, path: Path, part: Part = "entry") -> Span:
        """Give the position of what stands at ``path``, or of the entry of its nearest present parent.

        ``key`` is the key alone (of a list item and of the root: the entry). ``value`` is the whole value without its
        anchor and tag; where it is empty, the empty place after the colon. ``entry`` is what a finding is best shown
        at: from the start of the key, or of the list item, to the end of the value where that ends on the same line;
        else to the end of the key or, of a list item, of the first thing that it holds on its first line.
        """
        found = self._find(path)
        if part == "value" and found.exact:
            return self._span(*self.bounds(found.node))
        if part == "key" and found.exact and found.key is not None:
            return self._span(*self.bounds(found.key))
        return self._span(*self.shown(found.key, found.node))

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """Give the place in the file of ``length`` characters of the string at ``path`` from ``offset`` on.

        It follows the indentation of block scalars, folded lines, escapes and doubled quotes. Offsets are held within
        the string. Where there is no scalar at ``path`` this is the span of its entry.
        """
        found = self._find(path)
        node = self.tree.target(found.node)
        if not found.exact or type(node) is not ScalarEvent:
            return self.span(path)
        places = self.map_of(node)
        if places is None:
            return self._span(*self.bounds(node))
        return self.source.span(*places.offsets(offset, length))

    def map_of(self, node: Any) -> "ScalarMap | None":
        """Tell where the characters of a scalar's node stand in the file; ``None`` where that cannot be told."""
        if id(node) not in self._maps:
            from cnlint.syntax.yaml_scalars import scalar_map

            start, end = self.bounds(node)
            text = self.source.text
            self._maps[id(node)] = scalar_map(text, self.base + start, self.base + end, _style(node), node.value)
        return self._maps[id(node)]

    def text(self, path: Path) -> str | None:
        """Give the scalar at ``path`` as written: quotes and escapes undone, but not resolved to a type.

        ``None`` where there is no scalar.
        """
        found = self._find(path)
        node = self.tree.target(found.node)
        return node.value if found.exact and type(node) is ScalarEvent else None

    def source_of(self, path: Path) -> "tuple[Document, Path]":
        """Give the document that says what stands at ``path``, and where in it: this one."""
        return self, path

    def style(self, path: Path) -> str | None:
        """Give the style of the value at ``path``, ``None`` where nothing stands there.

        One of ``plain single double literal folded block-mapping flow-mapping block-sequence flow-sequence``.
        """
        found = self._find(path)
        return _style(self.tree.target(found.node)) if found.exact else None

    def keys(self, path: Path = ()) -> list[tuple[str, Span]]:
        """Give the keys of the mapping at ``path`` in the order of the file, repeated and merge keys included."""
        found = self._find(path)
        node = self.tree.target(found.node)
        if not found.exact or not _is_mapping(node):
            return []
        return [(self.tree.key(key), self._span(*self.bounds(key))) for key in node[2:-1:2]]

    @property
    def key_spans(self) -> Iterator[tuple[Path, Span]]:
        """Every key of the document, each with its path and place."""
        for path, node in self._nodes():
            if _is_mapping(node):
                for key in node[2:-1:2]:
                    yield (*path, self.tree.key(key)), self._span(*self.bounds(key))

    @property
    def duplicates(self) -> list[Duplicate]:
        """The keys that stand more than once in one mapping; the last one's value counts."""
        if not self.tree.has_duplicates:
            return []
        found = []
        for path, node in self._nodes():
            if not _is_mapping(node):
                continue
            first: dict[str, Node] = {}
            for key_node in node[2:-1:2]:
                key = self.tree.key(key_node)
                if key in first:
                    spans = (self._span(*self.bounds(first[key])), self._span(*self.bounds(key_node)))
                    found.append(Duplicate(path, key, *spans))
                else:
                    first[key] = key_node
        return found

    @property
    def aliases(self) -> list[Mark]:
        """The aliases (``*name``), each with the path where it stands."""
        if "*" not in self.source.text:
            return []
        return [
            Mark(path, node.anchor, self._span(node.start_mark.index, node.end_mark.index))
            for path, node in self._nodes()
            if type(node) is AliasEvent
        ]

    @property
    def anchors(self) -> list[Mark]:
        """The anchors (``&name``), each with the path of what it names."""
        if "&" not in self.source.text:
            return []
        events = ((path, node[0] if type(node) is list else node) for path, node in self._nodes())
        return [
            Mark(path, event.anchor, self._property_span(event, "&"))
            for path, event in events
            if type(event) is not AliasEvent and event.anchor is not None
        ]

    @property
    def tags(self) -> list[Mark]:
        """The tags (``!Ref``, ``!!str``), each with the path of what it stands before."""
        if not self.tree.has_tags:
            return []
        events = ((path, node[0] if type(node) is list else node) for path, node in self._nodes())
        return [
            Mark(path, event.tag, self._property_span(event, "!"))
            for path, event in events
            if type(event) is not AliasEvent and event.tag is not None
        ]

    @property
    def merges(self) -> list[Mark]:
        """The keys that are a plain ``<<``, each with the path of its mapping; some dialects do not merge them."""
        if "<<" not in self.source.text:
            return []
        return [
            Mark(path, "<<", self._span(*self.bounds(key)))
            for path, node in self._nodes()
            if _is_mapping(node)
            for key in node[2:-1:2]
            if type(key) is ScalarEvent and key.value == "<<" and key.implicit[0]
        ]

    def tag(self, path: Path) -> str | None:
        """Give the tag of what stands at ``path``, as `Mark` has it; ``None`` where there is none."""
        found = self._find(path)
        node = self.tree.target(found.node)
        if not found.exact or type(node) is AliasEvent:
            return None
        tag: str | None = (node[0] if type(node) is list else node).tag
        return tag

    def scalar_offsets(self) -> Iterator[tuple[int, int]]:
        """Give start and end of the content of every scalar, keys included, as offsets into the file and in its order.

        The content of a block scalar starts below its header, for that may end in a comment.
        """
        pending = [self.tree.root]
        while pending:
            node = pending.pop()
            if type(node) is list:
                pending += reversed(node[2:-1])
            elif type(node) is ScalarEvent:
                start, end = self.bounds(node)
                if node.style in _BLOCK_STYLES:
                    start = self.line_end(start, end)
                yield self.base + start, self.base + end

    def _nodes(self) -> Iterator[tuple[Path, Node]]:
        """Give each value as it stands in the file, with its path; aliases are not followed."""
        pending: list[tuple[Path, Node]] = [((), self.tree.root)]
        while pending:
            path, node = pending.pop()
            yield path, node
            if type(node) is not list:
                continue
            children: list[tuple[Path, Node]]
            if _is_mapping(node):
                children = [
                    ((*path, self.tree.key(key)), value) for key, value in zip(node[2:-1:2], node[3:-1:2], strict=True)
                ]
            else:
                children = [((*path, position), item) for position, item in enumerate(node[2:-1])]
            pending += reversed(children)

    def _find(self, path: Path) -> "_Found":
        key, node = None, self.tree.root
        for step in path:
            child = self.child(self.tree.target(node), step)
            if child is None:
                return _Found(key, node, False)
            key, node = child
        return _Found(key, node, True)

    def child(self, node: Node, step: str | int) -> tuple[Node | None, Node] | None:
        """Give the key (``None`` in a list) and the value that a step leads to."""
        if type(node) is not list:
            return None
        if _is_mapping(node):
            position = self._positions(node).get(step) if isinstance(step, str) else None
            if position is not None:
                return node[position], node[position + 1]
            merged = (self.child(source, step) for source in self.tree.merged.get(id(node), ()))
            return next((child for child in merged if child is not None), None)
        count = len(node) - 3
        if isinstance(step, int) and -count <= step < count:
            return None, node[2 + step % count]
        return None

    def _positions(self, node: list[Any]) -> dict[str, int]:
        positions = self._indexes.get(id(node))
        if positions is None:
            key = self.tree.key
            positions = {key(node[place]): place for place in range(2, len(node) - 1, 2)}
            self._indexes[id(node)] = positions
        return positions

    def bounds(self, node: Node) -> tuple[int, int]:
        """Give the offsets, in the text of the parser, of a node without its anchor and tag."""
        if type(node) is not list:
            return self._leaf_bounds(node)
        return self._first_offset(node), self._last_offset(node)

    def _first_offset(self, node: Node) -> int:
        # Keys of a mapping in block style may be mappings in block style, and so on.
        while type(node) is list and _is_mapping(node) and not node[0].flow_style and len(node) > 3:
            node = node[2]
        return self._after_properties(node[0]) if type(node) is list else self._leaf_bounds(node)[0]

    def _last_offset(self, node: Node) -> int:
        if type(node) is not list:
            return self._leaf_bounds(node)[1]
        if node[0].flow_style or len(node) == 3:
            end: int = node[-1].end_mark.index
            return end
        if _is_mapping(node):
            return max(self._last_offset(node[-2]), self._last_offset(node[-3]))
        return max(self._last_offset(node[-2]), self._after_properties(node[0]) + 1)

    def _leaf_bounds(self, event: Any) -> tuple[int, int]:
        if type(event) is AliasEvent:
            return event.start_mark.index, event.end_mark.index
        start, end = self._after_properties(event), event.end_mark.index
        if event.style in _BLOCK_STYLES:
            text = self.source.text[self.base + start : self.base + end]
            end = start + len(text.rstrip())
        return start, end

    def _after_properties(self, event: Any) -> int:
        """Give the offset at which a node starts once its anchor and tag are passed."""
        start: int = event.start_mark.index
        if event.anchor is None and event.tag is None:
            return start
        text, position = self.source.text, self.base + start
        while text[position : position + 1] in ("&", "!"):
            position = _next_content(text, _word_end(text, position))
        return min(position - self.base, event.end_mark.index) if type(event) is ScalarEvent else position - self.base

    def _property_span(self, event: Any, sign: str) -> Span:
        """Give the span of the anchor or tag that stands before a node."""
        text, position = self.source.text, self.base + event.start_mark.index
        while True:
            end = _word_end(text, position)
            following = _next_content(text, end)
            if text.startswith(sign, position) or text[following : following + 1] not in ("&", "!") or following == end:
                return self.source.span(position, end)
            position = following

    def shown(self, key: Node | None, node: Node) -> tuple[int, int]:
        """Give the offsets, in the text of the parser, of what a finding at an entry is shown at."""
        if key is not None:
            start, key_end = self.bounds(key)
            value_start, value_end = self.bounds(node)
            on_one_line = value_start < value_end and self.line_end(start, value_end) == value_end
            return start, value_end if on_one_line else key_end
        while type(node) is list and not node[0].flow_style and len(node) > 3:
            if _is_mapping(node):
                return self.shown(node[2], node[3])
            node = node[2]
        start, end = self.bounds(node)
        if start == end:
            return self._dash_before(start), end
        line_end = self.line_end(start, end)
        if line_end < end:
            line = self.source.text[self.base + start : self.base + line_end]
            end = start + len(line.rstrip())
        return start, end

    def line_end(self, start: int, end: int) -> int:
        """Give the end of the first line between two offsets."""
        text, base = self.source.text, self.base
        line_feed = text.find("\n", base + start, base + end) - base
        end = line_feed if line_feed >= start else end
        carriage_return = text.find("\r", base + start, base + end) - base
        return carriage_return if carriage_return >= start else end

    def _dash_before(self, position: int) -> int:
        return position - 1 if self.source.text[self.base + position - 1 : self.base + position] == "-" else position

    def _span(self, start: int, end: int) -> Span:
        return self.source.span(self.base + start, self.base + end)


class _Found(NamedTuple):
    """Where a path leads: the node of its key, its own node, and whether it is present or this is its parent."""

    key: Node | None
    node: Node
    exact: bool


def _is_mapping(node: Node) -> bool:
    return type(node) is list and type(node[1]) is dict


def _style(node: Node) -> str:
    if type(node) is list:
        return ("flow-" if node[0].flow_style else "block-") + ("mapping" if _is_mapping(node) else "sequence")
    return _STYLES.get(getattr(node, "style", None) or "", "plain")


def _word_end(text: str, position: int) -> int:
    """Give the end of the anchor or tag that starts at ``position``."""
    ends = ">" if text.startswith("!<", position) else " \t\r\n,[]{}"
    while position < len(text) and text[position] not in ends:
        position += 1
    return min(position + (ends == ">"), len(text))


def _next_content(text: str, position: int) -> int:
    """Pass blanks, line ends and comments."""
    while position < len(text):
        if text[position] == "#":
            while position < len(text) and text[position] not in "\r\n":
                position += 1
        elif text[position] not in " \t\r\n":
            break
        else:
            position += 1
    return position
