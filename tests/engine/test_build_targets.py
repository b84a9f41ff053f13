"""Dockerfiles whose builds name another stage than the last one."""

from pathlib import Path

import pytest

import cnlint

_DOCKERFILE = """\
FROM alpine:3.23 AS production
CMD ["/app"]
FROM production AS test
USER 1000
RUN ["/app", "--self-test"]
CMD ["/app"]
"""
_BUILD = "docker build --target {} -t example/app .\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE)
    return tmp_path


def users(repository: Path, **options: object) -> list[int]:
    """Give the lines of the stages that run as root."""
    report = cnlint.check([repository / "Dockerfile"], select=["DF542"], **options)  # type: ignore[arg-type]
    return [finding.line for finding in report.findings]


def workflow(repository: Path, steps: str) -> None:
    path = repository / ".github" / "workflows" / "build.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}")


def test_the_last_stage_ships_when_nothing_is_known(repository: Path) -> None:
    assert users(repository) == []


def test_the_stage_that_a_script_builds_ships(repository: Path) -> None:
    (repository / "build.sh").write_text(_BUILD.format("production"))
    assert users(repository) == [1]


def test_a_stage_is_named_by_its_number_too(repository: Path) -> None:
    (repository / "build.sh").write_text(_BUILD.format("0"))
    assert users(repository) == [1]


def test_the_stage_that_an_action_builds_ships(repository: Path) -> None:
    workflow(repository, "      - uses: docker/build-push-action@v6\n        with: {target: production, push: true}\n")
    assert users(repository) == [1]


def test_builds_that_push_nothing_do_not_count_beside_those_that_do(repository: Path) -> None:
    steps = (
        "      - uses: docker/build-push-action@v6\n        with: {target: production}\n"
        "      - uses: docker/build-push-action@v6\n        with: {push: true}\n"
    )
    workflow(repository, steps)
    assert users(repository) == []


def test_a_target_that_is_only_known_at_run_time_changes_nothing(repository: Path) -> None:
    workflow(repository, "      - uses: docker/build-push-action@v6\n        with: {target: '${{ inputs.target }}'}\n")
    assert users(repository) == []


def test_a_target_that_no_stage_has_changes_nothing(repository: Path) -> None:
    (repository / "build.sh").write_text(_BUILD.format("release"))
    assert users(repository) == []


def test_a_cached_run_gives_the_same(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    (repository / "build.sh").write_text(_BUILD.format("production"))
    assert users(repository, cache=True) == [1]
    assert users(repository, cache=True) == [1]
