"""Files and documents that do not hold the manifests that they seem to hold."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.kubernetes import ManifestProblem, YamlDocument
from cnlint.manifests.pasted import broken_separator, first_line, seams
from cnlint.rules import check
from cnlint.syntax.source import Span


@check("K8S100")
def invalid_yaml(problem: ManifestProblem) -> Iterator[Report]:
    if broken_separator(problem) is None:
        yield report(problem.place, f"this document is not valid YAML: {problem.message}")


@check("K8S102")
def missing_document_separator(document: YamlDocument) -> Iterator[Report]:
    if not document.mapping().keys() & {"apiVersion", "metadata"}:
        return
    for seam in seams(document.document):
        lost = f"the {seam.kind_above} above it" if seam.kind_above else "the one above it"
        start = first_line(seam)
        place = Place(seam.source.path, seam.key)
        insert = Edit(Span(start, 1, start, 1), "---\n")
        yield report(
            place,
            f'a second manifest begins here without a "---" line before it, and {lost} is lost',
            fixes=[Fix('insert a "---" line', (insert,), safe=True)] if seam.key.column == 1 else [],
        )


@check("K8S102")
def broken_document_separator(problem: ManifestProblem) -> Iterator[Report]:
    separator = broken_separator(problem)
    if separator is not None:
        path, text = problem.source.path, problem.source.line(separator.line.line)
        yield report(
            Place(path, separator.key),
            f'a second manifest begins here, but the line before it is "{text}" in place of "---"',
            related=[Related(Place(path, separator.line), 'only "---" at the start of a line separates documents')],
            fixes=[Fix('write "---"', (Edit(separator.line, "---"),), safe=True)],
        )
