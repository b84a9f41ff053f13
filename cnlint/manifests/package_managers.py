"""What package managers are told to do in RUN: the facts of ``cnlint/data/tools.json`` applied to commands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from cnlint.manifests.commands import Command, RunCommand
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Instruction

_PATHS = ("./", "../", "/", "~/")
_RPM_PART = regex(r"[0-9A-Za-z.~^_:+*?]+\Z")
_RPM_RELATION = regex(r"[<>=]")
_FALSE = frozenset({"", "0", "false", "no", "off"})
_BRACES = regex(r"\{([^{},]*(?:,[^{},]*)+)\}")
_MOST_CHOICES = 64
_HOME = regex(r"^(?:~|/root|/home/[^/]+|\$HOME|\$\{HOME\})(?=/|\Z)")
_VARIABLE = regex(r"\$\{[^{}]*\}|\$\([^()]*\)|\$\w+")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_SYSTEM_FOLDERS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/")
# Programs that are known to run package managers.
_INSTALLERS = frozenset({".", "source", "add-apt-repository", "apt-add-repository", "apt-fast", "nala", "gdebi"}) | {
    *("mk-build-deps", "extrepo", "tasksel", "rosdep", "playwright", "npx", "make", "ansible", "ansible-playbook"),
}
_INSTALL_SCRIPT = regex(r"\.(?:sh|bash|py|pl|rb)\Z|^(?:apt-)?install[-_]|[-_]install\Z|^(?:setup|provision|bootstrap)")


def system_of(command: Command) -> str | None:
    """Give the name of a package manager; two that are one program, or share all that they keep, have the same."""
    # Where there are both, yum is another name of dnf.
    return "dnf" if command.manager == "yum" else command.manager


# Names and versions.


def names(words: Sequence[Word]) -> str:
    """Name the first packages of a list for a message."""
    found = [f'"{word.value or word.text}"' for word in words[:3]]
    return ", ".join(found) + (" and others" if len(words) > len(found) else "")


def is_local(command: Command, word: Word) -> bool:
    """Tell whether a package is a file or an address rather than a name that is looked up in a repository."""
    text = word.text.strip("'\"")
    return text.startswith(_PATHS) or "://" in text or text.endswith(tuple(command.tool.entry.get("files", ())))


def unpinned_packages(command: Command) -> Iterator[Word]:
    """Give the packages to install that name no version, in order. Files, groups and what is not known are none."""
    pin = command.tool.entry.get("pin")
    packages = command.packages
    if not pin or not packages or (pin.get("flags") and command.has_flag(*pin["flags"])):
        return
    starts, ends = tuple(pin.get("other_starts", ())), tuple(pin.get("other_ends", ()))
    for word in packages:
        value = word.value
        if not value or value == "." or value.startswith(starts) or value.endswith(ends):
            continue
        if not is_local(command, word) and not _is_pinned(value, pin):
            yield word


def _is_pinned(value: str, pin: Mapping[str, Any]) -> bool:
    if pin.get("style") == "rpm":
        return _is_pinned_rpm(value)
    for mark in pin["marks"]:
        # The first character is none of a version: "@scope/name".
        _, found, version = value[1:].partition(mark)
        if found:
            return version not in pin.get("floating", ())
    return False


def _is_pinned_rpm(value: str) -> bool:
    """Tell whether what follows a dash looks like a version: ``curl-7.76.1-26.el9``, ``openssl-1:1.1.1k``."""
    if "(" in value or _RPM_RELATION.search(value):
        return True
    parts = value.split("-")[1:]
    return any(part[:1].isdigit() for part in parts) and all(map(_RPM_PART.match, parts))


# Questions.


def asks(command: RunCommand) -> bool:
    """Tell whether a package manager stops for an answer that nothing gives."""
    entry = command.tool.entry
    if command.may_have_other_flags or command.has_flag(
        *entry.get("assume_yes", ()), *entry.get("dry_run", ()), "--help", "--version"
    ):
        return False
    first = command.flag(*entry.get("assume_yes_first", ()))
    operands = command.operands()
    if first is not None and operands and first.start < operands[0].start:
        return False
    return not (_is_quiet(command, entry) or _is_told_by_option(command) or _is_fed(command) or _is_configured(command))


def _is_quiet(command: Command, entry: Mapping[str, Any]) -> bool:
    twice = entry.get("assume_yes_twice")
    if not twice:
        return False
    levels = [word.text.rpartition("=")[2] for word in command.arguments if word.text.startswith(("-q=", "--quiet="))]
    return command.count_flag(*twice) > 1 or any(level.isdecimal() and int(level[:3]) > 1 for level in levels)


_ASSUMED_YES = regex(r"(?i)assume-?yes\W{0,4}(?:true|1|yes|on)\b")


def _is_told_by_option(command: Command) -> bool:
    return any(_ASSUMED_YES.search(value.text) for value in command.options("-o", "--option", "--setopt"))


def _is_fed(command: Command) -> bool:
    """Tell whether a pipe, a here-document or a string gives the answers."""
    return command.simple.operator in ("|", "|&") or any(
        redirection.operator.startswith("<<") for redirection in command.simple.redirections
    )


def _is_configured(command: RunCommand) -> bool:
    run: Instruction = command.origin
    return run.stage is not None and run.stage.package_history.has_setting("assume-yes", run)


# Caches.


def leaves_cache(command: RunCommand) -> bool:
    """Tell whether what a package manager fetched stays in the layer, unless a later command of the RUN removes it."""
    entry = command.tool.entry
    if command.has_flag(*entry.get("no_cache", ())):
        return False
    return not any(_is_set(command, name) for name in entry.get("no_cache_variables", ())) and not has_mounted(
        command.origin, entry.get("caches", ())
    )


def _is_set(command: RunCommand, name: str) -> bool:
    """Tell whether a variable is set for a command: to anything but a word that means no."""
    if name in command.environment:
        word = command.environment[name]
        return word is None or word.value is None or word.value.lower() not in _FALSE
    variables = command.origin.variables
    if name in variables and variables[name] is None:
        return True
    known = {name: variables[name] or ""} if name in variables else {}
    value = command.script.variable(name, command.simple.start, known)
    return value is not None and value.lower() not in _FALSE


def has_mounted(run: "Instruction", folders: Iterable[str]) -> bool:
    """Tell whether a cache or tmpfs mount of a RUN keeps one of these folders (``~/`` in any home) out of the layer."""
    targets = [mount.target for mount in run.mounts if mount.type in ("cache", "tmpfs", None)]
    return any(target is None or any(_contains(target, folder) for folder in folders) for target in targets)


def _contains(target: str, folder: str) -> bool:
    target = target.rstrip("/")
    if not folder.startswith("~/"):
        return f"{folder}/".startswith(f"{target}/")
    parts = folder[2:].split("/")
    tails = ["/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    home, _, user = target.rpartition("/")
    return target.endswith(tuple(tails)) or target == "/root" or (home == "/home" and user != "")


def removes(command: Command, folders: Sequence[str]) -> bool:
    """Tell whether a command deletes one of these folders or what is in it, or may do so."""
    program = command.program
    if program == "rm" or (program == "find" and any(word.value in ("rm", "-delete") for word in command.arguments)):
        operands = command.operands()
        if not operands:
            return "xargs" in command.wrappers
        return any(_is_removal(word, folder) for word in operands for folder in folders) or (
            operands[0].text == "*" and any(f"cd {folder}" in command.script.text for folder in folders)
        )
    # Images bring scripts of their own for this: cleanup.sh, clean-layer.
    return "clean" in program


def _is_removal(word: Word, folder: str) -> bool:
    text = word.text.strip("'\"") if word.value is None else word.value
    if folder.startswith("~/"):
        text, folder = _HOME.sub("", text), folder[1:]
    if text.startswith(("$", "`")):
        return True
    text = _VARIABLE.sub("*", text)
    # Below the root of another system, too.
    at = f"{text}/".find(f"/{folder.split('/')[1]}/")
    return at >= 0 and any(_matches_folder(one, folder) for one in _without_braces(text[at:]))


def _without_braces(text: str) -> list[str]:
    pieces = _BRACES.split(text)
    choices = [piece.split(",") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    if prod(map(len, choices)) > _MOST_CHOICES:
        return [text]
    return ["".join(choice) for choice in product(*choices)]


def _matches_folder(path: str, folder: str) -> bool:
    """Tell whether a path that is removed is a folder, one above it or something in it."""
    given = [part for part in path.split("/") if part]
    while given and given[-1] in ("*", ".*", "**"):
        given.pop()
    wanted = [part for part in folder.split("/") if part]
    is_on_the_way = all(fnmatchcase(part, pattern) for part, pattern in zip(wanted, given, strict=False))
    # "partial" is what a download that was broken off leaves.
    return is_on_the_way and bool(given) and given[-1] != "partial"


# What runs package managers without our seeing it.


def may_install(command: Command) -> bool:
    """Tell whether a command is a script or a program that may itself run a package manager."""
    program = command.program
    if not program:
        return bool(command.words)
    if program in _SHELLS:
        return not command.has_flag("-c")
    if program in _INSTALLERS or _INSTALL_SCRIPT.search(program) is not None:
        return True
    text = command.words[0].text
    return "/" in text and not text.startswith(_SYSTEM_FOLDERS)
