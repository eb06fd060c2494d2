"""An app in this process answers like a server behind a wire."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from runner.files import Disk
from runner.media.download.fetch import Downloader
from runner.media.download.pump import Limits
from runner.net.client import Web, asgi_transport
from runner.net.messages import Call, Lost, Reply
from tests.fakes.api import mp4
from tests.fakes.clock import FakeClock
from tests.fakes.loop import let_pass, run_scripted

Send = Callable[[Any], Awaitable[None]]


def exchange(app: Any, call: Call, after: Callable[[], Awaitable[None]] | None = None) -> Reply:
    async def run() -> Reply:
        async with Web(transport=asgi_transport(app)) as web:
            try:
                return await web.exchange(call)
            finally:
                if after:
                    await after()

    return run_scripted(run())


CALL = Call(method="POST", url="http://sandbox.localhost/v1/a%20b?x=1", json={"a": 1}, headers={"X-Key": "k"})


async def head(send: Send, status: int = 200, length: int | None = None) -> None:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def body(send: Send, data: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


def test_the_app_sees_the_request_and_we_its_answer() -> None:
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Send) -> None:
        seen.update(scope, body=(await receive())["body"])
        await head(send, 202, 2)
        await body(send, b"[", more=True)
        await body(send, b"]")

    reply = exchange(app, CALL)
    assert (reply.status, reply.json()) == (202, [])
    assert (seen["method"], seen["path"], seen["query_string"], seen["body"]) == ("POST", "/v1/a b", b"x=1", b'{"a":1}')
    assert (b"x-key", b"k") in seen["headers"]


def test_an_app_that_fails_is_lost() -> None:
    async def app(_scope: Any, _receive: Any, _send: Send) -> None:
        raise RuntimeError("boom")

    with pytest.raises(Lost):
        exchange(app, CALL)


def test_an_app_that_fails_in_its_answer_is_lost() -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await head(send)
        await body(send, b"x", more=True)
        raise RuntimeError("boom")

    with pytest.raises(Lost):
        exchange(app, CALL)


@pytest.mark.parametrize("length", [3, 9])
def test_an_answer_of_another_length_than_announced_is_lost(length: int) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await head(send, length=length)
        await body(send, b"12345")

    with pytest.raises(Lost):
        exchange(app, CALL)


@pytest.mark.parametrize("started", [False, True])
def test_an_app_without_an_end_is_lost(started: bool) -> None:  # noqa: FBT001 -- a parametrized case
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        if started:
            await head(send)

    with pytest.raises(Lost):
        exchange(app, CALL)


def test_what_the_app_began_it_ends_though_we_left() -> None:
    ledger: list[str] = []
    left = asyncio.Event()

    async def app(_scope: Any, receive: Any, send: Send) -> None:
        await receive()
        let_pass(20.0)
        assert (await receive())["type"] == "http.disconnect"
        ledger.append("charged")
        await head(send)
        await body(send, b"{}")
        left.set()

    async def until_done() -> None:
        await left.wait()

    with pytest.raises(Lost, match="in time"):
        exchange(app, Call(method="POST", url="http://sandbox/", deadline=20.0), until_done)
    assert ledger == ["charged"]


def test_an_app_that_hangs_is_stopped_when_the_web_closes() -> None:
    stopped: list[bool] = []

    async def app(_scope: Any, _receive: Any, _send: Send) -> None:
        let_pass(20.0)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    with pytest.raises(Lost):
        exchange(app, Call(method="GET", url="http://sandbox/", deadline=20.0))
    assert stopped == [True]


def test_a_film_from_an_app_is_streamed_and_resumed() -> None:
    film = mp4(3_000_000)
    asked: list[bytes] = []
    ahead: list[int] = []
    heard: list[int] = []

    async def app(scope: Any, _receive: Any, send: Send) -> None:
        wanted = dict(scope["headers"]).get(b"range", b"")
        asked.append(wanted)
        start = int(wanted.removeprefix(b"bytes=").removesuffix(b"-") or 0)
        headers = [(b"etag", b'"1"'), (b"content-length", b"%d" % (len(film) - start))]
        if start:
            headers.append((b"content-range", b"bytes %d-%d/%d" % (start, len(film) - 1, len(film))))
        await send({"type": "http.response.start", "status": 206 if start else 200, "headers": headers})
        for at in range(start, len(film), 65536):
            if len(asked) == 1 and at > 2_000_000:
                raise ConnectionResetError
            await body(send, film[at : at + 65536], more=True)
            ahead.append(at - (heard[-1] if heard else 0))
        await body(send, b"")

    async def link() -> str:
        return "http://sandbox.localhost/film.mp4"

    async def run() -> bytes:
        async with Web(transport=asgi_transport(app), allow_local=True) as web:
            stored = await Downloader(
                web=web,
                disk=Disk(),
                clock=FakeClock(),
                limits=Limits(),
                progress=lambda size, _: heard.append(size),
            ).fetch(link, Path("film.mp4"))
            return stored.path.read_bytes()

    assert asyncio.run(run()) == film
    assert asked[0] == b""
    assert asked[1].startswith(b"bytes=")
    assert max(ahead) < 2_500_000
