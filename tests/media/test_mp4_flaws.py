"""The walk over the boxes of a finished file finds every cut."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.media.mp4 import find_flaw, is_mp4_head
from tests.fakes.api import mp4

FILM = mp4(2000)


def box(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


def of(data: bytes, *, length_known: bool = True) -> str:
    path = Path("film.mp4")
    path.write_bytes(data)
    return find_flaw(path, length_known=length_known)


START = box(b"ftyp", b"isom") + box(b"moov", b"index")


def test_a_whole_file_has_no_flaw() -> None:
    assert of(FILM) == ""


def test_the_order_of_the_boxes_does_not_matter() -> None:
    assert of(box(b"ftyp") + box(b"free") + box(b"mdat", b"x" * 50) + box(b"moov")) == ""


def test_a_box_may_have_a_long_size() -> None:
    long = struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", 16 + 50) + b"x" * 50
    assert of(START + long) == ""
    assert "cut short by 1 byte" in of(START + long[:-1])


def test_a_last_box_may_be_open_only_where_the_length_is_known() -> None:
    data = START + box(b"mdat", b"x" * 50, size=0)
    assert of(data) == ""
    assert "does not tell where it ends" in of(data, length_known=False)


@pytest.mark.parametrize("missing", [b"moov", b"mdat"])
def test_a_missing_box_is_named(missing: bytes) -> None:
    boxes = [box(kind, b"x") for kind in (b"ftyp", b"moov", b"mdat") if kind != missing]
    assert f"{missing.decode()} (" in of(b"".join(boxes))


@pytest.mark.parametrize(
    "rubbish", [b"\n", b"rubbish", b"\0" * 8, box(b"x\0yz"), box(b"mdat", size=7), b"\0\0\0\1mdat\0\0"]
)
def test_rubbish_at_the_end_is_found(rubbish: bytes) -> None:
    assert of(FILM + rubbish) != ""


def test_an_empty_file_is_not_whole() -> None:
    assert of(b"") != ""


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, len(FILM) - 1))
def test_a_file_cut_anywhere_is_found(at: int) -> None:
    assert of(FILM[:at], length_known=False) != ""


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    assert isinstance(of(data), str)


def test_the_first_bytes_tell() -> None:
    assert is_mp4_head(FILM[:8])
    assert not any(map(is_mp4_head, (b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"ftypisom", FILM[:7])))
