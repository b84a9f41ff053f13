"""What the commands of workflows name and the repository lacks: build contexts, workloads, containers."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnlint.findings import Edit, Fix, Place, Related, Report, Severity, report
from cnlint.graph import gates
from cnlint.graph.link import file_place
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project
from cnlint.manifests.commands import Command, ScriptCommand
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workflow import ActionMetadata, Step, Workflow
from cnlint.manifests.workloads import Container, Workload
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.graph.builds import Build
    from cnlint.graph.commands import ClusterCommand, ImageChange, Target


# Build contexts.


@check("GHA920")
def missing_build_context(workflow: Workflow, context: Context) -> Iterator[Report]:
    project = context.project
    # Of a repository of which only the workflows are at hand, nothing can be said.
    if project.links.is_alone(workflow):
        return
    seen: set[object] = set()
    for build in project.links.builds_in(workflow.document.path):
        path, place, what = _missing_part(build, project)
        if path is None or build.step is None or _may_be_made(build, build.step, path, project):
            continue
        if (path, place.span) not in seen:
            seen.add((path, place.span))
            other = _meant_instead(path, project)
            related = [Related(file_place(other), f'"{other}" is there')] if other else []
            hint = f"write {other}, if that is meant" if other else None
            yield report(place, f'{what} "{path}" does not exist', related=related, hint=hint)


def _missing_part(build: "Build", project: Project) -> tuple[str | None, Place, str]:
    """Give what a build lacks, where that is named, and what it is."""
    if build.context is not None and not project.is_on_disk(build.context):
        return build.context, build.context_place, "build context"
    if build.dockerfile is not None and not project.is_on_disk(build.dockerfile):
        return build.dockerfile, build.dockerfile_place, "Dockerfile"
    return None, build.place, ""


_MADE_BY_BUILDS = frozenset(
    {"artifacts", "bin", "build", "dist", "out", "output", "public", "release", "target", "tmp"}
)


def _may_be_made(build: "Build", step: Step, path: str, project: Project) -> bool:
    """Tell whether git ignores a path, or an earlier step or command may make what is there."""
    if project.is_ignored(path):
        return True
    missing = _first_missing(path, project)
    if missing in _MADE_BY_BUILDS and step.earlier:
        return True
    commands: list[Command] = [command for earlier in step.earlier for command in earlier.commands]
    commands += build.command.before if build.command is not None else []
    texts = [text for command in commands for text in _named_by(command)]
    texts += [str(value) for earlier in step.earlier for value in earlier.mapping("with").values()]
    names = {re.escape(os.path.basename(missing)), re.escape(os.path.basename(path))}
    named = re.compile(rf"(?:^|[\s/'\"=:])(?:{'|'.join(sorted(names))})(?=$|[\s/'\",;)])")
    return any(named.search(text) for text in texts)


def _first_missing(path: str, project: Project) -> str:
    """Give the beginning of a path up to the first folder that does not exist."""
    parts = path.split("/")
    beginnings = ("/".join(parts[: count + 1]) for count in range(len(parts)))
    return next((one for one in beginnings if not project.is_on_disk(one)), path)


def _named_by(command: Command) -> Iterator[str]:
    yield from (word.text for word in command.arguments)
    yield from (one.target.text for one in command.simple.redirections if one.target is not None)


def _meant_instead(path: str, project: Project) -> str | None:
    """Give the path of the project that is almost the same, else the only Dockerfile that there is."""
    is_file = os.path.basename(path).lower().startswith(("dockerfile", "containerfile")) or "ockerfile" in path
    near = project.nearest_file(path) if is_file else project.nearest_folder(path)
    if near is None and is_file and len(project.dockerfiles) == 1:
        near = project.dockerfiles[0].path
    return near


# Workloads.


@check("GHA922")
def unknown_workload(workflow: Workflow, context: Context) -> Iterator[Report]:
    for command in context.project.links.commands_in(workflow.document.path):
        yield from _unknown_targets(command, context.project)


@check("GHA922")
def unknown_workload_in_action(action: ActionMetadata, context: Context) -> Iterator[Report]:
    for command in context.project.links.commands_in(action.document.path):
        yield from _unknown_targets(command, context.project)


@check("GHA922")
def unknown_workload_in_script(command: ScriptCommand, context: Context) -> Iterator[Report]:
    found = context.project.links.cluster_command_of(command)
    if found is not None:
        yield from _unknown_targets(found, context.project)


_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob"})
_VERBS = frozenset(
    {"annotate", "autoscale", "exec", "expose", "logs", "patch", "port-forward", "rollout", "scale", "set", "wait"}
)


def _unknown_targets(command: "ClusterCommand", project: Project) -> Iterator[Report]:
    if command.verb not in _VERBS:
        return
    for target in command.targets:
        if target.kind not in _KINDS or has_placeholder(target.name) or project.links.objects_named(command, target):
            continue
        if any((made.kind, made.name) == (target.kind, target.name) for made in project.links.created_objects):
            continue
        near = _nearest_workload(target, project)
        if near is not None or _is_surely_missing(command, target, project):
            yield _unknown(command, target, near)


def _unknown(command: "ClusterCommand", target: "Target", near: Manifest | None) -> Report:
    place = command.command.place(target.word)
    where = f' in namespace "{command.namespace}"' if command.namespace else ""
    message = f'no manifest of the project has a {target.kind} "{target.name}"{where}'
    if near is None:
        return report(place, message)
    severity: Severity | None = "info" if _is_affixed(target.name, near.name) else None
    namespace = f' in namespace "{near.namespace}"' if near.name == target.name and near.namespace else ""
    related = [Related(near.at("metadata", "name"), f"{near.ref}{namespace} is here")]
    return report(place, message, related=related, severity=severity, hint=f"did you mean {near.ref}{namespace}?")


def _nearest_workload(target: "Target", project: Project) -> Manifest | None:
    """Give the workload that is meant: of the same name elsewhere or of another kind, else one with a similar name."""
    index = project.index
    for kind in (target.kind, *sorted(_KINDS)):
        for resource in index.by_kind_and_name.get((kind, target.name), ()):
            return resource.view
    named = {one.name: one for one in index.all if one.kind == target.kind and not has_placeholder(one.name)}
    near = nearest_name(target.name, named) or next((name for name in named if _is_affixed(target.name, name)), None)
    return named[near].view if near is not None else None


def _is_affixed(name: str, other: str) -> bool:
    """Tell whether a name is another one with something before or after it, as tools that render manifests add."""
    return name.endswith(f"-{other}") or name.startswith(f"{other}-")


def _is_surely_missing(command: "ClusterCommand", target: "Target", project: Project) -> bool:
    if not project.may_report_missing(gates.WORKLOADS, wanted=[target.name]):
        return False
    if command.namespace:
        spaces = {space for one in project.index.with_pods for space in project.apply_sets.namespaces(one)}
        if command.namespace not in spaces:
            return False
    return not _installs_more(command, project)


_INSTALLERS = frozenset(
    {"argocd", "flux", "helm", "helmfile", "istioctl", "kapp", "linkerd", "operator-sdk", "skaffold"}
)


def _installs_more(command: "ClusterCommand", project: Project) -> bool:
    """Tell whether the same job or script also installs what the project does not hold."""
    others = [one for one in project.links.commands_in(command.file) if one.origin == command.origin]
    if any(one.applies and project.links.objects_changed_by(one) is None for one in others):
        return True
    job = getattr(command.command.origin, "job", None)
    commands: list[Command] = [one for step in job.steps for one in step.commands] if job is not None else []
    return any(one.program in _INSTALLERS for one in (*commands, *command.command.commands))


# Containers.


@check("GHA923")
def unknown_container(workflow: Workflow, context: Context) -> Iterator[Report]:
    for command in context.project.links.commands_in(workflow.document.path):
        yield from _unknown_containers(command, context.project)


@check("GHA923")
def unknown_container_in_action(action: ActionMetadata, context: Context) -> Iterator[Report]:
    for command in context.project.links.commands_in(action.document.path):
        yield from _unknown_containers(command, context.project)


@check("GHA923")
def unknown_container_in_script(command: ScriptCommand, context: Context) -> Iterator[Report]:
    found = context.project.links.cluster_command_of(command)
    if found is not None:
        yield from _unknown_containers(found, context.project)


# Containers that webhooks add to pods.
_INJECTED = frozenset({"istio-proxy", "istio-init", "linkerd-proxy", "linkerd-init", "daprd", "vault-agent"})


def _unknown_containers(command: "ClusterCommand", project: Project) -> Iterator[Report]:
    for target in command.targets if command.images else ():
        named = project.links.objects_named(command, target)
        workloads = [one for one in named if isinstance(one, Workload) and one.containers]
        if not workloads or any(_may_get_containers(one, project) for one in workloads):
            continue
        names = {container.name for one in workloads for container in one.containers}
        for change in command.images:
            if change.container not in names and not _is_open(change.container):
                yield _without_container(command, change, workloads[0])


def _is_open(container: str) -> bool:
    return container in ("", "*") or container in _INJECTED or has_placeholder(container)


def _may_get_containers(workload: Workload, project: Project) -> bool:
    return project.is_patched(workload, "spec", "template", "spec", "containers") or any(
        not container.name or has_placeholder(container.name) for container in workload.containers
    )


def _without_container(command: "ClusterCommand", change: "ImageChange", workload: Workload) -> Report:
    start = change.word.offset_of(0)
    place = command.command.place_at(start, start + len(change.container))
    message = f'{workload.ref} has no container "{change.container}"'
    meant = _meant_container(change.container, workload)
    related = [Related(container.at(), f'container "{container.name}"') for container in workload.containers]
    names = [container.name for container in workload.containers]
    hint = f"write {meant.name}" if meant is not None else f"name one of its containers: {', '.join(names)}"
    fixes = [Fix(f'rename it to "{meant.name}"', (Edit(place.span, meant.name),))] if meant is not None else []
    return report(place, message, related=related, hint=hint, fixes=fixes)


def _meant_container(name: str, workload: Workload) -> Container | None:
    if len(workload.containers) == 1:
        return workload.containers[0]
    near = nearest_name(name, [container.name for container in workload.containers])
    return next((container for container in workload.containers if container.name == near), None)
