"""A take that was bought, to its end: waited for, fetched, judged."""

from dataclasses import replace

from runner.context import ActiveRun
from runner.errors import ProviderError
from runner.execution.collect import collect_results
from runner.execution.poll import poll_task
from runner.inspection.gate import judge_take
from runner.planning.model import Step
from runner.providers.base import Done, Failed, Failure
from runner.state.history import Phase, Take

_FAILURE_HINTS = {
    Failure.POLICY: "the prompt has to change: edit the storyboard, then run it again",
    Failure.INPUT: "change the storyboard where the words point, then run it again",
    Failure.RETIRED: "the model is gone; choose another",
    Failure.GONE: "the task is gone; `longtake retake` buys this hop again",
}
_TO_EDIT = (Failure.POLICY, Failure.INPUT, Failure.RETIRED)


async def finish_take(run: ActiveRun, step: Step, take: Take) -> Take:
    """Wait for a take that was bought, fetch and judge it; or whatever of that is left to do.

    Raises:
        ProviderError: its task failed, or is not done in time.
        DownloadError: its result could not be fetched whole.
        CheckFailed: it fails a check that the storyboard does not go on after.
    """
    if take.phase in (Phase.ACCEPTED, Phase.SUCCEEDED):
        end = await poll_task(run, step, take)
        if isinstance(end, Failed):
            raise _record_failure(run, take, end)
        take = await _store(run, step, take, end)
    take = await judge_take(run, step, take)
    run.context.say("hop/done", f"take {take.number} is done", hop=take.hop, take=take.number)
    return take


async def keep_take(run: ActiveRun, step: Step, take: Take) -> Take:
    """Return a finished take; fetch a file again that is gone from the disk, at no price, while the provider has it."""
    folder = run.directory.layout.take(take.hop, take.number)
    # Only whether they are there: digests of every hop on every resume would read the whole film each time; `check`
    # does.
    if all((folder / file.name).exists() for file in take.files):
        run.context.say("hop/kept", step.reason, hop=take.hop, take=take.number)
        return take
    run.context.say("note", "a file of this hop is gone from the disk; fetching it again, at no price", hop=take.hop)
    return await finish_take(run, step, replace(take, phase=Phase.SUCCEEDED))


async def _store(run: ActiveRun, step: Step, take: Take, done: Done) -> Take:
    if take.phase is Phase.ACCEPTED:
        # Recorded before anything is fetched, with the handle by which the next hop may name this video.
        run.directory.record("succeeded", hop=take.hop, take=take.number, handle=dict(done.handle))
    for note in done.notes:
        run.context.say("note", note, hop=take.hop)
    return await collect_results(run, step, take, done)


def _record_failure(run: ActiveRun, take: Take, end: Failed) -> ProviderError:
    run.directory.record("failed", hop=take.hop, take=take.number, words=end.words, failure=end.failure)
    title = run.context.entry.catalog.title
    return ProviderError(
        f"hop {take.hop}, take {take.number}: the task failed at {title}: {end.words}",
        code=f"provider/{end.failure}",
        hint=_FAILURE_HINTS.get(end.failure, "providers say that failed tasks are free; resuming buys another take"),
        hop=take.hop,
        retryable=end.failure is Failure.TRANSIENT,
        # Providers say that failed tasks are free, which cannot be seen from outside; the budget counts them.
        charged="unknown",
        next_command=run.after_edit if end.failure in _TO_EDIT else run.next_command(),
    )
