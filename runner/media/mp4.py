"""A walk over the boxes of an MP4 file: whether its end is there, and what its index promises; nothing is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

# ISO/IEC 14496-12, section 4.2: 32 bits of length and four characters; a length of 1 says that 64 bits follow, a length
# of 0 that the box goes on to the end of the file.
_SHORT, _LONG = struct.Struct(">I4s"), struct.Struct(">Q")
_LONG_FOLLOWS, _OPEN = 1, 0
# A file has a dozen boxes, a fragmented one two for each fragment.
_MOST_BOXES = 200_000
# The index of a film of an hour has a few MiB; what claims more is damaged, and is not read into memory.
_INDEX_CAP = 1 << 26
_ENTRIES = struct.Struct(">I")
# Section 8.7.3: in both tables of sample sizes the count stands after version, flags and one more field of 32 bits.
_COUNTS, _COUNT_AT = (b"stsz", b"stz2"), 8
_PARENTS = (b"mdia", b"minf", b"stbl")
# Section 8.4.3: the kind of a track stands after version, flags and a field of zeros.
_HANDLER_AT = slice(8, 12)
_NEEDED = ((b"ftyp", "its kind"), (b"moov", "its index"), (b"mdat", "the pictures"))


class Box(NamedTuple):
    """Where a box starts, its content starts, and it ends; `is_open`: it does not tell where."""

    kind: bytes
    start: int
    content: int
    end: int
    is_open: bool

    @property
    def name(self) -> str:
        """The kind, for people."""
        return self.kind.decode("ascii", "replace").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """How many frames the index lists, if it does, and how many bytes the file lacks at its end."""

    frames: int | None = None
    missing: int = 0


def is_mp4_head(head: bytes) -> bool:
    """Tell from the first eight bytes whether this may be an MP4 file."""
    return head[4:8] == b"ftyp"


def find_flaw(path: Path, *, length_known: bool) -> str:
    """Say what is wrong with a finished MP4 file, or nothing.

    A last box without a length is right only where the length of the file is known from elsewhere.
    """
    size, end = path.stat().st_size, 0
    kinds: set[bytes] = set()
    with path.open("rb") as stream:
        for number, box in enumerate(_boxes(stream, size)):
            if number == _MOST_BOXES:
                return "it has too many boxes"
            if flaw := _box_flaw(box, size, length_known=length_known):
                return flaw
            kinds.add(box.kind)
            end = box.end
    return _missing(kinds) if end == size else f"no MP4 box at byte {end}"


def outline_of(path: Path) -> Outline:
    """Return the outline of a file; of one that is no MP4, an empty outline."""
    size = path.stat().st_size
    index, end = b"", 0
    with path.open("rb") as stream:
        for box in _boxes(stream, size):
            # Stricter than above: text that was appended to a file must not count as a box that is cut short.
            if not box.kind.isalnum():
                break
            end = box.end
            if box.kind == b"moov" and end <= size and end - box.content <= _INDEX_CAP:
                stream.seek(box.content)
                index = stream.read(end - box.content)
    return Outline(frames=_frames(index), missing=max(0, end - size))


def _boxes(stream: BinaryIO, size: int) -> Iterator[Box]:
    """Yield the boxes on one level, until something is no box."""
    place = 0
    while place < size:
        stream.seek(place)
        box = _parse_header(stream.read(_SHORT.size + _LONG.size), place, size)
        if box is None:
            return
        yield box
        place = box.end


def _parse_header(head: bytes, start: int, size: int) -> Box | None:
    """Parse the box at `start` of `size` bytes, which may end beyond them."""
    if len(head) < _SHORT.size:
        return None
    length, kind = _SHORT.unpack_from(head)
    header = _SHORT.size
    if length == _LONG_FOLLOWS and len(head) == _SHORT.size + _LONG.size:
        length, header = _LONG.unpack_from(head, header)[0], len(head)
    if length == _OPEN:
        return Box(kind, start, start + header, size, is_open=True)
    return Box(kind, start, start + header, start + length, is_open=False) if length >= header else None


def _box_flaw(box: Box, size: int, *, length_known: bool) -> str:
    if not all(0x20 <= letter < 0x7F for letter in box.kind):  # noqa: PLR2004 -- printable ASCII
        return f"no MP4 box at byte {box.start}"
    if box.is_open and not length_known:
        return f"the last box ({box.name}) does not tell where it ends"
    if box.end > size:
        return f"the box {box.name} at byte {box.start} is cut short by {box.end - size} bytes"
    return ""


def _missing(kinds: set[bytes]) -> str:
    missing = (f"the box {kind.decode()} ({words}) is missing" for kind, words in _NEEDED if kind not in kinds)
    return next(missing, "")


def _frames(index: bytes) -> int | None:
    for kind, track in _children(index):
        counted = _samples(track) if kind == b"trak" else None
        if counted is not None:
            return counted
    return None


def _samples(track: bytes) -> int | None:
    """Return the number of samples of a video track; None for other tracks and for fragments listed elsewhere."""
    boxes = dict(_descend(track))
    if boxes.get(b"hdlr", b"")[_HANDLER_AT] != b"vide":
        return None
    for kind in _COUNTS:
        if len(boxes.get(kind, b"")) >= _COUNT_AT + _ENTRIES.size:
            return int(_ENTRIES.unpack_from(boxes[kind], _COUNT_AT)[0]) or None
    return None


def _descend(data: bytes, parents: tuple[bytes, ...] = _PARENTS) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes on the way down through `parents`; no deeper, however deep a damaged file is nested."""
    for kind, content in _children(data):
        yield kind, content
        if parents and kind == parents[0]:
            yield from _descend(content, parents[1:])


def _children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for box in _boxes(BytesIO(data), len(data)):
        yield box.kind, data[box.content : box.end]
