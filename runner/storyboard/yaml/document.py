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


def placed(finding: Finding, file: Path | None, position: Position) -> Problem:
    """The finding as an error at a place."""
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


def in_order(problems: list[Problem] | tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Each problem once, as the eye meets them in the text."""
    return tuple(sorted(set(problems), key=lambda p: (p.line, p.column, p.severity, p.rule, p.message)))
