"""Dockerfiles that cannot be read."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.dockerfile import DockerfileProblem
from cnlint.rules import check


@check("DF001")
def syntax_error(problem: DockerfileProblem) -> Iterator[Report]:
    yield report(problem.place, problem.message)
