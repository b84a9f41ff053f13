"""Rules: their specifications, the checks registered under their codes, and which of them a run selects.

A specification is one YAML file, ``rules/<domain>/<topic>/<CODE>-<name>.yaml``. The code that checks it stands in
``cnlint/checks/<domain>/<topic>.py``, registered under the rule's code with `check`. Runs read neither: they read the
index that `cnlint.rule_index` compiles, and import a topic's module when a view that one of its rules wants turns up.
"""

import datetime
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from cnlint.findings import Report, Severity

if TYPE_CHECKING:
    from cnlint.graph.project import Project

Profile = Literal["default", "strict", "pedantic"]
Scope = Literal["file", "project"]
PROFILES: tuple[Profile, ...] = ("default", "strict", "pedantic")


class Rule(NamedTuple):
    """The metadata of one rule, as its specification gives it."""

    code: str
    name: str
    summary: str
    severity: Severity
    category: str
    profile: Profile
    domain: str
    topic: str
    scopes: tuple[Scope, ...]
    """The stages in which the rule is judged: ``file``, or ``project`` when it needs other files, or both."""
    targets: tuple[str, ...]
    """The views that it looks at; ``run-command:apt|apt-get`` are those of two kinds only, by their ``kind``."""
    tags: tuple[str, ...] = ()
    equivalents: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    hint: str = ""
    """The first sentence of the remedy, for the text report."""

    @property
    def module(self) -> str:
        """The module that holds the rule's checks."""
        return f"cnlint.checks.{self.domain}.{self.topic}"

    @property
    def passes_findings_on(self) -> bool:
        """Whether it passes on what another tool says, each finding with a code of that tool."""
        return any(target.partition(":")[0] == "shell-script" for target in self.targets)

    @property
    def slug(self) -> str:
        """Code and name, the stem of the specification's file."""
        return f"{self.code}-{self.name}"

    def defaults(self) -> dict[str, Any]:
        """The default value of each option."""
        return {name: schema.get("default") for name, schema in self.options.items()}


class Settings(NamedTuple):
    """What all checks of a run may depend on."""

    today: datetime.date
    kubernetes_version: tuple[int, int]
    complete: bool | None = None
    """Whether what is absent from the files is absent from the system; ``None``: judge by the gates."""
    extra: Mapping[str, Any] = MappingProxyType({})
    profile: Profile = "default"
    """The profile of the run, for the rules that judge some cases in stricter profiles only."""
    selected: frozenset[str] = frozenset()
    """The codes of all rules of the run, so that two rules need not say the same of one place."""


class Context:
    """What a check may ask for besides its view: its options, the settings of the run, the project's graph."""

    __slots__ = ("_project", "options", "settings")

    def __init__(self, options: Mapping[str, Any], settings: Settings, project: "Project | None" = None) -> None:
        self.options = options
        self.settings = settings
        self._project = project

    @property
    def today(self) -> datetime.date:
        """The day by which dates are judged."""
        return self.settings.today

    def is_selected(self, code: str) -> bool:
        """Tell whether another rule is part of the run, which then says what this one need not say again."""
        return code in self.settings.selected

    @property
    def project(self) -> "Project":
        """All files of the project and the links between them; only rules of scope ``project`` have it."""
        if self._project is None:
            raise RuntimeError("only rules with scope: project may look at the project")
        return self._project


CheckFunction = Callable[..., Iterable[Report]]
_Function = TypeVar("_Function", bound=CheckFunction)


class Check:
    """One function registered under a rule's code: the view and the stage it wants, whether it takes the context."""

    __slots__ = ("code", "function", "scope", "view", "wants_context")

    def __init__(self, code: str, function: CheckFunction, scope: Scope | None) -> None:
        parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
        self.code = code
        self.function = function
        self.scope = scope
        self.view: type = function.__annotations__[parameters[0]]
        self.wants_context = len(parameters) > 1


_registry: dict[str, list[Check]] = {}


def check(*codes: str, scope: Scope | None = None) -> Callable[[_Function], _Function]:
    """Register a function as a check of a rule (or of each of several rules that differ only by a table row).

    The annotation of its first parameter is the view it is called with; a second parameter takes the `Context`. A rule
    that looks at several kinds of views registers several functions under its code; one that is judged in both stages
    says by ``scope`` which function is for which.
    """

    def register(function: _Function) -> _Function:
        for code in codes:
            _registry.setdefault(code, []).append(Check(code, function, scope))
        return function

    return register


def checks_of(rule: Rule) -> list[Check]:
    """Give the checks of a rule; imports the module of its topic. Rules that the engine itself reports have none."""
    if rule.code not in _registry:
        try:
            importlib.import_module(rule.module)
        except ModuleNotFoundError as error:
            if error.name is None or not rule.module.startswith(error.name):
                raise
    return _registry.get(rule.code, [])


class RuleSet:
    """All rules of a run, to be looked up by code, name or a peer's id."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: dict[str, Rule] = {rule.code: rule for rule in rules}
        self._names: dict[str, set[str]] | None = None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, code: str) -> Rule:
        return self.rules[code]

    def get(self, code: str) -> Rule | None:
        """Give the rule with this code."""
        return self.rules.get(code)

    def codes_for(self, selector: str) -> frozenset[str]:
        """Give the codes that a selector means; none when it means nothing.

        A selector is ``ALL``, a code, a prefix of codes (``DF4``), a rule's name, a category, a tag, or a peer's id
        with or without the peer's name (``hadolint:DL3006``, ``DL3006``). Case does not matter.
        """
        wanted = selector.strip()
        if wanted.upper() in self.rules:
            return frozenset({wanted.upper()})
        if wanted.upper() == "ALL":
            return frozenset(self.rules)
        named = self._by_name().get(wanted.casefold())
        if named:
            return frozenset(named)
        upper = wanted.upper()
        return frozenset(code for code in self.rules if upper and code.startswith(upper) and _is_prefix(upper, code))

    def codes_for_peer(self, peer: str, identifier: str) -> frozenset[str]:
        """Give the codes of the rules that stand for a peer's rule."""
        return frozenset(self._by_name().get(f"{peer}:{identifier}".casefold(), ()))

    def selectors_for_peer(self, peer: str, identifiers: Iterable[str]) -> tuple[str, ...]:
        """Give selectors for those of a peer's rules that rules stand for; nobody needs the others here."""
        return tuple(f"{peer}:{one}" for one in identifiers if self.codes_for_peer(peer, one))

    def codes_of_peer(self, peer: str) -> frozenset[str]:
        """Give the codes of all rules that stand for a rule of a peer."""
        start = f"{peer}:"
        return frozenset(rule.code for rule in self if any(one.startswith(start) for one in rule.equivalents))

    def known_selectors(self) -> list[str]:
        """Give codes, names, categories, tags and peers' ids, for proposals when a selector is unknown."""
        return [*self.rules, *self._by_name()]

    def _by_name(self) -> dict[str, set[str]]:
        if self._names is None:
            names: dict[str, set[str]] = {}
            for rule in self:
                short_ids = [peer_id.partition(":")[2] for peer_id in rule.equivalents]
                own = (rule.name, rule.slug, rule.category, rule.domain)
                for name in (*own, *rule.tags, *rule.equivalents, *short_ids):
                    names.setdefault(name.casefold(), set()).add(rule.code)
                    # istioctl:IST0106@VirtualService narrows an id to one kind; users know the text before the @.
                    if "@" in name:
                        names.setdefault(name.partition("@")[0].casefold(), set()).add(rule.code)
            self._names = names
        return self._names


def sub_code_of(selector: str) -> str | None:
    """Give the code of another tool that a selector means, if it is one whose findings rules pass on: ``SC2086``."""
    code = selector.strip().upper().rpartition(":")[2]
    return code if len(code) == 6 and code.startswith("SC") and code[2:].isdecimal() else None


def _is_prefix(prefix: str, code: str) -> bool:
    """Tell whether a prefix holds at least the letters of the domain: ``DF`` and ``DF4`` do, ``D`` does not."""
    letters = len(code) - 3
    return len(prefix) >= letters
