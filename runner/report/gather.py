"""Everything that a report tells, as plain values, from the run directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.engine.chain import drift_verdicts, looks_of
from runner.engine.inspection import Look
from runner.engine.judge import softened, stored_verdicts
from runner.engine.plan import Plan, Step
from runner.media.checks import Verdict
from runner.quality.drift import Drift, HopLook, drift
from runner.state.history import Take
from runner.state.journal import Event, read
from runner.state.rundir import Layout

_MOMENTS = ("intent", "accepted", "succeeded", "stored", "judged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When things happened to a take, in seconds since 1970; what did not happen is missing."""

    at: Mapping[str, float]

    def span(self, first: str, last: str) -> float:
        """Seconds between two moments, 0 where one of them did not come."""
        return max(0.0, self.at[last] - self.at[first]) if first in self.at and last in self.at else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPart:
    """A hop as the report tells it: what was wanted, the take that counts, and the others."""

    step: Step
    take: Take | None
    look: Look | None
    verdicts: Sequence[Verdict]
    moments: Moments
    polls: int
    others: Sequence[Take]
    folder: Path

    @property
    def starts(self) -> float:
        """Where it begins, in seconds of the film."""
        return self.look.joins if self.look else self.step.wish.seconds_total - self.step.wish.seconds_added

    @property
    def ends(self) -> float:
        """Where it ends, in seconds of the film."""
        return self.look.end / self.look.rate if self.look else self.step.wish.seconds_total


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A whole run."""

    plan: Plan
    layout: Layout
    hops: Sequence[HopPart]
    film: Path | None
    film_verdicts: Sequence[Verdict]
    drifts: Sequence[Drift] = field(default_factory=tuple)

    @property
    def seconds(self) -> float:
        """How long the film is, as far as it is there."""
        return max((hop.ends for hop in self.hops if hop.take), default=0.0)


def gather(plan: Plan, layout: Layout) -> Story:
    """Read what there is of a run.

    Raises:
        RunDirectoryError: its journal cannot be trusted.
    """
    events = read(layout.journal).events
    hops = [_hop(step, plan, layout, events) for step in plan.steps]
    looks = [hop.look for hop in hops]
    last = plan.steps[-1]
    seen = [
        HopLook(hop=number, steps=look.steps, means=look.means, loudness=look.loudness)
        for number, look in enumerate(looks)
        if look
    ]
    return Story(
        plan=plan,
        layout=layout,
        hops=hops,
        film=layout.film if layout.film.exists() else _so_far(hops),
        film_verdicts=softened(tuple(drift_verdicts(looks, last)), last.contract),
        drifts=drift(seen) if seen else (),
    )


def _so_far(hops: Sequence[HopPart]) -> Path | None:
    """The last file that holds everything so far, where there is no film yet."""
    whole = [hop for hop in hops if hop.look and hop.look.start == 0]
    return whole[-1].folder / whole[-1].look.file if whole and whole[-1].look else None


def _hop(step: Step, plan: Plan, layout: Layout, events: Sequence[Event]) -> HopPart:
    index = step.wish.index
    takes = [take for take in plan.history.of_hop(index) if take.task]
    take = step.take or (takes[-1] if takes else None)
    folder = layout.take(index, take.number) if take else layout.root
    verdicts = stored_verdicts(folder) if take else ()
    return HopPart(
        step=step,
        take=take,
        look=looks_of(layout, [take])[0] if take else None,
        verdicts=softened(verdicts, step.contract),
        moments=_moments(events, index, take.number) if take else Moments(at={}),
        polls=_lines(folder / "polls.jsonl") if take else 0,
        others=[other for other in takes if other != take],
        folder=folder,
    )


def _moments(events: Sequence[Event], hop: int, number: int) -> Moments:
    mine = [event for event in events if (event.data.get("hop"), event.data.get("take")) == (hop, number)]
    return Moments(at={event.kind: event.at for event in mine if event.kind in _MOMENTS})


def _lines(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0
