"""Which addresses may be fetched, where a redirect may lead, and which headers may go along."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from runner.net.messages import Link, Unsafe

# RFC 6052: networks without IPv4 reach all of it below this prefix, private addresses too.
_NAT64 = IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# By parts of names: each provider has a header of its own (`Authorization`, `x-goog-api-key`).
_CREDENTIAL = re.compile(r"(?i)auth|cookie|key|token|secret|credential|signature|password")


def require_safe(url: str, *, allow_local: bool) -> None:
    """Raise Unsafe where a link must not be fetched: not http(s), no host, or this machine's own networks."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")  # a name may end in the dot of the root
    if parts.scheme not in _DEFAULT_PORTS:
        raise Unsafe(f"a link of the kind {parts.scheme or 'without a scheme'!r} is not fetched, only https and http")
    if not host:
        raise Unsafe("a link without a host is not fetched")
    if not allow_local and (host == "localhost" or host.endswith(".localhost") or not _may_be_public(host)):
        raise private_address_error(host)


def private_address_error(host: str) -> Unsafe:
    """Return the error that says that `host` lies in a private network."""
    return Unsafe(
        f"{host} is an address of a private network or of this machine; a provider's result is not fetched from there",
        code="http/private-address",
        hint="a local emulator or gateway as base_url allows this",
    )


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open internet; False also for what is no address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.is_site_local:
            return False
        ip = ip.ipv4_mapped or ip.sixtofour or _translated(ip) or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _translated(ip: IPv6Address) -> IPv4Address | None:
    """Return the address behind a NAT64 gateway, where networks without IPv4 reach everything."""
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def follow_redirect(link: Link, location: str, *, allow_local: bool) -> Link:
    """Return the link that a redirect leads to, without credentials off the origin; Unsafe where it must not."""
    old, url = _split(link.url), urljoin(link.url, location)
    require_safe(url, allow_local=allow_local)
    new = _split(url)
    if (old.scheme, new.scheme) == ("https", "http") and not allow_local:
        raise Unsafe(
            f"{old.hostname} redirects from https to http at {new.hostname}", code="http/downgrade", retryable=False
        )
    headers = link.headers if _origin(old) == _origin(new) else without_credentials(link.headers)
    return Link(url=url, headers=headers)


def without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say nothing about who we are."""
    return {name: value for name, value in headers.items() if not _CREDENTIAL.search(name)}


def _may_be_public(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return True  # a name: the address that it leads to is looked at when the connection stands
    return is_public(host)


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # the only part that is checked lazily
    except ValueError as error:
        raise Unsafe("a link that is no valid URL is not fetched", code="http/invalid-url") from error
    return parts
