"""Schemas compiled to functions that tell valid values from invalid ones, and nothing else.

Nearly all values are valid, so this way is built for speed; `cnlint.manifests.schema_violations` finds the words for
the rest. Both read JSON Schema as Kubernetes means it:

- A field that is not in ``properties`` is wrong, unless ``additionalProperties`` or
  ``x-kubernetes-preserve-unknown-fields`` allow it. Below ``allOf``, ``anyOf``, ``oneOf`` and ``not`` it is not: they
  only restrict values.
- ``null`` is the same as an absent field where the field is optional, and the same as an empty mapping where a mapping
  is required or stands in a list, as decoding in Go has it. ``nullable`` allows it anywhere.
- ``1.0`` is a whole number. Keys that begin with ``$`` are directives of patches, not fields.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cnlint.manifests.schema_definitions import Resolve, Schema
from cnlint.syntax.patterns import regex

Check = Callable[[Any], bool]

# Longer texts are not matched against patterns, whose run time may grow with the square of the length.
PATTERN_LIMIT = 500
INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_SCALAR_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
# Values of these classes need no other check.
_PLAIN: dict[Any, type] = {"string": str, "boolean": bool}


class Compiler:
    """Compiles schemas whose references ``resolve`` follows; what it has compiled is kept for further use."""

    __slots__ = ("_compiled", "resolve")

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self._compiled: dict[str, Check] = {}

    def compile(self, schema: Schema, strict: bool = True) -> Check:
        """Give the function that checks values other than null; ``strict``: unknown fields are wrong."""
        reference = schema.get("$ref")
        if reference is not None:
            return self._reference(reference)
        checks = [*self._structure(schema, strict), *_value_checks(schema), *self._combinations(schema)]
        if len(checks) == 1:
            return checks[0]
        return _all_of(checks) if checks else _anything

    def accepts_null(self, schema: Schema) -> bool:
        """Tell whether null may stand where the schema asks for a value."""
        schema = self.target(schema)
        if schema.get("nullable") or "type" not in schema:
            return True
        return schema["type"] == "object" and self.compile(schema)({})

    def target(self, schema: Schema) -> Schema:
        """Follow a reference."""
        return self.resolve(schema["$ref"]) if "$ref" in schema else schema

    def _reference(self, name: str) -> Check:
        check = self._compiled.get(name)
        if check is None:
            check = self._compiled[name] = self.compile(self.resolve(name))
        return check

    def _structure(self, schema: Schema, strict: bool) -> list[Check]:
        kind = schema.get("type")
        if isinstance(kind, list):
            return [_of_types(kind)]
        if kind == "integer" and schema.get("format") in INTEGER_RANGES:
            return [_integer_between(*INTEGER_RANGES[schema["format"]])]
        if kind in _SCALARS:
            return [_SCALARS[kind]]
        checks = []
        # Without a type, keywords only speak of values of theirs.
        if kind == "object" or (kind is None and schema.keys() & {"properties", "additionalProperties"}):
            checks.append(self._mapping(schema, strict))
        elif kind is None and "required" in schema:
            checks.append(self._mapping(schema, strict=False))
        if kind == "array" or (kind is None and "items" in schema):
            checks.append(self._list(schema, strict))
        return checks

    def _mapping(self, schema: Schema, strict: bool) -> Check:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = frozenset(schema.get("required", ()))
        plain = {name: _PLAIN[one["type"]] for name, one in properties.items() if _is_plain(one)}
        checks = _Properties(self, properties, strict)
        class_of, check_of = plain.get, checks.get
        others = self._unknown_fields(schema, strict)
        typed = schema.get("type") == "object"
        if not properties and others is not None:
            return self._map(schema, others)

        def acceptable(key: Any, item: Any) -> bool:
            if key not in properties:
                return others is None or others(item) or is_directive(key)
            return key not in required or self.accepts_null(properties[key])

        def check(value: Any) -> bool:
            if value.__class__ is not dict:
                return not typed
            for key, item in value.items():
                if item.__class__ is class_of(key):
                    continue
                if item is None or key not in properties:
                    if not acceptable(key, item):
                        return False
                elif not (check_of(key) or checks[key])(item):
                    return False
            return value.keys() >= required

        return check

    def _map(self, schema: Schema, others: Check) -> Check:
        """Compile a mapping whose keys are free; nearly all of them map names to texts."""
        values = schema.get("additionalProperties", {})
        plain = _PLAIN[values["type"]] if isinstance(values, Mapping) and _is_plain(values) else None
        required = frozenset(schema.get("required", ()))

        def check(value: Any) -> bool:
            if value.__class__ is not dict:
                return "type" not in schema
            for key, item in value.items():
                if item.__class__ is not plain and not others(item) and not is_directive(key):
                    return False
            return value.keys() >= required

        return check

    def _unknown_fields(self, schema: Schema, strict: bool) -> Check | None:
        """Give the check of the values of fields that the schema does not name; ``None``: any value will do."""
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            check, null = self.compile(others, strict), _Once(lambda: self.accepts_null(others))
            return lambda item: null() if item is None else check(item)
        if others is True or schema.get("x-kubernetes-preserve-unknown-fields") or not strict:
            return None
        return _nothing

    def _list(self, schema: Schema, strict: bool) -> Check:
        items = schema.get("items")
        typed = schema.get("type") == "array"
        if not isinstance(items, Mapping):
            return lambda value: value.__class__ is list or not typed
        check, null = self.compile(items, strict), _Once(lambda: self.accepts_null(items))

        def check_list(value: Any) -> bool:
            if value.__class__ is not list:
                return not typed
            for item in value:  # noqa: SIM110 (a generator would be slower)
                if not (null() if item is None else check(item)):
                    return False
            return True

        return check_list

    def _combinations(self, schema: Schema) -> list[Check]:
        checks: list[Check] = []
        if "allOf" in schema:
            checks += [self.compile(branch, strict=False) for branch in schema["allOf"]]
        if "anyOf" in schema:
            checks.append(_any_of([self.compile(branch, strict=False) for branch in schema["anyOf"]]))
        if "oneOf" in schema:
            checks.append(_one_of([self.compile(branch, strict=False) for branch in schema["oneOf"]]))
        if "not" in schema:
            forbidden = self.compile(schema["not"], strict=False)
            checks.append(lambda value: not forbidden(value))
        return checks


class _Properties(dict[str, Check]):
    """The checks of the fields of a mapping, each compiled when a value first has the field."""

    __slots__ = ("_compiler", "_properties", "_strict")

    def __init__(self, compiler: Compiler, properties: Mapping[str, Schema], strict: bool) -> None:
        self._compiler = compiler
        self._properties = properties
        self._strict = strict

    def __missing__(self, name: str) -> Check:
        check = self[name] = self._compiler.compile(self._properties[name], self._strict)
        return check


class _Once:
    """An answer that is worked out when it is first asked for."""

    __slots__ = ("_answer", "_question")

    def __init__(self, question: Callable[[], bool]) -> None:
        self._question = question
        self._answer: bool | None = None

    def __call__(self) -> bool:
        if self._answer is None:
            self._answer = self._question()
        return self._answer


def _is_plain(schema: Schema) -> bool:
    """Tell whether a schema asks for no more than a text or a truth value."""
    return schema.get("type") in ("string", "boolean") and not schema.keys() - {"type", "nullable"}


def is_directive(key: object) -> bool:
    """Tell whether a key tells how to merge a patch (``$patch``), and is no field."""
    return isinstance(key, str) and key.startswith("$")


def is_integer(value: Any) -> bool:
    """Tell whether a value is a whole number; ``3.0`` becomes ``3`` on its way through JSON."""
    return value.__class__ is int or (value.__class__ is float and value.is_integer())


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def _is_string(value: Any) -> bool:
    return value.__class__ is str


def _is_boolean(value: Any) -> bool:
    return value.__class__ is bool


_SCALARS: dict[Any, Check] = {
    "string": _is_string,
    "boolean": _is_boolean,
    "integer": is_integer,
    "number": _is_number,
}


def _of_types(kinds: list[str]) -> Check:
    """Check against several types of scalars."""
    classes = {one for kind in kinds for one in _SCALAR_CLASSES.get(kind, ())}
    integer = "integer" in kinds
    return lambda value: value.__class__ in classes or (integer and is_integer(value))


def _integer_between(low: int, high: int) -> Check:
    # The first test is the common case; 3.0 passes the second.
    return lambda value: (value.__class__ is int or is_integer(value)) and low <= value <= high


def _anything(value: Any) -> bool:
    return True


def _nothing(value: Any) -> bool:
    return False


def _all_of(checks: list[Check]) -> Check:
    return lambda value: all(check(value) for check in checks)


def _any_of(checks: list[Check]) -> Check:
    return lambda value: any(check(value) for check in checks)


def _one_of(checks: list[Check]) -> Check:
    return lambda value: sum(check(value) for check in checks) == 1


def _value_checks(schema: Schema) -> list[Check]:
    """Compile the keywords that restrict single values."""
    checks: list[Check] = []
    if "enum" in schema:
        allowed = schema["enum"]
        checks.append(lambda value: value in allowed)
    for keyword, holds in LIMITS.items():
        if keyword in schema:
            checks.append(_limit(holds, schema[keyword]))
    if "pattern" in schema:
        checks.append(_pattern(schema["pattern"]))
    if schema.get("format") in FORMATS:
        checks.append(_format(FORMATS[schema["format"]]))
    return checks


def _limit(holds: Callable[[Any, Any], bool], bound: Any) -> Check:
    return lambda value: holds(value, bound)


def _format(matches: Callable[[str], bool]) -> Check:
    return lambda value: value.__class__ is not str or matches(value)


def _pattern(pattern: str) -> Check:
    return lambda value: value.__class__ is not str or matches_pattern(pattern, value)


def matches_pattern(pattern: str, text: str) -> bool:
    """Tell whether a text matches; so do long texts, and all when the pattern is of another dialect than Python's."""
    try:
        return len(text) > PATTERN_LIMIT or re.search(pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return True


# Each keyword's bound holds for values of one type and says nothing of others.
LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: not _is_number(value) or value >= bound,
    "maximum": lambda value, bound: not _is_number(value) or value <= bound,
    "exclusiveMinimum": lambda value, bound: not _is_number(value) or value > bound,
    "exclusiveMaximum": lambda value, bound: not _is_number(value) or value < bound,
    "minLength": lambda value, bound: value.__class__ is not str or len(value) >= bound,
    "maxLength": lambda value, bound: value.__class__ is not str or len(value) <= bound,
    "minItems": lambda value, bound: value.__class__ is not list or len(value) >= bound,
    "maxItems": lambda value, bound: value.__class__ is not list or len(value) <= bound,
    "minProperties": lambda value, bound: value.__class__ is not dict or len(value) >= bound,
    "maxProperties": lambda value, bound: value.__class__ is not dict or len(value) <= bound,
}

_DATE_TIME = regex(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_DURATION = regex(r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+) *[a-zA-Zµμ]+ *)+)")
_BASE64 = regex(r"[A-Za-z0-9+/]*={0,2}")


def is_base64(text: str) -> bool:
    """Tell whether Go decodes a text as standard base64: padded, line ends within it left aside."""
    text = text.replace("\n", "").replace("\r", "")
    return len(text) % 4 == 0 and _BASE64.fullmatch(text) is not None


def _is_address(version: int) -> Callable[[str], bool]:
    def matches(text: str) -> bool:
        import ipaddress

        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return matches


FORMATS: dict[Any, Callable[[str], bool]] = {
    "byte": is_base64,
    "date-time": lambda text: _DATE_TIME.fullmatch(text) is not None,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "ipv4": _is_address(4),
    "ipv6": _is_address(6),
}
"""Formats of strings that are checked; the API server checks few others, and this tool none."""
