"""What is wrong with a value that a schema does not allow: where, what was expected, and what was probably meant.

Follows the same rules as `cnlint.manifests.schema_compiler`, slowly and with words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from cnlint.manifests.schema_compiler import FORMATS, INTEGER_RANGES, LIMITS, Compiler, is_directive, matches_pattern
from cnlint.manifests.schema_definitions import Schema, field_since
from cnlint.manifests.view import Path

Kind = Literal["type", "enum", "pattern", "format", "range", "forms", "required", "unknown-field"]


class Violation(NamedTuple):
    """One place where a value contradicts its schema.

    ``path`` leads to the wrong value or the unknown key, or to the mapping that lacks required fields.
    """

    kind: Kind
    path: Path
    expected: str = ""
    """What the schema asks for, in words: ``a whole number``."""
    found: str = ""
    """What is there, in words: ``the text "3"``."""
    missing: tuple[str, ...] = ()
    """The required fields that the mapping lacks."""
    nearest: str = ""
    """The known field or value that an unknown one resembles."""
    below: Path = ()
    """Where a field of this name belongs, from the mapping that holds it."""
    within: Path | None = None
    """The mapping elsewhere in the object that a field of this name belongs to; lists in it have no index."""
    since: tuple[int, int] | None = None
    """The Kubernetes version that brought the field."""


class _Level(NamedTuple):
    """A mapping on the way to a value, and its schema."""

    path: Path
    schema: Schema


def violations(compiler: Compiler, schema: Schema, value: Any) -> list[Violation]:
    """Find all violations of a whole object, in the order of the document, each place once."""
    found: dict[Path, Violation] = {}
    for violation in _value(compiler, schema, value, (), (), strict=True):
        found.setdefault(violation.path, violation)
    return list(found.values())


def _value(
    compiler: Compiler, schema: Schema, value: Any, path: Path, above: tuple[_Level, ...], strict: bool
) -> Iterator[Violation]:
    name = schema.get("$ref", "")
    schema = compiler.target(schema)
    kind = schema.get("type")
    if value is None:
        if compiler.accepts_null(schema):
            return
        if kind == "object":
            value = {}
    if kind is not None and not has_type(value, kind):
        yield Violation("type", path, type_words(schema), described(value))
        return
    if isinstance(value, dict):
        yield from _fields(compiler, schema, name, value, path, above, strict)
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for index, item in enumerate(value):
            yield from _value(compiler, schema["items"], item, (*path, index), above, strict)
    yield from _restrictions(schema, value, path)
    for branch in schema.get("allOf", ()):
        yield from _value(compiler, branch, value, path, above, strict=False)
    yield from _forms(compiler, schema, value, path)


def _fields(
    compiler: Compiler,
    schema: Schema,
    name: str,
    value: dict[Any, Any],
    path: Path,
    above: tuple[_Level, ...],
    strict: bool,
) -> Iterator[Violation]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = schema.get("required", ())
    others = schema.get("additionalProperties")
    levels = (*above, _Level(path, schema))
    free = others is True or schema.get("x-kubernetes-preserve-unknown-fields") or not strict
    free = free or not schema.keys() & {"type", "properties"}
    missing = tuple(field for field in required if field not in value)
    if missing:
        yield Violation("required", path, missing=missing)
    for key, item in value.items():
        if key in properties:
            if item is not None or key in required:
                yield from _value(compiler, properties[key], item, (*path, key), levels, strict)
        elif is_directive(key):
            continue
        elif isinstance(others, Mapping):
            yield from _value(compiler, others, item, (*path, key), levels, strict)
        elif not free:
            yield _unknown_field(compiler, key, levels, name)


def _restrictions(schema: Schema, value: Any, path: Path) -> Iterator[Violation]:
    """Find what the keywords for single values forbid; the first says enough."""
    if "enum" in schema and value not in schema["enum"]:
        allowed = [str(one) for one in schema["enum"]]
        near = nearest_name(value, allowed) if isinstance(value, str) else ""
        yield Violation("enum", path, _alternatives(schema["enum"]), described(value), nearest=near)
        return
    bounds = _bounds(schema)
    if any(not LIMITS[keyword](value, bound) for keyword, bound in bounds.items()):
        yield Violation("range", path, _bound_words(bounds, value), _size(value))
        return
    if not isinstance(value, str):
        return
    if "pattern" in schema and not matches_pattern(schema["pattern"], value):
        yield Violation("pattern", path, f"a text that matches {schema['pattern']}", described(value))
    elif schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
        yield Violation("format", path, _FORMAT_WORDS[schema["format"]], described(value))


def _forms(compiler: Compiler, schema: Schema, value: Any, path: Path) -> Iterator[Violation]:
    """Find what ``anyOf``, ``oneOf`` and ``not`` forbid."""
    for keyword in ("anyOf", "oneOf", "not"):
        if keyword not in schema or compiler.compile({keyword: schema[keyword]}, strict=False)(value):
            continue
        fields = _fields_to_choose(schema[keyword]) if keyword != "not" else ()
        given = [field for field in fields if isinstance(value, dict) and field in value]
        if len(given) > 1 and keyword == "oneOf":
            yield Violation("forms", path, f"only one of {listed(fields)}", listed(given, "and"))
        elif fields and not given:
            yield Violation("forms", path, f"one of {listed(fields)}", "none of them")
        else:
            yield Violation("forms", path, "a form that its schema allows", described(value))
        return


def _fields_to_choose(branches: Iterable[Schema]) -> list[str]:
    """Give the fields that the branches require, where requiring is all that they do."""
    fields = []
    for branch in branches:
        if branch.keys() == {"required"}:
            fields += branch["required"]
        elif branch.keys() != {"not"}:
            return []
    return fields


def _unknown_field(compiler: Compiler, key: Any, levels: tuple[_Level, ...], name: str) -> Violation:
    field, path, schema = str(key), (*levels[-1].path, key), levels[-1].schema
    properties = schema.get("properties", {})
    since = field_since(name, field) if name else None
    if since:
        return Violation("unknown-field", path, since=since)
    near = nearest_name(field, properties)
    if near and _is_spelling_of(field, near):
        return Violation("unknown-field", path, nearest=near)
    below = _below(compiler, schema, field)
    if below:
        return Violation("unknown-field", path, below=below)
    for level in reversed(levels[:-1]):
        if field in level.schema.get("properties", {}):
            return Violation("unknown-field", path, within=level.path)
    if not near and field not in _EVERYWHERE:
        for level in reversed(levels[:-1]):
            beside = _below(compiler, level.schema, field)
            if beside:
                return Violation("unknown-field", path, within=(*level.path, *beside))
    return Violation("unknown-field", path, nearest=near)


_MOST_ALTERNATIVES = 12
# So many mappings have these fields that nobody can say which one is meant.
_EVERYWHERE = {"apiVersion", "key", "kind", "labels", "name", "namespace", "path", "port", "selector", "type", "value"}


def _below(compiler: Compiler, schema: Schema, field: str) -> Path:
    """Find the nearest mapping below that has the field, at most two levels down; gives the way to it."""
    level: list[tuple[Path, Schema]] = [((), schema)]
    for _ in range(2):
        level = [
            ((*path, name), _mapping_of(compiler, one))
            for path, parent in level
            for name, one in parent.get("properties", {}).items()
        ]
        for path, child in level:
            if field in child.get("properties", {}):
                return path
    return ()


def _mapping_of(compiler: Compiler, schema: Schema) -> Schema:
    """Follow references and lists to the schema of the mapping at their end."""
    schema = compiler.target(schema)
    while isinstance(schema.get("items"), Mapping):
        schema = compiler.target(schema["items"])
    return schema


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Give the known name that a wrong one most probably means: same letters, or few edits away; else nothing."""
    allowed = 1 if len(name) < 6 else 2
    best, best_distance = "", allowed + 1
    letters = _letters(name)
    for other in sorted(known):
        if _letters(other) == letters:
            return other
        distance = _edits(letters, _letters(other), best_distance)
        if distance < best_distance and len(name) > 2:
            best, best_distance = other, distance
    return best


def _is_spelling_of(name: str, other: str) -> bool:
    """Tell whether two names differ by no more than case, dashes, underscores or one edit."""
    return _edits(_letters(name), _letters(other), 2) < 2


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _edits(one: str, other: str, limit: int) -> int:
    """Count the edits (insert, delete, replace, swap neighbours) between two words; stops counting at ``limit``."""
    if abs(len(one) - len(other)) >= limit:
        return limit
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for i, letter in enumerate(one):
        following = [i + 1]
        for j, against in enumerate(other):
            cost = min(row[j + 1] + 1, following[j] + 1, row[j] + (letter != against))
            if i and j and letter == other[j - 1] and one[i - 1] == against:
                cost = min(cost, before[j - 1] + 1)
            following.append(cost)
        before, row = row, following
    return min(row[-1], limit)


def has_type(value: Any, kind: str | Sequence[str]) -> bool:
    """Tell whether a value is of a type, or one of several types, of JSON Schema."""
    if isinstance(kind, str):
        return kind in _types_of(value)
    return any(one in _types_of(value) for one in kind)


def _types_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, float) and value.is_integer():
        return ("number", "integer")
    return _TYPES.get(type(value), ())


_TYPES: dict[type, tuple[str, ...]] = {
    dict: ("object",),
    list: ("array",),
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
}
_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_FORMAT_WORDS = {
    "byte": "base64",
    "date-time": "a time such as 2006-01-02T15:04:05Z",
    "duration": "a duration such as 1h30m",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
}


def type_words(schema: Schema) -> str:
    """Say which type a schema asks for: ``a whole number``, ``one of "Always" or "Never"``."""
    if "enum" in schema:
        return _alternatives(schema["enum"])
    kind = schema.get("type", "object")
    kinds = [kind] if isinstance(kind, str) else sorted(kind)
    return " or ".join(_TYPE_WORDS.get(one, one) for one in kinds)


def described(value: Any) -> str:
    """Say what a value is: ``the text "3"``, ``the number 3``, ``a list``."""
    if isinstance(value, str):
        short = value if len(value) <= 40 else f"{value[:37]}..."
        return f'the text "{short}"' if value else "an empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else "a mapping"


def listed(names: Iterable[Any], word: str = "or") -> str:
    """Join names for a message: ``"a", "b" or "c"``."""
    quoted = [f'"{name}"' for name in names]
    return f" {word} ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _alternatives(values: Iterable[Any]) -> str:
    """Name the values that are allowed; the empty one, which means the default, goes without saying."""
    named = [value for value in values if value != "" and not isinstance(value, dict | list)]
    if not named:
        return "a value that the schema lists"
    if len(named) > _MOST_ALTERNATIVES:
        return f"one of {', '.join(map(str, named[:_MOST_ALTERNATIVES]))}, ..."
    return listed(named) if len(named) == 1 else f"one of {listed(named)}"


def _bounds(schema: Schema) -> dict[str, Any]:
    whole = INTEGER_RANGES.get(schema.get("format", ""))
    bounds: dict[str, Any] = {"minimum": whole[0], "maximum": whole[1]} if whole else {}
    return bounds | {keyword: schema[keyword] for keyword in LIMITS if keyword in schema}


def _bound_words(bounds: Mapping[str, Any], value: Any) -> str:
    keyword = next(keyword for keyword, bound in bounds.items() if not LIMITS[keyword](value, bound))
    words, unit = _BOUND_WORDS[keyword]
    return f"{words} {bounds[keyword]}{unit}"


_BOUND_WORDS = {
    "minimum": ("at least", ""),
    "maximum": ("at most", ""),
    "exclusiveMinimum": ("more than", ""),
    "exclusiveMaximum": ("less than", ""),
    "minLength": ("at least", " characters"),
    "maxLength": ("at most", " characters"),
    "minItems": ("at least", " items"),
    "maxItems": ("at most", " items"),
    "minProperties": ("at least", " fields"),
    "maxProperties": ("at most", " fields"),
}


def _size(value: Any) -> str:
    if isinstance(value, str):
        return f"{len(value)} characters long" if value else "empty"
    if isinstance(value, list | dict):
        return f"of {len(value)} {'items' if isinstance(value, list) else 'fields'}" if value else "empty"
    return described(value)
