"""The token of a workflow: what it may do, and where it is left behind."""

from collections.abc import Iterator

from cnlint.findings import Report, Severity, report
from cnlint.manifests.delivery import activities_of
from cnlint.manifests.workflow import Step, Workflow
from cnlint.rules import check


@check("GHA606")
def missing_permissions(workflow: Workflow) -> Iterator[Report]:
    if "permissions" in workflow.mapping() or workflow.is_only_called:
        return
    without = [job for job in workflow.jobs.values() if not job.sets_permissions]
    if not without:
        return
    if len(without) == len(workflow.jobs):
        message = "neither the workflow nor a job sets permissions, so the token has the repository's default ones"
        yield report(workflow.at(), message)
        return
    for job in without:
        message = f'job "{job.id}" has no permissions, so its token has the repository\'s default ones'
        yield report(job.key_at(), message)


@check("GHA617")
def persisted_credentials(step: Step) -> Iterator[Report]:
    if not step.uses("actions/checkout") or step.input_key("persist-credentials") is not None:
        return
    if _is_needed_later(step):
        return
    major = step.action.major if step.action else None
    severity: Severity | None = None
    if major is not None and major >= 6:
        severity, where = "info", "outside of the workspace"
    else:
        upload = next((later for later in step.later if _uploads_workspace(later)), None)
        if upload is not None:
            message = f'checkout leaves the token in .git/config, and step "{upload.label}" uploads that folder'
            yield report(step.at(), message, severity="error")
            return
        where = "in .git/config"
    message = f"checkout leaves the token on disk {where} for all later steps"
    yield report(step.at(), message, severity=severity)


def _is_needed_later(step: Step) -> bool:
    if step.job is None:
        return False
    return any(
        activity.kind == "git-push" and activity.step is not None and activity.step.number > step.number
        for activity in activities_of(step.job)
    )


def _uploads_workspace(step: Step) -> bool:
    if not step.uses("actions/upload-artifact"):
        return False
    paths = (line.strip().rstrip("/") for line in (step.input("path") or "").splitlines())
    return any(path in (".", "..", "${{ github.workspace }}", "${{github.workspace}}") for path in paths)
