"""One request on its way: what is known of it, what its failures mean, and how its answer's body is read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Protocol, cast

import httpx

from runner.errors import LongtakeError
from runner.net.address_policy import is_public, private
from runner.net.error_map import EXPLAINED, fault_of
from runner.net.messages import Lost, NotSent
from runner.redaction import redact

_WIDE = 1 << 20
_LEAVING = frozenset({"send_request_headers.complete", "send_request_body.started", "receive_response_headers.started"})


class Watch:
    """Follows one request through the library: has it `left`, and where does its connection lead?"""

    def __init__(self, *, real: bool, guarded: str = "") -> None:
        self._real = real
        self._guarded = guarded
        self._host = ""
        self.left = False
        self._tunnel = False
        self._events: set[str] = set()
        self._pipe: _Pipe | None = None

    async def __aenter__(self) -> None:
        """Nothing to begin; the events do."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The library forgets the socket of a TLS handshake that is cancelled.
        if self._pipe and self.connecting:
            await self._pipe.aclose()

    @property
    def connecting(self) -> bool:
        """Whether it is proved that the connection is not complete: we saw it begin, and nothing after it."""
        return self._real and self._events == {"connection"}

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """Hear one event of the library's `trace` extension."""
        stage, _, step = event.partition(".")
        self._events.add(stage)
        if step == "send_request_headers.started":
            self._tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"  # the proxy's, not the server's
        if step in _LEAVING and not self._tunnel:
            self.left = True
        if step == "connect_tcp.started":
            self._host = str(info.get("host"))
        if step == "connect_tcp.complete":
            self._pipe = cast("_Pipe", info["return_value"])
            await self._look_at_peer(self._pipe)

    async def _look_at_peer(self, pipe: "_Pipe") -> None:
        if not self._guarded or self._host != self._guarded:
            return  # nothing to guard, or a proxy: the name is its to resolve
        peer = pipe.get_extra_info("server_addr")
        if not (isinstance(peer, tuple) and is_public(str(peer[0]))):
            raise private(self._guarded)


class _Pipe(Protocol):
    """What httpcore gives as a connection."""

    async def read(self, max_bytes: int) -> bytes: ...

    async def aclose(self) -> None: ...

    def get_extra_info(self, info: str) -> object: ...


@contextmanager
def translated(method: str, url: str, watch: Watch, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turn every failure inside into NotSent or Lost, in words, with the host and the time and without secrets."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    except LongtakeError:
        raise
    except Exception as error:  # an in-process app may raise anything, and all of it is Lost
        fault = fault_of(error, connecting=watch.connecting, left=watch.left)
        detail = f" ({redact(str(error), secrets)})" if isinstance(error, EXPLAINED) and str(error) else ""
        words = f"{method} {host_of(url)}: {fault.words} after {clock() - began:.1f} s{detail}"
        raise fault.kind(words, code=fault.code, retryable=fault.kind is NotSent) from error


async def whole(response: httpx.Response, most: int) -> bytes:
    """Read a body to its end, unpacked; Lost where it is longer than `most`, as no honest answer is."""
    if "," in response.headers.get("content-encoding", ""):  # packed twice, a few bytes unpack to any size at once
        raise Lost(f"{response.request.url.host}: the answer is packed more than once", code="http/too-long")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            host = response.request.url.host
            raise Lost(f"{host}: the answer is longer than {most >> 20} MiB", code="http/too-long")
    return bytes(body)


async def chunks(url: str, response: httpx.Response, silence: float) -> AsyncGenerator[bytes]:
    """Read a body piece by piece as it comes over the network; Lost after `silence` seconds without a byte."""
    with translated("GET", url, Watch(real=False)):
        raw = cast("AsyncGenerator[bytes]", response.aiter_raw())
        async with (
            aclosing(raw),
            aclosing(raw if _plain_length(response) is None else _wide(response, raw, silence)) as pieces,
        ):
            async for piece in pieces:
                yield piece


async def _wide(response: httpx.Response, raw: AsyncIterator[bytes], silence: float) -> AsyncGenerator[bytes]:
    """Read a body of known length in large pieces, past the library, whose 64 KiB reads take three times as long.

    Its first piece empties the library's own buffer; from there on the connection holds the rest of the body.
    """
    left = _plain_length(response) or 0
    piece = await anext(raw, b"")
    pipe = cast("_Pipe", response.extensions["network_stream"])
    while piece:
        left -= len(piece)
        yield piece
        if not left:
            return
        try:
            async with asyncio.timeout(silence):
                piece = await pipe.read(min(left, _WIDE))
        except TimeoutError as error:
            raise httpx.ReadTimeout("") from error
    if left:
        raise httpx.RemoteProtocolError(f"{left} bytes are missing")


def _plain_length(response: httpx.Response) -> int | None:
    """Give the body's length where it comes over the network as it is, without chunks."""
    length = response.headers.get("content-length", "")
    if "network_stream" not in response.extensions or "transfer-encoding" in response.headers:
        return None
    return int(length) if length.isdecimal() else None


def wire_host(url: str) -> str:
    """Give the host as the library spells it while it connects: a name in another script is another word there."""
    try:
        return httpx.URL(url).raw_host.decode("ascii") or "?"
    except (httpx.InvalidURL, TypeError, ValueError):
        return "?"


def host_of(url: str) -> str:
    """Give the part of an address that may be told to anybody."""
    try:
        return httpx.URL(url).host or "the server"
    except (httpx.InvalidURL, TypeError):
        return "the server"
