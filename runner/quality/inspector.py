"""What is asked of a file: its facts, whether it decodes, what it repeats of another, how it looks and sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runner.media.model import Clip, Decoding, Overlap, Probe

Values = Mapping[str, float]
TimedFingerprint = tuple[float, bytes]  # when a picture was shown, in seconds of the film, and what tells it again


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMeasures:
    """Raw values by family, the signed steps at the seam, the means of the new part, its loudness in LUFS.

    `curves` are measures of the new part over time, CURVE_RATE points per second, for people to look at; `stamps` the
    packed fingerprints that later hops are held against (see `repeats`).
    """

    values: Mapping[str, Values]
    steps: Values
    means: Values
    loudness: float | None
    curves: Mapping[str, Sequence[float]]
    stamps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingFilm:
    """What a hop goes on from: the file, where that ends in the film in seconds, and what the film has shown."""

    path: Path
    ends: float = 0.0
    shown: Sequence[TimedFingerprint] = ()


class Inspector(Protocol):
    """Facts and measures of files; nothing is changed. Times are in seconds of the file, frames count from 0."""

    async def probe(self, path: Path) -> Probe:
        """Return a file's facts.

        Raises:
            CheckFailed: it is no video that can be read.
        """
        ...

    async def decode(self, path: Path, *, start: float = 0.0, length: float = 0.0) -> Decoding:
        """Decode a file from `start` on and return what the decoders said; `length` helps to bound the time.

        Raises:
            CheckFailed: it cannot be decoded in time.
        """
        ...

    async def find_overlap(self, old: Clip, new: Clip, guess: int) -> Overlap:
        """Find how many frames of the end of `old` the head of `new` shows again; their lengths say `guess`."""
        ...

    async def find_short_overlap(self, old: Clip, new: Clip, most: int) -> Overlap | None:
        """Find the overlap of a `new` that is longer than was asked for by `most` frames; None: it goes on at once."""
        ...

    async def find_repetition(self, old: Clip, new: Clip) -> Overlap | None:
        """Find out whether `new`, as long as a new part, only shows the end of `old` again; None: it is new."""
        ...

    async def find_changes(self, old: Clip, new: Clip, found: Overlap) -> Overlap:
        """Return an overlap with the seconds of it in which `new` shows other pictures than `old`."""
        ...

    async def measure(self, path: Path, facts: Probe, new: int, past: PrecedingFilm | None) -> RawMeasures:
        """Measure the frames of a file from number `new` on, and its seam with what was before."""
        ...
