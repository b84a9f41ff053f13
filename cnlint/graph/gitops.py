"""What changes the clusters and folders that Argo CD keeps in step: commands, and whatever writes tags of images."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.graph.apply_sets import UNSET
from cnlint.graph.commands import ClusterCommand
from cnlint.manifests.delivery import activities_of
from cnlint.manifests.workflow import Step

if TYPE_CHECKING:
    from cnlint.graph.applications import SourceFolder
    from cnlint.graph.project import Project
    from cnlint.graph.resources import Resource

_CHANGING_VERBS = frozenset({"apply", "edit", "patch", "replace", "scale", "set"})
_TEST_CLUSTERS = frozenset({"kind", "k3d", "minikube", "ctlptl"})
# Objects that are often made by hand before Argo CD can take over.
_BEGINNINGS = frozenset({("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")})


class ImperativeChange(NamedTuple):
    """A command that changes an object which an Application syncs by itself."""

    command: ClusterCommand
    resource: "Resource"
    """The first of the objects."""
    source: "SourceFolder"
    objects: int
    """The number of objects that the Application syncs and the command changes."""


def imperative_changes(project: "Project") -> Iterator[ImperativeChange]:
    """Yield the commands that change what automated Applications of this repository sync, each once."""
    for command in project.links.cluster_commands:
        if not _changes(command) or command.is_dry_run or _is_for_test_cluster(command):
            continue
        found = list(dict.fromkeys(_synced(command, project)))
        # Where one of several Applications may be meant, all of them must be automated.
        if found and all(source.source.spec.is_automated for _, source in found):
            resource, source = found[0]
            yield ImperativeChange(command, resource, source, sum(other == source for _, other in found))


def _changes(command: ClusterCommand) -> bool:
    return command.verb in _CHANGING_VERBS or (command.verb == "rollout" and command.action == "undo")


def _is_for_test_cluster(command: ClusterCommand) -> bool:
    """Tell whether the job or script sets up a cluster of its own."""
    origin = command.command.origin
    if isinstance(origin, Step):
        return origin.job is not None and any(one.kind == "cluster" for one in activities_of(origin.job))
    return any(one.program in _TEST_CLUSTERS for one in command.command.commands)


def _synced(command: ClusterCommand, project: "Project") -> "Iterator[tuple[Resource, SourceFolder]]":
    """Yield the objects that a command changes, each with a source by which an Application syncs it."""
    for target in command.targets:
        for manifest in project.links.objects_named(command, target):
            resource = project.resource_of(manifest)
            for source in project.links.sources_applying(manifest.document.path) if resource else ():
                is_named = resource is not None and project.links.set_of(source).name_of(resource) == target.name
                if resource is not None and is_named and _may_be_in(command, resource, source, project):
                    yield resource, source
    paths = {file.path for file in command.files}
    for resource in (project.links.objects_changed_by(command) or ()) if paths else ():
        for source in project.links.sources_applying(resource.file):
            # A base is part of many overlays: what is applied must be the folder of the source, or stand in it.
            is_here = source.folder in paths or resource.file.startswith(f"{source.folder}/" if source.folder else "")
            if is_here and _may_be_in(command, resource, source, project):
                yield resource, source


def _may_be_in(command: ClusterCommand, resource: "Resource", source: "SourceFolder", project: "Project") -> bool:
    """Tell whether a command may mean the object where the Application has it; beginnings do not count."""
    if resource.group_kind in _BEGINNINGS or resource.group == "argoproj.io":
        return False
    namespace = project.links.set_of(source).namespace_of(resource)
    return command.namespace in (None, "", namespace) or namespace == UNSET


_UPDATING_KINDS = frozenset({"ImageUpdater", "ImageUpdateAutomation", "Warehouse"})
_BOTS = ("renovate", ".renovate", "updatecli", ".updatecli", "dependabot")
_OTHER_PIPELINES = frozenset({"jenkinsfile", ".gitlab-ci.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml"})
_COMMITTING_COMMANDS = (
    "git push",
    "git commit",
    "gh pr ",
    "gh api",
    "gh workflow",
    "dispatches",
    "kustomize edit",
    "yq ",
)
_COMMITTING_ACTIONS = ("commit", "dispatch", "pull-request", "push-action", "update")


def may_write_tags(project: "Project") -> bool:
    """Tell whether a controller, a bot, a workflow or another pipeline may write new tags of images to manifests."""
    names = (path.rpartition("/")[2].casefold() for path in project.files)
    if any(name.startswith(_BOTS) or name in _OTHER_PIPELINES for name in names):
        return True
    return any(one.kind in _UPDATING_KINDS for one in project.index.all) or _may_commit(project)


def _may_commit(project: "Project") -> bool:
    """Tell whether a workflow or script commits, deploys or hands on to something that may."""
    jobs = [job for workflow in project.workflows for job in workflow.jobs.values()]
    if any(job.call is not None for job in jobs):
        return True
    if any(one.kind in ("git-push", "deploy") for job in jobs for one in activities_of(job)):
        return True
    scripts = [step.script for job in jobs for step in job.steps]
    scripts += [project.read_text(script.path) or "" for script in project.scripts]
    actions = [step.string("uses").casefold() for job in jobs for step in job.steps]
    return any(word in text for text in scripts for word in _COMMITTING_COMMANDS) or any(
        word in text and "build-push-action" not in text for text in actions for word in _COMMITTING_ACTIONS
    )
