"""What is wrong with a stretch of pictures by itself: borders, frames shown twice, a picture that stands, a jump."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.quality.footage import Real
from runner.quality.whole import Whole

_MOST = 0.9  # of the frames
_ALIVE, _STILL = 0.15, 0.15
_NEAR = 0.5  # seconds
_WINDOW = 8  # means of a few frames: ten seconds hold so many
LEAST = 13  # frames that a measure of motion needs


def picture_values(shown: Whole) -> Mapping[str, float]:
    """Every measure of a stretch of at least one frame.

    `visible`: which part of the picture is left without dark borders. `repeats`: which part of the frames shows the one
    before again. `still`: how much the picture changes in ten seconds, or in all where that is less, once noise is
    averaged out. `jump`: the largest step between two frames against those around it (SSIM).
    """
    rows, columns = shown.lit
    return {
        "visible": _span(rows > 1 - _MOST) * _span(columns > 1 - _MOST),
        "repeats": _repeats(shown["change"]),
        "still": _movement(shown.anchors),
        "jump": float(jumps(shown["likeness"], shown.rate).max(initial=0.0)),
    }


def jumps(likeness: Real, rate: float) -> Real:
    """For each frame, how much less it is like the one before than its neighbours are like theirs."""
    found, near = np.zeros(len(likeness)), max(2, round(_NEAR * rate))
    for frame in range(near, len(likeness) - near):
        around = np.delete(likeness[frame - near : frame + near + 1], near)
        found[frame] = np.quantile(around, 0.1) - likeness[frame]
    return found


def _span(lit: NDArray[np.bool_]) -> float:
    """From the first to the last line that is lit, as a part of all; a picture that is all dark has no border."""
    places = np.flatnonzero(lit)
    return float((places[-1] - places[0] + 1) / len(lit)) if len(places) else 1.0


def _repeats(change: Real) -> float:
    moves = change[1:]
    if not len(moves):
        return 0.0
    usual = float(np.quantile(moves, 0.75))
    return float((moves < _STILL * usual).mean()) if usual > _ALIVE else 0.0


def _movement(anchors: Sequence[Real]) -> float:
    """The least that anything differs from what was there before, over any stretch that is long enough."""
    windows = [anchors[first : first + _WINDOW] for first in range(max(1, len(anchors) - _WINDOW + 1))]
    return min(max((float(np.abs(each - window[0]).mean()) for each in window[1:]), default=0.0) for window in windows)
