"""Which way a request goes: the machine's proxy variables, and NO_PROXY as machines have it.

The HTTP library makes every proxy when it starts, and raises for those that no request would take, and for words in
NO_PROXY that it cannot read: `[::1]`, ranges of addresses. Here a proxy is made when a request takes it.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from ssl import SSLContext
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from runner.errors import ConfigurationError
from runner.net.messages import NotSent
from runner.redaction import redact

_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, proxies: Mapping[str, str]) -> str:
    """Return the address of the proxy that a URL is asked for through; nothing where it is asked for directly."""
    parts = urlsplit(url)
    address = proxies.get(parts.scheme) or proxies.get("all") or ""
    port = parts.port or _PORTS.get(parts.scheme, 0)
    if not address or _is_exempt(parts.hostname or "", port, proxies.get("no", "")):
        return ""
    return address if "://" in address else f"http://{address}"


def _is_exempt(host: str, port: int, words: str) -> bool:
    # As curl reads it: spaces count as commas, a name stands for itself and all below it, `*` for everything.
    return any(_names(word, host.lower().rstrip("."), port) for word in words.replace(",", " ").lower().split())


def _names(word: str, host: str, port: int) -> bool:
    """Return whether one word of NO_PROXY means a host; a word that makes no sense means none."""
    name, wanted = _split_port(word.rpartition("://")[2])
    if wanted and wanted != str(port):
        return False
    if name == "*":
        return True
    try:
        return ip_address(host) in ip_network(name, strict=False)
    except ValueError:
        name = name.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(word: str) -> tuple[str, str]:
    """Return a word's host without brackets, and its port, if it has one."""
    if word.startswith("["):
        name, _, rest = word[1:].partition("]")
        # `[fd00::]/8`: what follows the bracket is a range or a port.
        return (name + rest, "") if rest.startswith("/") else (name, rest.removeprefix(":"))
    name, colon, port = word.rpartition(":")
    # More than one colon is an IPv6 address without brackets.
    return (name, port) if colon and ":" not in name else (word, "")


def check_proxies(urls: Iterable[str], certificates: SSLContext) -> None:
    """Refuse a proxy that one of the URLs would take and that cannot be used.

    Raises:
        ConfigurationError: naming the proxy and the way out.
    """
    proxies = getproxies()
    for url in urls:
        if address := proxy_for(url, proxies):
            _make_proxied(address, httpx.Limits(), certificates)  # opens nothing


def _make_proxied(address: str, limits: httpx.Limits, verify: SSLContext) -> httpx.AsyncHTTPTransport:
    """Make the transport that goes through a proxy.

    Raises:
        ConfigurationError: the proxy's address makes no sense, or its kind is not supported here.
    """
    try:
        _require_host(address)
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=httpx.Proxy(address))
    except ImportError as error:
        words = "is a SOCKS proxy, which needs the package socksio"
        hint = "pip install socksio; or unset ALL_PROXY, or name the provider's host in NO_PROXY"
        raise _unusable(address, words, hint) from error
    except (ValueError, httpx.InvalidURL) as error:
        hint = "write it as http://host:port (or socks5://host:port) in HTTPS_PROXY or ALL_PROXY, or unset it"
        raise _unusable(address, f"cannot be used: {error}", hint) from error


def _require_host(address: str) -> None:
    """Raise ValueError for an address that the HTTP library takes and that leads nowhere."""
    if not urlsplit(address).hostname or not address.isprintable() or " " in address:
        raise ValueError("it names no host")


def _unusable(address: str, words: str, hint: str) -> ConfigurationError:
    # By hand, because an address that makes no sense cannot be taken apart; it may hold a password.
    scheme, _, rest = address.partition("://")
    host = rest.rpartition("@")[2]
    return ConfigurationError(f"the proxy {scheme}://{host} {redact(words)}", code="settings/proxy", hint=hint)


class ProxyingTransport(httpx.AsyncBaseTransport):
    """The network, each request by the way that the machine's proxy variables say."""

    def __init__(self, limits: httpx.Limits, verify: SSLContext) -> None:
        self._limits = limits
        self._verify = verify
        self._proxies = getproxies()
        self._ways: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        return await self._way(proxy_for(str(request.url), self._proxies)).handle_async_request(request)

    def _way(self, address: str) -> httpx.AsyncHTTPTransport:
        if address not in self._ways:
            self._ways[address] = self._open(address)
        return self._ways[address]

    def _open(self, address: str) -> httpx.AsyncHTTPTransport:
        if not address:
            # Over TLS, HTTP/2 carried files at 125 MB/s and HTTP/1.1 at 316 (loopback, httpx 0.28.1, 2026-11).
            return httpx.AsyncHTTPTransport(http2=False, verify=self._verify, limits=self._limits)
        try:
            return _make_proxied(address, self._limits, self._verify)
        except ConfigurationError as error:
            # Where only a file is behind it: before the first intent the provider's own way was seen to be good.
            raise NotSent(error.message, code="http/proxy", hint=error.hint) from error

    async def aclose(self) -> None:
        """Close every way that was taken."""
        for way in self._ways.values():
            await way.aclose()
