"""The history as it would be after a person's choice, so that its price can be seen beforehand."""

from collections.abc import Iterator, Sequence

from runner.errors import UsageError
from runner.events import Event
from runner.planning.reuse import ASKED_FOR_BY_USER, NOT_CHOSEN
from runner.state.history import History, Phase, Take
from runner.state.replay import apply_event


def current_take(history: History, hop: int) -> Take:
    """Return the take of a hop that counts now.

    Raises:
        UsageError: there is none.
    """
    takes = [take for take in history.of_hop(hop) if not take.discarded and (take.task or take.unsettled)]
    if not takes:
        raise UsageError(f"hop {hop} has no take yet; `longtake run` buys its first", code="usage/no-take")
    return takes[-1]


def without_take(history: History, hop: int | None) -> History:
    """Return the history as it would be after discarding a hop's take.

    Raises:
        UsageError: there is none, it is unknown whether it was bought, or a person has still to choose one.
    """
    if hop is None:
        return history
    take = current_take(history, hop)
    if take.unsettled:
        raise UsageError(
            f"hop {hop}: take {take.number} is not settled yet",
            code="usage/unsettled",
            hint="`longtake reconcile` first",
        )
    # While none is chosen, the newest is not preferred to the others, so there is no take to replace.
    waiting = [each for each in history.of_hop(hop) if each.usable]
    if len(waiting) > 1 and not any(each.chosen for each in waiting):
        raise UsageError(
            f"hop {hop} has {len(waiting)} good takes to choose from: another would discard one of them",
            code="usage/to-choose",
            hint="promote one first with `longtake takes`; or raise `takes` in the storyboard for one more beside them",
        )
    data = {"hop": hop, "take": take.number, "reason": ASKED_FOR_BY_USER}
    # Number 0, which no journal has: this event is only imagined, to plan and price what it would lead to.
    return apply_event(history, Event(seq=0, at=0.0, kind="discarded", data=data))


def promote_take(history: History, hop: int, number: int, keys: Sequence[str]) -> tuple[History, Sequence[Take]]:
    """Return the history with a take chosen, and the takes that would count: it, and what was made from it since.

    `keys` are those of the storyboard's specs, hop 0 first: of several takes that were made from one, one that fits
    the storyboard comes with it, rather one that counts or was chosen than another, and last the newest.

    Raises:
        UsageError: there is no such take, it is not finished, or what it goes on from does not count.
    """
    found = next((take for take in history.of_hop(hop) if take.number == number), None)
    if found is None:
        raise UsageError(f"hop {hop} has no take {number}", code="usage/no-take", hint="`longtake takes` lists them")
    if found.phase is not Phase.JUDGED:
        raise UsageError(f"take {number} of hop {hop} is {found.phase}, not finished", code="usage/no-take")
    if found.parent is not None and not history.take(hop - 1, found.parent).usable:
        raise UsageError(
            f"take {number} of hop {hop} goes on from take {found.parent} of hop {hop - 1}, which does not count now",
            code="usage/not-counting",
            hint=f"promote that one first: --hop {hop - 1} --promote {found.parent}",
        )
    chosen = [found]
    while made := _best_continuation(history, chosen[-1], keys):
        chosen.append(made)
    for data in promotion_events(chosen):
        history = apply_event(history, Event(seq=0, at=0.0, kind="chosen", data=data))
    return history, chosen


def promotion_events(chosen: Sequence[Take]) -> Iterator[dict[str, object]]:
    """Yield what the journal says of a promotion: a person wants the first take, and the others come with it."""
    for number, take in enumerate(chosen):
        by = {} if number else {"by": "person"}
        yield {"hop": take.hop, "take": take.number, "reason": NOT_CHOSEN, **by}


def _best_continuation(history: History, parent: Take, keys: Sequence[str]) -> Take | None:
    """Return the finished take of the next hop that extends this one best: it is paid for, and fits again."""
    hop = parent.hop + 1
    made = [take for take in history.of_hop(hop) if take.parent == parent.number and take.good]
    key = keys[hop] if hop < len(keys) else ""

    def rank(take: Take) -> tuple[bool, bool, bool, bool, int]:
        gone_on_from = any(later.parent == take.number and later.good for later in history.of_hop(hop + 1))
        return take.key == key, take.usable, take.chosen or take.approved, gone_on_from, take.number

    return max(made, key=rank, default=None)
