"""What is heard at a seam, and how loud it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from runner.quality.sound import RATE, measure_loudness, measure_silence, measure_sound
from runner.quality.thresholds import profile

Heard = NDArray[np.float64]


def room(seconds: float = 4.0, seed: int = 0) -> Heard:
    """Rustling, as in a park."""
    dice = np.random.default_rng(seed)
    white = dice.standard_normal(round(seconds * RATE))
    pink = np.convolve(white, np.exp(-np.arange(200) / 30), mode="same")
    return np.repeat((pink / np.abs(pink).max() * 0.3)[:, None], 2, axis=1)


def tone(seconds: float, level: float) -> Heard:
    """997 Hz at a level in dBFS, on both channels."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[:, None], 2, axis=1)


def remarks(heard: Heard) -> set[str]:
    found = profile().verdicts("sound", measure_sound(heard, 2.0), "", None)
    return {verdict.check.partition("/")[2] for verdict in found if verdict.verdict != "pass"}


def after(change: float | Heard) -> Heard:
    heard = room()
    heard[2 * RATE :] = heard[2 * RATE :] * change
    return heard


def test_a_room_that_goes_on_is_not_remarked_on() -> None:
    assert remarks(room()) == set()


@pytest.mark.parametrize(("factor", "remarked"), [(4.0, True), (0.25, True), (2.0, False)])
def test_a_step_in_loudness_is_heard(factor: float, remarked: bool) -> None:  # noqa: FBT001
    assert ("sound-step" in remarks(after(factor))) is remarked
    assert measure_sound(after(factor), 2.0)["sound-step"] == pytest.approx(20 * np.log10(factor), abs=0.5)


def test_a_gap_is_heard() -> None:
    heard = room()
    heard[2 * RATE : 2 * RATE + round(0.3 * RATE)] = 0
    assert "sound-gap" in remarks(heard)
    assert measure_sound(heard, 2.0)["sound-gap"] == pytest.approx(0.3, abs=0.05)


def test_a_click_is_heard() -> None:
    heard = room()
    heard[2 * RATE : 2 * RATE + 40] = 0.95
    assert "click" in remarks(heard)


def test_another_room_is_heard() -> None:
    heard = room()
    dull = np.convolve(heard[2 * RATE :, 0], np.ones(400) / 400, mode="same") * 8
    heard[2 * RATE :] = dull[:, None]
    assert "ambience" in remarks(heard)


@pytest.mark.parametrize("level", [-40.0, -23.0, -6.0])
def test_a_tone_is_as_loud_as_the_standard_says(level: float) -> None:
    assert measure_loudness(tone(3.0, level)) == pytest.approx(level, abs=0.1)


def test_pauses_do_not_make_it_softer() -> None:
    with_pause = np.concatenate([tone(3.0, -23), np.zeros((3 * RATE, 2))])
    assert measure_loudness(with_pause) == pytest.approx(-23, abs=0.5)
    assert measure_silence(with_pause) == pytest.approx(0.5, abs=0.02)


def test_silence_has_a_floor() -> None:
    assert measure_loudness(np.zeros((RATE, 2))) == -70
    assert measure_loudness(np.zeros((10, 2))) == -70
    assert measure_silence(np.zeros((RATE, 2))) == 1.0


def test_what_is_too_short_is_not_judged() -> None:
    assert measure_sound(room(0.5), 0.1) == {}
