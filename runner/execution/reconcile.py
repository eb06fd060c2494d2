"""Settling a take whose submit has an unknown outcome: on proof from the provider, or on a person's word.

Found under the name that we gave it is proof. Not found is proof where the provider lists everything it takes and has
had the time to: two empty look-ups, its settling time apart, while this process alone holds the run directory, so that
no other process can still be sending. All else is evidence, for a person to decide on.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from runner.config.settings import is_rehearsal
from runner.context import ActiveRun
from runner.errors import ProviderError, UnknownOutcome, UsageError
from runner.net.messages import Lost, NotSent
from runner.providers.base import Candidate, LookupResult, SubmitLookup
from runner.providers.sanitized import is_task_id
from runner.state.history import History, Phase, Take, possible_moment
from runner.state.run_directory import other_run_with_task

_NO_ANSWER = "the process ended before the answer came"
_WORDLESS = "the answer does not say whether it was taken"
# Enough of a prompt to recognize it by, in one line of a terminal.
_WORDS = 60
# With the pauses between them (2, 4, 8 … 60 s) eight look-ups last three minutes: trouble that lost the answer is given
# that time to pass.
_LOOKUPS = 8
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 2.0, 60.0, 0.1  # seconds; a part of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is best done about a take: `adopt` a candidate, buy again (`anew`), `wait` and look again, or `ask`.

    `proved`: it may be done without asking a person. `others` are paid tasks that would stay unused.
    """

    action: Literal["adopt", "anew", "wait", "ask"]
    reason: str
    proved: bool = False
    candidate: Candidate | None = None
    others: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about an unsettled take, for a person to decide on; `balance` is that of now.

    `answer` is what the provider said to the submit, where it could not be read.
    """

    take: Take
    prompt: str
    words: str
    answer: str
    balance: Decimal | None
    console: str
    proposal: Proposal


def unsettled(history: History) -> tuple[Take, ...]:
    """Return every take of which it is unknown whether it was bought."""
    return tuple(take for take in history.takes if take.unsettled)


async def settle(run: ActiveRun, take: Take) -> Take:
    """Settle a take by proof alone: it comes back accepted, or unsent; looks again where that can become proof.

    Raises:
        UnknownOutcome: there is no proof to be had.
    """
    first_look = run.context.clock.monotonic()
    while True:
        found = await _propose_with_retries(run, take, first_look)
        if found.action == "wait":
            run.context.say("hop/settling", found.reason, hop=take.hop, take=take.number)
            await run.context.clock.sleep(run.context.pace.settle)
            continue
        if not found.proved:
            raise unknown_error(run, take, found.reason)
        return apply_proposal(run, take, found)


async def _propose_with_retries(run: ActiveRun, take: Take, first_look: float) -> Proposal:
    """Return a proposal, and give trouble on the way time to pass."""
    pause = _FIRST_PAUSE
    for left in reversed(range(_LOOKUPS)):
        try:
            return await _propose(run, take, first_look)
        except ProviderError as error:
            # What took the answer of the submit away often takes that of the look-up too.
            passing = error.retryable or isinstance(error, Lost | NotSent)
            if not left or not passing:
                return _failed_lookup(error)
            wait = max(pause, min(error.retry_after, _LONGEST_PAUSE))
            words = f"looking it up failed: {error.message}; again in {wait:.0f} s"
        run.context.say("hop/settling", words, hop=take.hop, take=take.number)
        await run.context.clock.sleep(wait * random.uniform(1, 1 + _JITTER))  # noqa: S311 -- spreads load, guards nothing
        pause = min(2 * pause, _LONGEST_PAUSE)
    raise AssertionError


async def _propose_once(run: ActiveRun, take: Take, first_look: float) -> Proposal:
    try:
        return await _propose(run, take, first_look)
    except ProviderError as error:
        return _failed_lookup(error)


def _failed_lookup(error: ProviderError) -> Proposal:
    return Proposal(action="ask", reason=f"looking it up failed: {error.message}")


async def gather_evidence(run: ActiveRun, take: Take) -> Evidence:
    """Gather what is known; the provider not answering is no reason to fail."""
    try:
        balance = await run.context.provider.balance()
    except ProviderError:
        balance = None
    return Evidence(
        take=take,
        prompt=take.prompt,
        words=_what_happened(take),
        answer=take.answer,
        balance=balance,
        console=_console(run),
        proposal=await _propose_once(run, take, run.context.clock.monotonic()),
    )


def apply_proposal(run: ActiveRun, take: Take, proposal: Proposal) -> Take:
    """Write down what a proposal settles."""
    if proposal.candidate:
        _accept(run, take, proposal.candidate, "found")
    else:
        run.directory.record("unsent", hop=take.hop, take=take.number, words=proposal.reason)
    run.context.say("hop/settled", proposal.reason, hop=take.hop, take=take.number)
    return run.directory.history.take(take.hop, take.number)


async def _propose(run: ActiveRun, take: Take, first_look: float) -> Proposal:
    search = await run.context.provider.find(_lookup_for(run, take))
    # A task that another take has is no answer to this one, even if it has the same prompt.
    taken = {other.task for other in run.directory.history.takes}
    free = sorted((each for each in search.candidates if each.task not in taken), key=lambda each: each.created_at)
    if free:
        return _propose_adoption(search, free)
    if not search.complete:
        how = f"not found by {search.means}, which proves nothing here" if search.means else ""
        return Proposal(action="ask", reason=how or f"{_title(run)} offers no way to look a submit up")
    # Kling's 1200 and 1201 may mean that a name is taken (docs/money.md), perhaps by the lost submit itself, which is
    # not listed yet.
    if take.named:
        words = f"{_title(run)} says that it has a submit of this name, and does not show it yet: look again later"
        return Proposal(action="ask", reason=words)
    # APIs show an account its own tasks only, so an empty list of another account proves nothing.
    if take.account != run.context.account:
        words = f"it was sent with the key of account {take.account}, whose tasks this key cannot see"
        return Proposal(action="ask", reason=f"{words}: use that key")
    # One empty look-up proves little: a list may lag behind what was taken. The second one comes a settling time later,
    # while the lock says that no other process can still be sending (docs/money.md, settling).
    rest = first_look + run.context.pace.settle - run.context.clock.monotonic()
    if rest > 0:
        words = f"not found by {search.means}; looking again in {rest:.0f} s, for only then is that proof"
        return Proposal(action="wait", reason=words)
    return Proposal(action="anew", reason=f"proved not taken: twice not found by {search.means}", proved=True)


def _propose_adoption(search: LookupResult, free: Sequence[Candidate]) -> Proposal:
    """Propose to adopt the oldest match, and name the others: all of them are paid for already."""
    candidate, *others = free
    words = f"task {candidate.task} was found by {search.means}"
    if others:
        words += f"; {len(others)} more that match are paid for: {', '.join(each.task for each in others)}"
    return Proposal(action="adopt", reason=words, proved=search.certain, candidate=candidate, others=tuple(others))


async def adopt_task(run: ActiveRun, take: Take, task: str, *, sure: bool = False) -> Take:
    """Take a task that a person found at the provider as the outcome of this take.

    Raises:
        UsageError: the provider does not know it, another take has it, or, unless `sure`, it was asked for otherwise.
    """
    if not is_task_id(task):
        raise UsageError(f"{task[:100]!r} is no task id", code="usage/no-such-task", hint="copy it from the provider")
    _refuse_taken(run, task)
    search = await run.context.provider.find(_lookup_for(run, take, task))
    if not search.candidates:
        raise UsageError(f"{_title(run)} has no task {task}", code="usage/no-such-task", hint="check the id")
    candidate = search.candidates[0]
    _refuse_taken(run, candidate.task)
    if not sure:
        _refuse_other(_lookup_for(run, take), candidate)
    _accept(run, take, candidate, "adopted")
    return run.directory.history.take(take.hop, take.number)


def _refuse_taken(run: ActiveRun, task: str) -> None:
    # An upgrade at kie.ai runs under the id of the task that it upgrades, so both takes rightly name it.
    owner = next((t for t in run.directory.history.takes if t.task == task and t.kind != "upgrade"), None)
    if owner:
        raise UsageError(f"task {task} is take {owner.number} of hop {owner.hop} already", code="usage/task-taken")
    # Two runs that adopt one task would both extend it, and one of them lacks a take that it paid for.
    other = other_run_with_task(run.directory.layout.root, task)
    if other:
        raise UsageError(f"task {task} belongs to another run, {other}", code="usage/task-taken")


def _refuse_other(lookup: SubmitLookup, candidate: Candidate) -> None:
    """Refuse a task that was asked for with other words, or that continues another video."""
    # Compared by words: what a provider does to spaces and line feeds says nothing about the text.
    if candidate.prompt and candidate.prompt.split() != lookup.prompt.split():
        words = f"task {candidate.task} was made from another prompt: {candidate.prompt[:_WORDS]!r}"
    elif candidate.parent and lookup.parent and candidate.parent != lookup.parent:
        words = f"task {candidate.task} extends task {candidate.parent}, not {lookup.parent}"
    elif candidate.mark and lookup.mark and candidate.mark != lookup.mark:
        words = f"task {candidate.task} came from another submit, {candidate.mark[:_WORDS]}"
    else:
        return
    raise UsageError(words, code="usage/other-task", hint="if it is the right one anyway, add --yes")


def allow_resend(run: ActiveRun, take: Take) -> None:
    """Accept the risk of paying twice: discard the take, so that the next run buys another."""
    _record_unknown(run, take)
    reason = "resent on the user's word; it may have been charged"
    run.directory.record("discarded", hop=take.hop, take=take.number, reason=reason)


def unknown_error(run: ActiveRun, take: Take, why: str) -> UnknownOutcome:
    """Return the error for a take of which it is unknown whether it was bought; `why` it could not be settled."""
    return UnknownOutcome(
        f"hop {take.hop}, take {take.number}: {_title(run)} may have taken this submit (${take.usd:.2f}):"
        f" {_what_happened(take)}; {why}",
        hint="it is not sent again without your word: look at the provider's own list of tasks, then settle it",
        hop=take.hop,
        charged="unknown",
        next_command=run.next_command("reconcile"),
    )


def _lookup_for(run: ActiveRun, take: Take, task: str = "") -> SubmitLookup:
    # The parent of then, not of now: the storyboard may have changed since the submit.
    before = [t for t in run.directory.history.of_hop(take.hop - 1) if t.number == take.parent]
    return SubmitLookup(
        kind="extend" if take.kind == "extend" else "generate",
        prompt=take.prompt,
        since=take.intended_at,
        path=take.path,
        parent=before[0].task if before else "",
        handle=before[0].handle if before else {},
        mark=take.mark,
        task=task,
    )


def _accept(run: ActiveRun, take: Take, candidate: Candidate, via: Literal["found", "adopted"]) -> None:
    _record_unknown(run, take)
    facts = {"task": candidate.task, "handle": dict(candidate.handle), "via": via}
    now = run.context.clock.now()
    begun = {"begun": possible_moment(candidate.created_at, take.intended_at, now)} if candidate.created_at else {}
    run.directory.record("accepted", hop=take.hop, take=take.number, **facts, **begun)


def _what_happened(take: Take) -> str:
    """Return what became of a submit, in words; an answer may have none."""
    return take.words or (_WORDLESS if take.answer else _NO_ANSWER)


def _record_unknown(run: ActiveRun, take: Take) -> None:
    if take.phase is Phase.INTENDED:
        run.directory.record("unknown", hop=take.hop, take=take.number, words=_NO_ANSWER)


def _title(run: ActiveRun) -> str:
    return run.context.entry.catalog.title


def _console(run: ActiveRun) -> str:
    """Return where a person sees the provider's own list of tasks."""
    endpoint, catalog = run.context.endpoint, run.context.entry.catalog
    if is_rehearsal(endpoint):
        return str(run.directory.layout.root / "sandbox" / "tasks")
    return catalog.console if endpoint == catalog.base_url else endpoint
