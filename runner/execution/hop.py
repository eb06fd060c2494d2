"""One hop: bought, waited for, fetched, judged; or whatever of that is still left to do."""

from collections.abc import Sequence

from runner.context import ActiveRun
from runner.errors import CHECK_FAILED, CHECK_RETAKE, CheckFailed, ProviderError, StoppedBeforeSpending
from runner.execution.reconcile import settle
from runner.execution.submit import buy_take
from runner.planning.model import Step
from runner.planning.planner import matching_takes
from runner.planning.reuse import CHANGED_BACK, FAILED_CHECKS, NOT_CHOSEN, may_retake
from runner.providers.base import Failure
from runner.state.history import Take


async def perform_step(run: ActiveRun, step: Step) -> Take:
    """Carry one step out and return the hop's accepted take.

    Raises:
        LongtakeError: whatever stops this hop; its message says what it means for money and how to go on.
    """
    _restore_takes(run, step)
    if step.action == "keep" and step.take:
        from runner.execution.result import keep_take  # as below

        return await keep_take(run, step, step.take)
    if step.action == "mend" and step.take:
        from runner.execution.result import refuse_or_fetch

        return await refuse_or_fetch(run, step, step.take)
    if step.action == "choose":
        return choose_take(run, step)
    take = step.take
    if step.action == "settle" and take:
        take = await settle(run, take)
        take = take if take.task else None
    return await (_buy_several if step.spec.takes > 1 else _buy_until_good)(run, step, take)


def _restore_takes(run: ActiveRun, step: Step) -> None:
    """Restore what an edit discarded; first all else is discarded, so that never two takes count."""
    history, index = run.directory.history, step.spec.index
    kept = [take.number for take in candidate_takes(run, step)] if step.spec.takes > 1 else []
    # Discarded before restored: a crash between the two leaves no take that counts, and the plan restores again; the
    # other order would leave two.
    for old in history.of_hop(index) if step.restored else ():
        if not (old.discarded or old.unsettled or old.number in kept):
            run.directory.record("discarded", hop=index, take=old.number, reason=CHANGED_BACK)
    for number in step.restored:
        run.directory.record("restored", hop=index, take=number)


async def _buy_until_good(run: ActiveRun, step: Step, take: Take | None) -> Take:
    """Buy one take; and others in its place, where it fails its checks and the storyboard says `retake`."""
    reason = step.reason
    while True:
        try:
            return await _finish_or_buy_another(run, step, take, reason)
        except CheckFailed as error:
            # The gate sets this code only where the storyboard's `checks` say `retake`; any other failure stops for a
            # person.
            if error.code != CHECK_RETAKE:
                raise
            if not may_retake(run.directory.history, step.spec, step.contract):
                error.hint = f"what `checks.retakes` allows is used up, and {error.hint}"
                raise
            run.context.say(
                "note", f"{_name_last_take(run, step)} failed its checks; buying another", hop=step.spec.index
            )
            take, reason = None, FAILED_CHECKS


async def _buy_several(run: ActiveRun, step: Step, take: Take | None) -> Take:
    """Buy as many takes as the hop wants, and return the one that is chosen; one that fails its checks counts too."""
    while take or len(candidate_takes(run, step)) < step.spec.takes:
        try:
            await _finish_or_buy_another(run, step, take, step.reason)
        except CheckFailed as error:
            if error.code not in (CHECK_FAILED, CHECK_RETAKE):
                raise
            run.context.say(
                "note", f"{_name_last_take(run, step)} failed its checks; it will not be chosen", hop=step.spec.index
            )
        take = None
    return choose_take(run, step)


async def _finish_or_buy_another(run: ActiveRun, step: Step, take: Take | None, reason: str) -> Take:
    """Carry one take to its end; where its task fails for a passing reason, buy another in its place."""
    for retry in range(run.context.retries + 1):
        if take is None:
            take = await _buy(run, step, reason)
        # What fetches, decodes and measures is loaded while the provider works: a request goes out sooner without.
        from runner.execution.result import finish_take

        try:
            return await finish_take(run, step, take)
        except ProviderError as error:
            # Only what passes by itself is bought again: bad input and refused content would only be refused again.
            if error.code != f"provider/{Failure.TRANSIENT}" or retry == run.context.retries:
                raise
            words = error.message.removeprefix(f"hop {step.spec.index}, ")  # the line says the hop itself
            run.context.say("note", f"{words}; buying another", hop=step.spec.index)
            take = None
    raise AssertionError


def _name_last_take(run: ActiveRun, step: Step) -> str:
    return f"take {run.directory.history.of_hop(step.spec.index)[-1].number}"


async def _buy(run: ActiveRun, step: Step, reason: str) -> Take:
    """Discard takes that no longer fit, then buy one that extends the accepted take of the hop before."""
    index = step.spec.index
    kept = [take.number for take in candidate_takes(run, step)] if step.spec.takes > 1 else []
    for old in run.directory.history.of_hop(index):
        if old.task and not old.discarded and old.number not in kept:
            run.directory.record("discarded", hop=index, take=old.number, reason=reason)
    # Read from the history, not from the plan: the take of the hop before may have been bought a moment ago.
    before = [take for take in run.directory.history.of_hop(index - 1) if take.usable]
    return await buy_take(run, step, before[-1] if before else None)


def candidate_takes(run: ActiveRun, step: Step) -> Sequence[Take]:
    """Return the judged takes of a hop that may be chosen from, failed ones included."""
    history = run.directory.history
    parents = [take for take in history.of_hop(step.spec.index - 1) if take.usable]
    return matching_takes(step.spec, history.of_hop(step.spec.index), parents[-1].number if parents else None)


def choose_take(run: ActiveRun, step: Step) -> Take:
    """Return the take that the film goes on from: the best, or the one that a person is asked for.

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
    # Of equal scores the older take, so that the choice is the same on every resume.
    best = min(takes, key=lambda take: (take.score or 0.0, take.number))
    run.directory.record("chosen", hop=index, take=best.number, reason=NOT_CHOSEN)
    run.context.say("hop/chosen", f"take {best.number} of {number} is the best", hop=index, take=best.number)
    return run.directory.history.take(index, best.number)
