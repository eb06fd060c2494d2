"""Pictures for the report: each seam as last frame, first frame and difference, and a strip of each hop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from runner.media.commands import pictures
from runner.media.probe import Probe
from runner.media.process import run_well
from runner.media.tools import Tools
from runner.quality.footage import Footage, footage

Rgb = NDArray[np.uint8]
_DEADLINE = 120.0
_STRONGER = 4  # times: a difference that matters is faint
STRIP = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A frame of a file."""

    path: Path
    facts: Probe
    frame: int


async def frame(place: Place, tools: Tools) -> Rgb | None:
    """One frame in small, None where there is none."""
    found = await footage(place.path, place.facts, max(0, place.frame), 1, tools)
    return in_colour(found, 0) if len(found) else None


def in_colour(found: Footage, index: int) -> Rgb:
    """A frame of some footage as RGB (height, width, 3); BT.709, limited range."""
    luma = (found.luma[index].astype(np.float32) - 16) * (255 / 219)
    height, width = luma.shape
    chroma = [
        np.repeat(np.repeat(plane[index], 2, axis=0), 2, axis=1)[:height, :width].astype(np.float32) - 128
        for plane in (found.blue, found.red)
    ]
    blue, red = (plane * (255 / 224) for plane in chroma)
    colours = np.stack([luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue], axis=-1)
    picture: Rgb = np.clip(colours, 0, 255).astype(np.uint8)
    return picture


def difference(one: Rgb, other: Rgb) -> Rgb:
    """Where two pictures differ, made four times as strong, as light on black."""
    apart = np.abs(one.astype(np.int16) - other.astype(np.int16)).mean(axis=2) * _STRONGER
    grey = np.clip(apart, 0, 255).astype(np.uint8)
    found: Rgb = np.repeat(grey[:, :, None], 3, axis=2)
    return found


async def strip(path: Path, facts: Probe, first: int, count: int, tools: Tools) -> Sequence[Rgb]:
    """A few frames, evenly over a stretch, half as large."""
    places = np.linspace(first, first + max(count - 1, 0), STRIP).round().astype(int)
    shown = [await frame(Place(path=path, facts=facts, frame=int(place)), tools) for place in places]
    return [picture[::2, ::2] for picture in shown if picture is not None]


async def jpegs(shown: Sequence[Rgb], tools: Tools) -> Sequence[bytes]:
    """Pictures as JPEG, in order; those of one size are encoded in one go."""
    found: dict[int, bytes] = {}
    for size in {picture.shape[:2] for picture in shown}:
        numbers = [number for number, picture in enumerate(shown) if picture.shape[:2] == size]
        with TemporaryDirectory() as folder:
            raw = Path(folder, "raw")
            await asyncio.to_thread(raw.write_bytes, b"".join(shown[number].tobytes() for number in numbers))
            command = pictures(tools.ffmpeg, raw, (size[1], size[0]), f"{folder}/%06d.jpg")
            await run_well(command, seconds=_DEADLINE)
            for place, number in enumerate(numbers, 1):
                found[number] = await asyncio.to_thread(Path(folder, f"{place:06d}.jpg").read_bytes)
    return [found[number] for number in range(len(shown))]
