"""Everything that a report tells, from the run directory."""

import json
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from runner.events import Event
from runner.inspection.drift import drift_verdicts, hop_measurements
from runner.inspection.measurements import Measurements, read_measurements
from runner.inspection.policy import approved_checks, read_verdicts, waive, waive_accepted
from runner.inspection.timeline import Placement, pieces_of
from runner.media.model import Piece, Verdict
from runner.planning.model import Plan, Step
from runner.planning.next_action import needs_choice
from runner.planning.planner import matching_takes
from runner.quality.drift import HopDrift, measure_drift
from runner.report.aftermath import after_retake
from runner.report.findings import Finding, findings
from runner.report.model import HopPart, Place, Reel, Story, TakePart, Work
from runner.report.placement import placed
from runner.state.history import Phase, Take
from runner.state.journal import read
from runner.state.layout import Layout

_MOMENTS = ("intent", "accepted", "succeeded", "stored", "judged", "failed", "refused", "unknown")
_NEVER_SENT = (Phase.UNSENT, Phase.REFUSED)


def gather(plan: Plan, layout: Layout) -> Story:
    """Read what there is of a run.

    Raises:
        RunDirectoryError: its journal cannot be trusted.
    """
    events = read(layout.journal).events
    hops: list[HopPart] = []
    for step in plan.steps:
        hops.append(_hop(step, hops, plan, layout, events))
    chain = list(takewhile(lambda hop: hop.counts, hops))
    numbers = tuple(hop.shown.take.number for hop in chain if hop.shown)
    record, there = plan.history.film, layout.film.exists()
    whole = len(chain) == len(hops) and record is not None and record.takes == numbers and there
    drifts = _drifts(chain)
    return Story(
        plan=plan,
        layout=layout,
        hops=hops,
        reel=_reel(chain, layout, whole=whole),
        stale=record is not None and record.takes != numbers,
        film_findings=_film_findings(plan, layout, chain, whole=whole),
        drifts=drifts,
    )


def _hop(step: Step, before: Sequence[HopPart], plan: Plan, layout: Layout, events: Sequence[Event]) -> HopPart:
    takes = [
        _take(take, step, _parent(take, before), plan, layout, events)
        for take in plan.history.of_hop(step.spec.index)
        if take.task or take.phase not in _NEVER_SENT
    ]
    return HopPart(step=step, takes=takes, shown=_shown(step, takes))


def _parent(take: Take, before: Sequence[HopPart]) -> Place | None:
    """The file that a take goes on from: that of the take it extends, whichever counts now."""
    if not before:
        return None
    found = next((part for part in before[-1].takes if part.take.number == take.parent), before[-1].shown)
    return found.place if found else None


def _shown(step: Step, takes: Sequence[TakePart]) -> TakePart | None:
    """The take that the plan goes on with, else the newest one with a file; none where a person has to choose."""
    if needs_choice(step, [part.take for part in takes]):
        return None
    own = next((part for part in takes if step.take and part.take.number == step.take.number), None)
    with_files = [part for part in takes if part.place and not part.take.discarded] or [p for p in takes if p.place]
    return own or (with_files[-1] if with_files else takes[-1] if takes else None)


def candidates(hop: HopPart) -> Sequence[TakePart]:
    """The takes that a person is to choose from."""
    takes = [part.take for part in hop.takes]
    if not needs_choice(hop.step, takes):
        return ()
    numbers = {take.number for take in matching_takes(hop.step.spec, takes)}
    return [part for part in hop.takes if part.take.number in numbers]


def _take(
    take: Take, step: Step, before: Place | None, plan: Plan, layout: Layout, events: Sequence[Event]
) -> TakePart:
    folder = layout.take(take.hop, take.number)
    look = read_measurements(folder)
    return TakePart(
        take=take,
        folder=folder,
        place=placed(take, folder, look, before, step),
        before=before,
        look=look,
        findings=_findings(take, step, plan, layout),
        work=_work(events, take, folder),
        counts=step.action == "keep" and step.take is not None and step.take.number == take.number and take.usable,
    )


def _findings(take: Take, step: Step, plan: Plan, layout: Layout) -> Sequence[Finding]:
    """What was written down beside a take, as it counts now."""
    stored = read_verdicts(layout.take(take.hop, take.number))
    verdicts = waive_accepted(stored, take, plan.history, layout)
    return findings(verdicts, step.contract, after_retake(take, step, plan.history))


def _reel(chain: Sequence[HopPart], layout: Layout, *, whole: bool) -> Reel:
    """The film, or as much as the takes that count make of it."""
    parts = [hop.shown for hop in chain if hop.shown and hop.step.spec.kind != "upgrade"]
    places = [part.place for part in parts if part.place]
    seconds = max((place.ends for place in places), default=0.0)
    if whole:
        return Reel(pieces=[Piece(path=layout.film)], hops=len(chain), seconds=seconds, film=True)
    if not places or len(places) < len(parts):
        return Reel()
    covers = [Placement(path=each.path, start=each.start, end=each.end, repeated=each.repeated) for each in places]
    return Reel(pieces=pieces_of(covers), hops=len(parts), seconds=seconds)


def _film_findings(plan: Plan, layout: Layout, chain: Sequence[HopPart], *, whole: bool) -> Sequence[Finding]:
    """What was found of the film as a whole; what was accepted in a hop is in the film as well."""
    accepted = approved_checks(layout, [hop.shown.take for hop in chain if hop.shown])
    verdicts = waive(_film_verdicts(plan, layout, chain, whole=whole), accepted)
    return findings(verdicts, plan.steps[-1].contract, "but nothing is bought for the film as a whole")


def _film_verdicts(plan: Plan, layout: Layout, chain: Sequence[HopPart], *, whole: bool) -> Sequence[Verdict]:
    """What was written down when the film was made; before that, how far its hops have drifted."""
    if whole:
        try:
            return [Verdict(**each) for each in json.loads(layout.film_manifest.read_bytes())["checks"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass
    return list(drift_verdicts(_looks(chain), plan.steps[: max(1, len(chain))]))


def _drifts(chain: Sequence[HopPart]) -> Sequence[HopDrift]:
    seen = hop_measurements(_looks(chain), [hop.step for hop in chain])
    return measure_drift(seen) if seen else ()


def _looks(chain: Sequence[HopPart]) -> Sequence[Measurements | None]:
    return [hop.shown.look if hop.shown else None for hop in chain]


def _work(events: Sequence[Event], take: Take, folder: Path) -> Work:
    """The work that a take was. An earlier try of the same take that was not bought is told as trouble."""
    mine = [event for event in events if (event.data.get("hop"), event.data.get("take")) == (take.hop, take.number)]
    at = {event.kind: event.at for event in mine if event.kind in _MOMENTS}
    polls = list(_polls(folder / "polls.jsonl"))
    if polls:
        at["polled"] = float(str(polls[-1].get("at", 0.0)))
    tries = [event for event in mine if event.kind in ("refused", "unsent", "unknown", "failed")]
    troubles = [f"{event.kind}: {event.data.get('words', '')}" for event in tries]
    unheard = [str(each.get("words")) for each in polls if str(each.get("words", "")).startswith("no answer")]
    return Work(at=at, polls=len(polls), troubles=[*troubles, *dict.fromkeys(unheard)])


def _polls(path: Path) -> Iterator[dict[str, object]]:
    """Every answer that was kept; a line that was cut is left out."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found
