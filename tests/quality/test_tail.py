"""The last second: what melts, stands, shakes or goes dark is seen before the next hop is bought."""

import numpy as np
import pytest

from runner.quality.series import Series
from runner.quality.tail import measure_tail
from runner.quality.thresholds import profile
from tests.doses import doses
from tests.quality import scenes
from tests.quality.scenes import SEAM, Paint, Scene, footage

SCENES = [Scene(0, 0.3), Scene(1), Scene(2, 4.0)]


def verdicts(paint: Paint) -> dict[str, str]:
    found = profile().verdicts("tail", measure_tail(Series(footage(paint, SEAM))), "", None)
    return {verdict.check.partition("/")[2]: verdict.verdict for verdict in found if verdict.verdict != "pass"}


@pytest.mark.parametrize("scene", doses(SCENES, SCENES[1], SCENES[2]), ids=str)
def test_a_steady_end_is_not_remarked_on(scene: Scene) -> None:
    assert verdicts(scenes.clean(scene)) == {}


@pytest.mark.parametrize("scene", doses(SCENES, SCENES[1]), ids=str)
@pytest.mark.parametrize(("pixels", "least"), doses([(3, "warn"), (6, "fail"), (12, "fail")], (6, "fail")))
def test_a_picture_that_melts_is_seen_though_no_seam_shows_it(scene: Scene, pixels: float, least: str) -> None:
    assert verdicts(scenes.melting(scene, pixels)).get("deform") in (least, "fail")


def test_an_end_that_stands_is_seen() -> None:
    assert verdicts(scenes.Held(Scene(1), lambda frame: min(frame, SEAM - 13)))["frozen"] == "fail"
    assert verdicts(scenes.Held(Scene(1), lambda frame: min(frame, SEAM - 8)))["frozen"] == "warn"


def test_a_clip_that_never_moves_is_no_frozen_end() -> None:
    still = Scene(1)
    assert "frozen" not in verdicts(lambda _frame: still.paint(0))


def test_a_camera_that_begins_to_shake_is_seen() -> None:
    assert verdicts(scenes.shaking(Scene(0, 0.3), 6))["jitter"] == "warn"


@pytest.mark.parametrize("scene", doses(SCENES, SCENES[1]), ids=str)
def test_an_end_that_gets_softer_is_seen(scene: Scene) -> None:
    assert verdicts(scenes.softening(scene, 1))["sharpness"] in ("warn", "fail")


def test_a_dark_end_is_seen() -> None:
    take = Scene(1)
    assert verdicts(
        lambda frame: take.paint(frame) * 0 + np.array([-110, 0, 0]) if frame > SEAM - 3 else take.paint(frame)
    )["black"] == ("fail")
