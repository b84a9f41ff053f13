"""What is proposed in findings in Dockerfiles."""

import datetime

import pytest

import cnlint


def finding(text: str, code: str, tmp_path) -> cnlint.Finding:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(text)
    report = cnlint.check(
        [tmp_path / "Dockerfile"], select=[code], root=tmp_path, config=False, today=datetime.date(2026, 11, 22)
    )
    (found,) = report.findings
    return found


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("golang:1.20-alpine", "use golang:1.26-alpine"),
        ("golang:1.22.5-alpine3.18", "use golang:1.26-alpine3.22"),
        ("docker.io/library/node:16", "use docker.io/library/node:22"),
        ("debian:buster-slim", "use debian:trixie-slim"),
        ("python:3.7-slim-buster", "use python:3.11-slim-trixie"),
        ("python:3.12-buster", "use python:3.12-trixie"),
        ("mcr.microsoft.com/dotnet/sdk:5.0", "use mcr.microsoft.com/dotnet/sdk:10.0"),
        ("traefik:v2.4", "use Traefik 3.7"),
    ],
)
def test_an_image_of_a_supported_release_is_proposed(image: str, hint: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert finding(f"FROM {image}\n", "DF104", tmp_path).hint == hint


def test_the_end_of_support_and_the_nearest_release_are_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = finding("FROM golang:1.20-alpine AS build\n", "DF104", tmp_path)
    assert (found.column, found.end_column) == (13, 24)
    assert found.message == (
        'base image "golang:1.20-alpine" is Go 1.20, whose support ended on 2024-02-06;'
        " the nearest supported release is Go 1.26"
    )


def test_long_term_support_makes_the_end_less_severe(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = finding("FROM debian:bookworm\n", "DF104", tmp_path)
    assert found.severity == "info"
    assert "long-term support until 2028-06-30" in found.message
