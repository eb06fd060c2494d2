"""Which addresses may be fetched, where a redirect may lead, and which headers may go along."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit

from runner.net.messages import Link, Unsafe

# RFC 6052: networks without IPv4 reach all of it below this prefix, private addresses too.
_NAT64 = IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# By parts of names: each provider has a header of its own (`Authorization`, `x-goog-api-key`).
_CREDENTIAL = re.compile(r"(?i)auth|cookie|key|token|secret|credential|signature|password")


# RFC 2544: for measuring networks, so nobody's own. Proxies in fake-IP mode (Clash, mihomo, sing-box, Surge) answer
# every name with an address of it.
_FAKE = IPv4Network("198.18.0.0/15")
ALLOW_VARIABLE, ALLOW_SETTING = "LONGTAKE_DOWNLOADS_ALLOW", "`allow` under [downloads] in longtake.toml"
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]|\.(?=[a-z0-9_]))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Networks, and hosts by name, that a person lets results come from although they are not of the open internet.

    A name that begins with ``*.`` stands for every name below it.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def has_host(self, host: str) -> bool:
        """Whether this very name, or one above it, was named."""
        labels = host.lower().split(".")
        above = {"*." + ".".join(labels[first:]) for first in range(1, len(labels))}
        return not self.hosts.isdisjoint({host.lower(), *above})

    def has_address(self, address: str) -> bool:
        """Whether an IP address lies in one of the networks."""
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(ip in network for network in self.networks)


NOTHING_ALLOWED = Allowed()


def parse_allowed(words: Iterable[str]) -> Allowed:
    """Return networks, addresses and hosts as they were written; ValueError names the one that is none of them."""
    networks, hosts = list[IPv4Network | IPv6Network](), set[str]()
    for word in words:
        try:
            networks.append(ip_network(word.strip("[]"), strict=False))
        except ValueError:
            if not _NAME.fullmatch(word.lower()) or word.replace(".", "").isdigit():
                raise ValueError(word) from None
            hosts.add(word.lower())
    return Allowed(networks=tuple(networks), hosts=frozenset(hosts))


def require_safe(url: str, *, allow_local: bool, allowed: Allowed = NOTHING_ALLOWED) -> None:
    """Raise Unsafe where a link must not be fetched: not http(s), no host, or this machine's own networks."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")  # a name may end in the dot of the root
    if parts.scheme not in _DEFAULT_PORTS:
        raise Unsafe(f"a link of the kind {parts.scheme or 'without a scheme'!r} is not fetched, only https and http")
    if not host:
        raise Unsafe("a link without a host is not fetched")
    if allow_local or allowed.has_host(host) or allowed.has_address(host):
        return
    if host == "localhost" or host.endswith(".localhost") or not _may_be_public(host):
        raise private_address_error(host)


def require_safe_peer(host: str, address: str, allowed: Allowed) -> None:
    """Raise Unsafe where a connection to `host` leads into a network that results may not come from."""
    if not (is_public(address) or allowed.has_host(host) or allowed.has_address(address)):
        raise private_address_error(host, address)


def private_address_error(host: str, address: str = "") -> Unsafe:
    """Return the error that says that `host` lies in a private network, and which setting lets it through."""
    where = f"{host} leads to {address}," if address and address != host else f"{host} is"
    cause, what = "", address or host
    if address and _is_fake(address):
        what = str(_FAKE)
        cause = f"a proxy on this machine seems to answer every name with an address of {_FAKE} (fake-IP mode). "
    return Unsafe(
        f"{where} an address of a private network or of this machine; a provider's result is not fetched from there",
        code="http/private-address",
        hint=f"{cause}If it is right, allow it: export {ALLOW_VARIABLE}={what}, or write it to {ALLOW_SETTING}",
    )


def _is_fake(address: str) -> bool:
    return Allowed(networks=(_FAKE,)).has_address(address)


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


def follow_redirect(link: Link, location: str, *, allow_local: bool, allowed: Allowed = NOTHING_ALLOWED) -> Link:
    """Return the link that a redirect leads to, without credentials off the origin; Unsafe where it must not."""
    old, url = _split(link.url), _join(link.url, location)
    require_safe(url, allow_local=allow_local, allowed=allowed)
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


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common; False for what is no address."""
    try:
        return _origin(_split(one)) == _origin(_split(other))
    except Unsafe:
        return False


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError as error:
        raise Unsafe("a redirect to what is no valid URL is not followed", code="http/invalid-url") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # the only part that is checked lazily
    except ValueError as error:
        raise Unsafe("a link that is no valid URL is not fetched", code="http/invalid-url") from error
    return parts
