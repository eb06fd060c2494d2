"""The pictures of every take, as addresses that hold them."""

import asyncio
import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.errors import CheckFailed
from runner.media.ffmpeg.tools import Tools
from runner.report.frames import RawSeam, Rgb, half, jpegs, stills
from runner.report.model import HopPart, Story, TakePart


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
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
    seam: Seam | None = None


Gallery = Mapping[tuple[int, int], Pictures]
Raw = tuple[Sequence[Rgb], RawSeam | None]


def address(kind: str, content: bytes) -> str:
    """A file as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


async def gallery(story: Story, tools: Tools) -> Gallery:
    """The pictures of every take with a file, by hop and take."""
    parts = [(hop, part) for hop in story.hops for part in hop.takes if part.place]
    raw = await asyncio.gather(*(_raw(hop, part, tools) for hop, part in parts))
    flat = [picture for each in raw for picture in _flat(each)]
    encoded = iter([address("image/jpeg", each) for each in await jpegs(flat, tools)])
    return {(hop.index, part.take.number): _named(each, encoded) for (hop, part), each in zip(parts, raw, strict=True)}


async def _raw(hop: HopPart, part: TakePart, tools: Tools) -> Raw:
    if part.place is None:
        return [], None
    before = part.before if hop.step.spec.kind != "upgrade" else None
    try:
        return await stills(part.place, before, tools)
    except (CheckFailed, OSError):
        return [], None


def _flat(raw: Raw) -> Sequence[Rgb]:
    """Pictures in the order in which `_named` takes them up again."""
    strip, seam = raw
    if seam is None:
        return strip
    differs = [seam.differs] if seam.differs is not None else []
    return [*strip, seam.before[-1], seam.after[0], *differs, *map(half, (*seam.before, *seam.after))]


def _named(raw: Raw, encoded: Iterator[str]) -> Pictures:
    strip, seam = raw
    shown = [next(encoded) for _ in strip]
    if seam is None:
        return Pictures(strip=shown)
    last, first = next(encoded), next(encoded)
    differs = next(encoded) if seam.differs is not None else ""
    earliest = seam.last - len(seam.before) + 1
    sheet = [(earliest + number, next(encoded)) for number in range(len(seam.before) + len(seam.after))]
    found = Seam(
        last=last, first=first, differs=differs, apart=seam.apart, sheet=sheet, number=seam.last + 1, rate=seam.rate
    )
    return Pictures(strip=shown, seam=found)
