"""Letting go of a take on a person's word, and seeing beforehand what that would cost."""

from runner.errors import UsageError
from runner.state.history import History, Take, apply_event
from runner.state.journal import Event

ASKED_FOR_BY_USER = "asked for by the user"


def current_take(history: History, hop: int) -> Take:
    """The take of a hop that counts now.

    Raises:
        UsageError: there is none.
    """
    takes = [take for take in history.of_hop(hop) if not take.discarded and (take.task or take.unsettled)]
    if not takes:
        raise UsageError(f"hop {hop} has no take yet; `longtake run` buys its first", code="usage/no-take")
    return takes[-1]


def without_take(history: History, hop: int | None) -> History:
    """The history as it would be after letting go of a hop's take.

    Raises:
        UsageError: there is none, nobody knows whether it was bought, or a person has still to choose one.
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
    waiting = [each for each in history.of_hop(hop) if each.usable]
    if len(waiting) > 1 and not any(each.chosen for each in waiting):
        raise UsageError(
            f"hop {hop} has {len(waiting)} good takes to choose from: another would let go of one of them",
            code="usage/to-choose",
            hint="promote one first with `longtake takes`; or raise `takes` in the storyboard for one more beside them",
        )
    data = {"hop": hop, "take": take.number, "reason": ASKED_FOR_BY_USER}
    return apply_event(history, Event(seq=0, at=0.0, kind="discarded", data=data))
