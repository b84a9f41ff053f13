"""What becomes of raw findings: suppressed, given fingerprints, put in order."""

from collections.abc import Iterable, Sequence

from cnlint.config import Configuration, Selection, nearest
from cnlint.engine.dispatch import tool_finding
from cnlint.engine.hashing import blake2b
from cnlint.engine.results import Directive, FileResult
from cnlint.engine.suppression import EVERYTHING, OWN
from cnlint.findings import Finding, Place, Suppression
from cnlint.rules import RuleSet, sub_code_of
from cnlint.syntax.gitignore import Patterns


def settle(
    findings: Iterable[Finding],
    results: Sequence[FileResult],
    selection: Selection,
    rules: RuleSet,
    configuration: Configuration,
) -> list[Finding]:
    """Apply suppressions of files and configuration, add fingerprints and sort."""
    directives = {result.path: result.directives for result in results if result.directives}
    selected = selection.codes
    settled = [
        finding
        for finding in findings
        if finding.code in selected
        and (not finding.sub_code or selection.wants_sub_code(finding.code, finding.sub_code))
    ]
    if "CNL006" in selected:
        settled.extend(_unknown_suppressions(directives, rules))
    if directives:
        reach = _Reach(directives, rules)
        settled = [reach.apply(finding) for finding in settled]
    if configuration.per_file_ignores:
        settled = _ignore_by_path(settled, configuration, rules)
    settled.sort(key=lambda finding: finding.sort_key)
    return add_fingerprints(settled)


class _Reach:
    """Which codes each suppression of a file silences on which lines."""

    def __init__(self, directives: dict[str, list[Directive]], rules: RuleSet) -> None:
        self._by_path = {
            path: [(directive, _codes_of(directive, rules)) for directive in found]
            for path, found in directives.items()
        }

    def apply(self, finding: Finding) -> Finding:
        """Mark a finding when a suppression reaches it; the tool's own findings about suppressions are not hidden."""
        for directive, codes in self._by_path.get(finding.path, ()):
            if not directive.first_line <= finding.line <= directive.last_line:
                continue
            if codes is not None and finding.code not in codes and (finding.sub_code or None) not in codes:
                continue
            if directive.makes_errors:
                finding = finding._replace(severity="error")
            elif finding.suppressed is None:
                hidden = Suppression(directive.kind, directive.reason, directive.span.line)
                finding = finding._replace(suppressed=hidden)
        return finding


def _codes_of(directive: Directive, rules: RuleSet) -> frozenset[str] | None:
    """Give the codes that a suppression means; ``None`` means every one that its writer could mean."""
    codes: set[str] = set()
    for identifier in directive.ids:
        sub_code = sub_code_of(identifier)
        if sub_code is not None:
            codes.add(sub_code)
        elif directive.peer == OWN:
            if identifier == EVERYTHING:
                return None
            codes |= rules.codes_for(identifier)
        elif identifier == EVERYTHING:
            codes |= rules.codes_of_peer(directive.peer)
        else:
            codes |= rules.codes_for_peer(directive.peer, identifier)
    return frozenset(codes)


def _unknown_suppressions(directives: dict[str, list[Directive]], rules: RuleSet) -> Iterable[Finding]:
    for path, found in directives.items():
        for directive in found:
            if directive.peer != OWN:
                continue
            for identifier in directive.ids:
                is_known = identifier == EVERYTHING or sub_code_of(identifier) or rules.codes_for(identifier)
                if not is_known:
                    message = f'suppression names "{identifier}", which no rule is called'
                    proposal = nearest(identifier, rules.known_selectors())
                    yield tool_finding("CNL006", Place(path, directive.span), message + proposal)


def _ignore_by_path(findings: list[Finding], configuration: Configuration, rules: RuleSet) -> list[Finding]:
    table = []
    for pattern, selectors in configuration.per_file_ignores.items():
        codes: set[str] = set()
        for selector in selectors:
            sub_code = sub_code_of(selector)
            codes |= rules.codes_for(selector) if sub_code is None else {sub_code}
        table.append((Patterns([pattern]), codes, pattern))
    settled = []
    for finding in findings:
        for patterns, codes, pattern in table:
            is_meant = finding.code in codes or (finding.sub_code or None) in codes
            if finding.suppressed is None and is_meant and patterns.cover(finding.path):
                finding = finding._replace(suppressed=Suppression("config", f"per-file-ignores: {pattern}"))
        settled.append(finding)
    return settled


def add_fingerprints(findings: Sequence[Finding]) -> list[Finding]:
    """Give each finding a fingerprint of rule, file and line content, which survives lines moved around it.

    Findings that are alike are told apart by their order in the file.
    """
    seen: dict[str, int] = {}
    completed = []
    for finding in findings:
        essence = "\0".join((finding.code, finding.path, " ".join(finding.snippet.split()), finding.message))
        number = seen[essence] = seen.get(essence, -1) + 1
        digest = blake2b(f"{essence}\0{number}".encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        completed.append(finding._replace(fingerprint=digest))
    return completed
