"""The fewest pieces that make a film, from files that hold different parts of it."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.backends.local import FfmpegInspector
from runner.inspection.timeline import Placement, compare_closely, describe_oddities, pieces_of, place_file
from runner.media.ffmpeg.tools import find_tools
from runner.media.probing.probe import probe
from tests.media.samples import H264, ffmpeg


def covers(*spans: tuple[int, int]) -> tuple[Placement, ...]:
    return tuple(Placement(path=Path(str(index)), start=start, end=end) for index, (start, end) in enumerate(spans))


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([(0, 96), (0, 264), (0, 432)], [("2", None)]),
        ([(0, 96), (96, 264), (264, 432)], [("0", None), ("1", None), ("2", None)]),
        ([(0, 96), (0, 264), (264, 432)], [("1", None), ("2", None)]),
        ([(0, 480), (0, 720), (0, 960), (240, 1200), (480, 1440)], [("0", None), ("4", None)]),
        ([(0, 192), (0, 360), (0, 720), (250, 970)], [("1", 250), ("3", None)]),
        ([(0, 240), (120, 360), (240, 480)], [("0", None), ("2", None)]),
        ([(0, 96), (-1, 264)], [("1", None)]),
        ([(0, 96), (-1, 264), (-2, 432), (240, 600)], [("1", 241), ("3", None)]),
        ([(0, 96), (0, 264), (-1, 432), (264, 600)], [("1", None), ("3", None)]),
    ],
)
def test_the_film_is_made_of_as_few_pieces_as_can_be(
    spans: list[tuple[int, int]], pieces: list[tuple[str, int | None]]
) -> None:
    assert [(piece.path.name, piece.frames) for piece in pieces_of(covers(*spans))] == pieces


WORLD = "testsrc2=s=320x180:r=24,trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS{}"


def made(path: Path, first: int, last: int, more: str = "") -> Path:
    ffmpeg("-f", "lavfi", "-i", WORLD.format(first, last, more), *H264, str(path))
    return path


def placed(folder: Path, new: Path, seconds: float) -> Placement:
    """Where a file lies that goes on from the first four seconds."""
    old = Placement(path=made(folder / "old.mp4", 0, 96), start=0, end=96)
    step: Any = SimpleNamespace(spec=SimpleNamespace(seconds_added=seconds))

    async def place() -> Placement:
        tools = await find_tools({}, which=lambda _name: None)
        inspector = FfmpegInspector(tools)
        cover = await place_file(step, old, new, await probe(new, tools), inspector)
        return await compare_closely(cover, old, inspector)

    return asyncio.run(place())


def test_a_second_of_what_was_there_before_a_new_part_is_not_shown_twice(tmp_path: Path) -> None:
    cover = placed(tmp_path, made(tmp_path / "new.mp4", 72, 144), 2.0)
    assert (cover.start, cover.end, cover.repeated) == (72, 144, 24)


def test_a_new_part_that_is_longer_than_asked_for_goes_on_at_once(tmp_path: Path) -> None:
    cover = placed(tmp_path, made(tmp_path / "new.mp4", 96, 160), 2.0)
    assert (cover.start, cover.end, cover.repeated) == (96, 160, 0)


def test_what_was_made_again_far_before_the_join_is_remarked_on(tmp_path: Path) -> None:
    cover = placed(tmp_path, made(tmp_path / "new.mp4", 0, 144, ",hflip=enable='between(n,20,50)'"), 2.0)
    assert (cover.repeated, cover.sure, cover.changed) == (96, True, (1.0, 2.0))
    assert list(describe_oddities(cover)) == ["new.mp4 shows other pictures than were there before at 1.0, 2.0 s"]


def test_a_doubled_first_frame_is_kept_at_the_head_of_the_film(tmp_path: Path) -> None:
    cover = placed(tmp_path, made(tmp_path / "new.mp4", 0, 144, ",loop=loop=1:size=1"), 2.0)
    assert (cover.start, cover.end, cover.repeated, cover.sure) == (-1, 144, 97, True)
    assert [piece.path.name for piece in pieces_of([*covers((0, 96)), cover])] == ["new.mp4"]
    assert "new.mp4 has more at its head than the film (frames: 1); it is kept" in describe_oddities(cover)


@pytest.mark.parametrize("first", [0, 48], ids=["the film so far", "its last part"])
def test_a_file_that_adds_nothing_is_said_to_and_leaves_the_film_as_it_was(tmp_path: Path, first: int) -> None:
    cover = placed(tmp_path, made(tmp_path / "new.mp4", first, 96), 2.0)
    frames = 96 - first
    assert (cover.start, cover.end, cover.repeated, cover.sure) == (first, 96, frames, True)
    assert list(describe_oddities(cover)) == [f"new.mp4 adds nothing: all of its {frames} frames were there before"]
    assert [(piece.path.name, piece.frames) for piece in pieces_of([*covers((0, 96)), cover])] == [("0", None)]
