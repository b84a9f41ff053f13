"""The token of a workflow: what it may do, and where it is left behind."""

from collections.abc import Iterator

from cnlint.findings import Fix, Report, Severity, report
from cnlint.manifests.delivery import activities_of
from cnlint.manifests.workflow import Step, Workflow
from cnlint.manifests.workflow_edits import add_before_jobs, add_input
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
        edits = add_before_jobs(workflow, "permissions:\n  contents: read\n")
        yield report(
            workflow.at(), message, fixes=[Fix("give read access to the sources only", edits)] if edits else []
        )
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
    message, severity = _where_it_stays(step)
    edits = add_input(step, "persist-credentials", "false")
    fixes = [Fix("do not keep the token", edits)] if edits else []
    yield report(step.at(), message, severity=severity, fixes=fixes)


def _where_it_stays(step: Step) -> tuple[str, Severity | None]:
    major = step.action.major if step.action else None
    if major is not None and major >= 6:
        return "checkout leaves the token on disk, outside of the workspace, for all later steps", "info"
    upload = next((later for later in step.later if _uploads_workspace(later)), None)
    if upload is not None:
        return f'checkout leaves the token in .git/config, and step "{upload.label}" uploads that folder', "error"
    return "checkout leaves the token on disk, in .git/config, for all later steps", None


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
