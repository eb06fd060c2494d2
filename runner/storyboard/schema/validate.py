"""The JSON Schema of storyboards: where it lies, and what it says about a document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from runner.errors import Problem
from runner.storyboard.schema.fast_path import certainly_valid
from runner.storyboard.schema.partial import remainder
from runner.storyboard.yaml.document import Data, Document, Finding, in_order, placed

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

MOST_PROBLEMS = 100  # more than anybody mends in one go, and a bound for files that are something else entirely


def schemas_folder() -> Path:
    """In a wheel the schemas lie in the package, in a checkout beside it."""
    return _shipped("schemas")


def samples_folder() -> Path:
    """The sample storyboards, in a wheel and in a checkout."""
    return _shipped("storyboards")


def _shipped(name: str) -> Path:
    packaged = Path(__file__).parents[2] / name
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / name


@cache
def storyboard_schema() -> Mapping[str, object]:
    """The schema itself."""
    text = (schemas_folder() / "storyboard.schema.json").read_text(encoding="utf-8")
    return cast("Mapping[str, object]", json.loads(text))


@cache
def _validator() -> "Validator":
    """The validator: costly to import, so only on the first document that is not certainly valid."""
    from jsonschema.validators import Draft202012Validator  # 80 ms that a valid file need not pay

    return Draft202012Validator(storyboard_schema())


def check(document: Document) -> tuple[Problem, ...]:
    """Every problem that the schema finds, in the order of the text."""
    if certainly_valid(document.data, storyboard_schema()):
        return ()
    findings = islice(_findings(document), MOST_PROBLEMS)
    problems = [_placed(finding, document) for finding in findings]
    return in_order([_lost(problem) if _moved(problem) else problem for problem in problems])


def sound_part(document: Document, problems: Sequence[Problem]) -> Data:
    """The document without the fields that are wrong, None if the schema refuses that too."""
    rest = remainder(document.data, problems)
    return rest if rest is not None and _validator().is_valid(rest) else None


def _moved(problem: Problem) -> bool:
    """Whether a field is an option that another provider knows: it was left behind when the provider was changed."""
    if problem.rule != "schema/unknown-field" or problem.path[:-1] != ("options",):
        return False
    return bool(_knowing(str(problem.path[-1])))


def _lost(problem: Problem) -> Problem:
    name = str(problem.path[-1])
    message = f"this provider has no such option, only {' and '.join(_knowing(name))}: it is left out"
    return replace(problem, rule="catalog/option-lost", severity="warning", message=message, hint="take it out")


def _knowing(option: str) -> list[str]:
    """The providers, or families of them, that know an option."""
    definitions = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", storyboard_schema()["$defs"])
    tables = {name: table for name, table in definitions.items() if name.endswith("_options")}
    return [name.removesuffix("_options") for name, table in tables.items() if option in table["properties"]]


def _findings(document: Document) -> Iterator[Finding]:
    from runner.storyboard.schema.messages import words  # imports difflib, for broken files only

    for error in _validator().iter_errors(document.data):
        yield from words(error)


def _placed(finding: Finding, document: Document) -> Problem:
    """A field too many is shown at its key, anything else at its value."""
    source = document.source
    position = document.keys.get(finding.path) if finding.rule == "schema/unknown-field" else None
    return placed(finding, source.file, position or source.locate(finding.path))
