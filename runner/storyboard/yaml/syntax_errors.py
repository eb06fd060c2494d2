"""What a YAML parser says about broken text, in words that help to mend it."""

from yaml.error import Mark, MarkedYAMLError

from runner.storyboard.model import Position
from runner.storyboard.yaml.document import Finding

_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "`: ` in the middle of a value, or a line above that lacks its `:`",
        "put a text that holds `: ` in quotes, or write it after `>-`",
    ),
    (
        "unexpected end of stream",
        "the quote that opens here is never closed",
        "close it; inside '…' write '' for one '",
    ),
    ("expected ',' or ']'", "the `[` that opens here is not closed, or a comma is missing", "add `]` or `,`"),
    ("expected ',' or '}'", "the `{` that opens here is not closed, or a comma is missing", "add `}` or `,`"),
    ("flow node", "the list or mapping that begins here is not finished", "add `]` or `}`"),
    (
        "expected '-' indicator",
        "this line does not belong to the list above it",
        "begin it with `- `, or indent it less",
    ),
    (
        "could not find expected ':'",
        "a line without `: `",
        "write `key: value`, or indent it as part of the text above",
    ),
    ("unknown escape", 'a backslash in "…" that means nothing', "write `\\\\`, or use '…'"),
    ("alphabetic or numeric", "a `&` or `*` without a name", "put a text that begins with it in quotes"),
    ("directive", "a line that begins with `%`", "put the text in quotes"),
)
_INDENTED = ("this does not fit to the lines above", "indent it like its neighbours")
_AFTER_QUOTE = ("the quoted text ended before this", "inside '…' write '' for one ', or write the text after `>-`")


def explain(error: MarkedYAMLError, text: str) -> tuple[Finding, Position]:
    """The finding for a syntax error, and where it is."""
    problem, context = str(error.problem or ""), str(error.context or "")
    mark = _mark(error, problem)
    position = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    before, found = _around(text, mark)
    if "nesting depth" in problem:  # PyYAML from 6.0.4 on stops before we do
        return _finding("deeper than a parser reads", "no part of a storyboard is", "yaml/too-deep"), position
    if "cannot start any token" in problem:
        return _bad_start(found), position
    for key, message, hint in _WORDS:
        if key in problem or key in context:
            return _finding(message, hint), position
    if "block" in context:
        quoted = before.rstrip().endswith(("'", '"'))
        return _finding(*(_AFTER_QUOTE if quoted else _INDENTED)), position
    return _finding(problem or context or "this is not YAML", ""), position


def _bad_start(found: str) -> Finding:
    if found == "\t":
        return _finding("a tab at the beginning of a line", "indent with spaces", "yaml/tab")
    return _finding(f"a value cannot begin with `{found}`", "put it in quotes")


def _finding(message: str, hint: str, rule: str = "yaml/syntax") -> Finding:
    return Finding(rule=rule, message=message, hint=hint)


def _mark(error: MarkedYAMLError, problem: str) -> Mark | None:
    """What is never finished is shown where it begins, everything else where it was noticed."""
    opened = any(words in problem for words in ("end of stream", "',' or", "expected ':'"))
    first, second = (error.context_mark, error.problem_mark) if opened else (error.problem_mark, error.context_mark)
    return first or second


def _around(text: str, mark: Mark | None) -> tuple[str, str]:
    """What stands before a mark in its line, and the character at it."""
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return "", ""
    line = lines[mark.line]
    return line[: mark.column], line[mark.column : mark.column + 1]
