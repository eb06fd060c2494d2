"""Where words go: results to standard output, everything else to standard error, JSON alone on standard output."""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from runner.errors import LongtakeError, Problem
from runner.redaction import redact, secrets_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How to write: for programs, how much, and whether in colour."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool | None = None

    @property
    def colored(self) -> bool:
        """Whether standard error takes colour."""
        return sys.stderr.isatty() if self.color is None else self.color


_CODES = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}


def paint(text: str, color: str, style: Style) -> str:
    """Return the text in a colour, where colours are wanted."""
    return f"\x1b[{_CODES[color]}m{text}\x1b[0m" if style.colored else text


def out(text: str) -> None:
    """Write a result, for people or for a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # a pipe is buffered, and whoever reads it waits for this line


def say(text: str) -> None:
    """Write anything that is not the result."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def emit(value: object) -> None:
    """Write one JSON object on one line of standard output."""
    # Prompts in any script stay readable; Decimals and paths become text.
    out(json.dumps(value, ensure_ascii=False, default=str))


# So many warnings of one rule are shown in one file; the others are counted, lest a campaign hide its errors.
_ALIKE = 3


def show_problems(problems: Sequence[Problem], style: Style) -> None:
    """Show every problem in the order of the text; for people, of many warnings alike the first few."""
    counted: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        counted[problem.file, problem.rule] += problem.severity == "warning"
        if style.json:
            emit(problem_json(problem))
        elif style.verbose or counted[problem.file, problem.rule] <= _ALIKE:
            say(problem_line(problem, style))
    for (file, rule), count in counted.items():
        if count > _ALIKE and not (style.json or style.verbose):
            say(f"{file}: {count - _ALIKE} more {paint(f'[{rule}]', 'dim', style)}; --verbose shows each")


def problem_line(problem: Problem, style: Style) -> str:
    """Return a problem as compilers print them, with its way to the place and its cure."""
    color = "red" if problem.severity == "error" else "yellow"
    place = f"{problem.file}:{problem.line}:{problem.column}"
    crumb = f" {problem.breadcrumb}:" if problem.breadcrumb else ""
    head = f"{paint(place, 'bold', style)}: {paint(problem.severity, color, style)}:{crumb} {problem.message}"
    hint = f"\n    {problem.hint}" if problem.hint else ""
    return f"{head} {paint(f'[{problem.rule}]', 'dim', style)}{hint}"


def problem_json(problem: Problem) -> dict[str, object]:
    """Return a problem for programs."""
    return {"event": "problem", **asdict(problem), "path": list(problem.path), "breadcrumb": problem.breadcrumb}


def error_json(error: LongtakeError) -> dict[str, object]:
    """Return an error for programs."""
    return {
        "event": "error",
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "hop": error.hop,
        "retryable": error.retryable,
        "charged": error.charged,
        "next_command": error.next_command,
        "exit_code": error.exit_code,
    }


def show_error(error: LongtakeError, style: Style) -> None:
    """Show an error, with what to do about it; whatever it quotes, no secret of this environment is in it."""
    hidden = secrets_in(os.environ)
    if style.json:
        # A provider may quote the request, and with it the key, in its error.
        words = {name: redact(value, hidden) for name, value in error_json(error).items() if isinstance(value, str)}
        emit({**error_json(error), **words})
        return
    say(f"{paint('error:', 'red', style)} {redact(error.message, hidden)} {paint(f'[{error.code}]', 'dim', style)}")
    if error.hint:
        say(f"  {redact(error.hint, hidden)}")
    if error.charged == "yes":
        say("  what was bought is kept")
    if error.next_command:
        say(f"  next: {paint(redact(error.next_command, hidden), 'bold', style)}")
