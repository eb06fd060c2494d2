"""The state of a run for people."""

from collections.abc import Mapping, Sequence
from typing import cast

from runner.console.output import Style, paint
from runner.console.plan import seconds

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
    """One line per hop, then the money, then the way on."""
    lines = [paint(str(facts["run"]), "bold", style) + f"  {facts['title']}  ({facts['provider']} {facts['model']})"]
    steps = cast("Sequence[Mapping[str, object]]", facts["steps"])
    lines += [_line(step, style) for step in steps]
    money = cast("Mapping[str, float]", facts["history"])
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
        lines.append(f"  film: {facts['film']}{stale}")
    if facts["next_command"]:
        lines.append(f"  next: {paint(str(facts['next_command']), 'bold', style)}")
    return "\n".join(lines)


def _line(step: Mapping[str, object], style: Style) -> str:
    action = str(step["action"])
    dates = cast("Mapping[str, str] | None", step["deadlines"])
    until = f"  extendable until {dates['extendable']}" if dates else ""
    state = paint(f"{_WORDS[action]:<12}", _COLORS[action], style)
    name = f" {step['name']}" if step["name"] else ""
    length = f"{'~' * bool(step['seconds_margin'])}{seconds(step['seconds_total'])}"
    return f"  hop {step['hop']:>2}  {state} {length:>7}{name}  {step['reason']}{until}"
