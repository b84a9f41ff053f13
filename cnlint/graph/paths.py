"""Paths that lead nowhere, and where they were probably meant to lead."""

import os

from cnlint.findings import Place
from cnlint.graph.link import file_place
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project

_MANIFEST_SUFFIXES = (".yaml", ".yml", ".json")


def nearest_path(project: Project, path: str) -> str | None:
    """Give the file or folder that was probably meant: one part of the path written differently, or another suffix."""
    parts = path.split("/")
    for depth, part in enumerate(parts):
        if project.exists("/".join(parts[: depth + 1])):
            continue
        names = _names_in(project, "/".join(parts[:depth]))
        found = _with_other_suffix(part, names) or nearest_name(part, names)
        near = "/".join([*parts[:depth], found, *parts[depth + 1 :]]) if found else ""
        return near if near and project.exists(near) else None
    return None


def only_namesake(project: Project, path: str) -> str | None:
    """Give the only file of that name in the project, or the only kustomization in a folder of that name."""
    name = base_name(path)
    found = [one for one in (*project.files, *project.kustomizations.by_folder) if base_name(one) == name]
    return found[0] if len(found) == 1 else None


def place_of(project: Project, path: str) -> Place:
    """Give the place of a file, or of what stands for a folder: its kustomization or the first file in it."""
    if project.is_file(path):
        return file_place(path)
    kustomization = project.kustomizations.by_folder.get(path)
    inside = kustomization.document.path if kustomization else next(iter(project.files_in(path, recurse=True)), path)
    return file_place(inside)


def base_name(path: str) -> str:
    """Give the last part of a path."""
    return path.rpartition("/")[2]


def _with_other_suffix(name: str, names: list[str]) -> str | None:
    stem, suffix = os.path.splitext(name)
    others = (os.path.splitext(other) for other in names if suffix in _MANIFEST_SUFFIXES)
    return next((f"{one}{end}" for one, end in others if one == stem and end in _MANIFEST_SUFFIXES), None)


def _names_in(project: Project, folder: str) -> list[str]:
    """Give the names of the files and folders in a folder, sorted."""
    start = f"{folder}/" if folder else ""
    folders = {one[len(start) :].partition("/")[0] for one in project.folders if one.startswith(start)}
    return sorted({*map(base_name, project.files_in(folder)), *folders} - {""})
