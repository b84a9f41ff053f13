"""What every view of a YAML document shares: a path into the document, safe reads and places."""

from typing import Any, ClassVar, Literal, Protocol

from cnlint.findings import Place
from cnlint.syntax.source import Span

Path = tuple[str | int, ...]
Part = Literal["entry", "key", "value"]


_UNREAD: Any = object()


class DocumentLike(Protocol):
    """A parsed YAML document, or the snapshot of one that the project stage keeps."""

    @property
    def path(self) -> str:
        """The file, relative to the project root."""
        ...

    @property
    def value(self) -> Any:
        """Plain dicts, lists and scalars."""
        ...

    def span(self, path: Path, part: Part = "entry") -> Span:
        """The position of a path, or of its nearest present parent."""
        ...

    def locate(self, path: Path, offset: int, length: int = 0) -> Span:
        """The position of characters of the string at ``path``."""
        ...

    def text(self, path: Path) -> str | None:
        """The scalar at ``path`` as it is written, before it is resolved to a type."""
        ...

    def source_of(self, path: Path) -> "tuple[DocumentLike, Path]":
        """The document that says what stands at ``path``, and where in it: of most documents the document itself."""
        ...


class View:
    """A read-only look at one place of a document. ``target`` is the name by which rule specifications ask for it."""

    __slots__ = ("document", "path", "value")
    target: ClassVar[str] = ""

    def __init__(self, document: DocumentLike, path: Path = (), value: Any = _UNREAD) -> None:
        """Look at a path; whoever has read the value there already passes it on."""
        self.document = document
        self.path = path
        self.value: Any = dig(document.value, path) if value is _UNREAD else value

    @property
    def identity(self) -> tuple[str, int, Path]:
        """What tells this place from all others, whatever view of it is at hand; sorted, in the order of the files."""
        return self.document.path, getattr(self.document, "index", 0), self.path

    def get(self, *path: str | int) -> Any:
        """Read below this view; ``None`` where anything on the way is absent or of another type."""
        return dig(self.value, path)

    def mapping(self, *path: str | int) -> dict[Any, Any]:
        """Read a mapping below this view; an empty one where there is none."""
        value = self.value
        for step in path:
            # What is read most often by far is a key of a mapping.
            value = value.get(step) if isinstance(value, dict) else dig(value, (step,))
        return value if isinstance(value, dict) else {}

    def sequence(self, *path: str | int) -> list[Any]:
        """Read a list below this view; an empty one where there is none."""
        value = dig(self.value, path)
        return value if isinstance(value, list) else []

    def string(self, *path: str | int) -> str:
        """Read a string below this view; an empty one where there is none."""
        value = self.value
        for step in path:
            value = value.get(step) if isinstance(value, dict) else dig(value, (step,))
        return value if isinstance(value, str) else ""

    def integer(self, *path: str | int) -> int | None:
        """Read an integer (not a boolean) below this view."""
        value = dig(self.value, path)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def at(self, *path: str | int) -> Place:
        """The entry at a path, key and value; where it is absent, its nearest present parent."""
        return self._place(path, "entry")

    def key_at(self, *path: str | int) -> Place:
        """The key of the entry at a path."""
        return self._place(path, "key")

    def value_at(self, *path: str | int) -> Place:
        """The value of the entry at a path."""
        return self._place(path, "value")

    def text_at(self, path: Path, offset: int, length: int) -> Place:
        """Characters of the string at ``path``, wherever block or quoted scalars put them in the file."""
        document, full = self.document.source_of(self.path + path)
        return Place(document.path, lambda: document.locate(full, offset, length))

    def text(self, *path: str | int) -> str | None:
        """The scalar at a path as it is written in the file (``1.20`` stays ``1.20``)."""
        return self.document.text(self.path + path)

    def _place(self, path: Path, part: Part) -> Place:
        document, full = self.document.source_of(self.path + path)
        return Place(document.path, lambda: document.span(full, part))


def dig(value: Any, path: Path) -> Any:
    """Follow a path through mappings and lists; ``None`` where it breaks off."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value
