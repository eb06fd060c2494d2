"""One request on its way: how it is put together, what is known of it, what its failures mean, how its body is read."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from mimetypes import guess_type
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httpx

from runner.errors import LongtakeError
from runner.net.address_policy import NOTHING_ALLOWED, Allowed, require_safe_peer
from runner.net.body import Pipe, read_body, read_pieces
from runner.net.messages import PAID_ANSWER, Call, FormFile, Lost, NotSent, Reply
from runner.redaction import redact

# Pictures and short clips are sent; a film by mistake must not be read into memory.
MOST_UPLOAD = 64 << 20
CONNECT_SECONDS = 20.0
# Events of httpcore's `trace` extension (1.0): after the first of them bytes of the request may have left.
_LEAVING = frozenset({"send_request_headers.complete", "send_request_body.started", "receive_response_headers.started"})


class Fault(NamedTuple):
    """One row: which error we raise, its stable code, and the words that follow the host's name."""

    kind: type[Lost | NotSent]
    code: str
    words: str


UNKNOWN = Fault(Lost, "http/lost", "the request broke off in an unforeseen way")
DEADLINE = Fault(Lost, "http/deadline", "no complete answer in time")
CONNECTING = Fault(NotSent, "http/connect", "no connection in time")

_LIBRARY = Fault(Lost, "http/lost", "the answer could not be taken in")

# The rows of NotSent are raised only before the first byte of the request is written. They hold unless the request was
# seen leaving.
ROWS: Mapping[type[Exception], Fault] = {
    httpx.ConnectError: Fault(NotSent, "http/connect", "no connection"),
    httpx.ConnectTimeout: Fault(NotSent, "http/connect-timeout", "no connection in time"),
    httpx.PoolTimeout: Fault(NotSent, "http/pool", "too many requests at once, this one never got a connection"),
    httpx.UnsupportedProtocol: Fault(NotSent, "http/invalid-url", "the address has no http or https scheme"),
    # Raised while the request is put into words (an illegal header), before any of it is written.
    httpx.LocalProtocolError: Fault(NotSent, "http/invalid-request", "the request is not valid HTTP"),
    # Raised only when a proxy refuses to open the tunnel (CONNECT or SOCKS). What a plain-HTTP proxy answers to a
    # forwarded request is an ordinary reply. So the provider has seen nothing.
    httpx.ProxyError: Fault(NotSent, "http/proxy", "the proxy refused the connection"),
    httpx.ReadTimeout: Fault(Lost, "http/read-timeout", "the server fell silent"),
    httpx.WriteTimeout: Fault(Lost, "http/write-timeout", "the server stopped taking the request"),
    httpx.ReadError: Fault(Lost, "http/broken", "the connection broke"),
    httpx.WriteError: Fault(Lost, "http/broken", "the connection broke while sending"),
    httpx.CloseError: Fault(Lost, "http/broken", "the connection broke while closing"),
    httpx.RemoteProtocolError: Fault(Lost, "http/garbled", "the answer is missing, cut short, or not HTTP"),
    httpx.DecodingError: Fault(Lost, "http/garbled", "the answer's compression is damaged"),
    # Raised for the Location of a redirect too, when the request is long gone; our own address is checked before.
    httpx.InvalidURL: Fault(Lost, "http/garbled", "the server redirects to what is no address"),
    # Bases, and errors that our way of calling never causes: whatever they may mean one day, it is no proof.
    **dict.fromkeys(
        (
            httpx.HTTPError,
            httpx.RequestError,
            httpx.TransportError,
            httpx.TimeoutException,
            httpx.NetworkError,
            httpx.ProtocolError,
            httpx.HTTPStatusError,
            httpx.TooManyRedirects,
            httpx.CookieConflict,
            httpx.StreamError,
            httpx.StreamConsumed,
            httpx.StreamClosed,
            httpx.ResponseNotRead,
            httpx.RequestNotRead,
        ),
        _LIBRARY,
    ),
}

# Their own words help (a name not found, a certificate), and are safe.
_EXPLAINED = (httpx.ConnectError, httpx.ProxyError)


async def send_call(client: httpx.AsyncClient, call: Call, watch: "Watch", secrets: Sequence[str]) -> Reply:
    """Send one request, once, and read its whole answer; NotSent or Lost where that fails."""
    with translate_errors(call.method, call.url, watch, secrets):
        files = await asyncio.to_thread(_read_files, call) if call.form else {}
        request = _build_request(client, call, files, watch)
        async with watch, asyncio.timeout(call.deadline):
            response = await client.send(request, stream=True)
            content = bytearray()
            try:
                content[:] = await read_body(response, call.most, content)
            finally:
                reply = Reply(status=response.status_code, headers=plain_headers(response), body=bytes(content))
                if call.fresh:
                    PAID_ANSWER.set(reply)
                await response.aclose()
    return reply


class Watch:
    """Follows one request through the library: has it `left`, and where does its connection lead?"""

    def __init__(self, *, real: bool, guarded: str = "", allowed: Allowed = NOTHING_ALLOWED) -> None:
        self._real = real
        self._guarded = guarded
        self._allowed = allowed
        self._host = ""
        self.left = False
        self._tunnel = False
        self._events: set[str] = set()
        self._pipe: Pipe | None = None

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
            self._pipe = cast("Pipe", info["return_value"])
            await self._check_peer(self._pipe)

    async def _check_peer(self, pipe: Pipe) -> None:
        if not self._guarded or self._host != self._guarded:
            return  # nothing to guard, or a proxy: the name is its to resolve
        peer = pipe.get_extra_info("server_addr")
        require_safe_peer(self._guarded, str(peer[0]) if isinstance(peer, tuple) else "", self._allowed)


def fault_of(error: Exception, *, connecting: bool = False, left: bool = False) -> Fault:
    """Return the row of an error; `connecting`: no connection stands, for sure; `left`: the request was sent."""
    rows = (ROWS[kind] for kind in type(error).__mro__ if kind in ROWS)
    found = DEADLINE if isinstance(error, TimeoutError) else next(rows, UNKNOWN)
    if connecting and found.kind is Lost:
        return CONNECTING
    return UNKNOWN if left and found.kind is NotSent else found


@contextmanager
def translate_errors(method: str, url: str, watch: Watch, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turn every failure inside into NotSent or Lost, in words, with the host and the time and without secrets."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    except LongtakeError:
        raise
    except Exception as error:  # an in-process app may raise anything, and all of it is Lost
        fault = fault_of(error, connecting=watch.connecting, left=watch.left)
        detail = f" ({redact(str(error), secrets)})" if isinstance(error, _EXPLAINED) and str(error) else ""
        words = f"{method} {host_of(url)}: {fault.words} after {clock() - began:.1f} s{detail}"
        raise fault.kind(words, code=fault.code, retryable=fault.kind is NotSent) from error


def _build_request(client: httpx.AsyncClient, call: Call, files: Mapping[str, FormFile], watch: Watch) -> httpx.Request:
    fields = {name: value for name, value in (call.form or {}).items() if isinstance(value, str)}
    # A little less than the deadline for the queue, so that a full queue says its own name.
    timeout = httpx.Timeout(call.deadline, connect=min(CONNECT_SECONDS, call.deadline), pool=call.deadline * 0.9)
    try:
        _ = urlsplit(call.url).port  # the library would find an impossible port only while connecting
        return client.build_request(
            call.method,
            call.url,
            headers=call.headers,
            json=call.json,
            data=fields or None,
            files={name: (file.name, file.content, file.content_type) for name, file in files.items()} or None,
            content=call.content,
            timeout=timeout,
            extensions={"trace": watch},
        )
    except (TypeError, ValueError, httpx.InvalidURL) as error:
        words = f"{call.method} {host_of(call.url)}: the request cannot be put into words"
        raise NotSent(words, code="http/invalid-request") from error


def _read_files(call: Call) -> dict[str, FormFile]:
    files: dict[str, FormFile] = {}
    for name, value in (call.form or {}).items():
        if isinstance(value, FormFile):
            files[name] = value
        if isinstance(value, Path):
            kind = guess_type(value.name)[0] or "application/octet-stream"
            try:
                content = _read_upload(value)
                files[name] = FormFile(name=value.name, content=content, content_type=kind)
            except OSError as error:
                raise NotSent(f"{value}: {error.strerror}", code="http/unreadable-file") from error
    return files


def _read_upload(path: Path) -> bytes:
    """Read a file to send, and no more of it than any server takes, however it has grown."""
    with path.open("rb") as stream:
        content = stream.read(MOST_UPLOAD + 1)
    if len(content) > MOST_UPLOAD:
        raise NotSent(f"{path} is larger than {MOST_UPLOAD >> 20} MiB", code="http/too-large")
    return content


def plain_headers(response: httpx.Response) -> dict[str, str]:
    """Return the headers of an answer, names in lower case, without cookies."""
    return {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}


async def stream_body(url: str, response: httpx.Response, silence: float) -> AsyncGenerator[bytes]:
    """Read a body piece by piece as it comes over the network; Lost after `silence` seconds without one."""
    with translate_errors("GET", url, Watch(real=False)):
        async with aclosing(read_pieces(response, silence)) as pieces:
            async for piece in pieces:
                yield piece


def wire_host(url: str) -> str:
    """Return the host as the library spells it while it connects: a name in another script is another word there."""
    try:
        return httpx.URL(url).raw_host.decode("ascii") or "?"
    except (httpx.InvalidURL, TypeError, ValueError):
        return "?"


def host_of(url: str) -> str:
    """Return the part of an address that may be told to anybody."""
    try:
        return httpx.URL(url).host or "the server"
    except (httpx.InvalidURL, TypeError):
        return "the server"
