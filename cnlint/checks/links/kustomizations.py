"""Kustomizations: the files that they name, the objects that they change, and the manifests that they leave out."""

import os
from collections.abc import Iterator

from cnlint.findings import Place, Related, Report, report
from cnlint.graph import repository
from cnlint.graph.kustomize import FILE_NAMES
from cnlint.graph.link import file_place
from cnlint.graph.names import nearest_name
from cnlint.graph.patch_targets import (
    BuiltImage,
    BuiltObject,
    Selection,
    images_of,
    known_build,
    objects_of,
    selections_of,
)
from cnlint.graph.paths import base_name, nearest_path, only_namesake, place_of
from cnlint.graph.project import Project
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.kustomization import Entry, Kustomization
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

_MANIFEST_SUFFIXES = (".yaml", ".yml", ".json")
_SCALABLE = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")


@check("REF704")
def missing_resource(kustomization: Kustomization, context: Context) -> Iterator[Report]:
    project = context.project
    for entry in kustomization.references:
        path = None if entry.is_remote or has_placeholder(entry.text) else _path(kustomization, entry)
        if path is None:
            continue
        if project.is_dir(path):
            if _is_entry(entry) and path not in project.kustomizations.by_folder and not _holds(project, path):
                yield report(
                    kustomization.value_at(*entry.path),
                    f'{_lists(entry)} "{entry.text}", a folder without a kustomization file',
                    hint=f"Name the files in {entry.text}, or write a kustomization.yaml there that does",
                )
        elif not project.is_file(path) and not repository.is_on_disk(project.root, path):
            yield from _missing(kustomization, entry, path, project)


def _lists(entry: Entry) -> str:
    return f"{entry.field} names"


def _is_entry(entry: Entry) -> bool:
    return entry.field in ("resources", "bases", "components")


def _path(kustomization: Kustomization, entry: Entry) -> str | None:
    return repository.join(kustomization.folder, entry.text.strip().rstrip("/"))


def _holds(project: Project, folder: str) -> bool:
    """Tell whether a folder holds a kustomization that the walk left out."""
    return any(repository.is_on_disk(project.root, os.path.join(folder, name)) for name in FILE_NAMES)


def _missing(kustomization: Kustomization, entry: Entry, path: str, project: Project) -> Iterator[Report]:
    near = nearest_path(project, path)
    if near is None and (project.settings.complete is False or _may_be_elsewhere(entry, path, project)):
        return
    found = near or only_namesake(project, path)
    related, hint = [], None
    if found is not None:
        related = [Related(place_of(project, found), f'"{found}" is here')]
        hint = f"Write {os.path.relpath(found, kustomization.folder or '.')}"
    kind = "file" if not _is_entry(entry) or path.endswith(_MANIFEST_SUFFIXES) else "file or folder"
    yield report(
        kustomization.value_at(*entry.path),
        f'{_lists(entry)} "{entry.text}", and there is no such {kind}',
        related=related,
        hint=hint,
    )


def _may_be_elsewhere(entry: Entry, path: str, project: Project) -> bool:
    """Tell whether a file may come from a person, a command or the rest of the checkout, or with a chart."""
    if entry.field == "helmCharts" and "charts" in path.split("/"):
        return True
    if repository.is_ignored(project.root, path) or repository.is_sparse(project.root):
        return True
    if not entry.field.endswith("Generator"):
        return False
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0] or name
    if any(stem in base_name(other) and _is_model(other) for other in project.files_in(folder)):
        return True
    texts = [step.script for workflow in project.workflows for job in workflow.jobs.values() for step in job.steps]
    texts += [project.read_text(script.path) or "" for script in project.scripts]
    return any(name in text for text in texts)


def _is_model(path: str) -> bool:
    """Tell whether a file holds, in another form, what somebody makes another file of."""
    marks = ("example", "sample", "template", "tmpl", "tpl", "dist", "enc", "sops", "encrypted", "gpg", "age")
    return not set(base_name(path).casefold().replace("-", ".").split(".")).isdisjoint(marks)


@check("REF705")
def missing_target(kustomization: Kustomization, context: Context) -> Iterator[Report]:
    project = context.project
    build = known_build(project, kustomization)
    if build is None:
        return
    objects = objects_of(project, build)
    if any(has_placeholder(name) for one in objects for name in one.names):
        return
    for patch in kustomization.patches:
        for selection in selections_of(project, kustomization, patch):
            yield from _unmatched(kustomization.at(*patch.path), "the patch is for", selection, objects)
    yield from _replacements(kustomization, objects)
    # Configurations tell kustomize of other fields with images and numbers of replicas.
    if not any(one.get("configurations") for one in build.kustomizations):
        yield from _replicas(kustomization, objects)
        yield from _images(kustomization, images_of(project, build))


def _unmatched(place: Place, what: str, selection: Selection, objects: list[BuiltObject]) -> Iterator[Report]:
    if not selection.is_known or any(map(selection.matches, objects)):
        return
    near, name = _nearest(selection, objects)
    if near is None:
        yield report(place, f"{what} {selection}, and nothing that is built matches it")
        return
    if name:
        hint: str | None = f"Write {name}"
    elif (near.kind, near.names.count(selection.name)) == (selection.kind, 1) and selection.is_exact:
        hint = f"Write apiVersion: {near.api_version}, as the object has it"
    else:
        hint = None
    related = Related(near.place, f'{near.kind} "{name or near.names[-1]}" of {near.api_version} is here')
    yield report(place, f"{what} {selection}, and nothing that is built matches it", related=[related], hint=hint)


def _nearest(selection: Selection, objects: list[BuiltObject]) -> tuple[BuiltObject | None, str]:
    """Give the object that was probably meant, with its name if that is what differs."""
    alike = [one for one in objects if selection.matches(one, any_name=True)]
    names = {name: one for one in reversed(alike) for name in one.names}
    found = nearest_name(selection.name, names)
    if found is not None:
        return names[found], found
    same_name = next((one for one in objects if selection.name and selection.name in one.names), None)
    return same_name or (alike[0] if len(alike) == 1 else None), ""


def _replacements(kustomization: Kustomization, objects: list[BuiltObject]) -> Iterator[Report]:
    for index, item in mappings(kustomization, "replacements"):
        source = item.get("source")
        if isinstance(source, dict):
            place = kustomization.at("replacements", index, "source")
            yield from _unmatched(place, "the replacement takes its value from", Selection.parse(source), objects)
        for number, target in mappings(kustomization, "replacements", index, "targets"):
            select = target.get("select")
            if isinstance(select, dict):
                place = kustomization.at("replacements", index, "targets", number)
                yield from _unmatched(place, "the replacement is for", Selection.parse(select), objects)


def _replicas(kustomization: Kustomization, objects: list[BuiltObject]) -> Iterator[Report]:
    scalable = [one for one in objects if one.kind in _SCALABLE]
    names = {name: one for one in reversed(scalable) for name in one.names}
    for index, item in mappings(kustomization, "replicas"):
        name = item.get("name")
        if not isinstance(name, str) or not name or name in names or has_placeholder(name):
            continue
        found = nearest_name(name, names)
        near = names[found] if found else None
        yield report(
            kustomization.at("replicas", index),
            f'replicas are set for "{name}", and no {" or ".join(_SCALABLE[::3])} that is built has that name',
            related=[Related(near.place, f'{near.kind} "{found}" is here')] if near else [],
            hint=f"Write {found}" if found else None,
        )


def _images(kustomization: Kustomization, images: list[BuiltImage]) -> Iterator[Report]:
    names = {name: one for one in reversed(images) for name in one.names}
    if any(map(has_placeholder, names)):
        return
    for override in kustomization.images:
        # kustomize takes the name for the beginning of a regular expression.
        if not override.name or override.name in names or not _is_literal(override.name):
            continue
        same_end = [name for name in names if base_name(name) == base_name(override.name)]
        found = same_end[0] if len(same_end) == 1 else nearest_name(override.name, names)
        yield report(
            kustomization.at(*override.path),
            f'the images entry is for "{override.name}", and no object that is built has that image',
            related=[Related(names[found].place, f'image "{found}" is here')] if found else [],
            hint=f"Write name: {found}" if found else None,
        )


def _is_literal(name: str) -> bool:
    return not has_placeholder(name) and not any(letter in "*+?[](){}|^$\\" for letter in name)


@check("REF706")
def orphan_manifest(kustomization: Kustomization, context: Context) -> Iterator[Report]:
    project = context.project
    for file in project.files_in(kustomization.folder):
        resources = project.index.by_file.get(file, [])
        if not resources or file in project.kustomizations.named or _is_apart(file):
            continue
        if any(_is_no_object(resource.view, project) for resource in resources) or _is_applied(file, project):
            continue
        if _is_mentioned(file, project):
            continue
        others = f" and {len(resources) - 1} more" if len(resources) > 1 else ""
        yield report(
            file_place(file),
            f"{resources[0].view.ref}{others} stands beside a kustomization, and no kustomization, Application or "
            "command applies it",
            related=[Related(file_place(kustomization.document.path), "the kustomization that does not list the file")],
        )


def _is_apart(path: str) -> bool:
    """Tell whether a file is an example, belongs to a tool, or is no YAML."""
    parts = path.casefold().split("/")
    return not path.endswith((".yaml", ".yml")) or not _APART.isdisjoint(parts[:-1]) or "example" in parts[-1]


_APART = frozenset({".github", "docs", "example", "examples", "hack", "sample", "samples", "test", "testdata", "tests"})


def _is_no_object(manifest: Manifest, project: Project) -> bool:
    """Tell whether a manifest may be part of an object, meant for a tool, or applied by hand to begin with."""
    is_for_tool = "config" in manifest.group or manifest.group in _TOOLS or manifest.kind == "Config"
    is_function = any(key.startswith("config.kubernetes.io/") for key in manifest.annotations)
    begins = manifest.group == "argoproj.io" and manifest.kind in ("Application", "ApplicationSet", "AppProject")
    is_part = isinstance(manifest, Workload) and manifest.is_fragment
    if looks_like_patch(manifest):
        # In the folder of an overlay an object of its own has no namesake elsewhere.
        is_part = (
            is_part or "patch" in manifest.document.path or len(project.find_all(manifest.kind, manifest.name)) > 1
        )
    return is_for_tool or is_function or begins or is_part or not manifest.name


_TOOLS = frozenset({"skaffold", "builtin", "kind.x-k8s.io", "k3d.io", "kubeadm.k8s.io", "viaduct.ai"})


def _is_applied(file: str, project: Project) -> bool:
    """Tell whether an Application or a command applies a file."""
    if any(one.kind in ("application", "commands") for one in project.apply_sets.of_file(file)):
        return True
    folder = os.path.dirname(file)
    return any(
        one.path in (file, folder) or (one.recurse and f"{folder}/".startswith(f"{one.path}/"))
        for some in project.links.applied_paths.values()
        for one in some
        if not one.kustomized
    )


def _is_mentioned(file: str, project: Project) -> bool:
    """Tell whether a text names the file: its neighbours, comments in the kustomization, scripts or documentation."""
    folder, _, name = file.rpartition("/")
    beside = [one for one in project.files_in(folder) if one != file and _holds_yaml(one)]
    if any(name in (project.read_text(one) or "") for one in beside):
        return True
    last = base_name(folder)
    ways = (f"{last}/{name}", f"{last}/*", f"-f {folder}", f"-f ./{folder}", f"-Rf {folder}") if folder else (name,)
    return any(way in project.instructions for way in ways)


def _holds_yaml(path: str) -> bool:
    return path.endswith(_MANIFEST_SUFFIXES) or base_name(path) in FILE_NAMES
