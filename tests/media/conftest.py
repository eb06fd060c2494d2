"""Samples made once per session, and the programs that read them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from runner.media.ffmpeg.tools import Tools, find_tools
from tests.media.samples import Samples


@pytest.fixture(scope="session")
def samples(shared: Path) -> Samples:
    folder = shared / "samples"
    folder.mkdir(exist_ok=True)
    return Samples(folder)


@pytest.fixture(scope="session")
def tools() -> Tools:
    """What everyone has: the bundled ffmpeg, and no ffprobe."""
    return asyncio.run(find_tools({}, which=lambda _name: None))


@pytest.fixture(scope="session")
def readers(tools: Tools) -> dict[str, Tools]:
    """Every way of reading a file that this machine offers: the bundled ffmpeg always, PATH's programs where there."""
    found = {"bundled ffmpeg": tools}
    system = asyncio.run(find_tools({}))
    if system.ffmpeg.origin == "PATH":
        found["PATH's ffmpeg"] = replace(system, ffprobe=None)
    if system.ffprobe:
        found["ffprobe"] = replace(system, ffmpeg=tools.ffmpeg)
    return found
