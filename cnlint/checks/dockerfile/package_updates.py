"""When the index of packages is fetched, and whole systems are brought up to date."""

from collections.abc import Iterator

from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.command_edits import put_first
from cnlint.manifests.command_order import CommandOrder
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.manifests.package_history import APT_INDEX
from cnlint.manifests.package_managers import has_mounted, is_local, may_install, names, system_of
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_NEED_AN_INDEX = ("apt-get", "apk", "zypper")
_INSTALLING = ("install", "upgrade", "upgrade_release")
# Sub-commands that read the index.
_READING = ("download", "fetch", "policy", "search", "show", "source")
# Flags that leave out all updates but those that mend something.
_PARTIAL = ("--security", "--sec-severity", "--secseverity", "--bugfix", "--bugfixes", "--advisory", "--cve", "--cves")


@check("DF406")
def distribution_upgrade(command: RunCommand) -> Iterator[Report]:
    if _upgrades_release(command) and not command.has_flag(*command.tool.entry.get("dry_run", ()), "--help"):
        what = " ".join(word for word in (command.program, command.subcommand) if word)
        yield report(command.place(), f"{what} replaces and removes packages of the base image as it sees fit")


def _upgrades_release(command: RunCommand) -> bool:
    flags = command.tool.entry.get("upgrade_release_flags", ())
    return command.operands_of("upgrade_release") is not None or (
        command.operands_of("upgrade") is not None and command.has_flag(*flags)
    )


@check("DF407")
def system_upgrade(command: RunCommand) -> Iterator[Report]:
    if _upgrades_system(command) and not _upgrades_release(command):
        yield report(
            command.place(), f"{command.program} {command.subcommand} brings all packages of the base image up to date"
        )


def _upgrades_system(command: RunCommand) -> bool:
    return command.upgrades_all and not command.has_flag(*_PARTIAL, *command.tool.entry.get("dry_run", ()))


@check("DF408")
def package_update_alone(command: RunCommand) -> Iterator[Report]:
    is_index = command.updates_index and command.manager in _NEED_AN_INDEX
    is_upgrade = not is_index and command.subcommand in ("update", "up") and _upgrades_system(command)
    if not (is_index or is_upgrade) or command.has_flag("--gpg-auto-import-keys"):
        return
    order: CommandOrder = command.origin.command_order
    system = system_of(command)

    def needs(other: RunCommand) -> bool:
        return _needs(other, system)

    if order.has_after(command, ("need", system), needs):
        return
    what = f"{command.program} {command.subcommand}"
    if is_index:
        yield report(command.place(), f"no install follows {what} in its RUN: later ones use a cached index")
    elif not order.has_before(command, ("need", system), needs):
        message = f"{what} has a RUN of its own: it is not run again for as long as the layer is cached"
        yield report(command.place(), message, severity="info", hint="use a newer base image")


def _needs(command: RunCommand, system: str | None) -> bool:
    """Tell whether a command uses what an update of a package manager fetches, or may do so."""
    if system_of(command) != system:
        return command.program in ("apt-cache", "apt-file") or may_install(command)
    if command.upgrades_all and system not in _NEED_AN_INDEX:
        return False
    return command.operands_of(*_INSTALLING) is not None or command.subcommand in _READING or command.subcommand is None


@check("DF409")
def install_without_update(command: RunCommand, context: Context) -> Iterator[Report]:
    run: Instruction = command.origin
    if not _installs_from_repository(command) or has_mounted(run, APT_INDEX):
        return
    if run.command_order.has_before(command, "apt index", _settles_index):
        return
    stage = run.stage
    if stage is None or _has_index(stage, context):
        return
    state, where = stage.package_history.index_before(run)
    if state == "unknown":
        return
    what = f"{command.program} installs {names(command.packages or [])}"
    severity: Severity | None = None
    message = f"{what} without an update before it in the same RUN"
    if state == "fetched":
        message, severity = f"{what} by the index that an earlier RUN fetched, however old its layer is", "info"
    related = []
    if where is not None:
        related.append(Related(where.place, "fetches the index" if state == "fetched" else "removes the index"))
    fixes = put_first(command, f"{command.program} update")
    yield report(command.place(), message, related=related, severity=severity, fixes=fixes)


def _settles_index(command: RunCommand) -> bool:
    """Tell whether a command fetches the index, or may do so; or installs, so that this is where it is missing."""
    if command.manager == "apt-get":
        return command.updates_index or _installs_from_repository(command)
    return may_install(command)


def _installs_from_repository(command: RunCommand) -> bool:
    if not command.runs("apt-get|apt|aptitude", "install"):
        return False
    if command.has_flag("--no-download", *command.tool.entry.get("dry_run", ())):
        return False
    return any(word.value is not None and not is_local(command, word) for word in command.packages or ())


def _has_index(stage: Stage, context: Context) -> bool:
    image = stage.root.image
    return image is not None and matches_any(image.written_name, context.options["images_with_index"])
