"""A quick yes for storyboards that are plainly valid, so that `jsonschema` is loaded only to find fault.

It reads the same schema. Where it meets a keyword that it does not know it is not certain, and `jsonschema` decides.
"""

import re
from collections.abc import Callable, Mapping
from typing import cast

Schema = Mapping[str, object]
Keyword = Callable[[object, object, Schema, Schema], bool]

_NOTES = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples", "then"})


class _Uncertain(Exception):
    """A keyword that is not known here."""


def certainly_valid(data: object, schema: Schema) -> bool:
    """Whether the data keeps the schema for sure. False says nothing."""
    try:
        return _holds(data, schema, schema)
    except _Uncertain:
        return False


def _holds(data: object, schema: object, root: Schema) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    return all(_keyword(word)(data, value, schema, root) for word, value in schema.items() if word not in _NOTES)


def _keyword(word: str) -> Keyword:
    if word not in _KEYWORDS:
        raise _Uncertain(word)
    return _KEYWORDS[word]


def _is(data: object, name: object) -> bool:
    if isinstance(data, bool) or name == "boolean":
        return isinstance(data, bool) and name == "boolean"
    if name == "integer":
        return isinstance(data, int) or (isinstance(data, float) and data.is_integer())
    kinds = {"object": dict, "array": list, "string": str, "number": int | float}
    return isinstance(data, kinds[str(name)])


def _same(data: object, value: object) -> bool:
    return isinstance(data, bool) == isinstance(value, bool) and data == value


def _for(kind: str, test: Callable[[object, object], bool]) -> Keyword:
    """A keyword that says something about one type only."""
    return lambda data, value, _schema, _root: not _is(data, kind) or test(data, value)


def _number(test: Callable[[float, float], bool]) -> Keyword:
    return _for("number", lambda data, value: test(cast("float", data), cast("float", value)))


def _size(kind: str, test: Callable[[int, int], bool]) -> Keyword:
    return _for(kind, lambda data, value: test(len(cast("list[object]", data)), cast("int", value)))


def _each(data: object, known: object, root: Schema) -> bool:
    if not isinstance(data, dict):
        return True
    schemas = cast("Schema", known)
    return all(_holds(data[name], schemas[name], root) for name in schemas if name in data)


def _additional(data: object, value: object, schema: Schema, root: Schema) -> bool:
    if not isinstance(data, dict):
        return True
    known = cast("Schema", schema.get("properties", {}))
    return all(_holds(data[name], value, root) for name in data if name not in known)


def _reference(data: object, value: object, _schema: Schema, root: Schema) -> bool:
    return _holds(data, cast("Schema", root["$defs"])[str(value).removeprefix("#/$defs/")], root)


def _dependent(data: object, value: object, _schema: Schema, root: Schema) -> bool:
    if not isinstance(data, dict):
        return True
    return all(_holds(data, schema, root) for name, schema in cast("Schema", value).items() if name in data)


_KEYWORDS: Mapping[str, Keyword] = {
    "type": lambda data, value, _schema, _root: _is(data, value),
    "const": lambda data, value, _schema, _root: _same(data, value),
    "enum": lambda data, value, _schema, _root: any(_same(data, each) for each in cast("list[object]", value)),
    "pattern": _for("string", lambda data, value: re.search(str(value), str(data)) is not None),
    "minLength": _size("string", lambda size, bound: size >= bound),
    "maxLength": _size("string", lambda size, bound: size <= bound),
    "minItems": _size("array", lambda size, bound: size >= bound),
    "maxItems": _size("array", lambda size, bound: size <= bound),
    "minProperties": _size("object", lambda size, bound: size >= bound),
    "minimum": _number(lambda data, bound: data >= bound),
    "maximum": _number(lambda data, bound: data <= bound),
    "exclusiveMinimum": _number(lambda data, bound: data > bound),
    "required": _for("object", lambda data, names: set(cast("list[str]", names)) <= cast("Schema", data).keys()),
    "properties": lambda data, value, _schema, root: _each(data, value, root),
    "additionalProperties": _additional,
    "propertyNames": lambda data, value, _schema, root: (
        not isinstance(data, dict) or all(_holds(name, value, root) for name in data)
    ),
    "dependentSchemas": _dependent,
    "items": lambda data, value, _schema, root: (
        not isinstance(data, list) or all(_holds(item, value, root) for item in data)
    ),
    "anyOf": lambda data, value, _schema, root: any(_holds(data, each, root) for each in cast("list[object]", value)),
    "allOf": lambda data, value, _schema, root: all(_holds(data, each, root) for each in cast("list[object]", value)),
    "not": lambda data, value, _schema, root: not _holds(data, value, root),
    "$ref": _reference,
    "if": lambda data, value, schema, root: (
        not _holds(data, value, root) or _holds(data, schema.get("then", True), root)
    ),
}
