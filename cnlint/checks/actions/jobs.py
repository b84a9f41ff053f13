"""How long jobs may run."""

from collections.abc import Iterator

from cnlint.findings import Fix, Report, report
from cnlint.manifests.workflow import Job
from cnlint.manifests.workflow_edits import add_first
from cnlint.rules import Context, check


@check("GHA430")
def missing_timeout(job: Job, context: Context) -> Iterator[Report]:
    if job.call is not None or not job.steps:
        return
    longest = context.options["max"]
    minutes = job.integer("timeout-minutes")
    if minutes is not None and longest is not None and minutes > longest:
        message = f'job "{job.id}" may run for {minutes} minutes, more than the {longest} allowed'
        yield report(job.at("timeout-minutes"), message)
    if "timeout-minutes" in job.mapping() or all("timeout-minutes" in step.mapping() for step in job.steps):
        return
    message = f'job "{job.id}" has no timeout-minutes and may run for 6 hours'
    edits = add_first(job, "timeout-minutes: 30")
    yield report(job.key_at(), message, fixes=[Fix("stop the job after 30 minutes", edits)] if edits else [])
