"""What the conditions of jobs and steps say of the events that start a workflow: for which of them they may run.

An ``if`` is evaluated with what an event makes known (its name, and for some events the kind of ref); everything else
is unknown, and whatever hangs on it too. So a condition either surely fails for an event, or it may hold.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cnlint.manifests.workflow import Job, Step
from cnlint.syntax.expressions import (
    Call,
    Comparison,
    ExpressionError,
    Literal,
    Logical,
    Node,
    Not,
    access_path,
    accesses,
    find_expressions,
    parse_expression,
    walk,
)

PULL_REQUEST_EVENTS = frozenset({"pull_request", "pull_request_target"})

_UNKNOWN: Final = object()
# What the contexts hold for certain when an event has started the workflow.
_KNOWN_BY_EVENT: Mapping[str, Mapping[tuple[str, ...], Any]] = {
    "pull_request": {
        ("github", "ref"): "refs/pull/1/merge",
        ("github", "ref_name"): "1/merge",
        ("github", "ref_type"): "branch",
    },
    "push": {
        ("github", "base_ref"): "",
        ("github", "head_ref"): "",
        ("github", "event", "pull_request"): None,
    },
    "release": {("github", "ref_type"): "tag"},
}
_STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure"})
_TEXT_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
# What a condition may ask for without saying anything of events, branches or releases.
_ELSEWHERE = frozenset({"runner", "matrix", "strategy", "job", "secrets"})
_GUARDS_OF_GITHUB = frozenset(
    {"ref", "ref_name", "ref_type", "ref_protected", "event_name", "base_ref", "head_ref", "event"}
)


def condition_tree(view: Job | Step) -> Node | None:
    """Give the syntax tree of ``if``, with or without fences; ``None`` when there is none or it cannot be read."""
    text = view.condition
    if text is None:
        return None
    if "${{" in text:
        fences = find_expressions(text.strip())
        if len(fences) != 1 or (fences[0].start, fences[0].end) != (0, len(text.strip())):
            return None
        text = text.strip()[fences[0].body_start : fences[0].body_end]
    try:
        return parse_expression(text)
    except ExpressionError:
        return None


def may_hold(view: Job | Step, event: str) -> bool:
    """Tell whether the condition of a job or step may hold in a run that an event started."""
    tree = condition_tree(view)
    return tree is None or _truth(_evaluate(tree, event)) is not False


def may_run(job: Job, event: str) -> bool:
    """Tell whether a job may run when an event starts its workflow: also not if a job that it needs surely is skipped.

    A job whose condition asks for the status of others runs without those.
    """
    known: dict[tuple[str, str], bool] = job.workflow.notes.setdefault("may-run", {})
    key = (job.id, event)
    if key not in known:
        known[key] = _may_hold(job, event) and (
            runs_after_skipped(job) or all(_may_hold(other, event) for other in needed_jobs(job))
        )
    return known[key]


def _may_hold(job: Job, event: str) -> bool:
    known: dict[tuple[str, str], bool] = job.workflow.notes.setdefault("may-hold", {})
    key = (job.id, event)
    if key not in known:
        known[key] = may_hold(job, event)
    return known[key]


def needed_jobs(job: Job) -> list[Job]:
    """Give the jobs that end before a job starts."""
    known: dict[str, list[Job]] = job.workflow.notes.setdefault("needed-jobs", {})
    if job.id not in known:
        jobs = job.workflow.jobs.values()
        known[job.id] = [other for other in jobs if other.id in job.needs_closure and other.id != job.id]
    return known[job.id]


def runs_after_skipped(job: Job) -> bool:
    """Tell whether a job also runs when one that it needs was skipped or has failed (``if: always() && ...``)."""
    tree = condition_tree(job)
    return tree is not None and any(
        isinstance(node, Call) and node.name.lower() in _STATUS_FUNCTIONS for node in walk(tree)
    )


def events_of(job: Job) -> list[str]:
    """Give the events of its workflow for which a job may run."""
    return [event for event in job.workflow.triggers if may_run(job, event)]


def runs_whenever(job: Job, other: Job) -> bool:
    """Tell whether a job may run for every event for which another may."""
    return all(may_run(job, event) for event in events_of(other))


def is_for_pull_requests_only(job: Job) -> bool:
    """Tell whether only pull requests start a job: what it deploys is a preview."""
    events = events_of(job)
    return bool(events) and PULL_REQUEST_EVENTS.issuperset(events)


def is_guard(view: Job | Step) -> bool:
    """Tell whether the condition of a job or step may keep it from running for some events, branches or inputs.

    So may what an earlier step or job has found out. Status functions, the actor and the repository say nothing of it.
    """
    if view.condition is None:
        return False
    tree = condition_tree(view)
    if tree is None:
        return True
    for _, path in accesses(tree):
        if path[0] == "github":
            if len(path) == 1 or path[1] in _GUARDS_OF_GITHUB:
                return True
        elif path[0] not in _ELSEWHERE:
            return True
    return False


def _evaluate(node: Node, event: str) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Not):
        truth = _truth(_evaluate(node.operand, event))
        return _UNKNOWN if truth is None else not truth
    if isinstance(node, Logical):
        return _joined(node, event)
    if isinstance(node, Comparison):
        return _compared(node, event)
    if isinstance(node, Call):
        return _called(node, event)
    path = access_path(node)
    if path == ("github", "event_name"):
        return event
    return _KNOWN_BY_EVENT.get(event, {}).get(path or (), _UNKNOWN)


def _joined(node: Logical, event: str) -> Any:
    truths = [_truth(_evaluate(operand, event)) for operand in node.operands]
    deciding = node.operator == "||"
    if deciding in truths:
        return deciding
    return _UNKNOWN if None in truths else not deciding


def _compared(node: Comparison, event: str) -> Any:
    left, right = _evaluate(node.left, event), _evaluate(node.right, event)
    # Chains of && and || give an operand, of which only the truth is known here.
    if not isinstance(left, str) or not isinstance(right, str) or node.operator not in ("==", "!="):
        return _UNKNOWN
    return (left.casefold() == right.casefold()) == (node.operator == "==")


def _called(node: Call, event: str) -> Any:
    name = node.name.lower()
    if name == "always":
        return True
    if name in _TEXT_FUNCTIONS and len(node.arguments) == 2:
        text, part = (_evaluate(argument, event) for argument in node.arguments)
        if isinstance(text, str) and isinstance(part, str):
            return _TEXT_FUNCTIONS[name](text.casefold(), part.casefold())
    return _UNKNOWN


def _truth(value: Any) -> bool | None:
    """Tell whether a value counts as true; ``None`` when it is not known."""
    if value is _UNKNOWN:
        return None
    return bool(value) and value == value  # NaN is false
