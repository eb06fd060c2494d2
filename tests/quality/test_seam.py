"""Seams: each fault is found by the measure that is meant for it, and a clean take by none."""

from collections.abc import Callable

import pytest

from runner.quality.seam import measure_seam, measure_steps, seam_window
from runner.quality.series import Series
from runner.quality.thresholds import profile
from tests.doses import doses
from tests.quality import scenes
from tests.quality.scenes import SEAM, Paint, Scene, footage

BACK, FORTH = seam_window(24)
SLOW, FAST = Scene(1), Scene(2, 4.0)
Fault = Callable[[Scene], Paint]


def verdicts(paint: Paint) -> dict[str, str]:
    """What is remarked on, by measure."""
    part = footage(paint)[SEAM - BACK : SEAM + FORTH]
    found = profile().verdicts("seam", measure_seam(Series(part), BACK), "", None)
    return {verdict.check.partition("/")[2]: verdict.verdict for verdict in found if verdict.verdict != "pass"}


@pytest.mark.parametrize("scene", doses([Scene(0, 0.3), SLOW, FAST, Scene(5), Scene(6, 2.5)], SLOW, FAST), ids=str)
def test_a_take_that_goes_on_is_not_remarked_on(scene: Scene) -> None:
    assert verdicts(scenes.clean(scene)) == {}


@pytest.mark.parametrize(
    ("fault", "measure", "verdict"),
    [
        (scenes.cut, "discontinuity", "fail"),
        pytest.param(lambda scene: scenes.skip(scene, 3), "discontinuity", "fail", marks=pytest.mark.proof),
        pytest.param(lambda scene: scenes.skip(scene, 24), "discontinuity", "fail", marks=pytest.mark.proof),
        pytest.param(lambda scene: scenes.rewind(scene, 6), "rewind", "fail", marks=pytest.mark.proof),
        (lambda scene: scenes.rewind(scene, 12), "rewind", "fail"),
        (lambda scene: scenes.frozen(scene, 6), "frozen", "fail"),
        (lambda scene: scenes.moved(scene, 16), "shift", "warn"),
        (scenes.black, "flash", "fail"),
        pytest.param(lambda scene: scenes.brighter(scene, 4), "luma-step", "warn", marks=pytest.mark.proof),
        (lambda scene: scenes.brighter(scene, -10), "luma-step", "fail"),
        (lambda scene: scenes.tinted(scene, 4), "chroma-step", "fail"),
        pytest.param(lambda scene: scenes.saturated(scene, 1.2), "saturation", "fail", marks=pytest.mark.proof),
        (lambda scene: scenes.saturated(scene, 0.8), "saturation", "fail"),
        pytest.param(lambda scene: scenes.contrasted(scene, 1.2), "contrast", "warn", marks=pytest.mark.proof),
        (lambda scene: scenes.contrasted(scene, 0.7), "contrast", "fail"),
        (lambda scene: scenes.soft(scene, 1), "sharpness", "fail"),
        (lambda scene: scenes.flicker(scene, 3), "flicker", "fail"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("scene", doses([SLOW, FAST], SLOW), ids=str)
def test_a_fault_is_found_by_its_measure(fault: Fault, measure: str, verdict: str, scene: Scene) -> None:
    assert verdicts(fault(scene)).get(measure) == verdict


def test_how_far_a_picture_was_rewound_is_told() -> None:
    part = footage(scenes.rewind(SLOW, 12))[SEAM - BACK : SEAM + FORTH]
    assert measure_seam(Series(part), BACK)["rewind"] == 12


def test_the_steps_at_a_seam_have_a_sign() -> None:
    darker = measure_steps(Series(footage(scenes.brighter(SLOW, -5))), SEAM)
    assert darker["luma"] == pytest.approx(-5, abs=0.6)
    paler = measure_steps(Series(footage(scenes.saturated(SLOW, 0.5))), SEAM)
    assert paler["saturation"] == pytest.approx(-1, abs=0.2)


@pytest.mark.parametrize(
    "measure",
    doses(["discontinuity", "luma-step", "chroma-step", "sharpness", "rewind", "shift", "flash"], "discontinuity"),
)
def test_what_lies_further_from_a_seam_does_not_count(measure: str) -> None:
    near = footage(scenes.skip(SLOW, 6))[SEAM - BACK : SEAM + FORTH]
    apart = footage(Scene(9).paint, 24).joined(near)
    assert measure_seam(Series(apart), BACK + 24)[measure] == measure_seam(Series(near), BACK)[measure]
