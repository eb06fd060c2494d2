"""The JSON Schema of storyboards: where it lies, what it says about a document, and which part of one is valid."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from runner.errors import Problem
from runner.storyboard.model import DocumentPath
from runner.storyboard.yaml.document import Data, Document, Finding, problem_at, sort_problems

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

# More than anybody mends in one go, and a bound for files that are something else entirely.
MOST_PROBLEMS = 100
# Where a field can go without giving the others another meaning, as a wrong `model` or `provider` would.
_SEPARABLE = frozenset({"initial", "extensions", "options", "checks", "limits", "budget", "retakes"})


def schemas_folder() -> Path:
    """Return the folder of the schemas: in a wheel within the package, in a checkout beside it."""
    return _shipped("schemas")


def samples_folder() -> Path:
    """Return the folder of the sample storyboards, in a wheel and in a checkout."""
    return _shipped("storyboards")


def _shipped(name: str) -> Path:
    packaged = Path(__file__).parents[1] / name
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / name


@cache
def storyboard_schema() -> Mapping[str, object]:
    """Read the schema, once."""
    text = (schemas_folder() / "storyboard.schema.json").read_text(encoding="utf-8")
    return cast("Mapping[str, object]", json.loads(text))


@cache
def _validator() -> "Validator":
    from jsonschema.validators import Draft202012Validator  # 65 ms that only a command with a storyboard pays

    return Draft202012Validator(storyboard_schema())


def check_schema(document: Document) -> tuple[Problem, ...]:
    """Return every problem that the schema finds, in the order of the text."""
    findings = islice(_findings(document), MOST_PROBLEMS)
    problems = [_locate(finding, document) for finding in findings]
    return sort_problems([_option_lost(problem) if _is_foreign_option(problem) else problem for problem in problems])


def valid_part(document: Document, problems: Sequence[Problem]) -> Data:
    """Return the document without the fields that are wrong, so that the others are checked too.

    None where those cannot be told apart from the rest, or the schema refuses what is left.
    """
    rest = _drop_wrong_fields(document.data, problems)
    return rest if rest is not None and _validator().is_valid(rest) else None


def _drop_wrong_fields(data: Data, problems: Sequence[Problem]) -> Data:
    wrong = [problem.path for problem in problems if problem.severity == "error"]
    if any(not path[1:] or path[0] not in _SEPARABLE for path in wrong):
        return None
    rest = deepcopy(data)
    for path in sorted(wrong, key=len, reverse=True):
        _drop(rest, path)
    return rest


def _drop(data: Data, path: DocumentPath) -> None:
    at: Any = data
    for part in path[:-1]:
        at = at[part]
    if isinstance(at, dict):
        at.pop(path[-1], None)


def _is_foreign_option(problem: Problem) -> bool:
    """Return whether a field is another provider's option, left behind when the provider was changed."""
    if problem.rule != "schema/unknown-field" or problem.path[:-1] != ("options",):
        return False
    return bool(_providers_with(str(problem.path[-1])))


def _option_lost(problem: Problem) -> Problem:
    name = str(problem.path[-1])
    message = f"this provider has no such option, only {' and '.join(_providers_with(name))}: it is left out"
    return replace(problem, rule="catalog/option-lost", severity="warning", message=message, hint="take it out")


def _providers_with(option: str) -> list[str]:
    """Return the providers, or families of them, that know an option."""
    definitions = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", storyboard_schema()["$defs"])
    tables = {name: table for name, table in definitions.items() if name.endswith("_options")}
    return [name.removesuffix("_options") for name, table in tables.items() if option in table["properties"]]


def _findings(document: Document) -> Iterator[Finding]:
    from runner.storyboard.schema_messages import describe_error  # with difflib, for broken files only

    for error in _validator().iter_errors(document.data):
        yield from describe_error(error)


def _locate(finding: Finding, document: Document) -> Problem:
    """Return the finding at its place: a field too many at its key, anything else at its value."""
    source = document.source
    position = document.keys.get(finding.path) if finding.rule == "schema/unknown-field" else None
    return problem_at(finding, source.file, position or source.locate(finding.path))
