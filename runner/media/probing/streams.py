"""What a reader found in a file, before anything is concluded from it; the same value from every reader."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from runner.errors import CheckFailed
from runner.media.probing.timing import Track

_POINTER = re.compile(r" @ 0x[0-9a-fA-F]+")
_ERROR = re.compile(r"^((?:\[[^\]]*\] )*)\[(?:error|fatal|panic)\] ")
# What our own output, which throws everything away, says of times that it is handed is no fault of the file.
_OURS = re.compile(r"^\[(?:out#\d+/)?null\b")
_REPEATED = "Last message repeated"
_LINES = 20
_UNTOLD = ("unknown", "reserved")


class Unreadable(CheckFailed):
    """The file is no video that ffmpeg can open."""

    default_code = "media/unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The header of the first video stream. `rotation` is in degrees, counter-clockwise; an untold `matrix` empty."""

    codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    sample_aspect: Fraction
    rotation: int
    header_frames: int | None = None
    full_range: bool = False
    matrix: str = ""
    interlaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The header of the first audio stream."""

    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file as one reader saw it. `extradata` tells encoder settings apart, where the reader can see them."""

    container: str
    picture: Picture
    sound: Sound | None
    video: Track
    audio: Track | None
    video_streams: int
    audio_streams: int
    damage: tuple[str, ...]
    prober: str
    extradata: str = ""


def container_of(names: str) -> str:
    """One name for a family of containers: ffmpeg says ``mov,mp4,m4a,3gp,3g2,mj2`` for each of them."""
    family = names.split(",")
    return "mp4" if "mp4" in family else family[0]


def matrix_of(name: str) -> str:
    """The name of the matrix of a picture's colours; empty if the file does not tell it."""
    return "" if name in _UNTOLD else name


def whole_turns(rotation: float) -> int:
    """A rotation in degrees, as 0 ≤ r < 360."""
    return round(rotation) % 360


def errors(lines: Iterable[str]) -> Iterator[str]:
    """Those of ffmpeg's lines, each with its level, that tell of errors in what was read; without the level."""
    for line in lines:
        if (found := _ERROR.match(line)) and not _OURS.match(line):
            yield f"{found[1]}{line[found.end() :]}"


def complaints(lines: Iterable[str]) -> tuple[str, ...]:
    """What ffmpeg complained of: each line once, without addresses, and never more than a person reads."""
    plain = (_POINTER.sub("", line).strip() for line in lines if _REPEATED not in line)
    return tuple(dict.fromkeys(line for line in plain if line))[:_LINES]
