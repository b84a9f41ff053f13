"""Labels: their keys, their values, and which of them an image has."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.project import Project
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.manifests.dockerfile_summary import DockerfileSummary
from cnlint.manifests.label_formats import is_valid
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.dockerfile_words import Pair
from cnlint.syntax.patterns import regex

_AUTHORS = "org.opencontainers.image.authors"


class _Label(NamedTuple):
    """A key and value of a LABEL, quotes taken off and variables put in; ``None``: the file does not tell it."""

    instruction: Instruction
    pair: Pair
    key: str | None
    value: str | None
    has_variables: bool
    """Whether the value is made of variables, which a build may set."""

    @property
    def key_place(self) -> Place:
        start = self.pair.start
        return self.instruction.place_of(start, start + len(self.pair.key))

    @property
    def value_place(self) -> Place:
        return self.instruction.place_of(self.pair.value_start, max(self.pair.end, self.pair.value_start))


def _labels_of(instruction: Instruction) -> Iterator[_Label]:
    variables, escape = instruction.variables, instruction.node.escape
    for pair in instruction.pairs:
        value = expand(pair.value or "", variables, escape)
        yield _Label(instruction, pair, expand(pair.key, variables, escape).value, value.value, bool(value.references))


def _labels_in(stage: Stage) -> Iterator[_Label]:
    for instruction in stage.instructions_of("LABEL"):
        yield from _labels_of(instruction)


# Keys.


@check("DF701")
def maintainer_deprecated(instruction: Instruction) -> Iterator[Report]:
    name = instruction.node.value.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    yield report(
        instruction.place,
        f'MAINTAINER "{name}" is deprecated' if name else "MAINTAINER is deprecated",
        fixes=_as_label(instruction, name),
    )


def _as_label(instruction: Instruction, name: str) -> list[Fix]:
    node, stage = instruction.node, instruction.stage
    # Before a FROM, and put off by ONBUILD, neither of the two can stand.
    is_misplaced = stage is None and bool(instruction.dockerfile.stages)
    if not name or is_misplaced or instruction.parent is not None or len(node.pieces) > 1:
        return []
    if stage is not None and any(label.key in (None, _AUTHORS) for one in stage.chain for label in _labels_in(one)):
        return []
    escaped = "".join(f"{node.escape}{sign}" if sign in ('"', "$", node.escape) else sign for sign in name)
    edit = Edit(node.span(0, len(node.text)), f'LABEL {_AUTHORS}="{escaped}"')
    return [Fix("name the authors in a label", (edit,), safe=True)]


_BAD_SIGN = regex(r"[^0-9a-z._/-]")
_BAD_START = regex(r"[^a-z]")
_BAD_END = regex(r"[^a-z0-9]\Z")
_RESERVED = ("com.docker.", "io.docker.", "org.dockerproject.")
# Docker's own documentation tells authors of extensions to set these.
_DOCUMENTED = ("com.docker.extension.", "com.docker.desktop.extension.")


@check("DF702")
def invalid_label_key(instruction: Instruction) -> Iterator[Report]:
    for label in _labels_of(instruction):
        problem = _problem_of(label.key) if label.key and not has_placeholder(label.key) else None
        if problem:
            yield report(label.key_place, f'label key "{label.key}" {problem}')


def _problem_of(key: str) -> str | None:
    if key != key.lower():
        return "holds capital letters"
    sign = _BAD_SIGN.search(key)
    if sign:
        return f'holds "{sign[0]}"; keys consist of small letters, digits and the signs . _ / -'
    if _BAD_START.match(key):
        return f'starts with "{key[0]}", not with a letter'
    if _BAD_END.search(key):
        return f'ends with "{key[-1]}", not with a letter or digit'
    for pair in ("..", "--"):
        if pair in key:
            return f'holds "{pair}"'
    reserved = next((prefix for prefix in _RESERVED if key.startswith(prefix)), None)
    if reserved and not key.startswith(_DOCUMENTED):
        return f'starts with "{reserved}", which Docker keeps for itself'
    return None


@check("DF708")
def duplicate_label_key(stage: Stage) -> Iterator[Report]:
    seen: dict[str, _Label] = {}
    for label in _labels_in(stage):
        if not label.key:
            continue
        first = seen.get(label.key)
        if first is not None:
            yield report(
                label.key_place,
                f'label "{label.key}" is set a second time in this stage; the first value is lost',
                related=[Related(first.key_place, "set here first")],
                fixes=_without(first),
            )
        seen[label.key] = label


def _without(label: _Label) -> list[Fix]:
    """Delete a label, and its LABEL if it is the only one in it."""
    instruction, pair = label.instruction, label.pair
    node = instruction.node
    pairs = instruction.pairs
    index = pairs.index(pair)
    if len(pairs) == 1:
        start, end = node.offset(0), node.offset(len(node.text) - 1) + 1
        text = node.source.text
        end += 2 if text.startswith("\r\n", end) else 1 if text.startswith("\n", end) else 0
    elif index:
        start, end = node.offset(pairs[index - 1].end - 1) + 1, node.offset(pair.end - 1) + 1
    else:
        start, end = node.offset(pair.start), node.offset(pairs[1].start)
    # A comment between the lines would be lost.
    if any(line.lstrip().startswith("#") for line in node.source.text[start:end].splitlines()):
        return []
    return [Fix("delete the first one", (Edit(node.source.span(start, end), ""),))]


# A schema of labels that the project asks for.


def _schema(context: Context) -> Mapping[str, str]:
    schema = context.options["label_schema"]
    return schema if isinstance(schema, dict) else {}


@check("DF703")
def missing_label(stage: Stage, context: Context) -> Iterator[Report]:
    schema = _schema(context)
    if not schema or not _is_judged(stage, context.options["stages"]):
        return
    found = {label.key for one in stage.chain for label in _labels_in(one)}
    if None in found:
        return
    for key in schema:
        if key not in found and not _is_set_by_child(stage, key, context.options["stages"]):
            yield report(stage.place, f'{_named(stage)} has no label "{key}"')


def _is_judged(stage: Stage, stages: str) -> bool:
    if stages == "final":
        return stage.is_shipped
    return not any(
        other.copy is not None and other.copy.from_stage is stage
        for later in stage.dockerfile.stages[stage.index + 1 :]
        for other in later.instructions_of("COPY")
    )


def _is_set_by_child(stage: Stage, key: str, stages: str) -> bool:
    return stages != "final" and any(
        stage in child.chain and any(label.key in (key, None) for one in child.chain for label in _labels_in(one))
        for child in stage.dockerfile.stages[stage.index + 1 :]
    )


def _named(stage: Stage) -> str:
    if stage.is_shipped:
        return "the image"
    return f'stage "{stage.name}"' if stage.name else f"stage {stage.index}"


@check("DF704")
def superfluous_label(instruction: Instruction, context: Context) -> Iterator[Report]:
    if not context.options["strict_labels"]:
        return
    schema = _schema(context)
    for label in _labels_of(instruction):
        if label.key and label.key not in schema:
            yield report(label.key_place, f'label "{label.key}" is not in the schema of labels')


@check("DF705")
def empty_label(instruction: Instruction, context: Context) -> Iterator[Report]:
    schema = _schema(context)
    if not schema:
        return
    for label in _labels_of(instruction):
        if label.key in schema and label.pair.value is not None and label.value == "" and not label.has_variables:
            yield report(label.value_place, f'label "{label.key}" is empty')


_OCI_FORMATS = {
    "org.opencontainers.image.created": "rfc3339",
    "org.opencontainers.image.licenses": "spdx",
    "org.opencontainers.image.url": "url",
    "org.opencontainers.image.source": "url",
    "org.opencontainers.image.documentation": "url",
}
# Format -> what it is, and how it is written.
_FORMATS = {
    "url": ("an absolute URL", "write the URL with its scheme, such as https://example.com/orders"),
    "semver": ("a semantic version", "write three numbers without a v, such as 1.4.2 or 1.4.2-rc.1"),
    "hash": ("the id of a commit, of 7 or 40 digits", "write the id that git rev-parse gives, or its first 7 digits"),
    "rfc3339": ("a date and time of RFC 3339", "write date, time and zone, such as 2026-08-22T10:00:00Z"),
    "spdx": ("an SPDX license expression", "write SPDX ids, such as Apache-2.0 or MIT OR Apache-2.0"),
    "email": ("an e-mail address", "write the address alone, such as orders@example.com"),
}


@check("DF706")
def invalid_label_value(instruction: Instruction, context: Context) -> Iterator[Report]:
    formats = {**(_OCI_FORMATS if context.options["oci"] else {}), **_schema(context)}
    if not formats:
        return
    for label in _labels_of(instruction):
        wanted = formats.get(label.key or "", "text")
        if not label.value or label.has_variables or is_valid(label.value, wanted):
            continue
        # An address in angle brackets is no placeholder.
        if "{{" in label.value or (wanted != "email" and has_placeholder(label.value)):
            continue
        name, hint = _FORMATS[wanted]
        text = f'label "{label.key}" has the value "{label.value}", which is not {name}'
        yield report(label.value_place, text, hint=hint)


# Labels that say where an image comes from.

_OCI = "org.opencontainers.image."
_LABELLING_ACTIONS = ("docker/metadata-action", "crazy-max/ghaction-docker-meta")


@check("DF707")
def missing_oci_labels(build: DockerfileSummary, context: Context) -> Iterator[Report]:
    stage = build.final_stage
    if stage is None:
        return
    found = {key for one in build.chain(stage) for key in one.labels}
    missing = [_full(str(key)) for key in context.options["keys"] if _full(str(key)) not in found]
    if not missing or None in found or _are_set_by_builds(context.project):
        return
    names = ", ".join(f'"{key}"' for key in missing)
    hint = None if missing == [f"{_OCI}source"] else f"add LABEL {missing[0]}, or let the build set it"
    yield report(build.place(stage.span), f"the image has no label {names}", hint=hint)


def _full(key: str) -> str:
    return key if "." in key else _OCI + key


def _are_set_by_builds(project: Project) -> bool:
    """Tell whether a workflow or script gives labels to the images that it builds."""
    steps = (step for workflow in project.workflows for job in workflow.jobs.values() for step in job.steps)
    if any(step.uses(*_LABELLING_ACTIONS) for step in steps):
        return True
    return any(
        (build.step is not None and bool(build.step.input("labels")))
        or (build.command is not None and bool(build.command.options("--label", "--annotation")))
        for build in project.links.builds
    )
