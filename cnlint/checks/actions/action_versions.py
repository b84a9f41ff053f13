"""Actions whose runtime is gone or going."""

import datetime
from collections.abc import Iterator

from cnlint.data.actions import node20_removed, runtime_of
from cnlint.findings import Edit, Fix, Report, Severity, report
from cnlint.manifests.workflow import ActionMetadata, ActionReference, Workflow
from cnlint.rules import Context, check

_NODE20_END_OF_LIFE = datetime.date(2026, 4, 30)


@check("GHA502")
def removed_runtime(action: ActionReference, context: Context) -> Iterator[Report]:
    if action.kind != "remote":
        return
    runtime = runtime_of(action.name, action.ref, action.major)
    extra = context.options["extra"].get(action.name, ())
    if (runtime is not None and runtime.name == "removed") or action.major in extra:
        message = f'"{_shown(action)}" runs on a Node.js version (16 or older) that runners no longer have'
        newest = runtime.newest if runtime else None
        yield report(action.place, message, hint=_advice(action, newest), fixes=_bump(action, newest))


@check("GHA502")
def removed_runtime_of_own_action(action: ActionMetadata) -> Iterator[Report]:
    if action.using in ("node12", "node16"):
        yield report(action.at("runs", "using"), f"{action.ref} runs on {action.using}, which runners lack")


@check("GHA534")
def retired_node20(action: ActionReference, context: Context) -> Iterator[Report]:
    if action.kind != "remote" or context.today < _NODE20_END_OF_LIFE:
        return
    runtime = runtime_of(action.name, action.ref, action.major)
    if runtime is None or runtime.name != "node20":
        return
    message = f'"{_shown(action)}" is made for node20, {_node20_state(context.today)}'
    workflow = action.user.workflow
    severity: Severity | None = "info" if workflow is not None and _opts_for_node24(workflow) else None
    hint, fixes = _advice(action, runtime.node24), _bump(action, runtime.node24)
    yield report(action.place, message, severity=severity, hint=hint, fixes=fixes)


@check("GHA534")
def retired_node20_of_own_action(action: ActionMetadata, context: Context) -> Iterator[Report]:
    if action.using == "node20" and context.today >= _NODE20_END_OF_LIFE:
        message = f"{action.ref} runs on node20, {_node20_state(context.today)}"
        yield report(action.at("runs", "using"), message, hint="set using: node24")


def _node20_state(today: datetime.date) -> str:
    removed = node20_removed()
    if today < datetime.date.fromisoformat(removed):
        return f"which runners remove on {removed}"
    return f"which runners removed on {removed}: it is run on node24"


def _opts_for_node24(workflow: Workflow) -> bool:
    return str(workflow.get("env", "FORCE_JAVASCRIPT_ACTIONS_TO_NODE24")).lower() == "true"


def _shown(action: ActionReference) -> str:
    return f"{action.name}@{action.version or action.ref}"


def _advice(action: ActionReference, newest: int | None) -> str | None:
    return f"use {action.name}@v{newest}, after a look at its release notes" if newest is not None else None


def _bump(action: ActionReference, newest: int | None) -> list[Fix]:
    if newest is None or action.is_sha:
        return []
    place = action.ref_place
    return [Fix(f"use v{newest}", (Edit(place.span, f"v{newest}"),))]
