"""Pictures as they are decoded: a strip of each take, its seam with what was before, and a contact sheet of that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from runner.media.commands import just_before, pictures, small_frames
from runner.media.probe import Probe
from runner.media.process import run_well
from runner.media.tools import Tools
from runner.quality.footage import MOST_FRAMES, Footage, footage
from runner.report.story import Place

Rgb = NDArray[np.uint8]
_DEADLINE = 120.0
_STRONGER = 4  # times: a difference that matters is faint
STRIP = 6
AROUND = 4  # frames on each side of a seam


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSeam:
    """The frames around a seam, old ones first, and where the two next to it differ; `last` is a number in the film.

    `apart` is how much they differ: the mean over the picture, in 8-bit levels.
    """

    before: Sequence[Rgb]
    after: Sequence[Rgb]
    differs: Rgb | None
    apart: float
    last: int
    rate: float


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


def apart(one: Rgb, other: Rgb) -> NDArray[np.float64]:
    """How much two pictures differ at each place, in 8-bit levels."""
    found: NDArray[np.float64] = np.abs(one.astype(np.int16) - other.astype(np.int16)).mean(axis=2)
    return found


def stronger(differences: NDArray[np.float64]) -> Rgb:
    """Differences made four times as strong, as light on black."""
    grey = np.clip(differences * _STRONGER, 0, 255).astype(np.uint8)
    found: Rgb = np.repeat(grey[:, :, None], 3, axis=2)
    return found


def half(picture: Rgb) -> Rgb:
    """A picture half as large."""
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    blocks = picture[:height, :width].reshape(height // 2, 2, width // 2, 2, 3)
    small: Rgb = blocks.mean(axis=(1, 3)).astype(np.uint8)
    return small


async def stills(place: Place, before: Place | None, tools: Tools) -> tuple[Sequence[Rgb], RawSeam | None]:
    """A strip of the new part of a file, and its seam with what was before; all is decoded in one pass.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    lead = min(AROUND, place.repeated) if before else 0
    first = place.repeated - lead
    count = min(MOST_FRAMES, max(1, place.facts.frames - first))
    shown = await footage(place.path, place.facts, first, count, tools)
    new = shown[lead:]
    numbers = np.unique(np.linspace(0, max(len(new) - 1, 0), STRIP).round().astype(int))
    strip = [half(in_colour(new, int(number))) for number in numbers] if len(new) else []
    old = shown[:lead] if lead else await _past(place, before, tools) if before else None
    return strip, _seam(old, new, place) if old is not None and len(old) and len(new) else None


async def _past(place: Place, before: Place, tools: Tools) -> Footage:
    """The frames before the seam, from the file that holds them."""
    end = min(place.start + place.repeated - before.start, before.facts.frames)
    first = max(0, end - AROUND)
    return await footage(before.path, before.facts, first, max(1, end - first), tools)


def _seam(old: Footage, new: Footage, place: Place) -> RawSeam:
    before = [in_colour(old, number) for number in range(len(old))]
    after = [in_colour(new, number) for number in range(min(AROUND, len(new)))]
    alike = before[-1].shape == after[0].shape
    differences = apart(before[-1], after[0]) if alike else None
    return RawSeam(
        before=before,
        after=after,
        differs=stronger(differences) if differences is not None else None,
        apart=float(differences.mean()) if differences is not None else 0.0,
        last=place.start + place.repeated - 1,
        rate=place.rate,
    )


async def poster(path: Path, facts: Probe, frame: int, size: tuple[int, int], tools: Tools) -> Rgb:
    """One frame of a film, larger than the others.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    width, height = size
    command = small_frames(tools.ffmpeg, path, just_before(frame, facts.frame_rate, facts.late), 1, size)
    raw = np.frombuffer((await run_well(command, seconds=_DEADLINE)).stdout, np.uint8)
    luma, blue, red = np.split(raw[: width * height * 3 // 2], [width * height, width * height * 5 // 4])
    planes = [plane.reshape(1, height // 2, width // 2) for plane in (blue, red)]
    return in_colour(Footage(luma=luma.reshape(1, height, width), blue=planes[0], red=planes[1]), 0)


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
