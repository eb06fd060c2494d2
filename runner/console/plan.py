"""A plan for people."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, cast

from runner.console.output import Style, paint
from runner.printable import one_line

_SIGNS = {"buy": "+", "keep": "=", "choose": "?", "continue": "~", "judge": "?", "settle": "!", "mend": "!"}
_COLORS = {
    "buy": "green",
    "keep": "dim",
    **dict.fromkeys(("choose", "continue", "judge"), "yellow"),
    **dict.fromkeys(("settle", "mend"), "red"),
}

# From here on people count in hours, and from two days on in days.
_LONG = 180  # minutes
_HOURS = 48

Facts = Mapping[str, object]


def plan_text(plan: Facts, style: Style, *, requests: bool = True) -> str:
    """The steps with their reasons, requests and prices, and what they add up to."""
    steps = cast("Sequence[Facts]", plan["steps"])
    whose = "/".join(str(each) for each in (plan["provider"], plan["dialect"]) if each)
    lines = [
        f"{one_line(str(plan['title'] or 'untitled'))}  ·  {whose} {plan['model']} {plan['mode'] or ''}".rstrip(),
        "",
    ]
    for step in steps:
        lines += _step_lines(step, style, requests=requests)
    lines += ["", *_footer(plan, steps)]
    return "\n".join(lines)


def _step_lines(step: Facts, style: Style, *, requests: bool) -> list[str]:
    action = str(step["action"])
    sign = paint("-/+" if step["again"] else f" {_SIGNS[action]} ", _COLORS[action], style)
    name = f" {one_line(str(step['name']))}" if step["name"] else ""
    price = f"${step['usd']:.2f}{_credits(step)}" if step["usd"] else "free"
    about = "about " if step["seconds_margin"] else ""
    copies = f"  {step['copies']} takes" if cast("int", step["copies"]) > 1 else ""
    length = f"+{about}{seconds(step['seconds_added'])} = {seconds(step['seconds_total'])}"
    lines = [
        f"{sign} hop {step['hop']:>2}{name}  {step['kind']}  {length}{copies}  {price}",
        f"       {action}: {step['reason']}",
    ]
    if step["seconds_given"]:
        lines.append(f"       hands over the last {step['seconds_given']:g} s of the film, for more is not taken")
    if cast("float", step["seconds_back"]) < cast("float", step["seconds_total"]):
        lines.append(f"       comes back as the last {step['seconds_back']:g} s; the film keeps what was before")
    if requests and action == "buy":
        lines += _request_lines(cast("Facts", step["request"]))
    dates = cast("Mapping[str, str] | None", step["deadlines"])
    if dates:
        lines.append(f"       extendable until {dates['extendable']}, media kept until {dates['media']}")
    return lines


def _request_lines(request: Facts) -> list[str]:
    body = request["body"]
    lines = [f"       {request['method']} {request['path']}"]
    if body:
        lines.append(textwrap.indent(json.dumps(body, indent=2, ensure_ascii=False), "       "))
    return lines


def _footer(plan: Facts, steps: Sequence[Facts]) -> list[str]:
    counts = {action: sum(step["action"] == action for step in steps) for action in _SIGNS}
    words = ", ".join(f"{count} to {action}" for action, count in counts.items() if count)
    history = cast("Mapping[str, float]", plan["history"])
    lives = cast("Mapping[str, Any]", plan["lifetimes"])
    margin = f", give or take {plan['seconds_margin']:.1f} s" if plan["seconds_margin"] else ""
    cap = f", budget ${plan['budget_usd']:.2f}" if plan["budget_usd"] is not None else ""
    lines = [
        f"Plan: {words}; a film of {seconds(plan['seconds'])}{margin}",
        f"      ${plan['usd']:.2f}{_credits(plan)} to spend{cap}",
        f"      ${history['spent_usd']:.2f} already spent",
    ]
    lines += _budget_lines(plan)
    if plan["host"]:
        note = f": {plan['host_note']}" if plan["host_note"] else ""
        lines.append(f"      sent to {plan['host']}{note}")
    if plan["usd_retakes"]:
        lines.append(f"      up to ${plan['usd_retakes']:.2f} more for retakes of what fails its checks")
    if plan["usd_again"]:
        lines.append(f"      of that ${plan['usd_again']:.2f} buys finished hops again")
    if history["unknown_usd"]:
        lines.append(f"      ${history['unknown_usd']:.2f} may have been spent on submits with an unknown outcome")
    lines.append(
        f"      results live {span(lives['media_hours'])}, a link {_minutes(lives['link_minutes'])};"
        f" a hop can be extended for {span(lives['extendable_hours'])}"
        f" (prices and limits as of {plan['catalog_checked']})"
    )
    if lives["package_ends"]:
        lines.append(f"      the account's package ends on {lives['package_ends']}: after it, nothing can be extended")
    notes = cast("Sequence[str]", plan["notes"])
    return [*lines, *(f"note: {note}" for note in notes)]


def _budget_lines(plan: Facts) -> list[str]:
    """Return what there is to say of a budget that does not suffice, surely or perhaps."""
    cap, needed, most = (cast("float | None", plan[name]) for name in ("budget_usd", "usd_needed", "usd_at_most"))
    if cap is None or needed is None or most is None or not plan["usd"]:
        return []
    if needed > cap:
        more = f"; ${most:.2f} covers every retake as well" if most > needed else ""
        return [f"      the budget does not suffice, so nothing would be bought: ${needed:.2f} would do{more}"]
    if most > cap:
        return [f"      the budget may not suffice for retakes: ${most:.2f} covers every one of them"]
    return []


def span(hours: float) -> str:
    """A time as people say it: 24 h, 30 days."""
    return f"{hours:g} h" if hours <= _HOURS else f"{hours / 24:g} days"


def seconds(length: object) -> str:
    """A length as people say it."""
    return f"{round(cast('float', length), 2):g} s"


def _minutes(minutes: float) -> str:
    return f"{minutes:g} min" if minutes < _LONG else span(minutes / 60)


def _credits(facts: Facts) -> str:
    """The price in the provider's own unit, where that is not dollars."""
    amount = facts["credits"]
    return "" if amount == facts["usd"] else f" ({amount:g} credit{'s' * (amount != 1)})"
