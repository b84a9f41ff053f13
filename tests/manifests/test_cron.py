"""Schedules of cron."""

import pytest

from cnlint.manifests.cron import CronError, is_macro, parse_cron, split_zone, time_zones


def test_steps_ranges_lists_and_names_are_read() -> None:
    schedule = parse_cron("*/20 8-12/2,22 1,15 JAN-mar mon-FRI")
    assert schedule.minutes == {0, 20, 40}
    assert schedule.hours == {8, 10, 12, 22}
    assert schedule.days == {1, 15}
    assert schedule.months == {1, 2, 3}
    assert schedule.weekdays == {1, 2, 3, 4, 5}


def test_a_step_without_an_end_goes_on_to_the_last_value() -> None:
    assert parse_cron("50/5 * * * *").minutes == {50, 55}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("* * * *", "has 4 fields, and 5 are wanted"),
        ("0 * * * * *", "has 6 fields, and 5 are wanted: it must not begin with one for seconds"),
        ("60 * * * *", "has 60 in the minute, which goes from 0 to 59"),
        ("0 0 0 * *", "has 0 in the day of the month, which goes from 1 to 31"),
        ("0 0 * * 7", "has 7 in the day of the week, which goes from 0 to 6"),
        ("0 0 * foo *", 'has "foo" in the month, which is no number or name'),
        ("0 0 L * *", 'has "L" in the day of the month, which is no number'),
        ("10-5 * * * *", 'has the range "10-5" in the minute, which ends before it begins'),
        ("*/0 * * * *", 'has the step "0" in the minute, which is no number above 0'),
        ("*/ * * * *", 'has the step "" in the minute, which is no number above 0'),
        (", * * * *", 'has "," in the minute, which is no number'),
        ("0 0 ? * *", 'has "?" in the day of the month, which is no number'),
        ("1" * 5000 + " * * * *", "which is no number"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert str(caught.value).endswith(problem)


def test_a_question_mark_may_stand_for_a_star() -> None:
    assert parse_cron("0 0 ? * ?", question_mark=True) == parse_cron("0 0 * * *")


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_days_that_no_month_has_never_come(text: str) -> None:
    assert parse_cron(text).never_comes


@pytest.mark.parametrize("text", ["0 0 29 2 *", "0 0 30 2 1", "0 0 31 4,5 *", "0 0 * * *"])
def test_other_days_come(text: str) -> None:
    assert not parse_cron(text).never_comes


@pytest.mark.parametrize("text", ["@daily", "@every 1h30m", "@every 1.5h"])
def test_macros_stand_for_a_schedule(text: str) -> None:
    assert is_macro(text)


@pytest.mark.parametrize("text", ["@reboot", "@Daily", "@every", "@every 1d", "0 0 * * *"])
def test_other_words_do_not(text: str) -> None:
    assert not is_macro(text)


def test_a_time_zone_at_the_start_is_taken_off() -> None:
    assert split_zone("CRON_TZ=Europe/Berlin 0 3 * * *") == ("Europe/Berlin", "0 3 * * *")
    assert split_zone("TZ=UTC") == ("UTC", "")
    assert split_zone("0 3 * * *") == (None, "0 3 * * *")


def test_time_zones_are_those_of_iana() -> None:
    assert {"UTC", "Europe/Kyiv", "America/Argentina/Ushuaia", "Etc/GMT+5"} <= time_zones()
    assert not {"Local", "", "localtime", "europe/berlin"} & time_zones()
