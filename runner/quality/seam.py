"""The seam: how far the first new frame is from what the frames around it would let one expect.

All values are relative to the clip's own motion, so that a fast shot is no fault. Definitions and thresholds were
measured on synthetic footage with known faults; see docs/checks.md.
"""

import math
from collections.abc import Mapping

import numpy as np

from runner.quality.frames import Pictures, Real
from runner.quality.motion import jolt
from runner.quality.series import Series

BACK, FORTH = 2.0, 1.75  # seconds around a seam that are looked at
_NEAR = 0.5  # seconds
_REACH = 1.5
_SIDE = 1 / 4  # of a second: what tells the motion of the whole on one side
_ALIVE = 0.15  # a mean change per frame below which nothing moves
_STILL = 0.15  # of the usual change: nothing moves here
_BLACK, _WHITE = 32, 224


def around(rate: float) -> tuple[int, int]:
    """How many frames before and after a seam are looked at."""
    return round(BACK * rate), round(FORTH * rate)


def seam_values(series: Series, seam: int) -> Mapping[str, float]:
    """Every measure of the seam before frame `seam` of the series, which should begin BACK before it.

    `discontinuity`: how much less this step is alike than its neighbours (SSIM). `luma-step`, `chroma-step`: a step of
    8-bit values beyond the trend. `saturation`, `contrast`, `sharpness`: log2 of after to before. `rewind`: how many
    frames back the same picture was, 0 if it was not. `shift`: by how many pixels of 320 the whole picture jumps.
    `frozen`: the longest run of frames that do not move.
    `flash`: frames that are all black or all white. `flicker`: how much more the brightness trembles than before.
    `motion`: the median likeness around the seam, low for fast motion, where these measures see less.
    """
    near = _near(series, seam)
    return {
        "discontinuity": float(np.quantile(series.likeness[near], 0.1) - series.likeness[seam]),
        "luma-step": abs(_step(series.luma, seam, near)),
        "chroma-step": math.hypot(_step(series.blue, seam, near), _step(series.red, seam, near)),
        "saturation": _ratio(series.saturation, seam, 4, 1.0),
        "contrast": _ratio(series.high - series.low, seam, 4, 1.0),
        "sharpness": _ratio(series.sharpness, seam, 6, 0.05),
        "rewind": float(_rewound(series.footage.luma, seam, series.frames(_REACH))),
        "shift": jolt(series.footage.luma, seam, series.frames(_SIDE)),
        "frozen": float(_frozen(series.change, seam, series.frames(7 / 12))),
        "flash": float(_flashes(series, seam)),
        "flicker": _flicker(series.luma, seam, series.frames(_NEAR)),
        "motion": float(np.median(series.likeness[near])),
    }


def steps(series: Series, seam: int) -> Mapping[str, float]:
    """The signed steps at a seam, which add up to the drift of a chain."""
    near = _near(series, seam)
    return {
        "luma": _step(series.luma, seam, near),
        "blue": _step(series.blue, seam, near),
        "red": _step(series.red, seam, near),
        "saturation": _ratio(series.saturation, seam, 4, 1.0),
        "contrast": _ratio(series.high - series.low, seam, 4, 1.0),
        "sharpness": _ratio(series.sharpness, seam, 6, 0.05),
    }


def _near(series: Series, seam: int) -> list[int]:
    """The frames around a seam, without the one at it; each has one before it."""
    reach = series.frames(_NEAR)
    return [frame for frame in range(max(1, seam - reach), min(len(series), seam + reach + 1)) if frame != seam]


def _step(values: Real, seam: int, near: list[int]) -> float:
    """The step between the medians of four frames on both sides, without the trend."""
    trend = float(np.median(values[near] - values[np.array(near) - 1]))
    after, before = np.median(values[seam : seam + 4]), np.median(values[max(0, seam - 4) : seam])
    return float(after - before) - 4 * trend


def _ratio(values: Real, seam: int, frames: int, floor: float) -> float:
    after, before = np.median(values[seam : seam + frames]), np.median(values[max(0, seam - frames) : seam])
    return math.log2((float(after) + floor) / (float(before) + floor))


def _rewound(luma: Pictures, seam: int, reach: int) -> int:
    """How many frames back the first new picture was seen best; 0 where that is the frame before, as it should be."""
    now = luma[seam].astype(np.float32)
    past = luma[max(0, seam - reach) : seam][::-1].astype(np.float32)
    errors = ((past - now) ** 2).mean(axis=(1, 2))
    best = int(errors.argmin())
    worse = math.sqrt(float(errors[0]) / max(float(errors[best]), 0.25))
    return best + 1 if best and worse > 1.5 else 0  # noqa: PLR2004 -- by how much the earlier one has to be closer


def _frozen(change: Real, seam: int, reach: int) -> int:
    """The longest run of frames around the seam that hardly change, where the clip does."""
    usual = max(float(np.median(change[1:seam])), 0.05)
    longest = run = 0
    for frame in range(max(1, seam - reach), min(len(change), seam + reach)):
        run = run + 1 if usual > _ALIVE and change[frame] < _STILL * usual else 0
        longest = max(longest, run)
    once = usual > _ALIVE and change[seam] < 0.4 * usual
    return max(longest, int(once))


def _flashes(series: Series, seam: int) -> int:
    reach = series.frames(_NEAR)
    near = slice(max(0, seam - reach), seam + reach)
    return int((series.high[near] < _BLACK).sum() + (series.low[near] > _WHITE).sum())


def _flicker(luma: Real, seam: int, reach: int) -> float:
    trembling = np.abs(luma[:-2] - 2 * luma[1:-1] + luma[2:])
    after, before = trembling[seam + 1 : seam + 1 + reach], trembling[max(0, seam - reach - 2) : max(1, seam - 3)]
    return float(np.median(after)) / max(float(np.median(before)), 0.5) if len(after) else 0.0
