"""A stretch of a film as small pictures in memory, all measured alike whatever their size was."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from runner.media.commands import just_before, small_frames
from runner.media.probe import Probe
from runner.media.process import run_well
from runner.media.tools import Tools

Pictures: TypeAlias = NDArray[np.uint8]
Real: TypeAlias = NDArray[np.floating[Any]]
LONG, SHORT, SQUARE = 320, 180, 240
_DEADLINE = 300.0
MOST_FRAMES = 480  # 40 MB; a longer stretch is looked at piece by piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """Frames in a row: luma (count, height, width) and chroma at half the size, 8 bits each."""

    luma: Pictures
    blue: Pictures
    red: Pictures

    def __len__(self) -> int:
        return len(self.luma)

    def __getitem__(self, part: slice) -> "Footage":
        """Some of the frames."""
        return Footage(luma=self.luma[part], blue=self.blue[part], red=self.red[part])

    def joined(self, other: "Footage") -> "Footage":
        """This, and right after it the other."""
        return Footage(
            luma=np.concatenate([self.luma, other.luma]),
            blue=np.concatenate([self.blue, other.blue]),
            red=np.concatenate([self.red, other.red]),
        )


async def footage(path: Path, facts: Probe, first: int, count: int, tools: Tools) -> Footage:
    """`count` frames of a file from number `first` on, or as many as there are.

    Raises:
        ToolFailed: they cannot be decoded.
        ValueError: more than MOST_FRAMES were asked for.
    """
    if count > MOST_FRAMES:
        raise ValueError(count)
    width, height = size_of(facts)
    command = small_frames(tools.ffmpeg, path, just_before(first, facts.frame_rate, facts.late), count, (width, height))
    raw = (await run_well(command, seconds=_DEADLINE)).stdout
    half = (height // 2, width // 2)
    weight = width * height + 2 * half[0] * half[1]
    whole = np.frombuffer(raw[: len(raw) // weight * weight], np.uint8).reshape(-1, weight)
    luma, blue, red = np.split(whole, [width * height, width * height + half[0] * half[1]], axis=1)
    return Footage(
        luma=luma.reshape(-1, height, width),
        blue=blue.reshape(-1, *half),
        red=red.reshape(-1, *half),
    )


def size_of(facts: Probe) -> tuple[int, int]:
    """Width and height of the small pictures of a film of this shape."""
    wide, high = facts.display_width, facts.display_height
    if wide == high:
        return SQUARE, SQUARE
    return (LONG, SHORT) if wide > high else (SHORT, LONG)
