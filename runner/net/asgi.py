"""Answers requests by an ASGI app in this process, streaming; like a server, it goes on when the caller has left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from typing import cast

import httpx

Message = MutableMapping[str, object]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

# Messages that the app may be ahead of the reader: a film must not end up in memory because its reader is slow.
_AHEAD = 8


class AppTransport(httpx.AsyncBaseTransport):
    """Runs each request as a task of its own; what the app began, it ends, though the caller gave up."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the app's answer as soon as its head is there."""
        conversation = _Conversation(await request.aread())
        task = asyncio.create_task(conversation.run(self._app, _scope(request)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await conversation.response(request)

    async def aclose(self) -> None:
        """Stop the requests that are no longer waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Conversation:
    """One request and its answer, as messages between the app's task and ours."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message | Exception] = asyncio.Queue(_AHEAD)
        self._hung_up = asyncio.Event()

    async def run(self, app: App, scope: Message) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 -- to the caller it is a server that hangs up
            dropped = httpx.RemoteProtocolError("the server dropped the connection without a complete answer")
            dropped.__cause__ = error
            await self._put(dropped)
        else:
            await self._put(httpx.RemoteProtocolError("the app ended without a complete answer"))

    async def response(self, request: httpx.Request) -> httpx.Response:
        try:
            head = await self._next()
        except BaseException:
            self.hang_up()
            raise
        headers = httpx.Headers(cast("Sequence[tuple[bytes, bytes]]", head.get("headers", ())))
        length = "" if request.method == "HEAD" else headers.get("content-length", "")
        status = head["status"]
        if not isinstance(status, int):
            raise httpx.RemoteProtocolError("the app's status is no number")
        return httpx.Response(status, headers=headers, stream=_Body(self, length))

    async def chunks(self) -> AsyncIterator[bytes]:
        more: object = True
        while more:
            message = await self._next()
            more = message.get("more_body", False)
            body = message.get("body", b"")
            if isinstance(body, bytes) and body:
                yield body

    def hang_up(self) -> None:
        self._hung_up.set()
        while not self._messages.empty():
            self._messages.get_nowait()

    async def _next(self) -> Message:
        message = await self._messages.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def _receive(self) -> Message:
        if self._body is None:
            await self._hung_up.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        await self._put(message)

    async def _put(self, message: Message | Exception) -> None:
        if not self._hung_up.is_set():
            await self._messages.put(message)


class _Body(httpx.AsyncByteStream):
    """The body of an answer; shorter or longer than announced is an error, as it is on a wire."""

    def __init__(self, conversation: _Conversation, length: str) -> None:
        self._conversation = conversation
        self._length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._conversation.chunks():
            received += len(chunk)
            yield chunk
        if self._length.isdecimal() and received != int(self._length):
            raise httpx.RemoteProtocolError(f"{received} bytes instead of {self._length}")

    async def aclose(self) -> None:
        self._conversation.hang_up()


def _scope(request: httpx.Request) -> Message:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
        "state": {},
    }
