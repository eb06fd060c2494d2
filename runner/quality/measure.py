"""Everything that is measured of one hop, from one pass over its new pictures and one over its new sound."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.media.probing.probe import probe
from runner.quality.frames import Footage, Real, footage, size_of, watch
from runner.quality.picture import LEAST, picture_values
from runner.quality.repeats import Moment, packed, seen_before, stamp
from runner.quality.seam import around, seam_values, steps
from runner.quality.series import Series
from runner.quality.sound import (
    AROUND,
    LEVELS_A_SECOND,
    RATE,
    ending,
    levels,
    loudness,
    silent_share,
    sound,
    sound_values,
)
from runner.quality.streaming import Whole
from runner.quality.tail import needed, tail_values

Values = Mapping[str, float]
CURVE_RATE = 4
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


class _View:
    """The pictures of a hop as they pass by: those around its seam are kept, of the new ones what `Whole` keeps."""

    def __init__(self, old: int, before: Footage | None, rate: float) -> None:
        self.new = Whole(rate)
        self.opening = before
        self.seam = old + (len(before) if before else 0)
        self._old = old

    @property
    def end(self) -> Footage:
        """The last pictures; of a short hop with those before its seam."""
        if self.opening and len(self.opening) == self.seam + len(self.new):
            return self.opening
        return self.new.end

    def take(self, part: Footage) -> None:
        """Take the next pictures."""
        room = self.seam + around(self.new.rate)[1] - (len(self.opening) if self.opening else 0)
        if room > 0:
            self.opening = self.opening.joined(part[:room]) if self.opening else part[:room]
        fresh = part[self._old :]
        self._old = max(0, self._old - len(part))
        self.new.add(fresh)


async def look_at(path: Path, facts: Probe, new: int, past: Past | None, tools: Tools) -> Seen:
    """Look at the frames of a file from number `new` on; without a past, it is where the film begins."""
    before = past.path if past else None
    (view, lost), (heard, joins) = await asyncio.gather(
        _viewed(path, facts, new, before, tools), _heard(path, facts, new, before, tools)
    )
    return await asyncio.to_thread(_measured, view, lost, heard, joins, past)


async def _viewed(path: Path, facts: Probe, new: int, before: Path | None, tools: Tools) -> tuple[_View, int]:
    """The pictures of the new part and around its seam, and how many of them do not come out of the decoder."""
    rate, lead = float(facts.frame_rate), None
    back, _ = around(rate)
    old = min(new, back) if before else 0
    if before and old < back:  # the file itself does not show enough of what was before
        was = await probe(before, tools)
        if size_of(was) == size_of(facts):
            lead = await footage(before, was, max(0, was.frames - back), back - old, tools)
    view = _View(old, lead, rate)
    came = await watch(path, facts, new - old, tools, view.take, view.new.piece)
    return view, max(0, facts.frames - new + old - came)


async def _heard(path: Path, facts: Probe, new: int, before: Path | None, tools: Tools) -> tuple[Real | None, float]:
    """The new sound with that before the seam, and the second of the seam in it (0: no seam)."""
    if facts.audio is None:
        return None, 0.0
    joins = new / float(facts.frame_rate) + facts.picture_delay
    lead = min(AROUND, joins) if before and new else 0.0
    heard = await sound(path, joins - lead, facts.duration, tools)
    if before is None or lead:
        return heard, lead
    was = await probe(before, tools)
    if was.audio is None:
        return heard, 0.0
    past = await sound(before, was.duration - AROUND, AROUND, tools)
    return np.concatenate([past, heard]), len(past) / RATE


def _measured(view: _View, lost: int, heard: Real | None, joins: float, past: Past | None) -> Seen:
    """All that can be measured of what came out of the decoders."""
    shown, rate = view.new, view.new.rate
    values: dict[str, Values] = {"picture": {"unseen": float(lost)}}
    stepped: Values = {}
    if len(shown) >= LEAST:
        values["picture"] = {**picture_values(shown), **values["picture"]}
        values["tail"] = tail_values(Series(view.end[-needed(rate) :], rate))
        if view.opening and view.seam >= LEAST:
            series = Series(view.opening, rate)
            values["seam"] = _recalled(seam_values(series, view.seam), series.footage, view.seam, past)
            stepped = steps(series, view.seam)
    loud, curves = None, _curves(shown)
    if heard is not None:
        new = heard[round(joins * RATE) :]
        values["sound"] = {"silence": silent_share(new), **(sound_values(heard, joins) if joins else {})}
        values["tail"] = {**values.get("tail", {}), "speech": ending(new)}
        loud, curves = loudness(new), {**curves, "level": _points(levels(new.mean(axis=1)), LEVELS_A_SECOND)}
    return Seen(
        values=values,
        steps=stepped,
        means=means(shown),
        loudness=loud,
        curves=curves,
        stamps=packed(shown.moments()),
    )


def _recalled(values: Values, shown: Footage, seam: int, past: Past | None) -> Values:
    """The values, with how many seconds the shot goes back at its seam: where it jumps, to what was shown before."""
    if past is None:
        return values
    new, last = stamp(shown.luma[seam]), stamp(shown.luma[seam - 1])
    known = seen_before(new, last, past.shown, past.ends) if values["discontinuity"] >= _JUMP else None
    return {**values, "reset": past.ends - known if known is not None else 0.0}


def _curves(shown: Whole) -> dict[str, Sequence[float]]:
    found = {
        "motion": shown["change"][1:],  # nothing is known of the picture before the first
        "brightness": shown["luma"],
        "saturation": shown["saturation"],
    }
    return {name: _points(values, shown.rate) for name, values in found.items()}


def _points(values: Real, rate: float) -> Sequence[float]:
    """The mean of each stretch between two points."""
    edges = np.arange(0, len(values), rate / CURVE_RATE).astype(int)
    return [round(float(part.mean()), 2) for part in np.split(values, edges[1:]) if len(part)]


def means(shown: Whole) -> Values:
    """What the new part is like on the whole; nothing where there is none."""
    if not len(shown):
        return {}
    return {
        **{name: float(shown[name].mean()) for name in ("luma", "blue", "red", "saturation", "sharpness")},
        "contrast": float((shown["high"] - shown["low"]).mean()),
        "change": float(shown["change"][1:].mean()) if len(shown) > 1 else 0.0,
        "likeness": float(np.median(shown["likeness"])),
    }
