"""What is left of a document without the fields that its schema refuses, so that the other fields are judged too."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from runner.errors import Problem
from runner.storyboard.model import DocumentPath
from runner.storyboard.yaml.document import Data

_APART = frozenset({"initial", "extensions", "options", "checks", "limits", "budget", "retakes"})
"""Where a field can go without giving the others another meaning, as a wrong `model` or `provider` would."""


def remainder(data: Data, problems: Sequence[Problem]) -> Data:
    """The document without its wrong fields; None where they cannot be told apart from the rest."""
    wrong = [problem.path for problem in problems if problem.severity == "error"]
    if any(not path[1:] or path[0] not in _APART for path in wrong):
        return None
    rest = deepcopy(data)
    for path in sorted(wrong, key=len, reverse=True):
        _take_out(rest, path)
    return rest


def _take_out(data: Data, path: DocumentPath) -> None:
    at: Any = data
    for part in path[:-1]:
        at = at[part]
    if isinstance(at, dict):
        at.pop(path[-1], None)
