"""The films themselves: exact in frames and sound, one continuous motion, and made once."""

import asyncio
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from runner.sandbox.render import font, scenery, sound
from runner.sandbox.render.commands import Change
from runner.sandbox.render.ffmpeg import Ffmpeg, RenderFailed
from runner.sandbox.render.renderer import Renderer, choose_look
from runner.sandbox.render.shot import Shot
from tests.sandbox.conftest import facts, run

FIRST = Shot(look=choose_look("A golden retriever trots through a park"), aspect="16:9", hop=0, start=0, frames=192)
SECOND = replace(FIRST, hop=1, start=192, frames=168)


def made(renderer: Renderer, *shots: Shot) -> Path:
    return asyncio.run(renderer.render_film(*shots))


def greys(ffmpeg: str, path: Path, frames: str) -> list[bytes]:
    """Small grey pictures of the chosen frames, without the corner where the counter stands."""
    small = f"select='{frames}',crop=iw:ih*0.85:0:ih*0.15,scale=64:36:flags=area,format=gray"
    raw = run(ffmpeg, ["-i", str(path), "-vf", small, "-fps_mode", "passthrough", "-f", "rawvideo", "-"])
    return [raw[place : place + 64 * 36] for place in range(0, len(raw), 64 * 36)]


def unlike(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


@pytest.fixture
def renderer(films: Path, ffmpeg: str) -> Renderer:
    return Renderer(films, ffmpeg)


@pytest.mark.parametrize(("aspect", "size"), [("16:9", "1280x720"), ("9:16", "720x1280"), ("1:1", "960x960")])
def test_a_segment_is_seven_seconds_at_24_frames_with_sound(
    renderer: Renderer, ffmpeg: str, aspect: str, size: str
) -> None:
    path = made(renderer, replace(SECOND, aspect=aspect, watermark="MyBrand"))
    film = facts(ffmpeg, path)
    assert (len(film.packets), film.steps, film.samples) == (168, {1000}, 7 * 48_000)
    assert f"yuv420p(tv, bt709, progressive), {size}" in film.words.replace("bt709/unknown/unknown", "bt709")
    assert "24 fps" in film.words
    assert "48000 Hz, stereo" in film.words
    assert path.stat().st_size < 3_000_000


@pytest.mark.proof
def test_twenty_extensions_make_exactly_148_seconds(renderer: Renderer, ffmpeg: str) -> None:
    path = made(renderer, FIRST, *[SECOND] * 20)
    film = facts(ffmpeg, path)
    assert (len(film.packets), film.steps, film.samples) == (3552, {1000}, 148 * 48_000)
    assert "Duration: 00:02:28.00, start: 0.000000" in film.words


def test_the_index_stands_before_the_data(renderer: Renderer) -> None:
    content = made(renderer, FIRST).read_bytes()
    assert content[4:8] == b"ftyp"
    assert content.index(b"moov") < content.index(b"mdat")


def test_motion_goes_on_over_a_seam_as_within_a_shot(renderer: Renderer, ffmpeg: str) -> None:
    pictures = greys(ffmpeg, made(renderer, FIRST, SECOND), "between(n,180,204)")
    steps = [unlike(*pair) for pair in pairwise(pictures)]
    assert steps[11] < 1.3 * max(steps[:11] + steps[12:])
    assert min(steps) > 0.1


@pytest.mark.proof
def test_a_jump_and_another_world_are_seen_at_the_seam(renderer: Renderer, ffmpeg: str) -> None:
    for second in (replace(SECOND, shift=60), replace(SECOND, look="elsewhere")):
        pictures = greys(ffmpeg, made(renderer, FIRST, second), "between(n,188,194)")
        steps = [unlike(*pair) for pair in pairwise(pictures)]
        assert steps[3] > 3 * max(steps[:3] + steps[4:])


def test_the_sound_runs_on_over_a_seam_without_a_click(renderer: Renderer, ffmpeg: str) -> None:
    sound = run(ffmpeg, ["-i", str(made(renderer, FIRST, SECOND)), "-ac", "1", "-f", "s16le", "-"])
    samples = memoryview(sound).cast("h")
    leaps = [abs(samples[place + 1] - samples[place]) for place in range(7 * 48_000, 9 * 48_000)]
    assert max(leaps[47_900:48_100]) <= max(leaps[:47_900])
    assert max(samples) > 1000


def test_a_prompt_chooses_the_world_and_keeps_it() -> None:
    assert choose_look("A dog") == choose_look("A dog")
    assert len({choose_look(f"prompt {number}") for number in range(100)}) > 30
    assert {scenery.choose_mood(str(look)) for look in range(64)} == set(scenery.MOODS)


def test_a_film_is_made_once_by_all_who_ask(tmp_path: Path, ffmpeg: str) -> None:
    renderer = Renderer(tmp_path, ffmpeg)
    shot = replace(FIRST, frames=24)

    async def both() -> list[Path]:
        return list(await asyncio.gather(renderer.render_film(shot), renderer.render_film(shot)))

    one, other = asyncio.run(both())
    made_at = one.stat().st_mtime_ns
    assert one == other
    assert made(Renderer(tmp_path, "/nowhere/ffmpeg"), shot).stat().st_mtime_ns == made_at
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.fixture
def begins(tmp_path: Path, ffmpeg: str) -> Path:
    """An ffmpeg that says in the pipe `begun` that it has a first shot to make, and waits for a line in `may`."""
    begun, may, script = tmp_path / "begun", tmp_path / "may", tmp_path / "ffmpeg"
    os.mkfifo(begun)
    os.mkfifo(may)
    half = 'for file; do :; done; echo half > "${file#file:}"'
    hold = f"if [ -p '{begun}' ]; then {half}; echo > '{begun}'; rm '{begun}'; read _ < '{may}'; fi"
    script.write_text(f'#!/bin/sh\ncase "$*" in *shot-*) {hold};; esac\nexec \'{ffmpeg}\' "$@"\n')
    script.chmod(0o700)
    return script


def test_whoever_asked_may_leave_and_the_rendering_goes_on(tmp_path: Path, begins: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    renderer = Renderer(folder, str(begins))
    shot = replace(FIRST, frames=24)

    async def leave_and_return() -> Path:
        asking = asyncio.create_task(renderer.render_film(shot))
        await asyncio.to_thread((tmp_path / "begun").read_text)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert renderer._cache._jobs
        await asyncio.to_thread((tmp_path / "may").write_text, "\n")
        return await renderer.render_film(shot)

    assert asyncio.run(leave_and_return()).exists()


def test_a_rendering_that_dies_with_its_process_leaves_nothing_half_made(
    tmp_path: Path, ffmpeg: str, begins: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    shot = replace(FIRST, frames=24)

    async def begin() -> None:
        rendering = asyncio.create_task(Renderer(folder, str(begins)).render_film(shot))
        await asyncio.to_thread((tmp_path / "begun").read_text)
        assert list(folder.glob(".*.shot-*.mp4"))
        rendering.cancel()

    asyncio.run(begin())
    assert not list(folder.glob("film-*"))
    assert not list(folder.glob(".*"))
    assert made(Renderer(folder, ffmpeg), shot).exists()


def test_a_film_can_be_given_another_rate_or_size_or_no_sound(renderer: Renderer, ffmpeg: str) -> None:
    film = made(renderer, SECOND)

    def words(**change: object) -> str:
        return facts(ffmpeg, asyncio.run(renderer.reencode(film, Change(**change)))).words  # type: ignore[arg-type]

    assert "30 fps" in words(frame_rate="30")
    assert "960x720" in words(size="960x720")
    assert "Audio:" not in words(audio=False)
    assert asyncio.run(renderer.reencode(film, Change())) == film


def test_ffmpegs_last_words_are_passed_on(tmp_path: Path, ffmpeg: str) -> None:
    with pytest.raises(RenderFailed, match="No such file"):
        asyncio.run(Ffmpeg(ffmpeg).run(["-i", str(tmp_path / "missing.mp4"), "-f", "null", "-"]))


def test_a_bed_is_cut_to_the_sample() -> None:
    stream = b"".join(bytes((0xFF, 0xF1, 0x50, 0x80, 0x01, 0x1F, 0xFC, number % 256)) for number in range(939))
    bed, count, last = sound.cut_bed(stream, 148)
    parts = sound.split_frames(bed)
    assert (len(parts), (count - 2) * sound.FRAME + last) == (count, 148 * 48_000)
    assert parts[375:750] == parts[750:1125] == sound.split_frames(stream)[375:750]


def test_letters_are_legible() -> None:
    width, height = font.strip_size(1)
    ink = font.render_strip("7")[::2]
    rows = [ink[y * width : (y + 1) * width] for y in range(height)]
    drawn = ["".join("#" if pixel > 128 else "." for pixel in row[2:7]) for row in rows[2:9]]
    assert drawn == ["#####", "....#", "...#.", "..#..", ".#...", ".#...", ".#..."]
    assert font.strip_size(20)[0] % 2 == font.strip_size(20)[1] % 2 == 0
