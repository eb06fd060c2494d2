"""The single door to ffmpeg-python, which builds every ffmpeg command line here and runs none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Protocol

from runner.errors import ConfigurationError
from runner.media.containers import READERS, reader_of
from runner.media.ffmpeg.tools import Tool

# Without -nostdin ffmpeg takes keys from the terminal: a `q` that somebody typed would stop it.
_QUIET = ("-nostdin", "-hide_banner", "-v", "error", "-y")
# A playlist or script that poses as a video must not make ffmpeg open anything but files.
_FILES_ONLY = "file"
_PACKETS = 8  # ffmpeg's own default for a queue
# For colours that are compared: without these flags the scaler rounds for speed.
_EXACT = "area+accurate_rnd+full_chroma_int"
_FADES_PER_SECOND = 250  # a fade of 4 ms is too short to hear and long enough not to click
_AUDIO = {"c:a": "aac", "b:a": "192k"}
_COPY = {"c:v": "copy", "f": "mp4", "movflags": "+faststart"}
_ENCODE = {"c:v": "libx264", "crf": 16, "preset": "medium", "f": "mp4", "movflags": "+faststart"}


class _Stream(Protocol):
    """What is used of ffmpeg-python's streams."""

    def __getitem__(self, selector: str) -> "_Stream": ...

    def filter(self, name: str, *args: object, **options: object) -> "_Stream": ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One part of a film: its file, how many audio samples it takes up, and whether it has any sound of its own.

    `frames` is how many of its frames are shown, from the first on.
    """

    path: Path
    samples: int
    audible: bool
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """The form that the sound of every part is brought into."""

    sample_rate: int
    layout: str


def _library() -> ModuleType:
    """Import the module `ffmpeg` of ffmpeg-python; other distributions use the same import name."""
    try:
        import ffmpeg  # 34 ms that `validate` and `plan` need not spend
    except ImportError as error:
        raise _shadowed() from error
    if not hasattr(ffmpeg, "get_args") or not hasattr(ffmpeg, "compile"):
        raise _shadowed()
    module: ModuleType = ffmpeg
    return module


def _shadowed() -> ConfigurationError:
    owners = ", ".join(sorted(set(packages_distributions().get("ffmpeg", [])) - {"ffmpeg-python"}))
    words = f"the module 'ffmpeg' of ffmpeg-python is hidden by: {owners}" if owners else "ffmpeg-python is not whole"
    hint = "remove the other package and run: pip install --force-reinstall ffmpeg-python"
    return ConfigurationError(words, code="ffmpeg/shadowed", hint=hint)


def file_url(path: Path) -> str:
    """Return a path that ffmpeg cannot take for an option or a protocol.

    Raises:
        ConfigurationError: its name is no UTF-8.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:  # ffmpeg-python 0.2.0 encodes every name, and knows no other way
        raise ConfigurationError(
            f"{path}: its name holds bytes that are no UTF-8, and cannot be given to ffmpeg",
            code="media/name",
            hint="rename it, or for a run name another folder with --run-dir",
        ) from error
    # ffmpeg-python 0.2.0 passes `-x.mp4` on as it is, and ffmpeg reads it as an option (2026-11).
    return f"file:{path}"


def inspect(ffprobe: Tool, path: Path) -> list[str]:
    """Headers and the times of every packet, as JSON on stdout."""
    streams = "stream:stream_tags:stream_disposition:stream_side_data"
    entries = f"format=format_name:{streams}:packet=stream_index,pts,dts,duration,flags"
    return [
        *(ffprobe.path, "-hide_banner", "-v", "error", "-protocol_whitelist", _FILES_ONLY),
        *("-show_entries", entries, "-of", "json=compact=1", "-f", reader_of(path), "-i", file_url(path)),
    ]


def scan(ffmpeg: Tool, path: Path) -> list[str]:
    """Headers as text on stderr, each line with its level, and every packet as a line on stdout; decodes nothing."""
    library = _library()
    source = _source(library, path, copyts=None)
    table = library.output(source["V:0"], source["a:0?"], "pipe:1", f="framecrc", c="copy", copypriorss=1)
    return _argv(table, ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-v", "level+info")


def decode(ffmpeg: Tool, path: Path, start: float) -> list[str]:
    """Decode picture and sound from `start` seconds to the end, and throw them away.

    Each line on stderr comes with its level; at the end they tell how many pictures came out.
    """
    library = _library()
    source = _source(library, path, **_seek(start))
    nothing = library.output(source["V:0"], source["a?"], "pipe:1", f="null", fps_mode="passthrough")
    return _argv(nothing, ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-v", "level+verbose", "-y")


def still(ffmpeg: Tool, path: Path, start: float, target: Path) -> list[str]:
    """Write the first frame shown from `start` seconds on as a picture."""
    library = _library()
    source = _source(library, path, **_seek(start))
    picture = {"frames:v": 1, "f": "image2", "update": 1, "c:v": "png"}
    return _argv(library.output(source["V:0"], file_url(target), **picture), ffmpeg)


def chain(ffmpeg: Tool, listing: Path, target: Path) -> list[str]:
    """Copy the pictures of the files in a concat listing, one after another and byte for byte."""
    library = _library()
    # Without auto_convert the packets stay as they are; the caller made sure that one decoder set-up serves all.
    # Here alone ffmpeg chooses the reader of each file itself, so it is told which there are.
    only = ",".join(("concat", *READERS))
    source = _source(library, listing, f="concat", safe=0, auto_convert=0, format_whitelist=only)
    return _argv(library.output(source["v:0"], file_url(target), c="copy", f="mp4"), ffmpeg)


def score(ffmpeg: Tool, picture: Path, stretches: Sequence[Stretch], sound: SoundFormat, target: Path) -> list[str]:
    """Put a sound track made of `stretches` under a finished picture, which is copied."""
    library = _library()
    sounds = [_sound(library, index, stretches, sound) for index in range(len(stretches))]
    joined = library.concat(*sounds, v=0, a=1)
    return _argv(library.output(_source(library, picture)["v:0"], joined, file_url(target), **_AUDIO, **_COPY), ffmpeg)


def mute(ffmpeg: Tool, picture: Path, target: Path, frames: int | None = None) -> list[str]:
    """Write a finished picture, or its first `frames` frames, as a film without sound."""
    library = _library()
    shown = {} if frames is None else {"frames:v": frames}
    return _argv(library.output(_source(library, picture)["v:0"], file_url(target), **shown, **_COPY), ffmpeg)


def end_of(ffmpeg: Tool, path: Path, first: int, rate: Fraction, target: Path, *, sound: bool) -> list[str]:
    """Encode a file from frame number `first` on, picture and sound."""
    library = _library()
    source, start = _source(library, path), float(first / rate)
    streams = [source["V:0"].filter("trim", start_frame=first).filter("setpts", "PTS-STARTPTS")]
    if sound:
        streams.append(source["a:0"].filter("atrim", start=start).filter("asetpts", "PTS-STARTPTS"))
    audio = _AUDIO if sound else {}
    return _argv(library.output(*streams, file_url(target), r=str(rate), **audio, **_ENCODE), ffmpeg)


def just_before(frame: int, rate: Fraction, picture_delay: float) -> float:
    """Return where to seek for a frame, in seconds: half a frame early, so that rounding never skips it.

    `picture_delay` is how much later than its file the picture starts: ffmpeg counts from where the file does.
    """
    return float((frame - Fraction(1, 2)) / rate) + picture_delay if frame else 0.0


def small_frames(ffmpeg: Tool, path: Path, start: float, count: int, size: tuple[int, int]) -> list[str]:
    """Write `count` frames from `start` seconds on as small pictures on stdout: planar YUV 4:2:0, limited range."""
    library = _library()
    return _small(library, _source(library, path, **_seek(start))["V:0"], count, size, "yuv420p", ffmpeg)


def grey_frames(ffmpeg: Tool, path: Path, start: float, count: int, size: tuple[int, int], every: int = 1) -> list[str]:
    """The same in grey alone, and of the frames only one of so many."""
    library = _library()
    source = _source(library, path, **_seek(start))["V:0"]
    chosen = source.filter("select", f"not(mod(n,{every}))") if every > 1 else source
    return _small(library, chosen, count, size, "gray", ffmpeg)


def picture_packets(ffmpeg: Tool, path: Path) -> list[str]:
    """Every packet of the picture as a line on stdout, with its flags; decodes nothing."""
    library = _library()
    source = _source(library, path)  # all are read: where the reader leaves some out, it tells wrong times for others
    return _argv(library.output(source["V:0"], "pipe:1", f="framecrc", c="copy"), ffmpeg)


def key_frames(ffmpeg: Tool, path: Path, count: int, size: tuple[int, int]) -> list[str]:
    """Write the first `count` key frames as small grey pictures on stdout; no other frame is decoded."""
    library = _library()
    source = _source(library, path, **{"discard:v": "nokey"}, skip_frame="nokey")
    return _small(library, source["V:0"], count, size, "gray", ffmpeg)


def colour_frames(
    ffmpeg: Tool, path: Path, start: float, numbers: Sequence[int], size: tuple[int, int], matrix: str
) -> list[str]:
    """Write frames as small RGB pictures on stdout; their numbers count from `start` and ascend.

    `matrix` is what the colours are taken for, ``auto`` for what the file tells.
    """
    library = _library()
    chosen = "+".join(f"eq(n,{number})" for number in numbers)
    source = _source(library, path, **_seek(start))["V:0"].filter("select", chosen)
    small = source.filter("scale", *size, flags=_EXACT, in_color_matrix=matrix).filter("format", "rgb24")
    return _raw(library, small, len(numbers), ffmpeg)


def samples(ffmpeg: Tool, path: Path, start: float, seconds: float, rate: int) -> list[str]:
    """Write sound from `start` on as 16-bit stereo samples on stdout."""
    library = _library()
    source = _source(library, path, **_seek(start), t=f"{seconds:.6f}")
    return _argv(library.output(source["a:0"], "pipe:1", f="s16le", ar=rate, ac=2), ffmpeg)


def preview(
    ffmpeg: Tool, path: Path, side: int, target: Path, *, start: float = 0.0, matrix: str = "auto"
) -> list[str]:
    """Encode a small copy of a film from `start` seconds on, its shorter side `side` pixels, that any browser plays.

    Its colours are told: a browser would take those of an untold film for another matrix once it is small.
    """
    library = _library()
    source = _source(library, path, **_seek(start))
    size = {"w": f"if(gt(iw,ih),-2,{side})", "h": f"if(gt(iw,ih),{side},-2)"}
    colours = {"in_color_matrix": matrix, "out_color_matrix": "bt709", "out_range": "tv"}
    small = source["V:0"].filter("scale", **size, **colours, flags="bilinear").filter("format", "yuv420p")
    told = {"colorspace": "bt709", "color_range": "tv"}
    form = {"c:v": "libx264", "preset": "veryfast", "crf": 30, "c:a": "aac", "b:a": "64k", "ac": 2}
    streams = (small, source["a:0?"])
    return _argv(library.output(*streams, file_url(target), **form, **told, f="mp4", movflags="+faststart"), ffmpeg)


def pictures(ffmpeg: Tool, raw: Path, size: tuple[int, int], target: str) -> list[str]:
    """Encode raw RGB pictures, one after another in a file, as JPEG files numbered after the pattern `target`."""
    library = _library()
    source = library.input(file_url(raw), f="rawvideo", pix_fmt="rgb24", s=f"{size[0]}x{size[1]}", r=1)
    return _argv(library.output(source["v:0"], f"file:{target}", f="image2", **{"c:v": "mjpeg", "q:v": 4}), ffmpeg)


def recode(
    ffmpeg: Tool, stretches: Sequence[Stretch], sound: SoundFormat | None, rate: Fraction, target: Path
) -> list[str]:
    """Decode all parts and encode them as one film, frame for frame at `rate`."""
    library = _library()
    streams = []
    for index, stretch in enumerate(stretches):
        source = _source(library, stretch.path, thread_queue_size=_PACKETS + index)
        shown = source["V:0"].filter("trim", end_frame=stretch.frames)
        streams.append(shown.filter("setpts", "PTS-STARTPTS"))
        if sound:
            streams.append(_sound(library, index, stretches, sound))
    joined = library.concat(*streams, v=1, a=1 if sound else 0).node
    outputs = [joined[0], joined[1]] if sound else [joined[0]]
    audio = _AUDIO if sound else {}
    return _argv(library.output(*outputs, file_url(target), r=str(rate), **audio, **_ENCODE), ffmpeg)


def _small(
    library: ModuleType, source: _Stream, count: int, size: tuple[int, int], form: str, ffmpeg: Tool
) -> list[str]:
    small = source.filter("scale", *size, flags="area", out_range="tv").filter("format", form)
    return _raw(library, small, count, ffmpeg)


def _raw(library: ModuleType, shown: _Stream, count: int, ffmpeg: Tool) -> list[str]:
    return _argv(library.output(shown, "pipe:1", **{"frames:v": count}, f="rawvideo", fps_mode="passthrough"), ffmpeg)


def _sound(library: ModuleType, index: int, stretches: Sequence[Stretch], sound: SoundFormat) -> _Stream:
    """Return the sound of one part, exactly as long as its picture: late starts and short ends become silence."""
    stretch = stretches[index]
    form = {"sample_rates": sound.sample_rate, "channel_layouts": sound.layout}
    # ffmpeg-python 0.2.0 merges inputs with equal arguments into one (its issue 880); a queue length of its own keeps
    # each apart.
    apart = {"thread_queue_size": _PACKETS + index}
    source: _Stream = library.input(f"anullsrc=r={sound.sample_rate}:cl={sound.layout}", f="lavfi", **apart)
    if stretch.audible:
        source = _source(library, stretch.path, **apart)["a:0"]
    whole = source.filter("aresample", sound.sample_rate, **{"async": 1}, first_pts=0).filter("aformat", **form)
    exact = whole.filter("apad").filter("atrim", end_sample=stretch.samples).filter("asetpts", "PTS-STARTPTS")
    fade = sound.sample_rate // _FADES_PER_SECOND
    return _fade_edges(exact, stretch.samples, fade, begins=index > 0, ends=index < len(stretches) - 1)


def _fade_edges(heard: _Stream, length: int, fade: int, *, begins: bool, ends: bool) -> _Stream:
    """Let sound come from nothing where another part `begins` with it, and go to nothing where one `ends`.

    Two waves that meet anywhere would click.
    """
    fade = min(fade, length // 2)
    if begins and fade:
        heard = heard.filter("afade", t="in", start_sample=0, nb_samples=fade)
    if ends and fade:
        heard = heard.filter("afade", t="out", start_sample=length - fade, nb_samples=fade)
    return heard


def _source(library: ModuleType, path: Path, **options: object) -> _Stream:
    # The reader is pinned by the file's first bytes: ffmpeg's own guess would follow what a playlist names.
    pinned = {"f": reader_of(path), **options}
    stream: _Stream = library.input(file_url(path), protocol_whitelist=_FILES_ONLY, **pinned)
    return stream


def _seek(start: float) -> dict[str, object]:
    return {"ss": f"{start:.6f}"} if start > 0 else {}


def _argv(output: object, ffmpeg: Tool, *options: str) -> list[str]:
    argv: list[str] = _library().compile(output, cmd=[ffmpeg.path, *(options or _QUIET)])
    return argv
