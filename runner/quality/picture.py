"""What is wrong with a stretch of pictures by itself: borders, frames shown twice, a picture that stands, a jump."""

from collections.abc import Mapping

import numpy as np

from runner.quality.footage import Pictures, Real
from runner.quality.series import Series

_DARK = 24  # of 255: what a border may have
_MOST = 0.9  # of the frames
_ALIVE, _STILL = 0.15, 0.15
_NEAR = 12
_AVERAGED = 8  # frames; their mean has less noise than any of them


def picture_values(series: Series) -> Mapping[str, float]:
    """Every measure of a stretch.

    `visible`: which part of the picture is left without dark borders. `repeats`: which part of the frames shows the one
    before again. `still`: how much the beginning differs from the end, once noise is averaged out. `jump`: the largest
    step between two frames against those around it (SSIM).
    """
    return {
        "visible": _visible(series.footage.luma),
        "repeats": _repeats(series.change),
        "still": _difference(series.footage.luma),
        "jump": float(jumps(series).max(initial=0.0)),
    }


def jumps(series: Series) -> Real:
    """For each frame, how much less it is like the one before than its neighbours are like theirs."""
    found = np.zeros(len(series))
    for frame in range(_NEAR, len(series) - _NEAR):
        near = np.delete(series.likeness[frame - _NEAR : frame + _NEAR + 1], _NEAR)
        found[frame] = np.quantile(near, 0.1) - series.likeness[frame]
    return found


def _visible(luma: Pictures) -> float:
    rows = (luma.max(axis=2) > _DARK).mean(axis=0) > 1 - _MOST
    columns = (luma.max(axis=1) > _DARK).mean(axis=0) > 1 - _MOST
    return _span(rows) * _span(columns)


def _span(lit: Real) -> float:
    """From the first to the last line that is lit, as a part of all; a picture that is all dark has no border."""
    places = np.flatnonzero(lit)
    return float((places[-1] - places[0] + 1) / len(lit)) if len(places) else 1.0


def _repeats(change: Real) -> float:
    moves = change[1:]
    if not len(moves):
        return 0.0
    usual = float(np.quantile(moves, 0.75))
    return float((moves < _STILL * usual).mean()) if usual > _ALIVE else 0.0


def _difference(luma: Pictures) -> float:
    first = luma[:_AVERAGED].mean(axis=0)
    middle = luma[len(luma) // 2 :][:_AVERAGED].mean(axis=0)
    last = luma[-_AVERAGED:].mean(axis=0)
    return float(max(np.abs(first - middle).mean(), np.abs(first - last).mean()))
