"""The cache of results: what is taken from it is what a run without it would say."""

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnlint
from cnlint import cli
from cnlint.engine import cache, file_stage, pool, run
from cnlint.engine.discover import Candidate
from cnlint.findings import RunReport

_TODAY = datetime.date(2026, 11, 22)
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4.2
          ports: [{containerPort: 8080}]
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec:
  selector: {app: orders}
  ports: [{port: 80, targetPort: 8080}]
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cache."""
    path = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(path))
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _write(tmp_path, "deployment.yaml", _DEPLOYMENT)
    _write(tmp_path, "service.yaml", _SERVICE)
    _write(tmp_path, "Dockerfile", "FROM alpine:latest\nCOPY . /app\n")
    return tmp_path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files whose content is looked at, in order; runs empty it."""
    paths: list[str] = []
    check_data = file_stage.check_data

    def note(candidate, *arguments):  # type: ignore[no-untyped-def]
        paths.append(candidate.path)
        return check_data(candidate, *arguments)

    monkeypatch.setattr(file_stage, "check_data", note)
    return paths


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _check(root: Path, *paths: str, use_cache: bool = True, **options: object) -> RunReport:
    given = [root / path for path in paths] or [root]
    settings = {"profile": "pedantic", "config": False, "today": _TODAY} | options
    return cnlint.check(given, root=root, cache=use_cache, **settings)  # type: ignore[arg-type]


def _assert_same_as_without(root: Path, **options: object) -> RunReport:
    report = _check(root, **options)
    assert report == _check(root, use_cache=False, **options)
    return report


def test_unchanged_files_are_not_parsed_again(repository: Path, parsed: list[str]) -> None:
    first = _check(repository)
    parsed.clear()
    assert _check(repository) == first
    assert parsed == []


def test_a_file_that_was_only_touched_is_not_parsed_again(repository: Path, parsed: list[str]) -> None:
    _check(repository)
    os.utime(repository / "Dockerfile", (1, 1))
    parsed.clear()
    _check(repository)
    assert parsed == []


def test_only_the_file_that_changed_is_parsed_again(repository: Path, parsed: list[str]) -> None:
    _check(repository)
    _write(repository, "Dockerfile", "FROM alpine:3.22\nCOPY . /app\n")
    parsed.clear()
    report = _check(repository)
    assert parsed == ["Dockerfile"]
    assert report == _check(repository, use_cache=False)


def test_a_change_of_the_same_size_is_seen(repository: Path) -> None:
    _check(repository)
    _write(repository, "Dockerfile", "FROM alpine:3.22.1\nCOPY . /app\n".replace("3.22.1", "3.22.0"))
    _check(repository)
    _write(repository, "Dockerfile", "FROM alpine:latest\nCOPY . /app\n")
    assert "DF102" in {finding.code for finding in _assert_same_as_without(repository).findings}


def test_a_file_that_changes_while_it_is_checked_is_checked_again(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_file = pool.check_file

    def change_afterwards(candidate: Candidate, *arguments):  # type: ignore[no-untyped-def]
        result = check_file(candidate, *arguments)
        if candidate.path == "Dockerfile":
            _write(repository, "Dockerfile", "FROM alpine:3.22\nUSER 65532\n")
        return result

    with monkeypatch.context() as patch:
        patch.setattr(pool, "check_file", change_afterwards)
        _check(repository)
    _assert_same_as_without(repository)


def test_a_deleted_file_leaves_no_findings(repository: Path) -> None:
    _check(repository)
    (repository / "Dockerfile").unlink()
    report = _assert_same_as_without(repository)
    assert "Dockerfile" not in {finding.path for finding in report.findings}


def test_a_file_that_takes_the_place_of_another_is_parsed(repository: Path) -> None:
    _check(repository)
    (repository / "Dockerfile").rename(repository / "Containerfile")
    assert "Containerfile" in {finding.path for finding in _assert_same_as_without(repository).findings}


def test_findings_of_the_project_change_when_another_file_does(repository: Path, parsed: list[str]) -> None:
    assert "K8S360" not in {finding.code for finding in _check(repository).findings}
    _write(repository, "deployment.yaml", _DEPLOYMENT.replace("app: orders", "app: order"))
    parsed.clear()
    report = _check(repository)
    assert parsed == ["deployment.yaml"]
    assert ("service.yaml", "K8S360") in {(finding.path, finding.code) for finding in report.findings}
    assert report == _check(repository, use_cache=False)


def test_findings_of_the_project_change_when_a_file_goes(repository: Path) -> None:
    _check(repository, complete=True)
    (repository / "deployment.yaml").unlink()
    codes = {finding.code for finding in _assert_same_as_without(repository, complete=True).findings}
    assert "K8S360" in codes


@pytest.mark.parametrize("path", [".dockerignore", "Dockerfile.dockerignore"])
def test_findings_of_the_project_change_with_files_that_are_no_candidates(repository: Path, path: str) -> None:
    _write(repository, path, "dist\n")
    _write(repository, ".env", "TOKEN=1\n")
    assert "DF213" in {finding.code for finding in _check(repository).findings}
    _write(repository, path, ".git\n.env\n.env.*\n")
    assert "DF213" not in {finding.code for finding in _assert_same_as_without(repository).findings}


def test_the_line_that_is_shown_is_that_of_today(repository: Path) -> None:
    wrong_port = _SERVICE.replace("8080", "9090")
    _write(repository, "service.yaml", wrong_port)
    _check(repository)
    _write(repository, "service.yaml", wrong_port.rstrip() + " # of the sidecar\n")
    [finding] = [one for one in _assert_same_as_without(repository).findings if one.code == "K8S362"]
    assert finding.snippet.endswith("# of the sidecar")


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "default"},
        {"select": ["DF102"]},
        {"ignore": ["DF102"]},
        {"today": datetime.date(2020, 1, 1)},
        {"complete": True},
        {"config": {"severity": {"DF102": "error"}}},
        {"config": {"kubernetes-version": "1.30"}},
        {"config": {"rules": {"K8S213": {"init_containers": True}}}},
        {"config": {"per-file-ignores": {"*": ["DF102"]}}},
        {"config": {"limits": {"max-file-size": "64B"}}},
    ],
    ids=str,
)
def test_runs_with_other_settings_do_not_share_results(repository: Path, options: dict[str, object]) -> None:
    _check(repository)
    _assert_same_as_without(repository, **options)
    _assert_same_as_without(repository)


def test_another_version_does_not_share_results(
    repository: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(repository)
    parsed.clear()
    monkeypatch.setattr(cache, "__version__", "999.0.0")
    _check(repository)
    assert set(parsed) == {"Dockerfile", "deployment.yaml", "service.yaml"}


def test_other_rules_do_not_share_results(repository: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _check(repository)
    parsed.clear()
    monkeypatch.setattr(cache.rule_index, "digest", lambda: "other")
    _check(repository)
    assert set(parsed) == {"Dockerfile", "deployment.yaml", "service.yaml"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"files": 1}', b'{"files": {"a": 1}}', b"{" * 9999]
)
@pytest.mark.parametrize("suffix", [".json", ".facts.json"])
def test_a_damaged_cache_is_an_empty_one(repository: Path, folder: Path, suffix: str, content: bytes) -> None:
    _check(repository)
    files = [path for path in folder.iterdir() if path.name.count(".") == suffix.count(".")]
    assert files
    for path in files:
        path.write_bytes(content)
    _write(repository, "deployment.yaml", _DEPLOYMENT.replace("1.4.2", "1.4.3"))
    _assert_same_as_without(repository)


def test_damaged_entries_are_passed_over(repository: Path, folder: Path) -> None:
    _check(repository)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"DF102", b"DF9999").replace(b"K8S", b"8S"))
    _assert_same_as_without(repository)


def test_facts_that_are_lost_are_gathered_again(repository: Path, folder: Path) -> None:
    _check(repository)
    for path in folder.glob("*.facts.json"):
        path.unlink()
    _write(repository, "deployment.yaml", _DEPLOYMENT.replace("app: orders", "app: order"))
    assert "K8S360" in {finding.code for finding in _assert_same_as_without(repository).findings}
    _assert_same_as_without(repository)


def test_files_that_a_rule_crashed_on_are_checked_again(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no luck")

    with monkeypatch.context() as patch:
        patch.setattr(file_stage, "_parse", fail)
        assert {finding.code for finding in _check(repository).findings} == {"CNL003"}
    _assert_same_as_without(repository)


def test_the_number_of_indexes_is_bounded(repository: Path, folder: Path) -> None:
    for day in range(1, 25):
        _check(repository, today=datetime.date(2026, 10, day))
    assert len([path for path in folder.iterdir() if not path.name.endswith(".facts.json")]) <= 16
    assert len(list(folder.iterdir())) <= 32


def test_entries_of_files_that_are_gone_do_not_pile_up(repository: Path, folder: Path) -> None:
    for number in range(30):
        _write(repository, f"service-{number}.yaml", _SERVICE)
        _check(repository)
        (repository / f"service-{number}.yaml").unlink()
    _write(repository, "service.yaml", _SERVICE + "# changed\n")
    _check(repository)
    assert not [path.name for path in folder.iterdir() if b"service-1.yaml" in path.read_bytes()]


def test_a_folder_that_cannot_be_written_is_no_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(repository / "Dockerfile" / "cache"))
    _assert_same_as_without(repository)


def test_a_large_project_is_read_around_one_file_only_once_the_cache_knows_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "MAX_UNASKED_CONTEXT", 1)
    notes = [file.skipped for file in _check(repository, "service.yaml").files if file.kind == "project"]
    assert notes == ["2 other files of the project were not read for links; name the root to include them"]
    _check(repository)
    assert not [file for file in _check(repository, "service.yaml").files if file.kind == "project"]


def test_runs_at_the_same_time_leave_a_cache_that_can_be_read(repository: Path, folder: Path) -> None:
    for number in range(40):
        _write(
            repository, f"services/service-{number}.yaml", _SERVICE.replace("name: orders", f"name: orders-{number}")
        )
    command = [sys.executable, "-m", "cnlint", "check", str(repository), "--root", str(repository), "--no-config", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])}
    started = [subprocess.Popen([*command, "--today", "2026-11-22"], env=environment) for _ in range(4)]
    assert {one.wait() for one in started} == {1}
    assert not list(folder.glob("*.tmp"))
    _assert_same_as_without(repository, profile="default")


def test_the_cache_is_cleared(repository: Path, folder: Path) -> None:
    _check(repository)
    cache.clear_cache()
    assert not folder.exists()
    _assert_same_as_without(repository)
