"""What each frame is like, and how far it is from the one before: one number per frame and measure.

The measures are those of ffmpeg's signalstats, ssim and convolution on pictures of 320x180, so that their published
thresholds hold; the means of 8-bit values unless told otherwise.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from runner.quality.frames import Footage, Pictures, Real

_LOW, _HIGH = 0.1, 0.9  # the percentiles of signalstats' YLOW and YHIGH
# The constants of ffmpeg's vf_ssim.c (K1 = 0.01, K2 = 0.03) for sums over windows of 8x8 pixels instead of means.
_SSIM_C1, _SSIM_C2 = 0.01**2 * 255**2 * 64, 0.03**2 * 255**2 * 64 * 63


@dataclass(frozen=True)
class Series:
    """The measures of a stretch of footage at `rate` frames a second, each computed when it is first asked for."""

    footage: Footage
    rate: float = 24.0

    def frames(self, seconds: float) -> int:
        """Return how many frames so many seconds are, at least one."""
        return max(1, round(seconds * self.rate))

    def __len__(self) -> int:
        return len(self.footage)

    @cached_property
    def luma(self) -> Real:
        """Brightness."""
        return _mean(self.footage.luma)

    @cached_property
    def blue(self) -> Real:
        """U, the blue difference."""
        return _mean(self.footage.blue)

    @cached_property
    def red(self) -> Real:
        """V, the red difference."""
        return _mean(self.footage.red)

    @cached_property
    def saturation(self) -> Real:
        """Distance of the colours from grey."""
        pairs = zip(self.footage.blue, self.footage.red, strict=True)
        return np.array(
            [np.hypot(blue.astype(np.float32) - 128, red.astype(np.float32) - 128).mean() for blue, red in pairs]
        )

    @cached_property
    def low(self) -> Real:
        """The brightness that a tenth of the picture stays below."""
        return self._levels[0]

    @cached_property
    def high(self) -> Real:
        """The brightness that a tenth of the picture lies above."""
        return self._levels[1]

    @cached_property
    def _levels(self) -> tuple[Real, Real]:
        sums = [np.cumsum(np.bincount(picture.ravel(), minlength=256)) for picture in self.footage.luma]
        size = self.footage.luma[0].size if len(self) else 1
        found = [np.searchsorted(each, (_LOW * size, _HIGH * size)) for each in sums]
        return np.array([pair[0] for pair in found], float), np.array([pair[1] for pair in found], float)

    @cached_property
    def sharpness(self) -> Real:
        """The mean of the positive Laplacian."""
        return np.array([_edges(picture) for picture in self.footage.luma])

    @cached_property
    def change(self) -> Real:
        """The mean difference to the frame before; 0 for the first."""
        # This is signalstats' YDIF: published rules for freezes and flicker speak of it.
        steps = [0.0]
        for before, now in zip(self.footage.luma[:-1], self.footage.luma[1:], strict=True):
            steps.append(float(np.abs(now.astype(np.int16) - before).mean()))
        return np.array(steps[: len(self)])

    @cached_property
    def likeness(self) -> Real:
        """SSIM with the frame before; 1 for the first."""
        alike = [1.0]
        sums = [_sums(picture) for picture in self.footage.luma]
        for index in range(1, len(self)):
            before, now = self.footage.luma[index - 1], self.footage.luma[index]
            alike.append(_ssim(before, now, sums[index - 1], sums[index]))
        return np.array(alike[: len(self)])


def _mean(pictures: Pictures) -> Real:
    means: Real = pictures.reshape(len(pictures), -1).mean(axis=1)
    return means


def _edges(picture: Pictures) -> float:
    wide = picture.astype(np.int16)
    inside = 4 * wide[1:-1, 1:-1] - wide[:-2, 1:-1] - wide[2:, 1:-1] - wide[1:-1, :-2] - wide[1:-1, 2:]
    return float(np.clip(inside, 0, 255).sum() / picture.size)


def _blocks(picture: Real) -> Real:
    """Sum over windows of 8x8 pixels, four pixels apart."""
    # vf_ssim.c does the same: sums of 4x4, four of which make a window, so that each pixel is added once.
    height, width = picture.shape[0] // 4, picture.shape[1] // 4
    cut = picture[: height * 4, : width * 4].reshape(height, 4, width, 4)
    small: Real = cut.sum(axis=(1, 3), dtype=np.float32)
    return small[:-1, :-1] + small[1:, :-1] + small[:-1, 1:] + small[1:, 1:]


def _sums(picture: Pictures) -> tuple[Real, Real]:
    exact = picture.astype(np.float32)
    return _blocks(exact), _blocks(exact * exact)


def _ssim(one: Pictures, other: Pictures, sums: tuple[Real, Real], others: tuple[Real, Real]) -> float:
    products = _blocks(one.astype(np.float32) * other)
    (first, squares), (second, more) = sums, others
    variance = (squares + more) * 64 - first * first - second * second
    covariance = products * 64 - first * second
    alike = (2 * first * second + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    return float((alike / ((first * first + second * second + _SSIM_C1) * (variance + _SSIM_C2))).mean())
