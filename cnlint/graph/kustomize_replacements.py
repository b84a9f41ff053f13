"""Replacements of kustomizations: the value of a field of one object, put into fields of others."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnlint.graph.kustomize_selectors import Selector
from cnlint.graph.rendered import Node
from cnlint.graph.snapshots import plain_text
from cnlint.graph.strategic_merge import PatchError
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.graph.kustomize_build import BuiltObject

_STEPS = regex(r"\[[^\]]*\]|(?:\\.|[^.\[\\])+")


def replace(replacement: dict[str, Any], objects: "list[BuiltObject]") -> "Iterator[BuiltObject]":
    """Carry out a replacement; yields the objects that it changes.

    Raises `PatchError` for one that is not understood.
    """
    source = replacement.get("source")
    targets = replacement.get("targets")
    if not isinstance(source, dict) or not isinstance(targets, list):
        raise PatchError("it has no source and targets")
    given = _source(source, objects)
    for target in targets:
        select = target.get("select") if isinstance(target, dict) else None
        if not isinstance(select, dict):
            raise PatchError("a target selects nothing")
        rejected = {
            id(built)
            for reject in _list(target, "reject")
            if isinstance(reject, dict)
            for built in Selector(reject).choose(objects)
        }
        options = target.get("options") or {}
        for built in Selector(select).choose(objects):
            if id(built) not in rejected:
                for path in _list(target, "fieldPaths") or ("metadata.name",):
                    _put(built.root, _steps(path), given, options)
                yield built


def _list(target: dict[str, Any], field: str) -> list[Any]:
    value = target.get(field)
    if value is not None and not isinstance(value, list):
        raise PatchError(f'its "{field}" is no list')
    return value or []


def _source(source: dict[str, Any], objects: "list[BuiltObject]") -> Node:
    found = Selector(source, is_exact=True).choose(objects)
    if len(found) != 1:
        raise PatchError(f"its source is {len(found)} objects")
    nodes = list(_find(found[0].root, _steps(source.get("fieldPath") or "metadata.name"), creates=False))
    if len(nodes) != 1 or nodes[0][0].get(nodes[0][1]) is None:
        raise PatchError("its source has no such field")
    parent, step = nodes[0]
    node = parent.get(step)
    assert node is not None
    options = source.get("options")
    options = options if isinstance(options, dict) else {}
    delimiter = options.get("delimiter")
    if delimiter:
        parts = str(node.value).split(str(delimiter))
        index = options.get("index") or 0
        if not isinstance(index, int) or not 0 <= index < len(parts):
            raise PatchError("its source has no such part")
        return node.made(parts[index])
    return node.copy()


def _put(root: Node, steps: Sequence[str], given: Node, options: Any) -> None:
    options = options if isinstance(options, dict) else {}
    is_found = False
    for parent, step in list(_find(root, steps, creates=options.get("create") is True, by=given)):
        is_found = True
        node = given.copy()
        old = parent.get(step)
        delimiter = options.get("delimiter")
        if delimiter and old is not None:
            parts = str(old.value).split(str(delimiter))
            index = options.get("index") or 0
            if not isinstance(index, int):
                raise PatchError("an index is no number")
            if index < 0:
                parts.insert(0, str(given.value))
            elif index >= len(parts):
                parts.append(str(given.value))
            else:
                parts[index] = str(given.value)
            node = node.made(str(delimiter).join(parts))
        elif old is not None and isinstance(old.value, str) and isinstance(node.value, bool | int | float):
            # A scalar keeps the type that it has.
            node = node.made(plain_text(node.value))
        if isinstance(step, int):
            parent.items[step] = node
        else:
            parent.put(step, node)
    if not is_found:
        raise PatchError(f'nothing stands at "{".".join(steps)}"')


def _find(
    node: Node, steps: Sequence[str], *, creates: bool, by: Node | None = None
) -> "Iterator[tuple[Node, str | int]]":
    """Yield the fields that a path leads to, each as its parent and its step."""
    step, *rest = steps
    for chosen in _choose(node, step, creates):
        if not rest:
            yield node, chosen
            continue
        inner = node.get(chosen)
        if inner is not None:
            yield from _find(inner, rest, creates=creates, by=by)
        elif creates and isinstance(chosen, str) and by is not None and not rest[0].startswith("["):
            node.put(chosen, by.made({}))
            yield from _find(node.fields[chosen], rest, creates=creates, by=by)


def _choose(node: Node, step: str, creates: bool) -> list[str | int]:
    if step == "*":
        return list(range(len(node.items))) if node.is_list else list(node.fields)
    if step.startswith("["):
        key, equals, value = step[1:-1].partition("=")
        if not equals:
            raise PatchError(f"{step} is not understood")
        return [index for index, item in enumerate(node.items) if str(item.read(key)) == value]
    if node.is_list:
        if not (step.isascii() and step.isdigit()):
            raise PatchError(f"{step} is no place in a list")
        return [int(step)] if int(step) < len(node.items) else []
    return [step] if step in node.fields or (creates and node.is_mapping) else []


def _steps(path: Any) -> list[str]:
    if not isinstance(path, str) or not path:
        raise PatchError("a path is no text")
    return [step.replace("\\.", ".") for step in _STEPS.findall(path)]
