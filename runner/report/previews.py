"""Small copies of what can be played: the film, or as much of it as counts now, and takes that are not in it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.errors import CheckFailed
from runner.media.concat import join
from runner.media.ffmpeg.commands import just_before, preview
from runner.media.ffmpeg.process import run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.media.probing.probe import probe
from runner.report.frames import frames, jpegs
from runner.report.gallery import address
from runner.report.model import Place, Reel, Story

_SIDE, _CLIP_SIDE = 360, 270  # pixels of the shorter side
_ENCODING = 900.0
_MOST_CLIPS = 24  # a report of hundreds of takes must still open


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A small copy of a film: its address, a picture of it, its shape; or why there is none."""

    source: str = ""
    poster: str = ""
    width: int = 16
    height: int = 9
    rate: float = 24.0
    seconds: float = 0.0
    words: str = ""


async def copied(reel: Reel, tools: Tools) -> Copy:
    """What can be played of a run, in small."""
    if not reel.pieces:
        return Copy(words="There is nothing to play yet.")
    with TemporaryDirectory() as folder:
        try:
            path = await _one_file(reel, Path(folder), tools)
            facts = await probe(path, tools)
            content, picture = await asyncio.gather(
                _small(path, facts, 0, _SIDE, Path(folder), tools), _poster(path, facts, tools)
            )
        except (CheckFailed, OSError) as error:
            return Copy(words=f"It could not be copied in small: {error}.")
    return Copy(
        source=address("video/mp4", content),
        poster=picture,
        width=facts.display_width,
        height=facts.display_height,
        rate=float(facts.frame_rate) or 24.0,
        seconds=facts.duration,
    )


async def _one_file(reel: Reel, folder: Path, tools: Tools) -> Path:
    first = reel.pieces[0]
    if len(reel.pieces) == 1 and first.frames is None:
        return first.path
    joined = folder / "joined.mp4"
    await join(reel.pieces, joined, tools)
    return joined


async def _small(path: Path, facts: Probe, first: int, side: int, folder: Path, tools: Tools) -> bytes:
    """A small copy of a film from frame number `first` on."""
    target = folder / f"{side}.mp4"
    start = just_before(first, facts.frame_rate, facts.picture_delay)
    command = preview(tools.ffmpeg, path, side, target, start=start, matrix=facts.taken_matrix)
    await run_well(command, seconds=_ENCODING)
    return await asyncio.to_thread(target.read_bytes)


async def _poster(path: Path, facts: Probe, tools: Tools) -> str:
    wide, high = facts.display_width, max(facts.display_height, 1)
    scale = _SIDE / max(min(wide, high), 1)
    size = (round(wide * scale / 2) * 2, round(high * scale / 2) * 2)
    shown = await frames(path, facts, [facts.frames // 3], size, tools)
    return address("image/jpeg", (await jpegs(shown, tools))[0])


async def clips(story: Story, tools: Tools) -> Mapping[tuple[int, int], str]:
    """The new part of every take that is not in what can be played, in small, by hop and take."""
    wanted = [
        ((hop.index, part.take.number), part.place)
        for hop in story.hops
        for part in hop.takes
        if part.place and part.place.new > 0 and not (part.counts and hop.index < story.reel.hops)
    ]
    return dict(await asyncio.gather(*(_clip(key, place, tools) for key, place in wanted[-_MOST_CLIPS:])))


async def _clip(key: tuple[int, int], place: Place, tools: Tools) -> tuple[tuple[int, int], str]:
    with TemporaryDirectory() as folder:
        try:
            content = await _small(place.path, place.facts, place.repeated, _CLIP_SIDE, Path(folder), tools)
        except (CheckFailed, OSError):
            return key, ""
    return key, address("video/mp4", content)
