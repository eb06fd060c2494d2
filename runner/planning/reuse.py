"""What was bought before: whether a take comes back, and whether another may be bought in its place. Pure, no disk."""

from collections.abc import Sequence
from decimal import Decimal

from runner.planning.contract import Contract
from runner.planning.spec import HopSpec
from runner.state.history import History, Take

# These texts are stored in journals as the reason of `discarded` and compared when a run is planned: a changed word
# would make old run directories mean something else.
ASKED_FOR_BY_USER = "asked for by the user"
FAILED_CHECKS = "failed its checks"
NOT_CHOSEN = "another take was chosen"
TOO_OLD = "it can no longer be extended"
UPGRADED = "it was upgraded, and an upgraded video cannot be extended"
CHANGED_BACK = "the storyboard was changed back"
# Any other reason for which a take is discarded is an edit of the storyboard, and edits can be undone.
_FOR_GOOD = (ASKED_FOR_BY_USER, FAILED_CHECKS, NOT_CHOSEN, TOO_OLD, UPGRADED)


def reusable_takes(spec: HopSpec, parent: int | None, history: History) -> Sequence[Take]:
    """Return the finished takes of a hop that an edit discarded and that fit again.

    Where one of them was chosen, or the film went on from it, it is that one alone; where one take is wanted, the last.
    """
    takes = [
        take
        for take in history.of_hop(spec.index)
        if take.good and take.discarded and take.discarded not in _FOR_GOOD
        if (take.key, take.kind, take.parent) == (spec.key, spec.kind, parent)
    ]
    # One that was gone on from comes back alone, else the hops after it would fit none of those restored.
    settled = [take for take in takes if spec.takes == 1 or was_continued(take, history)]
    return settled[-1:] or takes


def was_continued(take: Take, history: History) -> bool:
    """Return whether a hop's takes were chosen from, or the film went on from one of them."""
    return take.chosen or any(later.parent == take.number and later.task for later in history.of_hop(take.hop + 1))


def may_retake(history: History, spec: HopSpec, contract: Contract) -> bool:
    """Return whether one more take may be bought in place of one that failed its checks, by number and by money."""
    cap = contract.retakes_usd
    return retakes_left(history, spec, contract) > 0 and (cap is None or spent_on_retakes(history) + spec.usd <= cap)


def retakes_left(history: History, spec: HopSpec, contract: Contract) -> int:
    """Return how many more takes of a hop its number allows in place of such that fail."""
    return max(
        0, contract.retakes - sum((take.hop, take.key) == (spec.index, spec.key) for take in _failed_takes(history))
    )


def spent_on_retakes(history: History) -> Decimal:
    """Return what takes cost that failed and were bought again, over all hops."""
    return sum((take.usd for take in _failed_takes(history)), Decimal(0))


def _failed_takes(history: History) -> Sequence[Take]:
    return [take for take in history.takes if take.discarded == FAILED_CHECKS]
