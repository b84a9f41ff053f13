"""What system package managers leave in a layer: indexes, metadata and packages."""

from collections.abc import Callable, Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.command_edits import flag_after, put_last
from cnlint.manifests.command_order import CommandOrder
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.package_history import APT_INDEX
from cnlint.manifests.package_managers import has_mounted, leaves_cache, names, removes, system_of
from cnlint.rules import Context, check

_REFRESH = ("-U", "--update", "--update-cache")


@check("DF404")
def apt_lists_kept(command: RunCommand) -> Iterator[Report]:
    run: Instruction = command.origin
    if not command.updates_index or not _is_in_image(run) or has_mounted(run, APT_INDEX):
        return
    if run.command_order.has_after(command, "apt lists", _changes_lists):
        return
    yield report(
        run.place,
        f"{command.program} update leaves the lists of packages in the layer",
        fixes=put_last(command, "rm -rf /var/lib/apt/lists/*", safe=False),
    )


def _changes_lists(command: RunCommand) -> bool:
    """Tell whether a command removes the lists, or fetches them again, which is reported there."""
    if command.manager == "apt-get":
        return command.updates_index or command.operands_of("clean_index") is not None
    return removes(command, APT_INDEX)


@check("DF422", "DF425", "DF432")
def cache_kept(command: RunCommand) -> Iterator[Report]:
    run: Instruction = command.origin
    if not _fetches(command) or not _is_in_image(run) or not leaves_cache(command) or _is_followed(command, _fetches):
        return
    clean = "zypper clean" if command.program == "zypper" else f"{command.program} clean all"
    yield report(
        run.place,
        f"{command.program} leaves its cache in the layer",
        hint=f"add && {clean} at the end of the RUN",
        fixes=put_last(command, clean, safe=True),
    )


def _is_followed(command: RunCommand, fetches: Callable[[RunCommand], bool] | None = None) -> bool:
    """Tell whether the cache is emptied after a command, or filled again by another one, which is reported instead."""
    system, caches = system_of(command), command.tool.entry["caches"]

    def changes_cache(other: RunCommand) -> bool:
        if system_of(other) == system:
            return other.cleans_cache or (fetches is not None and fetches(other))
        return removes(other, caches)

    order: CommandOrder = command.origin.command_order
    return order.has_after(command, ("cache", system, fetches), changes_cache)


def _fetches(command: RunCommand) -> bool:
    return command.operands_of("install", "upgrade", "upgrade_release") is not None


def _is_in_image(run: Instruction) -> bool:
    return run.stage is None or run.stage.is_in_image


@check("DF411")
def apk_cache_kept(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.runs("apk", "add") or not leaves_cache(command):
        return
    if not command.origin.stands_in(context.options["stages"]):
        return
    if _is_followed(command):
        return
    what = f"apk add {names(command.packages)}" if command.packages else "apk add"
    yield report(command.place(), f"{what} leaves the index of packages in the layer", fixes=_no_cache(command))


def _no_cache(command: RunCommand) -> list[Fix]:
    order: CommandOrder = command.origin.command_order
    if order.has_before(command, "apk update", lambda other: other.runs("apk", "update")):
        return []
    refresh = command.flag(*_REFRESH)
    if refresh is None:
        return flag_after(command, command.operands()[0], "--no-cache")
    if refresh.text not in _REFRESH:
        return []
    edit = Edit(command.place(refresh).span, "--no-cache")
    return [Fix("put --no-cache in the place of the refresh", (edit,), safe=True)]
