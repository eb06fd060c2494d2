"""Plots and words, without a browser."""

import pytest

from runner.quality.thresholds import profile
from runner.report.charts.canvas import NARROW, WIDE, round_steps, second_steps
from runner.report.charts.gantt import cut_pauses
from runner.report.charts.plots import Chart, HopSpan, Line, render_lines
from runner.report.findings import format_amount, format_limits
from runner.report.format import clock, drop_negative_zero, money, span


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [(0.0, 0.23, [0.0, 0.1, 0.2, 0.3]), (-16.5, 16.5, [-20, -10, 0, 10, 20]), (0.0, 1.0, [0.0, 0.5, 1.0])],
)
def test_an_axis_goes_in_round_steps(low: float, high: float, steps: list[float]) -> None:
    assert round_steps(low, high, 4 if high < 1 or high > 2 else 3) == steps


def test_seconds_are_further_apart_where_the_paper_is_narrow() -> None:
    assert second_steps(148, WIDE)[1] == 10
    assert second_steps(148, NARROW)[1] == 30


def test_noise_is_not_drawn_as_high_as_the_paper() -> None:
    chart = Chart(title="t", axis="u", spans=[HopSpan(index=0, start=0, end=8)], least=(0, 100))
    plot = render_lines(chart, [Line(name="n", runs=[[(0, 50.0), (4, 50.4), (8, 50.0)]], style="a")])
    assert 'points="62.0,97.0 545.0,96.4' in plot


def test_words_of_a_storyboard_are_never_markup_in_a_plot() -> None:
    chart = Chart(title="<i>", axis="<b>", spans=[HopSpan(index=0, start=0, end=8, name="<u>")], least=(0, 1))
    plot = render_lines(chart, [Line(name="n", runs=[[(0, 0.5)]], style="a")])
    assert not {"<i>", "<b>", "<u>"} & set(plot.split())
    assert "&lt;u&gt;" in plot


def test_a_long_pause_is_cut_short() -> None:
    time = cut_pauses([(0.0, 10.0), (12.0, 20.0), (9000.0, 9010.0)])
    assert time.busy == [(0.0, 20.0), (9000.0, 9010.0)]
    assert time.seconds < 35
    assert time.at(9005.0) == pytest.approx(20 + time.pause + 5)


@pytest.mark.parametrize(
    ("code", "value", "words", "limits"),
    [
        ("seam/discontinuity", 0.2712, "0.27", "warns at 0.06, fails at 0.20"),
        ("seam/saturation", -0.001, "0 %", "warns outside -4 % to +4 %, fails outside -13 % to +15 %"),
        ("sound/ambience", -1.5, "-65 %", "warns outside -65 % to +183 %, never fails"),
        ("tail/sharpness", -0.3, "-19 %", "warns at -19 % or less, fails at -43 % or less"),
        ("picture/visible", 0.9, "90 % of all", "warns at 96 % of all or less, never fails"),
        ("tail/frozen", 1.0, "1 frame", "warns at 6 frames, fails at 12 frames"),
        ("drift/loudness", -0.001, "0.00 LU", "warns at ±6 LU, never fails"),
    ],
)
def test_a_measure_and_its_limits_are_said_in_words(code: str, value: float, words: str, limits: str) -> None:
    threshold = profile().thresholds[code]
    assert format_amount(value, threshold) == words
    assert format_limits(threshold) == limits


def test_nothing_has_no_sign() -> None:
    assert drop_negative_zero("-0.00 dB and -0 % but -0.05 and -10") == "0.00 dB and 0 % but -0.05 and -10"


def test_time_and_money_are_said_as_people_say_them() -> None:
    assert [clock(8), clock(59.96), clock(62.25)] == ["8.0 s", "1:00.0", "1:02.2"]
    assert [span(3.2), span(150), span(90000)] == ["3.2 s", "2 min", "25 h"]
    assert [money(0.3), money(0.125)] == ["$0.30", "$0.125"]
