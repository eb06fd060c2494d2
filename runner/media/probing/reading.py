"""What a reader found in a file, the same value from every reader, and what its packets say about time."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from runner.errors import CheckFailed

# Film, PAL, NTSC and their doubles, and two slow rates of older models; the commonest first.
_STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "15", "12")
)

# 23.976 and 29.97 stand for 24000/1001 and 30000/1001; 23.98 is 1/250 away, and is taken as it is.
_ROUNDED = Fraction(1, 1500)
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
class Packet:
    """When one packet is shown and for how long, in ticks of its stream's time base; 0 ticks if the file does not say.

    `hidden` is one that is decoded but never shown, because an edit list cuts it away.
    """

    pts: int
    duration: int
    hidden: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether anyone sees or hears any of it."""
        return self.pts >= 0 and not self.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """All packets of one stream, in file order."""

    time_base: Fraction
    packets: tuple[Packet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A track in seconds. `hidden` packets are not shown: an edit list cuts them away, before time zero or later.

    `cut_short` tells that the last ones are such; then a reader leaves out what comes after them.
    """

    frames: int
    hidden: int
    cut_short: bool
    start: Fraction
    duration: Fraction
    frame_rate: Fraction
    average_rate: Fraction
    constant_rate: bool


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
    """Return one name for a family of containers: ffmpeg says ``mov,mp4,m4a,3gp,3g2,mj2`` for each of them."""
    family = names.split(",")
    return "mp4" if "mp4" in family else family[0]


def matrix_of(name: str) -> str:
    """Return the name of the matrix of a picture's colours; empty if the file does not tell it."""
    return "" if name in _UNTOLD else name


def whole_turns(rotation: float) -> int:
    """Return a rotation in degrees, as 0 ≤ r < 360."""
    return round(rotation) % 360


def error_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield those of ffmpeg's lines, each with its level, that tell of errors in what was read; without the level."""
    for line in lines:
        if (found := _ERROR.match(line)) and not _OURS.match(line):
            yield f"{found[1]}{line[found.end() :]}"


def complaints(lines: Iterable[str]) -> tuple[str, ...]:
    """Return what ffmpeg complained of: each line once, without addresses, and never more than a person reads."""
    plain = (_POINTER.sub("", line).strip() for line in lines if _REPEATED not in line)
    return tuple(dict.fromkeys(line for line in plain if line))[:_LINES]


def timing_of(track: Track) -> Timing:
    """Return the timing of a track of at least one shown packet; counted in ticks, so that nothing is rounded."""
    tick = track.time_base
    shown = sorted((packet for packet in track.packets if packet.is_shown), key=lambda packet: packet.pts)
    times = [packet.pts for packet in shown]
    gaps = [after - before for before, after in pairwise(times)]
    frame = _frame(times, gaps, tick) or Fraction(shown[0].duration)
    span = times[-1] - times[0]
    rate = 1 / (frame * tick) if frame else Fraction(0)
    return Timing(
        frames=len(shown),
        hidden=len(track.packets) - len(shown),
        cut_short=max(track.packets, key=lambda packet: packet.pts).hidden,
        start=times[0] * tick,
        duration=(span + (shown[-1].duration or frame)) * tick,
        frame_rate=rate,
        average_rate=len(gaps) / (span * tick) if span else rate,
        constant_rate=_constant(gaps, frame),
    )


def span_of(track: Track) -> tuple[Fraction, Fraction]:
    """Return where a track starts and how long it lasts, in seconds, without what an edit list cuts away."""
    heard = [packet for packet in track.packets if not packet.hidden]
    if not heard:
        return Fraction(0), Fraction(0)
    start = max(0, min(packet.pts for packet in heard))
    end = max(packet.pts + packet.duration for packet in heard)
    return start * track.time_base, max(0, end - start) * track.time_base


def _frame(times: Sequence[int], gaps: Sequence[int], tick: Fraction) -> Fraction | None:
    """Ticks per frame as they are meant: exact where the time base can hold them, else those of a standard rate."""
    if len(set(gaps)) == 1:
        return Fraction(gaps[0]) or None
    # WebM keeps milliseconds: 24 fps shows as gaps of 41 and 42, and only the whole row of times tells the rate.
    for rate in _STANDARD_RATES if gaps else ():
        frame = 1 / (rate * tick)
        if _on_grid(times, frame):
            return frame
    common = Counter(gap for gap in gaps if gap > 0).most_common(1)
    return Fraction(common[0][0]) if common else None


def nearest_standard_rate(rate: Fraction) -> Fraction:
    """Return the standard rate that a rounded number stands for: 23.976 is 24000/1001; any other is itself."""
    return next((each for each in _STANDARD_RATES if abs(each - rate) < _ROUNDED), rate)


def _on_grid(times: Sequence[int], frame: Fraction) -> bool:
    """Whether each time is, but for one tick of rounding, where a constant rate puts it."""
    up, down = frame.as_integer_ratio()
    return all(abs((time - times[0]) * down - index * up) <= down for index, time in enumerate(times))


def _constant(gaps: Sequence[int], frame: Fraction) -> bool:
    """No gap strays by more than half a frame, and neither does their sum."""
    even = all(frame <= 2 * gap <= 3 * frame for gap in set(gaps))
    return even and abs(sum(gaps) - frame * len(gaps)) <= frame / 2
