"""The chain as a whole: how far each hop has drifted from the first, from what was seen of each take."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.context import ActiveRun
from runner.inspection.measurements import Measurements, read_measurements
from runner.media.model import Verdict
from runner.planning.model import Step
from runner.state.history import Take
from runner.state.layout import Layout

if TYPE_CHECKING:
    from runner.quality.drift import HopMeasurements  # brings in what a dry run can do without

_A_LINE = 2  # hops; one step is no slope


def measurements_of(layout: Layout, takes: Sequence[Take]) -> Sequence[Measurements | None]:
    """Return what was seen of each take; None where it was not looked at."""
    return [read_measurements(layout.take(take.hop, take.number)) for take in takes]


def judge_drift(run: ActiveRun, step: Step, take: Take) -> Sequence[Verdict]:
    """Judge the drift of the film so far, a take and all that it goes on from, before the next hop is bought."""
    if step.spec.kind == "upgrade":
        return ()
    looks = measurements_of(run.directory.layout, [*run.directory.history.ancestors(take), take])
    return tuple(drift_verdicts(looks, run.steps[: take.hop + 1], "so far"))


def hop_measurements(looks: Sequence[Measurements | None], steps: Sequence[Step]) -> "Sequence[HopMeasurements]":
    """Return what drift is told from, hop by hop; a cut that is meant is no step."""
    from runner.quality.drift import HopMeasurements

    return [
        HopMeasurements(
            hop=step.spec.index,
            steps={} if step.contract.cut else look.steps,
            means=look.means,
            loudness=look.loudness,
        )
        for step, look in zip(steps, looks, strict=False)
        if look
    ]


def drift_verdicts(
    looks: Sequence[Measurements | None], steps: Sequence[Step], where: str = "over the film"
) -> Iterator[Verdict]:
    """Yield a verdict for each measure of drift, as the last step wants; one that leaves its band names the hop."""
    from runner.quality.drift import first_hop_outside, fit_slope, measure_drift
    from runner.quality.thresholds import profile

    seen, last = hop_measurements(looks, steps), steps[-1]
    if len(seen) < 2 or last.contract.policy("drift") == "off":  # noqa: PLR2004 -- one hop cannot drift
        return
    found = measure_drift(seen)
    thresholds = profile().changed({code: dict(limit) for code, limit in last.contract.limits})
    for verdict in thresholds.verdicts("drift", found[-1].values, where, None):
        name = verdict.check.partition("/")[2]
        # Told in two ways, from the steps at the seams and from the means of the hops; one alone may err with the
        # scene.
        if verdict.verdict != "pass" and name not in found[-1].agreed:
            yield replace(
                verdict, verdict="pass", message=f"{verdict.message}; the hops' own means do not differ as much"
            )
            continue
        outside = first_hop_outside(found, name, thresholds.thresholds[verdict.check].grade)
        each = fit_slope([drifted.values.get(name, 0.0) for drifted in found])
        words = f"{verdict.message} ({each:+.2f} a hop)" if len(found) > _A_LINE else verdict.message
        words += f"; it left its band at hop {outside}" if outside is not None else ""
        yield replace(verdict, message=words)
