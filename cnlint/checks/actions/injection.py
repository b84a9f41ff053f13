"""Text of outsiders that becomes part of a script."""

from collections.abc import Iterator

from cnlint.data import table
from cnlint.findings import Report, Severity, report
from cnlint.manifests.workflow import Expression, Step
from cnlint.rules import check
from cnlint.syntax.expressions import EVERY, ITEM, access_path, results


@check("GHA600")
def script_injection(expression: Expression) -> Iterator[Report]:
    if expression.field != "run" or not isinstance(expression.user, Step) or expression.tree is None:
        return
    for result in results(expression.tree):
        path = access_path(result.node)
        leaf = _untrusted_leaf(path, result.dumped) if path else None
        if path is None or leaf is None:
            continue
        written = expression.body[result.node.start : result.node.end]
        events = _events_with(leaf)
        severity: Severity | None = None
        message = f'"{written}" is text that outsiders write, and it becomes part of the script'
        if events is not None and not _may_occur(expression, events):
            severity = "warning"
            message += f"; here it is always empty, as the workflow does not run on {' or '.join(sorted(events))}"
        hint = f'pass it by env (NAME: ${{{{ {written} }}}}) and use "$NAME" in the script'
        yield report(expression.place_of_node(result.node), message, severity=severity, hint=hint)


def _untrusted_leaf(path: tuple[str, ...], dumped: bool) -> str | None:
    """Give the untrusted leaf that an access reaches; when it is ``dumped`` as JSON, what is below it counts too."""
    for leaf in table("untrusted-inputs")["leaves"]:
        steps = leaf.split(".")
        reaches = len(path) == len(steps) or (dumped and len(path) < len(steps))
        if reaches and all(_meets(step, wanted) for step, wanted in zip(path, steps, strict=False)):
            return str(leaf)
    return None


def _meets(step: str, wanted: str) -> bool:
    return step == EVERY or (step == ITEM if wanted == "*" else step == wanted)


def _events_with(leaf: str) -> frozenset[str] | None:
    """Give the events whose payload has a leaf; ``None`` when that is not known."""
    for prefix, events in table("untrusted-inputs")["events"].items():
        if leaf == prefix or leaf.startswith(f"{prefix}."):
            return frozenset(events)
    return None


def _may_occur(expression: Expression, events: frozenset[str]) -> bool:
    workflow = expression.workflow
    if workflow is None or not workflow.triggers:
        return True
    # A called workflow sees the event of its caller.
    return not events.isdisjoint(workflow.triggers) or "workflow_call" in workflow.triggers
