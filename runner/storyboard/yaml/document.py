"""A YAML text as plain data that remembers where each value stood, and the problems met on the way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from runner.errors import Problem
from runner.storyboard.model import DocumentPath, Position, Source

LINE_BREAK = re.compile(r"\r\n|\n|\r")
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


def offset_at(text: str, position: Position) -> int:
    """Return where the character at a line and a column stands in the text."""
    line, column = position
    starts = [0, *(found.end() for found in islice(LINE_BREAK.finditer(text), line - 1))]
    return starts[-1] + column - 1


def position_at(text: str, offset: int) -> Position:
    """Return line and column of a character, counted from 1."""
    # As editors count: a carriage return alone ends a line, and with a line feed it ends one.
    end = offset - 1 if text[offset - 1 : offset + 1] == "\r\n" else offset
    breaks = text.count("\n", 0, end) + text.count("\r", 0, end) - text.count("\r\n", 0, end)
    start = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
    return breaks + 1, offset - start + 1
