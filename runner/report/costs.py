"""What every take cost and how it went, in the order in which they were sent; the sums are those of `status`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from runner.report.findings import ACCEPTED
from runner.report.format import money
from runner.report.model import RunReport, TakeLog
from runner.state.history import History, Phase, Take

_FREE = (Phase.REFUSED, Phase.UNSENT)
_WORDS = {
    Phase.INTENDED: "unknown whether it was bought",
    Phase.UNKNOWN: "unknown whether it was bought",
    Phase.UNSENT: "never sent",
    Phase.REFUSED: "refused",
    Phase.ACCEPTED: "being made",
    Phase.FAILED: "failed at the provider",
    Phase.SUCCEEDED: "made, not fetched",
    Phase.STORED: "fetched, not judged",
}
_VERDICTS = {"pass": "passed", "warn": "passed with warnings", "fail": "failed its checks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """A take as a line of the account; `total` is what is committed with it."""

    hop: int
    number: int
    usd: Decimal
    credits: Decimal
    total: Decimal
    state: str
    counts: bool
    log: TakeLog
    sent: float

    @property
    def price(self) -> str:
        """What it costs, in short."""
        return money(self.usd)


def describe_take(take: Take, *, counts: bool) -> str:
    """Say what became of a take."""
    if counts:
        return "in the film"
    if take.discarded:
        return f"discarded: {take.discarded}"
    if take.verdict == "fail" and take.approved:
        return ACCEPTED
    return _WORDS.get(take.phase) or _VERDICTS.get(take.verdict, str(take.phase))


def take_tone(take: Take) -> str:
    """Return how what became of a take is coloured; what a person accepted is a warning."""
    if take.verdict == "fail" and take.approved:
        return "warn"
    return take.verdict or ("fail" if take.phase in (Phase.FAILED, Phase.UNKNOWN) else "none")


def list_expenses(report: RunReport) -> Sequence[Expense]:
    """List every take, oldest first."""
    parts = {(hop.index, part.take.number): part for hop in report.hops for part in hop.takes}
    total, found = Decimal(0), []
    # By time, not by hop: the sum is a line that only rises.
    for take in sorted(report.plan.history.takes, key=lambda take: take.intended_at):
        # A task that a provider refused, or that was never sent, was not charged; one with an id may have been.
        usd, credits_ = (Decimal(0), Decimal(0)) if take.phase in _FREE and not take.task else (take.usd, take.credits)
        total += usd
        part = parts.get((take.hop, take.number))
        counts = part.counts if part else False
        found.append(
            Expense(
                hop=take.hop,
                number=take.number,
                usd=usd,
                credits=credits_,
                total=total,
                state=describe_take(take, counts=counts),
                counts=counts,
                log=part.log if part else TakeLog(at={"intent": take.intended_at}, troubles=[take.words]),
                sent=take.intended_at,
            )
        )
    return found


def total_costs(history: History) -> Sequence[tuple[str, str]]:
    """Return the sums, as `longtake status` has them."""
    rows = [("spent", history.spent)]
    rows += [("on failed tasks, said to be free", history.disputed)] if history.disputed else []
    rows += [("unknown, until it is settled", history.unknown)] if history.unknown else []
    return [(name, money(amount)) for name, amount in rows]
