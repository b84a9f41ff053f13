"""Judging what Helm charts become when they are rendered; findings, suppressions and facts stand in the templates."""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnlint.engine import classify, file_stage
from cnlint.engine.discover import Candidate
from cnlint.engine.results import Directive, FileResult
from cnlint.engine.suppression import directives_of
from cnlint.findings import Finding, RelatedLocation
from cnlint.graph.charts import RenderedChart, encode_rendered
from cnlint.graph.facts import encode_summary
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span
from cnlint.syntax.templates import LineMap, Template

if TYPE_CHECKING:
    from cnlint.engine.file_stage import FileStage
    from cnlint.engine.helm import Helm, Rendering

_CHART_KINDS = (classify.HELM_CHART, classify.HELM_TEMPLATE, classify.HELM_VALUES)
_NOTHING = "nothing is rendered from it with the values of its Helm chart"
_TEST = "test of a Helm chart"
_OTHER_VALUES = "values that no Helm chart is rendered with"
_SEPARATOR = "---"
_COMMENT_MARKS = regex(r"\{\{-?[ \t]*/\*|\*/[ \t]*-?\}\}")
_START = Span(1, 1, 1, 1)


def with_charts(results: list[FileResult], helm: "Helm", stage: "FileStage", jobs: int) -> list[FileResult]:
    """Give the results of files with those of the charts among them rendered."""
    charts = _charts_among(results, stage.root)
    if not charts:
        return results
    helm.render(charts, stage, jobs)
    judges = [_Chart(folder, files, helm.renderings(folder), stage) for folder, files in charts.items()]
    dispatcher = stage.dispatcher()
    texts = [text for judge in judges for text in judge.texts]
    for text in texts:
        data = text.text.encode("utf-8", "replace")
        candidate = Candidate(text.path, classify.YAML, named=True)
        text.result = file_stage.check_data(candidate, data, stage, dispatcher)
    if stage.shellcheck is not None:
        from cnlint.engine.shellcheck import complete

        complete([text.result for text in texts], stage.shellcheck, dispatcher, jobs)
    replaced = {result.path: result for judge in judges for result in judge.results()}
    values = {path: result for judge in judges for path, result in judge.values.items()}
    return [replaced.get(result.path) or values.get(result.path) or result for result in results]


def without_fixes(findings: Iterable[Finding], results: Iterable[FileResult]) -> list[Finding]:
    """Take the fixes from findings in templates: they would change what is rendered, not the template."""
    templates = {result.path for result in results if result.kind == classify.HELM_TEMPLATE}
    return [one._replace(fixes=()) if one.fixes and one.path in templates else one for one in findings]


def _charts_among(results: Iterable[FileResult], root: str) -> dict[str, list[FileResult]]:
    """Give the files of each chart, those of the charts within it included, by its folder."""
    known: dict[str, bool] = {}
    found: dict[str, list[FileResult]] = {}
    for result in results:
        if result.kind in _CHART_KINDS and not result.failed:
            folder = classify.helm_chart_of(result.path, root, known)
            if folder is not None:
                found.setdefault(_outermost(folder, root, known), []).append(result)
    return found


def _outermost(chart: str, root: str, known: dict[str, bool]) -> str:
    """Give the folder of the chart that a chart is part of; its own, if it is part of none."""
    while os.path.basename(parent := os.path.dirname(chart)) == "charts":
        above = os.path.dirname(parent)
        if classify.helm_chart_of(f"{above}/Chart.yaml" if above else "Chart.yaml", root, known) != above:
            break
        chart = above
    return chart


class _Text:
    """What is rendered from one template with one file of values."""

    def __init__(self, source: Source, template: Template, documents: Sequence[str], values: str) -> None:
        self.path = source.path
        self.source = source
        self.values = values
        lines: list[str] = []
        numbers: list[int] = []
        for document in documents:
            own = document.rstrip("\n").split("\n")
            places = template.align(own)
            lines += (_SEPARATOR, *own)
            numbers += (places[0], *places)
        self.text = "\n".join((*lines, ""))
        self.lines = LineMap.of([*lines, ""], template.lines, [*numbers, numbers[-1]])
        self.result = FileResult(source.path, classify.HELM_TEMPLATE)

    def findings(self) -> Iterable[Finding]:
        """Give the findings at their places in the template; fixes would change what is rendered, not the template."""
        for finding in self.result.findings:
            span = Span(finding.line, finding.column, finding.end_line, finding.end_column)
            line, column, end_line, end_column = self.lines.place(span)
            related = tuple(
                one._replace(span=self.lines.place(one.span)) if one.path == self.path else one
                for one in finding.related
            )
            placed = finding._replace(
                line=line, column=column, end_line=end_line, end_column=end_column, related=related, fixes=()
            )
            yield file_stage.with_snippet(placed, self.source)

    def directives(self) -> Iterable[Directive]:
        """Give the suppressions with the lines of the template that they reach."""
        for one in self.result.directives:
            first, last = self.lines.lines_between(one.first_line, one.last_line)
            if one.last_line > self.text.count("\n") + 1:
                # It is for the whole file.
                first, last = one.first_line, one.last_line
            yield one._replace(first_line=first, last_line=last, span=self.lines.place(one.span))


class _Chart:
    """One chart with all that was rendered from it."""

    def __init__(
        self, folder: str, files: Sequence[FileResult], renderings: Sequence["Rendering"], stage: "FileStage"
    ) -> None:
        self._folder = folder
        self._files = files
        self._good = [one for one in renderings if not one.failure]
        self._failure = renderings[0].failure
        # Without rules, only facts are wanted, and these are of what is rendered first.
        wanted = self._good if stage.rules else self._good[:1]
        self._by_path: dict[str, list[_Text]] = {}
        for file in files:
            if file.kind == classify.HELM_TEMPLATE and any(file.path in one.documents for one in wanted):
                self._by_path[file.path] = list(_texts_of(file.path, wanted, stage))
        self.values = {one.values: _result_of_values(one) for one in renderings if one.values}
        """The results of the files of values besides the chart's own."""

    @property
    def texts(self) -> list[_Text]:
        """All that was rendered from templates among the files."""
        return [text for texts in self._by_path.values() for text in texts]

    def results(self) -> Iterable[FileResult]:
        """Yield the new results of the files."""
        for file in self._files:
            if not self._good:
                reason = f"not rendered: {self._failure}"
                yield FileResult(file.path, file.kind, reason, templated=file.templated)
            elif texts := self._by_path.get(file.path):
                yield _merged(texts, self._good[0])
            elif file.path not in self.values:
                yield self._other(file)

    def _other(self, file: FileResult) -> FileResult:
        """Give the result of a file that no document comes from."""
        folder, _, name = file.path.rpartition("/")
        result = FileResult(file.path, file.kind)
        if file.kind == classify.HELM_CHART and folder == self._folder:
            first = self._good[0]
            result.facts = encode_summary(RenderedChart(file.path, sorted(first.documents), first.unknown))
        elif file.kind == classify.HELM_VALUES and name != "values.yaml":
            result.skipped = _OTHER_VALUES
        elif file.kind == classify.HELM_TEMPLATE and not (name.startswith("_") or name == "NOTES.txt"):
            result.skipped = _TEST if "/templates/tests/" in f"/{file.path}" else _NOTHING
        return result


def _texts_of(path: str, renderings: Iterable["Rendering"], stage: "FileStage") -> Iterable[_Text]:
    """Yield what is rendered from a template, the same text once."""
    candidate = Candidate(path, classify.HELM_TEMPLATE)
    data = file_stage.read_file(candidate, stage)
    source = file_stage.source_of(candidate, data) if isinstance(data, bytes) else None
    seen: set[str] = set()
    for rendering in renderings if source is not None else ():
        documents = rendering.documents.get(path)
        if documents and source is not None:
            text = _Text(source, Template(source.text), documents, rendering.values)
            if text.text not in seen:
                seen.add(text.text)
                yield text


def _result_of_values(rendering: "Rendering") -> FileResult:
    reason = f"not rendered: {rendering.failure}" if rendering.failure else None
    return FileResult(rendering.values, classify.HELM_VALUES, reason)


def _written_directives(source: Source) -> list[Directive]:
    """Give the suppressions in the comments of a template, those that are not rendered included."""
    plain = _COMMENT_MARKS.sub(lambda match: " " * len(match[0]), source.text)
    return directives_of(Source(source.path, plain), None)


def _merged(texts: Sequence[_Text], first: "Rendering") -> FileResult:
    """Give the result of a template: what several files of values bring, once."""
    result = FileResult(texts[0].path, classify.HELM_TEMPLATE, failed=texts[0].result.failed)
    found: dict[tuple[object, ...], Finding] = {}
    directives: dict[tuple[object, ...], Directive] = {}
    written = _written_directives(texts[0].source)
    for text in texts:
        for finding in text.findings():
            place = (finding.line, finding.column, finding.end_line, finding.end_column)
            if text.values != first.values:
                with_values = RelatedLocation(text.values, _START, "as rendered with these values")
                finding = finding._replace(related=(*finding.related, with_values))
            found.setdefault((finding.code, finding.sub_code, place, finding.message), finding)
        for one in (*text.directives(), *written):
            key = (one.ids, one.peer, one.span.line, one.kind)
            known = directives.get(key, one)
            first_line, last_line = min(known.first_line, one.first_line), max(known.last_line, one.last_line)
            directives[key] = known._replace(first_line=first_line, last_line=last_line)
    result.findings = list(found.values())
    result.directives = list(directives.values())
    if texts[0].values == first.values:
        result.facts = encode_rendered(texts[0].result.facts, texts[0].lines)
    return result
