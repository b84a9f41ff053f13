"""Jobs and CronJobs: when they start, and what is left of them."""

from collections.abc import Iterator

from cnlint.findings import Fix, Report, Severity, report
from cnlint.graph.names import nearest_word
from cnlint.manifests.cron import CronError, is_macro, parse_cron, split_zone, time_zones
from cnlint.manifests.mapping_edits import add_key, remove_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_TTL = "ttlSecondsAfterFinished"
_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")
# The controller looks for what is due every ten seconds.
_LEAST_DEADLINE = 10
_ZONE_REFUSED_SINCE = (1, 29)


@check("K8S310")
def missing_ttl(job: Workload) -> Iterator[Report]:
    if job.get("spec", _TTL) is not None or job.is_fragment or job.get("metadata", "ownerReferences"):
        return
    # Hooks are deleted by what runs them.
    if any(hook in job.annotations for hook in _HOOKS):
        return
    fixes = _add(job, _TTL, "86400", "delete it a day after its end")
    yield report(job.at("spec", _TTL), f"{job.ref} stays for ever after its end: it has no {_TTL}", fixes=fixes)


@check("K8S311")
def ttl_of_cron_job(cron_job: Workload) -> Iterator[Report]:
    path = ("spec", "jobTemplate", "spec", _TTL)
    if cron_job.get(*path) is not None:
        text = f"{cron_job.ref} limits the number of its old Jobs, and deletes them after a time as well"
        edits = remove_key(cron_job, path)
        yield report(cron_job.key_at(*path), text, fixes=[Fix(f"delete {_TTL}", edits, safe=True)] if edits else [])


@check("K8S312")
def starting_deadline(cron_job: Workload) -> Iterator[Report]:
    path = ("spec", "startingDeadlineSeconds")
    seconds = cron_job.integer(*path)
    if seconds is not None and seconds < _LEAST_DEADLINE:
        text = f"{cron_job.ref} may never start: its startingDeadlineSeconds is {seconds}, below {_LEAST_DEADLINE}"
        yield report(cron_job.value_at(*path), text, severity="error")
    elif cron_job.get(*path) is None and not cron_job.is_fragment:
        fixes = _add(cron_job, path[-1], "200", "allow it to start up to 200 seconds late")
        yield report(cron_job.at(*path), f"{cron_job.ref} has no startingDeadlineSeconds", fixes=fixes)


def _add(job: Workload, key: str, value: str, title: str) -> list[Fix]:
    # A key without a value is there already.
    edits = () if key in job.mapping("spec") else add_key(job, ("spec",), f"{key}: {value}")
    return [Fix(title, edits)] if edits else []


@check("K8S313")
def invalid_schedule(cron_job: Workload, context: Context) -> Iterator[Report]:
    written = cron_job.get("spec", "schedule")
    if isinstance(written, str) and not has_placeholder(written):
        yield from _schedule(cron_job, written, context)
    zone = cron_job.get("spec", "timeZone")
    if isinstance(zone, str) and not has_placeholder(zone) and zone not in time_zones():
        same = (one for one in time_zones() if one.casefold() == zone.casefold())
        near = next(same, None) or nearest_word(zone, time_zones())
        text = f'"{zone}" is no time zone that {cron_job.ref} could have'
        hint = f"Write timeZone: {near}" if near else None
        yield report(cron_job.value_at("spec", "timeZone"), text, hint=hint)


def _schedule(cron_job: Workload, written: str, context: Context) -> Iterator[Report]:
    place = cron_job.value_at("spec", "schedule")
    zone, schedule = split_zone(written)
    if zone is not None:
        is_refused = context.settings.kubernetes_version >= _ZONE_REFUSED_SINCE
        severity: Severity | None = None if is_refused else "warning"
        text = f"the schedule of {cron_job.ref} names a time zone, which belongs into timeZone"
        yield report(
            place, text, severity=severity, hint=f"Write timeZone: {zone} beside the schedule" if zone else None
        )
    if is_macro(schedule):
        return
    if schedule.startswith("@"):
        yield report(place, f'the schedule of {cron_job.ref} is "{schedule}", which stands for no schedule')
        return
    try:
        parsed = parse_cron(schedule, question_mark=True)
    except CronError as error:
        yield report(place, f"the schedule of {cron_job.ref} {error}")
        return
    if parsed.never_comes:
        text = f"{cron_job.ref} never starts: no month of its schedule has such a day"
        yield report(place, text, severity="warning")
