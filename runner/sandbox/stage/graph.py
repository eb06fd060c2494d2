"""FFmpeg command lines: layers into a moving picture, segments into a whole, and a file into a worse one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from runner.sandbox.stage import lettering, music, scenery, walker

RATE = 24
SIZES = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)}
_LETTER = 4
_MARK = 3
_MARGIN = 24
_FINISH = ("-movflags", "+faststart", "-video_track_timescale", "24000", "-brand", "mp42")
_H264 = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-g", "24", "-bf", "0"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One piece of footage: `frames` frames from the global frame `start` on, of the world that `look` names."""

    look: str
    aspect: str
    hop: int
    start: int
    frames: int
    watermark: str = ""
    shift: int = 0
    """How many frames the world jumps ahead at the start: a visible cut."""
    rate: int = RATE
    """Frames per second."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate

    @property
    def layout(self) -> scenery.Layout:
        """Where things stand in this picture."""
        width, height = SIZES[self.aspect]
        return scenery.Layout(width=width, height=height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a finished file is made different: for upgrades, and for files that break their contract."""

    frame_rate: str = ""
    size: str = ""
    audio: bool = True


def layer(pixels: str, size: tuple[int, int], scale: int) -> tuple[str, ...]:
    """Read RGBA pictures from standard input, scale them down, write raw frames to standard output."""
    width, height = size
    smaller = f"scale={width // scale}:{height // scale}:flags=area:out_color_matrix=bt709,format={pixels}"
    return (*_raw("rgba", size, "pipe:0"), "-vf", smaller, "-f", "rawvideo", "pipe:1")


def sound(chord: Sequence[int]) -> tuple[str, ...]:
    """Encode a chord's tone bed to an ADTS stream on standard output."""
    source = f"aevalsrc=exprs='{music.expression(chord)}':s={music.RATE}:d={music.SECONDS}"
    return ("-f", "lavfi", "-i", source, "-c:a", "aac", "-b:a", "128k", "-f", "adts", "pipe:1")


def shot(shot: Shot, files: Mapping[str, Path], target: Path) -> tuple[str, ...]:
    """Render the pictures of one shot from its layers and strips of writing."""
    layout = shot.layout
    wide = scenery.PERIOD + layout.width
    letters, mark = lettering.strip_size(len(caption(shot, 0))), lettering.strip_size(len(shot.watermark))
    return (
        *_raw("yuv420p", (wide, layout.horizon), _file(files["sky"]), shot.rate),
        *_raw("yuv420p", (wide, layout.height - layout.horizon), _file(files["meadow"]), shot.rate),
        *_raw("yuva420p", (wide, layout.woods[1]), _file(files["woods"]), shot.rate),
        *_raw("yuva420p", walker.SIZE, _file(files["dog"]), shot.rate),
        *_raw("ya8", letters, _file(files["counter"]), shot.rate),
        *(_raw("ya8", mark, _file(files["mark"]), shot.rate) if shot.watermark else ()),
        *("-filter_complex_threads", "1", "-filter_complex", _graph(shot, letters, mark)),
        *("-map", "[picture]", "-frames:v", str(shot.frames), *_H264, *_FINISH, "-f", "mp4", _file(target)),
    )


def film(parts: Path, sound: Path, bed: tuple[int, int], target: Path, label: str) -> tuple[str, ...]:
    """Join the listed pictures bit for bit, lay the sound under them, and put a label on the file."""
    return (
        *("-f", "concat", "-safe", "0", "-i", _file(parts), *_bed(sound), "-map", "0:v", "-map", "1:a"),
        *("-c", "copy", *_trim(bed), "-metadata", f"comment={label}", *_FINISH, "-f", "mp4", _file(target)),
    )


def listing(parts: Sequence[tuple[Path, float]]) -> str:
    """Return the list that FFmpeg's concat reads: paths and lengths in seconds."""
    quoted = ((str(path).replace("'", "'\\''"), seconds) for path, seconds in parts)
    return "".join(f"file '{path}'\nduration {seconds:.9f}\n" for path, seconds in quoted)


def changed(source: Path, change: Change, target: Path) -> tuple[str, ...]:
    """Encode a file again with another frame rate, size, or without its sound."""
    filters = [f"fps={change.frame_rate}"] if change.frame_rate else []
    filters += [f"scale={change.size.replace('x', ':')}:flags=bilinear,setsar=1"] if change.size else []
    scaled = ("-vf", ",".join(filters), *_H264) if filters else ("-c:v", "copy")
    heard = ("-map", "0:a", "-c:a", "copy") if change.audio else ()
    timescale = ("-movflags", "+faststart")
    return ("-i", _file(source), "-map", "0:v", *heard, *scaled, *timescale, "-f", "mp4", _file(target))


def caption(shot: Shot, frame: int) -> str:
    """Return what is written on a frame of a shot."""
    return f"hop {shot.hop:02d}  frame {shot.start + frame:06d}"


def _file(path: Path) -> str:
    return f"file:{path}"


def _raw(pixels: str, size: tuple[int, int], source: str, rate: int = RATE) -> tuple[str, ...]:
    what = ("-f", "rawvideo", "-pix_fmt", pixels, "-video_size", f"{size[0]}x{size[1]}")
    return (*what, "-framerate", str(rate), "-i", source)


def _bed(path: Path) -> tuple[str, ...]:
    return ("-itsoffset", f"{float(Fraction(-music.FRAME, music.RATE)):.9f}", "-f", "aac", "-i", _file(path))


def _trim(bed: tuple[int, int]) -> tuple[str, ...]:
    """Shorten the last AAC frame to the samples that count, as an encoder would."""
    count, last = bed
    length = f"if(eq(N,{count - 1}),DURATION*{last}/{music.FRAME},DURATION)"
    return ("-bsf:a", f"aac_adtstoasc,setts=duration='{length}'")


def _graph(shot: Shot, letters: tuple[int, int], mark: tuple[int, int]) -> str:
    """Lay the strips under each other, then woods, dog and writing on top; all move with the global frame."""
    layout, now = shot.layout, f"(n+{shot.start + shot.shift})"
    strips = layout.strips
    names = [f"[strip{number}]" for number in range(len(strips))]
    sway = f"{layout.width}*(0.38+0.07*sin(2*PI*{now}/360))"
    feet = layout.horizon + strips[6][0] - 16 - walker.SIZE[1]
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
        f"[3]loop=-1:{walker.PHASES}[dog]",
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
