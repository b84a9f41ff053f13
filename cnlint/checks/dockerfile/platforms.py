"""The platforms that stages are built for."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import check
from cnlint.syntax.dockerfile_words import Flag
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

_OF_TEMPLATES = regex(r"[{}<>%@]|__")


@check("DF107")
def constant_platform(stage: Stage) -> Iterator[Report]:
    flag = _platform_flag(stage.instruction)
    platform = flag.value if flag else None
    if flag is None or not platform or "$" in platform or _OF_TEMPLATES.search(platform):
        return
    if any(part and part in (stage.name or "") for part in platform.lower().split("/")[:2]):
        return
    yield report(
        _value_place(stage.instruction, flag),
        f'the platform of the stage is always "{platform}", whatever the image is built for',
        fixes=_without(stage.instruction, flag, safe=False),
    )


@check("DF108")
def redundant_target_platform(stage: Stage) -> Iterator[Report]:
    flag = _platform_flag(stage.instruction)
    if flag is None or flag.value not in ("$TARGETPLATFORM", "${TARGETPLATFORM}"):
        return
    if stage.dockerfile.global_variables.get("TARGETPLATFORM") is not None:
        return
    yield report(
        stage.instruction.place_of(flag.start, flag.end),
        f"--platform={flag.value} is what FROM does without it",
        fixes=_without(stage.instruction, flag, safe=True),
    )


def _platform_flag(instruction: Instruction) -> Flag | None:
    return next((flag for flag in instruction.flags if flag.name == "platform"), None)


def _value_place(instruction: Instruction, flag: Flag) -> Place:
    length = len(flag.value or "")
    is_plain = instruction.node.text[flag.start : flag.end] == f"--platform={flag.value}"
    return instruction.place_of(flag.end - length if is_plain else flag.start, flag.end)


def _without(instruction: Instruction, flag: Flag, *, safe: bool) -> list[Fix]:
    """Take the flag off, if it stands on one line with what follows it."""
    following = instruction.words[0].start if instruction.words else flag.end
    span = instruction.place_of(flag.start, flag.end).span
    after = instruction.place_of(following, following + 1).span
    if span.line != after.line or span.end_column > after.column:
        return []
    edit = Edit(Span(span.line, span.column, after.line, after.column), "")
    return [Fix("remove --platform", (edit,), safe=safe)]


# Names of architectures -> the architecture. Variants (arm/v6, arm/v7) are not told apart.
_ARCHITECTURES = {
    "amd64": "amd64",
    "x86_64": "amd64",
    "x64": "amd64",
    "i386": "386",
    "386": "386",
    "arm64": "arm64",
    "arm64v8": "arm64",
    "aarch64": "arm64",
    "arm": "arm",
    "arm32v5": "arm",
    "arm32v6": "arm",
    "arm32v7": "arm",
    "armv6": "arm",
    "armv7": "arm",
    "armhf": "arm",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "mips64le": "mips64le",
}
# Organisations of Docker Hub that hold the official images of one architecture each.
_NAMESPACES = frozenset(
    {"amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le", "riscv64", "s390x"}
)
_WINDOWS = ("nanoserver", "windowsservercore", "servercore")
# Folders of programs and libraries, which run on one architecture only.
_BINARY_FOLDERS = regex(r"/(?:usr/(?:local/)?)?(?:s?bin|lib(?:32|64|exec)?)(?:/|\Z)")
_CROSS_BUILD = regex(
    r"GOARCH|TARGETARCH|CARGO_BUILD_TARGET|--target|CROSS|crossbuild|-linux-gnu|-linux-musl|qemu|buildx|xx-|zig ",
)


@check("DF111")
def base_platform_mismatch(stage: Stage) -> Iterator[Report]:
    found = _architecture_of_image(stage)
    wanted = _constant_platform(stage)
    if wanted is None:
        return
    system, architecture = wanted
    if found is not None and architecture is not None and found != architecture:
        yield report(
            stage.image_place,
            f'base image "{stage.image_value}" is of {found}, the platform of the stage is "{system}/{architecture}"',
        )
    elif system == "linux" and _is_windows_image(stage):
        yield report(
            stage.image_place,
            f'base image "{stage.image_value}" is of windows, the platform of the stage is "linux"',
        )


@check("DF111")
def foreign_programs_copied(instruction: Instruction) -> Iterator[Report]:
    stage, copy = instruction.stage, instruction.copy
    source = copy.from_stage if copy else None
    if stage is None or copy is None or source is None or not stage.is_in_image:
        return
    own, other = _architecture(stage.root), _architecture(source.root)
    if own is None or other is None or own == other:
        return
    programs = [word for word in copy.sources if _BINARY_FOLDERS.match(word.value or "") and "qemu" not in word.text]
    # A compiler for another architecture puts foreign programs into its stage on purpose.
    if not programs or any(
        one.keyword in ("RUN", "ENV", "ARG") and _CROSS_BUILD.search(one.node.text)
        for ancestor in source.chain
        for one in ancestor.instructions
    ):
        return
    yield report(
        programs[0].place,
        f'"{programs[0].value}" is copied from a stage of {other} into an image of {own}',
        related=[Related(source.root.image_place, "the other architecture")],
    )


def _architecture(stage: Stage) -> str | None:
    platform = _constant_platform(stage)
    if _platform_flag(stage.instruction) is not None:
        return platform[1] if platform else None
    return _architecture_of_image(stage)


def _constant_platform(stage: Stage) -> tuple[str, str | None] | None:
    """Give operating system and architecture of a ``--platform`` without variables."""
    flag = _platform_flag(stage.instruction)
    if flag is None or not flag.value or "$" in flag.value:
        return None
    system, _, rest = flag.value.lower().partition("/")
    if not rest and system not in ("linux", "windows"):
        return "linux", _ARCHITECTURES.get(system)
    return system, _ARCHITECTURES.get(rest.partition("/")[0])


def _architecture_of_image(stage: Stage) -> str | None:
    """Give the architecture that an image names: its organisation, or the end of its tag."""
    image = stage.image
    name = image.familiar_name if image else None
    if image is None or name is None:
        return None
    organisation, slash, _ = name.partition("/")
    if slash and organisation in _NAMESPACES:
        return _ARCHITECTURES[organisation]
    tag = (image.tag or "").lower()
    return _ARCHITECTURES.get(tag.rpartition("-")[2]) if tag and not tag.isdecimal() else None


def _is_windows_image(stage: Stage) -> bool:
    image = stage.image
    if image is None or image.repository is None:
        return False
    words = [image.repository.rpartition("/")[2], *(image.tag or "").lower().split("-")]
    return any(word in _WINDOWS for word in words)
