"""Runs over several processes: the same result as in one, and what becomes of a process that dies."""

import datetime
import multiprocessing
import os
from pathlib import Path

import pytest

import cnlint
from cnlint.engine import file_stage, pool
from cnlint.findings import RunReport

_TODAY = datetime.date(2026, 11, 22)
_POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{0}}}\nspec: {{containers: [{{name: c, image: a:{0}}}]}}\n"
_DOCKERFILE = "FROM alpine:latest\nCMD a {0}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of so many files that they are spread over processes."""
    for number in range(pool.MIN_FILES_FOR_PROCESSES):
        (tmp_path / f"pod-{number:03}.yaml").write_text(_POD.format(number), encoding="utf-8")
        (tmp_path / f"Dockerfile.{number:03}").write_text(_DOCKERFILE.format(number), encoding="utf-8")
    return tmp_path


def _check(repository: Path, jobs: int) -> RunReport:
    return cnlint.check([repository], profile="pedantic", config=False, root=repository, today=_TODAY, jobs=jobs)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_find_the_same_however_they_are_started(
    repository: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_process_context", lambda: multiprocessing.get_context(method))
    assert _check(repository, jobs=3) == _check(repository, jobs=1)


def test_few_files_are_checked_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pool, "_in_processes")
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    assert _check(tmp_path, jobs=8).findings


def test_a_machine_without_shared_memory_checks_in_this_process(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr(pool, "_executor", refuse)
    assert _check(repository, jobs=2) == _check(repository, jobs=1)


@pytest.fixture
def fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that have what a test replaces."""
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("processes cannot be forked here")
    monkeypatch.setattr(pool, "_process_context", lambda: multiprocessing.get_context("fork"))


@pytest.mark.usefixtures("fork")
def test_a_file_that_kills_its_process_is_reported_and_the_others_are_checked(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {finding for finding in _check(repository, jobs=1).findings if finding.path != "pod-040.yaml"}
    check_data = file_stage.check_data

    def die(candidate, *arguments):  # type: ignore[no-untyped-def]
        if candidate.path == "pod-040.yaml":
            os._exit(139)
        return check_data(candidate, *arguments)

    monkeypatch.setattr(file_stage, "check_data", die)
    report = _check(repository, jobs=2)
    [crash] = [finding for finding in report.findings if finding.path == "pod-040.yaml"]
    assert crash.code == "CNL003"
    assert "the process that checked the file died" in crash.message
    assert {finding for finding in report.findings if finding != crash} == expected
    assert len(report.files) == 2 * pool.MIN_FILES_FOR_PROCESSES


@pytest.mark.usefixtures("fork")
def test_an_exception_in_a_process_is_a_finding(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(file_stage, "_parse", fail)
    report = _check(repository, jobs=2)
    assert {finding.code for finding in report.findings} == {"CNL003"}
    assert {finding.path for finding in report.findings} == {file.path for file in report.files}
