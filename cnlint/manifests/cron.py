"""Schedules of cron: five fields of numbers, names, ranges, steps and lists, and what is written in their place."""

from functools import cache
from typing import NamedTuple

from cnlint.data import table
from cnlint.syntax.patterns import regex

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_INTERVAL = regex(r"@every [+-]?(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h))+")
_ZONE = regex(r"(?:CRON_)?TZ=(\S*)(?:\s+|$)")
_SHORT_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_LONGEST_NUMBER = 6


class _Field(NamedTuple):
    name: str
    least: int
    most: int
    names: tuple[str, ...]
    """Names of the values, from the least one on."""


_FIELDS = (
    _Field("minute", 0, 59, ()),
    _Field("hour", 0, 23, ()),
    _Field("day of the month", 1, 31, ()),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _WEEKDAYS),
)


class CronError(ValueError):
    """A schedule that cannot be read; the text says why."""


class CronSchedule(NamedTuple):
    """When a schedule of five fields comes up."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_weekday: bool
    """Whether the days of the week are left open; else a day that fits either of the two fields of days will do."""

    @property
    def never_comes(self) -> bool:
        """Whether no month has such a day, as there is no 30th of February."""
        return self.any_weekday and all(min(self.days) > _SHORT_MONTHS.get(month, 31) for month in self.months)


def parse_cron(text: str, *, question_mark: bool = False) -> CronSchedule:
    """Read five fields; raises `CronError`. ``question_mark`` allows ``?`` for ``*``.

    Sunday is 0 alone: neither Kubernetes nor GitHub take 7 for it.
    """
    words = text.split()
    if len(words) != len(_FIELDS):
        count = "is empty" if not words else f"has {len(words)} field{'s' if len(words) > 1 else ''}, and 5 are wanted"
        raise CronError(f"{count}: it must not begin with one for seconds" if len(words) == 6 else count)
    wild = ("*", "?") if question_mark else ("*",)
    minutes, hours, days, months, weekdays = (
        _values(field, word, wild) for field, word in zip(_FIELDS, words, strict=True)
    )
    return CronSchedule(minutes, hours, days, months, weekdays, words[4] in wild)


def is_macro(text: str) -> bool:
    """Tell whether a text stands for a whole schedule: ``@daily``, ``@every 1h30m``."""
    return text in _MACROS or _INTERVAL.fullmatch(text) is not None


def split_zone(text: str) -> tuple[str | None, str]:
    """Take ``TZ=`` or ``CRON_TZ=`` off the start of a schedule: the name of the zone, if there is one, and the rest."""
    match = _ZONE.match(text)
    return (match[1], text[match.end() :]) if match else (None, text)


@cache
def time_zones() -> frozenset[str]:
    """Give the names of the IANA time zone database."""
    zones = table("time-zones")["zones"]
    return frozenset(f"{area}/{name}" if area else name for area, names in zones.items() for name in names)


def _values(field: _Field, word: str, wild: tuple[str, ...]) -> frozenset[int]:
    # Kubernetes reads over commas too many.
    parts = [part for part in word.split(",") if part] or [word]
    return frozenset(number for part in parts for number in _range(field, part, wild))


def _range(field: _Field, part: str, wild: tuple[str, ...]) -> range:
    span, slash, step_text = part.partition("/")
    low_text, hyphen, high_text = span.partition("-")
    if span in wild:
        low, high = field.least, field.most
    else:
        low = _number(field, low_text, part)
        # A step without an end goes on to the last value: 5/15 is 5-59/15.
        high = _number(field, high_text, part) if hyphen else field.most if slash else low
    step = _digits(step_text) if slash else 1
    if step is None or step == 0:
        raise CronError(f'has the step "{step_text}" in the {field.name}, which is no number above 0')
    if low > high:
        raise CronError(f'has the range "{span}" in the {field.name}, which ends before it begins')
    return range(low, high + 1, step)


def _number(field: _Field, text: str, part: str) -> int:
    name = text.casefold()
    number = field.least + field.names.index(name) if name in field.names else _digits(text)
    if number is None:
        kind = "number or name" if field.names else "number"
        raise CronError(f'has "{part}" in the {field.name}, which is no {kind}')
    if not field.least <= number <= field.most:
        raise CronError(f"has {number} in the {field.name}, which goes from {field.least} to {field.most}")
    return number


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None
