"""Painted takes as real files, written by the bundled ffmpeg."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from runner.quality.frames import Footage
from tests.media.samples import ffmpeg

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-bf", "2", "-g", "24")
RUSTLE = "anoisesrc=c=pink:a=0.3:r=48000:seed=5,aformat=channel_layouts=stereo"


def raw(shown: Footage) -> bytes:
    """The pictures one after another, in planes."""
    return b"".join(
        plane.tobytes()
        for frame in range(len(shown))
        for plane in (shown.luma[frame], shown.blue[frame], shown.red[frame])
    )


def film(shown: Footage, target: Path, *options: str, rate: int = 24, sound: bool = True) -> Path:
    """Encode pictures, with a rustle under them as long as they are."""
    count, height, width = shown.luma.shape
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    argv += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-"]
    if sound:
        argv += ["-f", "lavfi", "-t", f"{count / rate:.6f}", "-i", RUSTLE, "-c:a", "aac"]
    subprocess.run([*argv, *H264, *options, str(target)], input=raw(shown), check=True)
    return target


def later(path: Path, seconds: float) -> Path:
    """The same streams, but that the picture begins so much later."""
    target = path.with_name(f"{path.stem}-{seconds}{path.suffix}")
    ffmpeg(
        "-itsoffset",
        str(seconds),
        "-i",
        str(path),
        "-i",
        str(path),
        *("-map", "0:v", "-map", "1:a", "-c", "copy"),
        str(target),
    )
    return target
