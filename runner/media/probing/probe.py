"""The facts of one video file: headers as told, time as counted from every packet."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from runner.files import explain_os_errors
from runner.media.ffmpeg.tools import Tools
from runner.media.probing import ffmpeg as ffmpeg_reader
from runner.media.probing import ffprobe as ffprobe_reader
from runner.media.probing.mp4 import Outline
from runner.media.probing.sniff import HINT, Look, look_at
from runner.media.probing.streams import Reading, Unreadable
from runner.media.probing.timing import Timing, span_of, timing_of

DEADLINE = 120.0
_QUARTER, _HALF = 90, 180
_TELEVISION, _WIDE = 576, 1280
_REMEMBERED = 64
# Each file of a hop is asked about several times, and a reader takes a tenth of a second to answer. A file that was
# written to since is another one.
_known: dict[tuple[object, ...], "Probe"] = {}
_FRACTIONS = ("sample_aspect", "frame_rate", "average_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The first audio stream; `start` and `duration` in seconds, counted from its packets."""

    codec: str
    sample_rate: int
    channels: int
    duration: float
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Everything about one file that headers and packets tell.

    `frames` counts the packets that are shown, `hidden_frames` those that an edit list cuts away, `header_frames` what
    the index promises. `frame_rate` is what the frames are meant to have, `average_rate` what they have. Seconds of the
    picture: `start`, `duration`. `missing_bytes` is what the file lacks at its end, `damage` what ffmpeg
    said about the packets; `matrix` is that of its colours, empty if untold; `prober` names the reader.
    """

    container: str
    video_codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    sample_aspect: Fraction
    rotation: int
    full_range: bool
    interlaced: bool
    frame_rate: Fraction
    average_rate: Fraction
    constant_rate: bool
    frames: int
    hidden_frames: int
    header_frames: int | None
    duration: float
    start: float
    audio: Audio | None
    video_streams: int
    audio_streams: int
    size: int
    missing_bytes: int = 0
    damage: tuple[str, ...] = ()
    matrix: str = ""
    prober: str = field(default="", compare=False)

    @property
    def display_width(self) -> int:
        """Width as shown: pixel aspect and rotation applied."""
        return self._displayed[0]

    @property
    def display_height(self) -> int:
        """Height as shown: pixel aspect and rotation applied."""
        return self._displayed[1]

    @property
    def taken_matrix(self) -> str:
        """What ffmpeg's scale filter is to take the matrix of its colours for.

        An untold one is taken as players take it: for BT.709 if the picture is larger than television was, else BT.601.
        """
        large = min(self.width, self.height) > _TELEVISION or max(self.width, self.height) >= _WIDE
        return "auto" if self.matrix else "bt709" if large else "bt601"

    @property
    def late(self) -> float:
        """How much later than the file the picture starts, in seconds: ffmpeg seeks from where the file does."""
        return max(0.0, self.start - self.audio.start) if self.audio else 0.0

    @property
    def _displayed(self) -> tuple[int, int]:
        size = round(self.width * self.sample_aspect), self.height
        return size[::-1] if self.rotation % _HALF == _QUARTER else size

    def as_json(self) -> dict[str, object]:
        """All fields for a JSON file; fractions as text such as ``24000/1001``."""
        values = {name: str(value) if isinstance(value, Fraction) else value for name, value in asdict(self).items()}
        return {**values, "damage": list(self.damage)}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Probe":
        """The probe that `as_json` wrote.

        Raises:
            ValueError: a field is missing, unknown or of the wrong kind.
        """
        known: dict[str, Any] = dict(values)
        try:
            known |= {name: Fraction(known[name]) for name in _FRACTIONS}
            known["audio"] = Audio(**known["audio"]) if known["audio"] is not None else None
            known["damage"] = tuple(known["damage"])
            return cls(**known)
        except (TypeError, KeyError) as error:
            raise ValueError(f"this is no probe of a video: {error}") from error


async def probe(path: Path, tools: Tools, seconds: float = DEADLINE) -> Probe:
    """Everything that headers and packets tell about a file; no picture is decoded.

    Raises:
        CheckFailed: it cannot be read as a video (``media/unreadable``) or not in time (``media/timeout``).
        RunDirectoryError: it cannot be opened.
    """
    with explain_os_errors(path):
        stat = await asyncio.to_thread(path.stat)
    file = (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, tools.ffprobe, tools.ffmpeg)
    known = _known.get(file)
    if known is None:
        look = await asyncio.to_thread(look_at, path)
        known = probe_of(await reading_of(path, tools, seconds), look)
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[file] = known
    return known


async def reading_of(path: Path, tools: Tools, seconds: float = DEADLINE) -> Reading:
    """What the best reader at hand finds in a file; it shows at least one frame. Raises as `probe` does."""
    try:
        if tools.ffprobe:
            reading = await ffprobe_reader.read(path, tools.ffprobe, seconds)
        else:
            reading = await ffmpeg_reader.read(path, tools.ffmpeg, seconds)
    except Unreadable as error:
        raise Unreadable(f"{path} cannot be read as a video: {error.message}", hint=HINT) from error
    if not any(packet.shown for packet in reading.video.packets):
        raise Unreadable(f"{path} cannot be read as a video: not one frame of it is here", hint=HINT)
    return reading


def probe_of(reading: Reading, look: Look) -> Probe:
    """Conclude the facts from what was read. The reading shows at least one frame."""
    picture, timing = reading.picture, timing_of(reading.video)
    return Probe(
        container=reading.container,
        video_codec=picture.codec,
        profile=picture.profile,
        pix_fmt=picture.pix_fmt,
        width=picture.width,
        height=picture.height,
        sample_aspect=picture.sample_aspect,
        rotation=picture.rotation,
        full_range=picture.full_range,
        interlaced=picture.interlaced,
        frame_rate=timing.frame_rate,
        average_rate=timing.average_rate,
        constant_rate=timing.constant_rate,
        frames=timing.frames,
        hidden_frames=timing.hidden + _left_out(timing, picture.header_frames, look.outline),
        header_frames=picture.header_frames,
        duration=float(timing.duration),
        start=float(timing.start),
        audio=_audio(reading),
        video_streams=reading.video_streams,
        audio_streams=reading.audio_streams,
        size=look.size,
        missing_bytes=look.outline.missing,
        damage=reading.damage,
        matrix=picture.matrix,
        prober=reading.prober,
    )


def _left_out(timing: Timing, promised: int | None, outline: Outline) -> int:
    """How many frames no reader hands out because an edit list ends long before them; a file that is cut has none."""
    if promised is None or not timing.cut_short or outline.missing:
        return 0
    return max(0, promised - timing.frames - timing.hidden)


def _audio(reading: Reading) -> Audio | None:
    if reading.sound is None or reading.audio is None:
        return None
    start, duration = span_of(reading.audio)
    return Audio(**asdict(reading.sound), start=float(start), duration=float(duration))
