"""How images are referred to: by digest, from which registry, by variables, by names that are no longer kept up."""

from collections.abc import Iterator, Mapping

from cnlint.data.deprecated_images import deprecation_of
from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.names import nearest_name
from cnlint.manifests.dockerfile import Dockerfile, Instruction, Stage
from cnlint.manifests.dockerfile_references import Reference
from cnlint.manifests.images import DEFAULT_REGISTRY, ImageReference
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_expand import Expansion, expand
from cnlint.syntax.patterns import matches_any, regex

_DOCKER_HUB = frozenset({DEFAULT_REGISTRY, "hub.docker.com", "index.docker.io", "registry-1.docker.io"})
_HAS_DEFAULT = regex(r"\$\{\w+:?-")
_VARIABLE_NAME = regex(r"[A-Za-z_]\w*")
# No image name holds these: somebody puts in a value before the build.
_OF_TEMPLATES = regex(r"[{}<>%\[\]|`*]|\A@|@\Z|@\w+@|__")


@check("DF103")
def unpinned_base_digest(instruction: Instruction, context: Context) -> Iterator[Report]:
    for reference in instruction.references:
        image = reference.image
        if image is None or image.has_digest or not image.is_known or reference.may_be_context:
            continue
        if _is_allowed(image, context):
            continue
        yield report(reference.place, f"{reference.label} has no digest")


@check("DF106")
def untrusted_registry(instruction: Instruction, context: Context) -> Iterator[Report]:
    trusted = context.options["trusted_registries"]
    if not trusted:
        return
    for reference in instruction.references:
        image = reference.image
        if image is None or image.registry is None or _is_trusted(image, trusted):
            continue
        # Without a registry before it, a repository that holds a variable may turn out to hold one.
        if not image.names_registry and image.repository is None:
            continue
        yield report(reference.place, f'{reference.label} comes from "{image.registry}", which is no trusted registry')


def _is_trusted(image: ImageReference, trusted: list[str]) -> bool:
    if image.registry in _DOCKER_HUB and not _DOCKER_HUB.isdisjoint(trusted):
        return True
    return any(matches_any((image.name if "/" in one else image.registry) or "", (one,)) for one in trusted)


@check("DF109")
def undefined_from_arg(dockerfile: Dockerfile) -> Iterator[Report]:
    declared: set[str] | None = None
    elsewhere: dict[str, Stage] = {}
    for stage in dockerfile.stages:
        for name, place in _variables_of(stage):
            if declared is None:
                if dockerfile.is_template:
                    return
                declared = {*dockerfile.global_variables, *(pair.key for _, pair in dockerfile.global_arguments)}
                elsewhere = _stages_by_argument(dockerfile)
            if name in declared:
                continue
            meant = nearest_name(name, declared)
            yield report(
                place,
                f'variable "{name}" of FROM is not declared by an ARG before the first FROM',
                related=_argument_of(elsewhere.get(name), name),
                hint=f"write {meant}, or declare ARG {name} before the first FROM" if meant else None,
            )


def _variables_of(stage: Stage) -> Iterator[tuple[str, Place]]:
    """Give the variables of a FROM that have no default where they stand, with their places."""
    instruction = stage.instruction
    for word in instruction.words[:1]:
        for name, start, end in _without_default(word.text, word.expansion):
            yield name, instruction.place_of(word.start + start, word.start + end)
    for flag in instruction.flags:
        if flag.name != "platform" or not flag.value or "$" not in flag.value:
            continue
        expansion = expand(flag.value, instruction.variables, instruction.node.escape)
        shift = flag.end - len(flag.value)
        is_plain = instruction.node.text[shift : flag.end] == flag.value
        for name, start, end in _without_default(flag.value, expansion):
            place = (shift + start, shift + end) if is_plain else (flag.start, flag.end)
            yield name, instruction.place_of(*place)


def _without_default(text: str, expansion: Expansion) -> Iterator[tuple[str, int, int]]:
    covered = 0
    for name, start, end in expansion.references:
        # What stands in the default of another variable counts only if that has no value.
        if start >= covered and _VARIABLE_NAME.fullmatch(name) and not _HAS_DEFAULT.match(text, start):
            yield name, start, end
        covered = max(covered, end)


def _stages_by_argument(dockerfile: Dockerfile) -> dict[str, Stage]:
    """Give the first stage that declares each argument."""
    found: dict[str, Stage] = {}
    for stage in dockerfile.stages:
        for name in stage.own_arguments:
            found.setdefault(name, stage)
    return found


def _argument_of(stage: Stage | None, name: str) -> list[Related]:
    for instruction in stage.instructions_of("ARG") if stage else ():
        for pair in instruction.pairs:
            if pair.key == name:
                return [Related(instruction.place_of(pair.start, pair.end), "only its stage sees this one")]
    return []


class _Defaults(dict[str, str | None]):
    """The values of variables in a build without arguments: one that is not set is empty."""

    def get(self, key: str, default: str | None = "") -> str | None:  # type: ignore[override]
        return super().get(key, default)


# What the builder gives for a build on a common machine. The architecture has no variant there.
_PLATFORM = {"PLATFORM": "linux/amd64", "OS": "linux", "ARCH": "amd64", "OSVERSION": "", "VARIANT": ""}


@check("DF110")
def invalid_from_default(dockerfile: Dockerfile) -> Iterator[Report]:
    defaults: _Defaults | None = None
    for stage in dockerfile.stages:
        text = stage.image_text
        if not text or stage.base_stage is not None or (stage.image is not None and stage.image.is_known):
            continue
        if dockerfile.is_template:
            return
        if "$" not in text:
            value = stage.image_value
            if not _is_valid(value, dockerfile):
                fault = f'"{value}" is no valid image name' if value else "is an empty text"
                yield report(stage.image_place, f"base image {fault}")
            continue
        defaults = _defaults_of(dockerfile) if defaults is None else defaults
        escape = stage.instruction.node.escape
        expansion = expand(text, defaults, escape)
        if expansion.value is None or _is_valid(expansion.value, dockerfile):
            continue
        undeclared = {name for name, *_ in _without_default(text, expansion)} - set(defaults)
        if undeclared and _is_valid(expand(text, defaults | dict.fromkeys(undeclared, "x"), escape).value, dockerfile):
            # That the variable is not declared is all that is wrong, which is said of the variable.
            continue
        comes_to = f'is "{expansion.value}", no valid image name,' if expansion.value else "is empty"
        yield report(
            stage.image_place,
            f'base image "{text}" {comes_to} with all arguments at their defaults',
            hint=_default_wanted(text, expansion, defaults),
        )


def _is_valid(value: str | None, dockerfile: Dockerfile) -> bool:
    """Tell whether a text may name an image or a stage; what a template fills in may."""
    if value is None or value == "scratch" or _OF_TEMPLATES.search(value):
        return True
    return ImageReference.parse(value).is_known or (value != "" and dockerfile.stage_named(value) is not None)


def _defaults_of(dockerfile: Dockerfile) -> _Defaults:
    defaults = _Defaults({f"{side}{part}": value for side in ("BUILD", "TARGET") for part, value in _PLATFORM.items()})
    defaults["TARGETSTAGE"] = "default"
    for instruction, pair in dockerfile.global_arguments:
        if pair.value is not None:
            defaults[pair.key] = expand(pair.value, defaults, instruction.node.escape).value
        else:
            defaults.setdefault(pair.key, "")
    return defaults


def _default_wanted(text: str, expansion: Expansion, defaults: Mapping[str, str | None]) -> str | None:
    empty = [name for name, *_ in _without_default(text, expansion) if defaults.get(name) == ""]
    return f"give ARG {empty[0]} a default, or write ${{{empty[0]}:?}} if each build must set it" if empty else None


@check("DF120")
def deprecated_base_image(instruction: Instruction, context: Context) -> Iterator[Report]:
    for reference in instruction.references:
        image = reference.image
        deprecated = deprecation_of(image.familiar_name or "", image.tag) if image else None
        if image is None or deprecated is None or _is_allowed(image, context):
            continue
        yield report(
            reference.place,
            f"{reference.label} is deprecated: {deprecated.why}",
            hint=f"use {deprecated.use}",
            fixes=_replacement(reference, image, deprecated.replacement),
        )


def _replacement(reference: Reference, image: ImageReference, name: str | None) -> list[Fix]:
    written = image.written_name
    if name is None or not written or not reference.is_plain or not reference.text.startswith(written):
        return []
    edit = Edit(reference.place.span, name + reference.text[len(written) :])
    return [Fix(f"use {name}", (edit,))]


def _is_allowed(image: ImageReference, context: Context) -> bool:
    allowed = context.options["allow"]
    return matches_any(image.text, allowed) or matches_any(image.familiar_name or "", allowed)
