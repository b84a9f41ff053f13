"""Package managers in RUN instructions."""

import re
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word
from cnlint.syntax.source import Span

_NO_RECOMMENDS = regex(r"install-recommends\W{0,4}(?:false|0|no)\b", re.IGNORECASE)
_APT_CONFIGURATION = "/etc/apt/apt.conf"
_APK_CACHES = ("/var/cache/apk", "/etc/apk/cache")
_APK_VERSION = regex(r"[=~<>]")


@check("DF403")
def apt_install_recommends(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.runs("apt-get|apt", "install") or _is_left_out(command, context):
        return
    packages = command.packages or []
    repairs = command.has_flag("-f", "--fix-broken")
    if all(_is_local(word, ".deb") for word in packages) and not (repairs and not packages):
        return
    if command.has_flag("--no-install-recommends") or _has_option_against_recommends(command):
        return
    if _is_configured_without_recommends(command.origin):
        return
    yield report(
        command.place(),
        f"{command.program} installs {_names(packages) or 'what is missing'} with all packages that are recommended",
        fixes=_flag_after_verb(command, "install", "--no-install-recommends"),
    )


def _has_option_against_recommends(command: RunCommand) -> bool:
    values = [*command.options("-o", "--option")]
    return any(_NO_RECOMMENDS.search(value.text) for value in values)


def _is_configured_without_recommends(run: Instruction) -> bool:
    """Tell whether something before, or in, this RUN tells apt not to install recommended packages."""
    # Looking at all instructions before each RUN takes long in a long file, and few files configure apt.
    if run.stage is None or "apt.conf" not in run.node.source.text:
        return False
    for stage in run.stage.chain:
        for instruction in stage.instructions:
            if stage is run.stage and instruction.position > run.position:
                break
            if _NO_RECOMMENDS.search(instruction.node.text) and "apt.conf" in instruction.node.text:
                return True
            copy = instruction.copy
            if copy is not None and (copy.destination_path or "").startswith(_APT_CONFIGURATION):
                return True
    return False


@check("DF411")
def apk_cache_kept(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.runs("apk", "add") or command.has_flag("--no-cache") or _is_left_out(command, context):
        return
    if any(_is_apk_cache(target) for target in _mounted(command.origin)) or _removes_apk_cache(command):
        return
    what = f"apk add {_names(command.packages)}" if command.packages else "apk add"
    yield report(
        command.place(),
        f"{what} leaves the index of packages in the layer",
        fixes=_no_cache(command),
    )


def _is_apk_cache(target: str) -> bool:
    return any(f"{cache}/".startswith(f"{target.rstrip('/')}/") for cache in _APK_CACHES)


def _removes_apk_cache(command: RunCommand) -> bool:
    return any(
        other.program == "rm" and any(word.prefix.startswith(_APK_CACHES) for word in other.operands())
        for other in command.after
    )


def _mounted(run: Instruction) -> Iterator[str]:
    """Give the targets of the cache and tmpfs mounts of a RUN."""
    return (mount.target or "" for mount in run.mounts if mount.type in ("cache", "tmpfs"))


def _no_cache(command: RunCommand) -> list[Fix]:
    if any(other.runs("apk", "update") for other in command.before):
        return []
    refresh = command.flag("-U", "--update", "--update-cache")
    if refresh is None:
        return _flag_after_verb(command, "add", "--no-cache")
    if refresh.text not in ("-U", "--update", "--update-cache"):
        return []
    edit = Edit(command.place(refresh).span, "--no-cache")
    return [Fix("put --no-cache in the place of the refresh", (edit,), safe=True)]


@check("DF412")
def apk_unpinned_package(command: RunCommand) -> Iterator[Report]:
    if not command.runs("apk", "add"):
        return
    for word in command.packages or []:
        value = word.value
        if not value or value.startswith((".", "!")) or value.endswith(".apk") or _APK_VERSION.search(value):
            continue
        yield report(command.place(word), f'package "{value}" has no version')


def _is_left_out(command: RunCommand, context: Context) -> bool:
    stage = command.origin.stage
    return context.options["stages"] == "final" and (stage is None or not stage.is_shipped)


def _is_local(word: Word, suffix: str) -> bool:
    return word.text.rstrip("'\"").endswith(suffix)


def _names(words: list[Word]) -> str:
    """Name the first packages of a list for a message."""
    names = [f'"{word.value or word.text}"' for word in words[:3]]
    return ", ".join(names) + (" and others" if len(words) > len(names) else "")


def _flag_after_verb(command: RunCommand, verb: str, flag: str) -> list[Fix]:
    """Insert a flag after the verb, if the verb is written as such in a shell script."""
    word = next((word for word in command.operands() if word.value == verb), None)
    if word is None or word.text != verb or command.origin.is_exec_form:
        return []
    return [Fix(f"add {flag}", (Edit(_end_of(command.place(word)), f" {flag}"),), safe=True)]


def _end_of(place: Place) -> Span:
    span = place.span
    return Span(span.end_line, span.end_column, span.end_line, span.end_column)
