"""Variables that ENV and ARG set: whether they are set where they are used, and to what."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.names import Names
from cnlint.manifests.dockerfile import AUTOMATIC_ARGUMENTS, Assignment, Instruction, Stage
from cnlint.manifests.image_environment import may_set, sets_nothing
from cnlint.manifests.variable_uses import VariableUse, names_set_by_shell, uses_by_builder, uses_by_shell
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_expand import Reference, expand
from cnlint.syntax.dockerfile_words import Pair
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.source import Span

_WITH_DEFAULT = regex(r"\$\{\w+:?[-+?]")


# Within one ENV.


@check("DF801")
def env_self_reference(instruction: Instruction) -> Iterator[Report]:
    pairs = instruction.pairs
    if len(pairs) < 2 or "$" not in instruction.node.text:
        return
    setters: dict[str, int] = {}
    for index, pair in enumerate(pairs):
        setters.setdefault(pair.key, index)
    for index, pair in enumerate(pairs):
        for reference in _references(pair, instruction):
            setter = setters.get(reference.name, index)
            if setter == index or _is_set_before(instruction, reference.name):
                continue
            start = pair.value_start
            yield report(
                instruction.place_of(start + reference.start, start + reference.end),
                f'"{pair.key}" refers to "{reference.name}", which the same ENV sets: it sees the value from before it',
                related=[Related(_place_of(instruction, pairs[setter]), f'"{reference.name}" is set here')],
                fixes=_split(instruction, index) if setter < index else [],
            )


def _references(pair: Pair, instruction: Instruction) -> Iterator[Reference]:
    """Give what a value refers to without saying what shall be if it is not set."""
    text = pair.value or ""
    if "$" not in text:
        return
    expansion = expand(text, {}, instruction.node.escape)
    if expansion.error is None:
        yield from (one for one in expansion.references if not _WITH_DEFAULT.match(text, one.start))


def _place_of(instruction: Instruction, pair: Pair) -> Place:
    return instruction.place_of(pair.start, pair.start + len(pair.key))


def _split(instruction: Instruction, index: int) -> list[Fix]:
    """Begin a new ENV with a pair."""
    node, pairs = instruction.node, instruction.pairs
    start, end = node.offset(pairs[index - 1].end - 1) + 1, node.offset(pairs[index].start)
    # A comment between the lines would be lost.
    if instruction.parent is not None or "#" in node.source.text[start:end]:
        return []
    return [Fix("set it in an ENV of its own", (Edit(node.source.span(start, end), "\nENV "),))]


# What is set where.


def _is_set_before(instruction: Instruction, name: str) -> bool:
    """Tell whether ENV or ARG, with a value or without, sets a variable before an instruction."""
    stage = instruction.stage
    if stage is None:
        return name in instruction.variables
    if name in instruction.variables or stage.declares_argument(name, instruction.position):
        return True
    return any(name in one.own_arguments for one in stage.chain[1:])


def _is_set_anywhere(stage: Stage, name: str) -> bool:
    return any(name in one.assignments or name in one.own_arguments for one in stage.chain)


def _global_arguments(stage: Stage) -> dict[str, Instruction]:
    """Give the names that ARG declares before the first FROM, with the first that does."""
    found: dict[str, Instruction] = {}
    for instruction, pair in stage.dockerfile.global_arguments:
        found.setdefault(pair.key, instruction)
    return found


def _with_triggers(stage: Stage) -> Iterator[Instruction]:
    for instruction in stage.instructions:
        yield instruction.trigger or instruction


@check("DF802")
def undefined_variable(stage: Stage, context: Context) -> Iterator[Report]:
    if "$" not in stage.dockerfile.syntax.source.text:
        return
    names = _KnownNames(stage, context)
    for instruction in _with_triggers(stage):
        seen: set[str] = set()
        for use in uses_by_builder(instruction):
            if use.has_default or use.name in seen or names.has(instruction, use.name):
                continue
            seen.add(use.name)
            found = names.explain(instruction, use)
            if found is not None:
                yield found


# Comparing each of very many names with all others takes long.
_MOST_COMPARISONS = 20_000


class _KnownNames:
    """The variables of a stage, and what is said of those that nothing sets."""

    def __init__(self, stage: Stage, context: Context) -> None:
        self._stage = stage
        self._global = _global_arguments(stage)
        self._known = self._names_of_image(context.options["known"])
        self._is_complete = sets_nothing(stage) or context.options["unknown_base"] == "fire"
        self._put_off = {
            pair.key
            for one in stage.chain
            for instruction in one.instructions_of("ONBUILD")
            if instruction.trigger is not None and instruction.trigger.keyword in ("ARG", "ENV")
            for pair in instruction.trigger.pairs
        }
        self._names: Names | None = None
        self._number = 0
        self._comparisons = 0

    def _names_of_image(self, known: object) -> frozenset[str]:
        image = self._stage.root.image_value.partition("@")[0]
        found: set[str] = set()
        for name, variables in known.items() if isinstance(known, Mapping) else ():
            if matches_any(image, (str(name), f"{name}:*")) and isinstance(variables, list):
                found.update(map(str, variables))
        return frozenset(found)

    def has(self, instruction: Instruction, name: str) -> bool:
        """Tell whether a variable is set before an instruction, or another rule says that it is not."""
        if name in self._known or _is_set_before(instruction, name):
            return True
        if instruction.parent is not None and (name in self._put_off or _is_set_anywhere(self._stage, name)):
            return True
        # DF801 and DF804 speak of these; what adds to itself may add to what the base image sets.
        setters = [pair for pair in instruction.pairs if pair.key == name] if instruction.keyword == "ENV" else []
        if setters and self._stage.root.is_scratch:
            return not any(one.name == name for one in _references(setters[0], instruction))
        return bool(setters) or name in self._global

    def explain(self, instruction: Instruction, use: VariableUse) -> Report | None:
        """Say what is wrong with the use of a variable that is not set; ``None`` where the base image may set it."""
        name = use.name
        if name in AUTOMATIC_ARGUMENTS:
            return report(
                use.place,
                f'"{name}" is empty here: the stage has no ARG {name}',
                hint=f"add ARG {name} after the FROM of the stage",
            )
        if may_set(self._stage, name):
            return None
        later = self._set_later(instruction, name)
        if later is not None:
            place = _place_of(later.instruction, later.pair)
            return report(
                use.place,
                f'"{name}" is used before it is set, on line {later.instruction.line}',
                related=[Related(place, "set only here")],
                hint=f'move the use of "{name}" behind the instruction that sets it',
            )
        near = self._nearest(instruction, name)
        if near is not None:
            return report(
                use.place,
                f'"{name}" is not set before it is used, and "{near}" is',
                hint=f'write "{near}" if it is meant',
            )
        return report(use.place, f'"{name}" is used, and nothing sets it before') if self._is_complete else None

    def _set_later(self, instruction: Instruction, name: str) -> Assignment | None:
        """Give where a variable is first set, if that is later in the stage and does not add to a value it had."""
        found = next(iter(self._stage.assignments.get(name, ())), None)
        if found is None or found.position <= instruction.position:
            return None
        # An ENV may change what the base image sets; who writes an ARG does not expect it to.
        if found.is_environment and not sets_nothing(self._stage):
            return None
        return None if any(one.name == name for one in _references(found.pair, found.instruction)) else found

    def _nearest(self, instruction: Instruction, name: str) -> str | None:
        if self._names is None:
            names = {name for one in self._stage.chain for name in (*one.assignments, *one.own_arguments)}
            self._names = Names({*names, "PATH"})
            self._number = len(names) + 1
        self._comparisons += self._number
        near = self._names.near(name) if self._comparisons <= _MOST_COMPARISONS else []
        return next((one for one in near if one == "PATH" or _is_set_before(instruction, one)), None)


@check("DF802")
def undefined_global_variable(instruction: Instruction) -> Iterator[Report]:
    if instruction.stage is not None or not instruction.dockerfile.stages:
        return
    seen: set[str] = set()
    for use in uses_by_builder(instruction):
        if use.has_default or use.name in seen or use.name in AUTOMATIC_ARGUMENTS:
            continue
        seen.add(use.name)
        if not _is_declared_before(instruction, use.name) and not matches_any(use.name, ("*_PROXY", "*_proxy")):
            yield report(use.place, f'"{use.name}" is used, and no ARG before the first FROM sets it')


def _is_declared_before(instruction: Instruction, name: str) -> bool:
    for other in instruction.dockerfile.instructions:
        if other is instruction:
            return False
        if other.keyword == "ARG" and any(pair.key == name for pair in other.pairs):
            return True
    return False


@check("DF804")
def global_arg_not_redeclared(stage: Stage) -> Iterator[Report]:
    declared = _global_arguments(stage)
    text = stage.dockerfile.syntax.source.text
    automatic = [name for name in AUTOMATIC_ARGUMENTS if name in text]
    if not declared and not automatic:
        return
    found: dict[str, list[VariableUse]] = {}
    for instruction in stage.instructions:
        for use in _uses_of_global(instruction, declared, automatic):
            if not _is_set_before(instruction, use.name):
                found.setdefault(use.name, []).append(use)
    for name, uses in found.items():
        if may_set(stage, name):
            continue
        uses.sort(key=lambda use: use.place.span)
        related = [Related(use.place, "and here") for use in uses[1:_MOST_RELATED]]
        if name in declared:
            what = f'ARG "{name}" is declared before the first FROM only'
            related.insert(0, Related(declared[name].place, "declared here"))
        else:
            what = f'the builder sets "{name}" only for stages that declare it'
        yield report(
            uses[0].place,
            f"{what}: it is empty in this stage",
            related=related,
            hint=f"add ARG {name} after the FROM of the stage",
            fixes=_declared(stage, name),
        )


_MOST_RELATED = 4


def _uses_of_global(
    instruction: Instruction, declared: Mapping[str, object], automatic: list[str]
) -> Iterator[VariableUse]:
    """Give the uses of global arguments; those of the builder's own in scripts only, DF802 sees the others."""
    if declared:
        yield from (use for use in uses_by_builder(instruction) if use.name in declared and not use.has_default)
    if instruction.keyword != "RUN":
        return
    node = instruction.node
    wanted = [name for name in (*declared, *automatic) if name in node.text or node.heredocs]
    if not wanted:
        return
    uses = [use for use in uses_by_shell(instruction) if use.name in wanted and not use.has_default]
    own = names_set_by_shell(instruction) if uses else set()
    if own is not None:
        yield from (use for use in uses if use.name not in own)


def _declared(stage: Stage, name: str) -> list[Fix]:
    node = stage.instruction.node
    line = node.end_line + 1
    edit = Edit(Span(line, 1, line, 1), f"ARG {name}\n")
    return [Fix(f"declare {name} in the stage", (edit,), safe=True)]


# ARG and ENV of one name.


@check("DF805")
def arg_shadowed_by_env(stage: Stage) -> Iterator[Report]:
    names = {name for name in stage.own_arguments if any(name in one.environment_names for one in stage.chain)}
    if not names:
        return
    uses_at = cache(lambda position: _uses_in(stage.instructions[position]))
    for instruction in stage.instructions_of("ARG"):
        for pair in instruction.pairs:
            if pair.key in names:
                yield from _shadowed(stage, instruction, pair, uses_at)


def _shadowed(
    stage: Stage, instruction: Instruction, pair: Pair, uses_at: Callable[[int], set[str]]
) -> Iterator[Report]:
    name = pair.key
    before = _environment_before(stage, name, instruction.position)
    if before is not None:
        if not _refers_to(before, name):
            yield report(
                _place_of(instruction, pair),
                f'ARG "{name}" has no effect: ENV sets "{name}" before it, and wins',
                related=[Related(_place_of(before.instruction, before.pair), "the ENV")],
            )
        return
    after = next((one for one in _environment_in(stage, name) if one.position > instruction.position), None)
    if after is None or "$" in (after.pair.value or ""):
        return
    if any(name in uses_at(position) for position in range(instruction.position + 1, after.position + 1)):
        return
    if any(name in uses_at(position) for position in range(after.position + 1, len(stage.instructions))):
        yield report(
            _place_of(instruction, pair),
            f'ARG "{name}" has no effect: ENV sets "{name}" to a fixed value before it is used',
            related=[Related(_place_of(after.instruction, after.pair), "the ENV")],
        )


def _environment_in(stage: Stage, name: str) -> list[Assignment]:
    return [one for one in stage.assignments.get(name, ()) if one.is_environment]


def _environment_before(stage: Stage, name: str, position: int) -> Assignment | None:
    """Give the ENV that sets a variable last before a position, in the stages that it is built from too."""
    own = [one for one in _environment_in(stage, name) if one.position < position]
    for assignments in (own, *(_environment_in(one, name) for one in stage.chain[1:])):
        if assignments:
            return assignments[-1]
    return None


def _refers_to(assignment: Assignment, name: str) -> bool:
    references = expand(assignment.pair.value or "", {}, assignment.instruction.node.escape).references
    return any(reference.name == name for reference in references)


def _uses_in(instruction: Instruction) -> set[str]:
    uses = [*uses_by_builder(instruction), *(uses_by_shell(instruction) if instruction.keyword == "RUN" else ())]
    return {use.name for use in uses}


# The search path.

_PATH = "PATH"
_FOLDERS = frozenset({"/bin", "/usr/bin"})
# The two folders are one in most distributions; in these they are not.
_APART = ("alpine", "busybox")


@check("DF806")
def path_overwritten(instruction: Instruction) -> Iterator[Report]:
    if _PATH not in instruction.node.text or _may_have_another_path(instruction):
        return
    for pair in instruction.pairs:
        if pair.key != _PATH or pair.value is None or _keeps_path(pair, instruction):
            continue
        yield report(
            instruction.place_of(pair.start, pair.end),
            "ENV sets PATH without $PATH: programs of the base image are no longer found",
            hint="add :$PATH to the value",
            fixes=_with_path(pair, instruction),
        )


def _may_have_another_path(instruction: Instruction) -> bool:
    stage = instruction.stage
    return instruction.is_windows or (stage is not None and stage.root.is_scratch)


def _keeps_path(pair: Pair, instruction: Instruction) -> bool:
    text = pair.value or ""
    expansion = expand(text, instruction.variables, instruction.node.escape)
    if expansion.error is not None or any(one.name == _PATH for one in expansion.references):
        return True
    value = expansion.value
    if value is None:
        value = text.strip("\"'")
        # A variable alone may be a whole list; one with a folder behind it is one folder.
        if any(part.startswith("$") and "/" not in part for part in value.split(":")):
            return True
    folders = {folder.rstrip("/") for folder in value.split(":")}
    if ";" in value or "%" in value or any(".nix-profile" in folder for folder in folders):
        return True
    image = instruction.stage.root.image_value if instruction.stage else ""
    is_apart = any(name in image for name in _APART)
    return folders >= _FOLDERS if is_apart else "/usr/bin" in folders


def _with_path(pair: Pair, instruction: Instruction) -> list[Fix]:
    text = pair.value or ""
    if not text or "'" in text or instruction.node.escape in text or "\n" in text:
        return []
    end = pair.end - 1 if text.endswith('"') else pair.end
    return [Fix("keep what PATH was", (Edit(_at(instruction, end), ":$PATH"),))]


def _at(instruction: Instruction, position: int) -> Span:
    return instruction.node.span(position - 1, position).after
