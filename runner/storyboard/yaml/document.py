"""A YAML text as plain data that remembers where each value stood, and the problems met on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import Problem
from runner.storyboard.model import DocumentPath, Position, Source

Data = Mapping[str, "Data"] | list["Data"] | str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the reader found. `keys` holds where the keys stand; `read` is false if the text is no document at all."""

    source: Source
    data: Data = None
    keys: Mapping[DocumentPath, Position] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem before it knows its place in the text."""

    rule: str
    message: str
    path: DocumentPath = ()
    hint: str = ""


def problem_at(finding: Finding, file: Path | None, position: Position) -> Problem:
    """Return the finding as an error at a place."""
    line, column = position
    return Problem(
        rule=finding.rule,
        message=finding.message,
        file=str(file or ""),
        line=line,
        column=column,
        path=finding.path,
        hint=finding.hint,
    )


def sort_problems(problems: list[Problem] | tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return each problem once, in the order of the text."""
    return tuple(sorted(set(problems), key=lambda p: (p.line, p.column, p.severity, p.rule, p.message)))


def position_at(text: str, offset: int) -> Position:
    """Return line and column of a character, counted from 1."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1
