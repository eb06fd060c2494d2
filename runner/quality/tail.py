"""The last second of a hop, which the next one is made from: whether it holds still enough to go on from.

Google's documents say that an extension of Veo continues the final second, 24 frames. What melts in it and stays so is
seen by no seam: only here.
"""

import math
from collections.abc import Mapping

import numpy as np

from runner.quality.motion import measure_deformation, measure_shake
from runner.quality.series import Series

SECOND = 1.0
LOOK_BACK = 2.0  # seconds before the last one that tell what is usual
_BLACK = 32  # as at a seam: a tenth of the picture may be brighter
_ALIVE, _STILL = 0.15, 0.15  # as at a seam, so that one freeze is not told by one and missed by the other
_LEAST_MOTION = 0.08  # pixels; a shot that stood perfectly still would make any motion infinitely much
# Shaking took 4.2 pixels against 0.4 before; the median of clean clips never passed 0.44 (2026-11-20).
_SHAKES_MORE = 3


def frames_needed(rate: float) -> int:
    """Return how many frames up to the end the measures want to see."""
    return math.ceil((SECOND + LOOK_BACK) * rate)


def measure_tail(series: Series) -> Mapping[str, float]:
    """Measure the last second of a series, which should begin LOOK_BACK before it.

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
        **({} if black else {"sharpness": _softening(series)}),
        "deform": _deformation(series),
        "jitter": _jitter(series, start),
    }


def _softening(series: Series) -> float:
    end = len(series)
    before = series.sharpness[max(0, end - series.frames(1.5)) : max(1, end - series.frames(0.5))]
    now = series.sharpness[-series.frames(1 / 6) :]
    return math.log2((float(np.median(now)) + 0.05) / (float(np.median(before)) + 0.05))


def _deformation(series: Series) -> float:
    """Return how much melts beside how much did before; a clip that does not move at all melts by nothing."""
    # Each frame against the one 1/8 s (3 frames of 24) earlier: of melts of 3 pixels that found 92 %, the frame before
    # only 33 % (2026-11-20). Known limit: motion that begins in the last third of a second counts as well (2026-11-30).
    now, before = measure_deformation(
        series.footage.luma,
        base=series.frames(1 / 8),
        tail=series.frames(1 / 3),
        before=series.frames(13 / 12),
    )
    if math.isnan(now):
        return 0.0
    return now / max(before if not math.isnan(before) else 0.0, _LEAST_MOTION)


def _jitter(series: Series, start: int) -> float:
    moves = measure_shake(series.footage.luma)
    now, before = moves[max(0, start - 1) :], moves[: max(1, start - 1)]
    if not len(now) or not len(before):
        return 0.0
    median = float(np.median(now))
    return median if median > _SHAKES_MORE * float(np.median(before)) else 0.0
