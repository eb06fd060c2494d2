"""Every reader finds the same facts in every file, and they are the true ones."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from runner.errors import CheckFailed, RunDirectoryError
from runner.media.ffmpeg.tools import Tools, find_tools
from runner.media.model import Audio, Probe
from runner.media.probing.probe import probe, read_streams
from tests.media.samples import DAMAGED, EDITED, ENCODED, H264, Samples, ffmpeg

UNREADABLE = ("cut_moov_end", "empty", "json", "html", "playlist", "noise", "index_only", "audio_only")
READABLE = sorted({*ENCODED, *EDITED, *DAMAGED} - {*UNREADABLE})

# What each sample was made to be; everything else is as in `clean`.
TRUE: dict[str, dict[str, object]] = {
    "clean": {"container": "mp4", "video_codec": "h264", "pix_fmt": "yuv420p", "width": 320, "height": 180},
    "fps30": {"frame_rate": Fraction(30), "average_rate": Fraction(30), "frames": 120, "header_frames": 120},
    "fps25": {"frame_rate": Fraction(25), "frames": 100, "constant_rate": True},
    "fps23976": {"frame_rate": Fraction(24000, 1001), "frames": 96, "duration": 96 * 1001 / 24000},
    "vfr": {"frame_rate": Fraction(24), "constant_rate": False, "frames": 74},
    "hole": {"frame_rate": Fraction(24), "constant_rate": False, "frames": 84, "duration": 4.0},
    "frames_missing": {"frame_rate": Fraction(24), "constant_rate": True, "frames": 84, "duration": 3.5},
    "r4x3": {"width": 240, "height": 180},
    "rows176": {"sample_aspect": Fraction(44, 45), "display_width": 313, "display_height": 176},
    "sar43": {"sample_aspect": Fraction(4, 3), "display_width": 320, "display_height": 180},
    "relabelled": {"sample_aspect": Fraction(3, 4), "display_width": 240, "display_height": 180},
    "rotated": {"rotation": 90, "display_width": 180, "display_height": 320},
    "portrait": {"display_width": 180, "display_height": 320},
    "no_audio": {"audio": None, "audio_streams": 0},
    "mono": {"audio": Audio(codec="aac", sample_rate=44100, channels=1, duration=4.0, start=0.0)},
    "surround": {"audio": Audio(codec="aac", sample_rate=48000, channels=6, duration=4.0, start=0.0)},
    "audio_short": {"audio": Audio(codec="aac", sample_rate=48000, channels=2, duration=3.0, start=0.0)},
    "two_videos": {"video_streams": 2, "audio_streams": 1},
    "hevc": {"video_codec": "hevc", "profile": "Main"},
    "webm": {"container": "matroska", "video_codec": "vp8", "header_frames": None, "constant_rate": True},
    "fragmented": {"header_frames": None},
    "cover": {"video_streams": 1},
    "deceiver": {"video_streams": 1, "width": 320},
    "cut_faststart": {"header_frames": 96},
    "edit_ends": {"frames": 84, "hidden_frames": 12, "header_frames": 96, "duration": 3.5},
    "edit_ends_early": {"frames": 36, "hidden_frames": 60, "header_frames": 96, "duration": 1.5},
    "high": {"profile": "High"},
}
USUAL: dict[str, object] = {
    "frame_rate": Fraction(24),
    "average_rate": Fraction(24),
    "constant_rate": True,
    "frames": 96,
    "header_frames": 96,
    "duration": 4.0,
    "start": 0.0,
    "sample_aspect": Fraction(1),
    "rotation": 0,
    "damage": (),
    "missing_bytes": 0,
    "audio": Audio(codec="aac", sample_rate=48000, channels=2, duration=4.0, start=0.0),
}
LIKE_CLEAN = (
    "clean",
    "moov_end",
    "segment",
    "r4x3",
    "sar43",
    "rotated",
    "portrait",
    "hevc",
    "cover",
    "deceiver",
    "high",
)


# Without an index of samples, and where an edit ends, versions of ffmpeg differ in how much of the last packet of sound
# they believe.
VAGUE_SOUND = {"fragmented": 0.02, "webm": 0.02, "edit_ends": 0.022, "edit_ends_early": 0.022}


def facts(probe: Probe, slack: float) -> dict[str, object]:
    """All facts; of the words about damage, which differ by version, only whether there are any."""
    sound = asdict(probe.audio) if probe.audio else None
    if sound and slack:
        sound["duration"] = pytest.approx(sound["duration"], abs=slack)
    return {**probe.as_json(), "audio": sound, "prober": "", "damage": bool(probe.damage)}


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.proof
def test_every_reader_finds_the_same_facts(name: str, samples: Samples, readers: dict[str, Tools]) -> None:
    found = {reader: asyncio.run(probe(samples[name], tools)) for reader, tools in readers.items()}
    expected = facts(found.pop("bundled ffmpeg"), VAGUE_SOUND.get(name, 0.0))
    for reader, seen in found.items():
        assert facts(seen, 0.0) == expected, reader


@pytest.mark.parametrize("name", TRUE)
def test_the_facts_are_those_that_the_file_was_made_with(
    name: str, samples: Samples, readers: dict[str, Tools]
) -> None:
    expected = ({**USUAL} if name in LIKE_CLEAN else {}) | TRUE[name]
    for reader, tools in readers.items():
        found = asyncio.run(probe(samples[name], tools))
        assert {key: getattr(found, key) for key in expected} == expected, reader


def test_an_ffprobe_that_is_installed_and_new_enough_takes_part(readers: dict[str, Tools]) -> None:
    notes = asyncio.run(find_tools({})).notes
    assert "ffprobe" in readers or any("ffprobe" in note for note in notes)
    assert "bundled ffmpeg" in readers


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_video_is_refused_by_every_reader(name: str, samples: Samples, readers: dict[str, Tools]) -> None:
    for tools in readers.values():
        with pytest.raises(CheckFailed) as caught:
            asyncio.run(probe(samples[name], tools))
        assert caught.value.code == "media/unreadable"
        assert str(samples[name]) in caught.value.message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty", "is empty"),
        ("json", '{"error":{"code":403,"message":"Permission denied"}}'),
        ("html", "502 Bad Gateway — später"),
        ("playlist", "#EXTM3U"),
        ("cut_moov_end", "moov atom not found"),
        ("audio_only", "no video stream"),
        ("index_only", "not one frame"),
    ],
)
def test_the_refusal_says_what_is_there_instead(
    name: str, words: str, samples: Samples, readers: dict[str, Tools]
) -> None:
    for tools in readers.values():
        with pytest.raises(CheckFailed) as caught:
            asyncio.run(probe(samples[name], tools))
        assert words in caught.value.message


def test_a_name_that_looks_like_an_option_is_read_as_a_file(
    samples: Samples, readers: dict[str, Tools], tmp_path: Path
) -> None:
    odd = tmp_path / "-y it's 100%d: odd.mp4"
    odd.write_bytes(samples["clean"].read_bytes())
    for tools in readers.values():
        assert asyncio.run(probe(Path(odd.name), tools)).frames == 96


def test_a_missing_file_is_explained(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match=r"nowhere\.mp4"):
        asyncio.run(probe(tmp_path / "nowhere.mp4", tools))


def test_a_pipe_is_refused_without_waiting_for_it(tools: Tools, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(CheckFailed, match="not a regular file"):
        asyncio.run(probe(tmp_path / "pipe.mp4", tools))


@pytest.mark.parametrize("name", ["clean", "no_audio", "cut_faststart", "fps23976"])
def test_a_probe_survives_its_json_form(name: str, samples: Samples, tools: Tools) -> None:
    found = asyncio.run(probe(samples[name], tools))
    again = Probe.from_json(json.loads(json.dumps(found.as_json())))
    assert again == found
    assert again.prober == found.prober


@pytest.mark.parametrize(
    ("told", "matrix"),
    [
        ("range=unknown", ""),
        ("colorspace=bt709:color_primaries=bt709:color_trc=bt709", "bt709"),
        ("colorspace=smpte170m:range=pc", "smpte170m"),
        ("colorspace=bt470bg:color_trc=bt709", "bt470bg"),
        ("colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084", "bt2020nc"),
        ("color_primaries=bt709:color_trc=bt709", ""),
    ],
)
def test_every_reader_finds_the_matrix_of_the_colours_if_it_is_told(
    told: str, matrix: str, tmp_path: Path, readers: dict[str, Tools]
) -> None:
    graph = f"format=yuv420p,setparams={told}"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.5", "-vf", graph, *H264, str(tmp_path / "told.mp4"))
    for reader, tools in readers.items():
        assert asyncio.run(probe(tmp_path / "told.mp4", tools)).matrix == matrix, reader


def test_a_probe_that_was_written_before_matrices_were_noted_can_be_read(samples: Samples, tools: Tools) -> None:
    values = asyncio.run(probe(samples["clean"], tools)).as_json()
    del values["matrix"]
    assert Probe.from_json(values).matrix == ""


@pytest.mark.parametrize(
    ("size", "matrix", "taken"),
    [
        ((720, 576), "", "bt601"),
        ((576, 1024), "", "bt601"),
        ((1280, 536), "", "bt709"),
        ((960, 720), "", "bt709"),
        ((1920, 1080), "smpte170m", "auto"),
    ],
)
def test_colours_that_are_not_told_are_taken_by_the_size_of_the_picture(
    size: tuple[int, int], matrix: str, taken: str, samples: Samples, tools: Tools
) -> None:
    found = asyncio.run(probe(samples["clean"], tools))
    assert replace(found, width=size[0], height=size[1], matrix=matrix).taken_matrix == taken


@pytest.mark.parametrize(
    "spoil",
    [
        lambda values: values.pop("frames"),
        lambda values: values.update(colour="blue"),
        lambda values: values.update(frame_rate="fast"),
        lambda values: values.update(audio={"codec": "aac"}),
        lambda values: values.update(audio="aac"),
        lambda values: values.update(damage=None),
    ],
)
def test_json_that_is_no_probe_is_a_value_error(
    spoil: Callable[[dict[str, Any]], object], samples: Samples, tools: Tools
) -> None:
    values = asyncio.run(probe(samples["clean"], tools)).as_json()
    spoil(values)
    with pytest.raises(ValueError, match=r"probe|Fraction"):
        Probe.from_json(values)


def test_many_probes_at_once_agree(samples: Samples, readers: dict[str, Tools]) -> None:
    async def all_at_once(tools: Tools) -> list[Probe]:
        return await asyncio.gather(*(probe(samples["clean"], tools) for _ in range(12)))

    for tools in readers.values():
        assert {found.frames for found in asyncio.run(all_at_once(tools))} == {96}


def test_a_file_is_read_once_until_it_is_written_to(
    samples: Samples, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    async def counted(path: Path, tools: Tools, seconds: float) -> object:
        read.append(path)
        return await read_streams(path, tools, seconds)

    monkeypatch.setattr("runner.media.probing.probe.read_streams", counted)
    path = tmp_path / "film.mp4"
    path.write_bytes(samples["clean"].read_bytes())
    assert [asyncio.run(probe(path, tools)).frames for _ in range(2)] == [96, 96]
    path.write_bytes(samples["fps30"].read_bytes())
    assert asyncio.run(probe(path, tools)).frames == 120
    assert len(read) == 2
