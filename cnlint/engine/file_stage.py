"""The file stage: one file becomes findings, suppressions and facts, without knowing of any other file."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.config import Limits
from cnlint.engine import classify, front_ends
from cnlint.engine.discover import Candidate
from cnlint.engine.dispatch import Dispatcher, crashed, tool_finding
from cnlint.engine.results import FileResult
from cnlint.engine.suppression import directives_of
from cnlint.findings import Finding, Place, Severity
from cnlint.rules import Rule, Settings
from cnlint.syntax.source import Source, Span

if TYPE_CHECKING:
    from cnlint.engine.helm import Helm
    from cnlint.engine.shellcheck import Program
    from cnlint.manifests.shell_scripts import ShellScript

_FILE_START = Span(1, 1, 1, 1)
_MAX_SNIPPET = 400
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FileStage(NamedTuple):
    """What the file stage of a run depends on besides the files; the same in every process."""

    root: str
    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    options: Mapping[str, Mapping[str, Any]]
    settings: Settings
    limits: Limits
    wants_facts: bool
    shellcheck: "Program | None" = None
    """ShellCheck, where it is installed and a rule asks for it."""
    helm: "Helm | None" = None
    """What renders Helm charts, where a person asks for it."""

    def without_rules(self) -> "FileStage":
        """Give the stage that only gathers facts."""
        return self._replace(rules=(), shellcheck=None)

    def dispatcher(self) -> Dispatcher:
        """Make the dispatcher that runs this stage's rules."""
        return Dispatcher(self.rules, "file", self.severities, self.options, self.settings)


def read_file(candidate: Candidate, stage: FileStage) -> bytes | FileResult:
    """Read a file's bytes, or say why it cannot be read."""
    path = os.path.join(stage.root, candidate.path)
    try:
        # Opening a pipe without a writer would wait for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return _unreadable(candidate, "it is not a regular file")
        with open(path, "rb") as file:
            data = file.read(stage.limits.max_file_size + 1)
    except OSError as error:
        return _unreadable(candidate, error.strerror or str(error))
    except ValueError as error:
        return _unreadable(candidate, str(error))
    if len(data) > stage.limits.max_file_size:
        message = (
            f"the file is larger than {stage.limits.max_file_size} bytes and was not checked; "
            "limits.max-file-size in the configuration raises the bound"
        )
        finding = tool_finding("CNL004", Place(candidate.path, _FILE_START), message)
        return FileResult(candidate.path, candidate.kind, "too large", [finding], failed=True)
    return data


def check_data(candidate: Candidate, data: bytes, stage: FileStage, dispatcher: Dispatcher) -> FileResult:
    """Run the file stage on the bytes of one file."""
    result = FileResult(candidate.path, candidate.kind)
    reason = _reason_to_skip(candidate, data)
    if reason is not None:
        result.skipped = reason
        result.templated = candidate.kind == classify.HELM_TEMPLATE
        if reason == _NOT_KNOWN:
            result.kind = classify.OTHER
        return result
    try:
        text = _decode(data, candidate.kind)
    except UnicodeDecodeError as error:
        result.findings.append(_undecodable(candidate.path, data, error))
        result.skipped, result.failed = "not valid UTF-8", True
        return result
    source = Source(candidate.path, text)
    try:
        parsed = _parse(source, candidate, stage, result)
        if parsed is not None:
            result.findings.extend(findings_of_views(parsed.views(), source, dispatcher))
            if stage.shellcheck is not None and not result.skipped:
                result.scripts = list(_scripts_of(parsed))
            if stage.wants_facts and not result.skipped:
                result.facts = _facts_of(parsed)
            if not result.skipped:
                result.directives = directives_of(source, parsed)
    except Exception as error:
        result.findings.append(crashed(candidate.path, "reading the file", error))
        result.failed = True
    return result


def source_of(candidate: Candidate, data: bytes) -> Source | None:
    """Give the text of a file; ``None`` when it cannot be decoded."""
    try:
        return Source(candidate.path, _decode(data, candidate.kind))
    except UnicodeDecodeError:
        return None


def check_dockerfile_for(
    path: str, targets: Sequence[str | None], stage: FileStage, dispatcher: Dispatcher
) -> list[Finding] | None:
    """Judge a Dockerfile whose builds name other stages than the last; ``None`` when it cannot be read."""
    from cnlint.manifests.dockerfile import ParsedDockerfile

    candidate = Candidate(path, classify.DOCKERFILE)
    data = read_file(candidate, stage)
    source = source_of(candidate, data) if isinstance(data, bytes) else None
    if source is None:
        return None
    try:
        return list(findings_of_views(ParsedDockerfile(source, targets).views(), source, dispatcher))
    except Exception as error:
        return [crashed(path, "reading the file", error)]


_NOT_KNOWN = "no document of a known kind"

_REASONS = {
    classify.HELM_TEMPLATE: "Helm template, not rendered",
    classify.HELM_VALUES: "values of a Helm chart",
    classify.HELM_CHART: "metadata of a Helm chart",
    classify.DEPENDABOT: "no rule checks this kind of file",
    classify.OTHER: "kind of file not known",
}


def _reason_to_skip(candidate: Candidate, data: bytes) -> str | None:
    if candidate.kind in _REASONS:
        return _REASONS[candidate.kind]
    if candidate.kind == classify.YAML and not candidate.named and not classify.may_hold_manifests(data):
        return _NOT_KNOWN
    return None


def _parse(source: Source, candidate: Candidate, stage: FileStage, result: FileResult) -> front_ends.Parsed | None:
    reader = front_ends.reader_of(candidate.kind)
    if reader is not None:
        return reader(source)
    parsed = front_ends.YamlFile(source, candidate.kind, stage.limits, candidate.named)
    result.kind = parsed.kind
    for problem in parsed.stream.problems:
        result.failed = True
        if problem.kind == "limit":
            result.findings.append(tool_finding("CNL004", Place(source.path, problem.span), problem.message))
    if parsed.templated and not candidate.named:
        result.skipped, result.templated = "template of another tool, not rendered", True
    elif parsed.kind == classify.OTHER:
        result.skipped = _NOT_KNOWN
    return parsed


def findings_of_views(views: Iterable[object], source: Source, dispatcher: Dispatcher) -> Iterator[Finding]:
    """Run the rules on views of one file; a place that two views share is reported once."""
    seen: set[tuple[object, ...]] = set()
    for view in views:
        for finding in dispatcher.run(view, source.path):
            key = (finding.code, finding.line, finding.column, finding.message)
            if key not in seen:
                seen.add(key)
                yield with_snippet(finding, source)


def with_snippet(finding: Finding, source: Source) -> Finding:
    """Add the line that a finding starts on, for reports and fingerprints; secrets in it are not shown."""
    line = source.line(finding.line)
    if len(line) > _MAX_SNIPPET:
        line = line[:_MAX_SNIPPET] if finding.column < _MAX_SNIPPET else ""
    from cnlint.manifests.secret_values import mask_secrets

    return finding._replace(snippet=mask_secrets(line))


def _scripts_of(parsed: front_ends.Parsed) -> "Iterable[ShellScript]":
    scripts = getattr(parsed, "shell_scripts", None)
    return scripts() if scripts is not None else ()


def _facts_of(parsed: front_ends.Parsed) -> str:
    from cnlint.graph import facts

    documents = getattr(parsed, "documents", None)
    if documents is not None:
        return facts.encode_documents(documents)
    summary = getattr(parsed, "summary", None)
    return facts.encode_summary(summary()) if summary is not None else ""


def _decode(data: bytes, kind: str) -> str:
    """Decode a file; raises ``UnicodeDecodeError``. YAML and JSON may be UTF-16 with a byte order mark."""
    if data[:2] in _UTF16_MARKS and front_ends.is_yaml(kind):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _undecodable(path: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    before = data[: error.start].decode("utf-8", errors="replace")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    span = Span(line, column, line, column + 1)
    byte = data[error.start : error.start + 1].hex()
    message = f"byte 0x{byte} at offset {error.start} is not valid {error.encoding.upper()}; the file was not checked"
    return tool_finding("CNL002", Place(path, span), message, hint="save the file as UTF-8")


def _unreadable(candidate: Candidate, reason: str) -> FileResult:
    finding = tool_finding("CNL001", Place(candidate.path, _FILE_START), f"the file cannot be read: {reason}")
    return FileResult(candidate.path, candidate.kind, f"cannot be read: {reason}", [finding], failed=True)
