"""Pictures as they are decoded: a strip of each take, its seam with what was before, and a contact sheet of that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from runner.media.ffmpeg.commands import colour_frames, just_before, pictures
from runner.media.ffmpeg.process import run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.quality.frames import Size, display_size
from runner.report.model import Place

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


async def frames(path: Path, facts: Probe, numbers: Sequence[int], size: Size, tools: Tools) -> Sequence[Rgb]:
    """Those frames of a file, in ascending order, or as many of them as there are.

    ffmpeg makes the colours, by the matrix and the range that the file tells; `Probe.taken_matrix` says what is taken
    for its matrix if it tells none. An untold range is the limited one.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    start, (width, height) = just_before(numbers[0], facts.frame_rate, facts.picture_delay), size
    counted = [number - numbers[0] for number in numbers]
    command = colour_frames(tools.ffmpeg, path, start, counted, size, facts.taken_matrix)
    raw = (await run_well(command, seconds=_DEADLINE)).stdout
    whole = len(raw) // (width * height * 3) * (width * height * 3)
    return list(np.frombuffer(raw[:whole], np.uint8).reshape(-1, height, width, 3))


async def stills(place: Place, before: Place | None, tools: Tools) -> tuple[Sequence[Rgb], RawSeam | None]:
    """A strip of the new part of a file, and its seam with what was before; all is decoded in one pass.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    first, new = place.repeated, max(1, place.facts.frames - place.repeated)
    lead = min(AROUND, first) if before else 0
    spread = [first + number * (new - 1) // (STRIP - 1) for number in range(STRIP)]
    numbers = sorted({*range(first - lead, first + min(AROUND, new)), *spread})
    shown = await frames(place.path, place.facts, numbers, display_size(place.facts), tools)
    found = dict(zip(numbers, shown, strict=False))  # a file may hold less than its index promises
    strip = [half(found[number]) for number in sorted({*spread}) if number in found]
    old = [found[number] for number in range(first - lead, first) if number in found]
    if before and not lead:
        old = list(await _past(place, before, tools))
    after = [found[number] for number in range(first, first + AROUND) if number in found]
    return strip, _seam(old, after, place) if old and after else None


async def _past(place: Place, before: Place, tools: Tools) -> Sequence[Rgb]:
    """The frames before the seam, from the file that holds them."""
    end = min(place.start + place.repeated - before.start, before.facts.frames)
    first = max(0, end - AROUND)
    return await frames(before.path, before.facts, range(first, max(end, first + 1)), display_size(before.facts), tools)


def _seam(before: Sequence[Rgb], after: Sequence[Rgb], place: Place) -> RawSeam:
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
