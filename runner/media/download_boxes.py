"""A light walk over the top-level boxes of an MP4 file, enough to see that it is one and that its end is there."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

_HEADER = 8
_MOST_BOXES = 200_000


class _Box(NamedTuple):
    kind: bytes
    start: int
    size: int  # 0: as far as the file goes


def looks_like_mp4(head: bytes) -> bool:
    """Tell from the first eight bytes whether this may be an MP4 file."""
    return head[4:8] == b"ftyp"


def flaw(path: Path, *, length_known: bool) -> str:
    """Say what is wrong with a finished MP4 file, or nothing.

    A last box without a length is right only where the length of the file is known from elsewhere.
    """
    size = path.stat().st_size
    kinds: set[bytes] = set()
    start = 0
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            if start == size:
                return _missing(kinds)
            box = _read(file, start)
            if box is None:
                return f"no MP4 box at byte {start}"
            if not box.size and not length_known:
                return f"the last box ({_name(box)}) does not tell where it ends"
            kinds.add(box.kind)
            start = start + box.size if box.size else size
            if start > size:
                return f"the box {_name(box)} at byte {box.start} is cut short by {start - size} bytes"
    return "it has too many boxes"


def _missing(kinds: set[bytes]) -> str:
    for kind, words in ((b"ftyp", "its kind"), (b"moov", "its index"), (b"mdat", "the pictures")):
        if kind not in kinds:
            return f"the box {kind.decode()} ({words}) is missing"
    return ""


def _read(file: BinaryIO, start: int) -> _Box | None:
    file.seek(start)
    head = file.read(2 * _HEADER)
    kind, size = head[4:_HEADER], int.from_bytes(head[:4], "big")
    smallest = _HEADER
    if size == 1:  # a 64-bit size follows
        size, smallest = int.from_bytes(head[_HEADER:], "big"), 2 * _HEADER
    if len(head) < smallest or not all(0x20 <= letter < 0x7F for letter in kind):  # noqa: PLR2004 -- printable ASCII
        return None
    return _Box(kind, start, size) if size == 0 or size >= smallest else None


def _name(box: _Box) -> str:
    return box.kind.decode("ascii").strip()
