"""The views of all files of a project, built again over their facts for the rules that ask for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnlint.manifests.kubernetes import Manifest, YamlDocument
from cnlint.manifests.view import View

if TYPE_CHECKING:
    from cnlint.graph.project import Project
    from cnlint.manifests.workflow import ActionMetadata, Workflow

_COMMANDS = frozenset({"command", "step-command"})
_SCRIPT_COMMANDS = frozenset({"command", "script-command"})


def views_for(project: "Project", targets: frozenset[str]) -> Iterator[Any]:
    """Yield every view whose class, or a base class of it, has one of ``targets`` as its target.

    Only what may hold such a view is decoded.
    """
    return (view for view in _candidates(project, targets) if targets_of(type(view)) & targets)


def targets_of(view_class: type) -> frozenset[str]:
    """Give the targets of a class and of its base classes."""
    known = _targets.get(view_class)
    if known is None:
        found = (ancestor.__dict__.get("target", "") for ancestor in view_class.__mro__)
        known = _targets[view_class] = frozenset(target for target in found if isinstance(target, str) and target)
    return known


_targets: dict[type, frozenset[str]] = {}


def _candidates(project: "Project", targets: frozenset[str]) -> Iterator[Any]:
    yield from _documents(project, targets)
    for resource in project.index.all:
        view_class = resource.view_class
        # A class with parts of its own may hold any of the targets.
        has_parts = view_class.parts is not Manifest.parts
        is_wanted = bool(targets_of(view_class) & targets)
        for one in resource.variants or (resource,) if is_wanted or has_parts else ():
            if is_wanted:
                yield one.view
            if has_parts:
                yield from one.view.parts()
    if "kustomization" in targets:
        yield from project.kustomizations.by_folder.values()
    if targets & _WORKFLOW_TARGETS:
        owners: list[Workflow | ActionMetadata] = [*project.workflows, *project.actions]
        for owner in owners:
            yield from _workflow_views(owner, targets)
    yield from project.dockerfiles
    if targets & _SCRIPT_COMMANDS:
        for script in project.scripts:
            yield from script.commands


def _documents(project: "Project", targets: frozenset[str]) -> Iterator[View]:
    """Yield documents as such, and what serverless templates hold."""
    if not targets & {"yaml-document", "serverless-function"}:
        return
    for path, snapshots in project.snapshots.items():
        kind = project.facts[path].kind
        for snapshot in snapshots:
            if "yaml-document" in targets and kind not in ("workflow", "action"):
                yield YamlDocument(snapshot)
            if "serverless-function" in targets and kind == "serverless":
                from cnlint.manifests.serverless import serverless_views

                yield from serverless_views(snapshot)


_WORKFLOW_TARGETS = frozenset({"workflow", "action", "job", "step", "action-reference", "expression"}) | _COMMANDS


def _workflow_views(owner: "Workflow | ActionMetadata", targets: frozenset[str]) -> Iterator[Any]:
    """Yield the views of a workflow or action that are asked for; scripts are taken apart only for their commands."""
    yield owner
    jobs = list(getattr(owner, "jobs", {}).values())
    yield from jobs
    if "action-reference" in targets:
        yield from (job.call for job in jobs if job.call)
    if targets & ({"step", "action-reference"} | _COMMANDS):
        for step in owner.all_steps:
            yield step
            if "action-reference" in targets and step.action:
                yield step.action
            if targets & _COMMANDS:
                yield from step.commands
    if "expression" in targets:
        yield from owner.expressions
