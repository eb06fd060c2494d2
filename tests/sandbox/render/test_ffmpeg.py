"""FFmpeg on the event loop: whoever is cancelled leaves no process, and no open pipe, behind."""

import asyncio
from subprocess import Popen
from typing import Any

import imageio_ffmpeg
import pytest

from runner.sandbox.render import ffmpeg
from runner.sandbox.render.ffmpeg import Ffmpeg

ENDLESS = ("-f", "lavfi", "-i", "testsrc", "-f", "null", "-")


def test_a_cancelled_rendering_is_reaped_before_its_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cancelled() -> Popen[bytes]:
        started: asyncio.Future[Popen[bytes]] = asyncio.get_running_loop().create_future()

        def start(*arguments: Any, **options: Any) -> Popen[bytes]:
            started.set_result(process := Popen(*arguments, **options))
            return process

        monkeypatch.setattr(ffmpeg, "Popen", start)
        rendering = asyncio.create_task(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe()).run(ENDLESS))
        process = await started
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert process.returncode is not None
        return process

    process = asyncio.run(cancelled())
    assert process.stdout is not None
    assert process.stdout.closed
