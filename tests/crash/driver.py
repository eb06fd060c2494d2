"""A run in a process of its own that dies, or is paused, at one chosen point.

    driver.py [STORYBOARD RUN_DIR BASE_URL [POINT [SIGNAL]]]

A point is a moment before, within or after one durable act on the disk or one exchange with the provider; without POINT
the run goes on to its end and prints how many points it passed. Exit codes are those of the command line. Without
words it forks such a process for each line of standard input (the words, then two files for what it says, as JSON) and
answers with the exit code: what every run imports is imported once.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import runner.files
import runner.net.client
from runner.api.runs import Environment, RunOptions, load, run
from runner.errors import LongtakeError
from runner.files import Disk
from runner.net.messages import Stream


def at_point(number: int) -> str:
    """The last words of a process that gets its signal."""
    return f"at point {number}"


@dataclass
class Points:
    """Counts the points of a run, and sends this process its signal at one of them."""

    deadly: int = -1
    signal: int = signal.SIGKILL
    passed: int = 0

    def here(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.deadly:
            os.write(2, f"{at_point(self.deadly)}\n".encode())  # no buffer, which the signal would not empty
            os.kill(os.getpid(), self.signal)


POINTS = Points()


class MortalOs(ModuleType):
    """What `runner.files` sees of the operating system: between a write and its flush there is a point too."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, data: bytes) -> int:
        written = os.write(descriptor, data)
        POINTS.here()
        return written


class MortalDisk(Disk):
    def append(self, descriptor: int, data: bytes) -> None:
        around(lambda: super(MortalDisk, self).append(descriptor, data))

    def replace(self, temporary: Path, final: Path) -> None:
        around(lambda: super(MortalDisk, self).replace(temporary, final))

    def write(self, path: Path, data: bytes) -> None:
        around(lambda: super(MortalDisk, self).write(path, data))

    def flush_folder(self, path: Path) -> None:
        around(lambda: super(MortalDisk, self).flush_folder(path))


def around(act: Callable[[], None]) -> None:
    POINTS.here()
    act()
    POINTS.here()


class MortalWeb(runner.net.client.Web):
    async def exchange(self, call: Any) -> Any:
        POINTS.here()
        reply = await super().exchange(call)
        POINTS.here()
        return reply

    @asynccontextmanager
    async def stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Stream]:
        POINTS.here()
        async with super().stream(*args, **kwargs) as stream:
            POINTS.here()
            chunks = first_seen(stream.chunks)
            yield Stream(status=stream.status, headers=stream.headers, url=stream.url, chunks=chunks)
        POINTS.here()


async def first_seen(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A point once the first bytes of a body are here."""
    seen = False
    async for chunk in chunks:
        yield chunk
        if not seen:
            POINTS.here()
        seen = True


async def yes(_plan: object) -> bool:
    return True


def main(storyboard: str, root: str, url: str, deadly: str = "-1", name: str = "SIGKILL") -> int:
    runner.net.client.Web = MortalWeb  # type: ignore[misc]
    runner.files.os = MortalOs("os")  # type: ignore[attr-defined]
    POINTS.deadly, POINTS.signal = int(deadly), signal.Signals[name]
    environ: Mapping[str, str] = {**os.environ, "LONGTAKE_KIE_BASE_URL": url, "KIE_API_KEY": "any"}
    environment = Environment(environ=environ, disk=MortalDisk())
    try:
        asyncio.run(run(load(storyboard), RunOptions(run_dir=Path(root)), approve=yes, environment=environment))
    except LongtakeError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return error.exit_code
    sys.stdout.write(f"{POINTS.passed}\n")
    return 0


def fork() -> None:
    """Let a process of its own run what each line says."""
    for late in ("ffmpeg", "httpcore", "anyio._backends._asyncio"):
        import_module(late)
    for line in sys.stdin:
        *words, said, complained = json.loads(line)
        if (child := os.fork()) == 0:
            for stream, path in ((sys.stdout, said), (sys.stderr, complained)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
            sys.exit(main(*words))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if sys.argv[1:] else fork())
