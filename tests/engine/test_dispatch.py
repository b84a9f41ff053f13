"""Which views the dispatcher hands to a rule."""

import datetime

from cnlint import rule_index
from cnlint.engine.dispatch import Dispatcher
from cnlint.manifests.dockerfile import ParsedDockerfile
from cnlint.rules import Settings
from cnlint.syntax.source import Source

_SETTINGS = Settings(datetime.date(2026, 11, 22), (1, 37))


def findings(code: str, target: str, text: str) -> list[int]:
    """Run one rule with another target over a Dockerfile; gives the lines found."""
    rule = rule_index.load()[code]._replace(targets=(target,))
    dispatcher = Dispatcher([rule], "file", {}, {code: rule.defaults()}, _SETTINGS)
    parsed = ParsedDockerfile(Source("Dockerfile", text))
    return [finding.line for view in parsed.views() for finding in dispatcher.run(view, "Dockerfile")]


_TWO_STAGES = "FROM golang AS build\nFROM alpine\n"


def test_a_target_without_kinds_takes_every_view_of_the_class() -> None:
    assert findings("DF101", "stage", _TWO_STAGES) == [1, 2]


def test_a_target_with_a_kind_takes_only_views_of_that_kind() -> None:
    assert findings("DF101", "stage:shipped", _TWO_STAGES) == [2]
    assert findings("DF101", "stage:builder", _TWO_STAGES) == [1]


def test_a_target_may_name_several_kinds() -> None:
    assert findings("DF101", "stage:builder|shipped", _TWO_STAGES) == [1, 2]


def test_a_kind_that_no_view_has_takes_none() -> None:
    assert findings("DF101", "stage:ship", _TWO_STAGES) == []
