"""A stretch of a film as small pictures in memory, all measured alike whatever their size was."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from runner.media.ffmpeg.commands import just_before, small_frames
from runner.media.ffmpeg.process import decoding_deadline, feed, run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe

Pictures: TypeAlias = NDArray[np.uint8]
Real: TypeAlias = NDArray[np.floating[Any]]
# Every threshold was measured at this size, so that it holds for 360p and 4K alike; signalstats gets through 400 frames
# a second here and 162 at 720p (2026-11-20, two cores).
LONG, SHORT, SQUARE = 320, 180, 240
Size: TypeAlias = tuple[int, int]
_DEADLINE = 600.0
MOST_FRAMES = 240  # 20 MB of 320x180 in 4:2:0; a longer stretch is streamed piece by piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """Frames in a row: luma (count, height, width) and chroma at half the size, 8 bits each."""

    luma: Pictures
    blue: Pictures
    red: Pictures

    def __len__(self) -> int:
        return len(self.luma)

    def __getitem__(self, part: slice) -> "Footage":
        """Return some of the frames."""
        return Footage(luma=self.luma[part], blue=self.blue[part], red=self.red[part])

    def joined(self, other: "Footage") -> "Footage":
        """Return this, and right after it the other."""
        return Footage(
            luma=np.concatenate([self.luma, other.luma]),
            blue=np.concatenate([self.blue, other.blue]),
            red=np.concatenate([self.red, other.red]),
        )


async def decode_frames(path: Path, facts: Probe, first: int, count: int, tools: Tools) -> Footage:
    """Decode `count` frames of a file from number `first` on, or as many as there are.

    Raises:
        ToolFailed: they cannot be decoded.
        ValueError: more than MOST_FRAMES were asked for.
    """
    if count > MOST_FRAMES:
        raise ValueError(count)
    size = analysis_size(facts)
    command = small_frames(tools.ffmpeg, path, just_before(first, facts.frame_rate, facts.picture_delay), count, size)
    return _planes((await run_well(command, seconds=_DEADLINE)).stdout, size)


async def stream_frames(
    path: Path, facts: Probe, first: int, tools: Tools, take: Callable[[Footage], object], piece: int
) -> int:
    """Hand every frame from number `first` to the end of a file to `take`, `piece` at a time; return how many came.

    Raises:
        ToolFailed: they cannot be decoded.
    """
    size, count = analysis_size(facts), facts.frames - first
    came = 0

    async def eat(raw: bytes) -> None:
        nonlocal came
        part = _planes(raw, size)
        came += len(part)
        await asyncio.to_thread(take, part)

    command = small_frames(tools.ffmpeg, path, just_before(first, facts.frame_rate, facts.picture_delay), count, size)
    await feed(command, eat, size=piece * _weight(size), seconds=decoding_deadline(_DEADLINE, facts.duration))
    return came


def _weight(size: Size) -> int:
    """Return how many bytes a picture has."""
    width, height = size
    return width * height + 2 * (height // 2) * (width // 2)


def _planes(raw: bytes, size: Size) -> Footage:
    width, height = size
    half = (height // 2, width // 2)
    weight = _weight(size)
    whole = np.frombuffer(raw[: len(raw) // weight * weight], np.uint8).reshape(-1, weight)
    luma, blue, red = np.split(whole, [width * height, width * height + half[0] * half[1]], axis=1)
    return Footage(
        luma=luma.reshape(-1, height, width),
        blue=blue.reshape(-1, *half),
        red=red.reshape(-1, *half),
    )


def analysis_size(facts: Probe) -> Size:
    """Return width and height of the small pictures that are measured: one of three, whatever shape a film has."""
    wide, high = facts.display_width, facts.display_height
    if wide == high:
        return SQUARE, SQUARE
    return (LONG, SHORT) if wide > high else (SHORT, LONG)


def display_size(facts: Probe) -> Size:
    """Return width and height of small pictures for people: as long as the measured ones, in the film's own shape."""
    wide, high = max(facts.display_width, 1), max(facts.display_height, 1)
    scale = LONG / max(wide, high)
    return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)
