"""How workflows and scripts build images: from which Dockerfile and context, under which names."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.graph.commands import commands_of_programs
from cnlint.manifests.commands import Command
from cnlint.manifests.image_tags import BUILD_ACTIONS, ImageTag, pushed_words, tag_of_word, tags_of_input, text_of_word
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word

if TYPE_CHECKING:
    from cnlint.graph.project import Project
    from cnlint.manifests.workflow import Step

_ENGINES = frozenset({"docker", "podman", "nerdctl", "buildah"})
_VALUE_FLAGS = (
    *("--add-host", "--allow", "--annotation", "--attest", "--build-arg", "--build-context", "--builder", "--output"),
    *(
        "--cache-from",
        "--cache-to",
        "--cgroup-parent",
        "--file",
        "--iidfile",
        "--label",
        "--metadata-file",
        "--network",
    ),
    *("--platform", "--progress", "--secret", "--shm-size", "--ssh", "--tag", "--target", "--ulimit", "-f", "-o", "-t"),
)
_REMOTE_CONTEXT = regex(r"(?:https?|git|ssh)://|git@|\{\{|github\.com/")

Known = Mapping[str, str]
"""Values of expressions that are known before the run, by the path of the context (``github.repository``)."""


class Build(NamedTuple):
    """A build of an image in a workflow or script."""

    file: str
    """The workflow or script."""
    origin: str
    """What runs it: the file, and for a workflow the job, ``.github/workflows/go.yaml#build``."""
    place: Place
    step: "Step | None"
    command: Command | None
    context: str | None
    """The folder of the context, relative to the root; ``None`` when it is remote or known only at run time."""
    dockerfile: str | None
    """The Dockerfile, relative to the root; ``None`` when it is not known."""
    context_place: Place
    """Where the context is named; the build where it is the default."""
    dockerfile_place: Place
    """Where the Dockerfile is named; the context's place where it is the default."""
    target: str | None
    """The stage that is built; ``None`` for the last one."""
    tags: tuple[ImageTag, ...]
    pushes: bool


def builds_of(project: "Project", known: Known) -> Iterator[Build]:
    """Yield all builds of images in workflows, actions and scripts."""
    for workflow in project.workflows:
        for job in workflow.jobs.values():
            for step in job.steps:
                if step.uses(*BUILD_ACTIONS):
                    yield from _builds_of_action(step, f"{workflow.document.path}#{job.id}", known)
    for command, file, origin, folder in commands_of_programs(project, _ENGINES):
        if verbs := _build_verbs(command):
            yield _build_of_command(command, verbs, file, origin, folder, known)


def pushes_of(project: "Project", known: Known) -> Iterator[ImageTag]:
    """Yield the names that ``docker push`` and its like are given."""
    for command, _, _, _ in commands_of_programs(project, _ENGINES):
        yield from (tag_of_word(command, word, known) for word in pushed_words(command))


def _builds_of_action(step: "Step", origin: str, known: Known) -> Iterator[Build]:
    context_key, file_key = step.input_key("context"), step.input_key("file")
    place = step.at("uses")
    context_place = step.value_at("with", context_key) if context_key else place
    tags = tuple(tags_of_input(step, "tags", known))
    pushes = (step.input("push") or "false").casefold() != "false"
    for context_text, file_text in _pairs(_values(step, "context", "."), _values(step, "file", "")):
        context = _checked_out(step, context_text)
        yield Build(
            step.document.path,
            origin,
            place,
            step,
            None,
            context,
            _default_dockerfile(context) if file_text == "" else _checked_out(step, file_text),
            context_place,
            step.value_at("with", file_key) if file_key else context_place,
            step.input("target") or None,
            tags,
            pushes,
        )


def _values(step: "Step", name: str, default: str) -> list[str | None]:
    """Give the values that an input can have; ``None`` alone when it is computed."""
    if step.input_key(name) is None:
        return [default]
    return [value.text for value in step.input_values(name)] or [None]


def _pairs(contexts: list[str | None], files: list[str | None]) -> Iterable[tuple[str | None, str | None]]:
    """Put contexts and files together: row by row where both come from one matrix, else each with each."""
    return zip(contexts, files, strict=True) if len(contexts) == len(files) else product(contexts, files)


def _default_dockerfile(context: str | None) -> str | None:
    return None if context is None else os.path.join(context, "Dockerfile")


def _checked_out(step: "Step", text: str | None) -> str | None:
    """Give the path in the project of a path in the workspace; ``None`` when it is remote or not known."""
    if text is None or "${{" in text or _REMOTE_CONTEXT.search(text):
        return None
    path = repository.join(repository.workspace_of(step.document.path), text)
    return None if path is None else _in_project(step, path)


def _in_project(step: "Step", path: str) -> str | None:
    """Take off the folder that this repository is checked out into; ``None`` for what lies outside of it."""
    workspace = repository.workspace_of(step.document.path)
    for other in reversed(step.earlier):
        if not other.uses("actions/checkout"):
            continue
        folder = repository.join(workspace, other.input("path") or "")
        if folder is None or "${{" in folder:
            return None
        if not folder or path == folder or path.startswith(f"{folder}/"):
            is_own = (other.input("repository") or _OWN).replace(" ", "") == _OWN
            return repository.join(workspace, path[len(folder) :].lstrip("/")) if is_own else None
    is_elsewhere = any(other.uses("actions/checkout") for other in step.earlier)
    return None if is_elsewhere else path


_OWN = "${{github.repository}}"


def _build_of_command(command: Command, verbs: int, file: str, origin: str, folder: str | None, known: Known) -> Build:
    operands = command.operands(_VALUE_FLAGS)[verbs:]
    context_word = operands[0] if operands else None
    file_word = command.option("-f", "--file")
    context = _in_folder(folder, command, context_word, known)
    place = command.place()
    context_place = command.place(context_word) if context_word else place
    target = command.option("--target")
    tags = tuple(tag_of_word(command, word, known) for word in command.options("-t", "--tag"))
    return Build(
        file,
        origin,
        place,
        _step_of(command),
        command,
        context,
        _in_folder(folder, command, file_word, known) if file_word else _default_dockerfile(context),
        context_place,
        command.place(file_word) if file_word else context_place,
        text_of_word(command, target, known) if target else None,
        tags,
        command.has_flag("--push") or any(_is_pushed(command, tag.reference.text, known) for tag in tags),
    )


def _in_folder(folder: str | None, command: Command, word: Word | None, known: Known) -> str | None:
    if folder is None or word is None:
        return None
    text = text_of_word(command, word, known)
    if text == "-" or "$" in text or _REMOTE_CONTEXT.search(text):
        return None
    path = repository.join(folder, text)
    step = _step_of(command)
    return _in_project(step, path) if path is not None and step is not None else path


def _step_of(command: Command) -> "Step | None":
    """Give the step of a job that runs a command; composite actions belong to no job, scripts to no step."""
    return command.origin if getattr(command.origin, "job", None) is not None else None


def _build_verbs(command: Command) -> int:
    """Give the number of operands that make a command a build of an image; 0 when it is none."""
    program = command.program
    if command.runs(program, "buildx|image|builder", "build"):
        return 2
    return 1 if command.runs(program, "build|bud") else 0


def _is_pushed(command: Command, text: str, known: Mapping[str, str]) -> bool:
    """Tell whether a later command of the script pushes an image."""
    later: Iterable[Command] = command.after
    return any(text_of_word(one, word, known) == text for one in later for word in pushed_words(one))
