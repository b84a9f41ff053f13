"""The names of stages, and how stages depend on each other."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.dockerfile import Dockerfile, InstructionWord, Stage
from cnlint.manifests.dockerfile_references import Reference
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_STAGE_NAME = regex(r"[a-z][a-z0-9_.-]*")
_PLACEHOLDER = regex(r"[{}<>%\[\]@]|__")
_RESERVED = {"scratch": "FROM scratch is an empty image", "context": "--from=context is the build context"}

Edges = dict[Stage, dict[Stage, Reference]]
"""For each stage those that it is built from or takes from, with the first reference."""

# How many references to later stages are followed: each takes a walk through all stages.
_MOST_WALKS = 100


@check("DF011")
def circular_stage_dependency(dockerfile: Dockerfile) -> Iterator[Report]:
    if len(dockerfile.stages) < 2:
        return
    edges = _edges(dockerfile)
    # A way back starts at a stage that needs a later one, which hardly any does.
    if not any(other.index > stage.index for stage, others in edges.items() for other in others):
        return
    edges = _without_ends(edges)
    later = [
        (stage, other)
        for stage, others in edges.items()
        for other in others
        if other in edges and other.index > stage.index
    ]
    for stage, other in later[:_MOST_WALKS]:
        way = _way(edges, other, stage)
        if not way:
            continue
        steps = " -> ".join(_label(one) for one in way)
        yield report(
            edges[stage][other].place,
            f"stage {_label(stage)} needs stage {_label(other)}, which needs it in turn: {steps}",
            related=[
                Related(edges[one][next_one].place, f"{_label(one)} needs {_label(next_one)}")
                for one, next_one in pairwise(way)
            ],
        )


def _edges(dockerfile: Dockerfile) -> Edges:
    edges: Edges = {stage: {} for stage in dockerfile.stages}
    for instruction in dockerfile.instructions:
        if instruction.stage is None:
            continue
        for reference in instruction.references:
            other = reference.stage
            # That a stage takes from itself is the business of another rule.
            if other is not None and other is not instruction.stage:
                edges[instruction.stage].setdefault(other, reference)
    return edges


def _without_ends(edges: Edges) -> Edges:
    """Leave out the stages from which no cycle can be reached: all of them, mostly."""
    users: dict[Stage, list[Stage]] = {}
    for stage, others in edges.items():
        for other in others:
            users.setdefault(other, []).append(stage)
    open_ways = {stage: len(others) for stage, others in edges.items()}
    ends = [stage for stage, number in open_ways.items() if not number]
    for end in ends:
        for user in users.get(end, ()):
            open_ways[user] -= 1
            if not open_ways[user]:
                ends.append(user)
    return {stage: edges[stage] for stage, number in open_ways.items() if number}


def _way(edges: Edges, start: Stage, goal: Stage) -> list[Stage]:
    """Give the shortest way from one stage to another; an empty one if there is none."""
    came_from: dict[Stage, Stage] = {start: start}
    queue = deque([start])
    while queue:
        stage = queue.popleft()
        if stage is goal:
            way = [goal]
            while way[-1] is not start:
                way.append(came_from[way[-1]])
            return way[::-1]
        for other in edges.get(stage, ()):
            if other not in came_from:
                came_from[other] = stage
                queue.append(other)
    return []


def _label(stage: Stage) -> str:
    return f'"{stage.name}"' if stage.name else str(stage.index)


@check("DF114")
def stage_name_casing(dockerfile: Dockerfile) -> Iterator[Report]:
    edits: dict[Stage, list[Edit]] = {}
    for stage in dockerfile.stages:
        word = _name_of(stage)
        if word is not None and word.text != stage.name and _STAGE_NAME.fullmatch(stage.name or ""):
            edits[stage] = [Edit(word.place.span, word.text.lower())]
    for instruction in dockerfile.instructions if edits else ():
        for reference in instruction.references:
            stage_meant = reference.stage
            is_other_name = reference.text.lower() == reference.text or not reference.is_plain
            if stage_meant in edits and not is_other_name and reference.text.lower() == stage_meant.name:
                edits[stage_meant].append(Edit(reference.place.span, reference.text.lower()))
    for stage, changes in edits.items():
        word = _name_of(stage)
        if word is not None:
            fix = Fix(f'write "{stage.name}"', tuple(changes), safe=True)
            yield report(word.place, f'stage name "{word.text}" has upper-case letters', fixes=[fix])


@check("DF115")
def duplicate_stage_name(dockerfile: Dockerfile) -> Iterator[Report]:
    first: dict[str, InstructionWord] = {}
    for stage in dockerfile.stages:
        word = _name_of(stage)
        if word is None or stage.name is None or _PLACEHOLDER.search(stage.name):
            continue
        earlier = first.setdefault(stage.name, word)
        if earlier is not word:
            yield report(
                word.place,
                f'stage name "{word.text}" is taken by an earlier stage',
                related=[Related(earlier.place, "the earlier stage")],
            )


@check("DF116")
def reserved_stage_name(stage: Stage) -> Iterator[Report]:
    word = _name_of(stage)
    meaning = _RESERVED.get(stage.name or "")
    if word is not None and meaning is not None:
        yield report(word.place, f'stage name "{word.text}" is reserved: {meaning}')


@check("DF117")
def invalid_stage_name(stage: Stage) -> Iterator[Report]:
    word = _name_of(stage)
    name = stage.name or ""
    if word is None or _STAGE_NAME.fullmatch(name) or _PLACEHOLDER.search(name.replace("${", "").replace("}", "")):
        return
    if "$" in name:
        what = "holds a variable, which the builder puts into no stage name"
    elif not _STAGE_NAME.match(name):
        what = "does not start with a letter"
    else:
        what = "holds other signs than letters, digits, hyphens, underscores and dots"
    yield report(word.place, f'stage name "{word.text}" {what}')


def _name_of(stage: Stage) -> InstructionWord | None:
    """Give the name of a stage as it is written."""
    return stage.instruction.words[2] if stage.name is not None else None
