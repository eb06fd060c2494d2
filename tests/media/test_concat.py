"""Joined films keep every frame and every sound in its place."""

import array
import asyncio
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

from runner.errors import CheckFailed
from runner.media.checks import judge
from runner.media.concat import _lengths, _read_part, join, last_frame
from runner.media.ffmpeg.process import ToolFailed
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Expectation, Piece, Probe, worst
from runner.media.probing.probe import probe
from runner.quality.sound import decode_sound, measure_sound
from tests.doses import doses
from tests.media.samples import AAC, H264, Samples, ffmpeg

# 31 frames last 1.2917 s, which no whole number of AAC blocks does.
FRAMES, CLICK_AT = 31, 0.5
RATE = 48_000
Maker = Callable[..., Path]


@pytest.fixture
def part(tmp_path: Path) -> Maker:
    """Makes segments: each of its own colour, with a click half a second after its start."""

    def make(name: str, *options: str, frames: int = FRAMES, rate: str = "24", sound: str | None = "48000") -> Path:
        path = tmp_path / f"{name}.mp4"
        hue = sum(name.encode()) * 37 % 360
        picture = ["-f", "lavfi", "-i", f"testsrc2=s=160x90:r={rate},hue=h={hue}"]
        click = f"aevalsrc='0.9*between(t,{CLICK_AT},{CLICK_AT + 0.002})':s={sound}"
        seconds = str(float(frames / Fraction(rate)))
        ffmpeg(
            *picture,
            *(["-f", "lavfi", "-t", seconds, "-i", click, "-ac", "2", *AAC] if sound else []),
            *("-frames:v", str(frames), *H264, *options, str(path)),
        )
        return path

    return make


def joined(parts: Sequence[Path], tools: Tools, folder: Path) -> tuple[Path, Probe]:
    target = folder / "film.new"
    asyncio.run(join(parts, target, tools))
    return target, asyncio.run(probe(target, tools))


def packets(path: Path) -> list[str]:
    """A digest of each packet of the picture."""
    lines = ffmpeg("-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "framemd5", "-").decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line.startswith("0,")]


def frames(path: Path) -> list[bytes]:
    """Each frame, small and grey."""
    data = ffmpeg("-i", str(path), "-map", "0:v:0", "-vf", "scale=32:18,format=gray", "-f", "rawvideo", "-")
    return [data[place : place + 576] for place in range(0, len(data), 576)]


def clicks(path: Path) -> list[float]:
    """When the sound, as played, leaps up: the middle of each click, in seconds."""
    samples = array.array(
        "h", ffmpeg("-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-")
    )
    loud = [index for index, sample in enumerate(samples) if abs(sample) > 8000]
    groups: list[list[int]] = []
    for index in loud:
        if groups and index - groups[-1][-1] < RATE // 10:
            groups[-1].append(index)
        else:
            groups.append([index])
    return [(group[0] + group[-1]) / 2 / RATE for group in groups]


def assert_clicks(path: Path, starts: Sequence[float]) -> None:
    heard = clicks(path)
    assert len(heard) == len(starts)
    for when, start in zip(heard, starts, strict=True):
        assert when - start == pytest.approx(CLICK_AT + 0.001, abs=0.001)


def test_every_packet_of_the_picture_is_copied_byte_for_byte(part: Maker, tools: Tools, tmp_path: Path) -> None:
    parts = [part("one"), part("two"), part("three")]
    film, facts = joined(parts, tools, tmp_path)
    assert packets(film) == [packet for path in parts for packet in packets(path)]
    assert (facts.frames, facts.header_frames, facts.frame_rate) == (93, 93, Fraction(24))
    assert facts.duration == pytest.approx(93 / 24)
    assert facts.start == 0.0


def test_a_film_passes_the_checks_that_its_parts_pass(part: Maker, tools: Tools, tmp_path: Path) -> None:
    _, facts = joined([part("one"), part("two")], tools, tmp_path)
    expectation = Expectation(
        frame_rate=Fraction(24), aspect=Fraction(16, 9), short_side=90, frames=62, audio="required", channels=2
    )
    assert worst(judge(facts, expectation)) == "pass"


@pytest.mark.parametrize("rate", doses(["24", "24000/1001", "25", "30"], "24000/1001"))
def test_sound_does_not_drift_over_twenty_one_parts(rate: str, part: Maker, tools: Tools, tmp_path: Path) -> None:
    path = part("one", rate=rate)
    film, facts = joined([path] * 21, tools, tmp_path)
    length = float(FRAMES / Fraction(rate))
    assert_clicks(film, [index * length for index in range(21)])
    assert (facts.frames, facts.frame_rate, facts.constant_rate) == (FRAMES * 21, Fraction(rate), True)
    assert facts.audio is not None
    assert facts.audio.duration == pytest.approx(facts.duration, abs=0.001)


@pytest.mark.parametrize("options", [(), ("-crf", "40")], ids=["copied", "recoded"])
def test_waves_that_meet_out_of_phase_do_not_click(tools: Tools, tmp_path: Path, options: tuple[str, ...]) -> None:
    """The first part ends, and the second begins, far from nothing and on different sides of it."""
    paths = [tmp_path / "up.mp4", tmp_path / "down.mp4"]
    for path, phase, more in zip(paths, ("+PI/2", "-PI/2"), ((), options), strict=True):
        picture = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=24", "-frames:v", "48"]
        sine = f"aevalsrc='0.5*sin(2*PI*100*t{phase})':s={RATE}"
        ffmpeg(*picture[:4], "-f", "lavfi", "-t", "2", "-i", sine, *AAC, *picture[4:], *H264, *more, str(path))
    film, facts = joined(paths, tools, tmp_path)
    heard = asyncio.run(decode_sound(film, 0.0, 4.0, tools))
    assert measure_sound(heard, 2.0)["click"] < 2
    assert measure_sound(heard, 2.0)["sound-gap"] == 0
    assert facts.audio is not None
    assert facts.audio.duration == pytest.approx(4.0, abs=1 / RATE)


def test_a_file_starts_with_its_index(part: Maker, tools: Tools, tmp_path: Path) -> None:
    film, _ = joined([part("one")], tools, tmp_path)
    data = film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("sound", ["44100", "48000"])
def test_parts_of_one_sound_format_keep_it(sound: str, part: Maker, tools: Tools, tmp_path: Path) -> None:
    film, facts = joined([part("one", sound=sound), part("two", sound=sound)], tools, tmp_path)
    assert facts.audio is not None
    assert facts.audio.sample_rate == int(sound)
    assert_clicks(film, [0, FRAMES / 24])


def test_parts_of_several_sound_formats_get_the_usual_one(part: Maker, tools: Tools, tmp_path: Path) -> None:
    film, facts = joined([part("one", sound="44100"), part("two", "-ac", "1")], tools, tmp_path)
    assert facts.audio is not None
    assert (facts.audio.sample_rate, facts.audio.channels) == (48000, 2)
    assert_clicks(film, [0, FRAMES / 24])


def test_a_part_without_sound_is_silent(part: Maker, tools: Tools, tmp_path: Path) -> None:
    film, facts = joined([part("one"), part("two", sound=None), part("three")], tools, tmp_path)
    assert_clicks(film, [0, 2 * FRAMES / 24])
    assert facts.audio is not None
    assert facts.audio.duration == pytest.approx(facts.duration, abs=0.001)


def test_two_silent_parts_side_by_side_are_both_silent(part: Maker, tools: Tools, tmp_path: Path) -> None:
    silent = part("one", sound=None)
    film, _ = joined([silent, silent, part("two")], tools, tmp_path)
    assert_clicks(film, [2 * FRAMES / 24])


def test_parts_that_all_lack_sound_make_a_film_without_a_sound_track(part: Maker, tools: Tools, tmp_path: Path) -> None:
    _, facts = joined([part("one", sound=None), part("two", sound=None)], tools, tmp_path)
    assert (facts.audio, facts.frames) == (None, 62)


@pytest.mark.parametrize("name", doses(["long_audio", "audio_short", "audio_late"], "audio_short"))
def test_sound_of_another_length_leaves_no_hole_in_the_picture(
    name: str, samples: Samples, tools: Tools, tmp_path: Path
) -> None:
    film, facts = joined([samples[name]] * 3, tools, tmp_path)
    assert (facts.frames, facts.constant_rate) == (288, True)
    assert facts.audio is not None
    assert facts.audio.duration == pytest.approx(12.0, abs=0.001)
    assert packets(film) == packets(samples[name]) * 3


def test_sound_that_starts_late_stays_late(part: Maker, tools: Tools, tmp_path: Path) -> None:
    early, late = part("one"), tmp_path / "late.mp4"
    shifted = ["-i", str(early), "-itsoffset", "0.25", "-i", str(early), "-map", "0:v", "-map", "1:a", "-c", "copy"]
    ffmpeg(*shifted, str(late))
    film, _ = joined([early, late, early], tools, tmp_path)
    length = FRAMES / 24
    assert_clicks(film, [0, length + 0.25, 2 * length])


def test_rounding_does_not_add_up(part: Maker, tools: Tools) -> None:
    parts = [asyncio.run(_read_part(Piece(path=part("one", frames=1)), tools))] * 100
    lengths = _lengths(parts, 1000)
    assert sum(lengths) == round(100 * 1000 / 24)
    assert set(lengths) == {41, 42}


@pytest.mark.proof
def test_every_ffmpeg_joins_alike(part: Maker, samples: Samples, readers: dict[str, Tools], tmp_path: Path) -> None:
    one, two = part("one"), part("two")
    (tmp_path / "film.new").write_text("an older film")
    for tools in readers.values():
        film, facts = joined([one, two], tools, tmp_path)
        assert packets(film) == packets(one) + packets(two)
        assert_clicks(film, [0, FRAMES / 24])
        recoded, facts = joined([samples["clean"], samples["high"]], tools, tmp_path)
        assert (facts.frames, facts.constant_rate, facts.duration) == (192, True, 8.0)
        _assert_same_pictures(recoded, [samples["clean"], samples["high"]])


def test_names_that_a_listing_could_not_hold_are_fine(part: Maker, tools: Tools, tmp_path: Path) -> None:
    odd = tmp_path / "it's\na 100% \\odd: -name.mp4"
    part("one").rename(odd)
    target = tmp_path / "the 'film' %d.new"
    asyncio.run(join([odd, odd], target, tools))
    assert asyncio.run(probe(target, tools)).frames == 62


def test_relative_paths_are_fine(part: Maker, tools: Tools, tmp_path: Path) -> None:
    part("one")
    os.chdir(tmp_path)
    asyncio.run(join([Path("one.mp4")], Path("film.mp4"), tools))
    assert asyncio.run(probe(Path("film.mp4"), tools)).frames == FRAMES


DIFFERENT = {
    "size": ("small", "256x144 after 320x180"),
    "frame rate": ("fps25", "25 after 24"),
    "codec": ("hevc", "hevc after h264"),
    "pixel aspect": ("sar43", None),
    "rotation": ("rotated", "90 after 0"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_parts_that_differ_are_refused_and_the_difference_is_named(
    name: str, samples: Samples, tools: Tools, tmp_path: Path
) -> None:
    sample, words = DIFFERENT[name]
    with pytest.raises(CheckFailed) as caught:
        asyncio.run(join([samples["clean"], samples[sample]], tmp_path / "film.new", tools))
    assert caught.value.code == "film/streams-differ"
    assert f"{sample}.mp4 cannot follow clean.mp4" in caught.value.message
    assert (f"{name} {words}" if words else "") in caught.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", doses(["high", "other_clock"], "other_clock"))
def test_parts_of_other_encoder_settings_are_encoded_anew_frame_for_frame(
    other: str, samples: Samples, tools: Tools, tmp_path: Path
) -> None:
    parts = [samples["clean"], samples[other], samples["segment"]]
    film, facts = joined(parts, tools, tmp_path)
    assert (facts.frames, facts.frame_rate, facts.constant_rate) == (288, Fraction(24), True)
    assert facts.duration == 12.0
    _assert_same_pictures(film, parts)


def _assert_same_pictures(film: Path, parts: Sequence[Path]) -> None:
    wanted = [frame for path in parts for frame in frames(path)]
    shown = frames(film)
    assert len(shown) == len(wanted)
    for index, (ours, theirs) in enumerate(zip(shown, wanted, strict=True)):
        assert sum(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / len(ours) < 3, index


def test_sound_stays_in_place_when_the_picture_is_encoded_anew(part: Maker, tools: Tools, tmp_path: Path) -> None:
    parts = [part("one"), part("two", "-refs", "4", "-profile:v", "high"), part("three", sound=None), part("four")]
    film, facts = joined(parts, tools, tmp_path)
    starts = list(accumulate([FRAMES / 24] * 3, initial=0.0))
    assert_clicks(film, [starts[0], starts[1], starts[3]])
    assert facts.frames == 124


def test_encoding_anew_works_without_any_sound(part: Maker, tools: Tools, tmp_path: Path) -> None:
    parts = [part("one", sound=None), part("two", "-refs", "4", sound=None)]
    _, facts = joined(parts, tools, tmp_path)
    assert (facts.frames, facts.audio) == (62, None)


def test_frames_that_a_part_hides_stay_hidden(samples: Samples, tools: Tools, tmp_path: Path) -> None:
    hidden = asyncio.run(probe(samples["edit_list"], tools))
    assert hidden.hidden_frames
    film, facts = joined([samples["edit_list"]] * 2, tools, tmp_path)
    assert facts.frames == 2 * hidden.frames == 120
    _assert_same_pictures(film, [samples["edit_list"]] * 2)


def test_uneven_parts_are_copied_as_they_are(samples: Samples, tools: Tools, tmp_path: Path) -> None:
    film, facts = joined([samples["vfr"], samples["vfr"]], tools, tmp_path)
    assert packets(film) == packets(samples["vfr"]) * 2
    assert (facts.frames, facts.constant_rate) == (148, False)


def test_uneven_parts_become_even_when_they_are_encoded_anew(samples: Samples, tools: Tools, tmp_path: Path) -> None:
    uneven = asyncio.run(probe(samples["vfr"], tools))
    _, facts = joined([samples["high"], samples["vfr"]], tools, tmp_path)
    assert facts.constant_rate
    assert facts.duration == pytest.approx(4.0 + uneven.duration, abs=1.001 / 24)


def test_nothing_is_left_beside_the_film(part: Maker, tools: Tools, tmp_path: Path) -> None:
    one = part("one")
    joined([one, one], tools, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"one.mp4", "film.new"}


def test_a_failure_is_told_and_leaves_nothing_beside(part: Maker, tools: Tools, tmp_path: Path) -> None:
    one = part("one")
    (tmp_path / "film.new").mkdir()
    with pytest.raises(ToolFailed, match="ffmpeg"):
        asyncio.run(join([one, one], tmp_path / "film.new", tools))
    assert {path.name for path in tmp_path.iterdir()} == {"one.mp4", "film.new"}


@pytest.mark.parametrize("name", ["cut_faststart", "json"])
def test_damaged_parts_do_not_become_a_film(name: str, samples: Samples, tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed):
        asyncio.run(join([samples["clean"], samples[name]], tmp_path / "film.new", tools))


LAST = ["clean", "portrait", "vfr", "hole", "fps23976", "edit_list", "audio_late", "webm", "moov_end", "no_audio"]


@pytest.mark.parametrize("name", doses(LAST, "clean", "vfr", "edit_list", "webm"))
def test_the_last_frame_is_exactly_the_last(name: str, samples: Samples, tools: Tools, tmp_path: Path) -> None:
    picture = tmp_path / "last 100%d.png"
    asyncio.run(last_frame(samples[name], picture, tools))
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    ours = ffmpeg("-i", f"file:{picture}" if "%" not in str(picture) else _plain(picture), *raw)
    assert ours == ffmpeg("-i", str(samples[name]), "-fps_mode", "passthrough", *raw)[-len(ours) :]


def _plain(picture: Path) -> str:
    plain = picture.with_name("plain.png")
    plain.write_bytes(picture.read_bytes())
    return str(plain)


def test_a_video_of_one_frame_has_a_last_frame(part: Maker, tools: Tools, tmp_path: Path) -> None:
    asyncio.run(last_frame(part("one", frames=1), tmp_path / "last.png", tools))
    assert (tmp_path / "last.png").read_bytes().startswith(b"\x89PNG")


def test_an_old_picture_is_not_taken_for_the_last_frame(samples: Samples, tools: Tools, tmp_path: Path) -> None:
    picture = tmp_path / "last.png"
    picture.write_bytes(b"old")
    with pytest.raises(CheckFailed):
        asyncio.run(last_frame(_undecodable(samples, tmp_path), picture, tools))
    assert not picture.exists()


def _undecodable(samples: Samples, folder: Path) -> Path:
    """A file whose index is whole and whose media data are zeros from the second half on."""
    whole = samples["clean"].read_bytes()
    path = folder / "zeros.mp4"
    start = whole.index(b"mdat") + 4
    path.write_bytes(whole[:start] + bytes(len(whole) - start))
    return path


def test_a_part_can_be_cut_at_any_frame(part: Maker, tools: Tools, tmp_path: Path) -> None:
    one, two, target = part("one", "-bf", "0"), part("two", "-bf", "0"), tmp_path / "film.new"
    asyncio.run(join([Piece(path=one, frames=13), two], target, tools))
    assert packets(target) == [*packets(one)[:13], *packets(two)]
    assert_clicks(target, [0, 13 / 24])


def test_frames_that_are_stored_out_of_order_are_cut_as_they_are_shown(
    part: Maker, tools: Tools, tmp_path: Path
) -> None:
    one, two, target = part("one"), part("two"), tmp_path / "film.new"
    asyncio.run(join([Piece(path=one, frames=14), two], target, tools))
    wanted, shown = [*frames(one)[:14], *frames(two)], frames(target)
    assert len(shown) == len(wanted)
    for ours, theirs in zip(shown, wanted, strict=True):
        assert sum(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / len(ours) < 3
