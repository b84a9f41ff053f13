"""Which names are taken for typing errors of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.graph.names import Names, edit_distance, nearest_name, typing_distance


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("orders-confg", "orders-config"),
        ("payment-servce", "payment-service"),
        ("Orders", "orders"),
        ("goapp", "go-app"),
        ("go-app-secret", "go-app-secrets"),
        ("db-host", "db_host"),
        ("frontned", "frontend"),
    ],
)
def test_a_letter_or_a_separator_apart_is_near(name: str, other: str) -> None:
    assert typing_distance(name, other) in (1, 2)
    assert nearest_name(name, ["something-else", other]) == other


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("db-1", "db-2"),
        ("v1", "v2"),
        ("orders-blue", "orders-red"),
        ("api", "app"),
        ("cart", "checkout"),
        ("orders", "orders-config"),
        ("shop-a-prod", "shop-b-test"),
        ("", "a"),
        ("worker10", "worker12"),
    ],
)
def test_numbers_and_short_words_differ_on_purpose(name: str, other: str) -> None:
    assert typing_distance(name, other) is None
    assert nearest_name(name, [other]) is None


def test_equal_names_are_no_near_miss() -> None:
    assert typing_distance("orders", "orders") == 0
    assert nearest_name("orders", ["orders"]) is None


def test_the_nearest_of_several_is_given() -> None:
    assert nearest_name("orders-confg", ["orders-conffig", "orders-config"]) == "orders-config"


@given(st.text("ab-", max_size=6), st.text("ab-", max_size=6))
def test_edit_distance_is_symmetric_and_bounded(left: str, right: str) -> None:
    distance = edit_distance(left, right, 2)
    assert distance == edit_distance(right, left, 2)
    assert 0 <= distance <= 3
    assert (distance == 0) == (left == right)


def test_swapped_neighbours_count_as_one_edit() -> None:
    assert edit_distance("form", "from", 2) == 1


@given(st.lists(st.text("ab-C", max_size=9), max_size=6), st.text("ab-C", max_size=9))
def test_names_that_are_looked_up_are_those_that_a_search_finds(names: list[str], name: str) -> None:
    assert Names(names).nearest(name) == nearest_name(name, names)
    assert Names(names).near(name) == sorted({other for other in names if typing_distance(name, other)})
