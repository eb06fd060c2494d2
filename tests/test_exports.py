import subprocess
import sys

import pytest

import runner

LIGHT = "import sys; import runner.cli.plan; print(' '.join(sys.modules))"


def test_everything_that_is_promised_can_be_imported() -> None:
    assert {name for name in runner.__all__ if getattr(runner, name) is None} == set()


def test_what_is_not_promised_is_not_there() -> None:
    with pytest.raises(AttributeError):
        _ = runner.everything


def test_a_dry_run_loads_neither_http_nor_ffmpeg_nor_the_table() -> None:
    argv = [sys.executable, "-c", LIGHT]
    loaded = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert {"httpx", "ffmpeg", "rich", "starlette", "uvicorn", "asyncio"}.isdisjoint(loaded)
