"""A run in a process of its own that dies, by SIGKILL, at one chosen point.

    driver.py STORYBOARD RUN_DIR BASE_URL [POINT]

A point is the moment before or after one durable act on the disk or one exchange with the provider; without POINT the
run goes on to its end and prints how many points it passed. Exit codes are those of the command line.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import runner.http
from runner.errors import LongtakeError
from runner.files import Disk
from runner.library import Choices, World, load, run


@dataclass
class Points:
    """Counts the points of a run, and dies at one of them."""

    deadly: int = -1
    passed: int = 0

    def here(self) -> None:
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


POINTS = Points()


class MortalDisk(Disk):
    def append(self, descriptor: int, data: bytes) -> None:
        POINTS.here()
        super().append(descriptor, data)
        POINTS.here()

    def replace(self, temporary: Path, final: Path) -> None:
        POINTS.here()
        super().replace(temporary, final)
        POINTS.here()


class MortalWeb(runner.http.Web):
    async def exchange(self, call: Any) -> Any:
        POINTS.here()
        reply = await super().exchange(call)
        POINTS.here()
        return reply

    @asynccontextmanager
    async def stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        POINTS.here()
        async with super().stream(*args, **kwargs) as stream:
            POINTS.here()
            yield stream


async def yes(_plan: object) -> bool:
    return True


def main(storyboard: str, root: str, url: str, *deadly: str) -> int:
    runner.http.Web = MortalWeb  # type: ignore[misc]
    POINTS.deadly = int(deadly[0]) if deadly else -1
    environ: Mapping[str, str] = {**os.environ, "LONGTAKE_KIE_BASE_URL": url, "KIE_API_KEY": "any"}
    world = World(environ=environ, disk=MortalDisk())
    try:
        asyncio.run(run(load(storyboard), Choices(run_dir=Path(root)), approve=yes, world=world))
    except LongtakeError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return error.exit_code
    sys.stdout.write(f"{POINTS.passed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
