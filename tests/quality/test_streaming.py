"""What is kept of a stretch that passes by in pieces."""

import pickle

import numpy as np
import pytest

from runner.quality.frames import Footage, Real
from runner.quality.streaming import FrameStatistics, LeastMovement

STRETCH = 8


def walked(count: int, seed: int) -> list[Real]:
    """Pictures that stray from each other."""
    dice = np.random.default_rng(seed)
    return list(np.cumsum(dice.standard_normal((count, 6, 4)), axis=0).astype(np.float32))


def least(means: list[Real]) -> float:
    """The least that anything differs from the first of any stretch, with all means at hand."""
    stretches = [means[first : first + STRETCH] for first in range(max(1, len(means) - STRETCH + 1))]
    return min(max((float(np.abs(mean - each[0]).mean()) for mean in each[1:]), default=0.0) for each in stretches)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 15, 60])
def test_movement_is_the_same_as_if_all_means_were_kept(count: int) -> None:
    means, movement = walked(count, count), LeastMovement()
    for mean in means:
        movement.add(mean)
    assert movement.least == least(means)


def test_nothing_does_not_move() -> None:
    assert LeastMovement().least == 0.0


def noise(count: int) -> Footage:
    dice = np.random.default_rng(count)
    luma = dice.integers(0, 255, (count, 180, 320), np.uint8)
    return Footage(luma=luma, blue=luma[:, ::2, ::2], red=luma[:, ::2, ::2])


def test_of_a_long_film_no_more_stays_than_some_numbers_a_frame() -> None:
    shown, piece, sizes = FrameStatistics(2.0), noise(8), []
    for _ in range(12):
        shown.add(piece)
        sizes.append(len(pickle.dumps(shown)))
    assert (sizes[11] - sizes[5]) / (6 * len(piece)) < 400
