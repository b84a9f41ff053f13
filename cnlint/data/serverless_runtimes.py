"""Until when providers run which runtimes of functions."""

import datetime
from functools import cache
from typing import Literal, NamedTuple

from cnlint.data import table

Stage = Literal["supported", "deprecated", "creation-blocked", "update-blocked"]
_PROVIDERS = ("aws", "google")


class Lifecycle(NamedTuple):
    """The life of a runtime. A day that is ``None`` is not set yet.

    AWS goes on running functions whose runtime is past all of these days; Google decommissions a runtime, which blocks
    creation and updates on the same day.
    """

    provider: str
    """``aws`` or ``google``."""
    runtime: str
    deprecated: datetime.date | None
    creation_blocked: datetime.date | None
    updates_blocked: datetime.date | None
    successor: str | None

    def stage(self, today: datetime.date) -> Stage:
        """Tell how far the runtime's end has come on a day."""
        if _is_past(self.updates_blocked, today):
            return "update-blocked"
        if _is_past(self.creation_blocked, today):
            return "creation-blocked"
        return "deprecated" if _is_past(self.deprecated, today) else "supported"

    def sentence(self, today: datetime.date) -> str:
        """Say what became of the runtime, to stand after its name: ``was deprecated on 2024-01-08, ...``."""
        stage = self.stage(today)
        if stage == "supported":
            days = (self.deprecated - today).days if self.deprecated else 0
            in_days = f"in {days} day{'s' * (days != 1)}"
            return f"will be deprecated on {self.deprecated}, {in_days}" if self.deprecated else "is supported"
        deprecated = f"was deprecated on {self.deprecated}"
        if self.provider == "google":
            decommissioned = "will be decommissioned" if stage == "deprecated" else "decommissioned"
            return (
                f"{deprecated} and {decommissioned} on {self.updates_blocked}" if self.updates_blocked else deprecated
            )
        if stage == "update-blocked":
            return f"{deprecated}; since {self.updates_blocked} AWS neither creates nor updates functions with it"
        if stage == "creation-blocked":
            return f"{deprecated}; since {self.creation_blocked} AWS refuses to create functions with it"
        end = self.creation_blocked
        return f"{deprecated}; from {end} AWS refuses to create functions with it" if end else deprecated


def lifecycle(provider: str, runtime: str | None) -> Lifecycle | None:
    """Look up a runtime of ``aws`` or ``google`` by its id (``go1.x``, ``go116``); ``None`` when it is not known."""
    return _lifecycles().get((provider, runtime)) if runtime else None


@cache
def _lifecycles() -> dict[tuple[str, str], Lifecycle]:
    data = table("serverless-runtimes")
    return {
        (provider, runtime): Lifecycle(provider, runtime, _day(deprecated), _day(creation), _day(updates), successor)
        for provider in _PROVIDERS
        for runtime, (deprecated, creation, updates, successor) in data[provider].items()
    }


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _is_past(day: datetime.date | None, today: datetime.date) -> bool:
    return day is not None and day <= today
