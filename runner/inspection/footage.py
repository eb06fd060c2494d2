"""Looking at a take before the next hop is bought: the new part by itself, its seam, its last second, its sound.

What was measured is kept in the take's `look.json`: the raw values always, so that no later threshold needs the
film decoded again.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from runner.context import ActiveRun, View
from runner.inspection.measurements import FORMAT, NAME, Measurements, read_measurements
from runner.inspection.timeline import Placement, build_timeline, compare_closely, describe_oddities, place_file
from runner.media.model import Grade, Probe, Verdict
from runner.planning.model import Step
from runner.quality.inspector import Values
from runner.state.history import Take
from runner.state.layout import artifact_of


async def inspect_take(run: ActiveRun, step: Step, take: Take) -> tuple[Verdict, ...]:
    """Look at a take, keep what is seen, and judge it; nothing where the storyboard does not want to look."""
    if not wants_inspection(step):
        return ()
    folder, before = run.directory.layout.take(take.hop, take.number), await _placement_before(run, take)
    look = await measure_take(step, take, before, run.view, _earlier_measurements(run, take))
    # The raw values, not the verdicts: thresholds are tuned later, and decoding again costs minutes.
    run.directory.write(folder / NAME, json.dumps({"format": FORMAT, **asdict(look)}, indent=1).encode() + b"\n")
    return tuple(judge_measurements(look, step))


def wants_inspection(step: Step) -> bool:
    """Return whether the storyboard wants a hop's pictures looked at; an upgrade shows no other ones."""
    return step.spec.kind != "upgrade" and any(policy != "off" for _, policy in step.contract.policies)


async def measure_take(
    step: Step, take: Take, before: Placement | None, view: View, shown: Sequence[Measurements]
) -> Measurements:
    """Look at the file of a take that holds most of the film; `before` is the one that it goes on from.

    Raises:
        CheckFailed: a file was changed, or cannot be read.
    """
    found: list[tuple[Placement, Probe]] = []
    for file in take.files:
        found.append(await _place(step, before, await view.artifacts.get(artifact_of(take, file)), view))
        if found[-1][0].start <= 0:  # none can hold more
            break
    cover, facts = min(found, key=lambda each: each[0].start)
    compared, look = await asyncio.gather(
        compare_closely(cover, before, view.inspector), _measure(cover, facts, before, view, shown)
    )
    return replace(look, changed=list(compared.changed), remarks=list(describe_oddities(compared)))


async def _placement_before(run: ActiveRun, take: Take) -> Placement | None:
    """Return the file that a take goes on from; where it was not looked at, build the timeline again."""
    if take.parent is None:
        return None
    folder = run.directory.layout.take(take.hop - 1, take.parent)
    # The record saves aligning the whole chain again, which reads every file of it.
    look = read_measurements(folder)
    if look and (folder / look.file).exists():
        return measured_placement(folder, look)
    before = run.directory.history.ancestors(take)
    covers = await build_timeline(run, list(zip(run.steps, before, strict=False)))
    return covers[-1] if covers else None


def measured_placement(folder: Path, look: Measurements) -> Placement:
    """Return where the file lies that was looked at."""
    return Placement(path=folder / look.file, start=look.start, end=look.end)


async def _place(step: Step, before: Placement | None, path: Path, view: View) -> tuple[Placement, Probe]:
    facts = await view.inspector.probe(path)
    return await place_file(step, before, path, facts, view.inspector), facts


def _earlier_measurements(run: ActiveRun, take: Take) -> Sequence[Measurements]:
    """Return what was seen of the hops before, as far as they were looked at."""
    takes = run.directory.history.ancestors(take)
    looks = [read_measurements(run.directory.layout.take(each.hop, each.number)) for each in takes]
    return [look for look in looks if look]


async def _measure(
    cover: Placement, facts: Probe, before: Placement | None, view: View, looks: Sequence[Measurements]
) -> Measurements:
    """Measure the new part of a file, and its seam with `before`; `looks` are those at the hops until then."""
    from runner.quality.inspector import PrecedingFilm
    from runner.quality.repeats import unpack_fingerprints

    past = None
    if before:
        shown = [moment for look in looks for moment in unpack_fingerprints(look.stamps, look.joins)]
        past = PrecedingFilm(path=before.path, ends=before.end / float(facts.frame_rate), shown=shown)
    seen = await view.inspector.measure(cover.path, facts, cover.repeated, past)
    return Measurements(
        file=cover.path.name,
        start=cover.start,
        end=cover.end,
        repeated=cover.repeated,
        rate=float(facts.frame_rate),
        values=seen.values,
        steps=seen.steps,
        means=seen.means,
        loudness=seen.loudness,
        curves=seen.curves,
        stamps=seen.stamps,
        alike=cover.alike,
        sure=cover.sure if before else None,
        moved=cover.moved,
        rewritten=cover.rewritten,
    )


def judge_measurements(look: Measurements, step: Step) -> Sequence[Verdict]:
    """Return the verdicts on what was measured, of the families that the storyboard wants."""
    from runner.quality.thresholds import profile

    contract = step.contract
    thresholds = profile().changed({code: dict(limit) for code, limit in contract.limits})
    found: list[Verdict] = []
    end = look.end / look.rate
    places = {
        "picture": ("in the new part", look.joins),
        "seam": (f"at {look.joins:.1f} s", look.joins),
        "tail": (f"before {end:.1f} s", max(0.0, end - 1)),
        "sound": (f"at {look.joins:.1f} s", look.joins),
    }
    for family, (where, at) in places.items():
        if contract.policy(family) != "off":
            found += thresholds.verdicts(family, _meaningful_values(family, look, step), where, at)
    if look.sure is not None and contract.policy("seam") != "off":
        found.append(_judge_alignment(look))
    return found


def _meaningful_values(family: str, look: Measurements, step: Step) -> Values:
    """Return the values that mean something here: a meant cut is no jump, silence no fault without sound."""
    values = look.values.get(family, {})
    if family == "seam" and step.contract.cut:
        return {name: value for name, value in values.items() if name in ("frozen", "flash")}
    if family == "sound" and step.contract.film.audio != "required":
        return {name: value for name, value in values.items() if name != "silence"}
    return values


def _judge_alignment(look: Measurements) -> Verdict:
    """Judge whether the new file repeats what was there."""
    if look.repeated:
        measured = f"{look.repeated} frames shown again" if look.sure else "other pictures than those before"
    else:
        measured = "the new part alone"
    words = "; ".join(look.remarks) or measured
    odd = look.moved or look.rewritten or look.changed
    nothing_new = look.end == look.start + look.repeated
    grade: Grade = "fail" if not look.sure or nothing_new else "warn" if odd else "pass"
    return Verdict(
        check="seam/alignment",
        verdict=grade,
        measured=measured,
        expected="what was there, or the new part alone",
        message=f"alignment at {look.joins:.1f} s: {words}",
        value=look.alike,
        at=look.joins,
    )


def score_of(verdicts: Sequence[Verdict]) -> float:
    """Return how far a take is from flawless: 100 for each failed check, 10 for each that warns; lower is better."""
    # Ten to one: a take with one failure is worse than one with nine warnings.
    return float(sum({"fail": 100, "warn": 10}.get(verdict.verdict, 0) for verdict in verdicts))
