"""Containers and the Dockerfiles of their images: what becomes of the signals that containers get.

Every Dockerfile is looked at, and few come with manifests: the links between the two are imported when there are any.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.dockerfile_summary import DockerfileSummary
from cnlint.rules import Context, check
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.graph.entrypoints import ShellStart
    from cnlint.graph.images import ImageSource
    from cnlint.graph.project import Project
    from cnlint.manifests.workloads import Container

_LONGEST_SHOWN = 60


@check("REF307")
def shell_entrypoint(dockerfile: DockerfileSummary, context: Context) -> Iterator[Report]:
    project = context.project
    if not project.index.all:
        return
    from cnlint.graph.entrypoints import shell_start

    found: dict[Span, tuple[ShellStart, list[Container], ImageSource]] = {}
    for container, _ in project.links.containers_of(dockerfile.path):
        source = project.links.dockerfile_of(container)
        start = shell_start(container, source, project) if source and _relies_on_sigterm(container, project) else None
        if source is not None and start is not None:
            found.setdefault(start.line.span, (start, [], source))[1].append(container)
    for start, containers, source in found.values():
        yield _deaf(dockerfile, start, containers, source)


def _relies_on_sigterm(container: "Container", project: "Project") -> bool:
    """Tell whether a container serves requests, and nothing but SIGTERM tells it to end."""
    workload = container.workload
    return (
        workload.kind in ("Deployment", "StatefulSet", "DaemonSet", "Rollout")
        and container.runs_with_pod
        and not container.is_fragment
        and not container.pod.is_windows
        and container.pod.get("spec", "shareProcessNamespace") is not True
        and container.get("lifecycle", "preStop") is None
        and bool(project.links.services_selecting(workload))
    )


def _deaf(
    dockerfile: DockerfileSummary, start: "ShellStart", containers: "list[Container]", source: "ImageSource"
) -> Report:
    container = containers[0]
    workload = container.workload.ref
    also = f", and {len(containers) - 1} more do" if len(containers) > 1 else ""
    related = [Related(container.at("image"), f"{container.ref} of {workload} runs it{also}: {source.reason}")]
    if start.last is not None:
        related.append(Related(start.last, "the last command of the script has no exec"))
    period = container.pod.grace_period
    after = f"after {period} seconds" if period is not None else "in the end"
    outcome = f"no SIGTERM reaches the program, and pods of {workload} are killed {after}"
    if start.may_give_way:
        outcome = f"only some versions of {start.shell} pass the place of process 1, and SIGTERM, on to the program"
    return report(
        dockerfile.place(start.line.span),
        f"{_what(start)}: {outcome}",
        severity="info" if start.may_give_way else None,
        related=related,
        hint="Write exec before the last command of the script" if start.script else None,
        fixes=_as_exec(start),
    )


def _what(start: "ShellStart") -> str:
    if start.script:
        return f'{start.keyword} runs the shell script "{start.script}", which does not exec its program'
    text = " ".join(start.line.words or start.line.text.split())
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return f"{start.keyword} runs `{shown}` by a shell"


def _as_exec(start: "ShellStart") -> list[Fix]:
    span = start.line.span
    if not start.replacement or span.line != span.end_line:
        return []
    return [Fix("Let the program take the place of the shell", (Edit(span, f"{start.keyword} {start.replacement}"),))]
