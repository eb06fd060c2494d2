"""The HTTP door. Only it and its `http_*` neighbours know the HTTP library, and importing it loads that library.

Whoever needs only the values and errors takes them from `runner.net.messages`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from mimetypes import guess_type
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

import httpx

from runner.net.address_policy import redirected, require_safe
from runner.net.asgi import App, AppTransport
from runner.net.exchange import Watch, chunks, host_of, translated, whole, wire_host
from runner.net.messages import Call, FormFile, Link, Lost, NotSent, Reply, Stream, Unsafe, retry_after
from runner.redaction import redact

__all__ = [
    "Call",
    "FormFile",
    "Link",
    "Lost",
    "NotSent",
    "Reply",
    "Stream",
    "Transport",
    "Unsafe",
    "Web",
    "asgi_transport",
    "redact",
    "retry_after",
]

Transport = httpx.AsyncBaseTransport

MOST_REDIRECTS = 5
MOST_UPLOAD = 64 << 20
_CONNECT_SECONDS = 20.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_Pool = Literal["kept", "fresh", "files"]
_POOLS: Mapping[_Pool, httpx.Limits] = {
    "kept": httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=15.0),
    "fresh": httpx.Limits(max_connections=64, max_keepalive_connections=0),
    "files": httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=15.0),
}


def asgi_transport(app: App) -> Transport:
    """Answer by an ASGI app in this process instead of the network."""
    return AppTransport(app)


class Web:
    """The one way out. Redirects are never followed by themselves, cookies are never kept, no secret is ever told.

    `transport` replaces the network; `allow_local` lets downloads come from this machine and private networks;
    `user_agent` must say something, for some gateways turn nameless callers away.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        secrets: Sequence[str] = (),
        allow_local: bool = False,
        user_agent: str = "longtake",
    ) -> None:
        self._transport = transport
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}
        self._secrets = secrets
        self._allow_local = allow_local
        self._clients: dict[_Pool, httpx.AsyncClient] = {}
        self._tls: SSLContext | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def redact(self, text: str) -> str:
        """Take this run's secrets, and whatever looks like one, out of a text."""
        return redact(text, self._secrets)

    async def exchange(self, call: Call) -> Reply:
        """Send one request, once, and read its whole answer; NotSent or Lost where that fails."""
        client = self._client("fresh" if call.fresh else "kept")
        watch = Watch(real=self._transport is None)
        with translated(call.method, call.url, watch, self._secrets):
            request = _request(client, call, await asyncio.to_thread(_files, call) if call.form else {}, watch)
            async with watch, asyncio.timeout(call.deadline):
                response = await client.send(request, stream=True)
                try:
                    body = await whole(response, call.most)
                finally:
                    await response.aclose()
        return Reply(status=response.status_code, headers=_headers(response), body=body)

    @asynccontextmanager
    async def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, silence: float = 30.0
    ) -> AsyncIterator[Stream]:
        """GET a file, following at most five safe redirects; NotSent, Lost (`silence` seconds are too long) or Unsafe.

        Headers that tell who we are stay behind where a redirect leaves the origin.
        """
        require_safe(url, allow_local=self._allow_local)
        link, response = await self._follow(Link(url=url, headers=headers or {}), silence)
        try:
            async with aclosing(chunks(link.url, response, silence)) as pieces:
                yield Stream(status=response.status_code, headers=_headers(response), url=link.url, chunks=pieces)
        finally:
            await response.aclose()

    async def _follow(self, link: Link, silence: float) -> tuple[Link, httpx.Response]:
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._open(link, silence)
            location = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not location:
                return link, response
            await response.aclose()
            link = redirected(link, location, allow_local=self._allow_local)
        raise Unsafe(f"{host_of(link.url)}: more than {MOST_REDIRECTS} redirects in a row", code="http/redirects")

    async def _open(self, link: Link, silence: float) -> httpx.Response:
        client = self._client("files")
        watch = Watch(real=self._transport is None, guarded="" if self._allow_local else wire_host(link.url))
        timeout = httpx.Timeout(silence, connect=min(_CONNECT_SECONDS, silence))
        with translated("GET", link.url, watch, self._secrets):
            request = client.build_request(
                "GET", link.url, headers=link.headers, timeout=timeout, extensions={"trace": watch}
            )
            async with watch:
                return await client.send(request, stream=True)

    def _client(self, pool: _Pool) -> httpx.AsyncClient:
        if self._transport is not None:
            pool = "kept"
        if pool not in self._clients:
            client = httpx.AsyncClient(
                transport=self._transport,
                headers=self._headers,
                limits=_POOLS[pool],
                verify=self._certificates(),
                follow_redirects=False,
                http2=False,
            )
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._clients[pool] = client
        return self._clients[pool]

    def _certificates(self) -> SSLContext | bool:
        if self._transport is None and self._tls is None:
            self._tls = httpx.create_ssl_context()  # slow to load, so one for all pools
        return self._tls or False


def _request(client: httpx.AsyncClient, call: Call, files: Mapping[str, FormFile], watch: Watch) -> httpx.Request:
    fields = {name: value for name, value in (call.form or {}).items() if isinstance(value, str)}
    # A little less than the deadline for the queue, so that a full queue says its own name.
    timeout = httpx.Timeout(call.deadline, connect=min(_CONNECT_SECONDS, call.deadline), pool=call.deadline * 0.9)
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


def _files(call: Call) -> dict[str, FormFile]:
    files: dict[str, FormFile] = {}
    for name, value in (call.form or {}).items():
        if isinstance(value, FormFile):
            files[name] = value
        if isinstance(value, Path):
            kind = guess_type(value.name)[0] or "application/octet-stream"
            try:
                content = _content(value)
                files[name] = FormFile(name=value.name, content=content, content_type=kind)
            except OSError as error:
                raise NotSent(f"{value}: {error.strerror}", code="http/unreadable-file") from error
    return files


def _content(path: Path) -> bytes:
    """Read a file to send, and no more of it than any server takes, however it has grown."""
    with path.open("rb") as stream:
        content = stream.read(MOST_UPLOAD + 1)
    if len(content) > MOST_UPLOAD:
        raise NotSent(f"{path} is larger than {MOST_UPLOAD >> 20} MiB", code="http/too-large")
    return content


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}
