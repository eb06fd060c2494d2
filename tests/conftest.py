"""What every test stands on: no keys in the environment, no socket but loopback, no stray run directories."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests import commands

ROOT = Path(__file__).parents[1]
DAY = 86400.0

# A shell lets what it starts in the background ignore Ctrl-C, and every process started from there would as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


class WentOutside(BaseException):
    """A test tried to reach a host other than this machine."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a worker waits a fifth of its time for programs and for the disk."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _guard_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_ACCESS_KEY", "_SECRET_KEY")) or name.startswith("LONGTAKE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # hosts that whoever tests has allowed
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _guard_network() -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise WentOutside(f"{address} is not this machine")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session", autouse=True)
def _end_commands() -> Iterator[None]:
    with commands.ended():
        yield


@pytest.fixture(scope="session")
def films(pytestconfig: pytest.Config) -> Path:
    """One folder of films for the emulators of all test processes, and of the next session.

    A film's name says what is in it, and the folder's name what drew it; `pytest --cache-clear` takes it away.
    """
    sources = sorted((ROOT / "runner" / "sandbox").rglob("*.py"))
    drawn_by = sha256(b"".join(map(Path.read_bytes, sources)) + imageio_ffmpeg.get_ffmpeg_exe().encode())
    folder = pytestconfig.cache.mkdir("films") / drawn_by.hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    folder.touch()
    for other in folder.parent.iterdir():
        if other.stat().st_mtime < time.time() - DAY:  # a session of another state of the code may still be at it
            shutil.rmtree(other, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all test processes of this session."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def wait() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end."""
    return asyncio.run
