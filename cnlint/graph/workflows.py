"""Which workflows and actions of the repository use each other, and which wait for another one."""

import os
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from cnlint.graph import repository
from cnlint.graph.link import Link, LinkFamily

if TYPE_CHECKING:
    from cnlint.manifests.workflow import ActionMetadata, ActionReference, Job, Step, Workflow


class WorkflowLinks(LinkFamily):
    """Links between workflows, and from their steps to the actions of the repository."""

    def is_alone(self, workflow: "Workflow") -> bool:
        """Tell whether nothing of the repository is at hand but what lies in its ``.github``."""
        return repository.workspace_of(workflow.document.path) not in self._folders_with_sources

    @cached_property
    def _folders_with_sources(self) -> frozenset[str]:
        found: set[str] = set()
        for folder in self.project.folders:
            if self.project.files_in(folder) and ".github" not in folder.split("/"):
                while folder not in found:
                    found.add(folder)
                    folder = os.path.dirname(folder)
        return frozenset(found)

    def workflow_called_by(self, job: "Job") -> "Workflow | None":
        """Give the workflow of this repository that a job calls."""
        path = None if job.call is None else _local_path(job.call)
        return self._workflow_by_path.get(path) if path is not None else None

    def action_used_by(self, step: "Step") -> "ActionMetadata | None":
        """Give the action of this repository that a step uses."""
        folder = None if step.action is None else _local_path(step.action)
        return self._action_by_folder.get(folder) if folder is not None else None

    def awaited_by(self, workflow: "Workflow") -> "list[Workflow] | None":
        """Give the workflows after which one runs (``workflow_run``); ``None`` when any of them is not known."""
        trigger = workflow.triggers.get("workflow_run")
        names = trigger.names("workflows") if trigger is not None else []
        found = [self._workflow_by_name.get(name) for name in names]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else None

    @cached_property
    def _workflow_by_path(self) -> "dict[str, Workflow]":
        return {one.document.path: one for one in self.project.workflows}

    @cached_property
    def _workflow_by_name(self) -> "dict[str, Workflow]":
        """Workflows by the name that GitHub shows: their own, else their path."""
        return {one.name or one.document.path: one for one in self.project.workflows}

    @cached_property
    def _action_by_folder(self) -> "dict[str, ActionMetadata]":
        return {one.document.path.rpartition("/")[0]: one for one in self.project.actions}

    def links(self) -> Iterator[Link]:
        """Yield what jobs call, what steps use, and what workflows wait for."""
        for workflow in self.project.workflows:
            for job in workflow.jobs.values():
                callee = self.workflow_called_by(job)
                if callee is not None:
                    yield Link("calls", job.at("uses"), callee.at(), "exact")
                for step in job.steps:
                    action = self.action_used_by(step)
                    if action is not None:
                        yield Link("uses", step.at("uses"), action.at(), "exact")
            for other in self.awaited_by(workflow) or ():
                yield Link("awaits", workflow.triggers["workflow_run"].at("workflows"), other.at(), "exact")


def _local_path(reference: "ActionReference") -> str | None:
    """Give the path that ``./`` or ``$/`` leads to, relative to the root."""
    if reference.kind != "local":
        return None
    return repository.join("", reference.written.strip().removeprefix("$/").partition("@")[0])
