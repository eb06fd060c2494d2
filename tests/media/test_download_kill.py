"""A process is killed in the middle of a download; the next one asks for the rest only."""

import asyncio
import hashlib
import signal
import subprocess
import sys
from pathlib import Path

from runner.files import Disk
from runner.media.download.fetch import Downloader, Stored
from runner.media.download.pump import Limits
from runner.net.client import Web
from tests.fakes import api as fake
from tests.fakes.api import Api, mp4
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
FILM = mp4(6_000_000, b"a film that is killed")
FLUSH = 1 << 20

VICTIM = """
import asyncio, sys
from pathlib import Path
from runner.clock import SystemClock
from runner.files import Disk
from runner.net.client import Web
from runner.media.download.fetch import Downloader
from runner.media.download.pump import Limits

async def main(url):
    async def link():
        return url
    async with Web(allow_local=True) as web:
        limits = Limits(flush_bytes=1 << 20)
        say = lambda size, total: print(size, flush=True)
        downloader = Downloader(web=web, disk=Disk(), clock=SystemClock(), limits=limits, progress=say)
        await downloader.fetch(link, Path("film.mp4"))

asyncio.run(main(sys.argv[1]))
"""


async def _again(url: str) -> Stored:
    async def link() -> str:
        return url

    async with Web(allow_local=True) as web:
        return await Downloader(
            web=web,
            disk=Disk(),
            clock=FakeClock(),
            limits=Limits(flush_bytes=FLUSH),
            progress=lambda _size, _total: None,
        ).fetch(link, Path("film.mp4"))


def test_a_killed_download_goes_on_where_it_was(tmp_path: Path) -> None:
    with Api().running() as api:
        url = api.serve("/film.mp4", FILM, fake.cut(4_000_000, then="stall"))
        with subprocess.Popen(
            [sys.executable, "-c", VICTIM, url], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
        ) as victim:
            assert victim.stdout
            seen = next((int(line) for line in victim.stdout if int(line) >= 3 * FLUSH), 0)
            victim.kill()
        assert victim.returncode == -signal.SIGKILL
        assert seen >= 3 * FLUSH
        assert not Path("film.mp4").exists()
        stored = asyncio.run(_again(url))
        assert stored.sha256 == hashlib.sha256(FILM).hexdigest() == hashlib.sha256(stored.path.read_bytes()).hexdigest()
        first, second = api.ranges
        assert first == ""
        assert int(second.removeprefix("bytes=").removesuffix("-")) >= seen - 2 * FLUSH
        assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4"]
