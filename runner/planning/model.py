"""The steps of a plan: what each hop still needs and why, what it costs, how long the film is then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from runner.errors import Problem
from runner.media.model import Expectation
from runner.planning.contract import Contract
from runner.planning.reuse import retakes_left, spent_on_retakes
from runner.planning.spec import HopSpec
from runner.providers.base import Request
from runner.providers.catalog import Catalog, Model
from runner.state.history import History, Take
from runner.storyboard.model import Storyboard

Action = Literal["keep", "continue", "judge", "choose", "buy", "settle", "mend"]
_OPEN: tuple[Action, ...] = ("buy", "continue", "judge", "settle")  # a take is judged yet, and may fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to the film.

    `keep` what is there, `continue`, `judge` or `choose` from what is bought, `buy`, or stop to `settle` or `mend`.
    `copies` is how many takes are still to be bought; `again` says that a finished hop is bought again; `request` is
    what is sent, with ``<task of hop k>`` where the task is not known yet; `deadlines` are in seconds since 1970 for
    what exists, None for what has still to be bought. `restored` names takes that an edit discarded and that fit
    again. The film is `ends` seconds long then, give or take `margin`: as measured where the hop is there, else as
    reckoned.
    """

    spec: HopSpec
    action: Action
    reason: str
    request: Request
    contract: Contract
    ends: float
    margin: float = 0.0
    take: Take | None = None
    again: bool = False
    copies: int = 0
    restored: tuple[int, ...] = ()
    deadlines: Mapping[str, float] | None = None

    @property
    def usd(self) -> Decimal:
        """What this step will cost."""
        return self.spec.usd * self.copies

    @property
    def credits(self) -> Decimal:
        """The same in the provider's credits."""
        return self.spec.credits * self.copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of one storyboard against one history, and what they add up to."""

    storyboard: Storyboard
    catalog: Catalog
    model: Model
    history: History
    steps: tuple[Step, ...]
    warnings: tuple[Problem, ...] = ()
    host: str = ""
    host_note: str = ""

    @property
    def usd(self) -> Decimal:
        """What the run will cost from here."""
        return sum((step.usd for step in self.steps), Decimal(0))

    @property
    def credits(self) -> Decimal:
        """The same in credits."""
        return sum((step.credits for step in self.steps), Decimal(0))

    @property
    def film_is_current(self) -> bool:
        """Whether the film that was made is made of the takes that count now."""
        # 0 is no take's number, so a film is out of date as soon as one of its hops is not kept.
        counted = tuple(step.take.number if step.action == "keep" and step.take else 0 for step in self.steps)
        return self.history.film is not None and self.history.film.takes == counted

    @property
    def usd_again(self) -> Decimal:
        """The part of it that buys finished hops again."""
        return sum((step.usd for step in self.steps if step.again), Decimal(0))

    @property
    def usd_retakes(self) -> Decimal:
        """The most that may be spent beyond that, on takes that fail their checks."""
        # Of several takes one that fails is not chosen, and none is bought in its place.
        may_fail = [
            step for step in self.steps if step.action in _OPEN and step.spec.takes == 1 and step.contract.buys_retakes
        ]
        left = [step.spec.usd * retakes_left(self.history, step.spec, step.contract) for step in may_fail]
        # What failed takes have cost already counts against the cap; below zero there is nothing left.
        most, cap = sum(left, Decimal(0)), self.storyboard.checks.retakes.usd
        return most if cap is None else min(most, max(cap - spent_on_retakes(self.history), Decimal(0)))

    @property
    def seconds(self) -> float:
        """Length of the film: of the hops that are there as measured, of the others as reckoned."""
        return self.steps[-1].ends

    @property
    def seconds_margin(self) -> float:
        """How much longer or shorter it may become."""
        return self.steps[-1].margin

    @property
    def film(self) -> Expectation:
        """What the film must be."""
        last = self.steps[-1]
        return self.film_of(last.take.ends if last.take and last.action == "keep" else None)

    def film_of(self, ends: float | None) -> Expectation:
        """Return what a film must be: as its last file, but as long as all hops; they end at `ends`, if known."""
        last = self.steps[-1]
        if ends is None:
            return replace(last.contract.film, seconds=last.spec.seconds_total)
        # Every hop was measured, so deviations no longer add up: the tolerance of one part is enough for all.
        tolerance = self.steps[0].contract.segment.tolerance_seconds
        return replace(last.contract.film, seconds=ends, tolerance_seconds=tolerance, inexact=False)
