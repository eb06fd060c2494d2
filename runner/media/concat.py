"""Joins segments into one film, and takes the last frame of a file.

The pictures are copied byte for byte where one decoder set-up serves all parts, and encoded again, frame for frame,
where only the encoder's settings differ. The sound is always rebuilt, each part's exactly as long as its picture:
compressed sound cannot be cut at a frame, and the remainders would add up.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.errors import CheckFailed
from runner.files import open_new
from runner.media.ffmpeg.commands import SoundFormat, Stretch, chain, end_of, mute, recode, score, still
from runner.media.ffmpeg.process import ToolFailed, run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Piece, Probe
from runner.media.probing.probe import build_probe, inspect_bytes, probe, read_streams
from runner.media.probing.reading import Reading

# Seconds. Copying 148 s takes 2 s, encoding it 81 s with this preset on two idle cores (2026-11); busy ones get more.
_COPYING = 300.0
_RECODING_PER_SECOND = 30.0
_SAMPLE_RATE = 48_000  # where the parts differ: what video services and players use most
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
_MICROSECONDS = 1_000_000  # the concat reader takes no finer durations
_MUST_AGREE: dict[str, Callable[[Probe], object]] = {
    "codec": lambda probe: probe.video_codec,
    "size": lambda probe: f"{probe.width}x{probe.height}",
    "pixel aspect": lambda probe: probe.sample_aspect,
    "pixel format": lambda probe: probe.pix_fmt,
    "frame rate": lambda probe: probe.frame_rate,
    "rotation": lambda probe: probe.rotation,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    path: Path
    facts: Probe
    time_base: Fraction
    extradata: str
    cut: bool = False
    reordered: bool = False

    @property
    def seconds(self) -> Fraction:
        """The length of the picture; exact where it is made of equal frames."""
        facts = self.facts
        return facts.frames / facts.frame_rate if facts.constant_rate else Fraction(facts.duration)


async def join(parts: Sequence[Path | Piece], target: Path, tools: Tools) -> None:
    """Write the parts, one after another, to `target`: probe, compare, join, count again.

    A part without sound is silent, unless all are: then the film has no sound track. A part can be cut at any frame.

    Raises:
        CheckFailed: the parts are too different to be one film (``film/streams-differ``), or one cannot be read.
        ToolFailed: ffmpeg failed, or the result lacks frames (``film/join-failed``).
    """
    pieces = [part if isinstance(part, Piece) else Piece(path=part) for part in parts]
    found = await asyncio.gather(*(_read_part(piece, tools) for piece in pieces))
    _refuse_differences(found)
    sound = _sound_format(found)
    stretches = _stretches(found, sound)
    if _copyable(found):
        await _join_by_copy(found, stretches, sound, target, tools)
    else:
        limit = _COPYING + _RECODING_PER_SECOND * float(sum(part.seconds for part in found))
        await run_well(recode(tools.ffmpeg, stretches, sound, found[0].facts.frame_rate, target), seconds=limit)
    _verify(await probe(target, tools), found)


async def cut_end(path: Path, seconds: float, target: Path, tools: Tools) -> None:
    """Write the last `seconds` of a file, cut at a frame and encoded again, as an MP4 file of its own.

    Raises:
        CheckFailed: the file cannot be read.
        ToolFailed: ffmpeg failed, or frames are missing from what it wrote.
    """
    facts = await probe(path, tools)
    first = max(0, facts.frames - round(seconds * facts.frame_rate))
    with private_file(target) as new:
        argv = end_of(tools.ffmpeg, path, first, facts.frame_rate, new, sound=facts.audio is not None)
        await run_well(argv, seconds=_COPYING)
        made = await probe(new, tools)
    if made.frames != facts.frames - first:
        words = f"cutting the end of {path.name} went wrong: {made.frames} frames instead of {facts.frames - first}"
        raise ToolFailed(words, code="film/cut-failed")


@contextmanager
def private_file(target: Path) -> Iterator[Path]:
    """Open a file for this user alone that gets its name once it is whole."""
    new = target.with_name(f"{target.name}.new")
    os.close(open_new(new))
    yield new
    new.replace(target)


async def last_frame(path: Path, target: Path, tools: Tools) -> None:
    """Write the last frame that a video shows as a PNG picture.

    Raises:
        CheckFailed: there is none: the file cannot be read or not be decoded at its end (``film/no-last-frame``).
    """
    await asyncio.to_thread(target.unlink, missing_ok=True)
    start = _just_before_the_end(await read_streams(path, tools))
    await run_well(still(tools.ffmpeg, path, start, target), seconds=_COPYING)
    if not await asyncio.to_thread(target.is_file):
        words = f"the last frame of {path} cannot be decoded"
        raise CheckFailed(words, code="film/no-last-frame", hint="the file is damaged at its end: fetch it again")


async def _read_part(piece: Piece, tools: Tools) -> _Part:
    file = await asyncio.to_thread(inspect_bytes, piece.path)
    # Only ffmpeg's own table of packets tells the decoder's set-up.
    reading = await read_streams(piece.path, replace(tools, ffprobe=None))
    facts, times = build_probe(reading, file), [packet.pts for packet in reading.video.packets]
    part = _Part(path=piece.path, facts=facts, time_base=reading.video.time_base, extradata=reading.extradata)
    if piece.frames is None or piece.frames >= facts.frames:
        return part
    shorter = replace(facts, frames=piece.frames, duration=float(piece.frames / facts.frame_rate))
    return replace(part, facts=shorter, cut=True, reordered=times != sorted(times))


def _refuse_differences(parts: Sequence[_Part]) -> None:
    for part in parts[1:]:
        for words in differences(parts[0].facts, part.facts):
            raise CheckFailed(
                f"{part.path.name} cannot follow {parts[0].path.name} in one film: {words}",
                code="film/streams-differ",
                hint="the segments are kept as they are; buy the odd one again with `longtake retake`",
            )


def differences(first: Probe, later: Probe) -> Iterator[str]:
    """Yield in what two files differ that cannot follow one another in one film."""
    for name, value in _MUST_AGREE.items():
        ours, theirs = value(first), value(later)
        if ours != theirs:
            yield f"{name} {theirs} after {ours}"


def _copyable(parts: Sequence[_Part]) -> bool:
    """Return whether the packets can follow one another as they are."""
    first = parts[0]
    return all(
        (part.time_base, part.extradata) == (first.time_base, first.extradata)
        and not (part.facts.start or part.facts.hidden_frames or part.facts.rotation)
        # Where packets are reordered, the first of them are not the first frames.
        and not (part.cut and part.reordered)
        for part in parts
    )


def _sound_format(parts: Sequence[_Part]) -> SoundFormat | None:
    """Return the form that all sounds have, else the usual one; none for a silent film."""
    forms = {(part.facts.audio.sample_rate, part.facts.audio.channels) for part in parts if part.facts.audio}
    if not forms:
        return None
    sample_rate, channels = forms.pop() if len(forms) == 1 else (_SAMPLE_RATE, 2)
    return SoundFormat(sample_rate=sample_rate, layout=_LAYOUTS.get(channels, "stereo"))


def _stretches(parts: Sequence[_Part], sound: SoundFormat | None) -> list[Stretch]:
    lengths = _lengths(parts, sound.sample_rate if sound else 0)
    return [
        Stretch(path=part.path, samples=length, audible=part.facts.audio is not None, frames=part.facts.frames)
        for part, length in zip(parts, lengths, strict=True)
    ]


def _lengths(parts: Sequence[_Part], unit: int) -> list[int]:
    """Return how long each part is, in 1/`unit` seconds; rounded so that the sum never strays by more than one half."""
    ends = accumulate((part.seconds for part in parts), initial=Fraction(0))
    return [after - before for before, after in pairwise(round(end * unit) for end in ends)]


async def _join_by_copy(
    parts: Sequence[_Part], stretches: Sequence[Stretch], sound: SoundFormat | None, target: Path, tools: Tools
) -> None:
    with TemporaryDirectory(prefix=".join-", dir=target.parent) as folder:
        # Taken out of its file first: beside sound that starts early, the concat reader shifts the picture.
        for index, part in enumerate(parts):
            frames = part.facts.frames if part.cut else None
            await run_well(mute(tools.ffmpeg, part.path, Path(folder, f"part-{index}"), frames), seconds=_COPYING)
        listing, picture = await asyncio.to_thread(_write_listing, parts, Path(folder)), Path(folder, "picture.mp4")
        await run_well(chain(tools.ffmpeg, listing, picture), seconds=_COPYING)
        # In one command the parts' own sound shifts the start of the picture by 21 ms (ffmpeg 5.1.9, 2026-11).
        if sound:
            await run_well(score(tools.ffmpeg, picture, stretches, sound, target), seconds=_COPYING)
        else:
            await run_well(mute(tools.ffmpeg, picture, target), seconds=_COPYING)


def _write_listing(parts: Sequence[_Part], folder: Path) -> Path:
    """Write what the concat reader reads; untold, it would place a part where the longest stream before it ends."""
    lines = ["ffconcat version 1.0"]
    for index, length in enumerate(_lengths(parts, _MICROSECONDS)):
        seconds, rest = divmod(length, _MICROSECONDS)
        lines += [f"file part-{index}", f"duration {seconds}.{rest:06d}"]
    # The folder is ours and the names are plain, so nothing in the list needs quoting.
    listing = folder / "parts.ffconcat"
    with os.fdopen(open_new(listing), "w") as stream:
        stream.write("\n".join(lines) + "\n")
    return listing


def _verify(film: Probe, parts: Sequence[_Part]) -> None:
    """Count again: every frame is there, or, where uneven parts were made even, every second."""
    frames, seconds = sum(part.facts.frames for part in parts), float(sum(part.seconds for part in parts))
    made_even = film.constant_rate and not all(part.facts.constant_rate for part in parts)
    # ffmpeg 7.0 ends one frame earlier than 9.0, which as a float is a hair more than one frame.
    strayed = round(abs(film.duration - seconds) * film.frame_rate, 3)
    whole = strayed <= 1 if made_even else film.frames == frames
    if film.damage or not whole:
        found = f"{film.frames} frames in {film.duration:.3f} s instead of {frames} in {seconds:.3f} s"
        words = f"joining {len(parts)} files went wrong: {film.damage[0] if film.damage else found}"
        raise ToolFailed(words, code="film/join-failed", hint="the parts are kept; see `longtake doctor`")


def _just_before_the_end(reading: Reading) -> float:
    """Return the middle between the last two frames, in seconds after the start of the file, whence ffmpeg counts."""
    times = sorted(packet.pts for packet in reading.video.packets if packet.is_shown)
    base = reading.video.time_base
    before = times[-2] if len(times) > 1 else times[-1]
    starts = [times[0] * base]
    if reading.audio and reading.audio.packets:
        starts.append(max(0, reading.audio.packets[0].pts) * reading.audio.time_base)
    return max(0.0, float((times[-1] + before) * base / 2 - min(starts)))
