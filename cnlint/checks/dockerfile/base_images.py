"""The images that stages are built from."""

import datetime
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from cnlint.data.deprecated_images import deprecation_of
from cnlint.data.end_of_life import Cycle, cycle_of, nearest_supported, operating_system_of
from cnlint.findings import Related, Report, report
from cnlint.manifests.build_commands import runs_build
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.manifests.dockerfile_references import Reference
from cnlint.manifests.images import ImageReference
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_DAY = regex(r"(?<!\d)20\d{6}(?!\d)")
_ENDS_IN_PLACEHOLDER = regex(r"(?:\$\w+|[}>%\]]|@|__)\Z")


@check("DF101")
def untagged_base_image(stage: Stage) -> Iterator[Report]:
    image = stage.image
    if image is None or image.has_tag or image.has_digest or _ENDS_IN_PLACEHOLDER.search(stage.image_value):
        return
    yield report(stage.image_place, f'base image "{stage.image_value}" has neither tag nor digest{_written_as(stage)}')


@check("DF102")
def latest_base_image(stage: Stage) -> Iterator[Report]:
    image = stage.image
    if image is not None and image.tag == "latest" and not image.has_digest:
        yield report(stage.image_place, f'base image "{stage.image_value}" has the tag "latest"{_written_as(stage)}')


def _written_as(stage: Stage) -> str:
    return "" if stage.image_text == stage.image_value else f" (written as {stage.image_text})"


# A release of a product that only maintains its newest one is out of date at once: it is reported a year later.
_ROLLING_GRACE_DAYS = 365


@check("DF104")
def eol_base_image(instruction: Instruction, context: Context) -> Iterator[Report]:
    for reference in instruction.references:
        today, image = _today(context), reference.image
        ended = _ended_release(image, today, context) if image else None
        if ended is None:
            continue
        cycle, part, verb = ended
        supported = nearest_supported(cycle.product, today, cycle.cycle)
        has_support = cycle.extended is not None and cycle.extended >= today
        yield report(
            reference.part_place(part),
            f"{reference.label} {verb} {cycle.label}, {_end_of(cycle)}"
            + (f" (long-term support until {cycle.extended})" if has_support else "")
            + (f"; the nearest supported release is {supported.label}" if supported else ""),
            severity="info" if has_support else None,
            hint=_replacement(reference, part, cycle, supported, today) if supported else None,
        )


# Images without tags of versions, whose names end in the distribution: gcr.io/distroless/java21-debian12.
_NAMED_BY_SYSTEM = ("gcr.io/distroless/*",)


def _ended_release(image: ImageReference, today: datetime.date, context: Context) -> tuple[Cycle, str, str] | None:
    """Give a release that has ended, the part of the reference that names it, and how the image relates to it."""
    name, tag = image.familiar_name, image.tag
    if name is None:
        return None
    if tag is not None:
        cycle = _ended(_cycle_of(name, tag, context), today, context)
        if cycle is not None:
            return cycle, tag, "is"
        cycle = _ended(operating_system_of(tag), today, context)
        if cycle is not None:
            return cycle, tag, "stands on"
    if matches_any(name, _NAMED_BY_SYSTEM):
        part = name.rpartition("/")[2]
        system = operating_system_of(part)
        # They are kept up for as long as the distribution has any support.
        if system is not None and system.has_ended(today, extended=True):
            return system, part, "stands on"
    return None


def _today(context: Context) -> datetime.date:
    chosen = context.options.get("date")
    if not chosen:
        return context.today
    try:
        return datetime.date.fromisoformat(str(chosen))
    except ValueError:
        return context.today


def _cycle_of(name: str, tag: str, context: Context) -> Cycle | None:
    extra = context.options.get("extra") or {}
    cycles = extra.get(name) if isinstance(extra, dict) else None
    for cycle, end in (cycles or {}).items() if isinstance(cycles, dict) else ():
        if tag == cycle or tag.startswith((f"{cycle}.", f"{cycle}-")):
            try:
                return Cycle(name, str(cycle), f"{name} {cycle}", datetime.date.fromisoformat(str(end)))
            except ValueError:
                continue
    return cycle_of(name, tag)


def _ended(cycle: Cycle | None, today: datetime.date, context: Context) -> Cycle | None:
    if cycle is None:
        return None
    grace = int(context.options.get("grace_days") or 0)
    if cycle.rolling:
        grace = max(grace, _ROLLING_GRACE_DAYS)
    counts_extended = bool(context.options.get("lts"))
    return cycle if cycle.has_ended(today, extended=counts_extended, grace_days=grace) else None


def _end_of(cycle: Cycle) -> str:
    return "whose support has ended" if cycle.eol is True else f"whose support ended on {cycle.eol}"


def _replacement(reference: Reference, part: str, old: Cycle, new: Cycle, today: datetime.date) -> str:
    """Name the image with the version of a part replaced, where the part holds the version or codename as such."""
    image, replaced = reference.image, _replaced(part, old, new)
    if image is None or replaced is None or not _has_that_tag(image, old):
        return f"use {new.label}"
    # A new version of a language is not published for a distribution that has ended.
    system = operating_system_of(replaced)
    supported = nearest_supported(system.product, today, system.cycle) if system else None
    if system and supported and system.has_ended(today):
        replaced = _replaced(replaced, system, supported) or replaced
    # The digest is that of the old image, and what once was .NET Core has moved.
    name = image.written_name.replace("/dotnet/core/", "/dotnet/")
    return f"use {name}:{replaced}"


def _has_that_tag(image: ImageReference, old: Cycle) -> bool:
    """Tell whether the image with another version in its tag is likely to exist."""
    name, tag = image.familiar_name or "", image.tag or ""
    # Only official images are built for each version of the distribution, those that are kept up.
    is_built = "/" not in name or (cycle_of(name, tag) == old and operating_system_of(tag) is None)
    return is_built and deprecation_of(name, tag) is None and not _DAY.search(tag)


def _replaced(tag: str, old: Cycle, new: Cycle) -> str | None:
    for before, after in ((old.cycle, new.cycle), (old.codename, new.codename)):
        if before is None or after is None:
            continue
        if old.product == "dotnet":
            # Its images have no tag of the major version alone.
            after += ".0"
        version = re.escape(before)
        pattern = re.compile(
            rf"(?<![\w.]){version}(?:\.\d+)*(?![\w.])|(?<=alpine|debian|ubuntu|centos){version}(?![\w.])"
        )
        if tag.count(before) == 1 and pattern.search(tag):
            return pattern.sub(after, tag)
    return None


# Full-size image -> what to use in its place; the star stands for the version of the image.
_SMALLER = {
    "golang": "copy the binary into scratch, distroless or alpine",
    "rust": "copy the binary into distroless, alpine or a slim Debian",
    "gcc": "copy the binary into distroless, alpine or a slim Debian",
    "node": "use node:*-slim or node:*-alpine",
    "python": "use python:*-slim",
    "ruby": "use ruby:*-slim",
    "php": "use php:*-alpine",
    "perl": "use perl:*-slim",
    "openjdk": "use an image with the JRE only, such as eclipse-temurin:*-jre-alpine",
    "eclipse-temurin": "use eclipse-temurin:*-jre-alpine",
    "amazoncorretto": "use amazoncorretto:*-alpine",
    "buildpack-deps": "use a slim Debian",
    "debian": "use debian:*-slim",
    "ubuntu": "use a slim Debian, distroless or alpine",
    "centos": "use a minimal image of a distribution that is maintained",
    "fedora": "use fedora-minimal",
    "amazonlinux": "use amazonlinux:*-minimal",
    "oraclelinux": "use oraclelinux:*-slim",
    "opensuse/leap": "use a micro or minimal image of the distribution",
    "opensuse/tumbleweed": "use a micro or minimal image of the distribution",
    "rockylinux": "use rockylinux:*-minimal",
    "almalinux": "use the minimal image of AlmaLinux",
}
_SMALL_VARIANT = regex(r"slim|alpine|distroless|minimal|micro|nanoserver|windows|chiseled|busybox|(?:^|-)jre|-base")


@check("DF112")
def large_final_image(stage: Stage, context: Context) -> Iterator[Report]:
    image = stage.root.image
    if image is None or not image.is_known or _is_skipped(stage.path, context):
        return
    name = image.familiar_name or ""
    smaller = _SMALLER.get(name)
    if smaller is None or name in context.options["allow"] or _SMALL_VARIANT.search(image.tag or ""):
        return
    yield report(
        stage.image_place,
        f'the final stage stands on "{stage.root.image_value}", a full-size image',
        hint=smaller.replace("*", (image.tag or "<version>").split("-")[0]),
    )


_TOOLCHAINS = frozenset(
    {"golang", "go", "rust", "gcc", "swift", "haskell", "dart", "maven", "gradle", "sbt", "graalvm"}
)
_TOOLCHAIN_IMAGES = ("mcr.microsoft.com/dotnet/sdk", "mcr.microsoft.com/dotnet/core/sdk", "ghcr.io/graalvm/*")
_JDK_IMAGES = frozenset(
    {"openjdk", "eclipse-temurin", "amazoncorretto", "azul-zulu", "zulu-openjdk", "ibm-semeru-runtimes"}
)
_JAVA_BUILDS = frozenset({"mvn", "mvnw", "gradle", "gradlew", "sbt", "javac", "native-image"})


@check("DF113")
def build_tools_shipped(stage: Stage, context: Context) -> Iterator[Report]:
    if stage.state.cmd is None and stage.state.entrypoint is None:
        return
    if any(instruction.flag("from") is not None for one in stage.chain for instruction in one.instructions_of("COPY")):
        return
    if _is_skipped(stage.path, context):
        return
    build = next((command for one in stage.chain for command in one.commands if runs_build(command)), None)
    if build is None or not _is_toolchain(stage.root, build, context):
        return
    yield report(
        stage.place,
        f'the final stage compiles with "{build.program}" and ships its toolchain, "{stage.root.image_value}"',
        related=[Related(build.place(), "the build")],
    )


def _is_toolchain(stage: Stage, build: RunCommand, context: Context) -> bool:
    image = stage.image
    name = image.familiar_name if image else None
    if image is None or name is None:
        return False
    tag = image.tag or ""
    short = name.rpartition("/")[2]
    if matches_any(name, context.options["extra_toolchains"]):
        return True
    if "slim" in tag and short == "swift":
        return False
    if short in _TOOLCHAINS or matches_any(name, _TOOLCHAIN_IMAGES):
        return True
    return _is_jdk(name, tag) and build.program in _JAVA_BUILDS


def _is_jdk(name: str, tag: str) -> bool:
    return (name.rpartition("/")[2] in _JDK_IMAGES or "jdk" in name or "jdk" in tag) and "jre" not in tag


# Build tools whose images are made of a JDK.
_JAVA_TOOL_IMAGES = frozenset({"maven", "gradle", "sbt", "scala-sbt"})
# The parts of Amazon Corretto that are no JDK.
_RUNTIME_TAG = regex(r"headless|headful")
_RUNS_JAVA = regex(r"(?:^|[\s/\"'\[;&|])java(?=[\"'\s]|$)")
_RUNS_JDK_TOOL = regex(r"(?:^|[\s/\"'\[;&|])(?:javac|jshell|jcmd|jmap|jstack|jstat|jlink|jpackage|jdb)(?=[\"'\s]|$)")


@check("DF909")
def jdk_in_final(stage: Stage) -> Iterator[Report]:
    image = stage.root.image
    name = image.familiar_name if image else None
    if image is None or name is None or not _runs_java(stage):
        return
    tag = image.tag or ""
    if not _is_jdk(name, tag) and name.rpartition("/")[2] not in _JAVA_TOOL_IMAGES:
        return
    if _RUNTIME_TAG.search(tag) or _needs_jdk(stage):
        return
    yield report(
        stage.image_place, f'the final stage runs java only, and stands on "{stage.root.image_value}", which has a JDK'
    )


def _runs_java(stage: Stage) -> bool:
    started = (stage.state.entrypoint, stage.state.cmd)
    return any(_RUNS_JAVA.search(instruction.node.value) for instruction in started if instruction is not None)


def _needs_jdk(stage: Stage) -> bool:
    """Tell whether it compiles, which is the business of another rule, or runs a tool of the JDK."""
    return any(
        instruction.keyword in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
        and (
            _RUNS_JDK_TOOL.search(instruction.node.text) or any(runs_build(command) for command in instruction.commands)
        )
        for ancestor in stage.chain
        for instruction in ancestor.instructions
    )


def _is_skipped(path: str, context: Context) -> bool:
    return any(
        fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}") for pattern in context.options["skip_paths"]
    )
