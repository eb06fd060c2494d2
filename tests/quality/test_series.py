"""The measures are those of ffmpeg's own filters, so that thresholds measured with these hold."""

import asyncio
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from runner.media.ffmpeg.tools import Tools
from runner.media.probing.probe import probe
from runner.quality.frames import MOST_FRAMES, decode_frames
from runner.quality.series import Series
from tests.doses import doses

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SMALL = "scale=320:180:flags=area,format=yuv420p"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("series") / "film.mp4"
    source = "testsrc2=s=640x360:r=24:d=4,hue=h=40*t,noise=alls=12:allf=t"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-bf", "2", "-g", "40"]
    subprocess.run([*command, "-preset", "veryfast", "-pix_fmt", "yuv420p", str(path)], check=True)
    return path


def told(film: Path, graph: str, pattern: str) -> list[float]:
    """The values that a filter prints for each frame."""
    command = [FFMPEG, "-v", "error", "-i", str(film), "-filter_complex", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(value) for value in re.findall(pattern, said.stdout + said.stderr)]


async def series(film: Path, tools: Tools, first: int = 0, count: int = 60) -> Series:
    return Series(await decode_frames(film, await probe(film, tools), first, count, tools))


@pytest.mark.parametrize(
    ("name", "key", "within"),
    [
        ("luma", "YAVG", 0.02),
        pytest.param("blue", "UAVG", 0.02, marks=pytest.mark.proof),
        pytest.param("red", "VAVG", 0.02, marks=pytest.mark.proof),
        ("saturation", "SATAVG", 0.6),
        pytest.param("low", "YLOW", 1.0, marks=pytest.mark.proof),
        pytest.param("high", "YHIGH", 1.0, marks=pytest.mark.proof),
        ("change", "YDIF", 0.02),
    ],
)
def test_a_measure_is_that_of_signalstats(film: Path, tools: Tools, name: str, key: str, within: float) -> None:
    ours = getattr(asyncio.run(series(film, tools)), name)
    graph = f"{SMALL},signalstats,metadata=print:file=-:key=lavfi.signalstats.{key}"
    theirs = told(film, graph, rf"signalstats\.{key}=([\d.]+)")[: len(ours)]
    assert ours == pytest.approx(theirs, abs=within)


def test_likeness_is_ffmpegs_ssim(film: Path, tools: Tools) -> None:
    ours = asyncio.run(series(film, tools)).likeness[1:]
    graph = f"{SMALL},split[a][b];[a]trim=start_frame=1,setpts=N/24/TB[c];[b]setpts=N/24/TB[d];[c][d]ssim=stats_file=-"
    theirs = told(film, graph, r" Y:([\d.]+)")[: len(ours)]
    assert ours == pytest.approx(theirs, abs=0.002)


@pytest.mark.parametrize("first", doses([1, 17, 39, 40, 41, 77], 39, 41))
def test_a_stretch_begins_with_exactly_the_frame_that_was_asked_for(film: Path, tools: Tools, first: int) -> None:
    async def both() -> tuple[Series, Series]:
        return await series(film, tools, 0, 96), await series(film, tools, first, 4)

    whole, part = asyncio.run(both())
    assert np.array_equal(whole.footage.luma[first : first + 4], part.footage.luma)


def test_more_than_memory_should_hold_is_refused(film: Path, tools: Tools) -> None:
    with pytest.raises(ValueError, match=str(MOST_FRAMES + 1)):
        asyncio.run(series(film, tools, 0, MOST_FRAMES + 1))
