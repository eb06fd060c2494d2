"""FFmpeg command lines: layers into a moving picture, segments into a whole, and a file into a worse one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from runner.sandbox.render import dog, font, scenery, sound
from runner.sandbox.render.shot import RATE, Shot, caption

# Film pixels per font pixel, and from the edge: the counter survives an upscale and H.264, and is read by tests.
_LETTER = 4
_MARK = 3
_MARGIN = 24
# The index stands first, so that a player and a prober need the first bytes only. 24000 ticks per second hold 24 and 30
# frames per second, and 24000/1001, without rounding.
_FINISH = ("-movflags", "+faststart", "-video_track_timescale", "24000", "-brand", "mp42")
# Two renderings of one shot must be the same bits, for a film is joined from shots without encoding: one preset, a key
# frame each second, and no B-frames, whose reordering would show in the time stamps at a join.
_H264 = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-g", "24", "-bf", "0"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a finished file is made different: for upgrades, and for files that break their contract."""

    frame_rate: str = ""
    size: str = ""
    audio: bool = True


def layer_command(pixels: str, size: tuple[int, int], scale: int) -> tuple[str, ...]:
    """Return how to scale RGBA pictures from standard input down to raw frames on standard output."""
    width, height = size
    smaller = f"scale={width // scale}:{height // scale}:flags=area:out_color_matrix=bt709,format={pixels}"
    return (*_raw("rgba", size, "pipe:0"), "-vf", smaller, "-f", "rawvideo", "pipe:1")


def sound_command(chord: Sequence[int]) -> tuple[str, ...]:
    """Return how to encode a chord's tone bed to an ADTS stream on standard output."""
    source = f"aevalsrc=exprs='{sound.format_expression(chord)}':s={sound.RATE}:d={sound.SECONDS}"
    return ("-f", "lavfi", "-i", source, "-c:a", "aac", "-b:a", "128k", "-f", "adts", "pipe:1")


def shot_command(shot: Shot, files: Mapping[str, Path], target: Path) -> tuple[str, ...]:
    """Return how to render the pictures of one shot from its layers and strips of writing."""
    layout = shot.layout
    wide = scenery.PERIOD + layout.width
    letters, mark = font.strip_size(len(caption(shot, 0))), font.strip_size(len(shot.watermark))
    return (
        *_raw("yuv420p", (wide, layout.horizon), _file(files["sky"]), shot.rate),
        *_raw("yuv420p", (wide, layout.height - layout.horizon), _file(files["meadow"]), shot.rate),
        *_raw("yuva420p", (wide, layout.woods[1]), _file(files["woods"]), shot.rate),
        *_raw("yuva420p", dog.SIZE, _file(files["dog"]), shot.rate),
        *_raw("ya8", letters, _file(files["counter"]), shot.rate),
        *(_raw("ya8", mark, _file(files["mark"]), shot.rate) if shot.watermark else ()),
        *("-filter_complex_threads", "1", "-filter_complex", _graph(shot, letters, mark)),
        *("-map", "[picture]", "-frames:v", str(shot.frames), *_H264, *_FINISH, "-f", "mp4", _file(target)),
    )


def film_command(parts: Path, stream: Path, bed: tuple[int, int], target: Path, label: str) -> tuple[str, ...]:
    """Return how to join the listed pictures bit for bit, lay the sound under them, and put a label on the file."""
    return (
        *("-f", "concat", "-safe", "0", "-i", _file(parts), *_bed(stream), "-map", "0:v", "-map", "1:a"),
        *("-c", "copy", *_trim_sound(bed), "-metadata", f"comment={label}", *_FINISH, "-f", "mp4", _file(target)),
    )


def format_concat_list(parts: Sequence[tuple[Path, float]]) -> str:
    """Return the list that FFmpeg's concat reads: paths and lengths in seconds."""
    quoted = ((str(path).replace("'", "'\\''"), seconds) for path, seconds in parts)
    return "".join(f"file '{path}'\nduration {seconds:.9f}\n" for path, seconds in quoted)


def reencode_command(source: Path, change: Change, target: Path) -> tuple[str, ...]:
    """Return how to encode a file again with another frame rate, size, or without its sound."""
    filters = [f"fps={change.frame_rate}"] if change.frame_rate else []
    filters += [f"scale={change.size.replace('x', ':')}:flags=bilinear,setsar=1"] if change.size else []
    scaled = ("-vf", ",".join(filters), *_H264) if filters else ("-c:v", "copy")
    heard = ("-map", "0:a", "-c:a", "copy") if change.audio else ()
    timescale = ("-movflags", "+faststart")
    return ("-i", _file(source), "-map", "0:v", *heard, *scaled, *timescale, "-f", "mp4", _file(target))


def _file(path: Path) -> str:
    return f"file:{path}"


def _raw(pixels: str, size: tuple[int, int], source: str, rate: int = RATE) -> tuple[str, ...]:
    what = ("-f", "rawvideo", "-pix_fmt", pixels, "-video_size", f"{size[0]}x{size[1]}")
    return (*what, "-framerate", str(rate), "-i", source)


def _bed(path: Path) -> tuple[str, ...]:
    # The encoder's run-up is one AAC frame; it lies before time zero, so that frame and sample counts stay exact.
    return ("-itsoffset", f"{float(Fraction(-sound.FRAME, sound.RATE)):.9f}", "-f", "aac", "-i", _file(path))


def _trim_sound(bed: tuple[int, int]) -> tuple[str, ...]:
    """Shorten the last AAC frame to the samples that count, as an encoder would."""
    count, last = bed
    length = f"if(eq(N,{count - 1}),DURATION*{last}/{sound.FRAME},DURATION)"
    return ("-bsf:a", f"aac_adtstoasc,setts=duration='{length}'")


def _graph(shot: Shot, letters: tuple[int, int], mark: tuple[int, int]) -> str:
    """Lay the strips under each other, then woods, dog and writing on top; all move with the global frame."""
    layout, now = shot.layout, f"(n+{shot.start + shot.shift})"
    strips = layout.strips
    names = [f"[strip{number}]" for number in range(len(strips))]
    sway = f"{layout.width}*(0.38+0.07*sin(2*PI*{now}/360))"
    feet = layout.horizon + strips[6][0] - 16 - dog.SIZE[1]
    chains = [
        f"[0]loop=-1:1,{_pan(now, 1, (0, layout.horizon), layout.width)}[sky]",
        f"[1]loop=-1:1,split={len(strips)}{''.join(names)}",
        *(
            f"{name}{_pan(now, speed, (top, height), layout.width)}{name[:-1]}moved]"
            for name, (top, height, speed) in zip(names, strips, strict=True)
        ),
        f"[sky]{''.join(f'{name[:-1]}moved]' for name in names)}vstack={len(strips) + 1}[land]",
        f"[2]loop=-1:1,{_pan(now, 2, (0, layout.woods[1]), layout.width)}[woods]",
        f"[land][woods]overlay=0:{layout.woods[0]}[wooded]",
        f"[3]loop=-1:{dog.PHASES}[dog]",
        f"[wooded][dog]overlay='{sway}':{feet}[walked]",
        f"[4]format=yuva420p,scale={letters[0] * _LETTER}:{letters[1] * _LETTER}:flags=neighbor[counter]",
        f"[walked][counter]overlay={_MARGIN}:{_MARGIN}:eof_action=pass[counted]",
        *_mark(shot, mark),
    ]
    return ";".join(chains)


def _mark(shot: Shot, size: tuple[int, int]) -> tuple[str, ...]:
    """Write the watermark into the lower right corner."""
    if not shot.watermark:
        return ("[counted]format=yuv420p[picture]",)
    return (
        f"[5]loop=-1:1,format=yuva420p,scale={size[0] * _MARK}:{size[1] * _MARK}:flags=neighbor[mark]",
        f"[counted][mark]overlay=W-w-{_MARGIN}:H-h-{_MARGIN},format=yuv420p[picture]",
    )


def _pan(now: str, speed: int, rows: tuple[int, int], width: int) -> str:
    top, height = rows
    return f"crop={width}:{height}:'mod({now}*{speed},{scenery.PERIOD})':{top}:exact=1"
