"""cnlint: the linter for cloud-native repositories.

The Python interface, stable and typed::

    import cnlint

    report = cnlint.check(["path"], profile="default")
    for finding in report.findings:
        print(finding.path, finding.line, finding.code, finding.message)
"""

from typing import TYPE_CHECKING, Any

from cnlint.findings import CheckedFile, Finding, RunReport

# Importing a module binds its name in the package, but only the first time: this must come before `rules` is defined.
from cnlint.rules import Rule

if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Iterable, Mapping

__version__ = "0.1.0"
__all__ = ["CheckedFile", "Finding", "Rule", "RunReport", "__version__", "check", "rules"]


def check(
    paths: "Iterable[str | os.PathLike[str]]",
    profile: str | None = None,
    select: "Iterable[str]" = (),
    ignore: "Iterable[str]" = (),
    config: "str | os.PathLike[str] | Mapping[str, Any] | bool | None" = None,
    root: "str | os.PathLike[str] | None" = None,
    complete: bool | None = None,
    today: "datetime.date | None" = None,
    jobs: int = 1,
    cache: bool = False,
) -> "RunReport":
    """Check files and folders; calls are independent of each other.

    ``profile`` is ``default``, ``strict`` (adds opinionated rules) or ``pedantic`` (runs every rule); ``select``
    replaces the rules of the profile and ``ignore`` takes away from them; both take codes, prefixes, names,
    categories, tags and peers' ids. ``config`` is the path of a configuration file, a mapping with the same content,
    ``False`` for none, or ``None`` for the nearest one. ``root`` is the folder that paths are relative to and that
    project rules see. ``complete`` says whether what is absent from the files is absent from the system. ``today`` is
    the day by which dates are judged. ``jobs`` is the number of processes; the result does not depend on it.

    Raises `cnlint.config.ConfigurationError` for settings that cannot be used.
    """
    from cnlint.api import check as run_check

    return run_check(
        paths,
        profile=profile,
        select=select,
        ignore=ignore,
        config=config,
        root=root,
        complete=complete,
        today=today,
        jobs=jobs,
        cache=cache,
    )


def rules() -> "tuple[Rule, ...]":
    """Give the specifications of all rules, sorted by code."""
    from cnlint import rule_index

    return tuple(rule_index.load())
