"""A real server on loopback that serves files, rightly or wrongly. Raw sockets: what ASGI cannot do wrong, this can."""

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.fakes.loop import ScriptedLoop

Headers = dict[str, str]
T = TypeVar("T")

_TLS_HANDSHAKE = b"\x16"


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""


@dataclass
class File:
    """What a path serves. `faults` are used up one per request; then the file is served as it should be."""

    body: bytes
    headers: Headers = field(default_factory=lambda: {"ETag": '"v1"', "Content-Type": "video/mp4"})
    faults: list["Fault"] = field(default_factory=list)


@dataclass
class Talk:
    """One request on its connection."""

    seen: Seen
    file: File
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pass_time: Callable[[], Awaitable[None]]

    async def head(self, status: str, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        await self.send("\r\n".join(lines).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_they_leave(self) -> None:
        """Say nothing more: all that passes for the client is time."""
        await self.pass_time()
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Talk], Awaitable[None]]


class Api:
    """Runs in a thread of its own with an event loop of its own."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.log: list[Seen] = []
        self.connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: ScriptedLoop | None = None
        self._silence = 0.0

    def serve(self, path: str, body: bytes, *faults: Fault, headers: Headers | None = None) -> str:
        """Serve `body` at `path`, wrongly at first where faults are given; the URL."""
        self.files[path] = File(body, faults=list(faults))
        if headers is not None:
            self.files[path].headers = headers
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def ranges(self) -> list[str]:
        """The Range header of each request, in order; empty where there was none."""
        return [seen.headers.get("range", "") for seen in self.log]

    def outlast(self, client: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Run a client for which time passes only while this server is silent: so many seconds each time."""
        with asyncio.Runner(loop_factory=ScriptedLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, ScriptedLoop)
            self._client, self._silence = loop, seconds
            try:
                return runner.run(client)
            finally:
                self._client = None

    async def _pass_time(self) -> None:
        if self._client:
            await asyncio.wrap_future(self._client.let_pass(self._silence))

    @contextmanager
    def running(self) -> Iterator["Api"]:
        started: Future[int] = Future()
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(started),))
        thread.start()
        self.port = started.result(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(10)
            self._loop.close()

    async def _main(self, started: "Future[int]") -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        started.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == _TLS_HANDSHAKE:  # whoever wants to shake hands here waits for ever
            await self._pass_time()
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(method, path, headers, body)
        self.log.append(seen)
        file = self.files.get(path.partition("?")[0], File(b"", faults=[answer("404 Not Found")]))
        talk = Talk(seen, file, reader, writer, self._pass_time)
        if file.faults:
            await file.faults.pop(0)(talk)
            return False
        await as_it_should_be(talk)
        return True


async def as_it_should_be(talk: Talk) -> None:
    """Serve the file, or the part asked for where the validator still fits."""
    asked = re.fullmatch(r"bytes=(\d+)-", talk.seen.headers.get("range", ""))
    fits = talk.seen.headers.get("if-range") in (
        None,
        talk.file.headers.get("ETag"),
        talk.file.headers.get("Last-Modified"),
    )
    body = talk.file.body
    if not asked or not fits:
        await talk.head("200 OK", {**talk.file.headers, "Content-Length": str(len(body)), "Accept-Ranges": "bytes"})
        await talk.send(body)
        return
    start = int(asked[1])
    if start >= len(body):
        await talk.head("416 Range Not Satisfiable", {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"})
        return
    where = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}", "Content-Length": str(len(body) - start)}
    await talk.head("206 Partial Content", {**talk.file.headers, **where})
    await talk.send(body[start:])


def answer(status: str, body: bytes = b"", **headers: str) -> Fault:
    """Another status; underscores in header names become dashes."""

    async def act(talk: Talk) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await talk.head(status, {"Content-Length": str(len(body)), **named})
        await talk.send(body)

    return act


def cut(at: int, *, announced: bool = True, then: str = "close") -> Fault:
    """Send the whole head and `at` bytes of the body; then close, reset, or stall."""

    async def act(talk: Talk) -> None:
        length = {"Content-Length": str(len(talk.file.body))} if announced else {"Connection": "close"}
        await talk.head("200 OK", {**talk.file.headers, **length})
        await talk.send(talk.file.body[:at])
        if then == "reset":
            talk.reset()
        if then == "stall":
            await talk.until_they_leave()

    return act


def cut_again(size: int) -> Fault:
    """Honour the range, but send only `size` bytes of it."""

    async def act(talk: Talk) -> None:
        start = int(talk.seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
        body = talk.file.body
        where = {
            "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}",
            "Content-Length": str(len(body) - start),
        }
        await talk.head("206 Partial Content", {**talk.file.headers, **where})
        await talk.send(body[start : start + size])

    return act


def partial(content_range: str, **changed: str) -> Fault:
    """A 206 that says what it likes and sends the last ten bytes."""

    async def act(talk: Talk) -> None:
        await talk.head(
            "206 Partial Content",
            {**talk.file.headers, "Content-Range": content_range, "Content-Length": "10", **changed},
        )
        await talk.send(talk.file.body[-10:])

    return act


def chunked(*, whole: bool = True) -> Fault:
    """No length, in chunks; not whole: without the last one."""

    async def act(talk: Talk) -> None:
        await talk.head("200 OK", {**talk.file.headers, "Transfer-Encoding": "chunked"})
        body = talk.file.body if whole else talk.file.body[:-100]
        await talk.send(b"%x\r\n%b\r\n" % (len(body), body))
        if whole:
            await talk.send(b"0\r\n\r\n")

    return act


def instead(body: bytes, **headers: str) -> Fault:
    """Serve other bytes, once, with a right length."""

    async def act(talk: Talk) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await talk.head("200 OK", {**talk.file.headers, **named, "Content-Length": str(len(body))})
        await talk.send(body)

    return act


async def ignoring_range(talk: Talk) -> None:
    """Send the whole file whatever was asked for."""
    await as_it_should_be(replace(talk, seen=Seen("GET", "", {})))


async def silence(talk: Talk) -> None:
    """Take the request and never answer."""
    await talk.until_they_leave()


def drip(first: bytes, drop: bytes, then: bytes = b"") -> Fault:
    """Send `first`, then a few drops, each after the time that `outlast` lets pass; a client that waits gets `then`."""

    async def act(talk: Talk) -> None:
        await talk.send(first)
        for _ in range(20):
            await talk.pass_time()
            await talk.send(drop)
        await talk.send(then + talk.file.body)

    return act


async def hang_up(talk: Talk) -> None:
    """Take the request and close."""


async def garbage(talk: Talk) -> None:
    """Answer with what is not HTTP."""
    await talk.send(b"\x16\x03\x01 this is no status line\r\n\r\n")


def mp4(size: int, fill: bytes = b"longtake") -> bytes:
    """The outline of an MP4 file of `size` bytes: ftyp, moov, mdat."""
    head = _box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2mp41") + _box(b"moov", _box(b"mvhd", bytes(100)))
    filling = (fill * (size // len(fill) + 1))[: size - len(head) - 8]
    return head + _box(b"mdat", filling)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
