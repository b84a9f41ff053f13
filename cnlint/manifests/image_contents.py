"""What is in an image besides what a Dockerfile is seen to put there: a shell, and the tools that people call by name.

Everywhere ``None`` means that one cannot tell.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cnlint.manifests.images import ImageReference
from cnlint.syntax.patterns import matches_any, regex

if TYPE_CHECKING:
    from cnlint.manifests.commands import Command
    from cnlint.manifests.dockerfile import Copy, Instruction, Stage

_ALL = "*"


class Contents(NamedTuple):
    """What is known of an image."""

    has_shell: bool
    """Whether there is a ``/bin/sh``."""
    has: frozenset[str] = frozenset()
    """Tools that are there."""
    lacks: frozenset[str] = frozenset()
    """Tools that are not there; ``*`` stands for all."""


_NOTHING = Contents(False, lacks=frozenset([_ALL]))
_SHELL = Contents(True)
_BUSYBOX = Contents(True, frozenset(["sh", "ash", "wget", "nc"]), frozenset(["curl", "bash"]))
_DEBIAN = Contents(True, frozenset(["sh", "dash", "bash"]), frozenset(["curl", "wget", "nc", "netcat", "ncat"]))
_BUILDPACK = Contents(True, frozenset(["sh", "dash", "bash", "curl", "wget"]), frozenset(["nc", "netcat", "ncat"]))

# Names of images, an expression that the tag must match, and what the image holds. The first row that fits counts.
_DEBUG = regex(r"debug|(?:^|[-_.])dev(?:$|[-_.])")
_SLIM_TAG = regex(r"(?:^|[-.])slim(?:$|-)")
_DISTROLESS_NAMES = ("*/distroless/*", "*-distroless")
_DISTROLESS_TAG = regex(r"(?:^|[-.])distroless(?:$|-)")
_CHISELED_TAG = regex(r"-chiseled(?:$|-)")
# Images for Python come with a shell, for the modules that start programs.
_DISTROLESS_WITH_SHELL = ("*/distroless/python*",)
_STATIC_NAMES = ("cgr.dev/chainguard/static", "cgr.dev/chainguard/glibc-dynamic", "cgr.dev/chainguard/cc-dynamic")
# Official images that add neither curl nor wget to the slim Debian or the Alpine that they stand on.
_LANGUAGES = frozenset({"golang", "node", "python", "ruby", "rust"})
_SHELL_NAMES = (
    "almalinux",
    "amazoncorretto",
    "amazonlinux",
    "archlinux",
    "buildpack-deps",
    "cgr.dev/chainguard/bash",
    "cgr.dev/chainguard/busybox",
    "cgr.dev/chainguard/wolfi-base",
    "centos",
    "eclipse-temurin",
    "fedora",
    "gcc",
    "gradle",
    "haproxy",
    "httpd",
    "mariadb",
    "maven",
    "memcached",
    "mysql",
    "nginx",
    "openjdk",
    "opensuse/*",
    "oraclelinux",
    "perl",
    "php",
    "postgres",
    "redis",
    "registry.access.redhat.com/ubi*",
    "rockylinux",
    "tomcat",
    "wolfi-base",
    "*/wolfi-base",
)


def contents_of(stage: "Stage") -> Contents | None:
    """Give what is known of the image that a stage is built from, itself and the stages that it is FROM left out."""
    root = stage.root
    if root.is_scratch:
        return None if stage.dockerfile.is_windows else _NOTHING
    image = root.image
    if image is None or not image.is_known or root.is_windows:
        return None
    return _contents_of_image(image)


@lru_cache(maxsize=256)
def _contents_of_image(image: ImageReference) -> Contents | None:
    name, tag = image.familiar_name or "", image.tag or ""
    # Without a tag, a digest may be that of any variant.
    may_be_variant = image.has_digest and not tag
    if matches_any(name, _DISTROLESS_NAMES) or name in _STATIC_NAMES or _DISTROLESS_TAG.search(tag):
        is_bare = not (may_be_variant or _DEBUG.search(tag) or matches_any(name, _DISTROLESS_WITH_SHELL))
        return _NOTHING if is_bare else None
    if name.startswith("mcr.microsoft.com/dotnet/") and _CHISELED_TAG.search(tag):
        return _NOTHING
    if name == "alpine" or name == "busybox":
        return _BUSYBOX
    if name == "debian" or name == "ubuntu":
        return _DEBIAN
    if name in _LANGUAGES:
        return _SHELL if may_be_variant else _contents_of_language(tag)
    return _SHELL if matches_any(name, _SHELL_NAMES) else None


def _contents_of_language(tag: str) -> Contents:
    if "alpine" in tag:
        return _BUSYBOX
    return _DEBIAN if _SLIM_TAG.search(tag) else _BUILDPACK


# What a stage adds.

_SHELL_FOLDERS = ("/bin", "/usr/bin")
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
_PROGRAM_FOLDERS = (*_SYSTEM_FOLDERS, "/usr/local/bin", "/usr/local/sbin")
_ARCHIVE = regex(r"\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|zip)\Z", re.IGNORECASE)
_EXTENSION = regex(r"[^.]\.[A-Za-z0-9]{1,8}\Z")
_TOKEN = regex(r"[^\s\"'\[\],;&|()<>]+")
_FILES_OF_ETC = ("/etc/passwd", "/etc/group")
# Packages that bring a tool of another name, or need it.
_BRINGS = {
    "wget": ("busybox*", "google-chrome*", "texlive*", "winetricks*", "devscripts"),
    "curl": ("devscripts",),
    "nc": ("netcat*", "ncat", "nmap*", "busybox*", "libressl*"),
    "netcat": ("netcat*", "nmap*"),
    "ncat": ("nmap*",),
}
_SCRIPT = regex(r"\.(?:sh|bash|py|pl|rb)\Z")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "eval", "source", "."})


def has_shell(stage: "Stage") -> bool | None:
    """Tell whether there is a ``/bin/sh`` at the end of a stage."""
    contents = contents_of(stage)
    if contents is None:
        return None
    if contents.has_shell:
        return True
    for instruction in _instructions(stage):
        copy = instruction.copy
        if copy is not None and _may_bring(copy, "sh", _SHELL_FOLDERS):
            return None
        if instruction.keyword == "RUN" and (instruction.is_exec_form or instruction.mounts):
            # Without a shell, a RUN that works has its program from somewhere: "/busybox --install".
            return None
    return False


def has_tool(stage: "Stage", name: str) -> bool | None:
    """Tell whether a program such as ``curl`` is in the folders of programs at the end of a stage."""
    contents = contents_of(stage)
    if contents is None:
        return None
    if name in contents.has:
        return True
    if name not in contents.lacks and _ALL not in contents.lacks:
        return None
    if any(_may_install(instruction, name) for instruction in _instructions(stage)):
        return None
    return False


def _instructions(stage: "Stage") -> "Iterator[Instruction]":
    for one in stage.chain:
        for instruction in one.instructions:
            if instruction.keyword in ("ADD", "COPY", "RUN"):
                yield instruction


def _may_install(instruction: "Instruction", name: str) -> bool:
    copy = instruction.copy
    if copy is not None:
        return _may_bring(copy, name, _PROGRAM_FOLDERS)
    if instruction.keyword != "RUN":
        return False
    if instruction.mounts and any(mount.has("from") for mount in instruction.mounts):
        return True
    text = instruction.node.text if instruction.is_exec_form else instruction.script[1].text
    if not instruction.commands or _mentions(text, name):
        return True
    return any(_runs_script(command) or _may_install_package(command, name) for command in instruction.commands)


def _runs_script(command: "Command") -> bool:
    """Tell whether a command runs what stands in another file, which could install anything."""
    if not command.program or _SCRIPT.search(command.program):
        return True
    if command.program in _SHELLS:
        return not command.has_flag("-c")
    folder = command.words[0].prefix.rpartition("/")[0]
    return folder != "" and folder not in _SYSTEM_FOLDERS


def _may_install_package(command: "Command", name: str) -> bool:
    patterns = _BRINGS.get(name, ())
    return any(word.value is None or matches_any(word.value, patterns) for word in command.packages or ())


def _mentions(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (before.isalnum() or before in ("-", "_")) and not (after.isalnum() or after in ("-", "_")):
            return True
        at = text.find(name, at + 1)
    return False


def _may_bring(copy: "Copy", name: str, folders: tuple[str, ...]) -> bool:
    """Tell whether a COPY may put a program of this name, or a tree in which it is, into one of these folders."""
    from cnlint.manifests.dockerfile import joined

    written = copy.destination.value
    destination = joined(copy.instruction.state.workdir_path or "/", written)
    if destination is None:
        return True
    bare = destination.rstrip("/")
    folder, _, last = bare.rpartition("/")
    if folder in folders:
        return last in (name, "busybox")
    if not any(f"{one}/".startswith(f"{bare}/") for one in folders):
        return False
    return any(_may_hold(copy, word.value, name) for word in copy.sources)


def _may_hold(copy: "Copy", source: str | None, name: str) -> bool:
    """Tell whether what is copied is the program, or may be a folder or archive that holds it."""
    if source is None:
        return True
    last = source.rstrip("/").rpartition("/")[2]
    if last in (name, "busybox") or "*" in last or "?" in last or source.endswith("/"):
        return True
    if copy.instruction.keyword == "ADD" and _ARCHIVE.search(last):
        return True
    if source in _FILES_OF_ETC or _EXTENSION.search(last):
        return False
    return not (_is_started(copy, last) or _is_output(copy, source))


def _is_started(copy: "Copy", name: str) -> bool:
    """Tell whether CMD or ENTRYPOINT starts a program of this name, so that it is no folder."""
    stage = copy.instruction.stage
    if stage is None:
        return False
    return any(
        token.rpartition("/")[2] == name
        for instruction in (stage.state.entrypoint, stage.state.cmd)
        if instruction is not None
        for token in _TOKEN.findall(instruction.node.value)
    )


def _is_output(copy: "Copy", source: str) -> bool:
    """Tell whether a command of the stage that it is copied from writes it as a file (``go build -o``)."""
    from cnlint.manifests.dockerfile import joined

    stage = copy.from_stage
    if stage is None:
        return False
    path = joined("/", source)
    return any(
        joined(command.origin.state.workdir_path, output.value) == path
        for one in stage.chain
        for command in one.commands
        for output in command.options("-o", "--output")
    )
