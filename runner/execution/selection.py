"""Several takes of one hop: which one is chosen, and taking up an older one again."""

from collections.abc import Iterator, Sequence

from runner.context import ActiveRun
from runner.errors import StoppedBeforeSpending, UsageError
from runner.planning.model import Step
from runner.planning.planner import matching_takes
from runner.planning.reuse import NOT_CHOSEN
from runner.state.history import History, Phase, Take, apply_event
from runner.state.journal import Event


def candidate_takes(run: ActiveRun, step: Step) -> Sequence[Take]:
    """The judged takes of a hop that may be chosen from, failed ones included."""
    history = run.directory.history
    parents = [take for take in history.of_hop(step.spec.index - 1) if take.usable]
    return matching_takes(step.spec, history.of_hop(step.spec.index), parents[-1].number if parents else None)


def choose_take(run: ActiveRun, step: Step) -> Take:
    """The take that the film goes on from: the best, or the one that a person is asked for.

    Raises:
        StoppedBeforeSpending: a person has to choose, or none is good.
    """
    made = candidate_takes(run, step)
    takes = [take for take in made if take.usable]
    index, number = step.spec.index, len(takes)
    if not takes or step.spec.choose == "ask":
        words = (
            f"{number} take{'s' * (number > 1)} to choose from"
            if takes
            else f"none of its {len(made)} takes passed its checks"
        )
        words += f"; {len(made) - number} more failed its checks" if takes and number < len(made) else ""
        raise StoppedBeforeSpending(
            f"hop {index}: {words}",
            code="takes/choose",
            hint="look at them; the one that you promote is extended, the others are kept",
            hop=index,
            next_command=f"{run.next_command('takes')} --hop {index}",
        )
    best = min(takes, key=lambda take: (take.score or 0.0, take.number))
    run.directory.record("chosen", hop=index, take=best.number, reason=NOT_CHOSEN)
    run.context.say("hop/chosen", f"take {best.number} of {number} is the best", hop=index, take=best.number)
    return run.directory.history.take(index, best.number)


def promote_take(history: History, hop: int, number: int, keys: Sequence[str]) -> tuple[History, Sequence[Take]]:
    """The history as it would be with a take chosen, and those that would be: it, and what was made from it since.

    `keys` are those of the storyboard's wishes, hop 0 first: of several takes that were made from one, one that fits
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
    while made := _made_from(history, chosen[-1], keys):
        chosen.append(made)
    for data in promotion_events(chosen):
        history = apply_event(history, Event(seq=0, at=0.0, kind="chosen", data=data))
    return history, chosen


def promotion_events(chosen: Sequence[Take]) -> Iterator[dict[str, object]]:
    """What the journal says of a promotion: a person wants the first take, and the others come with it."""
    for number, take in enumerate(chosen):
        by = {} if number else {"by": "person"}
        yield {"hop": take.hop, "take": take.number, "reason": NOT_CHOSEN, **by}


def _made_from(history: History, parent: Take, keys: Sequence[str]) -> Take | None:
    """The finished take of the next hop that extends this one best: it is paid for, and fits again."""
    hop = parent.hop + 1
    made = [take for take in history.of_hop(hop) if take.parent == parent.number and take.good]
    key = keys[hop] if hop < len(keys) else ""

    def rank(take: Take) -> tuple[bool, bool, bool, bool, int]:
        gone_on_from = any(later.parent == take.number and later.good for later in history.of_hop(hop + 1))
        return take.key == key, take.usable, take.chosen or take.approved, gone_on_from, take.number

    return max(made, key=rank, default=None)
