"""Statistics of a stretch of any length that passes by in pieces: of each frame a few numbers, and its fingerprint.

Only the last pictures stay, because the last second is measured by itself: 148 s of pictures would take 300 MB.
"""

import math
from collections.abc import Sequence

import numpy as np

from runner.quality.frames import Footage, Pictures, Real
from runner.quality.repeats import FINGERPRINTS_A_SECOND, fingerprint
from runner.quality.series import Series

_MEASURES = ("luma", "blue", "red", "saturation", "low", "high", "sharpness", "change", "likeness")
_DARK = 24  # of 255: what a border may have; the `limit` that ffmpeg's cropdetect has by default
_AVERAGED = 8  # frames; their mean has less noise than any of them
PIECE = 4.0  # seconds that are in memory at once: 8 MB at 24 frames a second
_MEANS = 2  # a piece
_WINDOW = 8  # means: ten seconds hold so many, with the one at the end of each piece


class LeastMovement:
    """The least that the picture changes over any stretch of _WINDOW means.

    Only the means of the last stretch are kept, each with how far later ones have come from it.
    """

    def __init__(self) -> None:
        self._begun: list[tuple[Real, float]] = []
        self._least = math.inf

    def add(self, mean: Real) -> None:
        """Take the next mean."""
        begun = [(first, max(far, float(np.abs(mean - first).mean()))) for first, far in self._begun]
        if len(begun) == _WINDOW - 1:
            self._least = min(self._least, begun.pop(0)[1])
        self._begun = [*begun, (mean, 0.0)]

    @property
    def least(self) -> float:
        """The least so far; where no stretch is full yet, by how much all that came differs from the first."""
        if self._least < math.inf:
            return self._least
        return self._begun[0][1] if self._begun else 0.0


class FrameStatistics:
    """What is known of a stretch once all its pieces were added; a measure by its name, as in `shown["luma"]`."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.fingerprints: list[bytes] = []
        self._movement = LeastMovement()
        self.last: list[Footage] = []
        self._measures: dict[str, list[Real]] = {name: [] for name in _MEASURES}
        self._rows: Real = np.zeros(1)
        self._columns: Real = np.zeros(1)

    def __len__(self) -> int:
        return len(self.fingerprints)

    @property
    def piece(self) -> int:
        """How many frames a piece should have."""
        return max(1, round(PIECE * self.rate))

    def add(self, part: Footage) -> None:
        """Take the next piece; it may be of any length."""
        if not len(part):
            return
        before = self.last[-1][-1:] if self.last else None
        series = Series(before.joined(part) if before else part, self.rate)
        for name, kept in self._measures.items():
            kept.append(np.asarray(getattr(series, name))[len(series) - len(part) :])
        self.fingerprints += [fingerprint(picture) for picture in part.luma]
        self._rows = self._rows + (part.luma.max(axis=2) > _DARK).sum(axis=0)
        self._columns = self._columns + (part.luma.max(axis=1) > _DARK).sum(axis=0)
        step = max(1, self.piece // _MEANS)
        for place in range(0, len(part), step):
            self._movement.add(_mean(part.luma[place:]))
        self._movement.add(_mean(part.luma[-_AVERAGED:]))
        self.last = [*self.last[-1:], part]

    def __getitem__(self, name: str) -> Real:
        """Return one measure of every frame; of the first, `change` is 0 and `likeness` 1."""
        kept = self._measures[name]
        return np.concatenate(kept) if kept else np.zeros(0)

    @property
    def end(self) -> Footage:
        """Its last pictures: a piece or more."""
        return self.last[0].joined(self.last[1]) if len(self.last) > 1 else self.last[0]

    @property
    def lit(self) -> tuple[Real, Real]:
        """In which part of the frames each row is lit, and each column."""
        count = max(1, len(self))
        return self._rows / count, self._columns / count

    @property
    def movement(self) -> float:
        """How much the picture changes in ten seconds, or in all where that is less, once noise is averaged out."""
        return self._movement.least

    def sampled_fingerprints(self) -> Sequence[bytes]:
        """Return FINGERPRINTS_A_SECOND of them a second, from the first frame on."""
        places = np.arange(0, len(self), self.rate / FINGERPRINTS_A_SECOND)
        return [self.fingerprints[int(place)] for place in places]


def collect_statistics(shown: Footage, rate: float = 24.0) -> FrameStatistics:
    """Collect the statistics of footage that is all there."""
    found = FrameStatistics(rate)
    for first in range(0, len(shown), found.piece):
        found.add(shown[first : first + found.piece])
    return found


def _mean(luma: Pictures) -> Real:
    mean: Real = luma[:_AVERAGED].mean(axis=0, dtype=np.float32)
    return mean
