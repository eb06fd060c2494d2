"""The reader of a file is told by its first bytes; ffmpeg never guesses it, and a text never makes it open another."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from runner.media.containers import container_kind, reader_of
from runner.media.ffmpeg import commands
from runner.media.ffmpeg.tools import Tool
from runner.media.probing.probe import inspect_bytes
from runner.media.probing.reading import Unreadable

FFMPEG = Tool(path=imageio_ffmpeg.get_ffmpeg_exe(), version="7.1", origin="bundled")
# Each begins as its kind does and holds bytes that are no text, so that only its kind can give it away.
NAMING = {
    "HLS": b"#EXTM3U\n#\0\xff\n#EXTINF:1,\nmine.ts\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\n#\0\xff\nfile mine.ts\n",
    "DASH": b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>\0\xff</MPD>",
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}


def mine() -> Path:
    """A film that nobody may open by naming it."""
    path = Path("mine.ts")
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=24:duration=0.2"]
    subprocess.run([FFMPEG.path, "-v", "error", *source, "-c:v", "mpeg2video", path], check=True)
    return path


@pytest.mark.parametrize(
    ("head", "reader"),
    [
        (b"\0\0\0\x1cftypisom", "mov"),
        (b"\0\0\0\x08wide\0\0\0\x08mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", "matroska"),
        (b"RIFF\x10\0\0\0AVI LIST", "avi"),
        ((b"\x47" + bytes(187)) * 4, "mpegts"),
        ((bytes(4) + b"\x47" + bytes(187)) * 4, "mpegts"),
        (b"\0\0\x01\xba", "mpeg"),
    ],
)
def test_a_kind_is_told_by_its_first_bytes(head: bytes, reader: str) -> None:
    kind = container_kind(head)
    assert kind
    assert kind.reader == reader


@pytest.mark.parametrize("head", [*NAMING.values(), b"", b"\x47" * 3, b"RIFF\x10\0\0\0WAVE", b"ftyp"])
def test_what_is_no_video_has_no_kind_and_the_reader_that_opens_nothing_else(head: bytes) -> None:
    assert container_kind(head) is None
    Path("x.mp4").write_bytes(head)
    assert reader_of(Path("x.mp4")) == "mov"
    assert reader_of(Path("missing.mp4")) == "mov"


@pytest.mark.parametrize("content", NAMING.values(), ids=NAMING)
def test_what_is_no_video_is_refused_in_words(content: bytes) -> None:
    path = Path("film.mp4")
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"cannot be read as a video: it begins with the bytes .* MP4, AVI"):
        inspect_bytes(path)


@pytest.mark.parametrize("kind", ["HLS", "concat"])
def test_a_file_that_names_another_one_does_not_make_ffmpeg_open_it(kind: str) -> None:
    mine()
    Path("film.mp4").write_bytes(NAMING[kind].replace(b"#\0\xff\n", b""))  # such as ffmpeg would take by itself
    done = subprocess.run(commands.decode(FFMPEG, Path("film.mp4"), 0.0), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "mine.ts" not in done.stderr


def test_a_part_of_a_joined_film_cannot_name_another_file_either() -> None:
    mine()
    Path("part.m3u8").write_bytes(NAMING["HLS"].replace(b"#\0\xff\n", b""))
    Path("list.txt").write_text("ffconcat version 1.0\nfile part.m3u8\n")
    chain = commands.chain(FFMPEG, Path("list.txt"), Path("out.mp4"))
    done = subprocess.run(chain, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not Path("out.mp4").exists() or not Path("out.mp4").stat().st_size
