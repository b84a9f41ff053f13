from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.manifests.int_or_percent import IntOrPercent
from cnlint.manifests.quantities import Quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("1E3", 1000),
        ("5.", 5),
        (".5", 0.5),
        ("1k", "1e3"),
        ("+2", 2),
        ("1e-3", "1m"),
    ],
)
def test_the_same_amount_in_two_notations_is_equal(one: object, other: object) -> None:
    assert Quantity.parse(one) == Quantity.parse(other)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("128m", Fraction(128, 1000)),
        ("1n", Fraction(1, 10**9)),
        ("1E", Fraction(10**18)),
        ("1.5Ei", Fraction(3 * 2**59)),
        ("-1", Fraction(-1)),
        ("12e2", Fraction(1200)),
    ],
)
def test_an_amount_is_exact(text: str, amount: Fraction) -> None:
    quantity = Quantity.parse(text)
    assert quantity is not None
    assert quantity.amount == amount


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "Mi",
        "1 Gi",
        "1gi",
        "1Kii",
        "1K i",
        "--1",
        "1.2.3",
        "१",
        "${MEM}",
        None,
        True,
        [],
        {},
        "1e99999",
        "9" * 100,
        float("inf"),
        float("nan"),
        10**60,
    ],
)
def test_what_is_no_quantity_gives_none(value: object) -> None:
    assert Quantity.parse(value) is None


def test_quantities_are_ordered_by_amount_and_shown_as_written() -> None:
    quantities = [Quantity.parse(text) for text in ("1Gi", "1G", "1000Mi", "1")]
    assert [str(one) for one in sorted(one for one in quantities if one)] == ["1", "1G", "1000Mi", "1Gi"]


def test_a_whole_number_is_shown_without_a_fraction() -> None:
    assert [str(Quantity.parse(value)) for value in (1e3, 0.5, 2)] == ["1000", "0.5", "2"]


def test_a_quantity_of_nothing_is_false() -> None:
    assert not Quantity.parse("0Mi")
    assert Quantity.parse("1u")


@given(st.text() | st.floats() | st.integers())
def test_no_value_raises(value: object) -> None:
    quantity = Quantity.parse(value)
    assert quantity is None or quantity == quantity


@pytest.mark.parametrize(
    ("value", "total", "up", "down"), [("25%", 10, 3, 2), ("100%", 3, 3, 3), ("50%", 1, 1, 0), (2, 10, 2, 2)]
)
def test_a_percentage_is_rounded_as_asked(value: object, total: int, up: int, down: int) -> None:
    parsed = IntOrPercent.parse(value)
    assert parsed is not None
    assert (parsed.of(total, round_up=True), parsed.of(total, round_up=False)) == (up, down)


@pytest.mark.parametrize("value", ["1", "-5%", "5.5%", "%", "25 %", -1, 1.5, True, None, [], "٢%"])
def test_what_is_neither_number_nor_percentage_gives_none(value: object) -> None:
    assert IntOrPercent.parse(value) is None
