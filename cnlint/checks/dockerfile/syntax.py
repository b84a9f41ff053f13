"""Dockerfiles that cannot be read: what is no instruction, or stands where it must not."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.names import nearest_word
from cnlint.manifests.dockerfile import Dockerfile, DockerfileProblem, Instruction
from cnlint.rules import check
from cnlint.syntax.dockerfile import KEYWORDS, InstructionNode
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

# What begins a line that somebody puts something in the place of.
_PLACEHOLDERS = ("{", "<", "@", "%", "$")
_OPERATORS = ("&", "|", ";", ">", "--")
_WORD = regex(r"\S+")


@check("DF001")
def syntax_error(problem: DockerfileProblem) -> Iterator[Report]:
    yield report(problem.place, problem.message)


@check("DF002")
def unknown_instruction(instruction: Instruction) -> Iterator[Report]:
    node = instruction.node
    keyword = node.text[: node.keyword_end]
    meant = nearest_word(node.keyword, sorted(KEYWORDS))
    is_of_template = keyword.startswith(_PLACEHOLDERS) or (meant is None and instruction.dockerfile.is_template)
    if is_of_template or instruction.dockerfile.has_foreign_frontend:
        return
    hint, fixes = None, []
    if keyword.startswith(_OPERATORS):
        hint = "end the line above with the escape character, so that this line belongs to its instruction"
    elif meant is not None:
        hint = f"write {meant}"
        fixes = [Fix(f"write {meant}", (Edit(node.span(0, node.keyword_end), meant),))]
    name = keyword if '"' in keyword else f'"{keyword}"'
    yield report(
        instruction.place_of(0, node.keyword_end),
        f"{name} is no instruction of Dockerfiles",
        hint=hint,
        fixes=fixes,
    )


@check("DF005")
def instruction_before_from(dockerfile: Dockerfile) -> Iterator[Report]:
    if not dockerfile.stages:
        return
    first = dockerfile.stages[0].instruction
    for instruction in dockerfile.instructions:
        if instruction is first or nearest_word(instruction.keyword, ["FROM"]) is not None:
            return
        if instruction.keyword != "ARG" and instruction.kind != "unknown":
            yield report(
                instruction.place,
                f"{instruction.keyword} stands before the first FROM, where only ARG may stand",
                related=[Related(first.place, "the first FROM")],
            )


@check("DF007")
def invalid_onbuild_trigger(instruction: Instruction) -> Iterator[Report]:
    match = _WORD.match(instruction.node.text, instruction.node.rest)
    if match is not None and match[0].upper() in ("FROM", "MAINTAINER", "ONBUILD"):
        yield report(instruction.place_of(match.start(), match.end()), f"ONBUILD cannot put off {match[0].upper()}")


@check("DF008")
def empty_continuation_line(dockerfile: Dockerfile) -> Iterator[Report]:
    for node in dockerfile.syntax.instructions:
        if node.blank_lines:
            yield _blank_lines(node, dockerfile.path)


def _blank_lines(node: InstructionNode, path: str) -> Report:
    lines = node.blank_lines
    if len(lines) == 1:
        message = f"line {lines[0]} within {node.keyword} is empty"
    else:
        message = f"{len(lines)} lines within {node.keyword} are empty, the first of them line {lines[0]}"
    runs = list(_runs(lines))
    edits = tuple(Edit(Span(first, 1, last + 1, 1), "") for first, last in runs)
    return report(
        Place(path, lambda: node.last_line_span),
        message,
        related=[Related(Place(path, Span(first, 1, last, 1)), "empty") for first, last in runs],
        fixes=[Fix("delete the empty lines", edits, safe=True)],
    )


def _runs(numbers: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Give the first and last of each run of numbers that follow one another."""
    first = None
    for number, following in zip(numbers, (*numbers[1:], -1), strict=True):
        first = number if first is None else first
        if following != number + 1:
            yield first, number
            first = None
