"""Files that cannot be read as what they are: one finding each, nothing lost in silence, no crash."""

import os
from pathlib import Path

import pytest

import cnlint

_MANIFEST = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def _codes(root: Path, *paths: Path, **options: object) -> list[str]:
    report = cnlint.check(list(paths) or [root], config=options.pop("config", False), root=root)  # type: ignore[arg-type]
    return [finding.code for finding in report.findings if finding.code.startswith("CNL")]


def test_a_file_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    assert _codes(tmp_path, tmp_path / "Dockerfile") == ["CNL001"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(_MANIFEST, encoding="utf-8")
    path.chmod(0)
    assert _codes(tmp_path) == ["CNL001"]


def test_a_pipe_that_is_named_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Dockerfile")
    assert _codes(tmp_path, tmp_path / "Dockerfile") == ["CNL001"]


def test_a_broken_link_is_reported(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").symlink_to("nowhere.yaml")
    assert _codes(tmp_path) == ["CNL001"]


@pytest.mark.parametrize("name", ["Dockerfile", "app.yaml", "deploy.sh", ".github/workflows/ci.yaml", "action.yml"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\0",
        b"\0\0\0apiVersion: v1\nkind: Pod\n",
        b"\xff\xfe",
        b"apiVersion: v1\nkind: Pod\n\xff\xff",
        b"\r\n\r\n",
        b"\r",
        b"\t\t\t",
        b"apiVersion: v1\nkind: Pod\n\tspec: x\n",
        b"x" * 1_000_000,
        b"apiVersion: v1\nkind: Pod\nx: " + b"[" * 100_000,
        b"{" * 100_000 + b"apiVersion",
        b"- " * 50_000 + b"apiVersion",
        b"RUN <<EOF\n" * 1000,
        b"FROM a\nRUN \\\n" * 1000,
        b"FROM ${" * 10_000,
        b"on: push\njobs: {a: {steps: [{run: '${{ " + b"(" * 10_000 + b" }}'}]}}",
        b"$(" * 10_000,
        b"if " * 10_000,
        b"&a [*a]\napiVersion: v1\nkind: Pod\n",
        b"apiVersion: v1\nkind: Pod\nmetadata: &m\n  x: *m\n",
        "FROM \u202ealpine\u0085\u2028latest\n".encode(),
        b"apiVersion: v1\nkind: Pod\n" + b"--- \n" * 20_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_nasty_bytes_are_survived(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    report = cnlint.check([path], profile="pedantic", config=False, root=tmp_path)
    assert "CNL003" not in {finding.code for finding in report.findings}
    assert [file.path for file in report.files] == [name]


def test_a_file_above_the_size_bound_is_reported_and_the_bound_named(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(_MANIFEST * 100, encoding="utf-8")
    report = cnlint.check([path], config={"limits": {"max-file-size": "1KiB"}}, root=tmp_path)
    [finding] = report.findings
    assert finding.code == "CNL004"
    assert "1024 bytes" in finding.message and "max-file-size" in finding.message


def test_utf_16_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_bytes(_MANIFEST.encode("utf-16"))
    report = cnlint.check([path], config=False, root=tmp_path)
    assert [file.kind for file in report.files] == ["kubernetes"]


def test_the_place_of_a_byte_that_is_not_utf_8_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes("FROM alpine:3.22\n# é".encode() + b"\xfc\n")
    report = cnlint.check([path], config=False, root=tmp_path)
    [finding] = report.findings
    assert (finding.code, finding.line, finding.column) == ("CNL002", 2, 4)


def test_file_names_with_line_breaks_and_control_characters_are_kept(tmp_path: Path) -> None:
    name = "app\n::error::\x1b[31m.yaml"
    (tmp_path / name).write_text(_MANIFEST, encoding="utf-8")
    report = cnlint.check([tmp_path], config=False, root=tmp_path)
    assert [file.path for file in report.files] == [name]


def test_a_broken_document_does_not_hide_the_others(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: [}\n---\n" + _MANIFEST.replace("Namespace", "Secret")
    path = tmp_path / "app.yaml"
    path.write_text(text + "data: {password: c2VjcmV0MTIz}\n", encoding="utf-8")
    codes = {finding.code for finding in cnlint.check([path], config=False, root=tmp_path).findings}
    assert {"K8S100", "K8S389"} <= codes


def test_helm_templates_are_skipped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n", encoding="utf-8")
    (tmp_path / "templates/app.yaml").write_text("{{- if .Values.on }}\napiVersion: v1\n{{ end }}", encoding="utf-8")
    report = cnlint.check([tmp_path], config=False, root=tmp_path)
    assert [(file.path, file.kind) for file in report.files if file.skipped] == [
        ("Chart.yaml", "helm-chart"),
        ("templates/app.yaml", "helm-template"),
    ]
    assert not report.findings


def test_a_named_file_of_no_known_kind_says_so(tmp_path: Path) -> None:
    path = tmp_path / "main.go"
    path.write_text("package main\n", encoding="utf-8")
    report = cnlint.check([path], config=False, root=tmp_path)
    assert [(file.kind, file.skipped) for file in report.files] == [("other", "kind of file not known")]
