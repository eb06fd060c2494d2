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
from runner.report.model import PlacedFile, Playback, RunReport
from runner.report.stills import data_url, decode_colour_frames, encode_jpegs

# Pixels of the shorter side: a film of 148 s at 360 keeps the whole report at 6 MB (bench/README.md).
_SIDE, _CLIP_SIDE = 360, 270
_ENCODING = 900.0
_MOST_CLIPS = 24  # a report of hundreds of takes must still open


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCopy:
    """A small copy of a film: its address, a picture of it, its shape; or why there is none."""

    source: str = ""
    poster: str = ""
    width: int = 16
    height: int = 9
    rate: float = 24.0
    seconds: float = 0.0
    words: str = ""


async def embed_playback(playback: Playback, tools: Tools) -> VideoCopy:
    """Encode what can be played of a run, in small."""
    if not playback.pieces:
        return VideoCopy(words="There is nothing to play yet.")
    with TemporaryDirectory() as folder:
        try:
            path = await _one_file(playback, Path(folder), tools)
            facts = await probe(path, tools)
            content, picture = await asyncio.gather(
                _small(path, facts, 0, _SIDE, Path(folder), tools), _poster(path, facts, tools)
            )
        except (CheckFailed, OSError) as error:
            return VideoCopy(words=f"It could not be copied in small: {error}.")
    return VideoCopy(
        source=data_url("video/mp4", content),
        poster=picture,
        width=facts.display_width,
        height=facts.display_height,
        rate=float(facts.frame_rate) or 24.0,
        seconds=facts.duration,
    )


async def _one_file(playback: Playback, folder: Path, tools: Tools) -> Path:
    first = playback.pieces[0]
    # A piece of which only some frames count is cut by the same join.
    if len(playback.pieces) == 1 and first.frames is None:
        return first.path
    joined = folder / "joined.mp4"
    await join(playback.pieces, joined, tools)
    return joined


async def _small(path: Path, facts: Probe, first: int, side: int, folder: Path, tools: Tools) -> bytes:
    """Encode a small copy of a film from frame number `first` on."""
    target = folder / f"{side}.mp4"
    start = just_before(first, facts.frame_rate, facts.picture_delay)
    command = preview(tools.ffmpeg, path, side, target, start=start, matrix=facts.taken_matrix)
    await run_well(command, seconds=_ENCODING)
    return await asyncio.to_thread(target.read_bytes)


async def _poster(path: Path, facts: Probe, tools: Tools) -> str:
    wide, high = facts.display_width, max(facts.display_height, 1)
    scale = _SIDE / max(min(wide, high), 1)
    size = (round(wide * scale / 2) * 2, round(high * scale / 2) * 2)
    # Not the first: many films begin dark. A third is past every fade.
    shown = await decode_colour_frames(path, facts, [facts.frames // 3], size, tools)
    return data_url("image/jpeg", (await encode_jpegs(shown, tools))[0])


async def embed_clips(report: RunReport, tools: Tools) -> Mapping[tuple[int, int], str]:
    """Encode the new part of every take that is not in what can be played, in small, by hop and take."""
    wanted = [
        ((hop.index, part.take.number), part.file)
        for hop in report.hops
        for part in hop.takes
        if part.file and part.file.new > 0 and not (part.counts and hop.index < report.playback.hops)
    ]
    return dict(await asyncio.gather(*(_clip(key, file, tools) for key, file in wanted[-_MOST_CLIPS:])))


async def _clip(key: tuple[int, int], file: PlacedFile, tools: Tools) -> tuple[tuple[int, int], str]:
    with TemporaryDirectory() as folder:
        try:
            content = await _small(file.path, file.facts, file.repeated, _CLIP_SIDE, Path(folder), tools)
        except (CheckFailed, OSError):
            return key, ""
    return key, data_url("video/mp4", content)
