"""Views of Dockerfiles: stages, instructions, and what a stage inherits from the ones that it is built from."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.images import ImageReference
from cnlint.syntax.dockerfile import KEYWORDS, Directive, DockerfileSyntax, InstructionNode, MappedText, parse
from cnlint.syntax.dockerfile_expand import Expansion, expand
from cnlint.syntax.dockerfile_words import Flag, Pair, heredoc_words
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import POSIX_DIALECTS, Script
from cnlint.syntax.shell import parse as parse_script
from cnlint.syntax.source import Source, Span

if TYPE_CHECKING:
    from cnlint.manifests.command_order import CommandOrder
    from cnlint.manifests.commands import Command, RunCommand
    from cnlint.manifests.dockerfile_mounts import Mount
    from cnlint.manifests.dockerfile_references import Reference
    from cnlint.manifests.dockerfile_summary import DockerfileSummary
    from cnlint.manifests.package_history import PackageHistory
    from cnlint.manifests.shell_scripts import ShellScript

_EXPANDED = frozenset(["ADD", "COPY", "EXPOSE", "FROM", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"])
# Arguments that the builder gives by itself; their values are not known before the build.
AUTOMATIC_ARGUMENTS = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
# Sources of COPY and ADD that mean the whole build context.
_WHOLE_CONTEXT = frozenset({".", "./", "/", "./.", "*", "./*", "/*"})
_TEMPLATE_SUFFIXES = (
    *(".erb", ".ejs", ".gotmpl", ".hbs", ".in", ".j2", ".jinja", ".jinja2"),
    *(".m4", ".mustache", ".template", ".tmpl", ".tpl", ".twig"),
)
_TEMPLATE_MARKS = ("{{", "{%", "<%", "@@", "%%")
_DOCKER_FRONTEND = regex(r"(?:^|/)dockerfile(?:-upstream)?(?:[:@\s]|\Z)")
_HEALTHCHECK = regex(r"(?i:(CMD)|(NONE))(?=\s|\Z)\s*")
_SHELL_PRAGMA = regex(r"#\s*hadolint\s+shell\s*=\s*(\S+)")
_SHEBANG = regex(r"#!\s*(\S+)(?:[ \t]+(\S+))?")
_SHELL_ON_HEREDOC = regex(r"\s*(?:/\S*/)?(sh|bash|ash|dash|ksh|zsh)(?:[ \t]+-\w+)*\s*")


class DockerfileProblem:
    """A place where a Dockerfile cannot be built because it is not well formed."""

    __slots__ = ("message", "place")
    target: ClassVar[str] = "dockerfile-problem"

    def __init__(self, path: str, message: str, span: Span) -> None:
        self.place = Place(path, span)
        self.message = message


class InstructionWord:
    """A word of an instruction."""

    def __init__(self, instruction: "Instruction", text: str, start: int, end: int) -> None:
        self.instruction = instruction
        self.text = text
        """As written; a string of the exec form without its quotes."""
        self.start = start
        self.end = end

    @cached_property
    def expansion(self) -> Expansion:
        """What becomes of the word, with the variables that it refers to."""
        instruction = self.instruction
        if instruction.keyword not in _EXPANDED:
            return Expansion(self.text)
        return expand(self.text, instruction.variables, instruction.node.escape)

    @cached_property
    def value(self) -> str | None:
        """The word with variables put in and quotes taken off; ``None`` when the file does not tell it."""
        return self.expansion.value

    @property
    def place(self) -> Place:
        """Where the word stands."""
        return self.instruction.place_of(self.start, self.end)


class State(NamedTuple):
    """What is in force at one point of a stage: the instructions that set it."""

    shell: "Instruction | None" = None
    user: "Instruction | None" = None
    workdir: "Instruction | None" = None
    entrypoint: "Instruction | None" = None
    cmd: "Instruction | None" = None
    healthcheck: "Instruction | None" = None
    workdir_path: str | None = None
    """The absolute working directory, ``None`` when the base image decides or a variable hides it."""


class Variables(Mapping[str, str | None]):
    """The values of ENV and ARG at one point of a stage; ``None`` for one that the file does not tell."""

    __slots__ = ("_position", "_stage")

    def __init__(self, stage: "Stage", position: int) -> None:
        self._stage = stage
        self._position = position

    def __getitem__(self, name: str) -> str | None:
        position = self._position
        for stage in self._stage.chain:
            assignments = stage.assignments.get(name, ())
            before = bisect_left(assignments, position, key=_position)
            if before:
                return assignments[before - 1].value
            position = _AT_THE_END
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        names: dict[str, None] = {}
        for stage in self._stage.chain:
            names.update(dict.fromkeys(stage.assignments))
        return iter([name for name in names if name in self])

    def __len__(self) -> int:
        return sum(1 for _ in self)


_AT_THE_END = 1_000_000_000
_LONGEST_IMAGE = 1024
# How many stages, each built from the next, are followed.
_MAX_CHAIN = 100


class Assignment(NamedTuple):
    """A variable that ENV or ARG sets, from the instruction at ``position`` of the stage on."""

    position: int
    value: str | None
    is_environment: bool
    instruction: "Instruction"
    pair: Pair


def _position(assignment: Assignment) -> int:
    return assignment.position


class Instruction:
    """An instruction. That of ONBUILD has the instruction that is put off as its ``trigger``, a view of its own."""

    target: ClassVar[str] = "instruction"

    def __init__(
        self,
        node: InstructionNode,
        dockerfile: "Dockerfile",
        stage: "Stage | None",
        position: int,
        state: State,
        parent: "Instruction | None" = None,
    ) -> None:
        self.node = node
        self.dockerfile = dockerfile
        self.stage = stage
        """The stage, ``None`` before the first FROM."""
        self.position = position
        """Its place among the instructions of the stage; the FROM is -1."""
        self.state = state
        """What is in force before it."""
        self.parent = parent
        """The ONBUILD that puts it off, if any."""
        self.keyword = node.keyword
        self.kind = node.keyword if node.keyword in KEYWORDS else "unknown"
        """The keyword, ``unknown`` for one that no builder knows."""
        self.trigger: Instruction | None = None
        if node.trigger is not None:
            self.trigger = Instruction(node.trigger, dockerfile, stage, position, state, self)

    @property
    def line(self) -> int:
        """The line on which it starts."""
        return self.node.line

    def stands_in(self, stages: str) -> bool:
        """Tell whether it is in the stages that rules are to judge: ``all``, or only the ``final`` ones, which ship."""
        return stages != "final" or (self.stage is not None and self.stage.is_shipped)

    @property
    def is_windows(self) -> bool:
        """Whether it is for Windows, by the escape character or the image that its stage stands on."""
        return self.dockerfile.is_windows or (self.stage is not None and self.stage.is_windows)

    @property
    def is_exec_form(self) -> bool:
        """Whether its arguments are a JSON array."""
        return self.node.exec_words is not None

    @property
    def flags(self) -> list[Flag]:
        """Its builder flags (``--from=build``)."""
        return self.node.flags

    def flag(self, name: str) -> str | None:
        """Give the value of a flag; an empty one for a flag without value, ``None`` when it is not there."""
        return next((flag.value or "" for flag in self.node.flags if flag.name == name), None)

    @cached_property
    def words(self) -> list[InstructionWord]:
        """Its arguments after the flags, split as the builder does. The shell form of a command is one word."""
        return [InstructionWord(self, word.text, word.start, word.end) for word in self.node.words()]

    @cached_property
    def pairs(self) -> list[Pair]:
        """The keys and values of ENV, LABEL and ARG, as written."""
        return self.node.pairs()

    @property
    def variables(self) -> Mapping[str, str | None]:
        """The values of variables before it."""
        if self.stage is None or self.keyword == "FROM":
            return self.dockerfile.global_variables
        return Variables(self.stage, self.position)

    @property
    def place(self) -> Place:
        """From its keyword to the end of that line."""
        node = self.node
        return Place(self.dockerfile.path, lambda: node.first_line_span)

    def place_of(self, start: int, end: int) -> Place:
        """The place of a stretch of its text."""
        node = self.node
        return Place(self.dockerfile.path, lambda: node.span(start, end))

    @cached_property
    def copy(self) -> "Copy | None":
        """A COPY or ADD that has sources and a destination."""
        return Copy(self) if self.keyword in ("ADD", "COPY") and len(self.words) > 1 else None

    @cached_property
    def mounts(self) -> "list[Mount]":
        """The mounts of a RUN."""
        if self.keyword != "RUN" or not self.node.flags:
            return []
        from cnlint.manifests.dockerfile_mounts import mounts_of

        return mounts_of(self)

    @cached_property
    def references(self) -> "list[Reference]":
        """The stages and images that a FROM, COPY --from or RUN --mount=from= names."""
        if self.keyword != "FROM" and (not self.node.flags or self.keyword not in ("COPY", "RUN")):
            return []
        from cnlint.manifests.dockerfile_references import references_of

        return references_of(self)

    @cached_property
    def healthcheck(self) -> "Healthcheck | None":
        """A HEALTHCHECK that is well formed."""
        match = _HEALTHCHECK.match(self.node.text, self.node.rest) if self.keyword == "HEALTHCHECK" else None
        return Healthcheck(self, match[2] is not None, match.end()) if match else None

    @cached_property
    def container_commands(self) -> "list[Command]":
        """The commands that a CMD, ENTRYPOINT or HEALTHCHECK runs in the container; see `commands`."""
        if self.keyword not in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            return []
        from cnlint.manifests.commands import Command, commands_of, commands_of_words

        words = self.node.exec_words
        if words is not None:
            return [] if self.is_windows else commands_of_words(self.node.text, words, self.place_of, self, Command)
        start = self.healthcheck.start if self.healthcheck else self.node.rest
        is_command = self.keyword != "HEALTHCHECK" or (self.healthcheck is not None and not self.healthcheck.is_none)
        if not is_command or self.shell not in POSIX_DIALECTS:
            return []
        return commands_of(
            self.node.text[start:],
            lambda first, last: self.place_of(first + start, last + start),
            self,
            Command,
            self.shell,
        )

    @cached_property
    def commands(self) -> "list[RunCommand]":
        """The commands of a RUN; none when its shell is not one of the POSIX family."""
        if self.keyword != "RUN":
            return []
        from cnlint.manifests.commands import RunCommand, commands_of, commands_of_words

        known = _Known(self.variables)
        words = self.node.exec_words
        if words is not None:
            if self.is_windows:
                return []
            return commands_of_words(self.node.text, words, self.place_of, self, RunCommand, known)
        dialect, script = self.script
        if dialect not in POSIX_DIALECTS:
            return []

        def locate(start: int, end: int) -> Place:
            return Place(self.dockerfile.path, lambda: script.span(start, end))

        return commands_of(script.text, locate, self, RunCommand, dialect, known)

    @cached_property
    def parsed_script(self) -> Script | None:
        """The script of the shell form, taken apart; ``None`` when its shell is not one of the POSIX family."""
        if self.keyword != "RUN" or self.is_exec_form:
            return None
        if self.commands:
            return self.commands[0].script
        dialect, script = self.script
        return parse_script(script.text, dialect) if dialect in POSIX_DIALECTS else None

    @cached_property
    def command_order(self) -> "CommandOrder":
        """What comes before and after its commands."""
        from cnlint.manifests.command_order import CommandOrder

        return CommandOrder(self.commands)

    @cached_property
    def script(self) -> tuple[str, MappedText]:
        """The script that the shell form of a RUN gives to its shell: the shell's name, and the text."""
        heredocs = self.node.heredocs
        source = self.node.source
        value = self.node.value
        dialect = self.shell
        if not heredocs:
            return dialect, MappedText(source, self.node.pieces)
        announced = heredoc_words(value)
        if len(announced) == 1:
            first = announced[0]
            rest = value[: first.start] + value[first.end :]
            body = MappedText(source, heredocs[0].pieces(source), ["\n"] * len(heredocs[0].lines))
            shell = _SHELL_ON_HEREDOC.fullmatch(rest)
            if not rest.strip():
                return _interpreter(body.text) or dialect, body
            if shell is not None:
                return shell[1], body
        return dialect, self._script_with_bodies()

    def _script_with_bodies(self) -> MappedText:
        pieces = self.node.pieces
        suffixes = [""] * (len(pieces) - 1) + ["\n"]
        for heredoc in self.node.heredocs:
            lines = [*heredoc.lines, *([heredoc.terminator] if heredoc.terminator else [])]
            pieces = [*pieces, *lines]
            suffixes += ["\n"] * len(lines)
        return MappedText(self.node.source, pieces, suffixes)

    @property
    def shell(self) -> str:
        """The name of the shell that runs its shell form: ``sh``, ``bash``, ``powershell``, ``cmd`` ..."""
        pragma = self.dockerfile.shell_pragma(self.line)
        if pragma is not None:
            return _base_name(pragma)
        if self.state.shell is not None:
            words = self.state.shell.node.exec_words
            return _base_name(words[0].text) if words else ""
        return "cmd" if self.is_windows else "sh"


class Copy:
    """A COPY or ADD with its sources and destination."""

    def __init__(self, instruction: Instruction) -> None:
        self.instruction = instruction
        *sources, self.destination = instruction.words
        self.sources = [word for word in sources if not heredoc_words(word.text)]
        """The sources; files that heredocs give are none."""

    @cached_property
    def source(self) -> str | None:
        """The value of ``--from`` with variables put in, as written where they are not known."""
        written = self.instruction.flag("from")
        if written is None:
            return None
        value = expand(written, self.instruction.variables, self.instruction.node.escape).value
        return written if value is None else value

    @property
    def from_stage(self) -> "Stage | None":
        """The earlier stage that ``--from`` names."""
        source, stage = self.source, self.instruction.stage
        if source is None or stage is None:
            return None
        return stage.dockerfile.stage_before(stage, source)

    @cached_property
    def is_whole_context(self) -> bool:
        """Whether it takes everything from the build context."""
        return self.source is None and any(word.value in _WHOLE_CONTEXT for word in self.sources)

    @cached_property
    def destination_path(self) -> str | None:
        """The absolute path of the destination, a trailing slash kept; ``None`` when it is not known."""
        return joined(self.instruction.state.workdir_path, self.destination.value)


class Healthcheck:
    """A HEALTHCHECK. Its flags, and the words of the exec form, are those of the instruction."""

    __slots__ = ("instruction", "is_none", "start")

    def __init__(self, instruction: Instruction, is_none: bool, start: int) -> None:
        self.instruction = instruction
        self.is_none = is_none
        """Whether it only turns off the one that is inherited."""
        self.start = start
        """Where its command starts in the text of the instruction."""

    @property
    def command(self) -> str:
        """Its command as written, in exec form or shell form; empty for NONE."""
        return self.instruction.node.text[self.start :] if not self.is_none else ""

    @property
    def place(self) -> Place:
        """Where its command stands."""
        return self.instruction.place_of(self.start, len(self.instruction.node.text))


class Stage:
    """A stage: a FROM and the instructions up to the next one."""

    target: ClassVar[str] = "stage"

    def __init__(self, instruction: Instruction, dockerfile: "Dockerfile", index: int) -> None:
        self.instruction = instruction
        """The FROM."""
        self.dockerfile = dockerfile
        self.index = index
        self.instructions: list[Instruction] = []
        """The instructions after the FROM."""
        self._by_keyword: dict[str, list[Instruction]] = {}
        self.assignments: dict[str, list[Assignment]] = {}
        """What ENV and ARG set, in order, by the name of the variable."""
        self.environment_names: set[str] = set()
        """The names that its ENV instructions set."""
        self.own_arguments: dict[str, int] = {}
        """The names that ARG declares, with the position of the first."""
        words = instruction.words
        self._word = words[0] if words else None
        self.image_text = self._word.text if self._word else ""
        """The image as written."""
        value = self._word.value if self._word else ""
        self.image_value = self.image_text if value is None else value
        """The image with variables put in; as written where they are not known."""
        has_name = len(words) > 2 and words[1].text.upper() == "AS"
        self.name = words[2].text.lower() if has_name else None
        """The name in lower case, as the builder compares it."""
        self.base_stage = dockerfile.stage_named(self.image_value)
        """The earlier stage that it is built from."""
        self.root: Stage = self.base_stage.root if self.base_stage else self
        """The last of its chain, the one whose base is no stage."""
        self.state: State = self.base_stage.state if self.base_stage else State(workdir_path=self._first_workdir())
        """What is in force at the end."""
        self._has_cmd = False

    @property
    def path(self) -> str:
        """The file."""
        return self.dockerfile.path

    @property
    def is_shipped(self) -> bool:
        """Whether it is what a build gives: the last one, or one of those that builds of the repository name."""
        return self in self.dockerfile.shipped_stages

    @property
    def is_in_image(self) -> bool:
        """Whether its layers are part of an image that ships."""
        return any(self in stage.chain for stage in self.dockerfile.shipped_stages)

    @property
    def kind(self) -> str:
        """``shipped`` or ``builder``."""
        return "shipped" if self.is_shipped else "builder"

    @property
    def is_scratch(self) -> bool:
        """Whether it is built from nothing."""
        return self.image_value == "scratch"

    @cached_property
    def image(self) -> ImageReference | None:
        """The image in its FROM; ``None`` for an earlier stage, for ``scratch`` and for what can be no image."""
        is_image = 0 < len(self.image_value) <= _LONGEST_IMAGE
        if self.base_stage is not None or self.is_scratch or not is_image:
            return None
        return ImageReference.parse(self.image_value)

    @cached_property
    def chain(self) -> list["Stage"]:
        """The stage itself, the one that it is built from, and so on."""
        stages = [self]
        while (base := stages[-1].base_stage) is not None and len(stages) < _MAX_CHAIN:
            stages.append(base)
        return stages

    @cached_property
    def has_shell(self) -> bool | None:
        """Whether there is a ``/bin/sh`` at its end; ``None`` when one cannot tell."""
        from cnlint.manifests.image_contents import has_shell

        return has_shell(self)

    def has_tool(self, name: str) -> bool | None:
        """Tell whether a program such as ``curl`` is installed at its end; ``None`` when one cannot tell."""
        from cnlint.manifests.image_contents import has_tool

        return has_tool(self, name)

    @property
    def is_windows(self) -> bool:
        """Whether its base is an image of Windows."""
        text = self.root.image_value.lower()
        return "windows" in text or "nanoserver" in text

    @property
    def place(self) -> Place:
        """Its FROM."""
        return self.instruction.place

    @property
    def image_place(self) -> Place:
        """The image in its FROM."""
        return self._word.place if self._word else self.instruction.place

    def image_part_place(self, part: str) -> Place:
        """Where the last occurrence of ``part`` stands in the image as written; the whole image if it is not in it."""
        at = self.image_text.rfind(part) if part else -1
        if self._word is None or at < 0:
            return self.image_place
        return self.instruction.place_of(self._word.start + at, self._word.start + at + len(part))

    @property
    def own_environment(self) -> dict[str, str | None]:
        """What its own ENV instructions set."""
        found = {}
        for name, assignments in self.assignments.items():
            values = [assignment.value for assignment in assignments if assignment.is_environment]
            if values:
                found[name] = values[-1]
        return found

    @cached_property
    def package_history(self) -> "PackageHistory":
        """What its instructions do for the package managers of later ones."""
        from cnlint.manifests.package_history import PackageHistory

        return PackageHistory(self)

    @property
    def commands(self) -> "Iterator[RunCommand]":
        """The commands of its RUN instructions."""
        for instruction in self.instructions:
            yield from instruction.commands

    def instructions_of(self, *keywords: str) -> list[Instruction]:
        """Give its instructions of some keywords."""
        if len(keywords) == 1:
            return self._by_keyword.get(keywords[0], [])
        return [instruction for instruction in self.instructions if instruction.keyword in keywords]

    def declares_argument(self, name: str, position: int) -> bool:
        """Tell whether an ARG before a position declares a variable."""
        return self.own_arguments.get(name, _AT_THE_END) < position

    def add(self, instruction: Instruction) -> None:
        """Take up the next instruction, and what it sets."""
        self.instructions.append(instruction)
        keyword, state = instruction.keyword, self.state
        self._by_keyword.setdefault(keyword, []).append(instruction)
        if keyword == "ENV":
            self._assign(instruction, is_environment=True)
        elif keyword == "ARG":
            self._assign(instruction, is_environment=False)
        elif keyword == "USER":
            self.state = state._replace(user=instruction)
        elif keyword == "SHELL":
            self.state = state._replace(shell=instruction)
        elif keyword == "WORKDIR":
            path = joined(state.workdir_path, instruction.words[0].value if instruction.words else None)
            self.state = state._replace(workdir=instruction, workdir_path=path)
        elif keyword == "HEALTHCHECK":
            self.state = state._replace(healthcheck=instruction)
        elif keyword == "CMD":
            self._has_cmd = True
            self.state = state._replace(cmd=instruction)
        elif keyword == "ENTRYPOINT":
            # The builder drops an inherited CMD, which was meant for another entrypoint.
            self.state = state._replace(entrypoint=instruction, cmd=state.cmd if self._has_cmd else None)

    def _assign(self, instruction: Instruction, is_environment: bool) -> None:
        variables, escape = instruction.variables, instruction.node.escape
        # All pairs of one instruction see the values from before it.
        for pair in instruction.pairs:
            name = expand(pair.key, variables, escape).value if is_environment else pair.key
            if not name:
                continue
            if is_environment:
                value = expand(pair.value or "", variables, escape).value
            else:
                self.own_arguments.setdefault(name, instruction.position)
                if self._is_environment(name):
                    continue
                if pair.value is not None:
                    value = expand(pair.value, variables, escape).value
                elif name in self.dockerfile.global_variables:
                    value = self.dockerfile.global_variables[name]
                else:
                    continue
            if is_environment:
                self.environment_names.add(name)
            assignment = Assignment(instruction.position, value, is_environment, instruction, pair)
            self.assignments.setdefault(name, []).append(assignment)

    def _is_environment(self, name: str) -> bool:
        """Tell whether ENV has set a variable, which beats any ARG."""
        return any(name in stage.environment_names for stage in self.chain)

    def _first_workdir(self) -> str | None:
        return "/" if self.is_scratch else None


class Dockerfile:
    """A Dockerfile."""

    target: ClassVar[str] = "dockerfile"

    def __init__(self, syntax: DockerfileSyntax, targets: Collection[str | None] = (None,)) -> None:
        """Read a Dockerfile that is built for ``targets``, names or numbers of stages; ``None`` is the last one."""
        self.syntax = syntax
        self.path = syntax.source.path
        self.stages: list[Stage] = []
        self.instructions: list[Instruction] = []
        """All instructions, those before the first FROM too; those that ONBUILD puts off are their triggers."""
        self.global_variables: dict[str, str | None] = dict.fromkeys(AUTOMATIC_ARGUMENTS)
        """What ARG sets before the first FROM, and what the builder sets; ``None``: not known."""
        self._stages_by_name: dict[str, list[Stage]] = {}
        self._targets = targets
        self._shipped: list[Stage] | None = None
        self._pragmas = [
            (comment.line, match[1])
            for comment in syntax.comments
            if (match := _SHELL_PRAGMA.match(comment.text)) is not None
        ]
        for node in syntax.instructions:
            self._add(node)

    @cached_property
    def global_arguments(self) -> list[tuple[Instruction, Pair]]:
        """What ARG declares before the first FROM."""
        found = []
        for instruction in self.instructions:
            if instruction.keyword == "FROM":
                break
            if instruction.keyword == "ARG":
                found += [(instruction, pair) for pair in instruction.pairs]
        return found

    @property
    def shipped_stages(self) -> list[Stage]:
        """The stages that are built for themselves, in order: mostly the last one alone."""
        if self._shipped is None:
            found = {self._stage_for(target) for target in self._targets} - {None}
            self._shipped = [stage for stage in self.stages if stage in found] or self.stages[-1:]
        return self._shipped

    def _stage_for(self, target: str | None) -> Stage | None:
        if target is None:
            return self.last_stage
        if target.isdecimal() and len(target) < 6:
            return self.stages[int(target)] if int(target) < len(self.stages) else None
        return self.stage_named(target)

    @property
    def last_stage(self) -> Stage | None:
        """The stage that is built when no other is asked for."""
        return self.stages[-1] if self.stages else None

    @property
    def is_windows(self) -> bool:
        """Whether the escape character shows that it is for Windows."""
        return self.syntax.escape == "`"

    @property
    def syntax_directive(self) -> Directive | None:
        """The parser directive that names the frontend, the program that reads the file for the builder."""
        return next((directive for directive in self.syntax.directives if directive.name == "syntax"), None)

    @property
    def has_foreign_frontend(self) -> bool:
        """Whether another frontend than Docker's reads it, which may know other instructions and flags."""
        directive = self.syntax_directive
        return directive is not None and _DOCKER_FRONTEND.search(directive.value) is None

    @cached_property
    def is_template(self) -> bool:
        """Whether a generator makes the Dockerfile of it, by its name or by lines that are none of a Dockerfile."""
        return self.path.endswith(_TEMPLATE_SUFFIXES) or any(
            instruction.keyword.startswith(_TEMPLATE_MARKS) for instruction in self.instructions
        )

    def stage_named(self, name: str) -> Stage | None:
        """Give the last stage so far of a name; case does not matter."""
        stages = self._stages_by_name.get(name.lower())
        return stages[-1] if stages else None

    def stage_before(self, stage: Stage, name: str) -> Stage | None:
        """Give the stage before another that has a name or number."""
        if name.isdecimal() and len(name) < 6:
            return self.stages[int(name)] if int(name) < stage.index else None
        stages = self._stages_by_name.get(name.lower(), [])
        before = bisect_left(stages, stage.index, key=lambda one: one.index)
        return stages[before - 1] if before else None

    def shell_pragma(self, line: int) -> str | None:
        """Give the shell that the last ``# hadolint shell=`` comment above a line names."""
        before = bisect_left(self._pragmas, line, key=lambda pragma: pragma[0])
        return self._pragmas[before - 1][1] if before else None

    def _add(self, node: InstructionNode) -> None:
        stage = self.last_stage
        if node.keyword == "FROM":
            instruction = Instruction(node, self, None, -1, State())
            stage = Stage(instruction, self, len(self.stages))
            instruction.stage = stage
            self.stages.append(stage)
            if stage.name:
                self._stages_by_name.setdefault(stage.name, []).append(stage)
        elif stage is None:
            instruction = Instruction(node, self, None, len(self.instructions), State())
            if node.keyword == "ARG":
                self._declare_globally(instruction)
        else:
            instruction = Instruction(node, self, stage, len(stage.instructions), stage.state)
            stage.add(instruction)
        self.instructions.append(instruction)

    def _declare_globally(self, instruction: Instruction) -> None:
        for pair in instruction.pairs:
            if pair.value is not None:
                expansion = expand(pair.value, self.global_variables, instruction.node.escape)
                self.global_variables[pair.key] = expansion.value


class _Known(Mapping[str, str]):
    """The variables whose values are known."""

    __slots__ = ("_variables",)

    def __init__(self, variables: Mapping[str, str | None]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> str:
        value = self._variables[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._variables if self._variables[name] is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _base_name(program: str) -> str:
    return program.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")


def _interpreter(script: str) -> str | None:
    """Give the program that a script names in its first line."""
    match = _SHEBANG.match(script)
    if match is None:
        return None
    program = _base_name(match[1])
    return _base_name(match[2]) if program == "env" and match[2] else program


def joined(folder: str | None, path: str | None) -> str | None:
    """Join an absolute folder and a path of the image, ``.`` and ``..`` resolved; a trailing slash is kept."""
    if path is None or (folder is None and not path.startswith("/")):
        return None
    whole = path if path.startswith("/") else f"{folder}/{path}"
    if "//" not in whole and "/." not in whole:
        return whole
    parts: list[str] = []
    for part in whole.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    is_folder = path.endswith(("/", "/.")) or path in (".", "./", "") or not parts
    return "/" + "/".join(parts) + ("/" if is_folder and parts else "")


def last_part(path: str) -> str:
    """Give the name of a file or folder of the image from its path."""
    return path.rstrip("/").rpartition("/")[2]


class ParsedDockerfile:
    """A Dockerfile as the front end gives it to the engine."""

    def __init__(self, source: Source, targets: Collection[str | None] = (None,)) -> None:
        self.syntax = parse(source)
        self.dockerfile = Dockerfile(self.syntax, targets)

    def views(self) -> Iterator[object]:
        """Yield problems, the Dockerfile, its stages, its instructions, and the commands of its RUN instructions."""
        for problem in self.syntax.problems:
            yield DockerfileProblem(self.dockerfile.path, *problem)
        yield self.dockerfile
        yield from self.dockerfile.stages
        for instruction in self.dockerfile.instructions:
            yield instruction
            yield from instruction.commands
            if instruction.trigger is not None:
                yield instruction.trigger
                yield from instruction.trigger.commands

    def statement_ends(self) -> dict[int, int]:
        """Give the last line of each instruction, bodies of heredocs included, by its first."""
        return {node.line: node.end_line for node in self.syntax.instructions}

    def shell_scripts(self) -> "Iterator[ShellScript]":
        """Give the scripts of the RUN instructions for ShellCheck."""
        from cnlint.manifests.run_scripts import scripts_of

        return scripts_of(self.dockerfile)

    def summary(self) -> "DockerfileSummary":
        """Give what the project stage needs to know."""
        from cnlint.manifests.dockerfile_summary import summarise

        return summarise(self.dockerfile)


def read_dockerfile(source: Source) -> ParsedDockerfile:
    """Read a Dockerfile. Never raises."""
    return ParsedDockerfile(source)
