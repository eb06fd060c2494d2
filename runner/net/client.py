"""The HTTP door. Only it and its neighbours know the HTTP library, and importing it loads that library.

Whoever needs only the values and errors takes them from `runner.net.messages`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLContext
from types import TracebackType
from typing import Literal, Self

import httpx

from runner.net.address_policy import NOTHING_ALLOWED, Allowed, follow_redirect, require_safe
from runner.net.asgi import App, AppTransport
from runner.net.certificates import load_certificates
from runner.net.exchange import (
    CONNECT_SECONDS,
    Watch,
    host_of,
    plain_headers,
    send_call,
    stream_body,
    translate_errors,
    wire_host,
)
from runner.net.messages import Call, FormFile, Link, Lost, NotSent, Reply, Stream, Unsafe, retry_after
from runner.net.proxies import ProxyingTransport, check_proxies
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
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_Pool = Literal["kept", "fresh", "files"]
# "fresh" keeps nothing alive: a paid submit on a kept connection that the server has just closed is lost. The others
# close idle ones after 15 s, before common gateways do.
_POOLS: Mapping[_Pool, httpx.Limits] = {
    "kept": httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=15.0),
    "fresh": httpx.Limits(max_connections=64, max_keepalive_connections=0),
    "files": httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=15.0),
}


def asgi_transport(app: App) -> Transport:
    """Answer by an ASGI app in this process instead of the network."""
    return AppTransport(app)


_LOCATION = "longtake.location"


async def _set_location_aside(response: httpx.Response) -> None:
    """Keep the library from building the next request of a redirect that nobody follows.

    It does so at once (httpx 0.28), and over an address that is none it throws away the answer, a paid task perhaps.
    """
    response.extensions[_LOCATION] = response.headers.pop("location", "")


class Web:
    """The one way out. Redirects are never followed by themselves, cookies are never kept, no secret is ever told.

    `transport` replaces the network; `allow_local` lets downloads come from this machine and private networks,
    `allowed` from those that it names; `user_agent` must say something, for some gateways turn nameless callers away.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        secrets: Sequence[str] = (),
        allow_local: bool = False,
        allowed: Allowed = NOTHING_ALLOWED,
        user_agent: str = "longtake",
    ) -> None:
        self._transport = transport
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}
        self._secrets = secrets
        self._allow_local = allow_local
        self._allowed = allowed
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

    def check_network(self, urls: Sequence[str]) -> None:
        """Find out whether the network can be used as this machine is set up, without using it.

        Raises:
            ConfigurationError: the certificates cannot be loaded, or a proxy that one of the URLs takes is no use.
        """
        if self._transport is None:
            check_proxies(urls, self._certificates())

    def redact(self, text: str) -> str:
        """Take this run's secrets, and whatever looks like one, out of a text."""
        return redact(text, self._secrets)

    async def exchange(self, call: Call) -> Reply:
        """Send one request, once, and read its whole answer; NotSent or Lost where that fails."""
        client = self._client("fresh" if call.fresh else "kept")
        return await send_call(client, call, Watch(real=self._transport is None), self._secrets)

    @asynccontextmanager
    async def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, silence: float = 30.0
    ) -> AsyncIterator[Stream]:
        """GET a file, following at most five safe redirects; NotSent, Lost (`silence` seconds are too long) or Unsafe.

        Its head, redirects and all, has twice that time: one clock, that no byte and no interim answer starts again.
        Headers that tell who we are stay behind where a redirect leaves the origin.
        """
        require_safe(url, allow_local=self._allow_local, allowed=self._allowed)
        link, response = await self._follow(Link(url=url, headers=headers or {}), silence)
        try:
            async with aclosing(stream_body(link.url, response, silence)) as pieces:
                yield Stream(status=response.status_code, headers=plain_headers(response), url=link.url, chunks=pieces)
        finally:
            await response.aclose()

    async def _follow(self, link: Link, silence: float) -> tuple[Link, httpx.Response]:
        ends = asyncio.get_running_loop().time() + 2 * silence
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._open(link, silence, ends)
            location = str(response.extensions.get(_LOCATION, ""))
            if response.status_code not in _REDIRECTS or not location:
                return link, response
            await response.aclose()
            link = follow_redirect(link, location, allow_local=self._allow_local, allowed=self._allowed)
        raise Unsafe(f"{host_of(link.url)}: more than {MOST_REDIRECTS} redirects in a row", code="http/redirects")

    async def _open(self, link: Link, silence: float, ends: float) -> httpx.Response:
        client = self._client("files")
        guarded = "" if self._allow_local else wire_host(link.url)
        watch = Watch(real=self._transport is None, guarded=guarded, allowed=self._allowed)
        timeout = httpx.Timeout(silence, connect=min(CONNECT_SECONDS, silence))
        with translate_errors("GET", link.url, watch, self._secrets):
            request = client.build_request(
                "GET", link.url, headers=link.headers, timeout=timeout, extensions={"trace": watch}
            )
            async with watch, asyncio.timeout_at(ends):
                return await client.send(request, stream=True)

    def _client(self, pool: _Pool) -> httpx.AsyncClient:
        if self._transport is not None:
            pool = "kept"
        if pool not in self._clients:
            client = httpx.AsyncClient(
                transport=self._transport or ProxyingTransport(_POOLS[pool], self._certificates()),
                headers=self._headers,
                # httpx 0.28 takes `Authorization` off at another host and sends `x-goog-api-key` there (tried 2026-11).
                follow_redirects=False,
                event_hooks={"response": [_set_location_aside]},
            )
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._clients[pool] = client
        return self._clients[pool]

    def _certificates(self) -> SSLContext:
        if self._tls is None:
            self._tls = load_certificates()  # slow to load, so one for all pools
        return self._tls
