"""Where a new file takes up an old one: how many of its first frames show again what was there.

The length gives the guess, the pictures decide: small grey frames of the old end are slid along the new file.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from runner.media.ffmpeg.commands import grey_frames, just_before, key_frames, picture_packets
from runner.media.ffmpeg.process import run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Clip, Overlap

_SIZE = (64, 36)
# Pairs of frames that are enough to tell, and keep a search below a tenth of a second.
_COMPARED = 6
_DEADLINE = 300.0
# Mean difference in grey levels. Encoding the same frames again costs up to 0.05 of their contrast, of dark ones up to
# 0.3; other pictures differ by 1.5 times as much as there is contrast.
_ALIKE, _OF_CONTRAST, _NOISE = 3.0, 0.5, 0.4
# From there on they may be others that are only alike.
_SAME = 0.3
# Grey levels by which another place must be better than the guess.
_CLOSER = 0.5
# Seconds of a film that are decoded for a comparison; that takes below a second.
_THOROUGH = 10
# Of a file: pictures that are sought one by one, and the seconds decoded to get at them.
_SEEKS, _SOUGHT = 3, 5
_Pair: TypeAlias = tuple[int, bytes, bytes]  # the number of a frame of the new file, what was there, what is there


async def find_overlap(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    """Find the overlap of the head of `new` with the end of `old`; the lengths suggest `guess` frames.

    Whatever they suggest, it may be all of either file: the new one adds nothing, or less or more than it should.
    """
    second, found = old.second, await _overlap_near(old, new, guess, tools)
    if found.distance <= _SAME:
        return found
    wholes = [each for each in {new.frames, min(old.frames, new.frames)} if abs(each - guess) > new.reach]
    others = await asyncio.gather(*(_overlap_near(old, new, each, tools) for each in wholes))
    # Slow pictures are alike within the reach of a wrong guess; where they are the same they are so by far.
    closer = [each for each in others if each.sure and each.distance < found.distance / 2]
    if closer:
        return min(closer, key=lambda each: each.distance)
    if found.sure or min(old.frames, guess) < 2 * second:
        return found
    before = await _overlap_near(replace(old, frames=old.frames - second), new, guess - second, tools)
    return replace(before, frames=before.frames + second, rewritten=True) if before.sure else found


async def find_short_overlap(old: Clip, new: Clip, most: int, tools: Tools) -> Overlap | None:
    """Find the overlap where `new` is longer than it should be by `most` frames and may begin with the end of `old`.

    None where it goes on at once. Its first frame is then as far from the last one as any frame from the next; one that
    is shown again is far closer.
    """
    count = min(old.second, old.frames)
    end, head = await asyncio.gather(
        _read_pictures(old, old.frames - count, count, tools), _read_pictures(new, 0, most + new.reach, tools)
    )
    apart = {
        frames: _distance(end[-min(frames, len(end)) :], head[max(0, frames - len(end)) : frames])
        for frames in range(1, len(head) + 1 if end else 1)
    }
    best_fit = min(apart, key=lambda frames: apart[frames], default=0)
    if not best_fit or apart[best_fit] >= min(_alike(end), _motion(end) / 2):
        return None
    return Overlap(frames=best_fit, distance=apart[best_fit], sure=True)


async def find_returned_end(old: Clip, new: Clip, tools: Tools) -> Overlap | None:
    """Find the overlap where `new`, as long as a new part alone, is the end of `old` once more; None where it is new.

    Where nothing moves it cannot be told: then it is new.
    """
    found, end = await asyncio.gather(
        _overlap_near(old, new, new.frames, tools),
        _read_pictures(old, max(0, old.frames - old.second), old.second, tools),
    )
    return found if found.distance < min(_alike(end), _motion(end) / 2) else None


async def find_changes(old: Clip, new: Clip, found: Overlap, tools: Tools) -> Overlap:
    """Add to the overlap what is other in it than it was: of a short one each second is compared, of a long one less.

    Decoding all of two long files takes longer than all the rest; their key frames cost a fiftieth of it. What was made
    again for less than the time between two of them is seen where it begins with one, as a cut makes encoders do.
    """
    length = min(found.frames, old.frames) - old.second  # the last second was compared already
    if not found.sure or length < old.second:
        return found
    first = max(0, found.frames - old.frames)
    stretch, shift = range(first, first + length), old.frames - found.frames
    compare = _pairs_by_second if length <= _THOROUGH * old.second else _pairs_by_key_frame
    pairs = await compare(old, new, stretch, shift, tools)
    other = [number for number, was, shown in pairs if _apart(was, shown) > _alike([was])]
    seconds = tuple(round(float(number / new.rate), 3) for number in other)
    return replace(found, changed=seconds, compared=len(pairs))


async def _pairs_by_second(old: Clip, new: Clip, stretch: range, shift: int, tools: Tools) -> list[_Pair]:
    """Pair a picture of each second of a stretch of `new`, and what `old` shows `shift` frames later."""
    numbers = stretch[: len(stretch) // old.second * old.second : old.second]
    was, shown = await asyncio.gather(
        _read_pictures(old, stretch.start + shift, len(numbers), tools, old.second),
        _read_pictures(new, stretch.start, len(numbers), tools, old.second),
    )
    return list(zip(numbers, was, shown, strict=False))


async def _pairs_by_key_frame(old: Clip, new: Clip, stretch: range, shift: int, tools: Tools) -> list[_Pair]:
    """Do the same at the key frames that both files have, and at a few that one of them has alone."""
    keys, shown = await asyncio.gather(_read_key_frames(old, tools), _read_key_frames(new, tools))
    was = {number - shift: picture for number, picture in keys.items()}
    common = was.keys() & shown.keys() & {*stretch}
    budget = _SOUGHT * old.second
    few = [
        *_affordable(sorted(shown), sorted(was), stretch, budget),
        *_affordable(sorted(was), sorted(shown), stretch, budget),
    ]
    sought = await asyncio.gather(
        *(_read_pictures(*((new, each) if each in was else (old, each + shift)), 1, tools) for each in few)
    )
    for number, pictures in zip(few, sought, strict=True):
        (shown if number in was else was).update((number, picture) for picture in pictures)
    seen = (common | {*few}) & was.keys() & shown.keys()
    pairs = [(number, was[number], shown[number]) for number in sorted(seen)]
    return pairs or await _pairs_by_second(old, new, stretch, shift, tools)


def _affordable(own: Sequence[int], other: Sequence[int], stretch: range, budget: int) -> list[int]:
    """Choose a few key frames that the other file has not, and gets to while it decodes no more than `budget` frames.

    Those that come early are the first: a cut makes encoders not wait for the usual time.
    """
    waits = {after: after - before for before, after in pairwise(own)}
    alone = [number for number in own if number in stretch and number not in {*other}]
    early = [number for number in alone if waits.get(number, 0) < max(waits.values(), default=0)]
    few: list[int] = []
    for number in [*_spread(early), *_spread([each for each in alone if each not in early])]:
        cost = number - max((key for key in other if key < number), default=number - budget - 1)
        if len(few) < _SEEKS and cost <= budget:
            few.append(number)
            budget -= cost
    return few


def _spread(numbers: Sequence[int]) -> list[int]:
    count = min(_SEEKS, len(numbers))
    return [numbers[place * len(numbers) // count] for place in range(count)]


async def _read_key_frames(clip: Clip, tools: Tools) -> dict[int, bytes]:
    """Read the key frames of a file by their numbers."""
    table = (await run_well(picture_packets(tools.ffmpeg, clip.path), seconds=_DEADLINE)).stdout.decode()
    numbers = list(_key_numbers(table, clip))
    command = key_frames(tools.ffmpeg, clip.path, max(1, len(numbers)), _SIZE)
    shown = _split((await run_well(command, seconds=_DEADLINE)).stdout)
    # Where one is hidden or cannot be decoded, it cannot be told which.
    return dict(zip(numbers, shown, strict=True)) if len(numbers) == len(shown) else {}


def _key_numbers(table: str, clip: Clip) -> Iterator[int]:
    tick = Fraction(1)
    for line in table.splitlines():
        if line.startswith("#tb "):
            tick = Fraction(line.partition(":")[2].strip())
        elif not line.startswith("#"):
            _, _, pts, _, _, _, *more = (field.strip() for field in line.split(","))
            # Flags are told only where they are not those of a key frame and nothing else.
            flags = next((int(field.removeprefix("F="), 0) for field in more if field.startswith("F=")), 1)
            if flags & 1:
                yield round((int(pts) * tick - Fraction(clip.picture_delay)) * clip.rate)


async def _overlap_near(old: Clip, new: Clip, guess: int, tools: Tools) -> Overlap:
    count = min(old.second, old.frames, max(guess, 1))
    first = max(0, guess - count - new.reach)
    end, window = await asyncio.gather(
        _read_pictures(old, old.frames - count, count, tools), _read_pictures(new, first, count + 2 * new.reach, tools)
    )
    place, distance = best_place(end, window, guess - count - first)
    return Overlap(frames=first + place + count, distance=distance, sure=distance <= _alike(end))


def best_place(end: Sequence[bytes], window: Sequence[bytes], guess: int) -> tuple[int, float]:
    """Return the place in `window` where `end` fits best, and the mean difference there; a tie goes to the guess."""
    places = range(len(window) - len(end) + 1)
    if not end or not places:
        return max(guess, 0), 255.0
    distances = {place: _distance(end, window[place : place + len(end)]) for place in places}
    place = min(distances, key=lambda each: (distances[each], abs(each - guess)))
    if guess in distances and distances[guess] - distances[place] < _CLOSER:
        place = guess
    return place, distances[place]


def _alike(shown: Sequence[bytes]) -> float:
    """Return how far pictures may be from these and still be the same: as far as their own contrast lets one tell."""
    contrasts = []
    for picture in shown:
        mean = sum(picture) / len(picture)
        contrasts.append(sum(abs(value - mean) for value in picture) / len(picture))
    contrast = sum(contrasts) / max(1, len(contrasts))
    return min(_ALIKE, max(_NOISE, _OF_CONTRAST * contrast))


def _motion(shown: Sequence[bytes]) -> float:
    """Return how far a picture is from the next one."""
    return sum(_apart(*pair) for pair in pairwise(shown)) / max(1, len(shown) - 1)


def _distance(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """Return the mean difference of a few pairs, the last ones among them."""
    pairs = list(zip(one, other, strict=True))[:: -max(1, len(one) // _COMPARED)]
    return sum(_apart(*pair) for pair in pairs) / len(pairs)


def _apart(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


async def _read_pictures(clip: Clip, first: int, count: int, tools: Tools, every: int = 1) -> list[bytes]:
    start = just_before(first, clip.rate, clip.picture_delay)
    command = grey_frames(tools.ffmpeg, clip.path, start, count, _SIZE, every)
    return _split((await run_well(command, seconds=_DEADLINE)).stdout)


def _split(said: bytes) -> list[bytes]:
    size = _SIZE[0] * _SIZE[1]
    return [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
