"""The last second of a hop, which the next one is made from: whether it holds still enough to go on from.

What melts in the last frames and stays so is seen by no seam: only here.
"""

import math
from collections.abc import Mapping

import numpy as np

from runner.quality.motion import melting, shaking
from runner.quality.series import Series

FRAMES = 24
LOOK_BACK = 48  # frames before the last second that tell what is usual
_BLACK = 32
_ALIVE, _STILL = 0.15, 0.15
_LEAST_MOTION = 0.08


def tail_values(series: Series) -> Mapping[str, float]:
    """Every measure of the last second of a series, which should begin LOOK_BACK frames before it.

    `frozen`: frames of it that hardly change, where the clip does. `black`: its black frames. `sharpness`: log2 of its
    end to before. `deform`: how much more it melts than before. `jitter`: how much more the camera shakes, in pixels of
    320; 0 where that is no more than usual.
    """
    end, start = len(series), max(1, len(series) - FRAMES)
    usual = float(np.median(series.change[1:start])) if start > 1 else 0.0
    still = series.change[start:] < _STILL * usual if usual > _ALIVE else np.zeros(0)
    return {
        "frozen": float(still.sum()),
        "black": float((series.high[start:] < _BLACK).sum()),
        "sharpness": _softened(series),
        "deform": _deformed(series, end),
        "jitter": _jitter(series, start),
    }


def _softened(series: Series) -> float:
    end = len(series)
    before = series.sharpness[max(0, end - 36) : max(1, end - 12)]
    return math.log2((float(np.median(series.sharpness[-4:])) + 0.05) / (float(np.median(before)) + 0.05))


def _deformed(series: Series, end: int) -> float:
    """Beside how much is left over before; a clip that does not move at all melts by nothing."""
    now, before = melting(series.footage.luma, end, tail=8, before=26)
    if math.isnan(now):
        return 0.0
    return now / max(before if not math.isnan(before) else 0.0, _LEAST_MOTION)


def _jitter(series: Series, start: int) -> float:
    moves = shaking(series.footage.luma)
    now, before = moves[max(0, start - 1) :], moves[: max(1, start - 1)]
    if not len(now) or not len(before):
        return 0.0
    median = float(np.median(now))
    return median if median > 3 * float(np.median(before)) else 0.0
