"""Containers and the Dockerfiles of their images: what they write."""

from collections.abc import Iterable, Iterator
from typing import Any

from cnlint.data import table
from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.graph.images import ImageSource
from cnlint.graph.project import Project
from cnlint.manifests.dockerfile_summary import CopySummary
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.mapping_edits import add_item, add_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check

_EDITORS = frozenset({"sed", "envsubst", "awk", "perl", "tee"})


@check("REF305")
def read_only_root_volume(container: Container, context: Context) -> Iterator[Report]:
    project = context.project
    if container.security("readOnlyRootFilesystem") is not True or container.is_fragment or container.pod.is_windows:
        return
    source = project.links.dockerfile_of(container)
    mounts = _mounts(container)
    if source is None or mounts is None or _may_get_mounts(container, project):
        return
    written, volumes = _paths_of_base(container, source)
    unmounted = [path for path in written if not _is_mounted(path, mounts)]
    if unmounted:
        yield _unwritable(container, source, unmounted)
    declared = [(volume.value, volume.span) for volume in source.dockerfile.volumes(source.stage) if volume.value]
    base = source.dockerfile.base(source.stage)
    declared += [(path, base.span) for path in volumes if base is not None]
    anonymous = {_real(path): span for path, span in reversed(declared) if not _is_mounted(path, mounts)}
    if anonymous:
        paths = sorted(anonymous)
        yield report(
            container.at("securityContext", "readOnlyRootFilesystem"),
            f"{container.ref} has a read-only root file system, and nothing is mounted at {_listed(paths)}, "
            f"{'a volume' if len(paths) == 1 else 'volumes'} of its image",
            severity="warning",
            related=[Related(source.dockerfile.place(anonymous[paths[0]]), _seen(source))],
            hint=f"Mount a volume at {' and '.join(paths)}: what the runtime puts there is lost with the container",
            fixes=_mounting(container, paths),
        )


def _unwritable(container: Container, source: ImageSource, paths: list[str]) -> Report:
    base = source.dockerfile.base(source.stage)
    name = base.base if base is not None else ""
    return report(
        container.at("securityContext", "readOnlyRootFilesystem"),
        f'{container.ref} has a read-only root file system, and "{name}", the base of its image, writes to '
        f"{_listed(paths)} at its start, where nothing is mounted",
        severity="error" if source.confidence == "exact" else "warning",
        related=[Related(source.dockerfile.place(base.span), _seen(source))] if base is not None else [],
        hint=f"Mount an emptyDir at {' and '.join(paths)}",
        fixes=_mounting(container, paths),
    )


def _seen(source: ImageSource) -> str:
    return f"the Dockerfile of the image: {source.reason}"


def _listed(paths: Iterable[str]) -> str:
    *others, last = [f'"{path}"' for path in paths]
    return f"{', '.join(others)} and {last}" if others else last


def _real(path: str) -> str:
    """Give a path as it is once the links are followed that all base images have."""
    bare = path.rstrip("/")
    return bare.removeprefix("/var") if bare == "/var/run" or bare.startswith("/var/run/") else bare


def _mounts(container: Container) -> list[str] | None:
    """Give where volumes are mounted; ``None`` when that is filled in later."""
    paths = [container.string("volumeMounts", index, "mountPath") for index, _ in mappings(container, "volumeMounts")]
    return None if any(not path or has_placeholder(path) for path in paths) else [_real(path) for path in paths]


def _is_mounted(path: str, mounts: list[str]) -> bool:
    """Tell whether something is mounted at a path or above it; a mount below it shows that somebody took care."""
    real = _real(path)
    return any(f"{real}/".startswith(f"{one}/") or one.startswith(f"{real}/") for one in mounts)


def _may_get_mounts(container: Container, project: Project) -> bool:
    """Tell whether a kustomization may mount something in containers of the pod."""
    builds = [one.build for one in project.sets_of(container) if one.build is not None]
    path = map(str, container.path[len(container.workload.path) : -1])
    return any(one.patches_mention("mountPath") for one in builds) and project.is_patched(container.workload, *path)


def _paths_of_base(container: Container, source: ImageSource) -> tuple[list[str], list[str]]:
    """Give what the known program of the base image writes at its start, and the volumes of the image among that."""
    base = source.dockerfile.base(source.stage)
    name = (base.base_name or "").rpartition("library/")[2] if base is not None else ""
    entry: dict[str, Any] | None = table("start-paths")["images"].get(name)
    if entry is None or not _starts(entry["programs"], container, source) or _is_reconfigured(entry, source):
        return [], []
    volumes = entry.get("volumes", [])
    return [path for path in entry["paths"] if path not in volumes], volumes


def _starts(programs: list[str], container: Container, source: ImageSource) -> bool:
    """Tell whether neither pod nor Dockerfile starts another program than that of the base image."""
    stage = source.stage
    lines = (source.dockerfile.entrypoint(stage), source.dockerfile.cmd(stage))
    texts = [line.text for line in lines if line is not None]
    if container.get("command") is not None or container.get("args") is not None:
        texts = [" ".join(container.command)]
        if container.get("command") is None and texts[0].startswith("-"):
            return True
    return not texts or any(program in text for text in texts for program in programs)


def _is_reconfigured(entry: dict[str, Any], source: ImageSource) -> bool:
    """Tell whether the Dockerfile replaces or edits the configuration that names the paths."""
    files: list[str] = entry["configuration"]
    for stage in source.dockerfile.chain(source.stage):
        if any(_replaces(copy, file) for copy in stage.copies for file in files):
            return True
        if files and not _EDITORS.isdisjoint(stage.programs):
            return True
    return False


def _replaces(copy: CopySummary, file: str) -> bool:
    """Tell whether a COPY may put something in the place of a file; by the names of its sources if need be."""
    if copy.destination is not None:
        return file == copy.destination or file.startswith(f"{copy.destination.rstrip('/')}/")
    folder, _, name = file.rpartition("/")
    names = {source.text.rstrip("/").rpartition("/")[2] for source in copy.sources}
    return not names.isdisjoint((name, folder.rpartition("/")[2], "."))


def _mounting(container: Container, paths: list[str]) -> list[Fix]:
    """Give the edits that mount an emptyDir at each path, where they can be written down."""
    pod = container.pod
    names = {path: path.strip("/").replace("/", "-").replace(".", "-").replace("_", "-") for path in paths}
    taken = {volume.name for volume in pod.volumes}
    if not all(name.isascii() and name.replace("-", "").isalnum() and name.islower() for name in names.values()):
        return []
    if not taken.isdisjoint(names.values()):
        return []
    mounts = [f"{{name: {name}, mountPath: {path}}}" for path, name in names.items()]
    volumes = [f"{{name: {name}, emptyDir: {{}}}}" for name in names.values()]
    edits = (_add(container, ("volumeMounts",), mounts), _add(pod, ("spec", "volumes"), volumes))
    return [Fix(f"Mount an emptyDir at {' and '.join(paths)}", edits[0] + edits[1])] if all(edits) else []


def _add(view: View, path: Path, items: list[str]) -> tuple[Edit, ...]:
    if view.get(*path):
        return add_item(view, path, *items)
    return add_key(view, path[:-1], f"{path[-1]}: [{', '.join(items)}]") if view.get(*path) is None else ()
