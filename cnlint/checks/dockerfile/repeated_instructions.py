"""Instructions of which only the last in a stage counts: CMD, ENTRYPOINT and HEALTHCHECK."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.dockerfile import Dockerfile, Instruction, Stage
from cnlint.rules import check
from cnlint.syntax.source import Span


@check("DF602")
def multiple_cmd(dockerfile: Dockerfile) -> Iterator[Report]:
    return _repeated(dockerfile, "CMD")


@check("DF603")
def multiple_entrypoint(dockerfile: Dockerfile) -> Iterator[Report]:
    return _repeated(dockerfile, "ENTRYPOINT")


@check("DF604")
def multiple_healthcheck(dockerfile: Dockerfile) -> Iterator[Report]:
    return _repeated(dockerfile, "HEALTHCHECK")


def _repeated(dockerfile: Dockerfile, keyword: str) -> Iterator[Report]:
    if dockerfile.is_template:
        # Mostly they are alternatives, of which a condition takes one.
        return
    by_stage: dict[Stage | None, list[Instruction]] = {}
    for instruction in dockerfile.instructions:
        if instruction.keyword == keyword:
            by_stage.setdefault(instruction.stage, []).append(instruction)
    for *earlier, last in by_stage.values():
        for instruction in earlier:
            yield report(
                instruction.place,
                f"{keyword} has no effect: the {keyword} in line {last.line} of the same stage replaces it",
                related=[Related(last.place, f"the {keyword} that counts")],
                fixes=[_deletion(instruction)],
            )


def _deletion(instruction: Instruction) -> Fix:
    node = instruction.node
    span = Span(node.line, 1, node.end_line + 1, 1)
    return Fix(f"delete the earlier {instruction.keyword}", (Edit(span, ""),))
