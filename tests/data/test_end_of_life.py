"""The table of end-of-life dates and the ways into it."""

import datetime

import pytest

from cnlint.data import table
from cnlint.data.end_of_life import cycle_of, cycle_of_product, nearest_supported, operating_system_of

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("image", "tag", "product", "cycle"),
    [
        ("golang", "1.20-alpine", "go", "1.20"),
        ("golang", "1.20.3", "go", "1.20"),
        ("node", "16-alpine", "nodejs", "16"),
        ("node", "lts-alpine", None, None),
        ("python", "3.7-slim", "python", "3.7"),
        ("python", "2", "python", "2.7"),
        ("python", "3", None, None),
        ("debian", "buster-slim", "debian", "10"),
        ("debian", "10.13", "debian", "10"),
        ("ubuntu", "18.04", "ubuntu", "18.04"),
        ("ubuntu", "focal-20230126", "ubuntu", "20.04"),
        ("alpine", "3.14", "alpine-linux", "3.14"),
        ("alpine", "edge", None, None),
        ("eclipse-temurin", "8u302-b08-jdk", "eclipse-temurin", "8"),
        ("mcr.microsoft.com/dotnet/sdk", "5.0", "dotnet", "5"),
        ("mcr.microsoft.com/dotnet/core/aspnet", "3.1-buster-slim", "dotnet", "3.1"),
        ("traefik", "v2.4", "traefik", "2.4"),
        ("postgres", "9", "postgresql", "9.6"),
        ("golang", "1", None, None),
        ("golang", "1.99", None, None),
        ("example/unknown", "1.20", None, None),
        ("golang", None, None, None),
    ],
)
def test_a_tag_means_a_release_cycle(image: str, tag: str | None, product: str | None, cycle: str | None) -> None:
    found = cycle_of(image, tag)
    assert (found and found.product, found and found.cycle) == (product, cycle)


@pytest.mark.parametrize(
    ("tag", "label"),
    [
        ("3.8-slim-buster", "Debian 10 (buster)"),
        ("1.16-alpine3.14", "Alpine 3.14"),
        ("6.0-focal", "Ubuntu 20.04 (focal)"),
        ("11.0-base-ubuntu18.04", "Ubuntu 18.04 (bionic)"),
        ("java11-debian10", "Debian 10 (buster)"),
        ("ubuntu", None),
        ("1.20-alpine", None),
        (None, None),
    ],
)
def test_a_tag_names_its_distribution(tag: str | None, label: str | None) -> None:
    found = operating_system_of(tag)
    assert (found and found.label) == label


def test_a_language_is_found_by_its_other_names() -> None:
    assert cycle_of_product("golang", "1.20") == cycle_of_product("go", "1.20.14")
    assert cycle_of_product("node", "18") == cycle_of_product("nodejs", "18.x")


def test_a_cycle_has_ended_the_day_after_its_end() -> None:
    cycle = cycle_of("golang", "1.20")
    assert cycle is not None
    assert cycle.eol == datetime.date(2024, 2, 6)
    assert not cycle.has_ended(datetime.date(2024, 2, 6))
    assert cycle.has_ended(datetime.date(2024, 2, 7))
    assert not cycle.has_ended(datetime.date(2024, 2, 7), grace_days=30)


def test_long_term_support_counts_only_when_it_is_asked_for() -> None:
    bookworm = cycle_of("debian", "bookworm")
    assert bookworm is not None
    assert bookworm.has_ended(TODAY)
    assert not bookworm.has_ended(TODAY, extended=True)


@pytest.mark.parametrize(
    ("product", "cycle", "nearest"),
    [
        ("go", "1.20", "1.26"),
        ("nodejs", "16", "22"),
        ("ubuntu", "18.04", "22.04"),
        ("aws-lambda", "python3.7", "python3.11"),
        ("aws-lambda", "go1.x", None),
        ("python", None, "3.14"),
    ],
)
def test_the_nearest_supported_cycle_is_the_smallest_step_up(
    product: str, cycle: str | None, nearest: str | None
) -> None:
    found = nearest_supported(product, TODAY, cycle)
    assert (found and found.cycle) == nearest


def test_the_table_says_where_and_when_it_comes_from() -> None:
    assert table("end-of-life")["source"]
    assert datetime.date.fromisoformat(table("end-of-life")["date"])


def test_every_end_is_a_date_or_a_boolean() -> None:
    for product in table("end-of-life")["products"].values():
        for end in product["cycles"].values():
            assert isinstance(end, bool) or datetime.date.fromisoformat(end)
