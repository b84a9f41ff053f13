"""The Python interface behind `cnlint.check`: arguments to settings to a run."""

import datetime
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

from cnlint.config import (
    Configuration,
    check_choice,
    configuration_from,
    find_configuration,
    load_configuration,
)
from cnlint.engine.run import Request, run
from cnlint.findings import RunReport
from cnlint.rules import PROFILES, Profile


def check(
    paths: Iterable[str | os.PathLike[str]],
    *,
    profile: str | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    config: str | os.PathLike[str] | Mapping[str, Any] | bool | None = None,
    root: str | os.PathLike[str] | None = None,
    complete: bool | None = None,
    today: datetime.date | None = None,
    jobs: int = 1,
    cache: bool = False,
) -> RunReport:
    """Check files and folders; see `cnlint.check`."""
    if isinstance(paths, str | os.PathLike):
        raise TypeError("paths is a list of paths, not one path")
    given = tuple(os.fspath(path) for path in paths)
    configuration = read_configuration(config, given, None if root is None else os.fspath(root))
    changes: dict[str, Any] = {}
    if profile is not None:
        changes["profile"] = cast("Profile", check_choice("profile", profile, PROFILES))
    if selected := tuple(select):
        changes["select"] = selected
    if ignored := tuple(ignore):
        changes["ignore"] = (*configuration.ignore, *ignored)
    if complete is not None:
        changes["complete"] = complete
    if today is not None:
        changes["today"] = today
    configuration = configuration._replace(**changes)
    return run(Request(given, configuration, None if root is None else os.fspath(root), jobs=jobs, cache=cache))


def read_configuration(
    config: str | os.PathLike[str] | Mapping[str, Any] | bool | None, paths: tuple[str, ...], root: str | None
) -> Configuration:
    """Give the configuration in force: the one given, or the nearest at or above the first path."""
    if config is False:
        return Configuration()
    if isinstance(config, Mapping):
        return configuration_from(config, "configuration")
    if config is None or config is True:
        found = find_configuration(root or next((path for path in paths if path != "-"), "."))
        return load_configuration(found) if found is not None else Configuration()
    return load_configuration(os.fspath(config))
