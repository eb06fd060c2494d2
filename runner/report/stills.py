"""Still pictures of every take, as data: URLs: a strip, the seam with what was before, a contact sheet of that."""

import asyncio
import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from runner.errors import CheckFailed
from runner.media.ffmpeg.commands import colour_frames, just_before, pictures
from runner.media.ffmpeg.process import run_well
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Probe
from runner.quality.frames import Size, display_size
from runner.report.model import HopReport, PlacedFile, RunReport, TakeReport

Rgb = NDArray[np.uint8]
_DEADLINE = 120.0
_STRONGER = 4  # times: a step of 2 levels already warns, and nobody sees 2 on black
STRIP = 6
AROUND = 4  # frames on each side of a seam


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamFrames:
    """The frames around a seam, old ones first, and where the two next to it differ; `last` is a number in the film.

    `apart` is how much they differ: the mean over the picture, in 8-bit levels.
    """

    before: Sequence[Rgb]
    after: Sequence[Rgb]
    differs: Rgb | None
    apart: float
    last: int
    rate: float


def pixel_difference(one: Rgb, other: Rgb) -> NDArray[np.float64]:
    """Return how much two pictures differ at each place, in 8-bit levels."""
    found: NDArray[np.float64] = np.abs(one.astype(np.int16) - other.astype(np.int16)).mean(axis=2)
    return found


def amplify(differences: NDArray[np.float64]) -> Rgb:
    """Return differences four times as strong, as light on black."""
    grey = np.clip(differences * _STRONGER, 0, 255).astype(np.uint8)
    found: Rgb = np.repeat(grey[:, :, None], 3, axis=2)
    return found


def halve(picture: Rgb) -> Rgb:
    """Return a picture half as large."""
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    blocks = picture[:height, :width].reshape(height // 2, 2, width // 2, 2, 3)
    small: Rgb = blocks.mean(axis=(1, 3)).astype(np.uint8)
    return small


async def decode_colour_frames(
    path: Path, facts: Probe, numbers: Sequence[int], size: Size, tools: Tools
) -> Sequence[Rgb]:
    """Decode those frames of a file, in ascending order, or as many of them as there are.

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


async def decode_stills(
    file: PlacedFile, before: PlacedFile | None, tools: Tools
) -> tuple[Sequence[Rgb], SeamFrames | None]:
    """Decode a strip of the new part of a file, and its seam with what was before, in one pass.

    Raises:
        ToolFailed: it cannot be decoded.
    """
    first, new = file.repeated, max(1, file.facts.frames - file.repeated)
    lead = min(AROUND, first) if before else 0
    # From the first to the last frame: what a hop begins and ends with is what its neighbours continue.
    spread = [first + number * (new - 1) // (STRIP - 1) for number in range(STRIP)]
    numbers = sorted({*range(first - lead, first + min(AROUND, new)), *spread})
    shown = await decode_colour_frames(file.path, file.facts, numbers, display_size(file.facts), tools)
    found = dict(zip(numbers, shown, strict=False))  # a file may hold less than its index promises
    strip = [halve(found[number]) for number in sorted({*spread}) if number in found]
    old = [found[number] for number in range(first - lead, first) if number in found]
    # A segment begins at its seam, so that what was before is in another file.
    if before and not lead:
        old = list(await _frames_before(file, before, tools))
    after = [found[number] for number in range(first, first + AROUND) if number in found]
    return strip, _seam(old, after, file) if old and after else None


async def _frames_before(file: PlacedFile, before: PlacedFile, tools: Tools) -> Sequence[Rgb]:
    """Decode the frames before the seam, from the file that holds them."""
    end = min(file.start + file.repeated - before.start, before.facts.frames)
    first = max(0, end - AROUND)
    return await decode_colour_frames(
        before.path, before.facts, range(first, max(end, first + 1)), display_size(before.facts), tools
    )


def _seam(before: Sequence[Rgb], after: Sequence[Rgb], file: PlacedFile) -> SeamFrames:
    # A provider may return another size than it was given; two sizes have no difference.
    alike = before[-1].shape == after[0].shape
    differences = pixel_difference(before[-1], after[0]) if alike else None
    return SeamFrames(
        before=before,
        after=after,
        differs=amplify(differences) if differences is not None else None,
        apart=float(differences.mean()) if differences is not None else 0.0,
        last=file.start + file.repeated - 1,
        rate=file.rate,
    )


async def encode_jpegs(shown: Sequence[Rgb], tools: Tools) -> Sequence[bytes]:
    """Encode pictures as JPEG, in order; those of one size in one go."""
    # One process for hundreds of pictures: starting ffmpeg takes longer than encoding one of 320x180.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamStills:
    """A seam in pictures: the last frame before, the first after, their difference, and the frames around.

    `number` and `at` are those of the first new frame, counted from the film's first, which is number 0.
    """

    last: str
    first: str
    differs: str
    apart: float
    sheet: Sequence[tuple[int, str]]
    number: int
    rate: float

    @property
    def at(self) -> float:
        """Where it is, in seconds of the film."""
        return self.number / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What is shown of a take; nothing of a file that is gone or cannot be decoded."""

    strip: Sequence[str] = ()
    seam: SeamStills | None = None


Gallery = Mapping[tuple[int, int], Pictures]
Raw = tuple[Sequence[Rgb], SeamFrames | None]


def data_url(kind: str, content: bytes) -> str:
    """Return a file as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


async def embed_stills(report: RunReport, tools: Tools) -> Gallery:
    """Decode and encode the pictures of every take with a file, by hop and take."""
    parts = [(hop, part) for hop in report.hops for part in hop.takes if part.file]
    raw = await asyncio.gather(*(_decode_take(hop, part, tools) for hop, part in parts))
    # Flat, so that all takes share the few ffmpeg processes of `encode_jpegs`.
    flat = [picture for each in raw for picture in _flatten(each)]
    encoded = iter([data_url("image/jpeg", each) for each in await encode_jpegs(flat, tools)])
    return {
        (hop.index, part.take.number): _take_up(each, encoded) for (hop, part), each in zip(parts, raw, strict=True)
    }


async def _decode_take(hop: HopReport, part: TakeReport, tools: Tools) -> Raw:
    if part.file is None:
        return [], None
    before = part.before if hop.step.spec.kind != "upgrade" else None
    try:
        return await decode_stills(part.file, before, tools)
    except (CheckFailed, OSError):
        return [], None


def _flatten(raw: Raw) -> Sequence[Rgb]:
    """Return pictures in the order in which `_take_up` takes them up again."""
    strip, seam = raw
    if seam is None:
        return strip
    differs = [seam.differs] if seam.differs is not None else []
    return [*strip, seam.before[-1], seam.after[0], *differs, *map(halve, (*seam.before, *seam.after))]


def _take_up(raw: Raw, encoded: Iterator[str]) -> Pictures:
    strip, seam = raw
    shown = [next(encoded) for _ in strip]
    if seam is None:
        return Pictures(strip=shown)
    last, first = next(encoded), next(encoded)
    differs = next(encoded) if seam.differs is not None else ""
    earliest = seam.last - len(seam.before) + 1
    sheet = [(earliest + number, next(encoded)) for number in range(len(seam.before) + len(seam.after))]
    found = SeamStills(
        last=last, first=first, differs=differs, apart=seam.apart, sheet=sheet, number=seam.last + 1, rate=seam.rate
    )
    return Pictures(strip=shown, seam=found)
