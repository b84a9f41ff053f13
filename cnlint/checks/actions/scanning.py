"""Images that are pushed without anybody having looked for known vulnerabilities."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.delivery import activities_of, may_do, pushes, related
from cnlint.manifests.workflow import Job
from cnlint.rules import Context, check


@check("GHA743")
def missing_image_scan(job: Job, context: Context) -> Iterator[Report]:
    push = next(iter(pushes(job)), None)
    if push is None or context.options["registry_scan"]:
        return
    if not any(activity.kind == "build" for activity in activities_of(job)):
        return
    scanners = [name.lower() for name in context.options["scanners"]]
    if not any(may_do(other, "scan") or _uses_any(other, scanners) for other in related(job)):
        message = f'job "{job.id}" pushes an image that no job of the workflow scans for vulnerabilities'
        yield report(push.place, message)


def _uses_any(job: Job, names: list[str]) -> bool:
    """Tell whether a job uses one of these actions or programs."""
    if not names:
        return False
    calls = [job.call] if job.call else []
    actions = {action.name or action.written.lower() for step in job.steps if (action := step.action)}
    actions |= {call.name or call.written.lower() for call in calls}
    programs = {command.program.lower() for step in job.steps for command in step.commands}
    return any(name in actions or name in programs for name in names)
