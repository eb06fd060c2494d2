"""Where a new file takes up an old one is found to the frame, whatever its length suggests."""

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest

from runner.media.align import Clip, Overlap, best, overlap
from runner.media.tools import Tools
from tests.media.samples import ffmpeg

FRAMES = 96


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of a moving picture."""
    path = tmp_path_factory.mktemp("align") / "world.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=10", "-c:v", "libx264", "-preset", "ultrafast", str(path))
    return path


def clip(world: Path, first: int, count: int, *options: str) -> Path:
    """Frames of the world, encoded anew."""
    target = world.with_name(f"{first}-{count}{''.join(options).replace('=', '')[:20]}.mp4")
    chosen = f"trim=start_frame={first}:end_frame={first + count},setpts=PTS-STARTPTS"
    extra = options[0] if options else "null"
    ffmpeg("-i", str(world), "-vf", f"{chosen},{extra}", "-c:v", "libx264", "-crf", "28", "-y", str(target))
    return target


def found_in(old: Path, new: Path, guess: int, tools: Tools) -> Overlap:
    rate = Fraction(24)
    clips = Clip(path=old, frames=FRAMES, rate=rate), Clip(path=new, frames=200, rate=rate)
    return asyncio.run(overlap(*clips, guess, tools))


@pytest.mark.parametrize("wrong_by", [-24, -7, 0, 1, 24])
def test_the_place_is_found_though_the_length_is_wrong(world: Path, tools: Tools, wrong_by: int) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, 40, 120)
    found = found_in(old, new, FRAMES - 40 + wrong_by, tools)
    assert (found.frames, found.sure) == (FRAMES - 40, True)


def test_a_whole_prefix_is_found(world: Path, tools: Tools) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, 0, 200)
    assert found_in(old, new, FRAMES, tools).frames == FRAMES


def test_a_last_second_that_was_made_anew_is_seen_as_such(world: Path, tools: Tools) -> None:
    old = clip(world, 0, FRAMES)
    new = clip(world, 10, 160, f"hflip=enable='between(n,{FRAMES - 10 - 24},{FRAMES - 11})'")
    found = found_in(old, new, FRAMES - 10 + 5, tools)
    assert (found.frames, found.sure, found.rewritten) == (FRAMES - 10, True, True)


def test_other_pictures_are_not_taken_for_the_same(world: Path, tools: Tools) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, 0, 200, "hflip,negate")
    assert not found_in(old, new, FRAMES, tools).sure


def test_a_still_picture_fits_everywhere_and_the_guess_decides() -> None:
    still = [bytes(10)] * 40
    assert best(still[:8], still, 13) == (13, 0.0)


def test_a_window_that_is_too_short_has_no_place() -> None:
    assert best([bytes(4)] * 8, [bytes(4)] * 3, 2)[1] == 255.0
