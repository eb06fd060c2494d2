"""Serves result files with byte ranges, by links that expire, and with the faults that downloads meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse

from runner.sandbox.faults.responses import CutResponse
from runner.sandbox.faults.spec import Fault
from runner.sandbox.world import World

# kie documents 14 days in one place and 24 hours in another (docs of 2026-04): the shorter one is safe to test against.
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


def answer_expired(world: World) -> Response:
    """Return what a dead link answers."""
    # What an expired link of kie answers was never recorded (2026-11): 404 is a guess, and the switch sets 403 or 410.
    switch = world.faults.switch("expired-status")
    return PlainTextResponse("Not Found", int(switch.number("status", 404)) if switch else 404)


def serve_file(world: World, path: Path) -> Response:
    """Return the file, or what a download fault makes of it."""
    response: Response = FileResponse(path, media_type="video/mp4")
    for fault in world.faults.trigger("media", "media"):
        response = _FAULTY[fault.name](fault, path)
    return response


def _answer_html(_fault: Fault, _path: Path) -> Response:
    return HTMLResponse("<html><body>Please verify you are a human.</body></html>")


def _answer_dead(fault: Fault, _path: Path) -> Response:
    return PlainTextResponse("Not Found", int(fault.number("status", 404)))


def _send_slowly(fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(pace=fault.number("bytes_per_second", 100_000)))


def _send_cut(fault: Fault, path: Path) -> Response:
    return CutResponse(FileResponse(path, media_type="video/mp4"), int(fault.number("at", 100_000)))


def _send_whole(_fault: Fault, path: Path) -> Response:
    return _stream(path, Damage())


def _send_with_wrong_length(fault: Fault, path: Path) -> Response:
    short = _stream(path, Damage(announced=int(fault.number("by", 1000))))
    return CutResponse(short, path.stat().st_size + 1)


def _send_oversized(fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(extra=int(fault.number("bytes", 1_000_000))))


def _send_flipped(_fault: Fault, path: Path) -> Response:
    return _stream(path, Damage(flip=True))


_FAULTY: dict[str, Callable[[Fault, Path], Response]] = {
    "html-instead-of-mp4": _answer_html,
    "dead-link": _answer_dead,
    "slow-download": _send_slowly,
    "cut-download": _send_cut,
    "ignore-range": _send_whole,
    "wrong-length": _send_with_wrong_length,
    "oversized": _send_oversized,
    "flipped-byte": _send_flipped,
}


def _stream(path: Path, damage: Damage) -> Response:
    """Send the whole file, whatever part was asked for."""
    length = path.stat().st_size + damage.extra + damage.announced
    blocks = _send_blocks(path, path.stat().st_size // 2, damage)
    return StreamingResponse(blocks, media_type="video/mp4", headers={"content-length": str(length)})


async def _send_blocks(path: Path, middle: int, damage: Damage) -> AsyncIterator[bytes]:
    for start, block in _read_blocks(path, damage.pace):
        flips = damage.flip and start <= middle < start + len(block)
        yield _flip_byte(block, middle - start) if flips else block
        if damage.pace:
            await asyncio.sleep(len(block) / damage.pace)
    if damage.extra:
        yield bytes(damage.extra)


def _read_blocks(path: Path, pace: float) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks of a file with their offsets."""
    # A slow download comes ten times a second, so that it looks like a slow line and not like a stalled one.
    size = max(1, min(_BLOCK, int(pace / 10))) if pace else _BLOCK
    with path.open("rb") as stream:
        start = 0
        while block := stream.read(size):
            yield start, block
            start += len(block)


def _flip_byte(block: bytes, place: int) -> bytes:
    return block[:place] + bytes((block[place] ^ 0xFF,)) + block[place + 1 :]
