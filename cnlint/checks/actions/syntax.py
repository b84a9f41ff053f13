"""Workflows and actions that GitHub cannot read, or reads otherwise than they look."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.view import Path
from cnlint.manifests.workflow import ActionMetadata, Expression, Job, Step, Workflow, WorkflowProblem, scalar_text
from cnlint.rules import Context, check


@check("GHA100")
def invalid_yaml(problem: WorkflowProblem) -> Iterator[Report]:
    yield report(problem.place, problem.message)


@check("GHA115")
def truncated_version_in_step(step: Step, context: Context) -> Iterator[Report]:
    for key in step.mapping("with"):
        if _is_version_name(key):
            yield from _truncated(step, ("with", key), context)
    yield from _truncated_in_environment(step, context)


@check("GHA115")
def truncated_version_in_job(job: Job, context: Context) -> Iterator[Report]:
    yield from _truncated_in_environment(job, context)
    for path in _matrix_paths_read_as_versions(job):
        for place in job.matrix.places(path):
            yield from _truncated(job, place, context)


@check("GHA115")
def truncated_version_in_workflow(workflow: Workflow, context: Context) -> Iterator[Report]:
    yield from _truncated_in_environment(workflow, context)


@check("GHA115")
def truncated_version_in_default(action: ActionMetadata, context: Context) -> Iterator[Report]:
    for name in action.inputs:
        if _is_version_name(name):
            yield from _truncated(action, ("inputs", name, "default"), context)


def _truncated_in_environment(view: Workflow | Job | Step, context: Context) -> Iterator[Report]:
    for name in view.mapping("env"):
        if name.upper().endswith("_VERSION"):
            yield from _truncated(view, ("env", name), context)


def _truncated(view: Workflow | Job | Step | ActionMetadata, path: Path, context: Context) -> Iterator[Report]:
    value = view.get(*path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    written = view.text(*path)
    read = scalar_text(value)
    if written is None or read is None:
        return
    place = view.value_at(*path)
    if written != read:
        message = f"version {written} is read as the number {read}"
        yield report(place, message, hint=f'write "{written}" in quotes', fixes=[_quoted(place, written)])
    elif context.options["all"] and isinstance(value, float):
        message = f"version {written} is a number, its next release may lose a digit"
        yield report(place, message, severity="info", fixes=[_quoted(place, written)])


def _quoted(place: Place, written: str) -> Fix:
    return Fix("quote the version", (Edit(place.span, f'"{written}"'),), safe=True)


def _is_version_name(name: str) -> bool:
    lower = name.lower()
    return lower == "version" or lower.endswith(("-version", "_version"))


def _matrix_paths_read_as_versions(job: Job) -> set[tuple[str, ...]]:
    """Give the paths below ``matrix`` whose values some input or variable takes as a version."""
    named = {(key.lower(),) for key in job.matrix.rows if _is_version_name(key)}
    read = (expression for expression in job.expressions if _is_read_as_version(expression)) if job.matrix.rows else ()
    return named | {
        path[1:] for expression in read for _, path in expression.accesses if path[0] == "matrix" and len(path) > 1
    }


def _is_read_as_version(expression: Expression) -> bool:
    return expression.field in ("with", "env") and _is_version_name(str(expression.path[-1]))


@check("GHA200")
def expression_syntax(expression: Expression) -> Iterator[Report]:
    if expression.is_bare and not expression.body.strip():
        return
    error = expression.error
    if error is not None:
        yield report(expression.place_of(error.offset, error.length), f"expression cannot be read: {error.message}")
    elif not expression.fence.closed:
        yield report(expression.opening, "expression is not closed: `}}` is missing after `${{`")
