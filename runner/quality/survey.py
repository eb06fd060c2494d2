"""A whole film of anybody's, looked at piece by piece, so that its length costs no memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.media.probe import Probe
from runner.media.tools import Tools
from runner.quality.footage import Footage, footage
from runner.quality.picture import jumps, picture_values
from runner.quality.recall import RATE, Moment, seen_before, stamp, stamps
from runner.quality.series import Series
from runner.quality.sound import loudness, silent_share, sound
from runner.quality.tail import FRAMES, LOOK_BACK, tail_values

_PIECE = 240
_OVERLAP = 24  # a jump is judged by the frames around it
_LEAST = 26
_MOST_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump: at which second, how large, and at which second the picture that it leads to was shown before, if so."""

    at: float
    size: float
    known: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a film is like: raw values by family, its jumps, its loudness in LUFS each 20 s."""

    values: Mapping[str, Mapping[str, float]]
    jumps: tuple[Jump, ...]
    loudness: tuple[float, ...]


async def survey(path: Path, facts: Probe, tools: Tools, limit: float) -> Survey:
    """Look at every frame of a film, and listen to all of it; `limit` is from where on a jump is one.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    rate = float(facts.frame_rate) or 1.0
    found: list[Jump] = []
    shown: list[Moment] = []
    pieces: list[Mapping[str, float]] = []
    last: Footage | None = None
    for first in range(0, max(facts.frames - _OVERLAP, 1), _PIECE - _OVERLAP):
        last = await footage(path, facts, first, min(_PIECE, facts.frames - first), tools)
        if len(last) < _LEAST:
            break
        series = Series(last)
        pieces.append(picture_values(series))
        start = first / rate
        fresh = stamps(last.luma[: _PIECE - _OVERLAP], rate)
        shown += [(start + number / RATE, each) for number, each in enumerate(fresh)]
        found += [_jump(last, place, size, start + place / rate, shown) for place, size in _peaks(series, limit)]
    values: dict[str, Mapping[str, float]] = {}
    if pieces:
        values["picture"] = _worst(pieces)
    end = await footage(path, facts, max(0, facts.frames - FRAMES - LOOK_BACK), FRAMES + LOOK_BACK, tools)
    if len(end) >= _LEAST:
        values["tail"] = tail_values(Series(end))
    silence, loud = await _heard(path, facts, tools)
    if silence is not None:
        values["sound"] = {"silence": silence}
    return Survey(values=values, jumps=_apart(found, 1 / rate), loudness=loud)


def _peaks(series: Series, limit: float) -> list[tuple[int, float]]:
    sizes = jumps(series)
    return [(int(place), float(sizes[place])) for place in np.flatnonzero(sizes >= limit)]


def _jump(part: Footage, place: int, size: float, at: float, shown: Sequence[Moment]) -> Jump:
    known = seen_before(stamp(part.luma[place]), stamp(part.luma[place - 1]), shown, at)
    return Jump(at=at, size=size, known=known)


def _apart(found: list[Jump], frame: float) -> tuple[Jump, ...]:
    """Each jump once: pieces overlap."""
    kept: list[Jump] = []
    for jump in sorted(found, key=lambda each: each.at):
        if not kept or jump.at - kept[-1].at > frame / 2:
            kept.append(jump)
    return tuple(kept)


def _worst(pieces: list[Mapping[str, float]]) -> Mapping[str, float]:
    """Of each measure the piece that is worst; a border is one only if it is there all the time."""
    return {
        "visible": max(piece["visible"] for piece in pieces),
        "repeats": max(piece["repeats"] for piece in pieces),
        "still": min(piece["still"] for piece in pieces),
        "jump": max(piece["jump"] for piece in pieces),
    }


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
