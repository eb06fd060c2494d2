"""The money path, the only one: budget, intent, request on disk, one submit, outcome.

Order of writes: `intent` is durable before `request.json`, that before the first byte, and the outcome before anything
else happens. An intent without its request file was never sent; a request file without an outcome is unknown.
"""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from runner.context import ActiveRun
from runner.errors import ProviderError, RunDirectoryError, StoppedBeforeSpending, UnknownOutcome
from runner.execution.held import finish_regardless
from runner.execution.inputs import resolve_inputs
from runner.execution.reconcile import settle
from runner.planning.budget import first_passed
from runner.planning.model import Step
from runner.providers.base import Accepted, Busy, Failure, Refused, Request, Submission, Unknown, Unsent
from runner.redaction import redact_links
from runner.state.history import Phase, Take

# kie.ai takes 20 new tasks in 10 s from an account, and refuses more with 429 (kie docs, 2026-04). It is asked again
# after 10 s, in maintenance after 60 s (docs/money.md): 20 tries last 200 s of the one and 20 minutes of the other.
_TRIES = 20
# Where nothing left this machine (no network, no such host), 20 tries make 100 s: enough for a laptop to find its
# network again.
_UNSENT_WAIT = 5.0
# The balance is a hint for a person, never proof: other runs may use the same account. So it may cost little time.
_BALANCE_SECONDS = 5.0
_NOT_BOUGHT = (Phase.REFUSED, Phase.UNSENT)

_HINTS = {
    Failure.INPUT: "change the storyboard where the words point, then run it again",
    Failure.POLICY: "the prompt has to change: edit the storyboard, then run it again",
    Failure.CREDENTIALS: "check the key; `longtake doctor` shows whether one is seen",
    Failure.BALANCE: "top up the account, then resume",
    Failure.RETIRED: "choose another model; `longtake providers` lists them",
    Failure.GONE: "the provider does not know what is to be extended; `longtake retake` buys that hop again",
}
_TO_EDIT = (Failure.INPUT, Failure.POLICY, Failure.RETIRED)


async def buy_take(run: ActiveRun, step: Step, parent: Take | None) -> Take:
    """Buy one take of a hop and return it accepted.

    Raises:
        StoppedBeforeSpending: the budget would be passed.
        ProviderError: the provider refused, or stayed busy, or could not be reached.
        UnknownOutcome: the submit may or may not have been taken, and the provider cannot tell.
    """
    # Each try is an intent of its own: inputs and budget are looked at again before it.
    for _ in range(_TRIES):
        take, request = await _record_intent(run, step, parent)
        outcome = await _submit(run, take, request)
        wait = _pause_after(outcome, request)
        if wait is None:
            take = _require_not_refused(run, step, take, outcome, parent)
            take = take if take.task else await settle(run, take)
            if take.task:
                return take
            wait = 0.0  # proved never to have been taken
        words = getattr(outcome, "words", "")
        run.context.say("hop/waiting", f"not taken yet ({words}); again in {wait:.0f} s", hop=take.hop, seconds=wait)
        await run.context.clock.sleep(wait)
    raise ProviderError(
        f"hop {step.spec.index}: {run.context.entry.catalog.title} did not take the request in {_TRIES} tries",
        code="provider/busy",
        hint="nothing was bought; resume later",
        hop=step.spec.index,
        retryable=True,
        next_command=run.next_command(),
    )


async def _record_intent(run: ActiveRun, step: Step, parent: Take | None) -> tuple[Take, Request]:
    """Check the money, then make the intent and the request durable."""
    spec = step.spec
    shot = await resolve_inputs(run, step, parent)
    # A take that was refused or never sent bought nothing: its number is used again, and replay lets the new intent
    # take its place.
    sold = [take for take in run.directory.history.of_hop(spec.index) if take.phase not in _NOT_BOUGHT]
    number = len(sold) + 1
    mark = _name_submit(run, step, parent, number)
    request = run.context.entry.request(replace(shot, mark=mark))
    # A request that may be repeated without being paid again needs no evidence of the first one.
    balance = None if request.repeatable else await _ask_balance(run)
    # The last check before the intent, and no `await` between them: nothing else of this run can commit money
    # meanwhile.
    _refuse_over_budget(run, step)
    # Durable before request.json (docs/money.md, order of writes): a crash between the two leaves a lone intent, which
    # was never sent, so that the next start may buy without asking.
    event = run.directory.record(
        "intent",
        hop=spec.index,
        take=number,
        key=spec.key,
        kind=spec.kind,
        parent=parent.number if parent else None,
        usd=str(spec.usd),
        credits=str(spec.credits),
        path=request.path,
        mark=mark,
        account=run.context.account,
        balance=str(balance) if balance is not None else None,
        prompt=spec.shot.prompt,
        request=redact_links(spec.request.body),
    )
    body = redact_links(_readable_body(run, step, request))  # a picture's address may be signed
    # The number of the intent, because an earlier try under the same take number may have left its own file here.
    record = {"intent": event.seq, "method": request.method, "path": request.path, "body": body}
    path = run.directory.layout.request(spec.index, number)
    try:
        run.directory.write(path, json.dumps(record, indent=1, ensure_ascii=False).encode() + b"\n")
    except RunDirectoryError as error:
        # The file may be there all the same and make the next start doubt; here it is known that nothing went out.
        with suppress(RunDirectoryError):
            run.directory.record("unsent", hop=spec.index, take=number, words=error.message)
        raise
    return run.directory.history.take(spec.index, number), request


def _name_submit(run: ActiveRun, step: Step, parent: Take | None, number: int) -> str:
    """Return the name of a submit.

    One that is sent again because the first was never taken keeps its name: should that proof be wrong, an API that
    keeps names takes no second one.
    """
    history, spec = run.directory.history, step.spec
    same = (spec.key, parent.number if parent else None, run.context.account)
    for take in history.of_hop(spec.index):
        if take.number == number and take.phase is Phase.UNSENT and (take.key, take.parent, take.account) == same:
            return take.mark
    # The random part tells the submits of one hop apart; the rest tells a person whose it is in the provider's list.
    return f"lt-{history.run[:8]}-h{spec.index:02d}-{secrets.token_hex(4)}"


def _readable_body(run: ActiveRun, step: Step, request: Request) -> object:
    """Return the body as it is sent, with the stand-ins of the plan for pictures and videos inside it."""
    inside = step.spec.images or step.spec.tail_seconds
    if run.context.entry.catalog.pictures == "hosted" or not inside:
        return request.body
    return step.spec.request.body


async def _ask_balance(run: ActiveRun) -> Decimal | None:
    """Ask what the account holds before the submit: a hint, should the answer get lost; not worth a long wait."""
    try:
        async with asyncio.timeout(_BALANCE_SECONDS):
            return await run.context.provider.balance()
    except (ProviderError, TimeoutError):
        return None


def _refuse_over_budget(run: ActiveRun, step: Step) -> None:
    """Refuse to pass a cap with what the journal has committed, unknown takes included."""
    passed = first_passed(run.caps, step.spec.usd)
    if passed is None:
        return
    raise StoppedBeforeSpending(
        f"hop {step.spec.index} costs ${step.spec.usd:.2f}; with ${passed.committed:.2f} already committed"
        f" that passes the cap of ${passed.usd:.2f} ({passed.name})",
        code="money/budget",
        hint="raise `budget` in the storyboard or --max-cost, then resume; what is done stays done",
        hop=step.spec.index,
        next_command=run.next_command(),
    )


async def _submit(run: ActiveRun, take: Take, request: Request) -> Submission:
    """Send and record, whatever ends the run meanwhile: an answer that is thrown away may be a paid task."""
    words = f"take {take.number}: submitting to {run.context.host} (${take.usd:.2f})"
    run.context.say("hop/submitting", words, hop=take.hop, take=take.number)
    return await finish_regardless(_send(run, take, request))


async def _send(run: ActiveRun, take: Take, request: Request) -> Submission:
    outcome = await _weigh(run, take, request, await run.context.provider.submit(request))
    place = {"hop": take.hop, "take": take.number}
    match outcome:
        case Accepted():
            _record_accepted(run, take, outcome)
        case Refused(words=words, failure=failure):
            run.directory.record("refused", **place, words=words, failure=failure)
        # For the journal that is a refusal: a crash during the pause must not make the take look unsettled.
        case Busy(words=words):
            run.directory.record("refused", **place, words=words, failure=Failure.RATE)
        case Unsent(words=words):
            run.directory.record("unsent", **place, words=words)
        # kie.ai's upgrade is ordered and polled by one GET; a second GET is not a second order, so nothing is at risk.
        case Unknown(words=words) if request.repeatable:
            run.directory.record("unsent", **place, words=words)
        case Unknown(words=words, named=named, answer=answer):
            facts = {**({"named": True} if named else {}), **({"answer": answer} if answer else {})}
            run.directory.record("unknown", **place, words=words, **facts)
    return outcome


async def _weigh(run: ActiveRun, take: Take, request: Request, outcome: Submission) -> Submission:
    """Return what an answer proves beside what this run knows already."""
    if isinstance(outcome, Accepted) and not request.repeatable:
        # One task for two submits: it cannot be told whether the second was taken, and under which id.
        older = next((each for each in run.directory.history.takes if each.task == outcome.task), None)
        if older:
            words = f"the answer names task {outcome.task}, which is take {older.number} of hop {older.hop} already"
            return Unknown(words=words, answer=outcome.answer)
    if isinstance(outcome, Unknown) and outcome.doubtful and take.balance is not None:
        # A code that is documented as a refusal, whose words say nothing. When credits are taken is not documented, so
        # an account that was not charged confirms such a code, and would prove nothing by itself.
        left = await _ask_balance(run)
        if left is not None and left >= take.balance:
            return Refused(words=outcome.words, failure=outcome.doubtful)
    return outcome


def _record_accepted(run: ActiveRun, take: Take, outcome: Accepted) -> None:
    """Write the task down; if the disk fails just now, the id is in the message, because it is paid for."""
    place = {"hop": take.hop, "take": take.number}
    try:
        run.directory.record("accepted", **place, task=outcome.task, handle=dict(outcome.handle), via="reply")
    except RunDirectoryError as error:
        raise UnknownOutcome(
            f"hop {take.hop}, take {take.number} was accepted as task {outcome.task}, but {error.message}",
            code="money/not-recorded",
            hint=f"{error.hint}; then tell longtake of the task, which is paid for",
            hop=take.hop,
            charged="yes",
            next_command=f"{run.next_command('reconcile')} --hop {take.hop} --task {outcome.task}",
        ) from error


def _pause_after(outcome: Submission, request: Request) -> float | None:
    """Return seconds until the same request may be sent again, or None when this outcome is final."""
    if isinstance(outcome, Busy):
        return outcome.wait
    if isinstance(outcome, Unsent) or (isinstance(outcome, Unknown) and request.repeatable):
        return _UNSENT_WAIT
    return None


def _require_not_refused(run: ActiveRun, step: Step, take: Take, outcome: Submission, parent: Take | None) -> Take:
    """Return the take as it is now, accepted or unknown; raise where the provider refused."""
    take = run.directory.history.take(take.hop, take.number)
    if isinstance(outcome, Accepted):
        run.context.say("hop/accepted", f"take {take.number}: accepted, task {take.task}", hop=take.hop, task=take.task)
        return take
    if isinstance(outcome, Refused):
        raise _refusal_error(run, step, take, outcome, parent)
    return take


def _refusal_error(run: ActiveRun, step: Step, take: Take, outcome: Refused, parent: Take | None) -> ProviderError:
    """Return the error for a submit that was refused for sure, with the way out for its cause."""
    failure, model = outcome.failure, run.context.entry.catalog.model(step.spec.shot.model)
    # A 404 answers both for a task that is gone and for a model that is gone.
    if failure is Failure.GONE and parent is None:  # nothing is extended: the model is what is not known
        failure = Failure.RETIRED
    hint, command = _HINTS.get(failure, ""), run.after_edit if failure in _TO_EDIT else run.next_command()
    if parent and parent.account != run.context.account:
        hint = f"hop {parent.hop} was made by the account {parent.account}, and this is another key: use that one"
        command = run.next_command()
    elif failure is Failure.RETIRED and model and model.replacement:
        hint = model.instead
    elif failure is Failure.BALANCE and parent:
        hint += "; where a package is over, what was made with it can no longer be extended"
    return ProviderError(
        f"hop {take.hop}: {run.context.entry.catalog.title} refused it: {outcome.words}",
        code=f"provider/{outcome.failure}",
        hint="; ".join(filter(None, (hint, "nothing was charged for this hop"))),
        hop=take.hop,
        next_command=command,
    )
