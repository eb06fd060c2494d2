"""Frame rates and gaps, counted in ticks of all kinds of clocks."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from runner.media.probing.reading import Packet, Track, span_of, timing_of

MP4, WEBM, MPEG = Fraction(1, 12288), Fraction(1, 1000), Fraction(1, 90000)
NTSC = Fraction(24000, 1001)


def track(times: Sequence[int], base: Fraction, duration: int = 0) -> Track:
    return Track(time_base=base, packets=tuple(Packet(pts=time, duration=duration) for time in times))


def grid(rate: Fraction, base: Fraction, frames: int = 96, *, first: int = 0) -> list[int]:
    """Time stamps of a constant rate, rounded to the clock."""
    return [first + round(index / rate / base) for index in range(frames)]


@pytest.mark.parametrize("base", [MP4, WEBM, MPEG, Fraction(1, 600), Fraction(1, 24000), Fraction(1, 15360)])
@pytest.mark.parametrize(
    "rate", [Fraction(24), NTSC, Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]
)
def test_a_standard_rate_is_told_exactly_by_any_clock(rate: Fraction, base: Fraction) -> None:
    timing = timing_of(track(grid(rate, base, 192), base))
    assert timing.frame_rate == rate
    assert timing.constant_rate
    assert abs(timing.average_rate - rate) < Fraction(1, 100)
    assert abs(timing.duration - 192 / rate) <= base


def test_an_odd_rate_is_told_exactly_where_the_clock_can_hold_it() -> None:
    assert timing_of(track(range(0, 700, 7), Fraction(1, 100))).frame_rate == Fraction(100, 7)


def test_a_clock_too_coarse_for_its_own_odd_rate_gives_the_commonest_gap() -> None:
    times = [0, 70, 141, 211, 281, 352, 422, 492, 563, 633]
    assert timing_of(track(times, WEBM)).frame_rate == Fraction(1000, 70)


def test_frames_stored_out_of_order_are_put_in_order() -> None:
    timing = timing_of(track([0, 2048, 1024, 512, 1536], MP4))
    assert (timing.frame_rate, timing.constant_rate, timing.frames) == (Fraction(24), True, 5)


@pytest.mark.parametrize(
    ("times", "constant"),
    [
        ([0, 512, 1024, 1536], True),
        ([0, 512, 1024, 1792], True),
        ([0, 512, 1024, 1793], False),
        ([0, 512, 1024, 1024], False),
        ([0, 512, 1024, 7168], False),
        ([0, 512, 1024, 1536, 2248, 2960, 3672], False),
    ],
)
def test_a_gap_may_stray_by_half_a_frame(times: list[int], constant: bool) -> None:  # noqa: FBT001
    assert timing_of(track(times, MP4)).constant_rate is constant


def test_the_last_frame_lasts_as_long_as_it_says_or_as_long_as_the_others() -> None:
    assert timing_of(track([0, 512, 1024], MP4)).duration == Fraction(3, 24)
    assert timing_of(track([0, 512, 1024], MP4, duration=600)).duration == (1024 + 600) * MP4


def test_what_lies_before_time_zero_is_hidden() -> None:
    timing = timing_of(track([-1024, -512, 0, 512, 1024], MP4))
    assert (timing.frames, timing.hidden, timing.start, timing.duration) == (3, 2, 0, Fraction(3, 24))


def test_what_an_edit_list_ends_before_is_hidden_and_not_heard() -> None:
    packets = tuple(Packet(pts=time, duration=512, hidden=time > 1024) for time in (0, 1536, 512, 1024, 2048))
    timing = timing_of(Track(time_base=MP4, packets=packets))
    assert (timing.frames, timing.hidden, timing.cut_short, timing.duration) == (3, 2, True, Fraction(3, 24))
    assert span_of(Track(time_base=MP4, packets=packets)) == (0, Fraction(3, 24))
    assert not timing_of(track([-1024, 0, 512], MP4)).cut_short


def test_a_late_start_is_no_part_of_the_length() -> None:
    timing = timing_of(track(grid(Fraction(24), MP4, 24, first=6144), MP4))
    assert (timing.start, timing.duration) == (Fraction(1, 2), 1)


def test_a_single_frame_has_the_rate_of_its_own_length() -> None:
    assert timing_of(track([0], MP4, duration=512)).frame_rate == 24
    lone = timing_of(track([0], MP4))
    assert (lone.frame_rate, lone.duration, lone.constant_rate) == (0, 0, True)


def test_frames_all_at_one_time_have_no_rate() -> None:
    timing = timing_of(track([0, 0, 0], MP4))
    assert (timing.frame_rate, timing.average_rate) == (0, 0)


def test_sound_before_time_zero_is_not_heard() -> None:
    base = Fraction(1, 48000)
    assert span_of(track(range(-1024, 47 * 1024, 1024), base, duration=1024)) == (0, 47 * 1024 * base)
    assert span_of(track([], base)) == (0, 0)
    assert span_of(track([12000], base, duration=1024)) == (Fraction(1, 4), 1024 * base)
