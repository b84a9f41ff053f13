"""Reports: the formats in which the result of a run is written, each in a module loaded when it is asked for."""

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cnlint.findings import RunReport
    from cnlint.rule_index import RuleDocs
    from cnlint.rules import RuleSet

FORMATS = {
    "text": "cnlint.report.text",
    "concise": "cnlint.report.concise",
    "sarif": "cnlint.report.sarif",
    "json": "cnlint.report.json",
    "github": "cnlint.report.github",
    "junit": "cnlint.report.junit",
    "gitlab": "cnlint.report.gitlab",
    "markdown": "cnlint.report.markdown",
}
"""The module of each format; it has ``render(report, rules, options) -> Iterator[str]``."""


class ReportOptions(NamedTuple):
    """What a report may depend on besides the findings."""

    color: bool = False
    """Whether to colour for a terminal."""
    width: int | None = None
    """Columns of the terminal, to wrap messages and shorten source lines; ``None``: not a terminal, wrap nothing."""
    verbose: bool = False
    """Whether to list the files that were skipped."""
    docs: "Callable[[str], RuleDocs] | None" = None
    """Gives the documentation of a rule by its code; ``None``: that of the rules that come with cnlint."""

    def docs_of(self, code: str) -> "RuleDocs":
        """Give the documentation of a rule."""
        if self.docs is not None:
            return self.docs(code)
        from cnlint import rule_index

        return rule_index.docs(code)


def render(name: str, report: "RunReport", rules: "RuleSet", options: ReportOptions | None = None) -> Iterator[str]:
    """Write a report in the format called ``name`` (see `FORMATS`), as pieces of text to be written one after another.

    Every piece can be encoded in UTF-8. Raises ``KeyError`` for an unknown format.
    """
    module = importlib.import_module(FORMATS[name])
    pieces: Iterator[str] = module.render(report, rules, options or ReportOptions())
    return pieces
