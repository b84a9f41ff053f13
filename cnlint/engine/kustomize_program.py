"""The program kustomize, alone or within kubectl, when it is installed and the configuration asks for it.

It reads files of the project and nothing else: kustomizations with remote parts are not given to it, plugins, charts
and functions stay disabled, and the ways to the network are closed. Its objects are laid over those that are built
here, so that every part keeps its place; what differs is placed at the nearest part that does not.
"""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.engine.programs import look_up, run_program
from cnlint.graph.kustomize_build import BuiltObject, Rendering
from cnlint.graph.rendered import Node

if TYPE_CHECKING:
    from cnlint.graph.kustomize import Build

_COMMANDS = (("kustomize", "build"), ("kubectl", "kustomize"))
_SECONDS = 30
_LARGEST_OUTPUT = 64 * 1024 * 1024
"""Bytes."""
_VARIABLES = {"GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0", "KUBECONFIG": os.devnull}

_HASH = r"-[bcdfghkmt0-9]{10}"


class Program(NamedTuple):
    """The program, and what tells it from another version of it."""

    path: str
    subcommand: str
    size: int
    modified: int


class ProgramError(Exception):
    """Why the program did not build a kustomization."""


def find_program(root: str) -> Program | None:
    """Look for the program on the PATH; one that is part of the project is never run."""
    for name, subcommand in _COMMANDS:
        path = look_up(name, root)
        if path is not None:
            status = os.stat(path)
            return Program(path, subcommand, status.st_size, status.st_mtime_ns)
    return None


def build(program: Program, build: "Build", root: str) -> list[dict[str, Any]]:
    """Let the program build a kustomization; raises `ProgramError`."""
    import tempfile

    from cnlint.manifests.kubernetes import is_manifest
    from cnlint.syntax import yaml
    from cnlint.syntax.source import Source

    if any(entry.is_remote for one in build.kustomizations for entry in one.references):
        raise ProgramError("it has remote parts")
    if any(one.get("helmCharts") or one.get("generators") or one.get("transformers") for one in build.kustomizations):
        raise ProgramError("it has charts or plugins")
    if any(" names " in reason for reason in build.unknown):
        raise ProgramError("parts of it are not in the project")
    folder = os.path.normpath(os.path.join(os.path.abspath(root), build.root.folder))
    command = (program.path, program.subcommand, folder)
    with tempfile.TemporaryDirectory(prefix="cnlint-") as home:
        answer = run_program(command, home, _VARIABLES, seconds=_SECONDS, most_bytes=_LARGEST_OUTPUT)
    if answer.failure:
        raise ProgramError(answer.failure)
    stream = yaml.parse(Source("", answer.output), yaml.Dialect.KUBERNETES)
    return [document.value for document in stream.documents if is_manifest(document.value)]


def lay_over(rendering: Rendering, objects: Iterable[dict[str, Any]]) -> None:
    """Take over what the program built; names in references stay as they are written."""
    names = {name: built.names[0] for built in rendering.objects for name in built.names}
    by_key = {_key(one): one for one in objects}
    kept: list[BuiltObject] = []
    for built in rendering.objects:
        if built.is_generated:
            kept.append(built)
            continue
        theirs = by_key.get(_key(built.value))
        if theirs is None:
            rendering.removed.append(built)
            continue
        kept.append(built)
        if _differs(built.value, theirs, names):
            built.root = _laid_over(built.root, theirs, names)
            built.is_changed = True
    rendering.objects[:] = kept


def _key(value: dict[str, Any]) -> tuple[str, str, str, str]:
    metadata = value.get("metadata")
    name, namespace = (metadata.get("name"), metadata.get("namespace")) if isinstance(metadata, dict) else ("", "")
    return str(value.get("apiVersion")).rpartition("/")[0], str(value.get("kind")), str(name), str(namespace or "")


def _laid_over(node: Node, value: Any, names: dict[str, str]) -> Node:
    """Give a node with another value, whose parts keep their places as far as they are the same."""
    if not _differs(node.value, value, names):
        return node
    result = node.made(value)
    if isinstance(value, dict) and node.is_mapping:
        ours = node.fields
        result.removed = {**node.removed, **{key: (ours[key].document, ours[key].path) for key in ours.keys() - value}}
        result.fields.update({key: _placed(ours.get(key), item, node, names) for key, item in value.items()})
    elif isinstance(value, list) and node.is_list:
        known = node.items
        result.items[:] = [
            _placed(known[index] if index < len(known) else None, item, node, names) for index, item in enumerate(value)
        ]
    return result


def _placed(ours: Node | None, value: Any, parent: Node, names: dict[str, str]) -> Node:
    return parent.made(value) if ours is None else _laid_over(ours, value, names)


def _differs(ours: Any, theirs: Any, names: dict[str, str]) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        # An empty value may be left out.
        return any(_differs(ours.get(key), theirs.get(key), names) for key in {**ours, **theirs})
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) != len(theirs) or any(map(_differs, ours, theirs, [names] * len(ours)))
    if isinstance(ours, str) and isinstance(theirs, str) and ours != theirs:
        plain = re.sub(f"{_HASH}$", "", theirs)
        return ours not in (plain, names.get(theirs), names.get(plain))
    return bool(type(ours) is not type(theirs) or ours != theirs)
