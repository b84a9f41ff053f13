"""The order of test, build and deployment in a workflow."""

import re
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.graph.project import Project
from cnlint.manifests.commands import Command
from cnlint.manifests.conditions import PULL_REQUEST_EVENTS, events_of, needed_jobs, runs_whenever
from cnlint.manifests.delivery import (
    Activity,
    deploys,
    done,
    hints_of,
    is_infrastructure,
    kinds_of_command,
    may_do,
    pushes,
    ships,
)
from cnlint.manifests.image_tags import expand, tags_pushed_by
from cnlint.manifests.workflow import Job, Workflow
from cnlint.manifests.workflow_edits import add_first
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex


@check("GHA900")
def no_tests_before_publish(workflow: Workflow, context: Context) -> Iterator[Report]:
    if workflow.is_only_called or PULL_REQUEST_EVENTS.issuperset(workflow.triggers) or _speaks_of_tests(workflow):
        return
    delivery = _first_delivery(workflow)
    if delivery is None or not _is_built_here(workflow, delivery):
        return
    project, extra = context.project, tuple(context.options["commands"])
    awaited = project.links.awaited_by(workflow)
    if awaited is None or any(_tests(one, extra, project) for one in (workflow, *awaited)):
        return
    others = (one for one in project.workflows if one is not workflow and not one.is_only_called)
    elsewhere = next((one for one in others if _tests(one, extra, project)), None)
    message = f"{_SENTENCES[delivery.kind]} ({delivery.what}), and no job of the workflow runs tests"
    if elsewhere is None:
        yield report(delivery.place, message)
        return
    related = [Related(elsewhere.at(), "tests run in this workflow, for which nothing waits")]
    hint = "call the workflow with the tests from this one, or run this one after it by workflow_run"
    yield report(delivery.place, message, related=related, severity="info", hint=hint)


_SENTENCES = {"push": "an image is pushed", "deploy": "something is deployed", "publish": "something is published"}
_TEST_WORDS = regex(r"(?<![a-z])(?:tests?|testing|unittests?|e2e|pytest)(?![a-z]|\s+[-!\"$'])", re.IGNORECASE)


def _speaks_of_tests(workflow: Workflow) -> bool:
    """Tell whether a name, a script or an input of a workflow holds a word for tests."""
    return any(_TEST_WORDS.search(text) for job in workflow.jobs.values() for text in _texts_of(job))


def _texts_of(job: Job) -> Iterator[str]:
    yield from (job.id, job.name, job.string("uses"))
    for step in job.steps:
        yield from (step.string("name"), step.id, step.string("uses"), step.script)
        yield from (value for value in step.mapping("with").values() if isinstance(value, str))


def _first_delivery(workflow: Workflow) -> Activity | None:
    for job in workflow.jobs.values():
        found = sorted(
            [*ships(job), *deploys(job)],
            key=lambda one: (one.step.number if one.step else 0, one.command.simple.start if one.command else 0),
        )
        if found:
            return found[0]
    return None


# What deploys source code, which it builds itself.
_BUILDS_ITSELF = ("gcloud functions", "gcloud app", "gcloud run", "serverless deploy", "sls deploy", "sam deploy")


def _is_built_here(workflow: Workflow, delivery: Activity) -> bool:
    """Tell whether a workflow builds what it delivers; one that only applies configuration has nothing to test."""
    if delivery.kind != "deploy" or delivery.what.startswith(_BUILDS_ITSELF):
        return True
    return any(done(job, "build", "push") for job in workflow.jobs.values())


def _tests(workflow: Workflow, extra: tuple[str, ...], project: Project) -> bool:
    """Tell whether anything says that a workflow, or what it calls, runs tests."""
    return any(_tests_in(job, extra, project) for job in workflow.jobs.values())


def _tests_in(job: Job, extra: tuple[str, ...], project: Project) -> bool:
    callee = project.links.workflow_called_by(job)
    if may_do(job, "test") or (callee is not None and any(may_do(one, "test") for one in callee.jobs.values())):
        return True
    for step in job.steps:
        action = project.links.action_used_by(step)
        commands = [*step.commands, *(command for one in (action.steps if action else ()) for command in one.commands)]
        if any(_is_test(command, extra, project) for command in commands):
            return True
    builds = project.links.builds_in(job.document.path)
    return any(_tests_in_build(build.dockerfile, project) for build in builds if build.dockerfile)


def _is_test(command: Command, extra: tuple[str, ...], project: Project) -> bool:
    text = " ".join(word.text for word in command.words)
    if text.startswith(extra) or any(kind == "test" for kind, _ in kinds_of_command(command)):
        return True
    # What these targets do stands elsewhere; most often tests are part of it.
    if command.program in ("make", "just", "task") and {"", "all", "ci", "default"}.issuperset(
        word.value or "" for word in command.operands() or command.words[:0]
    ):
        return True
    names = [word.value for word in command.words[:2] if word.value and word.value.endswith(".sh")]
    scripts = (one for one in project.scripts for name in names if one.path.endswith(name.removeprefix("./")))
    return any(kind == "test" for one in scripts for inner in one.commands for kind, _ in kinds_of_command(inner))


_TEST_IN_DOCKERFILE = regex(r"^\s*RUN\b.*\b(?:tests?|pytest|check|verify)\b", re.IGNORECASE | re.MULTILINE)


def _tests_in_build(dockerfile: str, project: Project) -> bool:
    return _TEST_IN_DOCKERFILE.search(project.read_text(dockerfile) or "") is not None


@check("GHA901")
def build_without_test_dependency(job: Job) -> Iterator[Report]:
    shipped = next(iter(ships(job)), None)
    if shipped is None or any(may_do(other, "test") for other in (job, *needed_jobs(job))):
        return
    independent = _independent(job)
    tests = next((other for other in independent if done(other, "test") and runs_whenever(other, job)), None)
    if tests is not None:
        verb = "pushes an image" if shipped.kind == "push" else "publishes"
        message = f'job "{job.id}" {verb} without waiting for the tests of job "{tests.id}"'
        related = [Related(shipped.place, f"{shipped.what} is run whether they pass or not")]
        yield report(job.key_at(), message, related=related, fixes=_waiting_for(job, tests))


@check("GHA902")
def deploy_without_build_dependency(job: Job) -> Iterator[Report]:
    deployments = deploys(job)
    if not deployments or done(job, "build", "push") or _takes_given_version(job):
        return
    waits_for_build = any(may_do(other, "build") or may_do(other, "push") for other in needed_jobs(job))
    for other in _independent(job):
        names = _names_image_of(job, other)
        is_build = names or (not waits_for_build and _is_build(other) and not all(map(is_infrastructure, deployments)))
        if is_build and runs_whenever(other, job):
            made = "pushes the image that it deploys" if names else "builds"
            message = f'job "{job.id}" deploys without waiting for job "{other.id}", which {made}'
            related = [Related(other.key_at(), "both jobs start at the same time")] if not job.needs else []
            yield report(job.key_at(), message, related=related, fixes=_waiting_for(job, other))
            return


_BY_HAND = frozenset({"workflow_dispatch", "repository_dispatch", "deployment"})


def _independent(job: Job) -> list[Job]:
    """Give the jobs that neither wait for a job nor are waited for by it."""
    return [
        other
        for other in job.workflow.jobs.values()
        if other.id not in job.needs_closure and job.id not in other.needs_closure and other is not job
    ]


def _is_build(job: Job) -> bool:
    return bool(pushes(job)) or (bool(done(job, "build")) and "build" in hints_of(job))


def _takes_given_version(job: Job) -> bool:
    """Tell whether what is deployed is chosen by whoever starts the workflow, so that it was built before."""
    return _BY_HAND.issuperset(events_of(job)) or any(
        access[0] == "inputs" or access[:3] == ("github", "event", "inputs")
        for expression in job.expressions
        for _, access in expression.accesses
    )


def _names_image_of(job: Job, other: Job) -> bool:
    """Tell whether a job names, letter by letter, an image that another one pushes, with a tag that says which one."""
    tags = [tag.reference for activity in pushes(other) for tag in tags_pushed_by(activity) or ()]
    texts = {tag.text for tag in tags if tag.has_tag and tag.tag != "latest" and "/" in tag.text}
    written = [expand(f"{step.script} {list(step.mapping('with').values())}", step) for step in job.steps]
    return any(text in step for text in texts for step in written)


def _waiting_for(job: Job, other: Job) -> list[Fix]:
    title = f"wait for job {other.id}"
    if "needs" not in job.mapping():
        edits = add_first(job, f"needs: {other.id}")
        return [Fix(title, edits)] if edits else []
    if job.string("needs") and job.text("needs") == job.string("needs"):
        return [Fix(title, (Edit(job.value_at("needs").span, f"[{job.string('needs')}, {other.id}]"),))]
    return []
