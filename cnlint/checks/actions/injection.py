"""Text of outsiders that becomes part of a script."""

from collections.abc import Iterator

from cnlint.data import table
from cnlint.findings import Edit, Fix, Report, Severity, report
from cnlint.manifests.workflow import Expression, Step
from cnlint.manifests.workflow_edits import add_variable
from cnlint.rules import check
from cnlint.syntax.expressions import EVERY, ITEM, access_path, find_expressions, results


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
            message += "; here it is always empty, as no event that starts the workflow has it"
        hint = f'pass it by env (NAME: ${{{{ {written} }}}}) and use "$NAME" in the script'
        fixes = _moved_to_variable(expression, path, written) if result.node is expression.tree else []
        yield report(expression.place_of_node(result.node), message, severity=severity, hint=hint, fixes=fixes)


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


def _moved_to_variable(expression: Expression, path: tuple[str, ...], written: str) -> list[Fix]:
    """Propose to pass a lone expression by a variable, where it stands in a plain word of a Bourne shell's command."""
    step = expression.user
    name = "_".join(path[-2:] if path[1] == "event" else path[1:]).upper()
    if not isinstance(step, Step) or step.shell not in ("bash", "sh") or not name.replace("_", "").isalpha():
        return []
    # A second expression might need the same variable, and no edit knows of the other.
    if len([other for other in find_expressions(step.script) if other.closed]) != 1 or step.environment_value(name):
        return []
    quote = _quote_around(step, expression.fence.start)
    edits = add_variable(step, name, f"${{{{ {written} }}}}")
    if quote is None or not edits:
        return []
    variable = f"${{{name}}}" if quote else f'"${{{name}}}"'
    edits = (*edits, Edit(expression.place.span, variable))
    return [Fix(f"pass it by the variable {name}", edits, safe=True)]


def _quote_around(step: Step, offset: int) -> str | None:
    """Give the quote around an expression of a script, empty for none; ``None`` where no variable would be expanded."""
    for command in step.commands:
        for word in command.simple.words if command.outer is None else ():
            for part in word.parts if word.start <= offset < word.end else ():
                if part.kind == "expression" and part.start == offset and part.quote in ("", '"'):
                    return part.quote
    return None


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
