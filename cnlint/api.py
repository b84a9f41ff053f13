"""The Python interface behind `cnlint.check`: arguments to settings to a run."""

import datetime
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

from cnlint import rule_index
from cnlint.config import (
    HADOLINT_FILES,
    KUBE_LINTER_FILES,
    Configuration,
    check_choice,
    configuration_from,
    find_configuration,
    find_upwards,
    load_configuration,
)
from cnlint.engine.discover import find_root
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
    """Give the configuration in force: the one given, or the nearest at or above the first path.

    Where hadolint or kube-linter are configured, that is taken over, unless the configuration is given as such.
    """
    if config is False:
        return Configuration()
    if isinstance(config, Mapping):
        return configuration_from(config, "configuration")
    start = root or next((path for path in paths if path != "-"), ".")
    found = find_configuration(start) if config is None or config is True else os.fspath(config)
    configuration = load_configuration(found) if found is not None else Configuration()
    if config is None or config is True:
        # Nobody but the person who starts cnlint decides that a program is run on what is checked.
        configuration = configuration._replace(helm=False, kustomize="built-in")
    hadolint = find_upwards(start, HADOLINT_FILES)
    if hadolint is not None:
        from cnlint.hadolint import with_hadolint

        configuration = with_hadolint(configuration, hadolint, rule_index.load())
    kube_linter = find_upwards(start, KUBE_LINTER_FILES)
    if kube_linter is not None:
        from cnlint.kube_linter import with_kube_linter

        project = os.path.abspath(root) if root is not None else find_root(paths)
        configuration = with_kube_linter(configuration, kube_linter, rule_index.load(), project)
    return configuration
