"""Files that cannot be read as what they are; the engine itself reports those it cannot open or decode."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.problems import YamlProblem
from cnlint.rules import check


@check("CNL007")
def yaml_syntax_error(problem: YamlProblem) -> Iterator[Report]:
    yield report(problem.place, problem.message)
