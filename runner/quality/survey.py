"""A whole film of anybody's, watched once and piece by piece, so that of each frame only a few numbers stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.quality.frames import watch
from runner.quality.picture import LEAST, jumps, picture_values
from runner.quality.repeats import RATE, Moment, seen_before
from runner.quality.series import Series
from runner.quality.sound import loudness, silent_share, sound
from runner.quality.streaming import Whole
from runner.quality.tail import needed, tail_values

_MOST_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump: at which second, how large, and at which second the picture that it leads to was shown before, if so."""

    at: float
    size: float
    known: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a film is like: raw values by family, its jumps, its loudness in LUFS each 20 s.

    `unseen` is how many seconds of it do not come out of the decoder; places after them are earlier by as much.
    """

    values: Mapping[str, Mapping[str, float]]
    jumps: tuple[Jump, ...]
    loudness: tuple[float, ...]
    unseen: float = 0.0


async def survey(path: Path, facts: Probe, tools: Tools, limit: float) -> Survey:
    """Look at every frame of a film, and listen to all of it; `limit` is from where on a jump is one.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    shown = Whole(float(facts.frame_rate) or 1.0)
    came = await watch(path, facts, 0, tools, shown.add, shown.piece)
    lost = max(0, facts.frames - came)
    values: dict[str, Mapping[str, float]] = {"picture": {"unseen": float(lost)}}
    if len(shown) >= LEAST:
        values["picture"] = {**picture_values(shown), **values["picture"]}
        values["tail"] = tail_values(Series(shown.end[-needed(shown.rate) :], shown.rate))
    silence, loud = await _heard(path, facts, tools)
    if silence is not None:
        values["sound"] = {"silence": silence}
    return Survey(values=values, jumps=_jumps(shown, limit), loudness=loud, unseen=lost / shown.rate)


def _jumps(shown: Whole, limit: float) -> tuple[Jump, ...]:
    sizes = jumps(shown["likeness"], shown.rate)
    past: list[Moment] = [(number / RATE, each) for number, each in enumerate(shown.moments())]
    found = []
    for place in np.flatnonzero(sizes >= limit).tolist():
        at = place / shown.rate
        known = seen_before(shown.stamps[place], shown.stamps[place - 1], past, at)
        found.append(Jump(at=at, size=float(sizes[place]), known=known))
    return tuple(found)


async def _heard(path: Path, facts: Probe, tools: Tools) -> tuple[float | None, tuple[float, ...]]:
    if facts.audio is None:
        return None, ()
    shares, levels, start = [], [], 0.0
    while start < facts.audio.duration:
        heard = await sound(path, start, _MOST_SECONDS, tools)
        if not len(heard):
            break
        shares.append(silent_share(heard) * len(heard))
        levels.append((loudness(heard), len(heard)))
        start += _MOST_SECONDS
    total = sum(length for _, length in levels)
    return (sum(shares) / total if total else 1.0), tuple(level for level, _ in levels)
