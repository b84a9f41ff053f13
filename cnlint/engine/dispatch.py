"""Which checks a view is handed to: looked up once a class of views, imported when the first view of it turns up."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnlint.findings import Finding, Place, RelatedLocation, Report, Severity
from cnlint.rules import Check, Context, Rule, Scope, Settings, checks_of
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.graph.project import Project

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
        self._by_target: dict[str, list[Rule]] = {}
        for rule in rules:
            if scope in rule.scopes:
                for target in rule.targets:
                    self._by_target.setdefault(target, []).append(rule)
        self._scope = scope
        self._severities = severities
        self._options = options
        self._settings = settings
        self._project = project
        self._by_class: dict[type, list[tuple[Rule, Check, Context]]] = {}

    @property
    def targets(self) -> frozenset[str]:
        """The names of the views that some rule wants."""
        return frozenset(self._by_target)

    def run(self, view: object, path: str) -> Iterator[Finding]:
        """Run every check that wants this view; a check that crashes yields a finding that says so (CNL003)."""
        view_class = type(view)
        checks = self._by_class.get(view_class)
        if checks is None:
            checks = self._by_class[view_class] = self._checks_for(view_class)
        for rule, check, context in checks:
            try:
                for report in check.run(view, context):
                    yield self._finding(rule, report)
            except Exception as error:
                yield crashed(path, f"rule {rule.code} ({rule.name})", error)

    def _checks_for(self, view_class: type) -> list[tuple[Rule, Check, Context]]:
        found: list[tuple[Rule, Check, Context]] = []
        for rule in self._rules_for(view_class):
            context = Context(self._options.get(rule.code, {}), self._settings, self._project)
            found.extend(
                (rule, check, context)
                for check in checks_of(rule)
                if issubclass(view_class, check.view) and check.scope in (None, self._scope)
            )
        return found

    def _rules_for(self, view_class: type) -> list[Rule]:
        rules: dict[str, Rule] = {}
        for ancestor in view_class.__mro__:
            for rule in self._by_target.get(ancestor.__dict__.get("target", ""), ()):
                rules.setdefault(rule.code, rule)
        return sorted(rules.values(), key=lambda rule: rule.code)

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


_TOOL_RULES: dict[str, tuple[str, Severity]] = {
    "CNL001": ("unreadable-file", "error"),
    "CNL002": ("undecodable-file", "error"),
    "CNL003": ("rule-crashed", "error"),
    "CNL004": ("input-limit-exceeded", "error"),
    "CNL006": ("unknown-suppression", "warning"),
}


def tool_finding(code: str, place: Place, message: str, hint: str = "") -> Finding:
    """Make a finding by which the tool itself speaks of a file."""
    name, severity = _TOOL_RULES[code]
    return Finding(code, name, severity, one_line(message), place.path, *place.span, hint=hint)


def one_line(text: str) -> str:
    """Keep a message to one line of a length that can be read, whatever the names in it hold."""
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[: _LONGEST_MESSAGE * 2 // 3]} ... {text[-_LONGEST_MESSAGE // 4 :]}"
    return text.replace("\r", "\\r").replace("\n", "\\n")
