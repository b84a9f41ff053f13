"""Mounts of RUN instructions: ``RUN --mount=type=cache,target=/root/.cache``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.dockerfile import joined
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.dockerfile_words import Flag

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Instruction

_PREFIX = "--mount="


class MountField(NamedTuple):
    """A key of a mount with its value as written, and where both stand in the text of the instruction."""

    key: str
    """The key in lower case, as the builder compares it."""
    text: str | None
    """``None`` for a key alone (``readonly``)."""
    start: int
    end: int


class Mount:
    """A ``--mount`` flag of a RUN."""

    __slots__ = ("fields", "flag", "instruction")

    def __init__(self, instruction: "Instruction", flag: Flag) -> None:
        self.instruction = instruction
        self.flag = flag
        self.fields = list(_fields(flag, instruction.node.text))

    @property
    def type(self) -> str | None:
        """``bind``, ``cache``, ``tmpfs``, ``secret`` or ``ssh``; ``None`` when a variable hides it."""
        value = self.get("type") if self.has("type") else "bind"
        return None if value is None else value.lower()

    @property
    def target(self) -> str | None:
        """The absolute path at which it is mounted; ``None`` when it is not written or not known."""
        value = self.get("target", "dst", "destination")
        return joined(self.instruction.state.workdir_path, value) if value else None

    @property
    def source(self) -> str | None:
        """The path within what is mounted."""
        return self.get("source", "src")

    @property
    def from_(self) -> str | None:
        """The stage, image or context that is mounted, as written: the builder puts no variables in here."""
        field = self.field("from")
        return field.text if field else None

    def has(self, *keys: str) -> bool:
        """Tell whether one of these keys is given."""
        return self.field(*keys) is not None

    def get(self, *keys: str) -> str | None:
        """Give the value of the first of these keys that is given, variables put in; empty for a key alone.

        ``None`` when none is given, or when the file does not tell the value.
        """
        field = self.field(*keys)
        if field is None:
            return None
        return expand(field.text or "", self.instruction.variables, self.instruction.node.escape).value

    def field(self, *keys: str) -> MountField | None:
        """Give the field of the first of these keys that is given; the builder takes the last of each."""
        for key in keys:
            found = next((field for field in reversed(self.fields) if field.key == key), None)
            if found is not None:
                return found
        return None

    def place(self, *keys: str) -> Place:
        """Give the place of the field of the first of these keys that is given, else of the flag."""
        field = self.field(*keys)
        if field is None:
            return self.instruction.place_of(self.flag.start, self.flag.end)
        return self.instruction.place_of(field.start, field.end)

    def value_place(self, *keys: str) -> Place:
        """Give the place of the value of the first of these keys that is given, else of the flag."""
        return self.instruction.place_of(*self.value_range(*keys))

    def value_range(self, *keys: str) -> tuple[int, int]:
        """Give where that value starts and ends in the text of the instruction."""
        field = self.field(*keys)
        if field is None:
            return self.flag.start, self.flag.end
        length = len(field.text or "")
        is_written_so = length > 0 and self.instruction.node.text[field.start : field.end].endswith(f"={field.text}")
        return (field.end - length if is_written_so else field.start), field.end


def mounts_of(instruction: "Instruction") -> list[Mount]:
    """Give the mounts of an instruction, in order."""
    return [Mount(instruction, flag) for flag in instruction.flags if flag.name == "mount" and flag.value]


def _fields(flag: Flag, text: str) -> Iterator[MountField]:
    written = text[flag.start : flag.end]
    # With quotes or escapes in it, where a field stands is not worked out: all of them stand at the flag.
    is_plain = written == f"{_PREFIX}{flag.value}"
    position = flag.start + len(_PREFIX)
    for part in (flag.value or "").split(","):
        key, equals, value = part.partition("=")
        start, end = (position, position + len(part)) if is_plain else (flag.start, flag.end)
        yield MountField(key.strip().lower(), value if equals else None, start, end)
        position += len(part) + 1
