"""Everything that is measured of a hop, or of any film, from one pass over its new pictures and one over its sound."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.media.probing.probe import probe
from runner.quality.frames import Footage, Real, analysis_size, decode_frames, stream_frames
from runner.quality.inspector import PrecedingFilm, RawMeasures
from runner.quality.picture import LEAST, measure_jumps, measure_picture
from runner.quality.repeats import FINGERPRINTS_A_SECOND, find_earlier_showing, fingerprint, pack_fingerprints
from runner.quality.seam import measure_seam, measure_steps, seam_window
from runner.quality.series import Series
from runner.quality.sound import (
    AROUND,
    LEVELS_A_SECOND,
    RATE,
    decode_sound,
    measure_ending_level,
    measure_levels,
    measure_loudness,
    measure_silence,
    measure_sound,
)
from runner.quality.streaming import FrameStatistics
from runner.quality.tail import frames_needed, measure_tail

Values = Mapping[str, float]
CURVE_RATE = 4
# Of SSIM, where `seam/discontinuity` begins to warn: without a jump nothing is shown again, it only looks alike.
_JUMP = 0.06
_SOUND_PIECE = 20.0  # seconds heard at once: 8 MB of stereo at 48 kHz, however long the film is


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump: at which second, how large, and at which second the picture that it leads to was shown before, if so."""

    at: float
    size: float
    known: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmMeasures:
    """What a film is like: raw values by family, its jumps, its loudness in LUFS each 20 s.

    `unseen` is how many seconds of it do not come out of the decoder; places after them are earlier by as much.
    """

    values: Mapping[str, Mapping[str, float]]
    jumps: tuple[Jump, ...]
    loudness: tuple[float, ...]
    unseen: float = 0.0


class _SeamView:
    """The pictures of a hop as they pass by: those around its seam are kept, of the new ones only statistics."""

    def __init__(self, old: int, before: Footage | None, rate: float) -> None:
        self.new = FrameStatistics(rate)
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
        room = self.seam + seam_window(self.new.rate)[1] - (len(self.opening) if self.opening else 0)
        if room > 0:
            self.opening = self.opening.joined(part[:room]) if self.opening else part[:room]
        fresh = part[self._old :]
        self._old = max(0, self._old - len(part))
        self.new.add(fresh)


async def measure_hop(path: Path, facts: Probe, new: int, past: PrecedingFilm | None, tools: Tools) -> RawMeasures:
    """Measure the frames of a file from number `new` on; without a past, it is where the film begins."""
    before = past.path if past else None
    (view, lost), (heard, joins) = await asyncio.gather(
        _view_pictures(path, facts, new, before, tools), _hear_seam(path, facts, new, before, tools)
    )
    return await asyncio.to_thread(_measure, view, lost, heard, joins, past)


async def _view_pictures(
    path: Path, facts: Probe, new: int, before: Path | None, tools: Tools
) -> tuple[_SeamView, int]:
    """Decode the new part and what is around its seam; also say how many pictures do not come out of the decoder."""
    rate, lead = float(facts.frame_rate), None
    back, _ = seam_window(rate)
    old = min(new, back) if before else 0
    if before and old < back:  # the file itself does not show enough of what was before
        was = await probe(before, tools)
        if analysis_size(was) == analysis_size(facts):
            lead = await decode_frames(before, was, max(0, was.frames - back), back - old, tools)
    view = _SeamView(old, lead, rate)
    came = await stream_frames(path, facts, new - old, tools, view.take, view.new.piece)
    return view, max(0, facts.frames - new + old - came)


async def _hear_seam(
    path: Path, facts: Probe, new: int, before: Path | None, tools: Tools
) -> tuple[Real | None, float]:
    """Decode the new sound with that before the seam; also say the second of the seam in it (0: no seam)."""
    if facts.audio is None:
        return None, 0.0
    joins = new / float(facts.frame_rate) + facts.picture_delay
    lead = min(AROUND, joins) if before and new else 0.0
    heard = await decode_sound(path, joins - lead, facts.duration, tools)
    if before is None or lead:
        return heard, lead
    was = await probe(before, tools)
    if was.audio is None:
        return heard, 0.0
    past = await decode_sound(before, was.duration - AROUND, AROUND, tools)
    return np.concatenate([past, heard]), len(past) / RATE


def _measure(view: _SeamView, lost: int, heard: Real | None, joins: float, past: PrecedingFilm | None) -> RawMeasures:
    """Measure all that can be of what came out of the decoders."""
    shown, rate = view.new, view.new.rate
    values, stepped = _picture_values(shown, view, lost), dict[str, float]()
    if len(shown) >= LEAST and view.opening and view.seam >= LEAST:
        series = Series(view.opening, rate)
        values["seam"] = _with_reset(measure_seam(series, view.seam), series.footage, view.seam, past)
        stepped = dict(measure_steps(series, view.seam))
    loud, curves = None, _curves(shown)
    if heard is not None:
        new = heard[round(joins * RATE) :]
        values["sound"] = {"silence": measure_silence(new), **(measure_sound(heard, joins) if joins else {})}
        values["tail"] = {**values.get("tail", {}), "speech": measure_ending_level(new)}
        level = _points(measure_levels(new.mean(axis=1)), LEVELS_A_SECOND)
        loud, curves = measure_loudness(new), {**curves, "level": level}
    return RawMeasures(
        values=values,
        steps=stepped,
        means=measure_means(shown),
        loudness=loud,
        curves=curves,
        stamps=pack_fingerprints(shown.sampled_fingerprints()),
    )


def _picture_values(shown: FrameStatistics, ends: "_SeamView | FrameStatistics", lost: int) -> dict[str, Values]:
    """Measure the pictures by themselves, and the last second of what `ends` holds."""
    values: dict[str, Values] = {"picture": {"unseen": float(lost)}}
    if len(shown) >= LEAST:
        values["picture"] = {**measure_picture(shown), **values["picture"]}
        values["tail"] = measure_tail(Series(ends.end[-frames_needed(shown.rate) :], shown.rate))
    return values


def _with_reset(values: Values, shown: Footage, seam: int, past: PrecedingFilm | None) -> Values:
    """Add how many seconds the shot goes back at its seam: where it jumps, to what was shown before."""
    if past is None:
        return values
    new, last = fingerprint(shown.luma[seam]), fingerprint(shown.luma[seam - 1])
    known = find_earlier_showing(new, last, past.shown, past.ends) if values["discontinuity"] >= _JUMP else None
    return {**values, "reset": past.ends - known if known is not None else 0.0}


def _curves(shown: FrameStatistics) -> dict[str, Sequence[float]]:
    found = {
        "motion": shown["change"][1:],  # nothing is known of the picture before the first
        "brightness": shown["luma"],
        "saturation": shown["saturation"],
    }
    return {name: _points(values, shown.rate) for name, values in found.items()}


def _points(values: Real, rate: float) -> Sequence[float]:
    """Return the mean of each stretch between two points."""
    edges = np.arange(0, len(values), rate / CURVE_RATE).astype(int)
    return [round(float(part.mean()), 2) for part in np.split(values, edges[1:]) if len(part)]


def measure_means(shown: FrameStatistics) -> Values:
    """Measure what the new part is like on the whole; nothing where there is none."""
    if not len(shown):
        return {}
    return {
        **{name: float(shown[name].mean()) for name in ("luma", "blue", "red", "saturation", "sharpness")},
        "contrast": float((shown["high"] - shown["low"]).mean()),
        "change": float(shown["change"][1:].mean()) if len(shown) > 1 else 0.0,
        "likeness": float(np.median(shown["likeness"])),
    }


async def measure_film(path: Path, facts: Probe, tools: Tools, limit: float) -> FilmMeasures:
    """Measure every frame of a film and all of its sound; `limit` is from where on a jump is one.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    shown = FrameStatistics(float(facts.frame_rate) or 1.0)
    came = await stream_frames(path, facts, 0, tools, shown.add, shown.piece)
    lost = max(0, facts.frames - came)
    values = _picture_values(shown, shown, lost)
    silence, loud = await _hear_film(path, facts, tools)
    if silence is not None:
        values["sound"] = {"silence": silence}
    return FilmMeasures(values=values, jumps=_jumps(shown, limit), loudness=loud, unseen=lost / shown.rate)


def _jumps(shown: FrameStatistics, limit: float) -> tuple[Jump, ...]:
    sizes = measure_jumps(shown["likeness"], shown.rate)
    past = [(number / FINGERPRINTS_A_SECOND, each) for number, each in enumerate(shown.sampled_fingerprints())]
    found = []
    for place in np.flatnonzero(sizes >= limit).tolist():
        at = place / shown.rate
        known = find_earlier_showing(shown.fingerprints[place], shown.fingerprints[place - 1], past, at)
        found.append(Jump(at=at, size=float(sizes[place]), known=known))
    return tuple(found)


async def _hear_film(path: Path, facts: Probe, tools: Tools) -> tuple[float | None, tuple[float, ...]]:
    """Measure how much of a film is silent, and the loudness of each piece of it."""
    if facts.audio is None:
        return None, ()
    shares, loud, start = [], [], 0.0
    while start < facts.audio.duration:
        heard = await decode_sound(path, start, _SOUND_PIECE, tools)
        if not len(heard):
            break
        shares.append(measure_silence(heard) * len(heard))
        loud.append((measure_loudness(heard), len(heard)))
        start += _SOUND_PIECE
    total = sum(length for _, length in loud)
    return (sum(shares) / total if total else 1.0), tuple(level for level, _ in loud)
