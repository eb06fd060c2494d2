"""Whether the money suffices for a plan: the storyboard's budget, and what a command may commit over all its runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import Literal

from runner.errors import UsageError
from runner.planning.model import Plan

_NONE = Decimal(0)


class SpendingCap:
    """What one command may commit over all its runs: one ledger, which looks at every run's history as it is now.

    All runs of a command share an event loop, and between a look and the intent that it allows nothing awaits.
    """

    def __init__(self, usd: Decimal, committed: Mapping[str, Decimal] | None = None) -> None:
        if not usd.is_finite() or usd < 0:
            raise UsageError(f"a cap of {usd} dollars is no amount", code="usage/amount", hint="write it as 1.50")
        self.usd = usd
        self._committed: dict[str, Callable[[], Decimal]] = {}
        for run, amount in (committed or {}).items():
            self.follow(run, partial(Decimal, amount))

    def follow(self, run: str, committed: Callable[[], Decimal]) -> None:
        """Count a run, from now on by what `committed` says of it."""
        self._committed[run] = committed

    @property
    def committed(self) -> Decimal:
        """What all runs of the command have committed."""
        return sum((amount() for amount in self._committed.values()), _NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One cap as it stands: `committed` counts against it, unknown and failed takes included."""

    name: Literal["budget", "--max-cost"]
    usd: Decimal
    committed: Decimal

    def allows(self, more: Decimal) -> bool:
        """Return whether so much more may be committed."""
        return self.committed + more <= self.usd


def caps_in_force(budget: Decimal | None, shared: SpendingCap | None, committed: Decimal) -> Sequence[Cap]:
    """Return the caps that hold for a run that has `committed` so much; a budget caps its own film alone."""
    own = [Cap(name="budget", usd=budget, committed=committed)] if budget is not None else []
    return [*own, *([Cap(name="--max-cost", usd=shared.usd, committed=shared.committed)] if shared else [])]


def first_passed(caps: Sequence[Cap], more: Decimal) -> Cap | None:
    """Return the cap that so much more would pass, the one that it passes by most; None where it fits."""
    passed = [cap for cap in caps if not cap.allows(more)]
    return max(passed, key=lambda cap: cap.committed - cap.usd, default=None)


def most_usd(plan: Plan, retries: int = 0) -> Decimal:
    """Return the most that a plan can cost: every retake is bought, and every task fails as often as is retried."""
    return (plan.usd + plan.usd_retakes) * (1 + retries)


def describe_need(committed: Decimal, usd: Decimal, most: Decimal) -> str:
    """Say which cap would do, and which covers everything that may come to it."""
    enough, all_of_it = round_up(committed + usd), round_up(committed + most)
    more = f"; ${all_of_it} covers every retake and retry as well" if all_of_it > enough else ""
    return f"${enough} would do{more}"


def round_up(usd: Decimal) -> Decimal:
    """Return an amount in whole cents that is not less: prices have fractions of a cent, and a cap must suffice."""
    return usd.quantize(Decimal("0.01"), rounding=ROUND_CEILING)
