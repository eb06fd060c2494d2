"""Moves a body from the network to disk: reading, hashing and writing run beside each other, a few MiB apart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from runner.clock import Clock
from runner.errors import DownloadError, RunDirectoryError
from runner.media.download.part_file import Part
from runner.media.download.response import TryFailed

_BATCH = 1 << 20
# Jobs, two for each batch, that the threads may be behind the network: 3 MiB.
_DEPTH = 6
# Seconds after which a smaller batch goes too, so that progress is seen on a slow line.
_IMPATIENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a download goes before it gives up. Times are in seconds.

    `tries` counts requests in all and `mints` the links; a line slower than `slow_rate` bytes per second over
    `slow_time` is given up, and so is one that is silent for `silence`. A process that is killed loses at most
    `flush_bytes`.
    """

    most_bytes: int = 2 << 30
    tries: int = 10
    mints: int = 4
    total: float = 3600.0
    first_pause: float = 1.0
    longest_pause: float = 300.0
    slow_rate: float = 10_000.0
    slow_time: float = 30.0
    silence: float = 30.0
    flush_bytes: int = 16 << 20


class PartWriter:
    """Two threads for one file: one writes and flushes, one hashes; each keeps the order it is given."""

    def __init__(self, part: Part, flush_bytes: int) -> None:
        self.part = part
        self._flush_bytes = flush_bytes
        self._unflushed = 0
        self._disk = ThreadPoolExecutor(1, "download-disk")
        self._hash = ThreadPoolExecutor(1, "download-hash")
        self._behind: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                with suppress(RunDirectoryError):  # a full disk must not hide the first error
                    await self.run(self.part.commit)
        finally:
            # Queued behind every write, so that no thread ever writes to a file that is closed already.
            closed = asyncio.get_running_loop().run_in_executor(self._disk, self.part.close)
            self._disk.shutdown(wait=False)
            self._hash.shutdown(wait=False)
            await asyncio.wait((closed,))

    async def put(self, pieces: list[bytes]) -> None:
        """Hand over bytes; waits only while the disk is too far behind."""
        loop = asyncio.get_running_loop()
        self._unflushed += sum(map(len, pieces))
        self._behind.append(loop.run_in_executor(self._hash, self.part.digest, pieces))
        self._behind.append(loop.run_in_executor(self._disk, self.part.write, pieces))
        if self._unflushed >= self._flush_bytes:
            self._behind.append(loop.run_in_executor(self._disk, self.part.commit))
            self._unflushed = 0
        await self._wait(_DEPTH)

    async def drain(self) -> None:
        """Wait until everything handed over is written and hashed."""
        await self._wait(0)

    async def run(self, act: Callable[[], None]) -> None:
        """Do something with the file after everything handed over before."""
        await self.drain()
        self._behind.append(asyncio.get_running_loop().run_in_executor(self._disk, act))
        await self.drain()

    async def _wait(self, depth: int) -> None:
        while len(self._behind) > depth:
            await asyncio.wait(self._behind[:1])  # its cancellation leaves the thread's work in the queue
            self._behind.pop(0).result()


class RateGuard:
    """Stops a download that is too slow or takes too long."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._ends = clock.monotonic() + limits.total
        self._since = clock.monotonic()
        self._bytes = 0

    def begin(self) -> None:
        """Start to measure the speed of a new try."""
        self._since, self._bytes = self._clock.monotonic(), 0

    def count(self, size: int) -> float:
        """Count bytes that came, and return the time; TryFailed where the line is too slow."""
        now = self._clock.monotonic()
        self._bytes += size
        self.require_time(now)
        if now - self._since >= self._limits.slow_time:
            rate = self._bytes / (now - self._since)
            if rate < self._limits.slow_rate:
                raise TryFailed(f"the line carries only {rate:.0f} bytes per second")
            self.begin()
        return now

    def require_time(self, moment: float) -> None:
        """Raise DownloadError where `moment` is after the end of the download's time."""
        if moment > self._ends:
            raise DownloadError(
                f"not complete after {self._limits.total:.0f} s", code="download/deadline", retryable=True
            )


async def pump(
    chunks: AsyncIterator[bytes], writer: PartWriter, guard: RateGuard, report: Callable[[int], None]
) -> None:
    """Move a whole body to the part; `report` is called with the size so far after each batch, and may raise."""
    size, batch, waiting = writer.part.size, list[bytes](), 0
    last = guard.count(0)
    try:
        async for chunk in chunks:
            batch.append(chunk)
            waiting += len(chunk)
            now = guard.count(len(chunk))
            if waiting < _BATCH and now - last < _IMPATIENCE:
                continue
            full, batch, size, waiting, last = batch, [], size + waiting, 0, now
            await writer.put(full)
            report(size)
    finally:  # whatever ends the body, the bytes that came are kept
        await writer.put(batch)
        await writer.drain()
    report(size + waiting)
