"""What jobs that deploy need: an environment, a lock, a guard, and somebody who waits for the rollout."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import Command, StepCommand
from cnlint.manifests.conditions import (
    PULL_REQUEST_EVENTS,
    events_of,
    is_for_pull_requests_only,
    is_guard,
    needed_jobs,
    runs_after_skipped,
)
from cnlint.manifests.delivery import Activity, activities_of, deploys, may_do, pushes
from cnlint.manifests.workflow import Job, Step, Workflow
from cnlint.manifests.workflow_edits import add_first
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.graph.commands import ClusterCommand
    from cnlint.graph.links import Links


@check("GHA903")
def deploy_without_environment(job: Job) -> Iterator[Report]:
    deployment = _production_deployment(job)
    if deployment is not None and not job.has_environment:
        message = f'job "{job.id}" deploys ({deployment.what}) without an environment'
        fixes = _added(job, "name the environment production", "environment: production")
        yield report(job.key_at(), message, related=[Related(deployment.place, "the deployment")], fixes=fixes)


@check("GHA904")
def deploy_without_concurrency(job: Job) -> Iterator[Report]:
    # A workflow that is only called may be locked by its callers.
    if job.has_concurrency or job.workflow.is_only_called:
        return
    deployment = _production_deployment(job)
    if deployment is not None:
        message = f'job "{job.id}" deploys ({deployment.what}), and nothing keeps two runs of it apart'
        fixes = _added(job, "let one run deploy at a time", f"concurrency: {job.environment or job.id}")
        yield report(job.key_at(), message, related=[Related(deployment.place, "the deployment")], fixes=fixes)


def _production_deployment(job: Job) -> Activity | None:
    """Give the first deployment of a job, unless it is that of a preview, which only pull requests start."""
    deployment = next(iter(deploys(job)), None)
    return None if deployment is None or is_for_pull_requests_only(job) else deployment


def _added(job: Job, title: str, line: str) -> list[Fix]:
    edits = add_first(job, line)
    return [Fix(title, edits)] if edits and "${{" not in line else []


@check("GHA905")
def cancelled_deploy(job: Job) -> Iterator[Report]:
    if _cancels(job) and _production_deployment(job) is not None:
        message = f'job "{job.id}" deploys, and a newer run cancels it in the middle of the rollout'
        yield _cancelled(job, message)


@check("GHA905")
def cancelled_deploy_in_workflow(workflow: Workflow) -> Iterator[Report]:
    if not _cancels(workflow):
        return
    job = next((job for job in workflow.jobs.values() if _production_deployment(job) is not None), None)
    if job is not None:
        message = f'a newer run cancels the workflow, and with it job "{job.id}" in the middle of its rollout'
        yield _cancelled(workflow, message)


def _cancels(view: Job | Workflow) -> bool:
    value = view.get("concurrency", "cancel-in-progress")
    return value is True or value == "true"


def _cancelled(view: Job | Workflow, message: str) -> Report:
    edit = Edit(view.value_at("concurrency", "cancel-in-progress").span, "false")
    fixes = [Fix("let the running deployment end", (edit,))]
    return report(view.at("concurrency", "cancel-in-progress"), message, fixes=fixes)


@check("GHA906")
def unguarded_deploy(job: Job) -> Iterator[Report]:
    activities = [*deploys(job), *pushes(job)]
    if not activities or job.has_environment or _is_guarded(job):
        return
    open_events = [event for event in events_of(job) if _is_open(job, event)]
    for activity in activities if open_events else ():
        if not _is_guarded_itself(activity) and not _is_preview(activity):
            verb = "pushes an image" if activity.kind == "push" else "deploys"
            started = " and ".join(_STARTS.get(event, event) for event in open_events)
            message = f'job "{job.id}" {verb} ({activity.what}) for {started}'
            trigger = job.workflow.triggers[open_events[0]]
            related = [Related(activity.place, "this is run"), Related(trigger.at(), f"{trigger.event} starts it")]
            yield report(job.key_at(), message, related=related, fixes=_guarded(job))
            return


_STARTS = {
    "push": "pushes to any branch",
    "pull_request": "pull requests",
    "pull_request_target": "pull requests, those of forks included",
}
_ANY_BRANCH = frozenset({"*", "**", "**/*"})


def _is_open(job: Job, event: str) -> bool:
    """Tell whether an event is not bound to branches that somebody watches over."""
    if event in PULL_REQUEST_EVENTS:
        return True
    trigger = job.workflow.triggers[event]
    return event == "push" and (
        not trigger.has_branch_or_tag_filter or not _ANY_BRANCH.isdisjoint(trigger.names("branches"))
    )


def _is_guarded(job: Job) -> bool:
    if is_guard(job):
        return True
    return not runs_after_skipped(job) and any(is_guard(other) for other in needed_jobs(job))


def _is_guarded_itself(activity: Activity) -> bool:
    """Tell whether a step, its input or its script decides whether it deploys."""
    step = activity.step
    if step is None:
        return True
    if is_guard(step) or "${{" in (step.input("push") or "") or "${{" in (step.input("outputs") or ""):
        return True
    return activity.command is not None and _is_conditional(activity.command)


def _is_conditional(command: StepCommand) -> bool:
    """Tell whether a command of a script hangs on a test before it."""
    if command.simple.is_in("branch", "case", "function"):
        return True
    operator = command.simple.operator
    for before in reversed(command.before):
        if before.program == "exit" and before.simple.is_in("branch"):
            return True
        if operator in ("&&", "||") and before.program in ("test", "[", "[["):
            return True
        operator = before.simple.operator if operator in ("&&", "||") else None
    return False


_SIGNS_OF_PREVIEW = ("pull_request.number", "event.number", "head_ref", "preview", "github.ref_name", "GITHUB_HEAD_REF")


def _is_preview(activity: Activity) -> bool:
    """Tell whether each pull request or branch gets an image or deployment of its own."""
    step = activity.step
    text = f"{step.script} {list(step.mapping('with').values())}" if step is not None else ""
    return any(sign in text for sign in _SIGNS_OF_PREVIEW) or (step is not None and _tags_by_event(step))


def _tags_by_event(step: Step) -> bool:
    """Tell whether docker/metadata-action makes the tags, which tell branches and pull requests apart by themselves."""
    return ".outputs.tags" in (step.input("tags") or "")


def _guarded(job: Job) -> list[Fix]:
    if "if" in job.mapping():
        return []
    push = job.workflow.triggers.get("push")
    branches = [name for name in push.names("branches") if name.replace("-", "").isalnum()] if push else []
    edits = add_first(job, f"if: github.ref == 'refs/heads/{branches[0] if branches else 'main'}'")
    return [Fix("run it for the main branch only", edits)] if edits else []


@check("GHA909")
def missing_rollout_status(workflow: Workflow, context: Context) -> Iterator[Report]:
    links = context.project.links
    for job in workflow.jobs.values():
        changes = [one for one in links.commands_in(workflow.document.path) if one.command.origin.job is job]
        unseen = (one for one in changes if _starts_rollout(one, links) and not _is_awaited(one.command, job))
        first = next(unseen, None)
        if first is None or may_do(job, "cluster"):
            continue
        what = " ".join(filter(None, ["kubectl", first.verb, first.action]))
        names = ", ".join(f'{target.kind} "{target.name}"' for target in first.targets)
        message = f"nothing waits for the rollout{f' of {names}' if names else ''} that {what} starts"
        yield report(first.place, message, fixes=_status_asked(first))


_ROLLED_OUT = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_NOT_ROLLED_OUT = ("cj", "cronjob", "job", "pod", "po/", "rs/", "replicaset")


def _starts_rollout(command: "ClusterCommand", links: "Links") -> bool:
    """Tell whether a command surely makes a workload replace its pods."""
    if command.is_dry_run:
        return False
    if (command.verb, command.action) in (("set", "image"), ("set", "env"), ("rollout", "restart")):
        first = command.command.operands()[2:3]
        return not any(word.prefix.lower().startswith(_NOT_ROLLED_OUT) for word in first)
    if command.verb in ("patch", "replace", "apply") and not command.files:
        return any(target.kind in _ROLLED_OUT for target in command.targets)
    if command.verb in ("replace", "apply"):
        return any(one.kind in _ROLLED_OUT for one in links.objects_changed_by(command) or ())
    return False


def _is_awaited(command: Command, job: Job) -> bool:
    """Tell whether anything after a command waits for a rollout, in the job or in one that waits for it."""
    place = (command.origin.number, command.simple.start)
    for activity in activities_of(job):
        if activity.kind == "rollout-check" and activity.step is not None:
            start = activity.command.simple.start if activity.command is not None else 0
            if (activity.step.number, start) > place:
                return True
    later = [*command.after, *(other for step in command.origin.later for other in step.commands)]
    if any(other.program == "helm" and other.has_flag(*_HELM_WAITS) for other in later):
        return True
    return any(may_do(other, "rollout-check") for other in job.dependents)


_HELM_WAITS = ("--wait", "--atomic", "--rollback-on-failure")


def _status_asked(change: "ClusterCommand") -> list[Fix]:
    command = change.command
    if len(change.targets) != 1 or change.verb not in ("set", "rollout") or command.outer is not None:
        return []
    [target] = change.targets
    if command.simple.next_operator in ("|", "|&") or change.namespace is None:
        return []
    namespace = f" -n {change.namespace}" if change.namespace else ""
    end = command.place_at(command.simple.end, command.simple.end).span
    text = f" && {command.program} rollout status{namespace} {target.kind.lower()}/{target.name} --timeout=5m"
    return [Fix("wait for the rollout", (Edit(end, text),))]


@check("GHA910")
def helm_without_wait(command: StepCommand) -> Iterator[Report]:
    if not command.runs("helm", "upgrade|install") or command.has_flag("--dry-run", "--help", "-h"):
        return
    if command.has_flag(*_HELM_WAITS) or command.may_have_other_flags:
        return
    step: Step = command.origin
    job = step.job
    if job is not None and (may_do(job, "cluster") or _waits_later(command, step)):
        return
    release = next(iter(command.operands()[1:]), None)
    what = f' of release "{release.value}"' if release is not None and release.value else ""
    message = f"helm {command.subcommand}{what} succeeds before the pods run: neither --wait nor --atomic is set"
    verb = command.operands()[0]
    end = command.place(verb).span
    edit = Edit(end._replace(line=end.end_line, column=end.end_column), " --atomic")
    yield report(command.place(), message, fixes=[Fix("wait, and roll back when it fails", (edit,))])


def _waits_later(command: StepCommand, step: Step) -> bool:
    later = [*command.after, *(other for one in step.later for other in one.commands)]
    return any(other.runs("kubectl|oc", "rollout", "status") or other.runs("kubectl|oc", "wait") for other in later)
