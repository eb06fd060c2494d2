"""What `jsonschema` finds, in words: what stands there, what is allowed, and how to mend it."""

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from runner.storyboard.model import DocumentPath
from runner.storyboard.yaml.document import Finding

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_NOUNS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping (`key: value` lines)",
    "array": "a list (lines that begin with `- `)",
}
# What YAML 1.1 took for booleans, and people still write.
_YES_AND_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}
# The keys are the patterns of the schema, letter for letter.
_PATTERNS = {
    "^[a-z0-9]+(-[a-z0-9]+)*$": ("small letters, digits and single hyphens", "for example `the-fountain`"),
    "^[a-z0-9][a-z0-9_-]{0,63}$": ("the name of a provider", "`longtake providers` lists them"),
    "^https?://[^\\s/]+": ("an address that begins with http:// or https://", "for example `https://api.kie.ai`"),
    "^https?://[^\\s]+$": ("an address that begins with http:// or https://", "for example `https://example.com/done`"),
    "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$": ("a day", "for example `2026-12-31`"),
    "^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}$": ("a fraction such as 24000/1001", "or a plain number such as 24"),
}
_LONGEST_QUOTE = 40  # a message with position, path and hint stays on one line of a wide terminal


def describe_error(error: "ValidationError") -> Iterator[Finding]:
    """Yield the findings of one error; alternatives are followed to the one that was most likely meant."""
    describe = _KEYWORDS.get(str(error.validator))
    if describe is None:
        yield _finding(error, "not-allowed", f"{quote_value(error.instance)} is not allowed here", "")
        return
    yield from describe(error)


def quote_value(value: object) -> str:
    """Return a value as people recognise it: short, in one line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 2] + "…" + text[-1]


def _finding(error: "ValidationError", rule: str, message: str, hint: str, *below: str) -> Finding:
    path = cast("DocumentPath", (*error.absolute_path, *below))
    return Finding(rule=f"schema/{rule}", message=message, path=path, hint=hint)


def _unknown_field(error: "ValidationError") -> Iterator[Finding]:
    known = list(cast("Mapping[str, Mapping[str, object]]", error.schema).get("properties", {}))
    for name in cast("Mapping[str, object]", error.instance):
        if name in known:
            continue
        near = get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        hint = "merge keys are not followed; write the fields out" if name == "<<" else hint
        yield _finding(error, "unknown-field", f"there is no field `{name[:_LONGEST_QUOTE]}`", hint, name)


def _missing_field(error: "ValidationError") -> Iterator[Finding]:
    for name in cast("list[str]", error.validator_value):
        if name in cast("Mapping[str, object]", error.instance):
            continue
        example = {"storyboard": "`storyboard: 1`", "provider": "for example `provider: kie`"}.get(name, f"`{name}: …`")
        yield _finding(error, "missing-field", f"the field `{name}` is missing", f"add {example}")


def _wrong_type(error: "ValidationError") -> Iterator[Finding]:
    yield _type_finding(error, [str(error.validator_value)])


def _type_finding(error: "ValidationError", allowed: list[str]) -> Finding:
    nouns = " or ".join(_NOUNS[kind] for kind in allowed)
    message = f"{quote_value(error.instance)} stands where {nouns} is needed"
    if not error.absolute_path:
        return _finding(error, "wrong-type", message, "`longtake init` writes a storyboard to begin with")
    fields = cast("Mapping[str, object]", error.schema).get("required", [])
    return _finding(error, "wrong-type", message, _type_hint(error.instance, allowed, cast("list[str]", fields)))


def _type_hint(found: object, allowed: list[str], fields: list[str]) -> str:
    if found is None:
        return "write a value, or leave the field out"
    if "string" in allowed:
        return (
            "write a single value" if isinstance(found, dict | list) else f"write it in quotes: '{quote_value(found)}'"
        )
    if "array" in allowed:
        return "begin each entry with `- `"
    if "boolean" in allowed:
        word = str(found).lower()
        return f"write `{_YES_AND_NO.get(word, word if word in ('true', 'false') else 'true` or `false')}`"
    if "number" in allowed or "integer" in allowed:
        return "write digits alone: no quotes, no unit" if "number" in allowed else "write digits alone"
    return f"for example `{fields[-1]}: …` in an indented line below" if fields else ""


def _not_one_of(error: "ValidationError") -> Iterator[Finding]:
    allowed = [str(value) for value in cast("list[object]", error.validator_value)]
    near = get_close_matches(str(error.instance).lower(), allowed, n=1)
    hint = f"did you mean `{near[0]}`?" if near else ""
    yield _finding(error, "not-allowed", f"{quote_value(error.instance)} is not one of {', '.join(allowed)}", hint)


def _version(error: "ValidationError") -> Iterator[Finding]:
    message = f"{quote_value(error.instance)} is not a version of this format that longtake reads; it reads 1"
    yield _finding(error, "version", message, "write `storyboard: 1`")


def _pattern(error: "ValidationError") -> Iterator[Finding]:
    if error.validator_value == "\\S":
        yield _finding(error, "empty", "the text is empty", "write it, or leave the field out")
        return
    wanted, hint = _PATTERNS.get(str(error.validator_value), (f"text like {error.validator_value}", ""))
    yield _finding(error, "pattern", f"{quote_value(error.instance)} is not {wanted}", hint)


def _bound(rule: str, relation: str) -> "Callable[[ValidationError], Iterator[Finding]]":
    def describe(error: "ValidationError") -> Iterator[Finding]:
        message = f"{quote_value(error.instance)} is {relation} {error.validator_value}"
        yield _finding(error, rule, message, _range(cast("Mapping[str, object]", error.schema)))

    return describe


def _range(schema: Mapping[str, object]) -> str:
    if "exclusiveMinimum" in schema:
        return f"allowed: more than {schema['exclusiveMinimum']}, at most {schema['maximum']}"
    return f"allowed: {schema['minimum']} to {schema['maximum']}"


def _too_short(error: "ValidationError") -> Iterator[Finding]:
    noun = "the text" if error.instance == "" else quote_value(error.instance)
    yield _finding(error, "empty", f"{noun} is empty", "fill it, or leave the field out")


def _too_long(error: "ValidationError") -> Iterator[Finding]:
    noun = "characters" if isinstance(error.instance, str) else "entries"
    message = f"{len(cast('str', error.instance))} {noun}; {error.validator_value} are allowed"
    yield _finding(error, "too-long", message, "shorten it")


def _alternatives(error: "ValidationError") -> Iterator[Finding]:
    """Take the form whose type fits for the one that was meant."""
    branches: dict[object, list[ValidationError]] = {}
    for each in error.context or ():
        branches.setdefault(each.schema_path[0], []).append(each)
    fitting = [branch for branch in branches.values() if not any(_type_differs(each, error) for each in branch)]
    if fitting:
        for each in fitting[0]:
            yield from describe_error(each)
        return
    kinds = [str(each.validator_value) for each in error.context or () if _type_differs(each, error)]
    yield _type_finding(error, list(dict.fromkeys(kinds)))


def _type_differs(each: "ValidationError", parent: "ValidationError") -> bool:
    return each.validator == "type" and list(each.absolute_path) == list(parent.absolute_path)


def _excluded(error: "ValidationError") -> Iterator[Finding]:
    message = f"`{error.absolute_path[-1]}` does not go together with `references`"
    yield _finding(error, "exclusive", message, "start from frames or from references, not from both")


_KEYWORDS: "Mapping[str, Callable[[ValidationError], Iterator[Finding]]]" = {
    "additionalProperties": _unknown_field,
    "required": _missing_field,
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": _version,
    "pattern": _pattern,
    "minimum": _bound("out-of-range", "less than"),
    "maximum": _bound("out-of-range", "more than"),
    "exclusiveMinimum": _bound("out-of-range", "not more than"),
    "minLength": _too_short,
    "minItems": _too_short,
    "minProperties": _too_short,
    "maxLength": _too_long,
    "maxItems": _too_long,
    "anyOf": _alternatives,
    "not": _excluded,
}
