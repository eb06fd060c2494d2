"""What a run will do, step by step, with reasons and prices. Pure: the dry run prints it, the run performs it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from runner.planning.contract import Contract, contract
from runner.planning.model import Action, Plan, Step
from runner.planning.reuse import FAILED_CHECKS, TOO_OLD, UPGRADED, may_retake, reusable_takes, was_continued
from runner.planning.spec import HopSpec, hop_specs, model_of
from runner.providers.base import Parent, Request
from runner.providers.catalog import Model
from runner.providers.registry import Entry
from runner.redaction import redacted_links
from runner.state.history import History, Phase, Take
from runner.storyboard.model import Storyboard

_HOUR = 3600.0


def plan(storyboard: Storyboard, history: History, entry: Entry, *, now: float = 0.0) -> Plan:
    """Plan a storyboard that `validate` found no error in. `now` decides which deadlines have passed."""
    model = model_of(storyboard, entry.catalog)
    if model is None:
        raise LookupError(storyboard.model)
    past = _Past(storyboard, history, entry, model, now)
    steps: list[Step] = []
    for spec in hop_specs(storyboard, entry, model):
        steps.append(_step(spec, steps, past))
    _give_up_unextendable(steps, past)
    return Plan(storyboard=storyboard, catalog=entry.catalog, model=model, history=history, steps=tuple(steps))


@dataclass(frozen=True, slots=True)
class _Past:
    """What a step is planned from."""

    storyboard: Storyboard
    history: History
    entry: Entry
    model: Model
    now: float


def _step(spec: HopSpec, before: list[Step], past: _Past) -> Step:
    parent = before[-1] if before else None
    takes = [take for take in past.history.of_hop(spec.index) if not take.discarded]
    take = takes[-1] if takes else None
    action, reason, again = _decide(spec, take, parent, past)
    promise = contract(past.storyboard, past.model, spec)
    back = _back(spec, take, parent, past) if action in ("buy", "keep") else ()
    if back:
        takes = [*(matching_takes(spec, takes) if spec.takes > 1 else ()), *back]
        take, again = takes[-1], False
        action, reason = "keep", f"take {take.number} fits the storyboard again"
    if take and action == "mend":
        action, reason = _after_failure(spec, take, promise, past)
    copies = spec.takes if again else _missing(spec, takes, action)
    if take and spec.takes > 1 and action in ("keep", "mend") and not was_continued(take, past.history):
        action, reason = ("buy", _so_far(spec, takes)) if copies else ("choose", _there(spec, takes))
    shown = _shown_request(spec, parent, past)
    ends, margin = _length(spec, take if action == "keep" else None, parent)
    return Step(
        spec=spec,
        action=action,
        reason=reason,
        request=shown,
        contract=promise,
        ends=ends,
        margin=margin,
        take=take if action != "buy" else None,
        again=again,
        back=tuple(each.number for each in back),
        copies=copies if action not in ("keep", "choose", "mend") else 0,
        deadlines=_deadlines(take, past) if take and action != "buy" else None,
    )


def _length(spec: HopSpec, kept: Take | None, parent: Step | None) -> tuple[float, float]:
    """Where the film ends after a step, and how far that may be off."""
    if kept and kept.ends is not None:
        return kept.ends, 0.0
    before, margin = (parent.ends, parent.margin) if parent else (0.0, 0.0)
    added = 0.0 if spec.kind == "upgrade" else spec.seconds_added
    return before + added, margin + spec.seconds_margin


def _decide(spec: HopSpec, take: Take | None, parent: Step | None, past: _Past) -> tuple[Action, str, bool]:
    """The action, its reason, and whether it buys something finished anew."""
    if take is None:
        return *_first(past.history.of_hop(spec.index)), bool(past.history.of_hop(spec.index))
    if take.unsettled:
        return "settle", f"take {take.number}: nobody knows whether it was bought", False
    bought = take.phase not in (Phase.REFUSED, Phase.UNSENT, Phase.FAILED)
    stale = _stale(spec, take, parent, past)
    if stale and bought:
        return "buy", stale, True
    if not bought:
        return "buy", f"take {take.number} was {take.phase}: {take.words}", False
    return *_what_is_left(take), False


def _back(spec: HopSpec, take: Take | None, parent: Step | None, past: _Past) -> Sequence[Take]:
    """The takes that fit again where an edit was undone, and nothing that counts is in their place."""
    if parent and (parent.take is None or parent.action == "buy"):
        return ()
    counts = take and take.usable and not _stale(spec, take, parent, past)
    if take and counts and (spec.takes == 1 or was_continued(take, past.history)):
        return ()
    found = reusable_takes(spec, parent.take.number if parent and parent.take else None, past.history)
    return [replace(each, discarded="") for each in found if not _left_behind(each, past)]


def _left_behind(take: Take, past: _Past) -> bool:
    """Whether a hop is still to be made from a take that can no longer be extended."""
    more = take.hop + 1 < len(past.storyboard.hops)
    made = any(later.parent == take.number and later.good for later in past.history.of_hop(take.hop + 1))
    return more and not made and bool(past.now) and past.now > _kept_until(take, past)


def _missing(spec: HopSpec, takes: Sequence[Take], action: Action) -> int:
    """How many takes are still to be bought: those that neither are there nor on their way."""
    if spec.takes == 1:
        return int(action == "buy")
    on_their_way = action in ("continue", "judge", "settle")
    return max(int(action == "buy"), spec.takes - len(matching_takes(spec, takes)) - on_their_way)


def matching_takes(spec: HopSpec, takes: Sequence[Take], parent: int | None = None) -> tuple[Take, ...]:
    """The judged takes of a hop that count beside each other: made for the same request, from the same parent."""
    judged = [take for take in takes if take.phase is Phase.JUDGED and not take.discarded and take.key == spec.key]
    wanted = parent if parent is not None else (judged[-1].parent if judged else None)
    return tuple(take for take in judged if take.parent == wanted)


def _so_far(spec: HopSpec, takes: Sequence[Take]) -> str:
    return f"{len(matching_takes(spec, takes))} of {spec.takes} takes are there"


def _there(spec: HopSpec, takes: Sequence[Take]) -> str:
    made = matching_takes(spec, takes)
    good = sum(take.usable for take in made)
    return f"{len(made)} takes are there" + (f", {good} of them good" if good < len(made) else "")


def _first(discarded: Sequence[Take]) -> tuple[Action, str]:
    """The reason for a purchase where no take counts."""
    if not discarded:
        return "buy", "not bought yet"
    return "buy", f"take {discarded[-1].number} was let go: {discarded[-1].discarded}"


def _what_is_left(take: Take) -> tuple[Action, str]:
    """What a bought take that fits the storyboard still needs."""
    if take.in_flight:
        return "continue", f"take {take.number} is bought and {_where(take)}"
    if not take.usable:
        return "mend", f"take {take.number} failed its checks: {take.words}"
    if take.verdict == "fail":
        return "keep", f"take {take.number} is accepted by you: {take.words}"
    return "keep", f"take {take.number} is done"


def _after_failure(spec: HopSpec, take: Take, promise: Contract, past: _Past) -> tuple[Action, str]:
    """What becomes of a take that failed its checks; of several takes another may be good."""
    if take.expectation != promise.digest:
        return "judge", "the checks have changed since it was judged"
    if spec.takes == 1 and take.remedy == "retake" and may_retake(past.history, spec, promise):
        return "buy", FAILED_CHECKS
    return _what_is_left(take)


def _where(take: Take) -> str:
    return {Phase.ACCEPTED: "being made", Phase.SUCCEEDED: "waits to be fetched"}.get(take.phase, "waits to be judged")


def _stale(spec: HopSpec, take: Take, parent: Step | None, past: _Past) -> str:
    """Why a take no longer fits the storyboard, or nothing."""
    if parent and parent.action == "buy":
        return f"hop {parent.spec.index} gets a new take"
    if parent and parent.take and take.parent != parent.take.number:
        return f"it extends take {take.parent} of hop {parent.spec.index}, which is now take {parent.take.number}"
    if take.key != spec.key:
        return _difference(take, spec)
    follows = past.history.of_hop(spec.index + 1)
    more = spec.index + 1 < len(past.storyboard.hops)
    if take.usable and more and not follows and past.now and past.now > _kept_until(take, past):
        return TOO_OLD
    return ""


def _difference(take: Take, spec: HopSpec) -> str:
    """Which fields of the request changed."""
    if take.kind != spec.kind:
        return f"it was bought as {take.kind}, the storyboard now wants {spec.kind}"
    then, now = dict(_leaves(take.request)), dict(_leaves(redacted_links(spec.request.body)))  # as the journal has it
    changed = sorted({name.rpartition(".")[2] for name in {*then, *now} if then.get(name) != now.get(name)})
    return f"changed: {', '.join(changed)}" if changed else "the request changed"


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every plain value of a request by its dotted name."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield name, value
        return
    for key, each in items:
        # Places in a list say nothing to people, so they stay in front.
        yield from _leaves(each, f"{name}.{key}" if isinstance(key, str) else f"{name}[{key}]")


def _give_up_unextendable(steps: list[Step], past: _Past) -> None:
    """A take that was upgraded cannot be extended: if the storyboard now goes on from it, it is bought anew."""
    for index in range(len(steps) - 1):
        step, following = steps[index], steps[index + 1]
        if step.take is None or following.spec.kind != "extend":
            continue
        number = step.take.number
        upgraded = any(t.kind == "upgrade" and t.task and t.parent == number for t in past.history.of_hop(index + 1))
        if upgraded:
            steps[index] = replace(
                step,
                action="buy",
                reason=UPGRADED,
                take=None,
                again=True,
                copies=step.spec.takes,
                back=(),
                deadlines=None,
            )
            for later in range(index + 1, len(steps)):
                steps[later] = _step(steps[later].spec, steps[:later], past)
            return


def _shown_request(spec: HopSpec, parent: Step | None, past: _Past) -> Request:
    """The request as far as it is known; the wish's own key never depends on this."""
    shot = replace(spec.shot, mark="<name of this submit>")
    if parent is None:
        return past.entry.request(shot)
    take = parent.take if parent.action != "choose" else None  # nobody knows yet which one it will be
    known = take.task if take and take.task else f"<task of hop {parent.spec.index}>"
    tail = spec.shot.parent.tail if spec.shot.parent else ""
    source = Parent(task=known, handle=take.handle if take else {}, tail=tail)
    return past.entry.request(replace(shot, parent=source))


def _deadlines(take: Take, past: _Past) -> Mapping[str, float] | None:
    if not take.accepted_at:
        return None
    media = take.accepted_at + past.entry.catalog.lifetimes.media_hours * _HOUR
    return {"media": media, "extendable": _extendable_until(take, past)}


def _extendable_until(take: Take, past: _Past) -> float:
    """As long as the provider keeps it; or less, where the account's package ends before."""
    return min(_kept_until(take, past), package_end(past.storyboard))


def _kept_until(take: Take, past: _Past) -> float:
    return take.accepted_at + past.entry.catalog.lifetimes.extendable_hours * _HOUR


def package_end(storyboard: Storyboard) -> float:
    """When the account's package has ended, in seconds since 1970; never, where nobody says so."""
    last_day = str(storyboard.options.get("package_ends", ""))
    return datetime.fromisoformat(last_day).replace(tzinfo=UTC).timestamp() + 24 * _HOUR if last_day else math.inf
