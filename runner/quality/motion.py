"""Motion between frames: of the whole picture, and of its blocks; how much of it no camera can have made."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from runner.quality.frames import Pictures, Real

_BLOCK, _STEP = 32, 16
_FAR = 14.0  # pixels; a longer shift of a block is a mismatch: a circular correlation cannot tell 17 right from 15 left
# An affine map has six unknowns, which a handful of blocks would always fit; 320x180 has 190 of them.
_LEAST_BLOCKS = 20
# Plain phase correlation (1.0) is as loud for noise as for edges, none (0.0) finds only the largest shape.
_WHITENING = 0.7
_APART = 3  # pixels; nearer peaks of a correlation are one
_GOOD_FIT = 1.0  # pixels; beyond that the whole may have moved otherwise
# Too flat a block correlates with anything: the quarter with the least texture has no say.
_FLAT = 0.25
Move = tuple[float, float]


def measure_deformation(luma: Pictures, *, base: int, tail: int, before: int) -> tuple[float, float]:
    """Measure the motion that no camera explains: in the last `tail` frames, and in `before` frames before them.

    In pixels of the small picture, the median over blocks and frames, each against the one `base` frames earlier: the
    motion of one frame is lost in the noise. A camera moves blocks by an affine map, what melts does not. NaN where
    there is too little texture or too little footage.
    """
    first = max(base, len(luma) - tail - before)
    left = np.array([_leftover(luma[frame - base], luma[frame]) for frame in range(first, len(luma))])
    if len(left) <= tail:
        return float("nan"), float("nan")
    return _median(left[-tail:]), _median(left[: -tail - 2] if len(left) > tail + 2 else left[:-tail])


def measure_shake(luma: Pictures) -> Real:
    """Measure how far the picture's motion changes from frame to frame, in pixels of the small picture.

    The motion of most of its blocks counts, so that what moves by itself does not.
    """
    half = luma[:, ::2, ::2].astype(np.float32)  # a quarter of the blocks: a shake moves all of them
    moves = np.array([_median_move(one, other) for one, other in pairwise(half)]) * 2
    return np.hypot(*np.diff(moves, axis=0).T) if len(moves) > 1 else np.zeros(0)


def measure_displacement(luma: Pictures, frame: int, reach: int) -> float:
    """Measure how far the picture jumps from the frame before to this one, beside its motion on either side, in pixels.

    A motion that only changes here is no jump.
    """
    before = [measure_shifts(*luma[place - 1 : place + 1])[0] for place in range(max(1, frame - reach), frame)]
    after = [
        measure_shifts(*luma[place - 1 : place + 1])[0] for place in range(frame + 1, min(len(luma), frame + 1 + reach))
    ]
    usual = [np.median(side, axis=0) for side in (before, after) if side]
    found = measure_shifts(luma[frame - 1], luma[frame])
    return min((math.dist(move, each) for move in found for each in usual), default=0.0)


def _median_move(one: Real, other: Real) -> Move:
    """Return the median motion of the blocks that have some texture."""
    right, down, texture = _block_shifts(one, other)
    good = texture > np.quantile(texture, _FLAT)
    return (float(np.median(right[good])), float(np.median(down[good]))) if good.any() else (0.0, 0.0)


def measure_shifts(one: Pictures, other: Pictures) -> Sequence[Move]:
    """Measure how far a picture moved as a whole, right and down, finer than a pixel: the likeliest, and the next."""
    window = np.outer(np.hanning(one.shape[0]), np.hanning(one.shape[1]))
    surface = _correlation((one - one.mean()) * window, (other - other.mean()) * window, _WHITENING)
    first, place = _peak(surface)
    height, width = surface.shape
    rows = (place[0] + np.arange(-_APART, _APART + 1)) % height
    columns = (place[1] + np.arange(-_APART, _APART + 1)) % width
    surface[np.ix_(rows, columns)] = surface.min()
    return first, _peak(surface)[0]


def _peak(surface: Real) -> tuple[Move, tuple[int, int]]:
    height, width = surface.shape
    down, right = divmod(int(surface.argmax()), width)
    peak = surface[down, right]
    finer_down = _finer(surface[down - 1, right], peak, surface[(down + 1) % height, right])
    finer_right = _finer(surface[down, right - 1], peak, surface[down, (right + 1) % width])
    move = (
        float((right - width if right > width // 2 else right) + finer_right),
        float((down - height if down > height // 2 else down) + finer_down),
    )
    return move, (down, right)


def _median(values: Real) -> float:
    good = values[np.isfinite(values)]
    return float(np.median(good)) if len(good) else float("nan")


def _correlation(one: Real, other: Real, whitening: float) -> Real:
    cross = np.fft.rfft2(other) * np.conj(np.fft.rfft2(one))
    cross /= np.abs(cross) ** whitening + 1e-3
    return np.fft.irfft2(cross, s=one.shape[-2:])


def _leftover(one: Pictures, other: Pictures) -> float:
    """Return what remains of the blocks' motion once the best affine map is taken out, in pixels.

    The motion of the whole is taken out first: in a fast pan a block would leave its place altogether.
    """
    found = float("nan")
    for right, down in measure_shifts(one, other):
        rest = _leftover_after(one, other, round(right), round(down))
        found = rest if math.isnan(found) else min(found, rest)
        if found < _GOOD_FIT:
            break
    return found


def _leftover_after(one: Pictures, other: Pictures, moved: int, sunk: int) -> float:
    """Return the same, once a motion of the whole by so many pixels is taken out."""
    steady = np.roll(other, (-sunk, -moved), axis=(0, 1))
    right, down, texture = _block_shifts(one.astype(np.float32), steady.astype(np.float32))
    across, along = _centres(*one.shape)
    good = (texture > np.quantile(texture, _FLAT)) & (np.hypot(right, down) < _FAR)
    good &= _kept(across, one.shape[1], moved) & _kept(along, one.shape[0], sunk)
    if good.sum() < _LEAST_BLOCKS:
        return float("nan")
    places = np.column_stack([np.ones(int(good.sum())), across[good], along[good]])
    moves, weights = np.column_stack([right, down])[good], np.ones(int(good.sum()))
    rest = np.zeros(len(moves))
    # Blocks that disagree lose their say: what melts must not bend the map that it is held against.
    for _ in range(4):
        fit, *_ = np.linalg.lstsq(places * weights[:, None], moves * weights[:, None], rcond=None)
        rest = np.hypot(*(moves - places @ fit).T)
        weights = 1 / (1 + (rest / (np.median(rest) + 0.03)) ** 2)
    return float(np.median(rest))


def _kept(places: Real, size: int, moved: int) -> NDArray[np.bool_]:
    """Tell which blocks are still in the picture: what moved out came in again at the other side."""
    half = _BLOCK / 2
    return (places + max(moved, 0) <= size - half) & (places + min(moved, 0) >= half)


def _centres(height: int, width: int) -> tuple[Real, Real]:
    rows = np.arange(0, height - _BLOCK + 1, _STEP) + _BLOCK / 2
    columns = np.arange(0, width - _BLOCK + 1, _STEP) + _BLOCK / 2
    along, across = np.meshgrid(rows, columns, indexing="ij")
    return across.ravel(), along.ravel()


def _block_shifts(one: Real, other: Real) -> tuple[Real, Real, Real]:
    """Return right and down for each block, finer than a pixel, and how much texture it has."""
    window = np.outer(np.hanning(_BLOCK), np.hanning(_BLOCK)).astype(np.float32)
    before, after = _cut(one), _cut(other)
    before = (before - before.mean((1, 2), keepdims=True)) * window
    after = (after - after.mean((1, 2), keepdims=True)) * window
    surface = _correlation(before, after, _WHITENING)
    index = np.arange(len(surface))
    down, right = np.divmod(surface.reshape(len(surface), -1).argmax(axis=1), _BLOCK)
    peak = surface[index, down, right]
    finer_down = _finer(surface[index, (down - 1) % _BLOCK, right], peak, surface[index, (down + 1) % _BLOCK, right])
    finer_right = _finer(surface[index, down, (right - 1) % _BLOCK], peak, surface[index, down, (right + 1) % _BLOCK])
    return _signed(right) + finer_right, _signed(down) + finer_down, before.std(axis=(1, 2))


def _cut(picture: Real) -> Real:
    windows = np.lib.stride_tricks.sliding_window_view(picture, (_BLOCK, _BLOCK))[::_STEP, ::_STEP]
    return windows.reshape(-1, _BLOCK, _BLOCK)


def _finer(before: Real, peak: Real, after: Real) -> Real:
    """Return where the peak of a parabola through three points lies, relative to the middle one."""
    bend = before - 2 * peak + after
    flat = np.abs(bend) < 1e-9  # noqa: PLR2004 -- no peak at all
    return np.where(flat, 0.0, 0.5 * (before - after) / np.where(flat, 1.0, bend))


def _signed(place: Real) -> Real:
    return np.where(place > _BLOCK // 2, place - _BLOCK, place)
