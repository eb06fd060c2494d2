"""One hop: bought, waited for, fetched, judged; or whatever of that is still left to do."""

from dataclasses import replace

from runner.context import Shoot
from runner.errors import CheckFailed, ProviderError
from runner.execution.collect import fetch
from runner.execution.poll import outcome
from runner.execution.reconcile import settle
from runner.execution.selection import beside, choice
from runner.execution.submit import buy
from runner.inspection.gate import FAILED, RETAKE, failed, judged
from runner.planning.model import Step
from runner.planning.reuse import CHANGED_BACK, FAILED_CHECKS, may_retake
from runner.providers.base import Done, Failed, Failure
from runner.state.history import Phase, Take

_FAILURE_HINTS = {
    Failure.POLICY: "the prompt has to change: edit the storyboard, then run it again",
    Failure.INPUT: "change the storyboard where the words point, then run it again",
    Failure.RETIRED: "the model is gone; choose another",
    Failure.GONE: "the task is gone; `longtake retake` buys this hop anew",
}
_TO_EDIT = (Failure.POLICY, Failure.INPUT, Failure.RETIRED)


async def perform(shoot: Shoot, step: Step) -> Take:
    """Carry one step out and return the hop's accepted take.

    Raises:
        LongtakeError: whatever stops this hop; its message says what it means for money and how to go on.
    """
    _take_up(shoot, step)
    if step.action == "keep" and step.take:
        return await _kept(shoot, step, step.take)
    if step.action == "mend" and step.take:
        raise failed(shoot, step.take)
    if step.action == "choose":
        return choice(shoot, step)
    take = step.take
    if step.action == "settle" and take:
        take = await settle(shoot, take)
        take = take if take.task else None
    return await (_several if step.wish.takes > 1 else _until_good)(shoot, step, take)


def _take_up(shoot: Shoot, step: Step) -> None:
    """Take up again what an edit let go of; first all else is let go of, so that never two takes count."""
    history, index = shoot.directory.history, step.wish.index
    kept = [take.number for take in beside(shoot, step)] if step.wish.takes > 1 else []
    for old in history.of_hop(index) if step.back else ():
        if not (old.discarded or old.unsettled or old.number in kept):
            shoot.directory.note("discarded", hop=index, take=old.number, reason=CHANGED_BACK)
    for number in step.back:
        shoot.directory.note("restored", hop=index, take=number)


async def _until_good(shoot: Shoot, step: Step, take: Take | None) -> Take:
    """One take; and others in its place, where it fails its checks and the storyboard says `retake`."""
    reason = step.reason
    while True:
        try:
            return await _one(shoot, step, take, reason)
        except CheckFailed as error:
            if error.code != RETAKE:
                raise
            if not may_retake(shoot.directory.history, step.wish, step.contract):
                error.hint = f"what `checks.retakes` allows is used up, and {error.hint}"
                raise
            shoot.crew.say("note", f"{_last(shoot, step)} failed its checks; buying another", hop=step.wish.index)
            take, reason = None, FAILED_CHECKS


async def _several(shoot: Shoot, step: Step, take: Take | None) -> Take:
    """As many takes as the hop wants, and the one that is chosen from them; one that fails its checks counts too."""
    while take or len(beside(shoot, step)) < step.wish.takes:
        try:
            await _one(shoot, step, take, step.reason)
        except CheckFailed as error:
            if error.code not in (FAILED, RETAKE):
                raise
            shoot.crew.say("note", f"{_last(shoot, step)} failed its checks: not to be chosen", hop=step.wish.index)
        take = None
    return choice(shoot, step)


async def _one(shoot: Shoot, step: Step, take: Take | None, reason: str) -> Take:
    """One take to its end; where the provider's trouble passes, another is bought in its place."""
    for retry in range(shoot.crew.retries + 1):
        if take is None:
            take = await _bought(shoot, step, reason)
        try:
            return await _carried_on(shoot, step, take)
        except ProviderError as error:
            if error.code != f"provider/{Failure.TRANSIENT}" or retry == shoot.crew.retries:
                raise
            words = error.message.removeprefix(f"hop {step.wish.index}, ")  # the line says the hop itself
            shoot.crew.say("note", f"{words}; buying another", hop=step.wish.index)
            take = None
    raise AssertionError


def _last(shoot: Shoot, step: Step) -> str:
    return f"take {shoot.directory.history.of_hop(step.wish.index)[-1].number}"


async def _kept(shoot: Shoot, step: Step, take: Take) -> Take:
    """A finished take; a file that is gone from the disk is fetched again, at no price, while the provider has it."""
    folder = shoot.directory.layout.take(take.hop, take.number)
    if all((folder / file.name).exists() for file in take.files):
        shoot.crew.say("hop/kept", step.reason, hop=take.hop, take=take.number)
        return take
    shoot.crew.say("note", "a file of this hop is gone from the disk; fetching it again, at no price", hop=take.hop)
    return await _carried_on(shoot, step, replace(take, phase=Phase.SUCCEEDED))


async def _bought(shoot: Shoot, step: Step, reason: str) -> Take:
    """Let go of takes that no longer fit, then buy one that extends the accepted take of the hop before."""
    index = step.wish.index
    kept = [take.number for take in beside(shoot, step)] if step.wish.takes > 1 else []
    for old in shoot.directory.history.of_hop(index):
        if old.task and not old.discarded and old.number not in kept:
            shoot.directory.note("discarded", hop=index, take=old.number, reason=reason)
    before = [take for take in shoot.directory.history.of_hop(index - 1) if take.usable]
    return await buy(shoot, step, before[-1] if before else None)


async def _carried_on(shoot: Shoot, step: Step, take: Take) -> Take:
    if take.phase in (Phase.ACCEPTED, Phase.SUCCEEDED):
        end = await outcome(shoot, step, take)
        if isinstance(end, Failed):
            raise _task_failed(shoot, take, end)
        take = await _stored(shoot, step, take, end)
    take = await judged(shoot, step, take)
    shoot.crew.say("hop/done", f"take {take.number} is done", hop=take.hop, take=take.number)
    return take


async def _stored(shoot: Shoot, step: Step, take: Take, done: Done) -> Take:
    if take.phase is Phase.ACCEPTED:
        shoot.directory.note("succeeded", hop=take.hop, take=take.number, handle=dict(done.handle))
    for note in done.notes:
        shoot.crew.say("note", note, hop=take.hop)
    return await fetch(shoot, step, take, done)


def _task_failed(shoot: Shoot, take: Take, end: Failed) -> ProviderError:
    shoot.directory.note("failed", hop=take.hop, take=take.number, words=end.words, failure=end.failure)
    title = shoot.crew.entry.catalog.title
    return ProviderError(
        f"hop {take.hop}, take {take.number}: the task failed at {title}: {end.words}",
        code=f"provider/{end.failure}",
        hint=_FAILURE_HINTS.get(end.failure, "providers say that failed tasks are free; resuming buys another take"),
        hop=take.hop,
        retryable=end.failure is Failure.TRANSIENT,
        charged="unknown",
        next_command=shoot.after_edit if end.failure in _TO_EDIT else shoot.next_command(),
    )
