"""Compiled programs: how they are built, and where they are put."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Copy, Stage, joined
from cnlint.rules import check
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.shell import Word

_UNKNOWN = "\0"


# Stripped binaries.


@check("DF901")
def go_binary_not_stripped(command: RunCommand) -> Iterator[Report]:
    if not command.runs("go", "build|install") or not _makes_program(command):
        return
    flags = _linker_flags(command)
    if "-s" in flags or any(flag.startswith(_UNKNOWN) for flag in flags):
        return
    if command.has_flag("-race", "-cover", "-msan", "-asan", "-gcflags") or _is_stripped_later(command):
        return
    if not _is_shipped(command):
        return
    yield report(
        command.place(),
        f'go {command.subcommand} leaves symbol table and debug data in the binary: -ldflags has no "-s -w"',
        fixes=_strip_fix(command),
    )


def _makes_program(command: RunCommand) -> bool:
    """Tell whether the command leaves a program, and is no mere check that the code compiles."""
    output = command.option("-o")
    if output is not None:
        return output.value != "/dev/null"
    return command.subcommand == "install" or not any("..." in word.text for word in command.operands()[1:])


def _linker_flags(command: RunCommand) -> list[str]:
    """Give the single flags for the linker; what is known only at run time is a NUL character."""
    texts = [_with_holes(word) for word in command.options("-ldflags")]
    texts += [_with_holes(word) for word in _settings_of(command, "GOFLAGS")]
    flags: list[str] = []
    for text in texts:
        for flag in re.split(r"[\s'\"]+", text):
            # -ldflags=all=-s, and in GOFLAGS the name of the flag itself.
            bare = re.sub(r"^(?:--?ldflags=)?(?:[\w./]+=)?(?=-)", "", flag)
            flags.append(bare)
    return flags


def _with_holes(word: Word | str | None) -> str:
    if word is None:
        return _UNKNOWN
    if isinstance(word, str):
        return word
    return "".join(part.value if part.kind == "literal" else _UNKNOWN for part in word.parts)


def _settings_of(command: RunCommand, name: str) -> list[Word | str | None]:
    """Give the value of an environment variable for a command, if it is set; ``None``: to an unknown value."""
    if name in command.environment:
        return [command.environment[name]]
    assigned = [one for one in command.script.assignments() if one.name == name and one.end <= command.simple.start]
    if assigned:
        return [assigned[-1].value]
    variables = command.origin.variables
    return [variables[name]] if name in variables else []


def _is_stripped_later(command: RunCommand) -> bool:
    stage = command.origin.stage
    stages = stage.dockerfile.stages[stage.index :] if stage else []
    return any(other.program in ("strip", "upx", "upx-ucl") for one in stages for other in one.commands)


def _is_shipped(command: RunCommand) -> bool:
    """Tell whether the program can get into an image: its stage, or one built from it, is final or copied from."""
    stage = command.origin.stage
    if stage is None:
        return True
    dockerfile = stage.dockerfile
    copies = [
        copy
        for other in dockerfile.stages
        for instruction in other.instructions_of("COPY")
        if (copy := instruction.copy) is not None and copy.from_stage is not None and stage in copy.from_stage.chain
    ]
    if any("@" in word.text for word in command.operands()[1:]):
        # A tool for the build, unless somebody takes it from where go install puts it.
        return any((source.value or "").startswith("/go/bin") for copy in copies for source in copy.sources)
    return bool(copies) or stage.is_in_image


def _strip_fix(command: RunCommand) -> list[Fix]:
    verb = next((word for word in command.operands() if word.value in ("build", "install")), None)
    if verb is None or verb.text != verb.value or command.option("-ldflags") is not None or command.origin.is_exec_form:
        return []
    return [Fix("strip the binary", (Edit(command.place(verb).span.after, ' -ldflags="-s -w"'),))]


# C libraries.

_Library = Literal["none", "musl", "glibc"]
_WITHOUT_LIBRARY = ("gcr.io/distroless/static*", "cgr.dev/chainguard/static*", "*/distroless/static*")
_GLIBC_IMAGE = regex(
    r"(?:almalinux|amazonlinux|buildpack-deps|centos|debian|eclipse-temurin|fedora|gcc|golang|httpd|nginx|node|openjdk|"
    r"opensuse/leap|oraclelinux|perl|php|python|rockylinux|ruby|rust|ubuntu)\Z"
)
_GLIBC_PATTERNS = (
    "bitnami/minideb",
    "gcr.io/distroless/base*",
    "gcr.io/distroless/cc*",
    "registry.access.redhat.com/ubi*",
)
_C_COMPILERS = frozenset({"gcc", "build-base", "clang", "alpine-sdk", "g++", "musl-dev"})
_MUSL_SHIMS = frozenset({"libc6-compat", "gcompat"})


@check("DF902")
def go_cgo_libc_mismatch(command: RunCommand) -> Iterator[Report]:
    stage = command.origin.stage
    if command.program not in _HINTS or stage is None or stage.is_windows:
        return
    builder = _library_of(stage)
    if builder in (None, "none"):
        return
    output = _dynamic_output(command, stage, builder)
    if output is None:
        return
    for copy in _copies_of(output, stage):
        target = copy.instruction.stage
        library = _library_of(target) if target else None
        if target is None or library is None or library == builder:
            continue
        if library == "none" and _copies_libraries(target):
            continue
        has_shim = library == "musl" and _installs(target, _MUSL_SHIMS)
        yield report(
            command.place(),
            f'"{command.program}" links the program to the {_NAMES[builder]} of "{stage.root.image_value}",'
            f' and "{target.root.image_value}", into which it is copied, has {_HAS[library]}',
            related=[
                Related(target.place, "the stage that it is copied into"),
                Related(copy.instruction.place, "the COPY"),
            ],
            severity="warning" if has_shim else None,
            hint=_HINTS.get(command.program),
        )
        return


_NAMES = {"glibc": "glibc", "musl": "musl"}
_HAS = {"none": "no C library", "musl": "musl", "glibc": "glibc"}
_HINTS = {
    "go": "build with CGO_ENABLED=0, or copy into an image with the same C library",
    "cargo": "build for a *-linux-musl target, or copy into an image with the same C library",
    "gcc": "link with -static, or copy into an image with the same C library",
}


def _library_of(stage: Stage) -> _Library | None:
    """Give the C library of a stage's base image, ``None`` when it is not known."""
    root = stage.root
    if root.is_scratch:
        return "none"
    image = root.image
    name = image.familiar_name if image is not None and image.is_known else None
    if image is None or name is None:
        return None
    tag = image.tag or ""
    if matches_any(name, _WITHOUT_LIBRARY):
        return "none"
    if "alpine" in tag or name.rpartition("/")[2] == "alpine" or "musl" in tag:
        return "musl"
    if _GLIBC_IMAGE.match(name) or matches_any(name, _GLIBC_PATTERNS):
        return "glibc"
    return None


def _dynamic_output(command: RunCommand, stage: Stage, builder: _Library) -> "_Output | None":
    """Give where a command puts a program that needs the C library; ``None`` when it makes none, or one cannot tell."""
    if command.runs("go", "build|install"):
        return _go_output(command) if _uses_cgo(command, stage, builder) and _makes_program(command) else None
    if command.runs("cargo", "build") and builder == "glibc":
        return _cargo_output(command)
    if command.program == "gcc" and builder == "glibc":
        return _gcc_output(command)
    return None


class _Output:
    """Where a program lies after a build: a file, or somewhere in a folder."""

    __slots__ = ("is_folder", "path")

    def __init__(self, path: str, is_folder: bool) -> None:
        self.path = path.rstrip("/")
        self.is_folder = is_folder

    def is_in(self, source: str) -> bool:
        """Tell whether a COPY of ``source`` takes the program."""
        source = source.rstrip("/")
        if fnmatchcase(self.path, source):
            return True
        if f"{self.path}/".startswith(f"{source}/"):
            return True
        return self.is_folder and source.rpartition("/")[0] == self.path and "." not in source.rpartition("/")[2]


def _uses_cgo(command: RunCommand, stage: Stage, builder: _Library) -> bool:
    settings = _settings_of(command, "CGO_ENABLED")
    value = _with_holes(settings[0]) if settings else ""
    if _UNKNOWN in value or value == "0":
        return False
    if _is_cross_build(command) and not _settings_of(command, "CC"):
        return False
    flags = _linker_flags(command)
    tags = [_with_holes(word) for word in [*command.options("-tags"), *_settings_of(command, "GOFLAGS")]]
    if any("-static" in flag or flag.startswith(_UNKNOWN) for flag in flags) or any("netgo" in tag for tag in tags):
        return False
    # Without a C compiler Go turns cgo off.
    return value == "1" or builder == "glibc" or _installs(stage, _C_COMPILERS)


def _is_cross_build(command: RunCommand) -> bool:
    """Tell whether GOOS or GOARCH is, or may be, another than that of the builder."""
    for name, host in (("GOOS", "linux"), ("GOARCH", "amd64")):
        settings = _settings_of(command, name)
        if settings and _with_holes(settings[0]) != host:
            return True
    return False


def _go_output(command: RunCommand) -> _Output | None:
    if command.subcommand == "install":
        return _Output("/go/bin", is_folder=True)
    workdir = _workdir_of(command)
    output = command.option("-o")
    if output is None:
        return _Output(workdir, is_folder=True) if workdir else None
    path = joined(workdir, output.value)
    return _Output(path, is_folder=path.endswith("/")) if path else None


def _cargo_output(command: RunCommand) -> _Output | None:
    target = command.option("--target")
    targets = [_with_holes(target)] if target else []
    targets += [_with_holes(one) for one in _settings_of(command, "CARGO_BUILD_TARGET")]
    flags = [_with_holes(one) for one in _settings_of(command, "RUSTFLAGS")]
    if any("musl" in one or _UNKNOWN in one for one in targets) or any(
        "crt-static" in one or _UNKNOWN in one for one in flags
    ):
        return None
    if _settings_of(command, "CARGO_TARGET_DIR") or command.option("--target-dir") is not None:
        return None
    path = joined(_workdir_of(command), "/".join(["target", *targets[:1], "release"]))
    return _Output(path, is_folder=True) if path and command.has_flag("--release", "-r") else None


def _gcc_output(command: RunCommand) -> _Output | None:
    if command.has_flag("-static", "-c", "-shared", "--static") or any("-static" in w.text for w in command.arguments):
        return None
    if any(word.text in ("-c", "-shared", "-E", "-S") for word in command.arguments):
        return None
    names = [word.value for word in command.arguments]
    output = names[names.index("-o") + 1] if "-o" in names[:-1] else "a.out"
    path = joined(_workdir_of(command), output)
    return _Output(path, is_folder=False) if path else None


def _workdir_of(command: RunCommand) -> str | None:
    """Give the folder that a command runs in; ``None`` after a ``cd`` that cannot be followed."""
    folder: str | None = command.origin.state.workdir_path
    if any(option.value != "." for option in command.options("-C")) and command.program == "go":
        return None
    for other in command.before:
        if other.program in ("pushd", "popd"):
            return None
        if other.program == "cd":
            operands = other.operands()
            folder = joined(folder, operands[0].value) if operands else None
    return folder


def _copies_of(output: _Output, builder: Stage) -> Iterator[Copy]:
    for stage in builder.dockerfile.stages[builder.index + 1 :]:
        for instruction in stage.instructions_of("COPY"):
            copy = instruction.copy
            if copy is None or copy.from_stage is None or builder not in copy.from_stage.chain:
                continue
            sources = [joined("/", source.value) for source in copy.sources]
            if any(source is not None and source != "/" and output.is_in(source) for source in sources):
                yield copy


def _installs(stage: Stage, packages: frozenset[str]) -> bool:
    return any(
        (word.value or "").partition("=")[0] in packages
        for one in stage.chain
        for command in one.commands
        for word in command.packages or []
    )


def _copies_libraries(stage: Stage) -> bool:
    """Tell whether the C library, or a whole file system, is copied too."""
    return any(
        (source.value or "").startswith(("/lib", "/usr/lib")) or source.value == "/"
        for one in stage.chain
        for instruction in one.instructions_of("COPY", "ADD")
        for source in (instruction.copy.sources if instruction.copy else ())
    )
