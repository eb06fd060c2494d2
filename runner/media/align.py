"""Where a new file takes up an old one: how many of its first frames show again what was there.

The length gives the guess, the pictures decide: small grey frames of the old end are slid along the new file.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from runner.media.commands import grey_frames, just_before
from runner.media.process import run_well
from runner.media.tools import Tools

_SIZE = (64, 36)
_REACH = Fraction(5, 4)  # seconds that the guess may be off
_COMPARED = 6  # pairs of frames that are enough to tell, and keep a search below a tenth of a second
_DEADLINE = 300.0
# Mean difference in grey levels. Encoding the same frames anew costs up to 0.05 of their contrast, of dark ones up to
# 0.3; other pictures differ by 1.5 times as much as there is contrast.
_ALIKE, _OF_CONTRAST, _NOISE = 3.0, 0.5, 0.4
_CLOSER = 0.5  # grey levels by which another place must be better than the guess
_MOST_SAMPLES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many frames at the head of the new file repeat the old one, up to its end.

    `distance` is the mean difference of these pictures there, in grey levels of 0 to 255; `sure` says whether they are
    the same pictures; `rewritten`, that they are so but for the last second, which was made anew. `changed` are the
    seconds of the new file at which it shows other pictures before that, and `compared` is how many were looked at.
    """

    frames: int
    distance: float
    sure: bool
    rewritten: bool = False
    changed: tuple[float, ...] = ()
    compared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file, how many frames it has, how many a second, and by how many seconds its picture starts after its sound."""

    path: Path
    frames: int
    rate: Fraction
    late: float = 0.0

    @property
    def second(self) -> int:
        """How many frames a second is: models are given that much to go on from."""
        return max(1, round(self.rate))

    @property
    def reach(self) -> int:
        """How many frames the guess may be off."""
        return max(1, round(_REACH * self.rate))


async def overlap(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    """Find the overlap of the head of `new` with the end of `old`; the lengths suggest `guess` frames.

    Whatever they suggest, it may be all of either file: the new one adds nothing, or less or more than it should.
    """
    second = old.second
    wholes = [each for each in {new.frames, min(old.frames, new.frames)} if abs(each - guess) > new.reach]
    found, *others = await asyncio.gather(*(_overlap(old, new, each, tools) for each in (guess, *wholes)))
    # Slow pictures are alike within the reach of a wrong guess; where they are the same they are so by far.
    closer = [each for each in others if each.sure and each.distance < found.distance / 2]
    if closer:
        return min(closer, key=lambda each: each.distance)
    if found.sure or min(old.frames, guess) < 2 * second:
        return found
    before = await _overlap(replace(old, frames=old.frames - second), new, guess - second, tools)
    return replace(before, frames=before.frames + second, rewritten=True) if before.sure else found


async def short_overlap(old: Clip, new: Clip, most: int, tools: Tools) -> Overlap | None:
    """The overlap where `new` is longer than it should be by `most` frames and may begin with the end of `old`.

    None where it goes on at once. Its first frame is then as far from the last one as any frame from the next; one that
    is shown again is far closer.
    """
    count = min(old.second, old.frames)
    end, head = await asyncio.gather(
        _pictures(old, old.frames - count, count, tools), _pictures(new, 0, most + new.reach, tools)
    )
    apart = {
        frames: _distance(end[-min(frames, len(end)) :], head[max(0, frames - len(end)) : frames])
        for frames in range(1, len(head) + 1 if end else 1)
    }
    best_fit = min(apart, key=lambda frames: apart[frames], default=0)
    if not best_fit or apart[best_fit] >= min(_alike(end), _motion(end) / 2):
        return None
    return Overlap(frames=best_fit, distance=apart[best_fit], sure=True)


async def given_back(old: Clip, new: Clip, tools: Tools) -> Overlap | None:
    """The overlap where `new`, as long as a new part alone, is the end of `old` once more; None where it is new.

    Where nothing moves nobody can tell: then it is new.
    """
    found, end = await asyncio.gather(
        _overlap(old, new, new.frames, tools), _pictures(old, max(0, old.frames - old.second), old.second, tools)
    )
    return found if found.distance < min(_alike(end), _motion(end) / 2) else None


async def changed(old: Clip, new: Clip, found: Overlap, tools: Tools) -> Overlap:
    """The overlap with what is other in it than it was: about a picture a second is compared, at most 60."""
    repeated = min(found.frames, old.frames) - old.second  # the last second was compared already
    every = max(old.second, repeated // _MOST_SAMPLES)
    count = max(0, repeated) // every
    if not found.sure or not count:
        return found
    first_old, first_new = old.frames - found.frames, 0
    if first_old < 0:
        first_old, first_new = 0, -first_old
    was, shown = await asyncio.gather(
        _pictures(old, first_old, count, tools, every), _pictures(new, first_new, count, tools, every)
    )
    pairs = list(zip(was, shown, strict=False))
    other = [place for place, pair in enumerate(pairs) if _apart(*pair) > _alike(pair[:1])]
    seconds = tuple(round(float((first_new + place * every) / new.rate), 3) for place in other)
    return replace(found, changed=seconds, compared=len(pairs))


async def _overlap(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    count = min(old.second, old.frames, max(guess, 1))
    first = max(0, guess - count - new.reach)
    end, window = await asyncio.gather(
        _pictures(old, old.frames - count, count, tools), _pictures(new, first, count + 2 * new.reach, tools)
    )
    place, distance = best(end, window, guess - count - first)
    return Overlap(frames=first + place + count, distance=distance, sure=distance <= _alike(end))


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


def _alike(shown: Sequence[bytes]) -> float:
    """How far pictures may be from these and still be the same: as far as their own contrast lets one tell."""
    contrasts = []
    for picture in shown:
        mean = sum(picture) / len(picture)
        contrasts.append(sum(abs(value - mean) for value in picture) / len(picture))
    contrast = sum(contrasts) / max(1, len(contrasts))
    return min(_ALIKE, max(_NOISE, _OF_CONTRAST * contrast))


def _motion(shown: Sequence[bytes]) -> float:
    """How far a picture is from the next one."""
    return sum(_apart(*pair) for pair in pairwise(shown)) / max(1, len(shown) - 1)


def _distance(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """The mean difference of a few pairs, the last ones among them."""
    pairs = list(zip(one, other, strict=True))[:: -max(1, len(one) // _COMPARED)]
    return sum(_apart(*pair) for pair in pairs) / len(pairs)


def _apart(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


async def _pictures(clip: Clip, first: int, count: int, tools: Tools, every: int = 1) -> list[bytes]:
    start = just_before(first, clip.rate, clip.late)
    command = grey_frames(tools.ffmpeg, clip.path, start, count, _SIZE, every)
    said = (await run_well(command, seconds=_DEADLINE)).stdout
    size = _SIZE[0] * _SIZE[1]
    return [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
