"""Serves result files by links that die, with byte ranges, and with the faults that downloads meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse

from runner.sandbox.faults.responses import Cut
from runner.sandbox.faults.spec import Fault
from runner.sandbox.world import World

LINK_SECONDS = 24 * 3600.0
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What happens to a file on its way."""

    extra: int = 0
    announced: int = 0
    flip: bool = False
    pace: float = 0.0
    """Bytes per second; 0 is as fast as it goes."""


def link_seconds(world: World) -> float:
    """Return how long a result link lives."""
    switch = world.faults.switch("link-seconds")
    return switch.number("seconds", LINK_SECONDS) if switch else LINK_SECONDS


def expired(world: World) -> Response:
    """Return what a dead link answers."""
    switch = world.faults.switch("expired-status")
    return PlainTextResponse("Not Found", int(switch.number("status", 404)) if switch else 404)


def serve_file(world: World, path: Path) -> Response:
    """Return the file, or what a download fault makes of it."""
    response: Response = FileResponse(path, media_type="video/mp4")
    for fault in world.faults.strike("media", "media"):
        response = _FAULTY[fault.name](fault, path)
    return response


def _html(_fault: Fault, _path: Path) -> Response:
    return HTMLResponse("<html><body>Please verify you are a human.</body></html>")


def _dead(fault: Fault, _path: Path) -> Response:
    return PlainTextResponse("Not Found", int(fault.number("status", 404)))


def _slow(fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(pace=fault.number("bytes_per_second", 100_000)))


def _cut(fault: Fault, path: Path) -> Response:
    return Cut(FileResponse(path, media_type="video/mp4"), int(fault.number("at", 100_000)))


def _whole(_fault: Fault, path: Path) -> Response:
    return _stream(path, Damage())


def _wrong_length(fault: Fault, path: Path) -> Response:
    short = _stream(path, Damage(announced=int(fault.number("by", 1000))))
    return Cut(short, path.stat().st_size + 1)


def _oversized(fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(extra=int(fault.number("bytes", 1_000_000))))


def _flipped(_fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(flip=True))


_FAULTY: dict[str, Callable[[Fault, Path], Response]] = {
    "html-instead-of-mp4": _html,
    "dead-link": _dead,
    "slow-download": _slow,
    "cut-download": _cut,
    "ignore-range": _whole,
    "wrong-length": _wrong_length,
    "oversized": _oversized,
    "flipped-byte": _flipped,
}


def _stream(path: Path, damage: Damage) -> Response:
    """Send the whole file, whatever part was asked for."""
    length = path.stat().st_size + damage.extra + damage.announced
    return StreamingResponse(_blocks(path, damage), media_type="video/mp4", headers={"content-length": str(length)})


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    with path.open("rb") as stream:
        yield stream, path.stat().st_size // 2


async def _blocks(path: Path, damage: Damage) -> AsyncIterator[bytes]:
    with _opened(path) as (stream, middle):
        while True:
            start = stream.tell()
            block = stream.read(_BLOCK if not damage.pace else max(1, min(_BLOCK, int(damage.pace / 10))))
            if not block:
                break
            if damage.flip and start <= middle < start + len(block):
                spot = middle - start
                block = block[:spot] + bytes((block[spot] ^ 0xFF,)) + block[spot + 1 :]
            yield block
            if damage.pace:
                await asyncio.sleep(len(block) / damage.pace)
    if damage.extra:
        yield bytes(damage.extra)
