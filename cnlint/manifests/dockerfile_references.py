"""What FROM, COPY --from and RUN --mount=from= name: a stage of the file, or an image."""

from functools import cached_property
from typing import TYPE_CHECKING

from cnlint.findings import Place
from cnlint.manifests.images import ImageReference

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Instruction, Stage

_LONGEST_IMAGE = 1024
# Names that the builder keeps for itself.
_RESERVED = frozenset({"scratch", "context"})
_MARKS_OF_IMAGES = "/:@."
_INDEX_DIGITS = 5


class Reference:
    """A stage or image that a stage is built from, or that an instruction takes files from."""

    def __init__(self, instruction: "Instruction", text: str, value: str | None, start: int, end: int) -> None:
        self.instruction = instruction
        self.text = text
        """As written."""
        self.value = value
        """With variables put in; ``None`` when the file does not tell it, and when the builder puts none in."""
        self._start = start
        self._end = end

    @property
    def is_base(self) -> bool:
        """Whether a stage is built from it."""
        return self.instruction.keyword == "FROM"

    @cached_property
    def stage(self) -> "Stage | None":
        """The stage that is meant. The builder finds one that comes later too, except for FROM."""
        instruction = self.instruction
        if instruction.keyword == "FROM":
            return instruction.stage.base_stage if instruction.stage else None
        # What ONBUILD puts off names the stages of another file.
        if self.value is None or instruction.parent is not None:
            return None
        stages = instruction.dockerfile.stages
        if instruction.keyword == "COPY" and self.value.isdecimal():
            is_index = len(self.value) <= _INDEX_DIGITS and int(self.value) < len(stages)
            return stages[int(self.value)] if is_index else None
        return instruction.dockerfile.stage_named(self.value)

    @cached_property
    def image(self) -> ImageReference | None:
        """The image; ``None`` for a stage, a name that is reserved, and what is not known or can be no image."""
        if self.is_base:
            return self.instruction.stage.image if self.instruction.stage else None
        value = self.value
        if not value or len(value) > _LONGEST_IMAGE or value in _RESERVED or value.isdecimal():
            return None
        if self.stage is not None or (self.instruction.parent is not None and self.may_be_context):
            return None
        return ImageReference.parse(value)

    @property
    def may_be_context(self) -> bool:
        """Whether it may as well be a context that the build is given by name (``--build-context src=...``)."""
        return not self.is_base and not any(mark in self.text for mark in _MARKS_OF_IMAGES)

    @property
    def label(self) -> str:
        """What it is, for messages: ``base image "golang:1.27"``."""
        if self.is_base:
            stage = self.instruction.stage
            return f'base image "{stage.image_value if stage else self.text}"'
        return f'image "{self.text}"'

    @property
    def is_plain(self) -> bool:
        """Whether exactly its text stands at its place: it is not in quotes."""
        return self._end - self._start == len(self.text)

    @property
    def place(self) -> Place:
        """Where it stands; in quotes, where its flag stands."""
        return self.instruction.place_of(self._start, self._end)

    def part_place(self, part: str) -> Place:
        """Where the last occurrence of ``part`` stands in it as written; the whole if it is not in it."""
        at = self.text.rfind(part) if part and self.is_plain else -1
        if at < 0:
            return self.place
        return self.instruction.place_of(self._start + at, self._start + at + len(part))


def references_of(instruction: "Instruction") -> list[Reference]:
    """Give what an instruction names."""
    keyword = instruction.keyword
    if keyword == "FROM":
        return [Reference(instruction, word.text, word.value, word.start, word.end) for word in instruction.words[:1]]
    found = []
    if keyword == "COPY":
        text = instruction.node.text
        for flag in instruction.flags:
            if flag.name == "from" and flag.value:
                is_plain = text[flag.start : flag.end] == f"--from={flag.value}"
                start = flag.end - len(flag.value) if is_plain else flag.start
                found.append(Reference(instruction, flag.value, _known(flag.value), start, flag.end))
    for mount in instruction.mounts:
        field = mount.field("from")
        if field is not None and field.text:
            start, end = mount.value_range("from")
            found.append(Reference(instruction, field.text, _known(field.text), start, end))
    return found


def _known(text: str) -> str | None:
    return None if "$" in text else text
