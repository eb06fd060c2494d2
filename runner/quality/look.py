"""Everything that is measured of one hop, from one pass over its new pictures and one over its new sound."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from runner.media.probe import Probe, probe
from runner.media.tools import Tools
from runner.quality.footage import MOST_FRAMES, Footage, Real, footage
from runner.quality.picture import picture_values
from runner.quality.recall import Moment, packed, seen_before, stamp, stamps
from runner.quality.seam import BACK, seam_values, steps
from runner.quality.series import Series
from runner.quality.sound import AROUND, LEVELS_A_SECOND, RATE, levels, loudness, silent_share, sound, sound_values
from runner.quality.tail import FRAMES, LOOK_BACK, tail_values

Values = Mapping[str, float]
CURVE_RATE = 4
_LEAST = 13  # frames that a measure of motion needs
_JUMP = 0.06  # of SSIM: without a jump nothing is shown again, it only looks alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Raw values by family, the signed steps at the seam, the means of the new part, its loudness in LUFS.

    `curves` are measures of the new part over time, CURVE_RATE points per second, for people to look at; `stamps` what
    later hops are held against, packed (see `recall`).
    """

    values: Mapping[str, Values]
    steps: Values
    means: Values
    loudness: float | None
    curves: Mapping[str, Sequence[float]]
    stamps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a hop goes on from: the file, where that ends in the film in seconds, and what the film has shown."""

    path: Path
    ends: float = 0.0
    shown: Sequence[Moment] = ()


async def look_at(path: Path, facts: Probe, new: int, past: Past | None, tools: Tools) -> Seen:
    """Look at the frames of a file from number `new` on; without a past, it is where the film begins."""
    before = past.path if past else None
    pictures, heard = await asyncio.gather(
        _pictures(path, facts, new, before, tools), _heard(path, facts, new, before, tools)
    )
    seen = await asyncio.to_thread(_measured, *pictures, *heard, float(facts.frame_rate))
    return replace(seen, values=_recalled(seen.values, *pictures, past)) if past else seen


async def _pictures(path: Path, facts: Probe, new: int, before: Path | None, tools: Tools) -> tuple[Footage, int]:
    """The new pictures with those before the seam, and the number of the first new one among them (0: no seam)."""
    first = max(0, new - BACK) if before else new
    shown = await footage(path, facts, first, min(MOST_FRAMES, facts.frames - first), tools)
    if before is None or new >= BACK:  # the file itself shows what was before
        return shown, new - first
    was = await probe(before, tools)
    past = await footage(before, was, max(0, was.frames - BACK), BACK - new, tools)
    if past.luma.shape[1:] != shown.luma.shape[1:]:
        return shown, 0
    return past.joined(shown), len(past) + new


async def _heard(path: Path, facts: Probe, new: int, before: Path | None, tools: Tools) -> tuple[Real | None, float]:
    """The new sound with that before the seam, and the second of the seam in it (0: no seam)."""
    if facts.audio is None:
        return None, 0.0
    joins = new / float(facts.frame_rate) + facts.late
    lead = min(AROUND, joins) if before else 0.0
    heard = await sound(path, joins - lead, facts.duration, tools)
    if before is None or lead:
        return heard, lead
    was = await probe(before, tools)
    if was.audio is None:
        return heard, 0.0
    past = await sound(before, was.duration - AROUND, AROUND, tools)
    return np.concatenate([past, heard]), len(past) / RATE


def _measured(shown: Footage, seam: int, heard: Real | None, joins: float, rate: float) -> Seen:
    series = Series(shown)
    fresh = Series(shown[seam:])
    values: dict[str, Values] = {}
    if len(fresh) >= _LEAST:
        values["picture"] = picture_values(fresh)
        values["tail"] = tail_values(Series(shown[-FRAMES - LOOK_BACK :]))
    if _LEAST <= seam < len(series) - _LEAST:
        values["seam"] = seam_values(series, seam)
    stepped = steps(series, seam) if "seam" in values else {}
    loud, curves = None, _curves(series, seam, rate)
    if heard is not None:
        new = heard[round(joins * RATE) :]
        values["sound"] = {"silence": silent_share(new), **(sound_values(heard, joins) if joins else {})}
        loud, curves = loudness(new), {**curves, "level": _points(levels(new.mean(axis=1)), LEVELS_A_SECOND)}
    return Seen(
        values=values,
        steps=stepped,
        means=_means(fresh),
        loudness=loud,
        curves=curves,
        stamps=packed(stamps(fresh.footage.luma, rate)),
    )


def _recalled(values: Mapping[str, Values], shown: Footage, seam: int, past: Past) -> Mapping[str, Values]:
    """The values, with how many seconds the shot goes back at its seam: where it jumps, to what was shown before."""
    if "seam" not in values:
        return values
    jumps = values["seam"]["discontinuity"] >= _JUMP
    new, last = stamp(shown.luma[seam]), stamp(shown.luma[seam - 1])
    known = seen_before(new, last, past.shown, past.ends) if jumps else None
    return {**values, "seam": {**values["seam"], "reset": past.ends - known if known is not None else 0.0}}


def _curves(series: Series, seam: int, rate: float) -> dict[str, Sequence[float]]:
    start = max(seam, 1)  # nothing is known to be before the very first frame
    found = {"motion": series.change[start:], "brightness": series.luma[seam:], "saturation": series.saturation[seam:]}
    return {name: _points(values, rate) for name, values in found.items()}


def _points(values: Real, rate: float) -> Sequence[float]:
    """The mean of each stretch between two points."""
    edges = np.arange(0, len(values), rate / CURVE_RATE).astype(int)
    return [round(float(part.mean()), 2) for part in np.split(values, edges[1:]) if len(part)]


def _means(series: Series) -> Values:
    """What the new part is like on the whole."""
    return {
        "luma": float(series.luma.mean()),
        "blue": float(series.blue.mean()),
        "red": float(series.red.mean()),
        "saturation": float(series.saturation.mean()),
        "contrast": float((series.high - series.low).mean()),
        "sharpness": float(series.sharpness.mean()),
        "change": float(series.change[1:].mean()) if len(series) > 1 else 0.0,
        "likeness": float(np.median(series.likeness)),
    }
