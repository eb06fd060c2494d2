"""The outline of an MP4 file: what its index promises, so that a missing end is seen without decoding anything."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_INDEX_CAP = 1 << 26
_SHORT, _LONG = struct.Struct(">I4s"), struct.Struct(">Q")
_ENTRIES = struct.Struct(">I")
_COUNTS, _COUNT_AT = (b"stsz", b"stz2"), 8
_PARENTS = (b"mdia", b"minf", b"stbl")
_HANDLER_AT = slice(8, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """How many frames the index lists, if it does, and how many bytes the file lacks at its end."""

    frames: int | None = None
    missing: int = 0


def outline_of(path: Path) -> Outline:
    """The outline of a file; of one that is no MP4, an empty outline."""
    size = path.stat().st_size
    index, end = b"", 0
    with path.open("rb") as stream:
        for kind, start, end in _top_level(stream, size):
            if kind == b"moov" and end <= size and end - start <= _INDEX_CAP:
                stream.seek(start)
                index = stream.read(end - start)
    return Outline(frames=_frames(index), missing=max(0, end - size))


def _top_level(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of content and end of each box, until something is no box."""
    place = 0
    while place < size:
        stream.seek(place)
        length, kind, header = _head(stream.read(_SHORT.size + _LONG.size), size - place)
        if length < header or not kind.isalnum():
            return
        yield kind, place + header, place + length
        place += length


def _head(head: bytes, room: int) -> tuple[int, bytes, int]:
    """Length, kind and header length of the box that starts with `head`; length 0 means no box."""
    if len(head) < _SHORT.size:
        return 0, b"", _SHORT.size
    length, kind = _SHORT.unpack_from(head)
    if length == 0:
        return room, kind, _SHORT.size
    if length == 1 and len(head) == _SHORT.size + _LONG.size:
        return _LONG.unpack_from(head, _SHORT.size)[0], kind, len(head)
    return length, kind, _SHORT.size


def _frames(index: bytes) -> int | None:
    for kind, track in _children(index):
        counted = _samples(track) if kind == b"trak" else None
        if counted is not None:
            return counted
    return None


def _samples(track: bytes) -> int | None:
    """The number of samples of a video track; none for other tracks and for fragments listed elsewhere."""
    boxes = dict(_descend(track))
    if boxes.get(b"hdlr", b"")[_HANDLER_AT] != b"vide":
        return None
    for kind in _COUNTS:
        if len(boxes.get(kind, b"")) >= _COUNT_AT + _ENTRIES.size:
            return int(_ENTRIES.unpack_from(boxes[kind], _COUNT_AT)[0]) or None
    return None


def _descend(data: bytes, parents: tuple[bytes, ...] = _PARENTS) -> Iterator[tuple[bytes, bytes]]:
    """The boxes on the way down through `parents`; no deeper, however deep a damaged file is nested."""
    for kind, content in _children(data):
        yield kind, content
        if parents and kind == parents[0]:
            yield from _descend(content, parents[1:])


def _children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        length, kind, header = _head(data[place : place + _SHORT.size + _LONG.size], len(data) - place)
        if length < header:
            return
        yield kind, data[place + header : place + length]
        place += length
