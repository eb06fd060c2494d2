"""Drift: small steps that no seam shows add up, and the hop at which they leave the band is named."""

import pytest

from runner.quality.drift import HopMeasurements, first_hop_outside, fit_slope, measure_drift
from runner.quality.thresholds import profile


def chain(loudness: float = 0.0, **each: float) -> list[HopMeasurements]:
    """Nine hops with the same step at every seam."""
    return [
        HopMeasurements(hop=hop, steps=each if hop else {}, means={}, loudness=-20 + loudness * hop) for hop in range(9)
    ]


def remarked(looks: list[HopMeasurements]) -> set[str]:
    found = profile().verdicts("drift", measure_drift(looks)[-1].values, "", None)
    return {verdict.check.partition("/")[2] for verdict in found if verdict.verdict != "pass"}


def test_a_chain_without_steps_does_not_drift() -> None:
    assert remarked(chain()) == set()
    assert remarked(chain(luma=0.04, blue=0.1, red=0.1, sharpness=0.007)) == set()


@pytest.mark.parametrize(
    ("steps", "measure"),
    [
        ({"luma": 1.9}, "luma"),
        ({"luma": -1.9}, "luma"),
        ({"blue": -0.7, "red": 0.9}, "colour"),
        ({"saturation": 0.042}, "saturation"),
        ({"contrast": 0.029}, "contrast"),
        ({"sharpness": -0.029}, "sharpness"),
        ({"loudness": 1.0}, "loudness"),
    ],
)
def test_steps_that_no_seam_shows_add_up(steps: dict[str, float], measure: str) -> None:
    assert remarked(chain(**steps)) == {measure}


@pytest.mark.parametrize("name", ["luma", "saturation", "contrast", "sharpness"])
def test_a_step_of_every_seam_that_the_hops_do_not_follow_is_no_drift(name: str) -> None:
    def chain_of(factor: float) -> list[HopMeasurements]:
        means = [dict.fromkeys((name, "blue", "red"), 60.0 * factor**hop) for hop in range(9)]
        return [HopMeasurements(hop=hop, steps={name: 0.1} if hop else {}, means=means[hop]) for hop in range(9)]

    assert name not in measure_drift(chain_of(1.0))[-1].agreed
    assert name not in measure_drift(chain_of(1 / 1.06))[-1].agreed
    assert name in measure_drift(chain_of(1.06))[-1].agreed


def test_colour_drifts_where_the_hops_turn_the_same_way() -> None:
    def chain_of(blue: float, red: float) -> list[HopMeasurements]:
        means = [{"blue": 120 + blue * hop, "red": 130 + red * hop} for hop in range(9)]
        return [
            HopMeasurements(hop=hop, steps={"blue": -1, "red": 1} if hop else {}, means=means[hop]) for hop in range(9)
        ]

    assert "colour" in measure_drift(chain_of(-0.8, 1.2))[-1].agreed
    assert "colour" not in measure_drift(chain_of(0.8, -1.2))[-1].agreed


def test_getting_sharper_is_no_drift() -> None:
    assert remarked(chain(sharpness=0.05)) == set()


def test_the_hop_that_left_the_band_is_named() -> None:
    found = measure_drift(chain(luma=1.9))
    grade = profile().thresholds["drift/luma"].grade
    assert first_hop_outside(found, "luma", grade) == 4
    assert first_hop_outside(measure_drift(chain()), "luma", grade) is None


def test_the_slope_is_that_of_a_straight_line() -> None:
    assert fit_slope([1, 3, 5, 7]) == pytest.approx(2)
    assert fit_slope([4]) == 0
