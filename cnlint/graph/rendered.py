"""Objects put together from several files: values that know of each of their parts which file says it."""

from typing import TYPE_CHECKING, Any

from cnlint.graph.snapshots import plain_text
from cnlint.manifests.view import DocumentLike, Part, Path, dig
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.syntax.yaml import Document

_NOWHERE = "\0"
"""A step that no document has: whoever asks for it gets the place of the parent."""


class Node:
    """A value that can be changed, with the place that each part of it comes from.

    A node is taken apart only as far as somebody changes it; what nobody changes is shared with the document.
    """

    __slots__ = ("_kids", "_value", "document", "path", "removed")

    def __init__(self, value: Any, document: DocumentLike, path: Path) -> None:
        self._value = value
        self.document = document
        self.path = path
        """Where the value stands in the document."""
        self._kids: dict[Any, Node] | list[Node] | None = None
        self.removed: dict[Any, tuple[DocumentLike, Path]] = {}
        """The keys that were taken away, each with the place that says so."""

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self._value, dict)

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self._value, list)

    @property
    def value(self) -> Any:
        """The value as it has become: plain dicts, lists and scalars."""
        if self._kids is None:
            return self._value
        if isinstance(self._kids, dict):
            return {key: kid.value for key, kid in self._kids.items()}
        return [kid.value for kid in self._kids]

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here, as ``null`` or an empty value."""
        return self._value is None

    @property
    def fields(self) -> "dict[Any, Node]":
        """The entries of a mapping, to be changed in place; none of anything else."""
        if not isinstance(self._value, dict):
            return {}
        if self._kids is None:
            self._kids = {key: Node(value, self.document, (*self.path, key)) for key, value in self._value.items()}
        return self._kids if isinstance(self._kids, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The items of a list, to be changed in place; none of anything else."""
        if not isinstance(self._value, list):
            return []
        if self._kids is None:
            self._kids = [Node(value, self.document, (*self.path, index)) for index, value in enumerate(self._value)]
        return self._kids if isinstance(self._kids, list) else []

    def get(self, *steps: str | int) -> "Node | None":
        """Give what stands below; ``None`` where anything on the way is absent."""
        node: Node | None = self
        for step in steps:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if 0 <= step < len(node.items) else None
            else:
                node = node.fields.get(step)
        return node

    def read(self, *steps: str | int) -> Any:
        """Read the value of what stands below, without taking anything apart."""
        node = self
        for position, step in enumerate(steps):
            kids = node._kids
            if kids is None:
                return dig(node._value, steps[position:])
            inner = _below(kids, step)
            if inner is None:
                return None
            node = inner
        return node.value

    def text(self, *steps: str | int) -> str:
        """Read a string; an empty one where there is none."""
        value = self.read(*steps)
        return value if isinstance(value, str) else ""

    def put(self, key: str, node: "Node") -> None:
        """Set an entry of a mapping."""
        self.fields[key] = node
        self.removed.pop(key, None)

    def drop(self, key: str, document: DocumentLike, path: Path) -> None:
        """Take an entry away because a place says so."""
        if self.fields.pop(key, None) is not None:
            self.removed[key] = (document, path)

    def made(self, value: Any) -> "Node":
        """Give a new value that stands for this one, at the same place."""
        return Node(value, self.document, self.path)

    def copy(self) -> "Node":
        """Give a node that can be changed apart from this one."""
        copied = Node(self._value, self.document, self.path)
        copied.removed = dict(self.removed)
        if isinstance(self._kids, dict):
            copied._kids = {key: kid.copy() for key, kid in self._kids.items()}
        elif self._kids is not None:
            copied._kids = [kid.copy() for kid in self._kids]
        return copied

    def is_shared(self, path: Path) -> bool:
        """Tell whether nobody has taken apart what stands at a path."""
        node: Node | None = self
        for step in path:
            if node is None or node._kids is None:
                break
            node = _below(node._kids, step)
        return node is not None and node._kids is None

    def origin(self, path: Path) -> tuple[DocumentLike, Path]:
        """Give the document that says what stands at a path, and the place in it.

        What was taken away is placed where that is said, what is absent at its nearest parent: the one in the document
        of this node rather than one that a patch brings along, but within the same item of a list.
        """
        node = parent = self
        for position, step in enumerate(path):
            kids = node._kids
            rest = path[position:]
            if kids is None:
                if node.document is parent.document or is_present(node._value, rest):
                    return node.document, (*node.path, *rest)
                return parent.document, (*parent.path, _NOWHERE)
            inner = _below(kids, step)
            if inner is None:
                return node.removed.get(step, (parent.document, (*parent.path, _NOWHERE)))
            node = inner
            if isinstance(step, int) or node.document is self.document:
                parent = node
        return node.document, node.path


def _below(kids: "dict[Any, Node] | list[Node]", step: Any) -> Node | None:
    if isinstance(kids, dict):
        return kids.get(step)
    return kids[step] if isinstance(step, int) and -len(kids) <= step < len(kids) else None


def is_present(value: Any, path: Path) -> bool:
    """Tell whether anything stands at a path, be it null."""
    above = dig(value, path[:-1])
    if not path or not isinstance(above, dict):
        return dig(value, path) is not None
    return path[-1] in above


class RenderedDocument:
    """A document as kustomizations change an object in it; it can stand in for the document in the object's views.

    It holds that object alone, at the path where it stands in the document. Places are those of the files that say what
    is there: of the document itself, of a patch, or of a kustomization.
    """

    is_whole = True
    """Whether nothing of the object stands elsewhere, wherever the file is."""

    def __init__(self, document: DocumentLike, root: Node, place: Path = (), builder: str = "") -> None:
        self.document = document
        """The document that the object is written in."""
        self.root = root
        self.place = place
        self.builder = builder
        """The file of the kustomization that builds the object."""
        value: Any = root.value
        for step in reversed(place):
            value = {step: value}
        self.value = value
        self.resources: list[Any] = []
        """The entry of the project's index."""
        self.index: int = getattr(document, "index", 0)
        self.hidden_kinds: list[str] = getattr(document, "hidden_kinds", [])

    @property
    def path(self) -> str:
        """The file of the document itself."""
        return self.document.path

    def source_of(self, path: Path) -> tuple[DocumentLike, Path]:
        """Give the document and the place in it that says what stands at ``path``."""
        return self.root.origin(path[len(self.place) :])

    def is_as_written(self, path: Path) -> bool:
        """Tell whether nothing at a path or below it is changed."""
        return self.root.is_shared(path[len(self.place) :]) and self.source_of(path)[0] is self.document

    def span(self, path: Path, part: Part = "entry") -> Span:
        """The position of a path in the file that says it."""
        document, inner = self.source_of(path)
        return document.span(inner, part)

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """The position of characters of the string at ``path``."""
        document, inner = self.source_of(path)
        return document.locate(inner, offset, length)

    def text(self, path: Path) -> str | None:
        """The scalar at ``path`` as it is written."""
        value: Any = dig(self.value, path)
        if isinstance(value, dict | list) or (value is None and not is_present(self.value, path)):
            return None
        document, inner = self.source_of(path)
        written = dig(document.value, inner)
        same = type(written) is type(value) and written == value
        return document.text(inner) if same else plain_text(value)


class InlineDocument:
    """A document that stands as a text in another one, such as a patch in a kustomization."""

    def __init__(self, outer: DocumentLike, place: Path, document: "Document") -> None:
        self.outer = outer
        self.place = place
        self.document = document
        self.value: Any = document.value

    @property
    def path(self) -> str:
        """The file of the outer document."""
        return self.outer.path

    def source_of(self, path: Path) -> tuple[DocumentLike, Path]:
        """Give the document itself: it knows its places in the file."""
        return self, path

    def span(self, path: Path, part: Part = "entry") -> Span:
        """The position of a path in the file of the outer document."""
        return self._outside(self.document.span(path, part))

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """The position of characters of the string at ``path``."""
        return self._outside(self.document.locate(path, offset, length))

    def text(self, path: Path) -> str | None:
        """The scalar at ``path`` as it is written."""
        return self.document.text(path)

    def _outside(self, span: Span) -> Span:
        source = self.document.source
        start = source.offset(span.line, span.column)
        end = source.offset(span.end_line, span.end_column)
        return self.outer.locate(self.place, start, max(end - start, 0))
