"""The programs that everyone has."""

import asyncio

import pytest

from runner.media.ffmpeg.tools import Tools, find_tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    return asyncio.run(find_tools({}, which=lambda _name: None))
