"""Reads a file with ffprobe: headers and packet times from its JSON."""

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from runner.media.ffmpeg.commands import inspect
from runner.media.ffmpeg.process import ToolFailed, run
from runner.media.ffmpeg.tools import Tool
from runner.media.probing.reading import (
    Packet,
    Picture,
    Reading,
    Sound,
    Track,
    Unreadable,
    complaints,
    container_of,
    matrix_of,
    whole_turns,
)

_Json = Mapping[str, object]
# In ffprobe's packet flags: decoded, but cut away by an edit list.
_DISCARDED = "D"


async def read(path: Path, ffprobe: Tool, seconds: float) -> Reading:
    """Read one file with ffprobe.

    Raises:
        Unreadable: it holds no video that ffprobe can open.
        ToolFailed: ffprobe broke off, or took longer than `seconds`.
    """
    finished = await run(inspect(ffprobe, path), seconds=seconds)
    damage = complaints(finished.stderr.splitlines())
    try:
        answer = _mapping(json.loads(finished.stdout or b"{}"))
    except ValueError as error:
        raise ToolFailed(f"ffprobe gave no JSON for {path}: {finished.last_words}") from error
    videos, audios = _streams(answer, "video"), _streams(answer, "audio")
    if finished.returncode or not videos:
        raise Unreadable(damage[0] if damage else "it has no video stream")
    return Reading(
        container=container_of(_text(_mapping(answer.get("format")), "format_name")),
        picture=_picture(videos[0]),
        sound=_sound(audios[0]) if audios else None,
        video=_track(answer, videos[0]),
        audio=_track(answer, audios[0]) if audios else None,
        video_streams=len(videos),
        audio_streams=len(audios),
        damage=damage,
        prober=f"ffprobe {ffprobe.version}",
    )


def _streams(answer: _Json, kind: str) -> list[_Json]:
    """The streams of one kind; a cover picture is no video."""
    found = (_mapping(stream) for stream in _list(answer.get("streams")))
    return [
        stream
        for stream in found
        if stream.get("codec_type") == kind and not _number(_mapping(stream.get("disposition")), "attached_pic")
    ]


def _picture(stream: _Json) -> Picture:
    # Left out where the container has no index, as in WebM and in fragmented MP4.
    frames = _text(stream, "nb_frames")
    turns = [_number(_mapping(data), "rotation") for data in _list(stream.get("side_data_list"))]
    # A profile that ffprobe has no name for is printed as its number.
    return Picture(
        codec=_text(stream, "codec_name"),
        profile="" if (profile := _text(stream, "profile")).isdigit() else profile,
        pix_fmt=_text(stream, "pix_fmt"),
        width=int(_number(stream, "width")),
        height=int(_number(stream, "height")),
        sample_aspect=_aspect(_text(stream, "sample_aspect_ratio")),
        rotation=whole_turns(next((turn for turn in turns if turn), 0)),
        header_frames=int(frames) if frames.isdigit() else None,
        full_range=_text(stream, "pix_fmt").startswith("yuvj") or _text(stream, "color_range") == "pc",
        matrix=matrix_of(_text(stream, "color_space")),
        interlaced=_text(stream, "field_order") in ("tt", "bb", "tb", "bt"),
    )


def _aspect(text: str) -> Fraction:
    width, _, height = text.partition(":")
    return (
        Fraction(int(width), int(height))
        if width.isdigit() and height.isdigit() and int(width) and int(height)
        else Fraction(1)
    )


def _sound(stream: _Json) -> Sound:
    return Sound(
        codec=_text(stream, "codec_name"),
        sample_rate=int(_number(stream, "sample_rate")),
        channels=int(_number(stream, "channels")),
    )


def _track(answer: _Json, stream: _Json) -> Track:
    index = stream.get("index")
    packets = (_mapping(packet) for packet in _list(answer.get("packets")))
    return Track(
        time_base=Fraction(_text(stream, "time_base") or "1"),
        packets=tuple(_packets(packet for packet in packets if packet.get("stream_index") == index)),
    )


def _packets(packets: Iterator[_Json]) -> Iterator[Packet]:
    for packet in packets:
        pts = packet.get("pts", packet.get("dts"))
        if isinstance(pts, int):
            hidden = _DISCARDED in _text(packet, "flags")
            yield Packet(pts=pts, duration=int(_number(packet, "duration")), hidden=hidden)


def _mapping(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(values: _Json, name: str) -> str:
    value = values.get(name, "")
    return value if isinstance(value, str) else ""


def _number(values: _Json, name: str) -> float:
    value = values.get(name)
    try:
        return float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return 0.0
