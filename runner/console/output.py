"""Where words go: results to standard output, everything else to standard error, JSON alone on standard output."""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

from runner.console.streams import is_gone
from runner.errors import LongtakeError, Problem
from runner.printable import escape_json, one_line, printable
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


# Stands for ESC until the door; nobody outside can know it, so no title and no file name can paint or steer.
_PAINT = f"\x1b{os.urandom(8).hex()}"
_CODES = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}


def paint(text: str, color: str, style: Style) -> str:
    """Return the text in a colour, where colours are wanted."""
    return f"{_PAINT}{_CODES[color]}m{text}{_PAINT}0m" if style.colored else text


def out(text: str) -> None:
    """Write a result, for people or for a pipe."""
    _write(sys.stdout, _show(text))


def say(text: str) -> None:
    """Write anything that is not the result."""
    _write(sys.stderr, _show(text))


def emit(value: object) -> None:
    """Write one JSON object on one line of standard output."""
    # Prompts in any script stay readable, as far as the encoding goes; Decimals and paths become text.
    text = escape_json(json.dumps(value, ensure_ascii=False, default=str))
    if not _can_carry(sys.stdout, text):
        text = json.dumps(value, default=str)
    _write(sys.stdout, text)


def can_ask() -> bool:
    """Whether a person is there who sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and not is_gone(sys.stderr)


def _show(text: str) -> str:
    """Return a text as it may reach a terminal: our own colours, and nothing else that steers one."""
    first, *painted = text.split(_PAINT)
    pieces = (each.partition("m") for each in painted)
    return printable(first) + "".join(f"\x1b[{code}m{printable(words)}" for code, _, words in pieces)


def _can_carry(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()  # a pipe is buffered, and whoever reads it waits for this line


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
    place = f"{one_line(problem.file)}:{problem.line}:{problem.column}"
    crumb = f" {problem.breadcrumb}:" if problem.breadcrumb else ""
    message = one_line(problem.message)
    head = f"{paint(place, 'bold', style)}: {paint(problem.severity, color, style)}:{crumb} {message}"
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
    # What is quoted may hold line feeds; indented, it cannot pass for a line of ours.
    said = redact(error.message, hidden).replace("\n", "\n  ")
    say(f"{paint('error:', 'red', style)} {said} {paint(f'[{error.code}]', 'dim', style)}")
    if error.hint:
        say(f"  {redact(error.hint, hidden)}".replace("\n", "\n  "))
    if error.charged == "yes":
        say("  what was bought is kept")
    if error.next_command:
        say(f"  next: {paint(redact(error.next_command, hidden), 'bold', style)}")
