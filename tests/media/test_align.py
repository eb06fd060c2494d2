"""Where a new file takes up an old one is found to the frame, whatever its length suggests."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from runner.media.align import (
    _read_key_frames,
    _read_pictures,
    best_place,
    find_changes,
    find_overlap,
    find_returned_end,
    find_short_overlap,
)
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Clip, Overlap
from tests.doses import doses
from tests.media.samples import ffmpeg

FRAMES = 96
FAST = ("-c:v", "libx264", "-preset", "ultrafast")
NEAT = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "28")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of a moving picture."""
    path = tmp_path_factory.mktemp("align") / "world.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=10", *FAST, str(path))
    return path


def clip(world: Path, first: int, count: int, *options: str) -> Path:
    """Frames of the world, encoded anew; the same ones are encoded once."""
    target = world.with_name(f"{first}-{count}-{sha256(repr(options).encode()).hexdigest()[:8]}.mp4")
    if target.exists():
        return target
    chosen = f"trim=start_frame={first}:end_frame={first + count},setpts=PTS-STARTPTS"
    extra = options[0] if options else "null"
    ffmpeg("-i", str(world), "-vf", f"{chosen},{extra}", *NEAT, str(target))
    return target


def found_in(old: Path, new: Path, guess: int, tools: Tools) -> Overlap:
    rate = Fraction(24)
    clips = Clip(path=old, frames=FRAMES, rate=rate), Clip(path=new, frames=200, rate=rate)
    return asyncio.run(find_overlap(*clips, guess, tools))


@pytest.mark.parametrize("wrong_by", doses([-24, -7, 0, 1, 24], -24, 1))
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


def continued(world: Path, tail: str) -> Path:
    """The first pictures of the world as they were, and after them two seconds of something."""
    target = world.with_name(f"continued-{sha256(tail.encode()).hexdigest()[:8]}.mp4")
    parts = f"[0:v]split[a][b];[a]trim=end_frame={FRAMES}[p];[b]{tail},setpts=PTS-STARTPTS[q];[p][q]concat"
    ffmpeg("-i", str(world), "-filter_complex", parts, *NEAT, str(target))
    return target


@pytest.mark.parametrize(
    "tail",
    [
        f"trim=start_frame={FRAMES - 12}:end_frame={FRAMES + 36}",
        "trim=start_frame=180:end_frame=228,hflip",
        f"trim=start_frame={FRAMES}:end_frame={FRAMES + 48},lutyuv=y=val*0.8",
    ],
    ids=["rewound", "cut", "graded"],
)
def test_what_follows_a_whole_prefix_does_not_move_it(world: Path, tools: Tools, tail: str) -> None:
    found = changes(clip(world, 0, FRAMES), continued(world, tail), tools)
    assert (found.frames, found.sure, found.rewritten, found.changed) == (FRAMES, True, False, ())


@pytest.mark.parametrize("guess", doses([24, 48, FRAMES], 48))
def test_a_new_part_alone_is_not_taken_for_one_with_a_prefix(world: Path, tools: Tools, guess: int) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, FRAMES, 48)
    assert not found_in(old, new, guess, tools).sure


@pytest.mark.parametrize("guess", doses([12, 24, 48], 48))
def test_a_second_at_the_head_that_was_there_before_is_found(world: Path, tools: Tools, guess: int) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, FRAMES - 24, 72)
    found = found_in(old, new, guess, tools)
    assert (found.frames, found.sure) == (24, True)


def test_another_take_of_the_right_length_is_not_a_continuation(world: Path, tools: Tools) -> None:
    other = world.with_name("other.mp4")
    ffmpeg("-f", "lavfi", "-i", "mandelbrot=s=320x180:r=24", "-frames:v", "144", "-c:v", "libx264", str(other))
    found = found_in(clip(world, 0, FRAMES), other, FRAMES, tools)
    assert (found.sure, found.rewritten) == (False, False)
    assert found.distance > 10


SLOW = "eq=contrast=0.06"


@pytest.mark.parametrize(("first", "count"), [(0, 96), (40, 56)], ids=["whole", "end"])
def test_a_file_that_was_there_before_is_no_continuation_however_slow(
    world: Path, tools: Tools, first: int, count: int
) -> None:
    """Its length suggests that two seconds of it are new, and pictures that hardly differ do not gainsay it."""
    old, new = clip(world, 0, FRAMES, SLOW), clip(world, first, count, SLOW)
    clips = clip_of(old, FRAMES), clip_of(new, count)
    found = asyncio.run(find_overlap(*clips, count - 48, tools))
    assert (found.frames, found.sure) == (FRAMES - first, True)


def test_a_continuation_shorter_than_asked_for_begins_where_the_old_file_ends(world: Path, tools: Tools) -> None:
    old, new = clip(world, 0, FRAMES, SLOW), clip(world, 0, 108, SLOW)
    found = asyncio.run(find_overlap(clip_of(old, FRAMES), clip_of(new, 108), 48, tools))
    assert (found.frames, found.sure) == (FRAMES, True)


def test_the_last_part_given_back_once_more_is_told_from_a_new_one(world: Path, tools: Tools) -> None:
    old = clip_of(clip(world, 0, FRAMES), FRAMES)
    again = asyncio.run(find_returned_end(old, clip_of(clip(world, FRAMES - 48, 48), 48), tools))
    assert (again.frames if again else 0) == 48
    assert asyncio.run(find_returned_end(old, clip_of(clip(world, FRAMES, 48), 48), tools)) is None


DARK = "lutyuv=y=16+(val-16)/12:u=128:v=128"


def test_another_dark_take_is_not_taken_for_the_same(world: Path, tools: Tools) -> None:
    """Dark pictures are never far from each other; what counts is how far beside their own contrast."""
    old, same = clip(world, 0, FRAMES, DARK), clip(world, 0, 200, DARK)
    other = clip(world, 0, 200, f"{DARK},hflip")
    assert found_in(old, same, FRAMES, tools).sure
    found = found_in(old, other, FRAMES, tools)
    assert found.distance < 10
    assert not found.sure


def changes(old: Path, new: Path, tools: Tools) -> Overlap:
    async def compared() -> Overlap:
        clips = clip_of(old, FRAMES), clip_of(new, 200)
        return await find_changes(*clips, await find_overlap(*clips, FRAMES, tools), tools)

    return asyncio.run(compared())


def clip_of(path: Path, frames: int) -> Clip:
    return Clip(path=path, frames=frames, rate=Fraction(24))


def test_a_stretch_that_was_made_anew_long_before_the_join_is_seen(world: Path, tools: Tools) -> None:
    found = changes(clip(world, 0, FRAMES), clip(world, 0, 200, "hflip=enable='between(n,20,50)'"), tools)
    assert (found.frames, found.sure, found.changed, found.compared) == (FRAMES, True, (1.0, 2.0), 3)


def test_what_was_only_encoded_anew_has_not_changed(world: Path, tools: Tools) -> None:
    assert changes(clip(world, 0, FRAMES), clip(world, 0, 200), tools).changed == ()
    dark = changes(clip(world, 0, FRAMES, DARK), clip(world, 0, 200, DARK), tools)
    assert (dark.changed, dark.compared) == ((), 3)


def test_of_a_file_that_lost_its_head_only_what_is_left_is_compared(world: Path, tools: Tools) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, 30, 150, "hflip=enable='between(n,24,26)'")

    async def compared() -> Overlap:
        clips = clip_of(old, FRAMES), clip_of(new, 150)
        return await find_changes(*clips, await find_overlap(*clips, FRAMES - 30, tools), tools)

    found = asyncio.run(compared())
    assert (found.frames, found.changed, found.compared) == (FRAMES - 30, (), 1)


LONG = 720


def long_clip(folder: Path, name: str, graph: str, *options: str) -> Clip:
    """Half a minute, a key frame every two seconds and where the pictures leap."""
    target = folder / f"{name}.mp4"
    source = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=24:d=30,{graph}")
    ffmpeg(*source, "-c:v", "libx264", "-preset", "veryfast", "-g", "48", *options, str(target))
    return clip_of(target, LONG)


@pytest.mark.parametrize(
    ("first", "options", "new", "compared"),
    doses([(288, (), 0, 10), (301, (), 0, 10), (301, (), 100, 5), (301, ("-g", "1000"), 0, 3)], (301, (), 100, 5)),
    ids=["at a key frame", "between two", "without its head", "with few key frames"],
)
def test_a_second_made_anew_in_a_long_file_is_seen(
    tools: Tools, tmp_path: Path, first: int, options: tuple[str, ...], new: int, compared: int
) -> None:
    """Its first picture is a key frame of its own, or at the place of one."""
    old = long_clip(tmp_path, "old", "null")
    mirrored = f"hflip=enable='between(n,{first},{first + 23})',trim=start_frame={new},setpts=PTS-STARTPTS"
    other = replace(long_clip(tmp_path, "new", mirrored, *options), frames=LONG - new)
    place = Overlap(frames=LONG - new, distance=0.0, sure=True)
    found = asyncio.run(find_changes(old, other, place, tools))
    assert round((first - new) / 24, 3) in found.changed
    assert all(first - new <= round(second * 24) <= first - new + 24 for second in found.changed)
    assert found.compared >= compared


def test_files_with_one_key_frame_are_decoded(tools: Tools, tmp_path: Path) -> None:
    single = ("-g", "1000", "-sc_threshold", "0")
    old = long_clip(tmp_path, "old", "null", *single)
    mirrored = "hflip=enable='between(n,301,324)',trim=start_frame=200,setpts=PTS-STARTPTS"
    other = replace(long_clip(tmp_path, "new", mirrored, *single), frames=LONG - 200)
    found = asyncio.run(find_changes(old, other, Overlap(frames=LONG - 200, distance=0.0, sure=True), tools))
    assert (found.changed, found.compared) == ((5.0,), 20)


def test_of_a_long_file_only_the_key_frames_are_compared(tools: Tools, tmp_path: Path) -> None:
    path = long_clip(tmp_path, "old", "null", "-sc_threshold", "0")
    found = asyncio.run(find_changes(path, path, Overlap(frames=LONG, distance=0.0, sure=True), tools))
    assert (found.changed, found.compared) == ((), 15)
    keys = asyncio.run(_read_key_frames(path, tools))
    assert list(keys) == list(range(0, LONG, 48))
    assert keys[96] == asyncio.run(_read_pictures(path, 96, 1, tools))[0]


@pytest.mark.parametrize("repeated", doses([0, 1, 12, 24, 30], 0, 12))
def test_a_second_that_is_shown_again_is_told_from_a_longer_new_part(world: Path, tools: Tools, repeated: int) -> None:
    old, new = clip(world, 0, FRAMES), clip(world, FRAMES - repeated, 100)
    found = asyncio.run(find_short_overlap(clip_of(old, FRAMES), clip_of(new, 100), 24, tools))
    assert (found.frames if found else 0) == repeated


def test_nothing_is_shown_again_where_nothing_moves(tools: Tools, tmp_path: Path) -> None:
    still = tmp_path / "still.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24", "-vf", "loop=-1:1:0", "-frames:v", "60", str(still))
    assert asyncio.run(find_short_overlap(clip_of(still, 60), clip_of(still, 60), 24, tools)) is None
    assert asyncio.run(find_returned_end(clip_of(still, 60), clip_of(still, 60), tools)) is None


def test_a_still_picture_fits_everywhere_and_the_guess_decides() -> None:
    still = [bytes(10)] * 40
    assert best_place(still[:8], still, 13) == (13, 0.0)


def test_a_window_that_is_too_short_has_no_place() -> None:
    assert best_place([bytes(4)] * 8, [bytes(4)] * 3, 2)[1] == 255.0
