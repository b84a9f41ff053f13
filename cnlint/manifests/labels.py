"""Label selectors: ``matchLabels``, ``matchExpressions`` and the plain maps of older kinds."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_LARGEST = 10**40


class Requirement(NamedTuple):
    """One condition of a selector. ``path`` leads to it from the selector."""

    key: str
    operator: str
    values: tuple[str, ...]
    path: Path

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet the condition; one with an unknown operator is never met."""
        if self.operator == "In":
            return labels.get(self.key) in self.values
        if self.operator == "NotIn":
            return labels.get(self.key) not in self.values
        if self.operator == "Exists":
            return self.key in labels
        return self.operator == "DoesNotExist" and self.key not in labels

    @property
    def is_equality(self) -> bool:
        """Whether exactly one value is wanted."""
        return self.operator == "In" and len(self.values) == 1

    def __str__(self) -> str:
        if self.is_equality:
            return f"{self.key}={self.values[0]}"
        if self.operator in ("Exists", "DoesNotExist"):
            return self.key if self.operator == "Exists" else f"!{self.key}"
        return f"{self.key} {self.operator.lower()} ({', '.join(self.values)})"


class Problem(NamedTuple):
    """Something in a selector that the API server refuses; ``path`` leads to it from the selector."""

    path: Path
    message: str


class LabelSelector:
    """A selector of objects by their labels. An empty one selects everything, an absent one nothing."""

    __slots__ = ("is_absent", "problems", "requirements")

    def __init__(
        self, requirements: tuple[Requirement, ...], *, is_absent: bool = False, problems: tuple[Problem, ...] = ()
    ) -> None:
        self.requirements = requirements
        self.is_absent = is_absent
        self.problems = problems

    @classmethod
    def parse(cls, value: Any) -> "LabelSelector":
        """Read a selector with ``matchLabels`` and ``matchExpressions``; what is of another type counts as absent."""
        if not isinstance(value, dict):
            return ABSENT
        labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
        if not isinstance(labels, dict | None) or not isinstance(expressions, list | None):
            return ABSENT
        requirements = _equalities(labels, ("matchLabels",))
        problems: list[Problem] = []
        for index, expression in enumerate(expressions or ()):
            if not isinstance(expression, dict):
                continue
            requirement = _expression(expression, ("matchExpressions", index))
            requirements.append(requirement)
            problems.extend(_problems(expression, requirement))
        return cls(tuple(requirements), problems=tuple(problems))

    @classmethod
    def of_map(cls, value: Any) -> "LabelSelector":
        """Read a plain map of labels, as Services, ReplicationControllers and Istio subsets have it."""
        return cls(tuple(_equalities(value, ()))) if isinstance(value, dict) else ABSENT

    @property
    def is_empty(self) -> bool:
        """Whether the selector is there and selects everything."""
        return not self.is_absent and not self.requirements

    @property
    def is_known(self) -> bool:
        """Whether the selector can be judged: it is valid and holds no placeholder."""
        has_keys = all(requirement.key for requirement in self.requirements)
        return has_keys and not self.problems and not any(map(has_placeholder, self._texts()))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether the selector selects an object with these labels."""
        return not self.is_absent and all(requirement.matches(labels) for requirement in self.requirements)

    def unmet(self, labels: Mapping[str, str]) -> list[Requirement]:
        """Give the conditions that an object with these labels does not meet."""
        return [requirement for requirement in self.requirements if not requirement.matches(labels)]

    def equalities(self) -> dict[str, str]:
        """Give the labels that the selector wants with exactly one value."""
        return {item.key: item.values[0] for item in self.requirements if item.is_equality}

    def _texts(self) -> list[str]:
        return [text for item in self.requirements for text in (item.key, *item.values)]

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


ABSENT = LabelSelector((), is_absent=True)


def _equalities(labels: Any, path: Path) -> list[Requirement]:
    if not isinstance(labels, dict):
        return []
    return [Requirement(str(key), "In", (scalar_text(value),), (*path, key)) for key, value in labels.items()]


def _expression(expression: dict[Any, Any], path: Path) -> Requirement:
    values = expression.get("values")
    return Requirement(
        scalar_text(expression.get("key")),
        scalar_text(expression.get("operator")),
        tuple(map(scalar_text, values)) if isinstance(values, list) else (),
        path,
    )


def _problems(expression: dict[Any, Any], requirement: Requirement) -> list[Problem]:
    operator = requirement.operator
    if operator not in OPERATORS:
        written = f'"{operator}"' if operator else "missing"
        return [
            Problem((*requirement.path, "operator"), f"operator is {written}, and only {', '.join(OPERATORS)} exist")
        ]
    if operator in ("In", "NotIn") and not requirement.values:
        return [Problem((*requirement.path, "values"), f'operator "{operator}" needs values and has none')]
    if operator in ("Exists", "DoesNotExist") and expression.get("values"):
        return [Problem((*requirement.path, "values"), f'operator "{operator}" takes no values and has some')]
    return []


def scalar_text(value: Any) -> str:
    """Give a scalar as text, so that what should have been quoted still compares; empty for all else."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and abs(value) < _LARGEST
    return str(value) if is_number else ""
