"""Broken answers: a connection that drops, one that stays silent, an error page from a proxy, half a body."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

TRANSPORT = "longtake.transport"
"""Key in the ASGI scope: the socket's transport, missing when there is no socket."""
DROPPED = "longtake.dropped"
"""Key in the ASGI scope: a list that is empty until the connection is dropped; nothing is sent after that."""

_PIECES = 10
# Both kie and the gateways stand behind Cloudflare (kie's responses recorded in 2026-04), whose pages look like this.
_PAGE = """<html><head><title>{0}</title></head>
<body><center><h1>{0}</h1></center><hr><center>cloudflare</center></body></html>
"""


class ConnectionDropped(Exception):
    """Stands for a closed connection where there is no socket to close."""


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without another byte."""
    # In one process there is no socket: an exception stands for it, and the client's transport passes it on.
    transport = scope.get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        scope[DROPPED].append(True)
        raise ConnectionDropped("the sandbox dropped the connection, as it was asked to")
    transport.close()
    await _wait_for_disconnect(receive)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class DropResponse(Response):
    """No answer: the connection drops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Drop; nothing is sent."""
        del send
        await drop_connection(scope, receive)


class HangResponse(Response):
    """No answer for `seconds`, then a dropped connection; ends early if the client leaves."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then drop."""
        del send
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                await _wait_for_disconnect(receive)
                return
        await drop_connection(scope, receive)


def proxy_error(status: int) -> Response:
    """Return what a proxy shows when the service behind it does not answer."""
    return HTMLResponse(_PAGE.format(f"Error {status}"), status)


def cut_body(answer: Response) -> Response:
    """Return the first half of an answer with a length that agrees: the text broke off, not the connection."""
    body = _body(answer)
    return Response(body[: len(body) // 2], answer.status_code, media_type=answer.media_type)


def send_slowly(answer: Response, seconds: float) -> Response:
    """Return an answer that begins at once and takes `seconds` to come."""
    body = _body(answer)
    headers = {"content-length": str(len(body))}
    return StreamingResponse(_pieces(body, seconds), answer.status_code, headers, answer.media_type)


async def _pieces(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(seconds / _PIECES)


def _body(answer: Response) -> bytes:
    """Return the body of an answer; a file, which is read only when it is sent, counts as empty."""
    return bytes(getattr(answer, "body", b""))


class CutResponse(Response):
    """A response whose connection drops after `at` bytes of its body."""

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
                await drop_connection(scope, receive)
                raise ConnectionDropped

        with suppress(ConnectionDropped):
            await self.inner(scope, receive, short)
        if left > 0 or TRANSPORT not in scope:
            await drop_connection(scope, receive)
