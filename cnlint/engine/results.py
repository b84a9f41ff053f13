"""What the file stage leaves of a file: findings, facts and suppressions, in a form that a cache can keep."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.findings import CheckedFile, Edit, Finding, Fix, RelatedLocation
from cnlint.rules import RuleSet
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.manifests.shell_scripts import ShellScript


class Directive(NamedTuple):
    """A comment on findings as it is written: which ids it names, whose they are, and the lines that it reaches."""

    ids: tuple[str, ...]
    """Codes, names or peers' ids; ``*`` means every rule."""
    peer: str
    """``cnlint`` for our own, else the peer that reads it."""
    first_line: int
    last_line: int
    """Both inclusive; a finding that starts between them is reached."""
    reason: str
    span: Span
    """Where the ids stand."""
    kind: str = "inline"
    makes_errors: bool = False
    """Whether findings are made errors rather than silenced."""


class FileResult:
    """The outcome of the file stage for one file."""

    __slots__ = (
        "directives",
        "facts",
        "facts_digest",
        "failed",
        "findings",
        "kind",
        "path",
        "scripts",
        "skipped",
        "templated",
    )

    def __init__(
        self,
        path: str,
        kind: str,
        skipped: str | None = None,
        findings: Sequence[Finding] = (),
        directives: Sequence[Directive] = (),
        failed: bool = False,
        templated: bool = False,
    ) -> None:
        self.path = path
        self.kind = kind
        self.skipped = skipped
        self.findings = list(findings)
        self.directives = list(directives)
        self.facts = ""
        """The file's facts for the project stage, encoded."""
        self.facts_digest = ""
        """The name of the facts in the cache, while they are not loaded."""
        self.failed = failed
        """Whether part of the file could not be read, so that what it holds is not known."""
        self.templated = templated
        """Whether the file is a template of another tool, not rendered."""
        self.scripts: list[ShellScript] = []
        """The scripts of the file that ShellCheck has not seen yet; none are left when the result is handed on."""

    @property
    def has_facts(self) -> bool:
        """Whether the file left facts, loaded or not."""
        return bool(self.facts or self.facts_digest)

    @property
    def checked_file(self) -> CheckedFile:
        """What reports say of the file."""
        return CheckedFile(self.path, self.kind, self.skipped)


class ProjectOutcome(NamedTuple):
    """The outcome of the project stage."""

    findings: list[Finding]
    replaced: frozenset[str]
    """The files whose findings of the file stage stand among these in a new form."""
    notes: tuple[CheckedFile, ...] = ()
    """What is to be said of files besides findings."""


def finding_to_json(finding: Finding) -> list[Any]:
    """Encode a finding of the file stage; what its rule gives is left out."""
    return [
        finding.code,
        finding.severity,
        finding.message,
        finding.path,
        [finding.line, finding.column, finding.end_line, finding.end_column],
        [[one.path, one.span, one.message] for one in finding.related],
        [[fix.title, fix.safe, [[edit.span, edit.text] for edit in fix.edits]] for fix in finding.fixes],
        finding.hint,
        finding.snippet,
        finding.sub_code,
    ]


def finding_from_json(content: Sequence[Any], rules: RuleSet) -> Finding:
    """Decode a finding; raises ``KeyError`` when its rule is gone."""
    code, severity, message, path, (line, column, end_line, end_column), related, fixes, hint, snippet, sub = content
    rule = rules[code]
    return Finding(
        code,
        rule.name,
        severity,
        message,
        path,
        line,
        column,
        end_line,
        end_column,
        tuple(RelatedLocation(one[0], Span(*one[1]), one[2]) for one in related),
        tuple(Fix(title, tuple(Edit(Span(*edit[0]), edit[1]) for edit in edits), safe) for title, safe, edits in fixes),
        equivalents=rule.equivalents,
        hint=hint,
        snippet=snippet,
        sub_code=sub,
    )


def result_to_json(result: FileResult) -> list[Any]:
    """Encode what the file stage left of a file, its facts apart."""
    return [
        result.kind,
        result.skipped,
        [finding_to_json(finding) for finding in result.findings],
        [
            [one.ids, one.peer, one.first_line, one.last_line, one.reason, one.span, one.kind, one.makes_errors]
            for one in result.directives
        ],
        result.failed,
        result.templated,
    ]


def result_from_json(path: str, content: Sequence[Any], rules: RuleSet) -> FileResult:
    """Decode what `result_to_json` encoded."""
    kind, skipped, findings, directives, failed, templated = content
    return FileResult(
        path,
        kind,
        skipped,
        [finding_from_json(finding, rules) for finding in findings],
        [
            Directive(tuple(ids), peer, first, last, reason, Span(*span), kind_, makes_errors)
            for ids, peer, first, last, reason, span, kind_, makes_errors in directives
        ],
        failed=failed,
        templated=templated,
    )
