"""What a report tells, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.inspection.measurements import Measurements
from runner.media.model import Piece, Probe
from runner.planning.model import Plan, Step
from runner.quality.drift import HopDrift
from runner.report.findings import Finding
from runner.state.history import Take
from runner.state.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """A file of a take, and the frames of the film that it holds: from `start` up to, and without, `end`.

    Its first `repeated` frames were there before. `seen` says that the pictures told so, and not the length alone.
    """

    path: Path
    facts: Probe
    start: int
    end: int
    repeated: int
    seen: bool

    @property
    def rate(self) -> float:
        """Frames per second."""
        # A damaged file may have no rate, and is to be shown all the same.
        return float(self.facts.frame_rate) or 1.0

    @property
    def starts(self) -> float:
        """Where the new part begins, in seconds of the film."""
        return (self.start + self.repeated) / self.rate

    @property
    def ends(self) -> float:
        """Where it ends, in seconds of the film."""
        return self.end / self.rate

    @property
    def new(self) -> int:
        """How many frames are new."""
        return self.end - self.start - self.repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLog:
    """What was done for a take: when it came how far (seconds since 1970), how often was asked, what went wrong."""

    at: Mapping[str, float] = field(default_factory=dict)
    polls: int = 0
    troubles: Sequence[str] = ()

    def span(self, first: str, last: str) -> float | None:
        """Return the seconds between two moments, None where one of them did not come."""
        return max(0.0, self.at[last] - self.at[first]) if first in self.at and last in self.at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReport:
    """A take: its file on the film's clock, the file that it goes on from, what was measured and found, and its log."""

    take: Take
    folder: Path
    file: PlacedFile | None
    before: PlacedFile | None
    measurements: Measurements | None
    findings: Sequence[Finding]
    log: TakeLog
    counts: bool

    @property
    def damaged(self) -> Finding | None:
        """What was found to be broken in its file, so that measures of its pictures mean little."""
        codes = ("check/packets", "check/decode")
        return next((each for each in self.findings if each.code in codes and each.original != "pass"), None)

    @property
    def malformed(self) -> bool:
        """Whether its form failed, so that its pictures were not inspected; also where that was accepted later."""
        form = [each for each in self.findings if each.family == "check"]
        return any(each.grade == "fail" or each.accepted for each in form)


@dataclass(frozen=True, slots=True, kw_only=True)
class HopReport:
    """A hop: what was wanted, every take that was sent, and the one that is shown for it, if there is one."""

    step: Step
    takes: Sequence[TakeReport]
    shown: TakeReport | None

    @property
    def index(self) -> int:
        """Its number."""
        return self.step.spec.index

    @property
    def counts(self) -> bool:
        """Whether the take that is shown is one that the film is made of."""
        return self.shown is not None and self.shown.counts

    @property
    def others(self) -> Sequence[TakeReport]:
        """The takes beside the one that is shown."""
        return [part for part in self.takes if part is not self.shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What can be played: the pieces that make it, the hops in it, its seconds; `film`: it is the finished film."""

    pieces: Sequence[Piece] = ()
    hops: int = 0
    seconds: float = 0.0
    film: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A whole run. `drifts` are those of the hops that count, `stale`: a film is there, but made of other takes."""

    plan: Plan
    layout: Layout
    hops: Sequence[HopReport]
    playback: Playback
    stale: bool
    film_findings: Sequence[Finding]
    drifts: Sequence[HopDrift]

    @property
    def findings(self) -> Sequence[tuple[int | None, Finding]]:
        """Everything that was found of what is shown, with the hop; of the film as a whole with None."""
        found: list[tuple[int | None, Finding]] = [
            (hop.index, finding) for hop in self.hops if hop.shown for finding in hop.shown.findings
        ]
        return [*found, *((None, finding) for finding in self.film_findings)]
