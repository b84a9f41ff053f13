"""Schemas of CustomResourceDefinitions, reduced to what validation reads and to what is well formed."""

from typing import Any

Schema = dict[str, Any]

_TYPES = ("object", "array", "string", "boolean", "integer", "number")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_SIZES = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_BARE_METADATA = ("metadata", {"type": "object"})
_EVERY_OBJECT: Schema = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"$ref": "meta.v1.ObjectMeta"},
}
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]


def schema_of_version(definition: Any, version: str) -> Schema | None:
    """Give the schema that a CustomResourceDefinition has for one of its versions."""
    spec = definition.get("spec") if isinstance(definition, dict) else None
    versions = spec.get("versions") if isinstance(spec, dict) else None
    for one in versions if isinstance(versions, list) else ():
        if isinstance(one, dict) and one.get("name") == version:
            holder = one.get("schema")
            schema = holder.get("openAPIV3Schema") if isinstance(holder, dict) else None
            return schema if isinstance(schema, dict) else None
    return None


def of_object(schema: Schema) -> Schema:
    """Add the fields that every object has to the schema of a kind; what ``status`` holds is the server's business."""
    properties = schema.get("properties", {})
    status = {"x-kubernetes-preserve-unknown-fields": True}
    return {**schema, "type": "object", "properties": {**properties, **_EVERY_OBJECT, "status": status}}


def structural(schema: Any, patterns: bool = True) -> Schema:
    """Keep the keywords that validation reads, in one order; what is malformed is left out.

    ``x-kubernetes-int-or-string`` becomes a list of types. A required field with a default is not required: the server
    fills it in before it validates.
    """
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        # The API server takes none, so a tool has yet to fill it in.
        return {"x-kubernetes-preserve-unknown-fields": True}
    kept: Schema = {}
    if schema.get("x-kubernetes-int-or-string") is True:
        kept["type"] = ["integer", "string"]
    elif schema.get("type") in _TYPES:
        kept["type"] = schema["type"]
    kept.update(_value_keywords(schema, patterns))
    for flag in ("nullable", "x-kubernetes-preserve-unknown-fields"):
        if schema.get(flag) is True:
            kept[flag] = True
    kept.update(_mapping_keywords(schema, patterns))
    if isinstance(schema.get("items"), dict):
        kept["items"] = structural(schema["items"], patterns)
    if isinstance(schema.get("not"), dict):
        kept["not"] = structural(schema["not"], patterns)
    for key in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(key)
        if isinstance(branches, list) and branches and branches != _INT_OR_STRING:
            kept[key] = [structural(one, patterns) for one in branches]
    return kept


def _value_keywords(schema: Schema, patterns: bool) -> Schema:
    kept = {key: schema[key] for key in ("format",) if isinstance(schema.get(key), str)}
    if patterns and isinstance(schema.get("pattern"), str):
        kept["pattern"] = schema["pattern"]
    if isinstance(schema.get("enum"), list):
        kept["enum"] = schema["enum"]
    for key in (*_NUMBERS, *_SIZES):
        if isinstance(schema.get(key), int | float) and not isinstance(schema[key], bool):
            kept[key] = schema[key]
    return kept


def _mapping_keywords(schema: Schema, patterns: bool) -> Schema:
    kept: Schema = {}
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    if isinstance(required, list):
        needed = [name for name in required if isinstance(name, str) and not _has_default(properties.get(name))]
        kept.update({"required": needed} if needed else {})
    if properties:
        names = sorted(name for name in properties if isinstance(name, str))
        kept["properties"] = {name: structural(_lenient(name, properties[name]), patterns) for name in names}
    if schema.get("x-kubernetes-embedded-resource") is True:
        kept["properties"] = {**kept.get("properties", {}), **_EVERY_OBJECT}
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        kept["additionalProperties"] = structural(others, patterns)
    elif others is True:
        kept["additionalProperties"] = True
    return kept


def _lenient(name: str, schema: Any) -> Any:
    """Let ``metadata`` of which a schema says nothing hold anything: tools write ``type: object`` for ObjectMeta."""
    return {**schema, "x-kubernetes-preserve-unknown-fields": True} if (name, schema) == _BARE_METADATA else schema


def _has_default(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("default") is not None
