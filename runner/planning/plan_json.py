"""A plan as one JSON object, as schemas/plan.schema.json describes it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from runner.planning.budget import most_usd, round_up
from runner.planning.model import Plan, Step

FORMAT = 1
# Milliseconds: finer than a frame at 60 fps (16.7 ms), and without the noise of binary fractions.
_DIGITS = 3


def plan_as_json(plan: Plan) -> dict[str, object]:
    """Return the plan for programs; times are ISO 8601 in UTC, money is in USD and in the provider's credits."""
    history = plan.history
    return {
        "format": FORMAT,
        "title": plan.storyboard.title or "",
        "storyboard_sha256": plan.storyboard.source.digest,
        "provider": plan.catalog.provider,
        "dialect": plan.catalog.dialect or None,
        "model": plan.model.id,
        "mode": plan.model.mode or None,
        "catalog_checked": plan.catalog.checked.isoformat(),
        "seconds": round(plan.seconds, _DIGITS),
        "seconds_margin": plan.seconds_margin,
        "usd": float(plan.usd),
        "credits": float(plan.credits),
        "usd_again": float(plan.usd_again),
        "usd_retakes": float(plan.usd_retakes),
        # In whole cents, so that a budget of what is printed suffices.
        "usd_needed": float(round_up(history.committed + plan.usd)),
        "usd_at_most": float(round_up(history.committed + most_usd(plan))),
        "budget_usd": float(plan.storyboard.budget_usd) if plan.storyboard.budget_usd is not None else None,
        "account": history.owner or None,
        "host": plan.host or None,
        "host_note": plan.host_note or None,
        "history": {
            "spent_usd": float(history.spent),
            "failed_usd": float(history.disputed),
            "unknown_usd": float(history.unknown),
        },
        "lifetimes": {
            "media_hours": plan.catalog.lifetimes.media_hours,
            "extendable_hours": plan.catalog.lifetimes.extendable_hours,
            "link_minutes": plan.catalog.lifetimes.link_minutes,
            "package_ends": plan.storyboard.options.get("package_ends"),
        },
        # Not strict: there is one more, so that the first step has none before it.
        "steps": [_step(step, before) for step, before in zip(plan.steps, (None, *plan.steps), strict=False)],
        "notes": list(plan.catalog.notes),
    }


def _step(step: Step, before: Step | None) -> dict[str, object]:
    spec = step.spec
    comes_whole = spec.seconds_back >= spec.seconds_total
    return {
        "hop": spec.index,
        "name": spec.name,
        "kind": spec.kind,
        "action": step.action,
        "reason": step.reason,
        "again": step.again,
        "copies": step.copies,
        "take": step.take.number if step.take else None,
        "request": {"method": step.request.method, "path": step.request.path, "body": dict(step.request.body)},
        "seconds_added": round(step.ends - (before.ends if before else 0.0), _DIGITS),
        "seconds_total": round(step.ends, _DIGITS),
        "seconds_back": round(step.ends, _DIGITS) if comes_whole else spec.seconds_back,
        "seconds_margin": step.margin,
        "seconds_given": spec.tail_seconds or None,
        "usd": float(step.usd),
        "credits": float(step.credits),
        "deadlines": _dates(step.deadlines),
    }


def _dates(deadlines: Mapping[str, float] | None) -> dict[str, str] | None:
    if deadlines is None:
        return None
    return {name: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for name, at in deadlines.items()}
