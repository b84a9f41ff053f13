"""Which checks a view is handed to: looked up once a class of views, imported when the first view of it turns up."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnlint import rule_index
from cnlint.findings import Finding, Place, RelatedLocation, Report, Severity
from cnlint.rules import CheckFunction, Context, Rule, Scope, Settings, checks_of
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.graph.project import Project

_Ready = tuple[Rule, CheckFunction, Context | None]
"""A rule, a function that checks it, and the context if it takes that besides the view."""

_FILE_START = Span(1, 1, 1, 1)
_LONGEST_MESSAGE = 1000


class Dispatcher:
    """The selected rules of one stage, ready to be run on views."""

    def __init__(
        self,
        rules: Iterable[Rule],
        scope: Scope,
        severities: Mapping[str, Severity],
        options: Mapping[str, Mapping[str, Any]],
        settings: Settings,
        project: "Project | None" = None,
    ) -> None:
        # By target and kind; the empty kind stands for all.
        self._by_target: dict[str, dict[str, list[Rule]]] = {}
        for rule in rules:
            if scope in rule.scopes:
                for wanted in rule.targets:
                    target, _, kinds = wanted.partition(":")
                    for kind in kinds.split("|"):
                        self._by_target.setdefault(target, {}).setdefault(kind, []).append(rule)
        self._scope = scope
        self._severities = severities
        self._options = options
        self._settings = settings
        self._project = project
        self._by_class: dict[type, dict[str, list[_Ready] | None]] = {}

    @property
    def targets(self) -> frozenset[str]:
        """The names of the views that some rule wants."""
        return frozenset(self._by_target)

    def run(self, view: object, path: str) -> Iterator[Finding]:
        """Run every check that wants this view; a check that crashes yields a finding that says so (CNL003)."""
        view_class = type(view)
        by_kind = self._by_class.get(view_class)
        if by_kind is None:
            by_kind = self._by_class[view_class] = dict.fromkeys(self._kinds_of(view_class))
        kind = getattr(view, "kind", "") if len(by_kind) > 1 else ""
        if kind not in by_kind:
            kind = ""
        checks = by_kind[kind]
        if checks is None:
            checks = by_kind[kind] = self._checks_for(view_class, kind)
        for rule, function, context in checks:
            try:
                for report in function(view) if context is None else function(view, context):
                    yield self._finding(rule, report)
            except Exception as error:
                yield crashed(path, f"rule {rule.code} ({rule.name})", error)

    def _kinds_of(self, view_class: type) -> set[str]:
        """Give the kinds of a class of views that rules ask for, and the empty one."""
        return {kind for by_kind in self._wanted(view_class) for kind in by_kind} | {""}

    def _checks_for(self, view_class: type, kind: str) -> list[_Ready]:
        found: list[_Ready] = []
        for rule in self._rules_for(view_class, kind):
            context = Context(self._options.get(rule.code, {}), self._settings, self._project)
            found.extend(
                (rule, check.function, context if check.wants_context else None)
                for check in checks_of(rule)
                if issubclass(view_class, check.view) and check.scope in (None, self._scope)
            )
        return found

    def _rules_for(self, view_class: type, kind: str) -> list[Rule]:
        rules: dict[str, Rule] = {}
        for by_kind in self._wanted(view_class):
            for rule in (*by_kind.get("", ()), *by_kind.get(kind, ())):
                rules.setdefault(rule.code, rule)
        return sorted(rules.values(), key=lambda rule: rule.code)

    def _wanted(self, view_class: type) -> Iterator[dict[str, list[Rule]]]:
        for ancestor in view_class.__mro__:
            by_kind = self._by_target.get(ancestor.__dict__.get("target", ""))
            if by_kind is not None:
                yield by_kind

    def _finding(self, rule: Rule, report: Report) -> Finding:
        line, column, end_line, end_column = report.place.span
        return Finding(
            rule.code,
            rule.name,
            self._severity(rule, report),
            one_line(report.message),
            report.place.path,
            line,
            column,
            end_line,
            end_column,
            tuple(RelatedLocation(one.place.path, one.place.span, one_line(one.message)) for one in report.related),
            report.fixes,
            equivalents=rule.equivalents,
            hint=rule.hint if report.hint is None else one_line(report.hint),
            sub_code=report.sub_code,
        )

    def _severity(self, rule: Rule, report: Report) -> Severity:
        configured = self._severities.get(rule.code, rule.severity)
        # A severity that the user set for the rule holds for every case of it.
        if report.severity is not None and configured == rule.severity:
            return report.severity
        return configured


def crashed(path: str, what: str, error: Exception) -> Finding:
    """Make the finding that says which code crashed on which file."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    message = f"{what} crashed: {type(error).__name__}: {error}{where}; the other rules went on"
    return tool_finding("CNL003", Place(path, _FILE_START), message)


def tool_finding(code: str, place: Place, message: str, hint: str = "") -> Finding:
    """Make a finding by which the tool itself speaks of a file."""
    rule = rule_index.load()[code]
    return Finding(code, rule.name, rule.severity, one_line(message), place.path, *place.span, hint=hint)


def one_line(text: str) -> str:
    """Keep a message to one line of a length that can be read, whatever the names in it hold."""
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[: _LONGEST_MESSAGE * 2 // 3]} ... {text[-_LONGEST_MESSAGE // 4 :]}"
    return text.replace("\r", "\\r").replace("\n", "\\n")
