"""Reports about builds of programs: messages and fixes."""

from pathlib import Path

from edits import edited

import cnlint


def finding(text: str, code: str, folder: Path) -> cnlint.Finding:
    (folder / "Dockerfile").write_text(text)
    (found,) = cnlint.check([folder / "Dockerfile"], select=[code], root=folder, config=False).findings
    return found


def fixed(text: str, code: str, folder: Path) -> str:
    found = finding(text, code, folder)
    return edited(text, found.fixes[0].edits)


def test_the_architecture_comes_from_the_build(tmp_path: Path) -> None:
    before = "FROM --platform=$BUILDPLATFORM golang:1.27\nCOPY . .\nRUN GOARCH='amd64' go build .\n"
    after = "FROM --platform=$BUILDPLATFORM golang:1.27\nCOPY . .\nARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build .\n"
    assert fixed(before, "DF903", tmp_path) == after


def test_an_argument_that_is_declared_is_not_declared_again(tmp_path: Path) -> None:
    before = 'FROM golang:1.27\nARG TARGETARCH\nENV GOARCH="arm64" A=1\n'
    assert fixed(before, "DF903", tmp_path) == "FROM golang:1.27\nARG TARGETARCH\nENV GOARCH=$TARGETARCH A=1\n"


def test_without_a_sign_of_other_platforms_it_is_a_mere_note(tmp_path: Path) -> None:
    found = finding("FROM golang:1.27\nRUN GOARCH=amd64 go build .\n", "DF903", tmp_path)
    assert (found.severity, found.column, found.end_column) == ("info", 12, 17)
    assert found.message == (
        'GOARCH is fixed to "amd64": an image for another platform would hold a program that does not run there'
    )


def test_the_stage_that_compiles_for_others_is_shown(tmp_path: Path) -> None:
    found = finding("FROM --platform=$BUILDPLATFORM golang\nRUN GOARCH=amd64 go build .\n", "DF903", tmp_path)
    assert (found.severity, [one.line for one in found.related]) == ("warning", [1])


def test_the_program_is_taken_from_where_the_release_is(tmp_path: Path) -> None:
    before = "FROM rust AS b\nRUN cargo build --locked\nFROM debian\nCOPY --from=b /src/target/debug/a /a\n"
    after = "FROM rust AS b\nRUN cargo build --release --locked\nFROM debian\nCOPY --from=b /src/target/release/a /a\n"
    assert fixed(before, "DF905", tmp_path) == after


def test_the_copy_of_a_debug_build_is_shown(tmp_path: Path) -> None:
    text = "FROM rust AS b\nRUN cargo build\nFROM debian\nCOPY --from=b /src/target/debug/a /a\n"
    found = finding(text, "DF905", tmp_path)
    assert [(one.line, one.message) for one in found.related] == [(4, "the program is taken from target/debug here")]
