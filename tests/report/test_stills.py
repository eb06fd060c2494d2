"""What a report shows of a film has the colours, the shape and the frames of that film."""

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from runner.media.ffmpeg.tools import Tools, find_tools
from runner.media.model import Piece
from runner.media.probing.probe import probe
from runner.report import previews as films
from runner.report.model import PlacedFile, Playback
from runner.report.stills import Rgb, decode_colour_frames, decode_stills
from tests.doses import doses
from tests.media.samples import H264, ffmpeg

BARS = ((200, 60, 30), (40, 160, 70), (30, 60, 190))
DARK = ((20, 30, 40),) * 3
FRAMES, SEAM = 24, 12
NEAR = 6  # levels that 8 bits of YUV and an encoder cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a film is written: the matrix and the range of its colours, what it tells of them, and its size."""

    matrix: str
    tag: str
    size: tuple[int, int]
    range: str = "tv"
    aspect: str = "1"
    shown: tuple[int, int] = (320, 180)

    def write(self, target: Path) -> Path:
        """A film that is dark up to the seam, and shows bars from there on."""
        width, height = self.size[0] // 3, self.size[1]
        bars = [
            f"color=c=0x{bytes(colour).hex()}:s={width}x{height}:r=24:d=0.5" for part in (DARK, BARS) for colour in part
        ]
        inputs = [word for bar in bars for word in ("-f", "lavfi", "-i", bar)]
        told = f"setparams=colorspace={self.tag}:range={self.range},setsar={self.aspect}"
        graph = (
            "[0:v][1:v][2:v]hstack=3[a];[3:v][4:v][5:v]hstack=3[b];[a][b]concat=n=2,format=rgb24,"
            f"scale=out_color_matrix={self.matrix}:out_range={self.range},format=yuv420p,{told}"
        )
        ffmpeg(*inputs, "-filter_complex", graph, *H264, str(target))
        return target


FORMS = {
    "BT.709": Form(matrix="bt709", tag="bt709", size=(1278, 720)),
    "BT.601 of NTSC": Form(matrix="bt601", tag="smpte170m", size=(720, 540), shown=(320, 240)),
    "BT.601 of PAL": Form(matrix="bt601", tag="bt470bg", size=(720, 576), aspect="16/15", shown=(320, 240)),
    "BT.601 although it is large": Form(matrix="bt601", tag="smpte170m", size=(1278, 720)),
    "BT.709 although it is small": Form(matrix="bt709", tag="bt709", size=(480, 270)),
    "full range": Form(matrix="bt709", tag="bt709", range="pc", size=(1278, 720)),
    "full range, BT.601": Form(matrix="bt601", tag="smpte170m", range="pc", size=(480, 270)),
    "21:9": Form(matrix="bt709", tag="bt709", size=(840, 360), shown=(320, 138)),
    "upright": Form(matrix="bt709", tag="bt709", size=(360, 640), shown=(180, 320)),
    "untold and large": Form(matrix="bt709", tag="unknown", size=(1278, 720)),
    "untold and small": Form(matrix="bt601", tag="unknown", size=(480, 270)),
}


@pytest.fixture(scope="module")
def tools() -> Tools:
    return asyncio.run(find_tools({}, which=lambda _name: None))


@pytest.fixture(params=doses(FORMS, "BT.709", "BT.601 of PAL", "upright"))
def form(request: pytest.FixtureRequest) -> Form:
    return FORMS[request.param]


def placed(path: Path, tools: Tools, start: int = 0, repeated: int = 0) -> PlacedFile:
    facts = asyncio.run(probe(path, tools))
    return PlacedFile(path=path, facts=facts, start=start, end=start + facts.frames, repeated=repeated, seen=True)


def bars(picture: Rgb) -> list[object]:
    """The colour in the middle of each third, as something that is equal to what is nearly the same."""
    height, width = picture.shape[:2]
    middle = [picture[height // 2, width * sixth // 6] for sixth in (1, 3, 5)]
    return [pytest.approx(tuple(int(each) for each in colour), abs=NEAR) for colour in middle]


def first_picture(copy: str, folder: Path, tools: Tools) -> Rgb:
    """The first picture of what an address holds."""
    path = folder / "copy.mp4"
    path.write_bytes(base64.b64decode(copy.partition(",")[2]))
    return asyncio.run(decode_colour_frames(path, asyncio.run(probe(path, tools)), [0], (60, 40), tools))[0]


def test_a_still_has_the_colours_and_the_shape_of_its_film(form: Form, tmp_path: Path, tools: Tools) -> None:
    place = placed(form.write(tmp_path / "film.mp4"), tools, repeated=SEAM)
    strip, seam = asyncio.run(decode_stills(place, place, tools))
    assert seam is not None
    assert seam.after[0].shape == (form.shown[1], form.shown[0], 3)
    assert bars(seam.after[0]) == list(BARS)
    assert len(strip) == 6
    assert strip[0].shape == (form.shown[1] // 2, form.shown[0] // 2, 3)
    assert all(bars(each) == list(BARS) for each in strip)


def test_a_small_copy_has_the_colours_of_its_film_and_tells_them(form: Form, tmp_path: Path, tools: Tools) -> None:
    place = placed(form.write(tmp_path / "film.mp4"), tools, repeated=SEAM)
    _, clip = asyncio.run(films._clip((1, 1), place, tools))
    assert bars(first_picture(clip, tmp_path, tools)) == list(BARS)
    copy = placed(tmp_path / "copy.mp4", tools)
    assert (copy.facts.matrix, copy.facts.full_range) == ("bt709", False)
    assert copy.facts.display_width / copy.facts.display_height == pytest.approx(
        place.facts.display_width / place.facts.display_height, rel=0.01
    )


def test_a_clip_shows_what_is_new_and_the_film_all(tmp_path: Path, tools: Tools) -> None:
    place = placed(FORMS["BT.709 although it is small"].write(tmp_path / "film.mp4"), tools, repeated=SEAM)
    _, clip = asyncio.run(films._clip((1, 1), place, tools))
    assert bars(first_picture(clip, tmp_path, tools)) == list(BARS)
    assert placed(tmp_path / "copy.mp4", tools).facts.frames == FRAMES - SEAM
    film = asyncio.run(
        films.embed_playback(Playback(pieces=[Piece(path=place.path)], hops=2, seconds=1.0, film=True), tools)
    )
    assert bars(first_picture(film.source, tmp_path, tools)) == list(DARK)
    assert placed(tmp_path / "copy.mp4", tools).facts.frames == FRAMES


def test_the_frames_around_a_seam_are_those_next_to_it(tmp_path: Path, tools: Tools) -> None:
    place = placed(FORMS["21:9"].write(tmp_path / "film.mp4"), tools, repeated=SEAM)
    _, seam = asyncio.run(decode_stills(place, place, tools))
    assert seam is not None
    assert [bars(each) for each in seam.before] == [list(DARK)] * 4
    assert [bars(each) for each in seam.after] == [list(BARS)] * 4
    assert seam.apart == pytest.approx(np.abs(np.subtract(BARS, DARK)).mean(), abs=NEAR)


def test_the_frames_before_a_seam_may_lie_in_another_file(tmp_path: Path, tools: Tools) -> None:
    before = placed(FORMS["21:9"].write(tmp_path / "before.mp4"), tools)
    place = placed(FORMS["upright"].write(tmp_path / "film.mp4"), tools, start=FRAMES)
    _, seam = asyncio.run(decode_stills(place, before, tools))
    assert seam is not None
    assert [bars(each) for each in (seam.before[-1], seam.after[0])] == [list(BARS), list(DARK)]
    assert seam.differs is None, "pictures of two shapes are not laid over each other"


def test_a_file_that_holds_fewer_frames_than_it_should_is_shown_as_far_as_it_goes(tmp_path: Path, tools: Tools) -> None:
    place = placed(FORMS["21:9"].write(tmp_path / "film.mp4"), tools)
    shown = asyncio.run(decode_colour_frames(place.path, place.facts, [0, SEAM, FRAMES, FRAMES + 5], (60, 40), tools))
    assert [bars(each) for each in shown] == [list(DARK), list(BARS)]
