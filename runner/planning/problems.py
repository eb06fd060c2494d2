"""A rule of the catalog that a storyboard breaks, as a problem with its place in the file."""

from collections.abc import Iterable
from typing import Literal

from runner.errors import PathPart, Problem
from runner.storyboard.model import Storyboard


def catalog_problem(
    storyboard: Storyboard,
    code: str,
    path: tuple[PathPart, ...],
    message: str,
    hint: str,
    severity: Literal["error", "warning"] = "error",
) -> Problem:
    """The problem at a path of the storyboard; `code` without the family before it."""
    line, column = storyboard.source.locate(path)
    return Problem(
        rule=f"catalog/{code}",
        message=message,
        severity=severity,
        file=str(storyboard.source.file or ""),
        line=line,
        column=column,
        path=path,
        hint=hint,
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question for the word that was probably meant, or nothing."""
    import difflib  # for a mistake only

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
