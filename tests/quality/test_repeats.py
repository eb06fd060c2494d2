"""A shot that begins again is told from one that goes on, and from one that was cut."""

import numpy as np
import pytest

from runner.quality.repeats import (
    FINGERPRINTS_A_SECOND,
    RECENT,
    find_earlier_showing,
    fingerprint,
    pack_fingerprints,
    unpack_fingerprints,
)
from runner.quality.streaming import collect_statistics
from tests.quality.scenes import Scene, footage

TAKE, OTHER = footage(Scene(3).paint, 96), footage(Scene(40).paint, 24)
PAST = unpack_fingerprints(pack_fingerprints(collect_statistics(TAKE).sampled_fingerprints()), 8.0)


def known(new: int, now: float = 12.0) -> float | None:
    return find_earlier_showing(fingerprint(TAKE.luma[new]), fingerprint(TAKE.luma[-1]), PAST, now)


@pytest.mark.parametrize("frame", [0, 1, 2, 11, 33])
def test_a_picture_that_was_shown_before_is_known_again(frame: int) -> None:
    assert known(frame) == pytest.approx(8.0 + frame / 24, abs=1 / FINGERPRINTS_A_SECOND)


def test_the_next_picture_of_the_same_shot_is_not_an_earlier_one() -> None:
    assert find_earlier_showing(fingerprint(TAKE.luma[95]), fingerprint(TAKE.luma[94]), PAST, 12.0) is None


def test_another_picture_was_never_shown() -> None:
    assert find_earlier_showing(fingerprint(OTHER.luma[0]), fingerprint(TAKE.luma[-1]), PAST, 12.0) is None


def test_what_was_shown_just_now_is_told_by_the_frames_themselves() -> None:
    assert known(0, 8.0 + RECENT - 0.1) is None
    assert known(0, 8.0 + RECENT) == 8.0


def test_a_shot_that_goes_on_after_a_flash_is_no_earlier_one() -> None:
    slow = footage(Scene(3, speed=0.1).paint, 96)
    past = unpack_fingerprints(pack_fingerprints(collect_statistics(slow).sampled_fingerprints()), 8.0)
    after, flash = fingerprint(slow.luma[95]), fingerprint(np.full_like(slow.luma[0], 16))
    assert find_earlier_showing(after, flash, past, 12.0) is None
    assert find_earlier_showing(after, flash, past, 14.0) is not None, "two seconds of another picture are no flash"


def test_a_film_of_another_shape_is_not_known() -> None:
    turned = np.ascontiguousarray(np.swapaxes(TAKE.luma[:24], 1, 2))
    upright = unpack_fingerprints(pack_fingerprints(fingerprint(picture) for picture in turned), 0.0)
    assert find_earlier_showing(fingerprint(TAKE.luma[0]), fingerprint(TAKE.luma[-1]), upright, 12.0) is None


def test_stamps_survive_their_file_and_what_is_none_is_left_out() -> None:
    assert [shown for _, shown in PAST] == list(collect_statistics(TAKE).sampled_fingerprints())
    assert [at for at, _ in PAST[:3]] == [8.0, 8.25, 8.5]
    assert unpack_fingerprints("not base64!", 0.0) == []
    assert unpack_fingerprints("", 0.0) == []
