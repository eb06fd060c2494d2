"""A look at a real file: where its seam is, what cannot be seen of it, and how little it takes."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from runner.media.ffmpeg.tools import Tools
from runner.media.probing.probe import probe
from runner.quality.inspector import PrecedingFilm, RawMeasures
from runner.quality.measure import FilmMeasures, measure_film, measure_hop
from runner.quality.picture import measure_picture
from runner.quality.streaming import FrameStatistics
from runner.quality.thresholds import profile
from tests.doses import doses
from tests.media.samples import ffmpeg, ruined
from tests.quality import files, scenes
from tests.quality.scenes import COUNT, SEAM, Scene, footage


def seen(path: Path, new: int, past: Path | None, tools: Tools) -> RawMeasures:
    async def look() -> RawMeasures:
        return await measure_hop(path, await probe(path, tools), new, PrecedingFilm(path=past) if past else None, tools)

    return asyncio.run(look())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("look")


@pytest.fixture(scope="module")
def cut(folder: Path) -> Path:
    """A film with a cut at the seam."""
    return files.film(footage(scenes.cut(Scene(1))), folder / "cut.mp4")


@pytest.mark.parametrize("milliseconds", doses([0, 21, 30, 45], 30))
def test_a_cut_is_seen_however_late_the_picture_starts(cut: Path, tools: Tools, milliseconds: int) -> None:
    path = files.later(cut, milliseconds / 1000)
    assert seen(path, SEAM, path, tools).values["seam"]["discontinuity"] > 0.4


PLAIN = "testsrc2=s=320x180"
BLACK = "drawbox=c=black:t=fill:w=iw:h=ih:enable='between(n,{},{})'"


def made(folder: Path, name: str, frames: int, graph: str, rate: int = 24) -> Path:
    """A film of ffmpeg's own test picture."""
    target = folder / f"{name}.mp4"
    ffmpeg("-f", "lavfi", "-i", f"{PLAIN}:r={rate},{graph}", "-frames:v", str(frames), *files.H264, str(target))
    return target


def remarks(found: RawMeasures) -> dict[str, str]:
    every = [each for family, values in found.values.items() for each in profile().verdicts(family, values, "", None)]
    return {verdict.check: verdict.verdict for verdict in every if verdict.verdict != "pass"}


def test_pictures_that_do_not_come_out_are_a_verdict(cut: Path, tools: Tools) -> None:
    ruin = cut.with_name("ruin.mp4")
    ruin.write_bytes(ruined(cut.read_bytes()))
    found = seen(ruin, SEAM, cut, tools)
    assert remarks(found)["picture/unseen"] == "fail"
    assert "seam" not in found.values
    assert (found.means, found.stamps) == ({}, "")


def test_a_file_without_anything_new_is_looked_at_all_the_same(cut: Path, tools: Tools) -> None:
    found = seen(cut, COUNT, cut, tools)
    assert found.values["picture"] == {"unseen": 0}
    assert "seam" not in found.values


def test_the_last_second_of_a_long_hop_is_its_last(folder: Path, tools: Tools) -> None:
    path = made(folder, "long", 600, BLACK.format(598, 599))
    found = seen(path, 0, None, tools)
    assert found.values["tail"]["black"] == 2
    assert len(found.curves["brightness"]) == 100
    assert found.curves["brightness"][-1] < 0.8 * found.curves["brightness"][-2]


@pytest.mark.parametrize("rate", doses([24, 30, 60], 30))
def test_the_last_second_is_one_at_every_rate(rate: int, folder: Path, tools: Tools) -> None:
    last = 4 * rate
    path = made(folder, f"at-{rate}", last, BLACK.format(last - rate + 1, last - rate + 2), rate)
    assert seen(path, 0, None, tools).values["tail"]["black"] == 2
    before = made(folder, f"before-{rate}", last, BLACK.format(last - rate - 2, last - rate - 1), rate)
    assert seen(before, 0, None, tools).values["tail"]["black"] == 0


def test_a_seam_is_looked_at_for_as_long_at_every_rate(folder: Path, tools: Tools) -> None:
    """A black frame 0.45 s after the seam is 13 frames away at 30 a second."""
    path = made(folder, "flash", 150, BLACK.format(73, 73), 30)
    assert seen(path, 60, path, tools).values["seam"]["flash"] == 1


def test_a_file_that_shows_little_of_what_was_before_is_seen_with_the_file_before(cut: Path, tools: Tools) -> None:
    whole, alone = seen(cut, SEAM, cut, tools), cut.with_name("alone.mp4")
    before = files.film(footage(Scene(1).paint, SEAM), cut.with_name("before.mp4"))
    files.film(footage(scenes.cut(Scene(1)))[SEAM - 10 :], alone)
    found = seen(alone, 10, before, tools)
    assert found.values["seam"]["discontinuity"] == pytest.approx(whole.values["seam"]["discontinuity"], abs=0.02)


@pytest.mark.parametrize("piece", doses([7, 24, 96], 7))
def test_a_stretch_is_the_same_in_whatever_pieces_it_passes_by(piece: int) -> None:
    take, parts = footage(scenes.cut(Scene(1))), FrameStatistics(24)
    for first in range(0, COUNT, piece):
        parts.add(take[first : first + piece])
    once = FrameStatistics(24)
    once.add(take)
    for name in ("change", "likeness", "luma", "sharpness", "high"):
        assert np.array_equal(parts[name], once[name])
    assert parts.fingerprints == once.fingerprints
    assert measure_picture(parts)["visible"] == measure_picture(once)["visible"]


def test_a_survey_counts_what_it_cannot_see(cut: Path, tools: Tools) -> None:
    ruin = cut.with_name("half.mp4")
    ruin.write_bytes(ruined(cut.read_bytes()))
    found = asyncio.run(surveyed(ruin, tools))
    assert found.values["picture"]["unseen"] > 24
    assert found.unseen == pytest.approx(found.values["picture"]["unseen"] / 24)
    whole = asyncio.run(surveyed(cut, tools))
    assert (whole.unseen, [round(jump.at * 24) for jump in whole.jumps]) == (0, [SEAM])


async def surveyed(path: Path, tools: Tools) -> FilmMeasures:
    return await measure_film(path, await probe(path, tools), tools, 0.1)
