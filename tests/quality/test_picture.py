"""What is wrong with a stretch of pictures by itself."""

import pytest

from runner.quality.picture import jumps, picture_values
from runner.quality.profile import profile
from runner.quality.whole import whole
from tests.quality import scenes
from tests.quality.scenes import SEAM, Paint, Scene, footage

TAKE = Scene(1)


def verdicts(paint: Paint) -> dict[str, str]:
    found = profile().verdicts("picture", picture_values(whole(footage(paint))), "", None)
    return {verdict.check.partition("/")[2]: verdict.verdict for verdict in found if verdict.verdict != "pass"}


def test_a_plain_take_is_not_remarked_on() -> None:
    assert verdicts(TAKE.paint) == {}


def bars(paint: Paint, rows: int, columns: int) -> Paint:
    def barred(frame: int) -> scenes.Rgb:
        picture = paint(frame).copy()
        dark = [-104.0, 0.0, 0.0]
        picture[:rows], picture[scenes.HEIGHT - rows :] = dark, dark
        picture[:, :columns], picture[:, scenes.WIDTH - columns :] = dark, dark
        return picture

    return barred


@pytest.mark.parametrize(("rows", "columns"), [(22, 0), (0, 40)])
def test_bars_are_seen(rows: int, columns: int) -> None:
    found = picture_values(whole(footage(bars(TAKE.paint, rows, columns))))
    left = (1 - 2 * rows / scenes.HEIGHT) * (1 - 2 * columns / scenes.WIDTH)
    assert found["visible"] == pytest.approx(left, abs=0.01)
    assert verdicts(bars(TAKE.paint, rows, columns)) == {"visible": "warn"}


@pytest.mark.parametrize(("of", "verdict"), [(2, "fail"), (4, "warn")])
def test_frames_shown_twice_are_counted(of: int, verdict: str) -> None:
    held = scenes.Held(TAKE, lambda frame: frame - (frame % of == of - 1))
    assert picture_values(whole(footage(held)))["repeats"] == pytest.approx(1 / of, abs=0.02)
    assert verdicts(held)["repeats"] == verdict


def test_a_picture_that_stands_is_seen_through_its_noise() -> None:
    assert verdicts(lambda _frame: TAKE.paint(0))["still"] == "warn"


def test_a_cut_inside_a_hop_is_found_where_it_is() -> None:
    found = whole(footage(scenes.cut(TAKE)))
    assert verdicts(scenes.cut(TAKE))["jump"] == "fail"
    assert int(jumps(found["likeness"], 24).argmax()) == SEAM
