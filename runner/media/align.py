"""Where a new file takes up an old one: how many of its first frames show again what was there.

The length gives the guess, the pictures decide: small grey frames of the old end are slid along the new file.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from runner.media.commands import just_before, small_frames
from runner.media.process import run_well
from runner.media.tools import Tools

_SIZE = (64, 36)
_END = 24  # frames of the old end: one second is what models are given to go on from
_REACH = 30  # frames that the guess may be off
_DEADLINE = 120.0
_ALIKE = 10.0  # mean difference in grey levels; encoding the same frames anew stays far below
_CLOSER = 0.5  # grey levels by which another place must be better than the guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many frames at the head of the new file repeat the old one, up to its end.

    `distance` is the mean difference of these pictures there, in grey levels of 0 to 255; `sure` says whether they are
    the same pictures; `rewritten`, that they are so but for the last second, which was made anew.
    """

    frames: int
    distance: float
    sure: bool
    rewritten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file, how many frames it has, how many a second, and by how many seconds its picture starts after its sound."""

    path: Path
    frames: int
    rate: Fraction
    late: float = 0.0


async def overlap(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    """Find the overlap of the head of `new` with the end of `old`; the lengths suggest `guess` frames."""
    found = await _overlap(old, new, guess, tools)
    if found.sure or min(old.frames, guess) < 2 * _END:
        return found
    before = await _overlap(replace(old, frames=old.frames - _END), new, guess - _END, tools)
    return replace(before, frames=before.frames + _END, rewritten=True) if before.sure else found


async def _overlap(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    count = min(_END, old.frames, max(guess, 1))
    first = max(0, guess - count - _REACH)
    end, window = await asyncio.gather(
        _pictures(old, old.frames - count, count, tools), _pictures(new, first, count + 2 * _REACH, tools)
    )
    place, distance = best(end, window, guess - count - first)
    return Overlap(frames=first + place + count, distance=distance, sure=distance <= _ALIKE)


def best(end: Sequence[bytes], window: Sequence[bytes], guess: int) -> tuple[int, float]:
    """The place in `window` where `end` fits best, and the mean difference there; a tie goes to the guess."""
    places = range(len(window) - len(end) + 1)
    if not end or not places:
        return max(guess, 0), 255.0
    distances = {place: _distance(end, window[place : place + len(end)]) for place in places}
    place = min(distances, key=lambda each: (distances[each], abs(each - guess)))
    if guess in distances and distances[guess] - distances[place] < _CLOSER:
        place = guess
    return place, distances[place]


def _distance(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """Every fourth frame is enough to tell, and keeps a search below a tenth of a second."""
    pairs = list(zip(one, other, strict=True))[::-4]
    sums = [sum(abs(a - b) for a, b in zip(left, right, strict=True)) / len(left) for left, right in pairs]
    return sum(sums) / len(sums)


async def _pictures(clip: Clip, first: int, count: int, tools: Tools) -> list[bytes]:
    command = small_frames(tools.ffmpeg, clip.path, just_before(first, clip.rate, clip.late), count, _SIZE, "gray")
    said = (await run_well(command, seconds=_DEADLINE)).stdout
    size = _SIZE[0] * _SIZE[1]
    return [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
