"""Sync policies of Applications: what Argo CD does by itself."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.argo import ApplicationSet, ApplicationSpec
from cnlint.manifests.mapping_edits import add_key
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_AUTOMATED = ("syncPolicy", "automated")


@check("ARGO105")
def manual_sync_only(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    if spec.is_automated or spec.is_fragment or _is_patched(spec, context):
        return
    owner = spec.owner
    if isinstance(owner, ApplicationSet) and owner.syncs_in_steps:
        return
    if matches_any(owner.name, context.options["manual_applications"]):
        return
    edits = _automating(spec)
    what = "its automated sync is switched off" if spec.get(*_AUTOMATED) is not None else "it has no automated sync"
    yield report(
        spec.owner.at(*spec.own_path),
        f"{owner.ref} is synced by hand only: {what}",
        fixes=[Fix("sync automatically", edits)] if edits else [],
    )


def _automating(spec: ApplicationSpec) -> tuple[Edit, ...]:
    """Make the edits that add an automated sync, where no part of it is written."""
    lines = "automated:\n  prune: true\n  selfHeal: true"
    if spec.mapping("syncPolicy"):
        return add_key(spec, ("syncPolicy",), lines) if "automated" not in spec.mapping("syncPolicy") else ()
    if spec.get("syncPolicy") is not None:
        return ()
    return add_key(spec, (), "syncPolicy:\n  " + lines.replace("\n", "\n  "))


@check("ARGO106")
def sync_without_self_heal(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    yield from _lacking(
        spec, "selfHeal", "does not heal itself: what is changed by hand in the cluster stays changed", True, context
    )


@check("ARGO107")
def automated_sync_without_prune(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    yield from _lacking(
        spec, "prune", "does not prune: what is deleted from the source stays in the cluster", False, context
    )


def _lacking(spec: ApplicationSpec, field: str, what: str, is_safe: bool, context: Context) -> Iterator[Report]:
    """Report an automated sync for which a field is not switched on."""
    written = spec.get(*_AUTOMATED, field)
    if not spec.is_automated or not isinstance(written, bool | None) or written:
        return
    if _is_patched(spec, context) or (written is None and spec.is_fragment):
        return
    if written is None:
        edits = add_key(spec, _AUTOMATED, f"{field}: true")
    else:
        edits = (Edit(spec.value_at(*_AUTOMATED, field).span, "true"),)
    yield report(
        spec.at(*_AUTOMATED),
        f"{spec.owner.ref} syncs automatically and {what}",
        fixes=[Fix(f"set {field}: true", edits, safe=is_safe)] if edits else [],
    )


def _is_patched(spec: ApplicationSpec, context: Context) -> bool:
    return context.project.is_patched(spec.owner, *spec.own_path, *_AUTOMATED)
