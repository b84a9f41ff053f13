"""GitHub Actions: workflows and action metadata, their jobs, steps, action references and expressions.

`read_workflow` is the front end for files; `workflow_views` gives the same views over any document, also over the
snapshot of one that the project stage keeps. Keys of ``jobs``, ``env`` and ``with`` are compared as GitHub does,
without regard to case. What is absent, unreadable or of another type is ``None`` or empty, never an error.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.view import DocumentLike, Path, View
from cnlint.syntax.expressions import (
    ExpressionError,
    Fence,
    Literal,
    Node,
    access_path,
    accesses,
    find_expressions,
    parse_expression,
)
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span

if TYPE_CHECKING:
    from cnlint.manifests.commands import StepCommand
    from cnlint.syntax.yaml import Document, Stream

_ACTION_FILES = ("action.yml", "action.yaml")


class ParsedWorkflow:
    """A file of a workflow or of action metadata that was read."""

    def __init__(self, source: Source, stream: "Stream") -> None:
        self.source = source
        self.stream = stream

    @property
    def documents(self) -> "list[Document]":
        """What the project stage keeps of the file: the one document that GitHub reads."""
        return self.stream.documents[:1]

    def views(self) -> Iterator[object]:
        """Yield problems of the syntax, and every view of the file once."""
        for problem in self.stream.problems:
            if problem.kind == "syntax":
                yield self._problem(problem.message, problem.span)
        documents = self.stream.documents
        for extra in documents[1:]:
            if extra.value is not None:
                yield self._problem("a second YAML document starts here, GitHub reads only one", extra.span(()))
        if documents:
            for tag in documents[0].tags:
                if tag.name.startswith("!"):
                    message = f"{tag.name} is a YAML tag and no text: a value that starts with ! must be quoted"
                    yield self._problem(message, tag.span)
            yield from workflow_views(documents[0])

    def _problem(self, message: str, span: Span) -> "WorkflowProblem":
        return WorkflowProblem(self.source.path, message, span)


def read_workflow(source: Source) -> ParsedWorkflow:
    """Read a workflow or action metadata."""
    from cnlint.syntax import yaml

    return ParsedWorkflow(source, yaml.parse(source, yaml.Dialect.ACTIONS))


def workflow_views(document: DocumentLike) -> Iterator[object]:
    """Yield every view of a document: the workflow with its jobs, or the action, then steps, actions, expressions."""
    root: Workflow | ActionMetadata = ActionMetadata(document) if is_action(document) else Workflow(document)
    yield root
    if isinstance(root, Workflow):
        yield from root.jobs.values()
        yield from (job.call for job in root.jobs.values() if job.call)
    for step in root.all_steps:
        yield step
        if step.action:
            yield step.action
        yield from step.commands
    yield from root.expressions


def is_action(document: DocumentLike) -> bool:
    """Tell whether a document is the metadata of an action and not a workflow."""
    if document.path.rpartition("/")[2] in _ACTION_FILES:
        return True
    value = document.value
    return isinstance(value, dict) and "runs" in value and "jobs" not in value and "on" not in value


class WorkflowProblem:
    """A place where a workflow or action metadata cannot be read as YAML."""

    __slots__ = ("message", "place")
    target: ClassVar[str] = "workflow-problem"

    def __init__(self, path: str, message: str, span: Span) -> None:
        self.place = Place(path, span)
        self.message = message


class Trigger(View):
    """One event of ``on``, with its filters; ``event`` is its name."""

    def __init__(self, document: DocumentLike, path: Path, event: str) -> None:
        super().__init__(document, path)
        self.event = event

    def names(self, key: str) -> list[str]:
        """Give the patterns of a filter (``branches``, ``tags-ignore``, ``types``), also from a lone string."""
        return _strings(self.get(key))

    @property
    def has_branch_or_tag_filter(self) -> bool:
        """Whether only some branches or tags start the workflow."""
        keys = ("branches", "branches-ignore", "tags", "tags-ignore")
        return any(self.get(key) is not None for key in keys)


class Workflow(View):
    """A workflow file."""

    target = "workflow"

    def __init__(self, document: DocumentLike) -> None:
        super().__init__(document)
        self.notes: dict[str, Any] = {}
        """What other modules work out of the workflow once, by their own names."""

    @property
    def name(self) -> str:
        """The name as written; empty when it has none."""
        return self.string("name")

    @cached_property
    def triggers(self) -> dict[str, Trigger]:
        """The events that start it, from any of the three forms of ``on``."""
        events = self.get("on")
        if isinstance(events, str):
            return {events: Trigger(self.document, ("on",), events)}
        if isinstance(events, list):
            named = [(("on", index), event) for index, event in enumerate(events) if isinstance(event, str)]
            return {event: Trigger(self.document, path, event) for path, event in named}
        if isinstance(events, dict):
            return {event: Trigger(self.document, ("on", event), event) for event in events if isinstance(event, str)}
        return {}

    @property
    def is_only_called(self) -> bool:
        """Whether other workflows are the only ones that start it."""
        return set(self.triggers) == {"workflow_call"}

    @cached_property
    def jobs(self) -> "dict[str, Job]":
        """The jobs by id, in the order of the file."""
        return {id: Job(self, id, value) for id, value in self.mapping("jobs").items() if isinstance(id, str)}

    def job(self, id: str) -> "Job | None":
        """Give the job of an id, without regard to case."""
        found = self.jobs.get(id)
        if found is None:
            key = find_key(self.mapping("jobs"), id)
            found = self.jobs.get(key) if key is not None else None
        return found

    @property
    def all_steps(self) -> "Iterator[Step]":
        """The steps of all jobs."""
        for job in self.jobs.values():
            yield from job.steps

    @cached_property
    def expressions(self) -> "list[Expression]":
        """Every expression of the file, in the order of the file."""
        found = list(_expressions_of_trigger(self))
        for key in self.mapping():
            if isinstance(key, str) and key not in ("on", "jobs"):
                found += _expressions(self, (key,), self.value[key])
        for job in self.jobs.values():
            found += job.expressions
        return found


class _StepOwner(View):
    """What a job and a composite action have in common for their steps."""

    @cached_property
    def steps(self) -> "list[Step]":
        """All steps in the order of the file; those of a ``parallel`` group follow the step that holds it."""
        return list(self._steps())

    def _steps(self) -> "Iterator[Step]":
        raise NotImplementedError

    def _steps_at(self, path: Path) -> "Iterator[Step]":
        number = 0
        for index, value in enumerate(self.sequence(*path)):
            yield Step(self, (*path, index), value, number)
            number += 1
            parallel = value.get("parallel") if isinstance(value, dict) else None
            for inner, inner_value in enumerate(parallel if isinstance(parallel, list) else ()):
                yield Step(self, (*path, index, "parallel", inner), inner_value, number)
                number += 1


class Job(_StepOwner):
    """One job of a workflow."""

    target = "job"

    def __init__(self, workflow: Workflow, id: str, value: Any) -> None:
        super().__init__(workflow.document, ("jobs", id), value)
        self.workflow = workflow
        self.id = id
        self.notes: dict[str, Any] = {}
        """What other modules work out of the job once, by their own names."""

    @property
    def name(self) -> str:
        """The name that people see; the id when it has none."""
        return self.string("name") or self.id

    @property
    def condition(self) -> str | None:
        """The text of ``if``; ``None`` when it has none."""
        return _condition(self)

    @cached_property
    def needs(self) -> list[str]:
        """The ids of the jobs that it waits for, as written."""
        return _strings(self.get("needs"))

    @cached_property
    def needs_closure(self) -> frozenset[str]:
        """The ids of all jobs that end before this one starts; ids of no job are left out."""
        found: set[str] = set()
        pending = list(self.needs)
        while pending:
            job = self.workflow.job(pending.pop())
            if job is not None and job.id not in found:
                found.add(job.id)
                pending.extend(job.needs)
        return frozenset(found)

    @property
    def dependents(self) -> "list[Job]":
        """The jobs that wait for this one, directly or not."""
        return [job for job in self.workflow.jobs.values() if self.id in job.needs_closure and job.id != self.id]

    @cached_property
    def call(self) -> "ActionReference | None":
        """The reusable workflow that the job calls."""
        uses = self.string("uses")
        return ActionReference(self, ("uses",), uses) if uses else None

    @property
    def permissions(self) -> Any:
        """The permissions in force as written, its own or the workflow's; ``None`` when neither sets any."""
        own = self.get("permissions")
        return self.workflow.get("permissions") if own is None else own

    @property
    def sets_permissions(self) -> bool:
        """Whether the job has the key ``permissions``, whatever its value."""
        return "permissions" in self.mapping()

    @property
    def environment(self) -> str:
        """The name of its deployment environment, from both forms; empty when it has none."""
        return self.string("environment") or self.string("environment", "name")

    @property
    def has_environment(self) -> bool:
        """Whether it names a deployment environment, also by an expression."""
        return bool(self.get("environment"))

    @property
    def has_concurrency(self) -> bool:
        """Whether it or its workflow limits how many run at once."""
        return bool(self.get("concurrency") or self.workflow.get("concurrency"))

    @property
    def runs_on(self) -> list[str]:
        """The labels of its runner as written, from all forms (string, list, group and labels)."""
        value = self.get("runs-on")
        return _strings(value.get("labels") if isinstance(value, dict) else value)

    @cached_property
    def runner_labels(self) -> list[str] | None:
        """The labels that it can run on, matrix values put in, in lower case; ``None`` when some are not known."""
        if not any("${{" in label for label in self.runs_on):
            return [label.lower() for label in self.runs_on] or None
        labels = []
        for label in self.runs_on:
            values = self.static_values(label)
            if values is None:
                return None
            labels += [value.text.lower() for value in values]
        return labels or None

    @cached_property
    def runner_systems(self) -> frozenset[str]:
        """The operating systems that it can run on (``linux``, ``windows``, ``macos``); empty when unknown."""
        if self.runner_labels is None:
            return frozenset()
        systems = {_system_of(label) for label in self.runner_labels}
        return frozenset(system for system in systems if system)

    @cached_property
    def default_shell(self) -> str | None:
        """The shell of the scripts that name none; see `Step.shell`."""
        written = self.string("defaults", "run", "shell") or self.workflow.string("defaults", "run", "shell")
        if written:
            return None if "${{" in written else _shell_name(written)
        if self.has_container:
            return "sh"
        if self.runner_systems == {"windows"}:
            return "pwsh"
        return None if "windows" in self.runner_systems else "bash"

    @property
    def is_self_hosted(self) -> bool:
        """Whether it names a runner of the project's own."""
        return "self-hosted" in (label.lower() for label in self.runs_on)

    @property
    def has_container(self) -> bool:
        """Whether its steps run in a container."""
        return bool(self.get("container"))

    @cached_property
    def matrix(self) -> "Matrix":
        """The matrix of its strategy; an empty one when it has none."""
        return Matrix(self)

    @cached_property
    def expressions(self) -> "list[Expression]":
        """Every expression of the job and of its steps."""
        return list(_expressions_of_job(self))

    def _steps(self) -> "Iterator[Step]":
        return self._steps_at(("steps",))

    def environment_value(self, name: str) -> "Value | None":
        """Give a variable that the job or the workflow sets."""
        for view in (self, self.workflow):
            key = find_key(view.mapping("env"), name)
            if key is not None:
                return value_at(view, ("env", key))
        return None

    def static_values(self, text: str) -> "list[Value] | None":
        """Give every value that a text can have: itself, or those that matrix or ``env`` put in its only expression.

        ``None`` when it depends on anything else. Each value has the place where it is written.
        """
        if "${{" not in text:
            return [Value(text, self.at())]
        fences = find_expressions(text)
        if len(fences) != 1 or not fences[0].closed:
            return None
        path = _path_of(text[fences[0].body_start : fences[0].body_end])
        inner = self._static_values_of(path) if path else None
        if inner is None:
            return None
        before, after = text[: fences[0].start], text[fences[0].end :]
        return [value._replace(text=f"{before}{value.text}{after}") for value in inner]

    def _static_values_of(self, path: tuple[str, ...]) -> "list[Value] | None":
        if len(path) == 2 and path[0] == "env":
            value = self.environment_value(path[1])
            return [value] if value and "${{" not in value.text else None
        if len(path) >= 2 and path[0] == "matrix":
            values = self.matrix.values(path[1:])
            return values if values and not any("${{" in value.text for value in values) else None
        return None


class Value(NamedTuple):
    """A text and the place where it is written."""

    text: str
    place: Place
    is_truncated: bool = False
    """Whether it is an unquoted number that is written with more digits than it has (``1.20``)."""


def value_at(view: View, path: Path) -> Value | None:
    """Give the scalar at a path as GitHub reads it; ``None`` where there is none."""
    value = view.get(*path)
    text = scalar_text(value)
    if text is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Value(text, view.value_at(*path), is_number and view.text(*path) not in (text, None))


class Matrix:
    """The matrix of a job's strategy."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.rows: dict[Any, Any] = job.mapping("strategy", "matrix")

    @property
    def is_dynamic(self) -> bool:
        """Whether the whole matrix or its additions are computed."""
        return isinstance(self.job.get("strategy", "matrix"), str) or isinstance(self.rows.get("include"), str)

    def values(self, path: tuple[str, ...]) -> list[Value] | None:
        """Give the values of ``matrix.<path>``; ``None`` when a part of the matrix that may hold some is computed."""
        row = find_key(self.rows, path[0])
        if self.is_dynamic or (row is not None and not isinstance(self.rows[row], list)):
            return None
        found = (value_at(self.job, place) for place in self.places(path))
        return [value for value in found if value is not None]

    def places(self, path: tuple[str, ...]) -> list[Path]:
        """Give the paths, below the job, of all that ``matrix.<path>`` can be."""
        below: list[tuple[Path, tuple[str, ...]]] = []
        row = find_key(self.rows, path[0])
        if row is not None and row not in ("include", "exclude"):
            below += [((row, index), path[1:]) for index in range(len(self.job.sequence(*_MATRIX, row)))]
        below += [(("include", index), path) for index in range(len(self.job.sequence(*_MATRIX, "include")))]
        found = (self._follow((*_MATRIX, *place), rest) for place, rest in below)
        return [place for place in found if place is not None]

    def _follow(self, place: Path, path: tuple[str, ...]) -> Path | None:
        for step in path:
            key = find_key(self.job.mapping(*place), step)
            if key is None:
                return None
            place = (*place, key)
        return place


_MATRIX = ("strategy", "matrix")


class ActionMetadata(_StepOwner):
    """The metadata of an action, ``action.yml``."""

    target = "action"

    @property
    def name(self) -> str:
        """The name as written; empty when it has none."""
        return self.string("name")

    @property
    def ref(self) -> str:
        """The action as messages name it."""
        return f'action "{self.name}"' if self.name else "this action"

    @property
    def using(self) -> str:
        """What runs it, in lower case: ``composite``, ``docker``, ``node24``."""
        return self.string("runs", "using").lower()

    @property
    def inputs(self) -> dict[Any, Any]:
        """The declared inputs."""
        return self.mapping("inputs")

    @property
    def outputs(self) -> dict[Any, Any]:
        """The declared outputs."""
        return self.mapping("outputs")

    def _steps(self) -> "Iterator[Step]":
        return self._steps_at(("runs", "steps"))

    @property
    def all_steps(self) -> "list[Step]":
        """The steps of a composite action."""
        return self.steps

    @cached_property
    def expressions(self) -> "list[Expression]":
        """Every expression of the file; descriptions hold none."""
        found: list[Expression] = []
        for kind, field in (("inputs", "default"), ("outputs", "value")):
            for name in self.mapping(kind):
                found += _expressions(self, (kind, name, field), self.get(kind, name, field))
        for key in self.mapping("runs"):
            if key != "steps":
                path = ("runs", key)
                found += _expressions(self, path, self.get(*path), bare=key in ("pre-if", "post-if"))
        for step in self.steps:
            found += _expressions_of_step(step)
        return found


class Step(View):
    """One step of a job or of a composite action, its ``owner``; ``number`` counts them from 0."""

    target = "step"

    def __init__(self, owner: _StepOwner, path: Path, value: Any, number: int) -> None:
        super().__init__(owner.document, owner.path + path, value)
        self.owner = owner
        self.job = owner if isinstance(owner, Job) else None
        """The job that it is part of; ``None`` in a composite action."""
        self.number = number
        self.notes: dict[str, Any] = {}
        """What other modules work out of the step once, by their own names."""

    @property
    def workflow(self) -> Workflow | None:
        """The workflow that it is part of; ``None`` in a composite action."""
        return self.job.workflow if self.job is not None else None

    @property
    def id(self) -> str:
        """The id as written; empty when it has none."""
        return self.string("id")

    @property
    def label(self) -> str:
        """A name for messages: its name, else its id, its action or its number."""
        return self.string("name") or self.id or self.string("uses") or f"#{self.number + 1}"

    @property
    def condition(self) -> str | None:
        """The text of ``if``; ``None`` when it has none."""
        return _condition(self)

    @property
    def earlier(self) -> "list[Step]":
        """The steps before it."""
        return self.owner.steps[: self.number]

    @property
    def later(self) -> "list[Step]":
        """The steps after it."""
        return self.owner.steps[self.number + 1 :]

    @cached_property
    def action(self) -> "ActionReference | None":
        """The action that it uses."""
        uses = self.string("uses")
        return ActionReference(self, ("uses",), uses) if uses else None

    def uses(self, *slugs: str) -> bool:
        """Tell whether it uses one of these actions (``owner/repo`` or ``owner/repo/path``), at any version."""
        return self.action is not None and self.action.name in slugs

    @property
    def script(self) -> str:
        """The text of ``run``; empty when it has none."""
        return self.string("run")

    def input_key(self, name: str) -> str | None:
        """Give the key of ``with`` that sets an input, as it is written; ``None`` when none does."""
        return find_key(self.mapping("with"), name)

    def input(self, name: str) -> str | None:
        """Give an input as the action gets it (``true``, ``1.2``); ``None`` when it is not set."""
        key = self.input_key(name)
        return None if key is None else scalar_text(self.get("with", key))

    def input_values(self, name: str) -> list[Value]:
        """Give every value that an input can have, see `Job.static_values`; none when it is absent or computed."""
        key = self.input_key(name)
        value = value_at(self, ("with", key)) if key is not None else None
        if value is None:
            return []
        if "${{" not in value.text:
            return [value]
        return (self.job.static_values(value.text) or []) if self.job else []

    def environment_value(self, name: str) -> Value | None:
        """Give a variable that the step, its job or its workflow sets."""
        key = find_key(self.mapping("env"), name)
        if key is not None:
            return value_at(self, ("env", key))
        return self.job.environment_value(name) if self.job else None

    @property
    def static_environment(self) -> dict[str, str]:
        """The variables that step, job and workflow set to texts without expressions."""
        found: dict[str, str] = {}
        views: tuple[View, ...] = (self.job.workflow, self.job, self) if self.job else (self,)
        for view in views:
            for name in view.mapping("env"):
                text = scalar_text(view.get("env", name))
                if text is None or "${{" in text:
                    found.pop(name, None)
                else:
                    found[name] = text
        return found

    @property
    def working_directory(self) -> str:
        """The folder that its script runs in, its own or the default of job or workflow; empty: the workspace."""
        own = self.string("working-directory")
        if own or self.job is None:
            return own
        path = ("defaults", "run", "working-directory")
        return self.job.string(*path) or self.job.workflow.string(*path)

    @cached_property
    def shell(self) -> str | None:
        """The shell of its script without folder and options (``bash``, ``pwsh``); ``None`` when it is not known."""
        written = self.string("shell")
        if written:
            return None if "${{" in written else _shell_name(written)
        return self.job.default_shell if self.job is not None else None

    @cached_property
    def commands(self) -> "list[StepCommand]":
        """The commands of its script, when its shell is one of the Bourne family."""
        if not self.script:
            return []
        from cnlint.manifests.commands import commands_of_step

        return list(commands_of_step(self))


_MAJOR = regex(r"(?:releases?/)?[vV]?(\d+)((?:\.(?:\d+|x))*)\Z")
_SHA = regex(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
# `# v4.2.2`, `# tag=v4.2.2`, `# ratchet:actions/checkout@v4`, `# pin@v4`
_COMMENT_VERSION = regex(
    r"(?:(?:tag|version)\s*[=:]?\s*|ratchet:[^\s@]+@|pin@)?((?:releases?/)?v?\d+(?:\.\d+)*)(?=[\s,;)]|\Z)"
)


class ActionReference(View):
    """The value of ``uses`` of a step or of a job that calls a reusable workflow.

    ``kind`` is ``local`` (``./`` and ``$/``), ``docker``, ``remote``, or ``unknown`` for what is none of them.
    """

    target = "action-reference"

    def __init__(self, user: Job | Step, path: Path, written: str) -> None:
        super().__init__(user.document, user.path + path, written)
        self.user = user
        self.written = written
        slug, at, ref = written.strip().partition("@")
        parts = slug.split("/")
        self.kind = _reference_kind(written, parts, at)
        remote = self.kind == "remote"
        self.owner = parts[0].lower() if remote else ""
        self.repository = parts[1].lower() if remote else ""
        self.subpath = "/".join(parts[2:]) if remote else ""
        self.ref = ref if remote else ""
        self.slug = f"{self.owner}/{self.repository}" if remote else ""
        """``owner/repository`` in lower case; empty unless remote."""
        self.name = f"{self.slug}/{self.subpath.lower()}" if self.subpath else self.slug
        """``owner/repository/path`` in lower case, without version; empty unless remote."""

    @property
    def step(self) -> Step | None:
        """The step that uses it; ``None`` for a reusable workflow."""
        return self.user if isinstance(self.user, Step) else None

    @property
    def is_reusable_workflow(self) -> bool:
        """Whether a job calls it."""
        return isinstance(self.user, Job)

    @property
    def place(self) -> Place:
        """The entry ``uses``."""
        return self.at()

    @property
    def ref_place(self) -> Place:
        """What stands behind the ``@``."""
        start = self.written.find("@") + 1
        return self.text_at((), start, len(self.written) - start)

    @cached_property
    def is_sha(self) -> bool:
        """Whether the version is a full commit id, which nobody can move."""
        return _SHA.match(self.ref) is not None

    @cached_property
    def comment(self) -> str:
        """The comment at the end of the line, without ``#``; empty when there is none or no text is at hand."""
        source: Source | None = getattr(self.document, "source", None)
        if source is None:
            return ""
        # To look for the text is faster than to work out where it stands, and leaves no doubt if the lines end alike.
        ends = {after.partition("\n")[0] for after in source.text.split(self.written)[1:]}
        if len(ends) == 1:
            rest = ends.pop().lstrip("'\" \t")
        else:
            span = self.document.span(self.path, "value")
            rest = source.line(span.end_line)[span.end_column - 1 :].lstrip()
        return rest[1:].strip() if rest.startswith("#") else ""

    @cached_property
    def version(self) -> str:
        """The version as a tag: that of the reference, for a commit id that of the comment; empty when unknown."""
        if not self.is_sha:
            return self.ref
        match = _COMMENT_VERSION.match(self.comment)
        return match[1] if match else ""

    @cached_property
    def major(self) -> int | None:
        """The major version; ``None`` for branches, tags of other forms and commit ids without a version comment."""
        match = _MAJOR.match(self.version)
        # A longer number is a date or a build, not a major version.
        return int(match[1]) if match and len(match[1]) < 4 else None


def _reference_kind(written: str, parts: list[str], at: str) -> str:
    if written.startswith(("./", "../", "$/")) or written in (".", "./"):
        return "local"
    if written.startswith("docker://"):
        return "docker"
    if at and len(parts) >= 2 and parts[0] and parts[1] and "${{" not in written:
        return "remote"
    return "unknown"


class Expression(View):
    """One ``${{ }}`` in a value, or the whole of a bare ``if``.

    ``user`` is the step, job, workflow or action that it stands in, ``field`` the field of that (``run``, ``env``,
    ``with``, ``if``), ``fence`` its offsets in the value.
    """

    target = "expression"

    def __init__(self, user: View, path: Path, value: str, field: str, fence: Fence, bare: bool) -> None:
        super().__init__(user.document, user.path + path, value)
        self.user = user
        self.field = field
        self.fence = fence
        self.is_bare = bare

    @property
    def body(self) -> str:
        """The text between the fences."""
        text: str = self.value
        return text[self.fence.body_start : self.fence.body_end]

    @cached_property
    def _parsed(self) -> Node | ExpressionError:
        try:
            return parse_expression(self.body)
        except ExpressionError as error:
            return error

    @property
    def tree(self) -> Node | None:
        """Its syntax tree; ``None`` when it cannot be read."""
        return self._parsed if isinstance(self._parsed, Node) else None

    @property
    def error(self) -> ExpressionError | None:
        """Why it cannot be read."""
        return self._parsed if isinstance(self._parsed, ExpressionError) else None

    @property
    def accesses(self) -> list[tuple[Node, tuple[str, ...]]]:
        """The accesses to contexts in it, each with its path in lower case."""
        return list(accesses(self.tree)) if self.tree else []

    @property
    def step(self) -> Step | None:
        """The step that it stands in."""
        return self.user if isinstance(self.user, Step) else None

    @property
    def job(self) -> Job | None:
        """The job that it stands in."""
        return self.user if isinstance(self.user, Job) else self.step.job if self.step else None

    @property
    def workflow(self) -> Workflow | None:
        """The workflow that it stands in; ``None`` in an action."""
        if isinstance(self.user, Workflow):
            return self.user
        return self.job.workflow if self.job else None

    @property
    def place(self) -> Place:
        """The whole of it, with its fences."""
        return self.text_at((), self.fence.start, self.fence.end - self.fence.start)

    @property
    def opening(self) -> Place:
        """The ``${{`` of it."""
        return self.text_at((), self.fence.start, self.fence.body_start - self.fence.start)

    def place_of(self, offset: int, length: int) -> Place:
        """Give the place of characters of its body."""
        return self.text_at((), self.fence.body_start + offset, length)

    def place_of_node(self, node: Node) -> Place:
        """Give the place of a part of its tree."""
        return self.place_of(node.start, node.end - node.start)


def _expressions_of_trigger(workflow: Workflow) -> "Iterator[Expression]":
    # GitHub evaluates only these below `on`; filters and descriptions are plain text.
    for kind, field in (("inputs", "default"), ("outputs", "value")):
        for name in workflow.mapping("on", "workflow_call", kind):
            path = ("on", "workflow_call", kind, name, field)
            yield from _expressions(workflow, path, workflow.get(*path))


def _expressions_of_job(job: Job) -> "Iterator[Expression]":
    for key, value in job.mapping().items():
        if key == "steps":
            for step in job.steps:
                yield from _expressions_of_step(step)
        elif isinstance(key, str) and _may_hold_expression(key, value):
            yield from _expressions(job, (key,), value, bare=key == "if")


def _expressions_of_step(step: Step) -> "Iterator[Expression]":
    for key, value in step.mapping().items():
        if isinstance(key, str) and key != "parallel" and _may_hold_expression(key, value):
            yield from _expressions(step, (key,), value, bare=key == "if")


def _may_hold_expression(key: str, value: Any) -> bool:
    """Tell at a glance whether a value is to be looked into; most are plain texts without any."""
    return "${{" in value or key == "if" if isinstance(value, str) else isinstance(value, dict | list)


def _expressions(user: View, path: Path, value: Any, bare: bool = False) -> "Iterator[Expression]":
    field = str(path[0])
    pending = [(path, value)]
    while pending:
        here, value = pending.pop()
        if isinstance(value, str):
            # `snapshot.if` is the one condition below another key.
            is_condition = bare or here == ("snapshot", "if")
            if "${{" in value:
                for fence in find_expressions(value):
                    yield Expression(user, here, value, field, fence, bare=False)
            elif is_condition:
                yield Expression(user, here, value, field, Fence(0, len(value), 0, len(value), True), bare=True)
        elif isinstance(value, dict):
            pending.extend([((*here, key), child) for key, child in reversed(value.items())])
        elif isinstance(value, list):
            pending.extend(reversed([((*here, index), child) for index, child in enumerate(value)]))


def find_key(mapping: dict[Any, Any], name: str) -> str | None:
    """Find a key without regard to case; gives it as it is written."""
    if name in mapping:
        return name
    wanted = name.casefold()
    return next((key for key in mapping if isinstance(key, str) and key.casefold() == wanted), None)


def scalar_text(value: Any) -> str | None:
    """Give the text that GitHub makes of a scalar: ``true``, ``1.2``; ``None`` for mappings and lists."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _condition(view: View) -> str | None:
    return scalar_text(view.get("if")) if "if" in view.mapping() else None


def _path_of(expression: str) -> tuple[str, ...] | None:
    try:
        node = parse_expression(expression)
    except ExpressionError:
        return None
    return None if isinstance(node, Literal) else access_path(node)


def _system_of(label: str) -> str | None:
    for prefix, system in (("ubuntu", "linux"), ("linux", "linux"), ("windows", "windows"), ("macos", "macos")):
        if label.startswith(prefix):
            return system
    return None


def _shell_name(written: str) -> str:
    program = written.split(maxsplit=1)[0] if written.split() else written
    return program.replace("\\", "/").rpartition("/")[2].removesuffix(".exe").lower()
