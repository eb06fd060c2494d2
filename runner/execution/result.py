"""A take that was bought, to its end: waited for, fetched, judged."""

from dataclasses import replace
from pathlib import Path

from runner.context import ActiveRun
from runner.errors import CheckFailed, ProviderError
from runner.execution.collect import collect_results
from runner.execution.poll import poll_task
from runner.files import explain_os_errors
from runner.inspection.gate import check_failure, judge_take
from runner.inspection.policy import read_verdicts
from runner.media.ffmpeg.process import ToolFailed
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
    if take.phase is Phase.STORED and not _is_here(run, take):
        take = replace(take, phase=Phase.SUCCEEDED)
    if take.phase in (Phase.ACCEPTED, Phase.SUCCEEDED):
        end = await poll_task(run, step, take)
        if isinstance(end, Failed):
            raise _record_failure(run, take, end)
        take = await _store(run, step, take, end)
    try:
        take = await judge_take(run, step, take)
    except CheckFailed as error:
        if not _may_be_damaged(run, take, error):
            raise
        take = await _judge_again(run, step, take, error)
    run.context.say("hop/done", f"take {take.number} is done", hop=take.hop, take=take.number)
    return take


async def keep_take(run: ActiveRun, step: Step, take: Take) -> Take:
    """Return a finished take; fetch a file again that is gone from the disk, at no price, while the provider has it."""
    if _is_here(run, take):
        run.context.say("hop/kept", step.reason, hop=take.hop, take=take.number)
        return take
    run.context.say("note", "a file of this hop is gone from the disk; fetching it again, at no price", hop=take.hop)
    return await finish_take(run, step, replace(take, phase=Phase.SUCCEEDED))


async def refuse_or_fetch(run: ActiveRun, step: Step, take: Take) -> Take:
    """Refuse a take that failed its checks; fetch one whose file is gone, as a second fetch leaves it that was stopped.

    Raises:
        CheckFailed: it failed, and nothing else can be had at no price.
    """
    if _is_here(run, take):
        raise check_failure(run, take)
    return await finish_take(run, step, replace(take, phase=Phase.SUCCEEDED))


def _is_here(run: ActiveRun, take: Take) -> bool:
    """Return whether all files of a take are on the disk."""
    # Only whether they are there: digests of every hop on every resume would read the whole film each time; `check`
    # does.
    folder = run.directory.layout.take(take.hop, take.number)
    return all((folder / file.name).exists() for file in take.files)


def _may_be_damaged(run: ActiveRun, take: Take, error: CheckFailed) -> bool:
    """Return whether a file failed as one does that was damaged on its way: what it says of itself is not in it."""
    if isinstance(error, ToolFailed):
        return True
    verdicts = read_verdicts(run.directory.layout.take(take.hop, take.number))
    return any(each.check == "check/decode" and each.verdict == "fail" for each in verdicts)


async def _judge_again(run: ActiveRun, step: Step, take: Take, error: CheckFailed) -> Take:
    """Fetch a take's files once more, at no price, and judge what comes; the provider may have better bytes.

    Raises:
        CheckFailed: they are no better, or can no longer be had.
    """
    words = error.message.removeprefix(f"hop {take.hop}, ")  # the line says the hop itself
    run.context.say("note", f"{words}; fetching it once more, at no price", hop=take.hop)
    aside = _set_aside(run, take)
    try:
        end = await poll_task(run, step, take)
        fetched = await collect_results(run, step, take, end) if isinstance(end, Done) else None
    except ProviderError as why:
        run.context.say("note", f"it cannot be had again: {why.message}", hop=take.hop)
        fetched = None
    if fetched is None:
        for path, kept in aside.items():
            kept.replace(path)
        raise _still_damaged(run, take, error)
    try:
        return await judge_take(run, step, fetched)
    except ToolFailed as again:
        raise _still_damaged(run, take, again) from again


def _set_aside(run: ActiveRun, take: Take) -> dict[Path, Path]:
    """Keep a take's files under other names, for whoever wants to see what came first."""
    folder = run.directory.layout.take(take.hop, take.number)
    aside = {folder / file.name: folder / f"{file.name}.damaged" for file in take.files}
    for path, kept in aside.items():
        with explain_os_errors(path):
            path.replace(kept)
    return aside


def _still_damaged(run: ActiveRun, take: Take, error: CheckFailed) -> CheckFailed:
    """Return an error of a program as one of its hop, with the way on; other errors say it themselves."""
    if not isinstance(error, ToolFailed):
        return error
    return CheckFailed(
        f"hop {take.hop}, take {take.number}: its result cannot be read: {error.message}",
        code=error.code,
        hint="it is paid for and kept; resuming fetches it again and buys nothing",
        hop=take.hop,
        charged="yes",
        next_command=run.next_command(),
    )


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
