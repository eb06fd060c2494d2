"""Where keys go: which addresses are a provider's own, and which others a person has allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from runner.errors import ConfigurationError
from runner.files import Disk, explain_os_errors
from runner.providers.catalog import Catalog

ALLOW_HOSTS = "LONGTAKE_ALLOW_HOSTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a key would go, and who says so: a variable, or a file with its line; nobody where the catalog does.

    `from_person`: it stands in the environment, where the key comes from as well.
    """

    url: str
    said_by: str = ""
    from_person: bool = False

    @property
    def host(self) -> str:
        """The host as people are shown it and as they allow it, with its port, and with the scheme if that is http."""
        parts = urlsplit(self.url)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else ascii_host(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{'http://' if parts.scheme == 'http' else ''}{name}{port}"


def ascii_host(url: str) -> str:
    """Return a host's name as it is looked up: letters of other scripts that look like Latin ones are seen then.

    Raises:
        ValueError: there can be no such host.
    """
    name = (urlsplit(url).hostname or "").rstrip(".")
    return name if name.isascii() else name.encode("idna").decode()


def is_local(url: str) -> bool:
    """Return whether an address is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    from ipaddress import ip_address  # a dry run sends nothing

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_own(url: str, catalog: Catalog) -> bool:
    """Return whether an address is one of the provider's own, or on this machine."""
    return is_local(url) or any(fnmatchcase(ascii_host(url), host) for host in own_hosts(catalog))


def own_hosts(catalog: Catalog) -> tuple[str, ...]:
    """Return the hosts that are the provider's own; `*` stands for any letters."""
    known = [ascii_host(url) for url in (catalog.base_url, catalog.upload_url) if url]
    return tuple(dict.fromkeys([*known, *catalog.hosts]))


def allowed_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts that a person allowed: in the environment, or by an earlier yes."""
    file = _remembered(environ)
    try:
        # A file and nothing else: a pipe would hold us until somebody writes into it.
        kept = file.read_text(encoding="utf-8").splitlines() if file and file.is_file() else []
    except (OSError, ValueError):
        kept = []
    return frozenset(filter(None, map(_plain, [*environ.get(ALLOW_HOSTS, "").split(","), *kept])))


def remember_host(host: str, environ: Mapping[str, str]) -> None:
    """Keep a person's yes to a host, in a file for this user alone.

    Raises:
        ConfigurationError: there is no place for it.
    """
    file = _remembered(environ)
    if file is None:
        hint = f"export {ALLOW_HOSTS}={host} instead"
        raise ConfigurationError("there is no home folder to remember hosts in", code="settings/no-home", hint=hint)
    # Resolved: people keep their settings elsewhere and link to them.
    file, known = file.resolve(), sorted({*allowed_hosts({**environ, ALLOW_HOSTS: ""}), host})
    with explain_os_errors(file):
        disk = Disk()
        disk.make_folder(file.parent)
        disk.write(file, "".join(f"{each}\n" for each in known).encode())


def _remembered(environ: Mapping[str, str]) -> Path | None:
    """Return the file of allowed hosts, after the XDG base directory specification."""
    own, home = Path(environ.get("XDG_CONFIG_HOME", "")), Path(environ.get("HOME", ""))
    folder = own if own.is_absolute() else home / ".config"
    return folder / "longtake" / "hosts" if folder.is_absolute() else None


def unallowed(addresses: Sequence[Address], catalog: Catalog, allowed: Iterable[str]) -> tuple[Address, ...]:
    """Return the addresses that no key may go to before a person says so, each host once."""
    known = frozenset(map(_plain, allowed))
    return tuple({each.host: each for each in addresses if _needs_consent(each, catalog, known)}.values())


def _needs_consent(address: Address, catalog: Catalog, allowed: frozenset[str]) -> bool:
    # Who writes a whole address into the environment, where keys come from, has said its host and its scheme.
    if not address.url or is_local(address.url) or address.from_person:
        return False
    plain = urlsplit(address.url).scheme == "http"
    if not plain and is_own(address.url, catalog):
        return False
    # A host that is allowed without a port is allowed at every port.
    name = f"{'http://' if plain else ''}{ascii_host(address.url)}"
    return not {address.host, name} & allowed


def _plain(host: str) -> str:
    """Return a host as people write it in the form that is compared."""
    return host.strip().lower().removeprefix("https://").rstrip("/")


def describe(address: Address, catalog: Catalog) -> str:
    """Say what is odd about an address, and who says it; nothing of one that is the provider's own, with https."""
    odd = "on this machine" if is_local(address.url) else _oddities(address, catalog)
    return f"{odd} ({address.said_by})" if odd and address.said_by else odd


def _oddities(address: Address, catalog: Catalog) -> str:
    foreign = [] if is_own(address.url, catalog) else [f"not an address of {catalog.title} itself"]
    plain = ["asked without encryption"] if urlsplit(address.url).scheme == "http" else []
    return " and ".join([*foreign, *plain])


def consent_error(address: Address, catalog: Catalog) -> ConfigurationError:
    """Return what stops a run whose key would go to an address that nobody has allowed."""
    return ConfigurationError(
        f"your key for {catalog.title} would go to {address.host}, which is {_oddities(address, catalog)};"
        f" so says {address.said_by or 'the catalog'}",
        code="settings/host-not-allowed",
        hint="nothing was sent. If you trust that host with your key and your prompts, allow it: for this command with"
        f" --allow-host {address.host}, for all with `export {ALLOW_HOSTS}={address.host}`. At a terminal longtake"
        " asks, and remembers a yes. If you do not trust it, take the address out",
        next_command=f"--allow-host {quote(address.host)}",
    )
