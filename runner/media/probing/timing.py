"""What the packets of one stream say about time, exactly: start, length, frame rate, gaps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

_STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "15", "12")
)

_ROUNDED = Fraction(1, 1500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """When one packet is shown and for how long, in ticks of its stream's time base; 0 ticks if nobody says.

    `hidden` is one that is decoded but never shown, because an edit list cuts it away.
    """

    pts: int
    duration: int
    hidden: bool = False

    @property
    def shown(self) -> bool:
        """Whether anybody sees or hears any of it."""
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


def timing_of(track: Track) -> Timing:
    """The timing of a track of at least one shown packet; counted in ticks, so that nothing is rounded."""
    tick = track.time_base
    shown = sorted((packet for packet in track.packets if packet.shown), key=lambda packet: packet.pts)
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
    """Where a track of any length starts and how long it lasts, in seconds, without what an edit list cuts away."""
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
    for rate in _STANDARD_RATES if gaps else ():
        frame = 1 / (rate * tick)
        if _on_grid(times, frame):
            return frame
    common = Counter(gap for gap in gaps if gap > 0).most_common(1)
    return Fraction(common[0][0]) if common else None


def meant(rate: Fraction) -> Fraction:
    """The standard rate that a rounded number stands for: 23.976 is 24000/1001; any other is itself."""
    return next((each for each in _STANDARD_RATES if abs(each - rate) < _ROUNDED), rate)


def _on_grid(times: Sequence[int], frame: Fraction) -> bool:
    """Whether each time is, but for one tick of rounding, where a constant rate puts it."""
    up, down = frame.as_integer_ratio()
    return all(abs((time - times[0]) * down - index * up) <= down for index, time in enumerate(times))


def _constant(gaps: Sequence[int], frame: Fraction) -> bool:
    """No gap strays by more than half a frame, and neither does their sum."""
    even = all(frame <= 2 * gap <= 3 * frame for gap in set(gaps))
    return even and abs(sum(gaps) - frame * len(gaps)) <= frame / 2
