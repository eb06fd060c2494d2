"""The outline of an MP4 is read from its boxes, and nonsense in them does no harm."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.media.mp4 import Outline, outline_of
from tests.media.samples import Samples


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def track(handler: bytes, samples: int) -> bytes:
    table = box(b"stbl", box(b"stsz", struct.pack(">III", 0, 0, samples)))
    head = box(b"hdlr", bytes(8) + handler + bytes(12))
    return box(b"trak", box(b"mdia", head + box(b"minf", table)))


INDEX = box(b"moov", track(b"soun", 400) + track(b"vide", 192))


def outline(path: Path, data: bytes) -> Outline:
    path.write_bytes(data)
    return outline_of(path)


@pytest.mark.parametrize(("name", "frames"), [("clean", 96), ("moov_end", 96), ("fps30", 120), ("fragmented", None)])
def test_the_index_lists_the_frames_of_real_files(name: str, frames: int | None, samples: Samples) -> None:
    assert outline_of(samples[name]) == Outline(frames=frames)


def test_a_lost_end_is_measured(samples: Samples) -> None:
    assert outline_of(samples["tail_lost"]) == Outline(frames=96, missing=4096)


def test_the_first_video_track_counts(tmp_path: Path) -> None:
    assert outline(tmp_path / "a", box(b"ftyp", b"isom") + INDEX) == Outline(frames=192)


@pytest.mark.parametrize("size", [0, 8 + 100, 1 << 33])
def test_a_long_or_open_ended_box_is_measured(size: int, tmp_path: Path) -> None:
    head = struct.pack(">I4sQ", 1, b"mdat", size + 8) if size >> 32 else struct.pack(">I4s", size, b"mdat")
    found = outline(tmp_path / "a", INDEX + head + bytes(50))
    assert found.frames == 192
    assert found.missing == {0: 0, 108: 50}.get(size, (1 << 33) + 8 - 16 - 50)


def test_a_cut_index_lists_nothing(tmp_path: Path) -> None:
    assert outline(tmp_path / "a", INDEX[:-10]) == Outline(missing=10)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"not an MP4 file at all", bytes(64), b"\0\0\0\1mdat", b"\0\0\0\7mdat1234"]
)
def test_what_is_no_mp4_has_an_empty_outline(data: bytes, tmp_path: Path) -> None:
    assert outline(tmp_path / "a", data).frames is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(INDEX) - 1), value=st.integers(0, 255), cut=st.integers(0, len(INDEX)))
def test_a_damaged_index_never_raises(place: int, value: int, cut: int, tmp_path: Path) -> None:
    damaged = bytearray(INDEX)
    damaged[place] = value
    outline(tmp_path / "a", bytes(damaged[:cut]))


def test_boxes_nested_without_end_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    nest = b""
    for _ in range(5000):
        nest = box(b"mdia", nest)
    assert outline(tmp_path / "a", box(b"moov", box(b"trak", nest))).frames is None
