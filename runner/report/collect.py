"""Everything that a report tells, from the run directory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from runner.events import Event
from runner.files import read_file
from runner.inspection.drift import drift_verdicts, hop_measurements
from runner.inspection.measurements import Measurements, read_measurements
from runner.inspection.policy import approved_checks, read_verdicts, waive, waive_accepted
from runner.inspection.timeline import Placement, pieces_of
from runner.media.model import Piece, Probe, Verdict
from runner.planning.model import Plan, Step
from runner.planning.next_action import needs_choice
from runner.planning.planner import matching_takes
from runner.quality.drift import HopDrift, measure_drift
from runner.report.findings import Finding, describe_retake, explain_verdicts
from runner.report.model import HopReport, PlacedFile, Playback, RunReport, TakeLog, TakeReport
from runner.state.history import Phase, StoredFile, Take
from runner.state.journal import read
from runner.state.layout import Layout

_MOMENTS = ("intent", "accepted", "succeeded", "stored", "judged", "failed", "refused", "unknown")
_NEVER_SENT = (Phase.UNSENT, Phase.REFUSED)
_NEAR = 0.5  # seconds: as `duration_tolerance` takes two lengths for one


def collect_report(plan: Plan, layout: Layout) -> RunReport:
    """Read what there is of a run.

    Raises:
        RunDirectoryError: its journal cannot be trusted.
    """
    events = read(layout.journal).events
    hops: list[HopReport] = []
    # One after the other: where a take lies follows from the take of the hop before.
    for step in plan.steps:
        hops.append(_collect_hop(step, hops, plan, layout, events))
    chain = list(takewhile(lambda hop: hop.counts, hops))
    numbers = tuple(hop.shown.take.number for hop in chain if hop.shown)
    record, there = plan.history.film, layout.film.exists()
    # The journal alone does not do: a film may be gone from the disk, or be made of takes that no longer count.
    whole = len(chain) == len(hops) and record is not None and record.takes == numbers and there
    return RunReport(
        plan=plan,
        layout=layout,
        hops=hops,
        playback=_playback(chain, layout, whole=whole),
        stale=record is not None and record.takes != numbers,
        film_findings=_film_findings(plan, layout, chain, whole=whole),
        drifts=_drifts(chain),
    )


def _collect_hop(
    step: Step, before: Sequence[HopReport], plan: Plan, layout: Layout, events: Sequence[Event]
) -> HopReport:
    takes = [
        _collect_take(take, step, _parent(take, before), plan, layout, events)
        for take in plan.history.of_hop(step.spec.index)
        if take.task or take.phase not in _NEVER_SENT
    ]
    return HopReport(step=step, takes=takes, shown=_shown(step, takes))


def _parent(take: Take, before: Sequence[HopReport]) -> PlacedFile | None:
    """Return the file that a take goes on from: that of the take it extends, whichever counts now."""
    if not before:
        return None
    found = next((part for part in before[-1].takes if part.take.number == take.parent), before[-1].shown)
    return found.file if found else None


def _shown(step: Step, takes: Sequence[TakeReport]) -> TakeReport | None:
    """Return the take that the plan goes on with, else the newest with a file; none where a person has to choose."""
    if needs_choice(step, [part.take for part in takes]):
        return None
    own = next((part for part in takes if step.take and part.take.number == step.take.number), None)
    # A discarded take is better than none: somebody has to see why it was.
    with_files = [part for part in takes if part.file and not part.take.discarded] or [p for p in takes if p.file]
    return own or (with_files[-1] if with_files else takes[-1] if takes else None)


def takes_to_choose(hop: HopReport) -> Sequence[TakeReport]:
    """Return the takes that a person is to choose from."""
    takes = [part.take for part in hop.takes]
    if not needs_choice(hop.step, takes):
        return ()
    numbers = {take.number for take in matching_takes(hop.step.spec, takes)}
    return [part for part in hop.takes if part.take.number in numbers]


def _collect_take(
    take: Take, step: Step, before: PlacedFile | None, plan: Plan, layout: Layout, events: Sequence[Event]
) -> TakeReport:
    folder = layout.take(take.hop, take.number)
    look = read_measurements(folder)
    return TakeReport(
        take=take,
        folder=folder,
        file=locate_file(take, folder, look, before, step),
        before=before,
        measurements=look,
        findings=_findings(take, step, plan, layout),
        log=_read_log(events, take, folder),
        counts=step.action == "keep" and step.take is not None and step.take.number == take.number and take.usable,
    )


def _findings(take: Take, step: Step, plan: Plan, layout: Layout) -> Sequence[Finding]:
    """Read what was written down beside a take, as it counts now."""
    stored = read_verdicts(layout.take(take.hop, take.number))
    verdicts = waive_accepted(stored, take, plan.history, layout)
    return explain_verdicts(verdicts, step.contract, describe_retake(take, step, plan.history))


def _playback(chain: Sequence[HopReport], layout: Layout, *, whole: bool) -> Playback:
    """The film, or as much as the takes that count make of it."""
    parts = [hop.shown for hop in chain if hop.shown and hop.step.spec.kind != "upgrade"]
    places = [part.file for part in parts if part.file]
    seconds = max((place.ends for place in places), default=0.0)
    if whole:
        return Playback(pieces=[Piece(path=layout.film)], hops=len(chain), seconds=seconds, film=True)
    if not places or len(places) < len(parts):
        return Playback()
    covers = [Placement(path=each.path, start=each.start, end=each.end, repeated=each.repeated) for each in places]
    return Playback(pieces=pieces_of(covers), hops=len(parts), seconds=seconds)


def _film_findings(plan: Plan, layout: Layout, chain: Sequence[HopReport], *, whole: bool) -> Sequence[Finding]:
    """What was found of the film as a whole; what was accepted in a hop is in the film as well."""
    accepted = approved_checks(layout, [hop.shown.take for hop in chain if hop.shown])
    verdicts = waive(_film_verdicts(plan, layout, chain, whole=whole), accepted)
    return explain_verdicts(verdicts, plan.steps[-1].contract, "but nothing is bought for the film as a whole")


def _film_verdicts(plan: Plan, layout: Layout, chain: Sequence[HopReport], *, whole: bool) -> Sequence[Verdict]:
    """What was written down when the film was made; before that, how far its hops have drifted."""
    if whole:
        # A film.json of an early version, or an edited one, may lack them; the drift is measured again then.
        try:
            return [Verdict.from_json(each) for each in json.loads(read_file(layout.film_manifest))["checks"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass
    return list(drift_verdicts(_measurements(chain), plan.steps[: max(1, len(chain))]))


def _drifts(chain: Sequence[HopReport]) -> Sequence[HopDrift]:
    seen = hop_measurements(_measurements(chain), [hop.step for hop in chain])
    return measure_drift(seen) if seen else ()


def _measurements(chain: Sequence[HopReport]) -> Sequence[Measurements | None]:
    return [hop.shown.measurements if hop.shown else None for hop in chain]


def _read_log(events: Sequence[Event], take: Take, folder: Path) -> TakeLog:
    """Read what was done for a take. An earlier try of the same take that was not bought is told as trouble."""
    mine = [event for event in events if (event.data.get("hop"), event.data.get("take")) == (take.hop, take.number)]
    # The last of each kind: a try that was not bought leaves its number to the next one.
    at = {event.kind: event.at for event in mine if event.kind in _MOMENTS}
    polls = list(_read_polls(folder / "polls.jsonl"))
    if polls:
        at["polled"] = float(str(polls[-1].get("at", 0.0)))
    tries = [event for event in mine if event.kind in ("refused", "unsent", "unknown", "failed")]
    troubles = [f"{event.kind}: {event.data.get('words', '')}" for event in tries]
    unheard = [str(each.get("words")) for each in polls if str(each.get("words", "")).startswith("no answer")]
    return TakeLog(at=at, polls=len(polls), troubles=[*troubles, *dict.fromkeys(unheard)])


def _read_polls(path: Path) -> Iterator[dict[str, object]]:
    """Yield every answer that was kept; a line that was cut is left out."""
    # Polls are written without fsync, unlike the journal: a crash may cut the last one, and nothing depends on it.
    try:
        lines = read_file(path).decode(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def locate_file(
    take: Take, folder: Path, measurements: Measurements | None, before: PlacedFile | None, step: Step
) -> PlacedFile | None:
    """Find the file of a take that shows most, on the film's clock; None where none is here whose facts are known."""
    facts = _read_facts(folder)
    # What was measured says where the file lies; lengths alone are a guess that an overlap makes wrong.
    if measurements and measurements.file in facts and (folder / measurements.file).exists():
        known = facts[measurements.file]
        return PlacedFile(
            path=folder / measurements.file,
            facts=known,
            start=measurements.start,
            end=measurements.end,
            repeated=measurements.repeated,
            seen=True,
        )
    found = [
        _by_length(folder / file.name, facts[file.name], file, before, step)
        for file in take.files
        if file.name in facts and (folder / file.name).exists()
    ]
    return max(found, key=lambda file: (file.repeated > 0, file.new), default=None)


def _by_length(path: Path, facts: Probe, file: StoredFile, before: PlacedFile | None, step: Step) -> PlacedFile:
    rate = float(facts.frame_rate) or 1.0
    old = round(before.ends * rate) if before else 0
    repeated = _repeated(facts, file, old, rate, step)
    return PlacedFile(
        path=path,
        facts=facts,
        start=old - repeated,
        end=old - repeated + facts.frames,
        repeated=repeated,
        seen=False,
    )


def _repeated(facts: Probe, file: StoredFile, old: int, rate: float, step: Step) -> int:
    """Return how many frames at the head of a file were there before; one that was cut may hold nothing else."""
    spec = step.spec
    alone = file.role == "segment" or abs(facts.frames / rate - spec.seconds_added) < _NEAR
    if alone or facts.frames <= old:
        return 0
    if spec.seconds_back < spec.seconds_total - _NEAR:
        return min(max(facts.frames - round(spec.seconds_added * rate), 0), old)
    return old


def _read_facts(folder: Path) -> Mapping[str, Probe]:
    """Read the facts that were written down beside a take, by file."""
    try:
        files = json.loads(read_file(folder / "probe.json"))["files"]
        return {name: Probe.from_json(values) for name, values in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
