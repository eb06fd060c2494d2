"""The last second of a hop, which the next one is made from: whether it holds still enough to go on from.

What melts in the last frames and stays so is seen by no seam: only here.
"""

import math
from collections.abc import Mapping

import numpy as np

from runner.quality.motion import melting, shaking
from runner.quality.series import Series

SECOND = 1.0
LOOK_BACK = 2.0  # seconds before the last one that tell what is usual
_BLACK = 32
_ALIVE, _STILL = 0.15, 0.15
_LEAST_MOTION = 0.08


def needed(rate: float) -> int:
    """How many frames up to the end the measures want to see."""
    return math.ceil((SECOND + LOOK_BACK) * rate)


def tail_values(series: Series) -> Mapping[str, float]:
    """Every measure of the last second of a series, which should begin LOOK_BACK before it.

    `frozen`: frames of it that hardly change, missing where the clip hardly does. `black`: its black frames. `frames`:
    all of them. `sharpness`: log2 of its end to before, missing where it is black. `deform`: how much more it melts
    than before. `jitter`: how much more the camera shakes, in pixels of 320; 0 where that is no more than usual.
    """
    second = series.frames(SECOND)
    start = max(1, len(series) - second)
    usual = float(np.median(series.change[1:start])) if start > 1 else 0.0
    still = series.change[start:] < _STILL * usual
    black = int((series.high[start:] < _BLACK).sum())
    return {
        **({"frozen": float(still.sum())} if usual > _ALIVE else {}),
        "black": float(black),
        "frames": float(len(series) - start),
        **({} if black else {"sharpness": _softened(series)}),
        "deform": _deformed(series),
        "jitter": _jitter(series, start),
    }


def _softened(series: Series) -> float:
    end = len(series)
    before = series.sharpness[max(0, end - series.frames(1.5)) : max(1, end - series.frames(0.5))]
    now = series.sharpness[-series.frames(1 / 6) :]
    return math.log2((float(np.median(now)) + 0.05) / (float(np.median(before)) + 0.05))


def _deformed(series: Series) -> float:
    """Beside how much is left over before; a clip that does not move at all melts by nothing."""
    now, before = melting(
        series.footage.luma,
        base=series.frames(1 / 8),
        tail=series.frames(1 / 3),
        before=series.frames(13 / 12),
    )
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
