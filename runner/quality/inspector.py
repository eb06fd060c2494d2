"""What is asked of a file: its facts, whether it decodes, what it repeats of another, how it looks and sounds."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runner.media.model import Clip, Decoding, Overlap, Probe

if TYPE_CHECKING:
    from runner.quality.measure import PrecedingFilm, RawMeasures  # brings in numpy, which a dry run can do without


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

    async def measure(self, path: Path, facts: Probe, new: int, past: "PrecedingFilm | None") -> "RawMeasures":
        """Measure the frames of a file from number `new` on, and its seam with what was before."""
        ...
