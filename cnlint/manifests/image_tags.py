"""The names that workflows and scripts give to images: the tags of builds and what is pushed.

Variables of ``env`` are put in, and whatever else is known before the run (``known``: the path of a context, such as
``github.repository``, and its value). The rest stays as it is written, so that `ImageReference` sees that it is not
known.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.commands import Command, StepCommand
from cnlint.manifests.images import ImageReference
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word

if TYPE_CHECKING:
    from cnlint.manifests.delivery import Activity
    from cnlint.manifests.workflow import Step

BUILD_ACTIONS = ("docker/build-push-action", "depot/build-push-action", "useblacksmith/build-push-action")
"""Actions that build an image and take the inputs of docker/build-push-action."""

_METADATA_ACTIONS = ("docker/metadata-action", "crazy-max/ghaction-docker-meta")
_EXPRESSION = regex(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_STEP_OUTPUT = regex(r"\$\{\{\s*steps\.([\w-]+)\.outputs\.tags\s*\}\}")
_MATRIX = regex(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}")
_ITEM = regex(r"(?:\$\{\{[^}]{0,500}\}\}|[^,\s])+")
_DEEPEST = 8
"""How often a variable may stand in the value of another."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


class ImageTag(NamedTuple):
    """A name that a workflow or script gives to an image, or pushes it by."""

    reference: ImageReference
    """The name with everything put in that is known before the run."""
    place: Place


def tags_of_input(step: "Step", name: str, known: Mapping[str, str] = _NOTHING) -> Iterator[ImageTag]:
    """Give the names in an input that is a list, by line and comma; those of docker/metadata-action are followed."""
    key = step.input_key(name)
    if key is None:
        return
    for match in _ITEM.finditer(step.string("with", key)):
        output = _STEP_OUTPUT.fullmatch(match[0])
        if output:
            yield from _tags_of_metadata(step, output[1], known)
            continue
        place = step.text_at(("with", key), match.start(), match.end() - match.start())
        for text in _rows(expand(match[0], step, known), step):
            yield ImageTag(ImageReference.parse(text), place)


def _rows(text: str, step: "Step") -> list[str]:
    """Give the text for each value of the matrix, where it has one variable of it whose values are written."""
    names = set(_MATRIX.findall(text)) if step.job is not None and "matrix." in text else set()
    if step.job is None or len(names) != 1:
        return [text]
    values = step.job.matrix.values(tuple(names.pop().split("."))) or []
    pieces = _MATRIX.split(text)[::2]
    return [value.text.join(pieces) for value in values] or [text]


def _tags_of_metadata(step: "Step", identifier: str, known: Mapping[str, str]) -> Iterator[ImageTag]:
    for other in step.earlier:
        if other.id == identifier and other.uses(*_METADATA_ACTIONS):
            for tag in tags_of_input(other, "images", known):
                # What tags the action makes of branches and commits is known only at run time.
                unknown = ImageReference.parse(f"{tag.reference.text}:${{{{ version }}}}")
                yield ImageTag(unknown, tag.place)


def tag_of_word(command: Command, word: Word, known: Mapping[str, str] = _NOTHING) -> ImageTag:
    """Give the name that a word of a command is."""
    return ImageTag(ImageReference.parse(text_of_word(command, word, known)), command.place(word))


def text_of_word(command: Command, word: Word, known: Mapping[str, str] = _NOTHING) -> str:
    """Give the text of a word, with variables of the environment and expressions put in where they are known."""
    step = command.origin if isinstance(command, StepCommand) else None
    pieces = []
    for part in word.parts:
        if part.kind == "literal":
            pieces.append(part.value)
        elif part.kind == "variable":
            value = step.environment_value(part.value) if step is not None else None
            pieces.append(value.text if value is not None else f"${{{part.value}}}")
        else:
            pieces.append(word.source[part.start : part.end])
    text = "".join(pieces)
    return expand(text, step, known) if step is not None else text


def expand(text: str, step: "Step", known: Mapping[str, str] = _NOTHING, depth: int = 0) -> str:
    """Put into a text what is known before the run: variables of ``env``, and ``known``."""
    if "${{" not in text:
        return text

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("env.") and depth < _DEEPEST:
            value = step.environment_value(name[4:])
            return expand(value.text, step, known, depth + 1) if value is not None else match[0]
        return known.get(name, match[0])

    return _EXPRESSION.sub(value_of, text)


def pushed_words(command: Command) -> list[Word]:
    """Give the image that a command like ``docker push`` is told to push."""
    program = command.program
    if command.runs(program, "push"):
        return command.operands()[1:2]
    return command.operands()[2:3] if command.runs(program, "image", "push") else []


def tags_pushed_by(activity: "Activity") -> list[ImageTag] | None:
    """Give the names that a push gives to its image; ``None`` when they are not written in the workflow."""
    if activity.command is not None:
        words = _words_pushed_by(activity.command)
        return [tag_of_word(activity.command, word) for word in words] or None
    step = activity.step
    if step is None or not step.uses(*BUILD_ACTIONS) or "name=" in (step.input("outputs") or ""):
        return None
    return list(tags_of_input(step, "tags")) or None


def _words_pushed_by(command: Command) -> list[Word]:
    if command.program in ("crane", "regctl"):
        return command.operands()[-1:]
    if command.has_flag("-a", "--all-tags"):
        return []
    return pushed_words(command) or command.options("-t", "--tag")
