"""The seam: how far the first new frame is from what the frames around it would let one expect.

All values are relative to the clip's own motion, so that a fast shot is no fault: a plain `SSIM < 0.90` found every
cut, and raised a false alarm in 53 % of clean clips (2026-11-20). bench/README.md says what each measure finds today.
"""

import math
from collections.abc import Mapping

import numpy as np

from runner.quality.frames import Pictures, Real
from runner.quality.motion import measure_displacement
from runner.quality.series import Series

# In seconds since 2026-11-27: at 30 and 60 frames a second the frame counts of before saw too little. At the 24 of Veo
# they are the 48 and 42, 12, 36 and 6 frames that the thresholds were measured with.
BACK, FORTH = 2.0, 1.75  # seconds around a seam that are looked at
_NEAR = 0.5
_REACH = 1.5  # how far back a rewind is searched: docs/checks.md promises 36 frames
_SIDE = 1 / 4  # what tells the motion of the whole on one side
_ALIVE = 0.15  # a mean change per frame, in 8-bit levels, below which nothing moves
_STILL = 0.15  # of the usual change: nothing moves here
# A new file begins with a key frame, whose coding noise alone is 0.3 of the usual change and more (2026-11-30): one
# repeated frame gets more room than a run of them.
_STILL_ONCE = 0.4
# Limited range reaches from 16 to 235; a tenth of the picture may be brighter (darker) than this.
_BLACK, _WHITE = 32, 224
# In 200 clean clips the earlier frame was at most 1.17 times as near, in rewinds 3.2 and more (2026-11-20).
_REWIND_CLOSER = 1.5


def seam_window(rate: float) -> tuple[int, int]:
    """Return how many frames before and after a seam are looked at."""
    return round(BACK * rate), round(FORTH * rate)


def measure_seam(series: Series, seam: int) -> Mapping[str, float]:
    """Measure the seam before frame `seam` of the series, which should begin BACK before it.

    `discontinuity`: how much less this step is alike than its neighbours (SSIM). `luma-step`, `chroma-step`: a step of
    8-bit values beyond the trend. `saturation`, `contrast`, `sharpness`: log2 of after to before. `rewind`: how many
    frames back the same picture was, 0 if it was not. `shift`: by how many pixels of 320 the whole picture jumps.
    `frozen`: the longest run of frames that do not move.
    `flash`: frames that are all black or all white. `flicker`: how much more the brightness trembles than before.
    `motion`: the median likeness around the seam, low for fast motion, where these measures see less.
    """
    near = _near(series, seam)
    # The lower tenth of the neighbours, not their mean: in uneven motion some neighbours are as unlike as a small jump.
    return {
        "discontinuity": float(np.quantile(series.likeness[near], 0.1) - series.likeness[seam]),
        "luma-step": abs(_step(series.luma, seam, near)),
        "chroma-step": math.hypot(_step(series.blue, seam, near), _step(series.red, seam, near)),
        "saturation": _ratio(series.saturation, seam, 4, 1.0),
        "contrast": _ratio(series.high - series.low, seam, 4, 1.0),
        "sharpness": _ratio(series.sharpness, seam, 6, 0.05),
        "rewind": float(_frames_rewound(series.footage.luma, seam, series.frames(_REACH))),
        "shift": measure_displacement(series.footage.luma, seam, series.frames(_SIDE)),
        "frozen": float(_frozen(series.change, seam, series.frames(7 / 12))),
        "flash": float(_flashes(series, seam)),
        "flicker": _flicker(series.luma, seam, series.frames(_NEAR)),
        "motion": float(np.median(series.likeness[near])),
    }


def measure_steps(series: Series, seam: int) -> Mapping[str, float]:
    """Measure the signed steps at a seam, which add up to the drift of a chain."""
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
    """Return the frames around a seam, without the one at it; each has one before it."""
    reach = series.frames(_NEAR)
    return [frame for frame in range(max(1, seam - reach), min(len(series), seam + reach + 1)) if frame != seam]


def _step(values: Real, seam: int, near: list[int]) -> float:
    """Return the step between the medians of four frames on both sides, without the trend."""
    # Known limit: what the shot itself changes within four frames is a step as well. Of 2,664 places in real clips,
    # none of them a seam, 8 to 14 % pass the 1.6 of `seam/luma-step` (2026-11-30).
    trend = float(np.median(values[near] - values[np.array(near) - 1]))
    after, before = np.median(values[seam : seam + 4]), np.median(values[max(0, seam - 4) : seam])
    return float(after - before) - 4 * trend


def _ratio(values: Real, seam: int, frames: int, floor: float) -> float:
    after, before = np.median(values[seam : seam + frames]), np.median(values[max(0, seam - frames) : seam])
    return math.log2((float(after) + floor) / (float(before) + floor))


def _frames_rewound(luma: Pictures, seam: int, reach: int) -> int:
    """Return how many frames back the first new picture was shown best; 0 where that is the frame before."""
    now = luma[seam].astype(np.float32)
    past = luma[max(0, seam - reach) : seam][::-1].astype(np.float32)
    errors = ((past - now) ** 2).mean(axis=(1, 2))
    best = int(errors.argmin())
    worse = math.sqrt(float(errors[0]) / max(float(errors[best]), 0.25))
    return best + 1 if best and worse > _REWIND_CLOSER else 0


def _frozen(change: Real, seam: int, reach: int) -> int:
    """Return the longest run of frames around the seam that hardly change, where the clip does."""
    usual = max(float(np.median(change[1:seam])), 0.05)
    longest = run = 0
    for frame in range(max(1, seam - reach), min(len(change), seam + reach)):
        run = run + 1 if usual > _ALIVE and change[frame] < _STILL * usual else 0
        longest = max(longest, run)
    once = usual > _ALIVE and change[seam] < _STILL_ONCE * usual
    return max(longest, int(once))


def _flashes(series: Series, seam: int) -> int:
    reach = series.frames(_NEAR)
    near = slice(max(0, seam - reach), seam + reach)
    return int((series.high[near] < _BLACK).sum() + (series.low[near] > _WHITE).sum())


def _flicker(luma: Real, seam: int, reach: int) -> float:
    trembling = np.abs(luma[:-2] - 2 * luma[1:-1] + luma[2:])
    after, before = trembling[seam + 1 : seam + 1 + reach], trembling[max(0, seam - reach - 2) : max(1, seam - 3)]
    return float(np.median(after)) / max(float(np.median(before)), 0.5) if len(after) else 0.0
