"""Waiting for a task: patient, bounded, and never to the harm of what is paid for."""

import json
import os
import random
from pathlib import Path

from runner.context import ActiveRun
from runner.errors import ProviderError
from runner.files import explain_os_errors, open_private
from runner.net.messages import Lost, NotSent
from runner.planning.model import Step
from runner.providers.base import Done, Failed, Failure, Job, Pending, State
from runner.state.history import Take

# A tenth either way: runs that began together do not keep asking in the same moment.
_JITTER = 0.1
# A quarter of an hour, as for a submit: Retry-After is a wish (RFC 9110), and nobody may make a run wait for days.
_LONGEST_WAIT = 900.0
_MOST_TRACE = 4 << 20  # bytes; far more than a task needs that is asked about for days


def job_of(step: Step, take: Take) -> Job:
    """Return a take as the provider is asked about it."""
    return Job(task=take.task, kind=step.spec.kind, prompt=step.spec.shot.prompt, handle=take.handle)


async def poll_task(run: ActiveRun, step: Step, take: Take) -> Done | Failed:
    """Ask until the task is done or has failed.

    Raises:
        ProviderError: it did not finish in time (it goes on at the provider), or can no longer be asked about.
    """
    context, pace = run.context, run.context.pace
    began = context.clock.monotonic()
    interval, empty_since = pace.first, 0.0
    while True:
        answer, wish = await _ask_once(run, job_of(step, take))
        state = _treat_gone_as_pending(answer)
        waited = context.clock.monotonic() - began
        _trace(run, take, state)
        match state:
            case Done() | Failed():
                return state
            case Pending(empty=empty, words=words, meanwhile=meanwhile):
                empty_since = (empty_since or waited) if empty else 0.0
                too_long = empty and waited - empty_since >= pace.empty_grace
                if too_long and meanwhile:
                    return meanwhile
                if too_long or waited >= pace.deadline:
                    raise _stall_error(run, take, waited, words)
        pause = _pause(interval, wish, pace.deadline - waited)
        if pause > max(interval * (1 + _JITTER), pace.ceiling):  # or the silence would look like a run that hangs
            words = f"{words}; asks again in {pause:.0f} s"
        context.say("hop/pending", words or "being made", hop=take.hop, take=take.number, waited=round(waited, 1))
        await context.clock.sleep(pause)
        interval = min(interval * pace.growth, pace.ceiling)


def _pause(interval: float, wish: float, left: float) -> float:
    """Return how long to wait before the next question: never less than the server wishes, within our own bounds."""
    usual = interval * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 -- spreads load, guards nothing
    # A wish is met late rather than early, and not by all runs at once; the last question comes at the deadline.
    wished = min(max(0.0, wish) * random.uniform(1, 1 + _JITTER), _LONGEST_WAIT, max(left, interval))  # noqa: S311 -- the same
    return max(usual, wished)


def _treat_gone_as_pending(state: State) -> State:
    """Return `pending` for a task that is not found: it is paid for, and may only not be found yet."""
    # kie.ai answers for an unknown task with 422 or with 200 and `data: null` (docs and recorded answers, 2026); a task
    # that was taken a moment ago may look the same.
    if isinstance(state, Failed) and state.failure is Failure.GONE:
        return Pending(words=state.words, empty=True)
    return state


async def _ask_once(run: ActiveRun, job: Job) -> tuple[State, float]:
    """Ask once; trouble that may pass counts as `not done yet`, with the seconds that the server wants us to wait."""
    try:
        return await run.context.provider.look(job), 0.0
    except (Lost, NotSent) as error:
        return Pending(words=f"no answer: {error.message}"), 0.0
    except ProviderError as error:
        # The task goes on and is paid for, whatever is wrong with the question.
        if not error.retryable:
            error.charged, error.next_command = "yes", run.next_command()
            raise
        return Pending(words=error.message), error.retry_after


def _trace(run: ActiveRun, take: Take, state: State) -> None:
    """Keep every answer beside the take, to explain a failure by; links are left out."""
    words = getattr(state, "words", "")
    # Not flushed, unlike the journal: an answer that is lost is asked for again at no price (docs/money.md, step 7).
    line = {"at": round(run.context.clock.now(), 3), "state": type(state).__name__.lower(), "words": words}
    path: Path = run.directory.layout.take(take.hop, take.number) / "polls.jsonl"
    with explain_os_errors(path), os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as stream:
        if stream.tell() < _MOST_TRACE:
            stream.write(json.dumps(line, ensure_ascii=False).encode(errors="replace") + b"\n")


def _stall_error(run: ActiveRun, take: Take, waited: float, words: str) -> ProviderError:
    return ProviderError(
        f"hop {take.hop}: task {take.task} is not done after {waited:.0f} s ({words or 'no news'})",
        # Stalled, not failed: a failed take is bought again, and this one may still come.
        code="provider/stalled",
        hint="it is paid for and goes on at the provider; resuming picks it up again, and buys nothing",
        hop=take.hop,
        retryable=True,
        charged="yes",
        next_command=run.next_command(),
    )
