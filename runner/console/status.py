"""The state of a run and of its takes, for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from runner.console.output import Style, paint
from runner.console.plan import seconds
from runner.media.model import Verdict
from runner.printable import one_line
from runner.state.history import History, Take

_WORDS = {
    "keep": "done",
    "continue": "under way",
    "judge": "to be judged",
    "choose": "to choose",
    "buy": "to buy",
    "settle": "UNKNOWN",
    "mend": "FAILED",
}
_COLORS = {
    "keep": "green",
    "buy": "dim",
    **dict.fromkeys(("choose", "continue", "judge"), "yellow"),
    **dict.fromkeys(("settle", "mend"), "red"),
}


def status_text(facts: Mapping[str, object], style: Style) -> str:
    """Return one line per hop, then the money, then the way on."""
    run, title = one_line(str(facts["run"])), one_line(str(facts["title"]))
    lines = [f"{paint(run, 'bold', style)}  {title}  ({facts['provider']} {facts['model']})"]
    steps = cast("Sequence[Mapping[str, object]]", facts["steps"])
    lines += [_line(step, style) for step in steps]
    money = cast("Mapping[str, float]", facts["history"])
    # Providers say that failed tasks are free, which only the account can prove: so they are told apart.
    spent = f"  spent ${money['spent_usd']:.2f}"
    if money["failed_usd"]:
        spent += f", ${money['failed_usd']:.2f} on failed tasks (said to be free)"
    if money["unknown_usd"]:
        spent += f", ${money['unknown_usd']:.2f} unknown"
    lines.append(f"{spent}; ${facts['usd']:.2f} still to spend")
    if facts["account"] and facts["next_command"]:
        lines.append(f"  account {facts['account']}: what it made can be extended with its key only")
    if facts["film"]:
        stale = "" if facts["film_is_current"] else "  (out of date: other takes count now than it is made of)"
        lines.append(f"  film: {one_line(str(facts['film']))}{stale}")
    if facts["next_command"]:
        lines.append(f"  next: {paint(str(facts['next_command']), 'bold', style)}")
    return "\n".join(lines)


def _line(step: Mapping[str, object], style: Style) -> str:
    action = str(step["action"])
    dates = cast("Mapping[str, str] | None", step["deadlines"])
    until = f"  extendable until {dates['extendable']}" if dates else ""
    state = paint(f"{_WORDS[action]:<12}", _COLORS[action], style)
    name = f" {one_line(str(step['name']))}" if step["name"] else ""
    length = f"{'~' * bool(step['seconds_margin'])}{seconds(step['seconds_total'])}"
    return f"  hop {step['hop']:>2}  {state} {length:>7}{name}  {step['reason']}{until}"


def take_facts(take: Take, folder: Path, history: History, verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return one take as plain data; `verdicts` are those that were written down beside it."""
    grades = Counter(verdict.verdict for verdict in verdicts)
    # One usable take needs no choice; among several, `chosen` says that it was made.
    beside = [other for other in history.of_hop(take.hop) if other.usable]
    return {
        "hop": take.hop,
        "take": take.number,
        "phase": take.phase,
        "task": take.task,
        "usd": float(take.usd),
        "verdict": take.verdict or None,
        "score": take.score,
        "failed": grades["fail"],
        "warned": grades["warn"],
        "words": take.words,
        "counts": take.usable,
        "in_film": history.film is not None and take.number in history.film.takes[take.hop : take.hop + 1],
        "to_choose": take.usable and len(beside) > 1 and not any(other.chosen for other in beside),
        # Programs read this name: it stays, though people are told "discarded".
        "let_go": take.discarded or None,
        "files": [str(folder / file.name) for file in take.files],
    }


def take_line(facts: Mapping[str, object], style: Style) -> str:
    """Return one take in a line or two: what became of it, how good it is, where its files are."""
    color = "yellow" if facts["to_choose"] else "green" if facts["counts"] else "dim"
    state = _take_state(facts)
    score = f", score {facts['score']:g} ({_points(facts)})" if facts["score"] is not None else ""
    head = f"hop {facts['hop']:>2}  take {facts['take']}  {paint(state, color, style)}"
    lines = [f"{head}  {facts['verdict'] or 'not judged'}{score}  ${facts['usd']:.2f}"]
    if facts["words"]:
        lines.append(f"        {one_line(str(facts['words']))}")
    files = cast("Sequence[str]", facts["files"])
    return "\n".join([*lines, *(f"        {one_line(file)}" for file in files)])


def _take_state(facts: Mapping[str, object]) -> str:
    """Say what became of a take."""
    if facts["to_choose"]:
        return "to choose"
    state = "counts" if facts["counts"] else str(facts["let_go"] or facts["phase"])
    if facts["in_film"]:
        return "in the film" if facts["counts"] else f"{state}; still in the film on the disk"
    return state


def _points(facts: Mapping[str, object]) -> str:
    """Say what a score is made of."""
    parts = [f"{facts[name]} {name}" for name in ("failed", "warned") if facts[name]]
    return ", ".join(parts) or "flawless"
