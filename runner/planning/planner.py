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
from runner.redaction import redact_links
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


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to be done about a hop, and why.

    `takes` are those that count, the last in front; `again`: a finished hop is bought again; `restored` are takes that
    an edit discarded and that fit again.
    """

    action: Action
    reason: str
    takes: tuple[Take, ...] = ()
    again: bool = False
    restored: tuple[Take, ...] = ()

    @property
    def take(self) -> Take | None:
        """The take that the decision is about."""
        return self.takes[-1] if self.takes else None


def _step(spec: HopSpec, before: list[Step], past: _Past) -> Step:
    parent = before[-1] if before else None
    promise = contract(past.storyboard, past.model, spec)
    decision = _decide(spec, parent, past)
    decision = _restore(decision, spec, parent, past)
    decision = _reconsider_failure(decision, spec, promise, past)
    copies = spec.takes if decision.again else _count_missing(spec, decision.takes, decision.action)
    decision = _compare_takes(decision, spec, copies, past)
    action, take = decision.action, decision.take if decision.action != "buy" else None
    ends, margin = _length(spec, take if action == "keep" else None, parent)
    return Step(
        spec=spec,
        action=action,
        reason=decision.reason,
        request=_preview_request(spec, parent, past),
        contract=promise,
        ends=ends,
        margin=margin,
        take=take,
        again=decision.again,
        restored=tuple(each.number for each in decision.restored),
        copies=copies if action not in ("keep", "choose", "mend") else 0,
        deadlines=_deadlines(take, past) if take else None,
    )


def _length(spec: HopSpec, kept: Take | None, parent: Step | None) -> tuple[float, float]:
    """Return where the film ends after a step, and how far that may be off."""
    if kept and kept.ends is not None:
        return kept.ends, 0.0
    before, margin = (parent.ends, parent.margin) if parent else (0.0, 0.0)
    added = 0.0 if spec.kind == "upgrade" else spec.seconds_added
    return before + added, margin + spec.seconds_margin


def _decide(spec: HopSpec, parent: Step | None, past: _Past) -> _Decision:
    """Decide about a hop from its newest take alone."""
    every = past.history.of_hop(spec.index)
    takes = tuple(take for take in every if not take.discarded)
    if not takes:
        return _Decision("buy", _reason_to_buy(every), again=bool(every))
    take = takes[-1]
    # Before anything else: what may have been bought is never bought again because of an edit.
    if take.unsettled:
        return _Decision("settle", f"take {take.number}: it is unknown whether it was bought", takes)
    bought = take.phase not in (Phase.REFUSED, Phase.UNSENT, Phase.FAILED)
    stale = _describe_staleness(spec, take, parent, past)
    if stale and bought:
        return _Decision("buy", stale, takes, again=True)
    if not bought:
        return _Decision("buy", f"take {take.number} was {take.phase}: {take.words}", takes)
    return _Decision(*_remaining_action(take), takes)


def _restore(decision: _Decision, spec: HopSpec, parent: Step | None, past: _Past) -> _Decision:
    """Keep what fits again where an edit was undone, and nothing that counts is in its place."""
    restored = _restorable_takes(spec, decision.take, parent, past) if decision.action in ("buy", "keep") else ()
    if not restored:
        return decision
    beside = matching_takes(spec, decision.takes) if spec.takes > 1 else ()
    reason = f"take {restored[-1].number} fits the storyboard again"
    return _Decision("keep", reason, (*beside, *restored), restored=tuple(restored))


def _reconsider_failure(decision: _Decision, spec: HopSpec, promise: Contract, past: _Past) -> _Decision:
    """Decide what becomes of a take that failed its checks; of several takes another may be good."""
    take = decision.take
    if take is None or decision.action != "mend":
        return decision
    if take.expectation != promise.digest:
        return replace(decision, action="judge", reason="the checks have changed since it was judged")
    if spec.takes == 1 and take.remedy == "retake" and may_retake(past.history, spec, promise):
        return replace(decision, action="buy", reason=FAILED_CHECKS)
    return decision


def _compare_takes(decision: _Decision, spec: HopSpec, copies: int, past: _Past) -> _Decision:
    """Decide to buy the takes that are missing, then to choose, where several are wanted and none is extended yet."""
    take = decision.take
    if take is None or spec.takes == 1 or decision.action not in ("keep", "mend"):
        return decision
    if was_continued(take, past.history):
        return decision
    made = matching_takes(spec, decision.takes)
    if copies:
        return replace(decision, action="buy", reason=f"{len(made)} of {spec.takes} takes are there")
    good = sum(take.usable for take in made)
    words = f"{len(made)} takes are there" + (f", {good} of them good" if good < len(made) else "")
    return replace(decision, action="choose", reason=words)


def _restorable_takes(spec: HopSpec, take: Take | None, parent: Step | None, past: _Past) -> Sequence[Take]:
    number = parent.take.number if parent and parent.take else None
    if parent and (number is None or parent.action == "buy"):
        return ()
    if take and _is_settled(spec, take, parent, past):
        return ()
    found = reusable_takes(spec, number, past.history)
    return [replace(each, discarded="") for each in found if not _is_left_behind(each, past)]


def _is_settled(spec: HopSpec, take: Take, parent: Step | None, past: _Past) -> bool:
    """Return whether a take counts for good: the only one that is wanted, or the one that the film went on from."""
    counts = take.usable and not _describe_staleness(spec, take, parent, past)
    return counts and (spec.takes == 1 or was_continued(take, past.history))


def _is_left_behind(take: Take, past: _Past) -> bool:
    """Return whether a hop is still to be made from a take that can no longer be extended."""
    more = take.hop + 1 < len(past.storyboard.hops)
    made = any(later.parent == take.number and later.good for later in past.history.of_hop(take.hop + 1))
    return more and not made and bool(past.now) and past.now > _kept_until(take, past)


def _count_missing(spec: HopSpec, takes: Sequence[Take], action: Action) -> int:
    """Return how many takes are still to be bought: those that neither are there nor on their way."""
    if spec.takes == 1:
        return int(action == "buy")
    # At most one take of a hop is under way at a time.
    on_their_way = action in ("continue", "judge", "settle")
    return max(int(action == "buy"), spec.takes - len(matching_takes(spec, takes)) - on_their_way)


def matching_takes(spec: HopSpec, takes: Sequence[Take], parent: int | None = None) -> tuple[Take, ...]:
    """Return the judged takes of a hop that count beside each other: of the same request and the same parent."""
    judged = [take for take in takes if take.phase is Phase.JUDGED and not take.discarded and take.key == spec.key]
    wanted = parent if parent is not None else (judged[-1].parent if judged else None)
    return tuple(take for take in judged if take.parent == wanted)


def _reason_to_buy(discarded: Sequence[Take]) -> str:
    """Say why a take is bought where none counts."""
    return f"take {discarded[-1].number} was discarded: {discarded[-1].discarded}" if discarded else "not bought yet"


def _remaining_action(take: Take) -> tuple[Action, str]:
    """Return what a bought take that fits the storyboard still needs."""
    if take.in_flight:
        return "continue", f"take {take.number} is bought and {_describe_phase(take)}"
    if not take.usable:
        return "mend", f"take {take.number} failed its checks: {take.words}"
    if take.verdict == "fail":
        return "keep", f"take {take.number} is accepted by you: {take.words}"
    return "keep", f"take {take.number} is done"


def _describe_phase(take: Take) -> str:
    return {Phase.ACCEPTED: "being made", Phase.SUCCEEDED: "waits to be fetched"}.get(take.phase, "waits to be judged")


def _describe_staleness(spec: HopSpec, take: Take, parent: Step | None, past: _Past) -> str:
    """Return why a take no longer fits the storyboard, or nothing."""
    if parent and parent.action == "buy":
        return f"hop {parent.spec.index} gets a new take"
    if parent and parent.take and take.parent != parent.take.number:
        return f"it extends take {take.parent} of hop {parent.spec.index}, which is now take {parent.take.number}"
    if take.key != spec.key:
        return _describe_difference(take, spec)
    follows = past.history.of_hop(spec.index + 1)
    more = spec.index + 1 < len(past.storyboard.hops)
    # Only where the next hop is still to be made: a take that was extended in time is never too old.
    if take.usable and more and not follows and past.now and past.now > _kept_until(take, past):
        return TOO_OLD
    return ""


def _describe_difference(take: Take, spec: HopSpec) -> str:
    """Return which fields of the request changed."""
    if take.kind != spec.kind:
        return f"it was bought as {take.kind}, the storyboard now wants {spec.kind}"
    # Links in the journal are cut to host and path; the new request is cut alike, or a signature would look like an
    # edit.
    then, now = dict(_leaves(take.request)), dict(_leaves(redact_links(spec.request.body)))
    changed = sorted({name.rpartition(".")[2] for name in {*then, *now} if then.get(name) != now.get(name)})
    return f"changed: {', '.join(changed)}" if changed else "the request changed"


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield every plain value of a request by its dotted name."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield name, value
        return
    for key, each in items:
        # Places in a list say nothing to people, so they stay in front.
        yield from _leaves(each, f"{name}.{key}" if isinstance(key, str) else f"{name}[{key}]")


def _give_up_unextendable(steps: list[Step], past: _Past) -> None:
    """Buy a take again that was upgraded, if the storyboard now goes on from it: it cannot be extended."""
    for index in range(len(steps) - 1):
        step, following = steps[index], steps[index + 1]
        if step.take is None or following.spec.kind != "extend":
            continue
        number = step.take.number
        upgraded = any(t.kind == "upgrade" and t.task and t.parent == number for t in past.history.of_hop(index + 1))
        # As kie.ai documents for Veo: an upgraded video cannot be extended (kie docs, 2026-04).
        if upgraded:
            steps[index] = replace(
                step,
                action="buy",
                reason=UPGRADED,
                take=None,
                again=True,
                copies=step.spec.takes,
                restored=(),
                deadlines=None,
            )
            for later in range(index + 1, len(steps)):
                steps[later] = _step(steps[later].spec, steps[:later], past)
            return


def _preview_request(spec: HopSpec, parent: Step | None, past: _Past) -> Request:
    """Return the request as far as it is known; the spec's own key never depends on this."""
    shot = replace(spec.shot, mark="<name of this submit>")
    if parent is None:
        return past.entry.request(shot)
    take = parent.take if parent.action != "choose" else None  # unknown until one is chosen
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
    """Return when the provider discards it, or when the account's package ends, whichever is first."""
    return min(_kept_until(take, past), package_end(past.storyboard))


def _kept_until(take: Take, past: _Past) -> float:
    return take.accepted_at + past.entry.catalog.lifetimes.extendable_hours * _HOUR


def package_end(storyboard: Storyboard) -> float:
    """Return when the account's package has ended, in seconds since 1970; never, where the storyboard does not say."""
    last_day = str(storyboard.options.get("package_ends", ""))
    # The end of that day in UTC, like every deadline here.
    return datetime.fromisoformat(last_day).replace(tzinfo=UTC).timestamp() + 24 * _HOUR if last_day else math.inf
