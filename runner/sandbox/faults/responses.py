"""Answers that are no answers: a connection that drops, one that stays silent, a page from a proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

TRANSPORT = "longtake.transport"
"""Key in the ASGI scope: the socket's transport, missing when there is no socket."""
DROPPED = "longtake.dropped"
"""Key in the ASGI scope: a list that is empty until the connection is dropped; nothing is sent after that."""

_DROPS = 10
_PAGE = """<html><head><title>{0}</title></head>
<body><center><h1>{0}</h1></center><hr><center>cloudflare</center></body></html>
"""


class ConnectionDropped(Exception):
    """Stands for a closed connection where there is no socket to close."""


async def drop(scope: Scope, receive: Receive) -> None:
    """Close the connection without another byte."""
    transport = scope.get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        scope[DROPPED].append(True)
        raise ConnectionDropped("the sandbox dropped the connection, as it was asked to")
    transport.close()
    await _left(receive)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Severed(Response):
    """No answer: the connection drops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Drop; nothing is sent."""
        del send
        await drop(scope, receive)


class Silent(Response):
    """No answer for so many seconds, then a dropped connection; ends early if the client leaves."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then drop."""
        del send
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                await _left(receive)
                return
        await drop(scope, receive)


def page(status: int) -> Response:
    """Return what a proxy shows when the service behind it does not answer."""
    return HTMLResponse(_PAGE.format(f"Error {status}"), status)


def halved(answer: Response) -> Response:
    """Return an answer as a server sends it that broke off its text, not the connection."""
    body = _body(answer)
    return Response(body[: len(body) // 2], answer.status_code, media_type=answer.media_type)


def dripping(answer: Response, seconds: float) -> Response:
    """Return an answer that begins at once and takes so long to come."""
    body = _body(answer)
    headers = {"content-length": str(len(body))}
    return StreamingResponse(_drops(body, seconds), answer.status_code, headers, answer.media_type)


async def _drops(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _DROPS))
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(seconds / _DROPS)


def _body(answer: Response) -> bytes:
    """Return the text of an answer; a file, which has none yet, becomes an empty one."""
    return bytes(getattr(answer, "body", b""))


class Cut(Response):
    """Passes on a response and drops the connection after so many bytes of its body."""

    def __init__(self, inner: Response, at: int) -> None:
        super().__init__()
        self.inner = inner
        self.at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the first bytes, then drop."""
        left = self.at

        async def short(message: Message) -> None:
            nonlocal left
            if message["type"] != "http.response.body":
                await send(message)
                return
            body = message.get("body", b"")[:left]
            left -= len(body)
            await send({**message, "body": body, "more_body": True})
            if left <= 0:
                await drop(scope, receive)
                raise ConnectionDropped

        with suppress(ConnectionDropped):
            await self.inner(scope, receive, short)
        if left > 0 or TRANSPORT not in scope:
            await drop(scope, receive)
