"""How RUN calls system package managers: questions that nobody answers, packages that nobody asked for."""

import re
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.command_edits import flag_after
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.manifests.package_managers import asks, is_local, names
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_words import Pair
from cnlint.syntax.patterns import regex

_SAME_IN_APT_GET = frozenset(
    {"autoremove", "autopurge", "build-dep", "clean", "install", "purge", "reinstall", "remove", "update", "upgrade"}
)
_QUERIES = frozenset({"depends", "list", "policy", "rdepends", "search", "show", "showsrc"})
_NO_RECOMMENDS = regex(r"install-recommends\W{0,4}(?:false|0|no)\b", re.IGNORECASE)
_FRONTEND = "DEBIAN_FRONTEND"
_INTERACTIVE = frozenset({"", "dialog", "editor", "gnome", "kde", "newt", "readline", "teletype", "web"})


@check("DF401")
def apt_not_apt_get(command: RunCommand) -> Iterator[Report]:
    verb = command.subcommand
    program = "apt-cache" if verb in _QUERIES else "apt-get"
    yield report(
        command.place(command.words[0]),
        f"apt{f' {verb}' if verb else ''} is meant for people at a terminal, and may change between releases",
        hint=f"use {program}",
        fixes=_apt_get(command) if verb in _SAME_IN_APT_GET else [],
    )


def _apt_get(command: RunCommand) -> list[Fix]:
    word = command.words[0]
    if word.text != "apt":
        return []
    # apt upgrade also installs new packages, which apt-get upgrade does not.
    is_same = command.subcommand != "upgrade"
    return [Fix("use apt-get", (Edit(command.place(word).span, "apt-get"),), safe=is_same)]


@check("DF402", "DF421", "DF424")
def install_missing_yes(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.subcommand in context.options["verbs"] and asks(command):
        verb = command.operands()[0]
        yield report(
            command.place(),
            f"{command.program} {verb.text} asks for confirmation, which a build cannot give",
            fixes=flag_after(command, verb, "-y"),
        )


@check("DF431")
def zypper_missing_noninteractive(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.subcommand in context.options["verbs"] and asks(command):
        yield report(
            command.place(),
            f"zypper {command.subcommand} asks for confirmation, which a build cannot give",
            fixes=flag_after(command, command.words[0], "--non-interactive"),
        )


@check("DF403")
def apt_install_recommends(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.runs("apt-get|apt", "install") or not command.origin.stands_in(context.options["stages"]):
        return
    packages = command.packages or []
    repairs = command.has_flag("-f", "--fix-broken")
    if all(is_local(command, word) for word in packages) and not (repairs and not packages):
        return
    if command.has_flag("--no-install-recommends") or _is_told_without_recommends(command):
        return
    yield report(
        command.place(),
        f"{command.program} installs {names(packages) or 'what is missing'} with all packages that are recommended",
        fixes=flag_after(command, command.operands()[0], "--no-install-recommends"),
    )


def _is_told_without_recommends(command: RunCommand) -> bool:
    run: Instruction = command.origin
    if any(_NO_RECOMMENDS.search(value.text) for value in command.options("-o", "--option")):
        return True
    return run.stage is not None and run.stage.package_history.has_setting("no-recommends", run)


@check("DF410")
def debian_frontend_in_env(instruction: Instruction) -> Iterator[Report]:
    for pair in instruction.pairs:
        value = (pair.value or "").strip("'\"")
        if pair.key == _FRONTEND and value not in _INTERACTIVE and _stays(instruction):
            yield report(
                instruction.place_of(pair.start, pair.end),
                f"ENV sets {_FRONTEND}={value} in the containers too, not only in the build",
                fixes=_as_argument(instruction, pair),
            )


def _stays(instruction: Instruction) -> bool:
    """Tell whether what an ENV says of the frontend is still so in an image that ships."""
    if instruction.stage is None:
        return instruction.parent is None
    return any(_last_setter(stage) is instruction for stage in instruction.dockerfile.shipped_stages)


def _last_setter(shipped: Stage) -> Instruction | None:
    for stage in shipped.chain:
        for assignment in reversed(stage.assignments.get(_FRONTEND, [])):
            if assignment.is_environment:
                return assignment.instruction
    return None


def _as_argument(instruction: Instruction, pair: Pair) -> list[Fix]:
    """Write the ENV as an ARG, where no other stage inherits it and no other ENV sets it, which would beat the ARG."""
    stage, node = instruction.stage, instruction.node
    if stage is None or len(instruction.pairs) != 1 or node.text[pair.start + len(pair.key)] != "=":
        return []
    inherits = any(other.base_stage is stage for other in stage.dockerfile.stages)
    setters = [one for member in stage.chain for one in member.assignments.get(_FRONTEND, []) if one.is_environment]
    if inherits or len(setters) != 1:
        return []
    edit = Edit(instruction.place_of(0, len("ENV")).span, "ARG")
    return [Fix("set it for the build alone", (edit,), safe=True)]
