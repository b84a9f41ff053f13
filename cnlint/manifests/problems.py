"""Places where a file of no known kind cannot be read; files of known kinds have problem views of their own."""

from typing import ClassVar

from cnlint.findings import Place
from cnlint.syntax.source import Span


class YamlProblem:
    """A place where a YAML or JSON file of no known kind cannot be read; ``kind`` is ``syntax`` or ``limit``."""

    __slots__ = ("kind", "message", "place")
    target: ClassVar[str] = "yaml-problem"

    def __init__(self, path: str, message: str, span: Span, kind: str = "syntax") -> None:
        self.place = Place(path, span)
        self.message = message
        self.kind = kind
