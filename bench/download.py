"""How fast one large result is fetched, digested and flushed, beside curl on the same server in the same run.

    python bench/download.py [MEGABYTES] [ROUNDS]

The server is another process that sends the file by sendfile. Each round takes the tools in turn; medians are shown.
"""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from runner.clock import SystemClock
from runner.files import Disk
from runner.media.download.fetch import Downloader
from runner.media.download.pump import Limits
from runner.net.client import Web

MEGA = 1_000_000


def serve(path: str) -> None:
    """Answer every request with the file; runs until it is killed."""
    size = Path(path).stat().st_size
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nETag: "1"\r\nContent-Type: video/mp4\r\n\r\n'.encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection, Path(path).open("rb") as file:
                connection.recv(65536)
                connection.sendall(head)
                connection.sendfile(file)


def make(path: Path, megabytes: int) -> None:
    """Write the outline of an MP4 file around random bytes."""
    head = (16).to_bytes(4) + b"ftypisom\0\0\0\0" + (8).to_bytes(4) + b"moov"
    with path.open("wb") as file:
        file.write(head + (megabytes * MEGA + 8).to_bytes(4) + b"mdat")
        for _ in range(megabytes):
            file.write(os.urandom(MEGA))


@dataclass
class Measured:
    """What one way of fetching took, round by round: MB/s, and seconds of processor time."""

    speed: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)


async def by_curl(url: str, target: Path) -> None:
    """Fetch without digest and without flush."""
    await _command("curl", "-s", "-o", str(target), url)


async def by_curl_with_duties(url: str, target: Path) -> None:
    """Fetch, digest, flush: what longtake does, tool by tool."""
    await by_curl(url, target)
    await _command("sha256sum", str(target))
    await _command("sync", "-d", str(target))


async def _command(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        sys.exit(f"{words[0]} failed")


def by_longtake(web: Web) -> Callable[[str, Path], Awaitable[object]]:
    """Fetch as a run does, which holds one Web for all its downloads."""

    async def act(url: str, target: Path) -> object:
        async def link() -> str:
            return url

        return await Downloader(
            web=web,
            disk=Disk(),
            clock=SystemClock(),
            limits=Limits(),
            progress=lambda _size, _total: None,
        ).fetch(link, target)

    return act


def work() -> float:
    """Processor time of this process and of the commands that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def peak() -> float:
    """The most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


async def measure(url: str, target: Path, megabytes: int, rounds: int) -> None:
    """Take the ways in turn, and print the table."""
    async with Web(allow_local=True) as web:
        before = peak()
        acts = {"curl": by_curl, "curl + sha256sum + sync": by_curl_with_duties, "longtake": by_longtake(web)}
        results = {name: Measured() for name in acts}
        for _ in range(rounds):
            for name, act in acts.items():
                await asyncio.to_thread(target.unlink, missing_ok=True)
                os.sync()
                began, worked = time.perf_counter(), work()
                await act(url, target)
                results[name].speed.append(megabytes / (time.perf_counter() - began))
                results[name].work.append(work() - worked)
    print(f"{megabytes} MB from loopback, median of {rounds}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, found in results.items():
        ratio = median(found.speed) / median(results["curl"].speed)
        speeds = f"{median(found.speed):6.0f} MB/s (best {max(found.speed):.0f})"
        print(f"  {name:24}{speeds:26}{ratio:6.2f} of curl   {median(found.work):.2f} s of processor time")
    print(f"  memory grew by {peak() - before:.0f} MiB to {peak():.0f} MiB")


def main(megabytes: int = 200, rounds: int = 7) -> None:
    """Start the server on a file of its own, and measure."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.mp4"), Path(folder, "film.mp4")
        make(source, megabytes)
        with subprocess.Popen([sys.executable, __file__, "serve", source], stdout=subprocess.PIPE, text=True) as server:
            try:
                port = int(server.stdout.readline()) if server.stdout else 0
                asyncio.run(measure(f"http://127.0.0.1:{port}/film.mp4", target, megabytes, rounds))
            finally:
                server.kill()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    main(*map(int, sys.argv[1:]))
