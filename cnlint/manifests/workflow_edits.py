"""Edits that add keys to workflows, as a person would write them.

They are made only where the mapping is in block style and the text of the file is at hand; elsewhere there are none.
"""

from cnlint.findings import Edit
from cnlint.manifests.view import View
from cnlint.manifests.workflow import Step, Workflow
from cnlint.syntax.source import Source, Span


def add_first(view: View, text: str) -> tuple[Edit, ...]:
    """Write ``key: value`` before the first key of a mapping."""
    first = next(iter(view.mapping()), None)
    if first is None or not _is_block(view):
        return ()
    return _before_key(view, (first,), text)


def add_before_jobs(workflow: Workflow, text: str) -> tuple[Edit, ...]:
    """Write lines of the top level before the jobs."""
    if "jobs" not in workflow.mapping() or not _is_block(workflow):
        return ()
    return _before_key(workflow, ("jobs",), text)


def add_input(step: Step, name: str, value: str) -> tuple[Edit, ...]:
    """Give a step with an action another input."""
    first = next(iter(step.mapping("with")), None)
    if first is not None:
        return _before_key(step, ("with", first), f"{name}: {value}") if _is_block(step, "with") else ()
    source: Source | None = getattr(step.document, "source", None)
    if source is None or "with" in step.mapping() or not _is_block(step):
        return ()
    key = step.key_at("uses").span
    end = step.value_at("uses").span.end_line
    margin = " " * (key.column - 1)
    column = len(source.line(end)) + 1
    return (Edit(Span(end, column, end, column), f"\n{margin}with:\n{margin}  {name}: {value}"),)


def add_variable(step: Step, name: str, value: str) -> tuple[Edit, ...]:
    """Set a variable for the script of a step."""
    first = next(iter(step.mapping("env")), None)
    if first is not None:
        return _before_key(step, ("env", first), f"{name}: {value}") if _is_block(step, "env") else ()
    if "env" in step.mapping() or not _is_block(step):
        return ()
    margin = " " * (step.key_at("run").span.column - 1)
    return _before_key(step, ("run",), f"env:\n{margin}  {name}: {value}")


def _before_key(view: View, key: tuple[str, ...], text: str) -> tuple[Edit, ...]:
    line, column, _, _ = view.key_at(*key).span
    return (Edit(Span(line, column, line, column), f"{text}\n{' ' * (column - 1)}"),)


def _is_block(view: View, *path: str) -> bool:
    style = getattr(view.document, "style", None)
    return style is not None and style(view.path + path) == "block-mapping"
