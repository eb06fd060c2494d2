"""Settling a take whose submit has an unknown outcome: on proof from the provider, or on a person's word."""

from dataclasses import dataclass
from decimal import Decimal

from runner.engine.crew import Shoot
from runner.engine.discreet import is_task_id
from runner.engine.settings import SANDBOX_HOST
from runner.errors import ProviderError, UsageError
from runner.http_values import Lost, NotSent
from runner.providers.base import Failed, Failure, Job
from runner.state.history import History, Phase, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about an unsettled take, for a person to decide on."""

    take: Take
    prompt: str
    words: str
    balance: Decimal | None
    console: str


def unsettled(history: History) -> tuple[Take, ...]:
    """Every take of which nobody knows whether it was bought."""
    return tuple(take for take in history.takes if take.unsettled)


async def evidence(shoot: Shoot, take: Take) -> Evidence:
    """Gather what is known; the provider not answering is no reason to fail."""
    try:
        balance = await shoot.crew.provider.balance()
    except (ProviderError, Lost, NotSent):
        balance = None
    return Evidence(
        take=take,
        prompt=str(take.request.get("prompt", "")),
        words=take.words or "the process ended before the answer came",
        balance=balance,
        console=_console(shoot),
    )


def _console(shoot: Shoot) -> str:
    """Where a person sees the provider's own list of tasks."""
    endpoint, catalog = shoot.crew.endpoint, shoot.crew.entry.catalog
    if endpoint.startswith(SANDBOX_HOST):
        return str(shoot.directory.layout.root / "sandbox" / "tasks")
    return catalog.console if endpoint == catalog.base_url else endpoint


async def adopt(shoot: Shoot, take: Take, task: str) -> Take:
    """Take a task that a person found at the provider as the outcome of this take.

    Raises:
        UsageError: the provider does not know it, or another take of this run already has it.
    """
    if not is_task_id(task):
        raise UsageError(f"{task[:100]!r} is no task id", code="usage/no-such-task", hint="copy it from the provider")
    owner = next((t for t in shoot.directory.history.takes if t.task == task and t.kind != "upgrade"), None)
    if owner:
        raise UsageError(f"task {task} is take {owner.number} of hop {owner.hop} already", code="usage/task-taken")
    kind = take.kind
    job = Job(task=task, kind="extend" if kind == "extend" else "generate", prompt=str(take.request.get("prompt", "")))
    state = await shoot.crew.provider.look(job)
    if isinstance(state, Failed) and state.failure is Failure.GONE:
        raise UsageError(f"the provider has no task {task}", code="usage/no-such-task", hint="check the id")
    _record_unknown(shoot, take)
    shoot.directory.note("accepted", hop=take.hop, take=take.number, task=task, handle={}, via="adopted")
    return shoot.directory.history.take(take.hop, take.number)


def resend(shoot: Shoot, take: Take) -> None:
    """Accept the risk of paying twice: let go of the take, so that the next run buys another."""
    _record_unknown(shoot, take)
    reason = "resent on the user's word; it may have been charged"
    shoot.directory.note("discarded", hop=take.hop, take=take.number, reason=reason)


def _record_unknown(shoot: Shoot, take: Take) -> None:
    if take.phase is Phase.INTENDED:
        words = "the process ended before the answer came"
        shoot.directory.note("unknown", hop=take.hop, take=take.number, words=words)
