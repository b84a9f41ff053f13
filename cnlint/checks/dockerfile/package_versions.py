"""Packages that RUN installs in whatever version the repository has."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.package_managers import unpinned_packages
from cnlint.rules import Context, check


@check("DF405")
def apt_unpinned_package(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.runs("apt-get|apt|aptitude", "install") and not (
        context.options["digest_is_enough"] and _has_base_with_digest(command)
    ):
        yield from _unpinned(command)


@check("DF412")
def apk_unpinned_package(command: RunCommand) -> Iterator[Report]:
    if command.runs("apk", "add"):
        yield from _unpinned(command)


@check("DF423", "DF426")
def rpm_unpinned_package(command: RunCommand) -> Iterator[Report]:
    if command.subcommand in ("install", "in"):
        yield from _unpinned(command)
    elif command.subcommand == "module":
        yield from _modules_without_stream(command)


@check("DF433")
def zypper_unpinned_package(command: RunCommand) -> Iterator[Report]:
    kind = command.option("-t", "--type")
    if command.runs("zypper", "install|in") and (kind is None or kind.value == "package"):
        yield from _unpinned(command)


def _unpinned(command: RunCommand) -> Iterator[Report]:
    for word in unpinned_packages(command):
        yield report(command.place(word), f'package "{word.value}" has no version')


def _modules_without_stream(command: RunCommand) -> Iterator[Report]:
    if command.operands_of("install") is None:
        return
    for word in command.operands_after("module", "install"):
        if word.value and ":" not in word.value:
            yield report(command.place(word), f'module "{word.value}" has no stream', hint="name a stream, name:stream")


def _has_base_with_digest(command: RunCommand) -> bool:
    stage = command.origin.stage
    image = stage.root.image if stage is not None else None
    return image is not None and image.has_digest
