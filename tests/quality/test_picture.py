"""What is wrong with a stretch of pictures by itself."""

import asyncio
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from runner.media.ffmpeg.tools import Tools
from runner.media.probing.probe import probe
from runner.quality.frames import Footage, stream_frames
from runner.quality.picture import measure_jumps, measure_picture
from runner.quality.streaming import FrameStatistics, collect_statistics
from runner.quality.thresholds import profile
from tests.doses import doses
from tests.quality import files, scenes
from tests.quality.scenes import COUNT, SEAM, Paint, Scene, footage

TAKE = Scene(1)
ROUGH = ("-preset", "medium", "-crf", "32")


def verdicts(paint: Paint) -> dict[str, str]:
    found = profile().verdicts("picture", measure_picture(collect_statistics(footage(paint))), "", None)
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


@pytest.mark.parametrize(("rows", "columns"), doses([(22, 0), (0, 40)], (22, 0)))
def test_bars_are_seen(rows: int, columns: int) -> None:
    found = measure_picture(collect_statistics(footage(bars(TAKE.paint, rows, columns))))
    left = (1 - 2 * rows / scenes.HEIGHT) * (1 - 2 * columns / scenes.WIDTH)
    assert found["visible"] == pytest.approx(left, abs=0.01)
    assert verdicts(bars(TAKE.paint, rows, columns)) == {"visible": "warn"}


@pytest.mark.parametrize(("of", "verdict"), [(2, "fail"), (4, "warn")])
def test_frames_shown_twice_are_counted(of: int, verdict: str) -> None:
    held = scenes.Held(TAKE, lambda frame: frame - (frame % of == of - 1))
    assert measure_picture(collect_statistics(footage(held)))["repeats"] == pytest.approx(1 / of, abs=0.02)
    assert verdicts(held)["repeats"] == verdict


@pytest.mark.parametrize(("shown", "of"), doses([(6, 24), (8, 24), (14, 24), (24, 30)], (8, 24), (24, 30)))
def test_a_rate_that_was_raised_is_told_by_the_frames_that_it_took(shown: int, of: int) -> None:
    held = scenes.Held(TAKE, lambda frame: frame * shown // of)
    assert measure_picture(collect_statistics(footage(held)))["repeats"] == pytest.approx(1 - shown / of, abs=0.04)


@pytest.mark.parametrize("options", [pytest.param((), marks=pytest.mark.proof), ROUGH])
@pytest.mark.parametrize(("of", "verdict"), doses([(2, "fail"), (4, "warn")], (4, "warn")))
def test_frames_shown_twice_are_counted_however_a_file_was_encoded(
    of: int, verdict: str, options: tuple[str, ...], tmp_path: Path, tools: Tools
) -> None:
    held = scenes.Held(TAKE, lambda frame: frame - (frame % of == of - 1))
    found = encoded(footage(held), tmp_path, options, tools)
    assert found["repeats"] == pytest.approx(1 / of, abs=0.04)
    assert profile().thresholds["picture/repeats"].grade(found["repeats"]) == verdict


def standing_until(start: int) -> Paint:
    """A shot that is locked off until the camera begins to move."""
    return lambda frame: TAKE.paint(max(0, frame - start))


def swinging(frame: int) -> scenes.Rgb:
    """A camera that turns back twice a second."""
    return TAKE.paint(40 + 20 * math.sin(math.tau * (frame % 24) / 24))


def flashing(frame: int) -> scenes.Rgb:
    """A lamp that lights up four times a second."""
    picture: scenes.Rgb = TAKE.paint(frame) + np.array([100.0 * (frame % 6 == 0), 0, 0])
    return picture


def halting(frame: int) -> scenes.Rgb:
    """Half a second of motion and half a second of none, by turns."""
    return TAKE.paint(frame // 24 * 12 + min(frame % 24, 12))


@pytest.mark.parametrize(
    "paint",
    [standing_until(80), standing_until(COUNT), swinging, flashing, halting],
    ids=["standing, then moving", "standing", "swinging", "flashing", "halting"],
)
def test_what_stands_swings_or_flashes_shows_no_frame_twice(paint: Paint) -> None:
    assert measure_picture(collect_statistics(footage(paint)))["repeats"] == 0


@pytest.mark.parametrize("grain", doses([1.2, 4.0], 4.0))
def test_what_an_encoder_makes_of_grain_in_a_locked_off_shot_is_no_frame_shown_twice(
    grain: float, tmp_path: Path, tools: Tools
) -> None:
    shown = footage(standing_until(80), grain=grain)
    for options in ((), ("-preset", "medium", "-crf", "23"), ROUGH):
        assert encoded(shown, tmp_path, options, tools)["repeats"] < 0.04


def encoded(shown: Footage, folder: Path, options: tuple[str, ...], tools: Tools) -> Mapping[str, float]:
    """The values of pictures once they were a file."""
    path = files.film(shown, folder / "film.mp4", *options, sound=False)

    async def watched() -> FrameStatistics:
        found = FrameStatistics(24.0)
        await stream_frames(path, await probe(path, tools), 0, tools, found.add, found.piece)
        return found

    return measure_picture(asyncio.run(watched()))


def test_a_picture_that_stands_is_seen_through_its_noise() -> None:
    assert verdicts(lambda _frame: TAKE.paint(0))["still"] == "warn"


def test_a_cut_inside_a_hop_is_found_where_it_is() -> None:
    found = collect_statistics(footage(scenes.cut(TAKE)))
    assert verdicts(scenes.cut(TAKE))["jump"] == "fail"
    assert int(measure_jumps(found["likeness"], 24).argmax()) == SEAM
