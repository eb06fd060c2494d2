"""Which reader a video file is given to: told by its first bytes, never guessed by ffmpeg.

ffmpeg's own guess takes a text for a playlist (HLS, DASH, concat, image2) and opens the files that the text names.
Every file that we did not make is opened with the reader that is named here, and with no other.
"""

from pathlib import Path
from typing import NamedTuple

from runner.files import read_head

HEAD = 1024
_TS_PACKET, _M2TS_PACKET, _M2TS_STAMP = 188, 192, 4
_TS_SYNC = 0x47


class Container(NamedTuple):
    """A kind of video file: its name for people, and ffmpeg's name of the one reader for it."""

    title: str
    reader: str


MP4 = Container("MP4", "mov")
WEBM = Container("WebM", "matroska")
_TRANSPORT = Container("MPEG-TS", "mpegts")
_AVI = Container("AVI", "avi")
# ISO/IEC 14496-12 wants `ftyp` first; QuickTime files of old begin with one of the others.
_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide")
# None of these readers opens a second file, whatever the first one says.
_SIGNS = (
    (b"\x1a\x45\xdf\xa3", WEBM),
    (b"FLV\x01", Container("FLV", "flv")),
    (b"OggS", Container("Ogg", "ogg")),
    (b"\x00\x00\x01\xba", Container("MPEG-PS", "mpeg")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container("ASF", "asf")),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", Container("MXF", "mxf")),
    (b"DKIF", Container("IVF", "ivf")),
    (b"GIF8", Container("GIF", "gif")),
)
_KINDS = (MP4, _AVI, _TRANSPORT, *(kind for _, kind in _SIGNS))
TITLES = ", ".join(kind.title for kind in _KINDS)
READERS = tuple(kind.reader for kind in _KINDS)


def container_kind(head: bytes) -> Container | None:
    """Return the kind of a file from its first `HEAD` bytes; None where they are those of no video we know."""
    if head[4:8] in _BOXES:
        return MP4
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return _AVI
    if _repeats_sync(head, 0, _TS_PACKET) or _repeats_sync(head, _M2TS_STAMP, _M2TS_PACKET):
        return _TRANSPORT
    return next((kind for sign, kind in _SIGNS if head.startswith(sign)), None)


def reader_of(path: Path) -> str:
    """Return ffmpeg's name of the one reader that may open a file.

    What is no video we know, or cannot be opened, gets the reader of MP4, which refuses it and opens nothing else.
    """
    try:
        head = read_head(path, HEAD)
    except OSError:
        head = b""
    return (container_kind(head) or MP4).reader


def _repeats_sync(head: bytes, first: int, packet: int) -> bool:
    """Tell whether a transport stream's mark stands at the start of three packets in a row."""
    marks = head[first : first + 2 * packet + 1 : packet]
    return len(marks) == 3 and set(marks) == {_TS_SYNC}  # noqa: PLR2004 -- one could be chance
