"""What is wrong with a stretch of pictures by itself: borders, frames shown twice, a picture that stands, a jump."""

from collections.abc import Mapping
from itertools import groupby

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from runner.quality.frames import Real
from runner.quality.streaming import FrameStatistics

_MOST = 0.9  # of the frames: a border that comes and goes is part of the picture
_ALIVE = 0.15  # grey levels
# Between the two a step is neither, so that grain which an encoder drops is no repeated frame (2026-11-27).
_STILL, _MOVED = 0.15, 0.3  # of the steps nearby
_BESIDE = 4  # frames: as often may one be shown again
_NEAR = 0.5  # seconds
LEAST = 13  # frames that a measure of motion needs: half a second of 24 a second, and the one before it


def measure_picture(shown: FrameStatistics) -> Mapping[str, float]:
    """Measure a stretch of at least one frame by itself.

    `visible`: which part of the picture is left without dark borders. `repeats`: which part of the frames shows the one
    before again. `still`: how much the picture changes in ten seconds, or in all where that is less, once noise is
    averaged out. `jump`: the largest step between two frames against those around it (SSIM).
    """
    rows, columns = shown.lit
    return {
        "visible": _span(rows > 1 - _MOST) * _span(columns > 1 - _MOST),
        "repeats": _repeats(shown["change"]),
        "still": shown.movement,
        "jump": float(measure_jumps(shown["likeness"], shown.rate).max(initial=0.0)),
    }


def measure_jumps(likeness: Real, rate: float) -> Real:
    """Measure for each frame how much less it is like the one before than its neighbours are like theirs."""
    # The first and the last half second lack neighbours on one side and are left out: 2 of 24 cuts in real clips lay
    # there and were missed (2026-11-30).
    found, near = np.zeros(len(likeness)), max(2, round(_NEAR * rate))
    for frame in range(near, len(likeness) - near):
        around = np.delete(likeness[frame - near : frame + near + 1], near)
        found[frame] = np.quantile(around, 0.1) - likeness[frame]
    return found


def _span(lit: NDArray[np.bool_]) -> float:
    """Return first to last lit line as a part of all; a picture that is all dark has no border."""
    places = np.flatnonzero(lit)
    return float((places[-1] - places[0] + 1) / len(lit)) if len(places) else 1.0


def _repeats(change: Real) -> float:
    """Return the part of the frames that a conversion of the frame rate put in: moved and still by turns, as in a comb.

    Where a rate was raised up to twofold, no two still frames meet; where it was raised more, no two that move. So
    neither a stretch that stands, nor what an encoder makes of grain, nor a light that flashes is taken for it.
    """
    kinds = [(kind, len(list(run))) for kind, run in groupby(_kinds(change[1:]).tolist())]
    again = 0
    for (before, one), (kind, length), (after, other) in zip(kinds, kinds[1:], kinds[2:], strict=False):
        comb = length == 1 or (length <= _BESIDE and one == other == 1)
        if comb and (before, kind, after) == ("moved", "still", "moved"):
            again += length
    return again / max(1, len(change) - 1)


def _kinds(moves: Real) -> NDArray[np.str_]:
    """Tell of each step between frames whether it is `still` or `moved` by the largest ones on both of its sides."""
    if not len(moves):
        return np.array([], dtype=str)
    largest = sliding_window_view(np.pad(moves, _BESIDE), _BESIDE + 1).max(axis=1)
    usual = np.minimum(largest[: len(moves)], largest[_BESIDE:])
    kinds = np.select([moves < _STILL * usual, moves > _MOVED * usual], ["still", "moved"], "between")
    return np.where(usual > _ALIVE, kinds, "between")
