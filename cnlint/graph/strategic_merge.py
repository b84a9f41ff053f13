"""How patches change objects: strategic merge patches as kustomize merges them, and JSON patches (RFC 6902).

The keys by which lists are merged are those of the API of Kubernetes (``x-kubernetes-patch-merge-key`` and
``x-kubernetes-list-map-keys`` of its OpenAPI description) as kustomize knows them, which holds that of 1.21. Objects of
other kinds are merged as JSON: mappings by key, lists replaced.
"""

from typing import Any

from cnlint.graph.rendered import Node


class PatchError(Exception):
    """A patch that cannot be applied; kustomize would stop here."""


Keys = tuple[str, ...]
Fields = dict[str, tuple[Keys | None, Any]]
"""By field: the keys by which its list is merged (``None`` where it is replaced or no list), and what lies below."""

_SCALARS: Keys = ("",)
"""A list of scalars that is merged as a set."""

_METADATA: Fields = {"finalizers": (_SCALARS, {}), "ownerReferences": (("uid",), {})}
_CONTAINER: Fields = {
    "env": (("name",), {}),
    "ports": (("containerPort", "protocol"), {}),
    "volumeDevices": (("devicePath",), {}),
    "volumeMounts": (("mountPath",), {}),
}
_POD: Fields = {
    "containers": (("name",), _CONTAINER),
    "ephemeralContainers": (("name",), _CONTAINER),
    "hostAliases": (("ip",), {}),
    "imagePullSecrets": (("name",), {}),
    "initContainers": (("name",), _CONTAINER),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"), {}),
    "volumes": (("name",), {}),
}
_TEMPLATE: Fields = {"metadata": (None, _METADATA), "spec": (None, _POD)}
_WORKLOAD: Fields = {"template": (None, _TEMPLATE)}
_WEBHOOKS: Fields = {"metadata": (None, _METADATA), "webhooks": (("name",), {})}


def _object(**spec: Any) -> Fields:
    return {"metadata": (None, _METADATA), **{field: (None, inner) for field, inner in spec.items()}}


_BY_KIND: dict[tuple[str, str], Fields] = {
    ("", "Pod"): _object(spec=_POD),
    ("", "PodTemplate"): _object(template=_TEMPLATE),
    ("", "ReplicationController"): _object(spec=_WORKLOAD),
    **{("apps", kind): _object(spec=_WORKLOAD) for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    ("batch", "Job"): _object(spec=_WORKLOAD),
    ("batch", "CronJob"): _object(spec={"jobTemplate": (None, {"spec": (None, _WORKLOAD)})}),
    ("", "Service"): _object(spec={"ports": (("port", "protocol"), {})}),
    ("", "ServiceAccount"): {"metadata": (None, _METADATA), "secrets": (("name",), {})},
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOKS,
}
_BUILT_IN: Fields = {"metadata": (None, _METADATA)}


def fields_of(group: str, kind: str) -> Fields:
    """Give how the lists of a kind are merged."""
    is_built_in = "." not in group or group.endswith(".k8s.io")
    return _BY_KIND.get((group, kind), _BUILT_IN if is_built_in else {})


def merge(base: Node | None, patch: Node, fields: Fields, keys: Keys | None = None) -> Node | None:
    """Merge a patch into a value, which is changed in place; gives the result, ``None`` when nothing is left.

    Raises `PatchError` when the two do not fit.
    """
    if base is not None and base.is_null:
        base = None
    if base is not None and not patch.is_null and (base.is_mapping, base.is_list) != (patch.is_mapping, patch.is_list):
        raise PatchError("a patch puts a value of another type")
    if patch.is_mapping:
        return _merge_mapping(base, patch, fields)
    if not patch.is_list:
        return None if patch.is_null else patch
    if keys is None:
        return patch
    return _merge_list(base, patch, fields, keys)


def _merge_mapping(base: Node | None, patch: Node, fields: Fields) -> Node | None:
    directive = patch.read("$patch")
    if directive == "delete":
        return None
    if directive not in (None, "merge", "replace"):
        raise PatchError(f'"$patch" is {directive!r}')
    is_new = base is None or directive == "replace"
    result = Node({}, patch.document, patch.path) if is_new or base is None else base
    for key, item in list(patch.fields.items()):
        if isinstance(key, str) and key.startswith("$"):
            continue
        keys, inner = fields.get(key, (None, {}))
        merged = None if item.is_null else merge(result.fields.get(key), item, inner, keys)
        if merged is None:
            result.drop(key, item.document, item.path)
        else:
            result.put(key, merged)
    return result


def _merge_list(base: Node | None, patch: Node, fields: Fields, keys: Keys) -> Node | None:
    items = patch.items
    # An item that holds nothing but a directive speaks of the list.
    directives = {item.text("$patch") for item in items if set(item.fields) == {"$patch"}}
    if "delete" in directives:
        return None
    if directives:
        items = [item for item in items if set(item.fields) != {"$patch"}]
        base = None if "replace" in directives else base
    known = base.items if base is not None else []
    if keys == _SCALARS:
        found = {str(item.value): item for item in (*known, *items)}
        order = dict.fromkeys(str(item.value) for item in (*items, *known))
        return _with_items(base, patch, [found[text] for text in order])
    valid = [key for key in keys if any(_key(item, key) for item in (*items, *known))]
    if not valid:
        raise PatchError(f'items of a list have no "{keys[0]}"')
    ours = {_values(item, valid): item for item in known}
    theirs: dict[Any, Node] = {}
    for item in items:
        theirs.setdefault(_values(item, valid), item)
    merged: dict[Keys, Node] = {}
    for values in dict.fromkeys((*theirs, *ours)):
        mine, patched = ours.get(values), theirs.get(values)
        # The directive "replace" at an item has no effect in kustomize.
        is_kept = patched is None or (mine is not None and patched.read("$patch") == "replace")
        result = mine if patched is None or is_kept else merge(mine, patched, fields)
        if result is not None:
            merged[values] = result
    if len(valid) == 1:
        return _with_items(base, patch, list(merged.values()))
    kept = [merged[values] for values in ours if values in merged]
    return _with_items(base, patch, _displaced(list(merged.values()), kept, valid))


def _displaced(merged: list[Node], kept: list[Node], keys: list[str]) -> list[Node]:
    """Put what stood there before behind what is new; an item that lacks a key displaces those that only have more."""
    for item in kept:
        given = [(key, text) for key in keys if (text := _key(item, key))]
        merged = [one for one in merged if any(_key(one, key) != text for key, text in given)]
        merged.append(item)
    return merged


def _with_items(base: Node | None, patch: Node, items: list[Node]) -> Node:
    result = (base or patch).made([])
    result.items.extend(items)
    return result


def _values(item: Node, keys: list[str]) -> Keys:
    return tuple(_key(item, key) for key in keys)


def _key(item: Node, key: str) -> str:
    value = item.read(key) if item.is_mapping else None
    return "" if value is None else str(value)


def apply_json_patch(root: Node, operations: Node) -> None:
    """Apply the operations of a JSON patch in place; raises `PatchError` at the first that cannot be."""
    for operation in operations.items:
        _OPERATIONS.get(operation.text("op"), _no_operation)(root, operation)


def _no_operation(root: Node, operation: Node) -> None:
    raise PatchError(f'"{operation.text("op")}" is no operation of a JSON patch')


def _add(root: Node, operation: Node) -> None:
    _insert(root, operation.text("path"), _value(operation))


def _replace(root: Node, operation: Node) -> None:
    pointer = operation.text("path")
    parent, step = _parent(root, pointer)
    if parent.is_list:
        parent.items[_index(parent, step, pointer)] = _value(operation)
    elif step in parent.fields:
        parent.put(step, _value(operation))
    else:
        raise PatchError(f"nothing stands at {pointer}")


def _remove(root: Node, operation: Node) -> None:
    _take(root, operation.text("path"), operation)


def _move(root: Node, operation: Node) -> None:
    _insert(root, operation.text("path"), _take(root, operation.text("from"), operation))


def _copy(root: Node, operation: Node) -> None:
    _insert(root, operation.text("path"), _look(root, operation.text("from")).copy())


def _test(root: Node, operation: Node) -> None:
    if _look(root, operation.text("path")).value != operation.read("value"):
        raise PatchError(f"the test of {operation.text('path')} fails")


_OPERATIONS = {"add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test}


def _value(operation: Node) -> Node:
    value = operation.get("value")
    # A value that is left out is null.
    return value.copy() if value is not None else operation.made(None)


def _insert(root: Node, pointer: str, node: Node) -> None:
    parent, step = _parent(root, pointer)
    if not parent.is_list:
        parent.put(step, node)
    elif step == "-":
        parent.items.append(node)
    else:
        parent.items.insert(_index(parent, step, pointer, len(parent.items)), node)


def _take(root: Node, pointer: str, operation: Node) -> Node:
    parent, step = _parent(root, pointer)
    if parent.is_list:
        return parent.items.pop(_index(parent, step, pointer))
    node = parent.fields.get(step)
    if node is None:
        raise PatchError(f"nothing stands at {pointer}")
    parent.drop(step, operation.document, operation.path)
    return node


def _look(root: Node, pointer: str) -> Node:
    parent, step = _parent(root, pointer)
    node = parent.items[_index(parent, step, pointer)] if parent.is_list else parent.fields.get(step)
    if node is None:
        raise PatchError(f"nothing stands at {pointer}")
    return node


def _parent(root: Node, pointer: str) -> tuple[Node, str]:
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]] or [""]
    node: Node | None = root
    for step in steps:
        if node is not None and node.is_list:
            node = node.items[_index(node, step, pointer)]
        else:
            node = node.fields.get(step) if node is not None else None
    if node is None or not (node.is_mapping or node.is_list) or not pointer.startswith("/"):
        raise PatchError(f"nothing stands above {pointer}")
    return node, last


def _index(parent: Node, step: str, pointer: str, most: int | None = None) -> int:
    """Read the index of an item; ``most`` is the greatest that is allowed, negative ones count from the end."""
    length = len(parent.items)
    digits = step.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise PatchError(f"{pointer} is no place in a list")
    index = int(step)
    index = index + length if index < 0 else index
    if not 0 <= index <= (length - 1 if most is None else most):
        raise PatchError(f"{pointer} is beyond the end of the list")
    return index
