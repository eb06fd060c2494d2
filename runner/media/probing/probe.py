"""The facts of one video file: headers as told, time as counted from every packet."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.files import explain_os_errors
from runner.media.containers import HEAD, TITLES, container_kind
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Audio, Probe
from runner.media.mp4 import Outline, outline_of
from runner.media.probing import ffmpeg as ffmpeg_reader
from runner.media.probing import ffprobe as ffprobe_reader
from runner.media.probing.reading import Reading, Timing, Unreadable, span_of, timing_of

DEADLINE = 120.0
_REMEMBERED = 64  # files of a few hops; a whole chain is asked about hop by hop
# Each file of a hop is asked about several times, and a reader takes a tenth of a second to answer. A file that was
# written to since is another one.
_known: dict[tuple[object, ...], Probe] = {}
# A page that reports an error shows in its first lines what it is.
_TEXT = 512
_QUOTED = 200
_FIRST = 8  # bytes that are shown of what is neither video nor text
# What may be lost of a text at the end of the head: one character cut in two.
_CUT_CHARACTER = 3
_SPACE = "\t\n\r\f"
HINT = "fetch it again if the provider still has it; nothing that was paid for is lost by that"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """The size of a file in bytes and the outline of its boxes."""

    size: int
    outline: Outline


async def probe(path: Path, tools: Tools, seconds: float = DEADLINE) -> Probe:
    """Return everything that headers and packets tell about a file; no picture is decoded.

    Raises:
        CheckFailed: it cannot be read as a video (``media/unreadable``) or not in time (``media/timeout``).
        RunDirectoryError: it cannot be opened.
    """
    with explain_os_errors(path):
        stat = await asyncio.to_thread(path.stat)
    # Without its name: a result is read before it gets its final one.
    file = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, tools.ffprobe, tools.ffmpeg)
    known = _known.get(file)
    if known is None:
        look = await asyncio.to_thread(inspect_bytes, path)
        known = build_probe(await read_streams(path, tools, seconds), look)
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[file] = known
    return known


async def read_streams(path: Path, tools: Tools, seconds: float = DEADLINE) -> Reading:
    """Return what the best reader at hand finds in a file; it shows at least one frame. Raises as `probe` does."""
    try:
        if tools.ffprobe:
            reading = await ffprobe_reader.read(path, tools.ffprobe, seconds)
        else:
            reading = await ffmpeg_reader.read(path, tools.ffmpeg, seconds)
    except Unreadable as error:
        raise Unreadable(f"{path} cannot be read as a video: {error.message}", hint=HINT) from error
    if not any(packet.is_shown for packet in reading.video.packets):
        raise Unreadable(f"{path} cannot be read as a video: not one frame of it is here", hint=HINT)
    return reading


def build_probe(reading: Reading, file: FileFacts) -> Probe:
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
        hidden_frames=timing.hidden + _left_out(timing, picture.header_frames, file.outline),
        header_frames=picture.header_frames,
        duration=float(timing.duration),
        start=float(timing.start),
        audio=_audio(reading),
        video_streams=reading.video_streams,
        audio_streams=reading.audio_streams,
        size=file.size,
        missing_bytes=file.outline.missing,
        damage=reading.damage,
        matrix=picture.matrix,
        prober=reading.prober,
    )


def _left_out(timing: Timing, promised: int | None, outline: Outline) -> int:
    """Return how many frames no reader hands out, because an edit list ends before them; a cut file has none."""
    if promised is None or not timing.cut_short or outline.missing:
        return 0
    return max(0, promised - timing.frames - timing.hidden)


def _audio(reading: Reading) -> Audio | None:
    if reading.sound is None or reading.audio is None:
        return None
    start, duration = span_of(reading.audio)
    return Audio(**asdict(reading.sound), start=float(start), duration=float(duration))


def inspect_bytes(path: Path) -> FileFacts:
    """Look at a file that may be a video.

    Raises:
        Unreadable: it certainly is none: it is empty, no regular file, or text, which is quoted, or of no kind we know.
        RunDirectoryError: it cannot be opened.
    """
    with explain_os_errors(path):
        size = path.stat().st_size
        if not path.is_file():
            raise Unreadable(f"{path} is not a regular file", hint="give the path of a video file")
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if not head:
            raise Unreadable(f"{path} is empty", hint=HINT)
        if words := _quote_text(head[:_TEXT]):
            raise Unreadable(f"{path} is no video but text, which begins: {words}", hint=HINT)
        if container_kind(head) is None:
            begins = f"it begins with the bytes {head[:_FIRST].hex(' ')}; {TITLES} are read"
            raise Unreadable(f"{path} cannot be read as a video: {begins}", hint=HINT)
        return FileFacts(size=size, outline=outline_of(path))


def _quote_text(head: bytes) -> str:
    """Return the first words of a text, on one line; nothing for bytes that are no text."""
    text = head.decode(errors="ignore")
    lost = len(head) - len(text.encode())
    plain = lost <= _CUT_CHARACTER and all(sign.isprintable() or sign in _SPACE for sign in text)
    return " ".join(text.split())[:_QUOTED] if plain else ""
