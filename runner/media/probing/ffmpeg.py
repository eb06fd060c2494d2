"""Reads a file with ffmpeg alone: headers from what it says about its input, packet times from a table of packets."""

import asyncio
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from runner.media.ffmpeg.commands import scan
from runner.media.ffmpeg.process import run
from runner.media.ffmpeg.tools import Tool
from runner.media.mp4 import outline_of
from runner.media.probing.reading import (
    Packet,
    Picture,
    Reading,
    Sound,
    Track,
    Unreadable,
    complaints,
    container_of,
    error_lines,
    matrix_of,
    whole_turns,
)

_INPUT = re.compile(r"^\[info\] Input #0, (\S+), from ")
_STREAM = re.compile(r"^\[info\]   Stream #0:\d+\S*: (Video|Audio): (.*)$")
_TURN = re.compile(r"(?:displaymatrix|Display Matrix): rotation of (-?[\d.]+) degrees")
_CODEC = re.compile(r"^(\w+)(?: \((?!\w+ / 0x)([^)]*)\))?")
_SIZE = re.compile(r", (\d+)x(\d+)")
_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_SOUND = re.compile(r", (\d+) Hz, ([^,]+)")
_FORM = re.compile(r", (\w+)(?:\(([^)]*)\))?, \d+x\d+")
_MATRICES = ("bt709", "bt470bg", "smpte170m", "smpte240m")  # have the names of their primaries and transfer
# AV_PKT_FLAG_DISCARD of libavcodec: decoded, but cut away by an edit list.
_FLAGS, _DISCARDED = re.compile(r", F=0x([0-9A-Fa-f]+)"), 4
# Songs carry their sleeve as a video stream of one picture.
_COVER = "(attached pic)"
_LAYOUTS = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4}


async def read(path: Path, ffmpeg: Tool, seconds: float) -> Reading:
    """Read one file with ffmpeg.

    Raises:
        Unreadable: it holds no video that ffmpeg can open.
        ToolFailed: ffmpeg took longer than `seconds`.
    """
    finished = await run(scan(ffmpeg, path), seconds=seconds)
    lines = finished.stderr.splitlines()
    damage = complaints(error_lines(lines))
    container, said = _input(lines)
    videos = [words for kind, words in said if kind == "Video" and _COVER not in words]
    audios = [words for kind, words in said if kind == "Audio"]
    if not videos:
        raise Unreadable(damage[0] if damage and not container else "it has no video stream")
    tracks, extradata = _table(finished.stdout.decode(errors="replace"))
    outline = await asyncio.to_thread(outline_of, path)
    return Reading(
        container=container_of(container),
        picture=_picture(videos[0], outline.frames),
        sound=_sound(audios[0]) if audios else None,
        video=tracks[0],
        audio=tracks[1] if audios else None,
        video_streams=len(videos),
        audio_streams=len(audios),
        damage=damage,
        prober=f"ffmpeg {ffmpeg.version}",
        extradata=extradata,
    )


def _input(lines: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """The container and each stream's kind and words, a display matrix appended, from the part about the input."""
    container, streams = "", list[tuple[str, str]]()
    for line in lines:
        if line.startswith(("[info] Stream mapping", "[info] Output #")):
            break
        if found := _INPUT.match(line):
            container = found[1].rstrip(",")
        elif found := _STREAM.match(line):
            streams.append((found[1], found[2]))
        elif streams and _TURN.search(line):
            streams[-1] = (streams[-1][0], f"{streams[-1][1]} {line.strip()}")
    return container, streams


def _picture(words: str, frames: int | None) -> Picture:
    # Not the rate: ffmpeg prints 23.98 for 24000/1001, and only the packets' times are exact.
    codec, size = _CODEC.match(words), _SIZE.search(words)
    aspects, turn = _ASPECT.findall(words), _TURN.search(words)
    # The container's own aspect stands behind the codec's, and counts.
    width, height = (int(part) for part in aspects[-1]) if aspects else (1, 1)
    return Picture(
        codec=codec[1] if codec else "",
        profile=(codec[2] or "") if codec else "",
        pix_fmt=_pix_fmt(words),
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
        sample_aspect=Fraction(width, height) if width and height else Fraction(1),
        rotation=whole_turns(float(turn[1])) if turn else 0,
        header_frames=frames,
        full_range=re.search(r"yuvj|\(pc\b", words) is not None,
        matrix=_matrix(words),
        interlaced=re.search(r"\b(top|bottom) (first|coded first)", words) is not None,
    )


def _pix_fmt(words: str) -> str:
    found = _FORM.search(words)
    return found[1] if found else ""


def _matrix(words: str) -> str:
    """The matrix of the colours: `bt709` where primaries and transfer have the same name, else `bt709/unknown/…`."""
    found = _FORM.search(words)
    parts = (found[2] or "").split(", ") if found else []
    return matrix_of(next((part.partition("/")[0] for part in parts if "/" in part or part in _MATRICES), ""))


def _sound(words: str) -> Sound:
    codec, form = _CODEC.match(words), _SOUND.search(words)
    return Sound(
        codec=codec[1] if codec else "",
        sample_rate=int(form[1]) if form else 0,
        channels=_channels(form[2].strip()) if form else 0,
    )


def _channels(layout: str) -> int:
    """How many channels a layout such as ``stereo``, ``5.1(side)`` or ``3 channels`` has."""
    if counted := re.match(r"(\d+) channels", layout):
        return int(counted[1])
    if dotted := re.match(r"(\d+)\.(\d+)", layout):
        return int(dotted[1]) + int(dotted[2])
    return _LAYOUTS.get(layout, 0)


def _table(text: str) -> tuple[tuple[Track, Track], str]:
    """The video and the audio track of the packet table, and the check sum of the decoder's set-up."""
    bases, rows, extradata = {"0": "1", "1": "1"}, {"0": list[Packet](), "1": list[Packet]()}, ""
    for line in text.splitlines():
        if line.startswith("#tb "):
            index, _, base = line[4:].partition(": ")
            bases[index] = base
        elif line.startswith("#extradata 0:"):
            extradata = "".join(line.partition(":")[2].split())
        elif line[:2] in ("0,", "1,"):
            rows[line[0]].append(_row(line))
    first, second = (Track(time_base=Fraction(bases[index]), packets=tuple(rows[index])) for index in ("0", "1"))
    return (first, second), extradata


def _row(line: str) -> Packet:
    _, dts, pts, duration, *_ = (field.strip() for field in line.split(","))
    flags = _FLAGS.search(line)
    return Packet(
        pts=int(pts if _is_number(pts) else dts),
        duration=int(duration) if _is_number(duration) else 0,
        hidden=bool(flags and int(flags[1], 16) & _DISCARDED),
    )


def _is_number(text: str) -> bool:
    return text.lstrip("-").isdigit()
