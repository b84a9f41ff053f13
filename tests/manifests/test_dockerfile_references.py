"""The stages and images that instructions name."""

import pytest

from cnlint.manifests.dockerfile import Dockerfile, read_dockerfile
from cnlint.manifests.dockerfile_references import Reference
from cnlint.syntax.source import Source


def dockerfile(text: str) -> Dockerfile:
    return read_dockerfile(Source("Dockerfile", text)).dockerfile


def references(text: str) -> list[Reference]:
    return dockerfile(text).instructions[-1].references


def stage_of(reference: str) -> int | None:
    """Give the number of the stage that a reference in the second of three stages means."""
    file = dockerfile(f"FROM a AS build\nFROM b AS self\n{reference}\nFROM c AS later\n")
    (found,) = file.stages[1].instructions[0].references
    return found.stage.index if found.stage else None


@pytest.mark.parametrize(
    ("reference", "index"),
    [
        ("COPY --from=BUILD /x /y", 0),
        ("COPY --from=0 /x /y", 0),
        ("COPY --from=self /x /y", 1),
        ("COPY --from=later /x /y", 2),
        ("COPY --from=2 /x /y", 2),
        ("COPY --from=3 /x /y", None),
        ("COPY --from=$X /x /y", None),
        ("COPY --from=image:1 /x /y", None),
        ("RUN --mount=from=build,target=/x make", 0),
        ("RUN --mount=from=0,target=/x make", None),
        ("ONBUILD COPY --from=build /x /y", None),
    ],
)
def test_a_name_or_number_means_a_stage(reference: str, index: int | None) -> None:
    if reference.startswith("ONBUILD"):
        file = dockerfile(f"FROM a AS build\n{reference}\n")
        trigger = file.instructions[-1].trigger
        assert trigger is not None and trigger.references[0].stage is None
        return
    assert stage_of(reference) == index


def test_from_means_earlier_stages_only() -> None:
    file = dockerfile("FROM later\nFROM a AS later\nFROM LATER\n")
    assert [file.instructions[index].references[0].stage for index in (0, 2)] == [None, file.stages[1]]


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("FROM --platform=$BUILDPLATFORM golang:1.27 AS x", "golang:1.27"),
        ("FROM scratch", None),
        ("FROM a", None),
        ("COPY --from=nginx:1.29 /x /y", "nginx:1.29"),
        ("COPY --from=a /x /y", None),
        ("COPY --from=0 /x /y", None),
        ("COPY --from=9 /x /y", None),
        ("COPY --from=context /x /y", None),
        ("COPY --from=$X/a:1 /x /y", None),
        ("COPY --chown=1 /x /y", None),
        ("RUN --mount=type=bind,from=ghcr.io/a/b:1,target=/x make", "ghcr.io/a/b:1"),
        ("RUN --mount=type=cache,target=/x make", None),
        ("ADD --from=nginx:1.29 /x /y", None),
    ],
)
def test_an_image_is_what_is_no_stage(line: str, image: str | None) -> None:
    found = [reference.image for reference in references(f"FROM b AS a\n{line}\n")]
    assert [one.text for one in found if one] == ([image] if image else [])


def test_what_onbuild_puts_off_is_an_image_when_it_looks_like_one() -> None:
    file = dockerfile("FROM a\nONBUILD COPY --from=nginx:1.29 /x /y\nONBUILD COPY --from=nginx /x /y\n")
    images = [one.trigger.references[0].image for one in file.instructions[1:] if one.trigger]
    assert [image is None for image in images] == [False, True]


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("FROM golang:1.27", (6, 17)),
        ("COPY --chown=1 --from=golang:1.27 /x /y", (23, 34)),
        ('COPY --from="golang:1.27" /x /y', (6, 26)),
        ("RUN --mount=from=golang:1.27,target=/x make", (18, 29)),
        ('RUN --mount="from=golang:1.27,target=/x" make', (5, 41)),
    ],
)
def test_a_reference_has_a_place(line: str, columns: tuple[int, int]) -> None:
    span = references(f"FROM a\n{line}\n")[0].place.span
    assert (span.column, span.end_column) == columns


@pytest.mark.parametrize(("part", "columns"), [("1.27", (20, 24)), ("2", (22, 23)), ("9", (13, 24))])
def test_a_part_of_a_reference_has_a_place(part: str, columns: tuple[int, int]) -> None:
    (one,) = references("FROM a\nCOPY --from=golang:1.27 /x /y\n")
    span = one.part_place(part).span
    assert (span.column, span.end_column) == columns
