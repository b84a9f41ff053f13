"""What a Dockerfile leaves for the project stage: its stages and what they set, with positions, as plain data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from cnlint.findings import Place
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Dockerfile, Instruction, InstructionWord, Stage


class Value(NamedTuple):
    """A word of an instruction: as written, with variables put in (``None``: not known), and where it stands."""

    text: str
    value: str | None
    span: Span


class CommandLine(NamedTuple):
    """An ENTRYPOINT or CMD. ``words`` are those of the exec form; the shell form has none but ``text``."""

    form: Literal["exec", "shell"]
    words: tuple[str, ...]
    text: str
    span: Span
    shell: str
    """The name of the shell that runs it: ``sh`` where no SHELL says otherwise; empty for the exec form."""


class CopySummary(NamedTuple):
    """A COPY or ADD. ``from_stage`` is the index of the stage that ``source`` names, if it names one."""

    keyword: str
    sources: tuple[Value, ...]
    destination: str | None
    """The absolute path in the image; a folder's ends with a slash if written so. ``None`` when it is not known."""
    source: str | None
    """The value of ``--from``."""
    from_stage: int | None
    flags: tuple[str, ...]
    """The names of the flags."""
    span: Span

    is_whole_context: bool
    """Whether it takes everything from the build context."""


class StageSummary:
    """A stage: what it is built from and what it sets itself."""

    index: int
    name: str | None
    span: Span
    """The image in the FROM."""
    base: str
    """The image as written."""
    base_name: str | None
    """The image's familiar name (``golang``, ``ghcr.io/example/app``) with variables put in, when it is known."""
    base_tag: str | None
    base_digest: str | None
    base_stage: int | None
    """The index of the earlier stage that it is built from."""
    user: Value | None
    workdir: Value | None
    entrypoint: CommandLine | None
    cmd: CommandLine | None
    exposes: tuple[Value, ...]
    volumes: tuple[Value, ...]
    env: dict[str, str | None]
    arguments: tuple[str, ...]
    copies: tuple[CopySummary, ...]
    labels: tuple[str | None, ...]
    """The keys of LABEL; ``None`` for one that is not known."""
    programs: tuple[str, ...]
    """The programs that RUN instructions run, each once, sorted."""
    runs_build: bool
    """Whether a RUN compiles a program."""
    __slots__ = (
        "arguments",
        "base",
        "base_digest",
        "base_name",
        "base_stage",
        "base_tag",
        "cmd",
        "copies",
        "entrypoint",
        "env",
        "exposes",
        "index",
        "labels",
        "name",
        "programs",
        "runs_build",
        "span",
        "user",
        "volumes",
        "workdir",
    )

    def __init__(self, *values: Any) -> None:
        """Take the values of all fields in the order in which they are declared."""
        for name, value in zip(_STAGE_FIELDS, values, strict=True):
            setattr(self, name, value)

    def values(self) -> list[Any]:
        """Give the values of all fields in the order in which they are declared."""
        return [getattr(self, name) for name in _STAGE_FIELDS]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StageSummary) and self.values() == other.values()

    def __hash__(self) -> int:
        return hash((self.index, self.span))


_STAGE_FIELDS = tuple(StageSummary.__annotations__)


class DockerfileSummary:
    """A Dockerfile as the project stage sees it."""

    __slots__ = ("path", "stages")
    target: ClassVar[str] = "image-build"

    def __init__(self, path: str, stages: tuple[StageSummary, ...]) -> None:
        self.path = path
        self.stages = stages

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DockerfileSummary) and (self.path, self.stages) == (other.path, other.stages)

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def final_stage(self) -> StageSummary | None:
        """The stage that is built when no other is asked for."""
        return self.stages[-1] if self.stages else None

    def stage(self, name: str | None) -> StageSummary | None:
        """Give the stage that ``--target`` names, by name or number; the final one for ``None``."""
        if name is None:
            return self.final_stage
        wanted = name.lower()
        return next((stage for stage in self.stages if wanted in (stage.name, str(stage.index))), None)

    def chain(self, stage: StageSummary | None = None) -> Iterator[StageSummary]:
        """Yield a stage (the final one by default) and those that it is built from, itself first."""
        current = stage or self.final_stage
        while current is not None:
            yield current
            current = None if current.base_stage is None else self.stages[current.base_stage]

    def base(self, stage: StageSummary | None = None) -> StageSummary | None:
        """Give the stage of the chain that is built from an image of elsewhere."""
        return next((one for one in self.chain(stage) if one.base_stage is None), None)

    def user(self, stage: StageSummary | None = None) -> Value | None:
        """Give the USER in force at the end of a stage; ``None`` when the base image decides."""
        return next((one.user for one in self.chain(stage) if one.user), None)

    def workdir(self, stage: StageSummary | None = None) -> Value | None:
        """Give the last WORKDIR in force at the end of a stage."""
        return next((one.workdir for one in self.chain(stage) if one.workdir), None)

    def entrypoint(self, stage: StageSummary | None = None) -> CommandLine | None:
        """Give the ENTRYPOINT of a stage; ``None`` when the base image decides."""
        return next((one.entrypoint for one in self.chain(stage) if one.entrypoint), None)

    def cmd(self, stage: StageSummary | None = None) -> CommandLine | None:
        """Give the CMD of a stage; a stage that sets ENTRYPOINT does not inherit one."""
        for one in self.chain(stage):
            if one.cmd or one.entrypoint:
                return one.cmd
        return None

    def exposes(self, stage: StageSummary | None = None) -> list[Value]:
        """Give what a stage and those that it is built from EXPOSE."""
        return [port for one in self.chain(stage) for port in one.exposes]

    def volumes(self, stage: StageSummary | None = None) -> list[Value]:
        """Give the VOLUMEs of a stage and of those that it is built from."""
        return [volume for one in self.chain(stage) for volume in one.volumes]

    def place(self, span: Span) -> Place:
        """Make a place of a span of this file."""
        return Place(self.path, span)

    def to_json(self) -> Any:
        """Give the summary as JSON values; `from_json` takes them back."""
        return [stage.values() for stage in self.stages]

    @classmethod
    def from_json(cls, path: str, stages: Any) -> "DockerfileSummary":
        """Make the summary of the file at ``path`` from what `to_json` gave."""
        return cls(path, tuple(_stage_from_json(stage) for stage in stages))


def summarise(dockerfile: "Dockerfile") -> DockerfileSummary:
    """Make the summary of a Dockerfile."""
    return DockerfileSummary(dockerfile.path, tuple(_summary_of(stage) for stage in dockerfile.stages))


def _summary_of(stage: "Stage") -> StageSummary:
    from cnlint.manifests.build_commands import runs_build

    commands = [command for instruction in stage.instructions for command in instruction.commands]
    own = {instruction.keyword: instruction for instruction in stage.instructions}
    cmd = own.get("CMD")
    image = stage.image
    return StageSummary(
        stage.index,
        stage.name,
        stage.image_place.span,
        stage.image_text,
        image.familiar_name if image else None,
        image.tag if image else None,
        image.digest if image else None,
        stage.base_stage.index if stage.base_stage else None,
        _first_word(own.get("USER")),
        _first_word(own.get("WORKDIR")),
        _command_line(own.get("ENTRYPOINT")),
        _command_line(cmd),
        _words(stage, "EXPOSE"),
        _words(stage, "VOLUME"),
        stage.own_environment,
        tuple(dict.fromkeys(stage.own_arguments)),
        tuple(_copies_of(stage)),
        tuple(_labels_of(stage)),
        tuple(sorted({command.program for command in commands if command.program})),
        any(runs_build(command) for command in commands),
    )


def _value(word: "InstructionWord") -> Value:
    return Value(word.text, word.value, word.place.span)


def _first_word(instruction: "Instruction | None") -> Value | None:
    return _value(instruction.words[0]) if instruction and instruction.words else None


def _words(stage: "Stage", keyword: str) -> tuple[Value, ...]:
    return tuple(
        _value(word)
        for instruction in stage.instructions
        if instruction.keyword == keyword
        for word in instruction.words
    )


def _command_line(instruction: "Instruction | None") -> CommandLine | None:
    if instruction is None:
        return None
    words = instruction.node.exec_words
    span = instruction.place.span
    if words is None:
        return CommandLine("shell", (), instruction.node.value, span, instruction.shell)
    return CommandLine("exec", tuple(word.text for word in words), instruction.node.value, span, "")


def _labels_of(stage: "Stage") -> Iterator[str | None]:
    for instruction in stage.instructions:
        if instruction.keyword == "LABEL":
            for pair in instruction.pairs:
                yield expand(pair.key, instruction.variables, instruction.node.escape).value


def _copies_of(stage: "Stage") -> Iterator[CopySummary]:
    for instruction in stage.instructions:
        copy = instruction.copy
        if copy is not None:
            yield CopySummary(
                instruction.keyword,
                tuple(_value(source) for source in copy.sources),
                copy.destination_path,
                copy.source,
                copy.from_stage.index if copy.from_stage else None,
                tuple(flag.name for flag in instruction.node.flags),
                instruction.place.span,
                copy.is_whole_context,
            )


def _stage_from_json(data: Any) -> StageSummary:
    found = dict(zip(_STAGE_FIELDS, data, strict=True))
    for name in ("user", "workdir"):
        found[name] = _value_from_json(found[name]) if found[name] else None
    for name in ("entrypoint", "cmd"):
        if found[name]:
            form, words, text, span, shell = found[name]
            found[name] = CommandLine(form, tuple(words), text, Span(*span), shell)
    for name in ("exposes", "volumes"):
        found[name] = tuple(_value_from_json(value) for value in found[name])
    found["span"] = Span(*found["span"])
    found["arguments"] = tuple(found["arguments"])
    found["labels"] = tuple(found["labels"])
    found["programs"] = tuple(found["programs"])
    found["copies"] = tuple(_copy_from_json(copy) for copy in found["copies"])
    return StageSummary(*found.values())


def _value_from_json(data: Any) -> Value:
    text, value, span = data
    return Value(text, value, Span(*span))


def _copy_from_json(data: Any) -> CopySummary:
    keyword, sources, destination, source, from_stage, flags, span, is_whole_context = data
    return CopySummary(
        keyword,
        tuple(_value_from_json(one) for one in sources),
        destination,
        source,
        from_stage,
        tuple(flags),
        Span(*span),
        is_whole_context,
    )
