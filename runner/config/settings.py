"""Where and as whom to work: the environment, the storyboard, longtake.toml. Keys come from the environment only."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from runner.config.file import NAME, ConfigFile
from runner.config.hosts import Address, allowed_hosts, ascii_host, consent_error, describe, is_local, is_own, unallowed
from runner.errors import ConfigurationError
from runner.providers.catalog import Catalog, Pace
from runner.redaction import holds, redact
from runner.storyboard.model import Storyboard

SANDBOX_HOST = "http://sandbox.localhost"
REHEARSAL = "the built-in sandbox"
ACCESS_KEY = "access_key"
NO_BASE_URL = "settings/no-base-url"
# The emulator answers from this process and its tasks take a second: asked often, settled at once. Ten minutes for a
# task leave room for faults that delay it; a hang longer than that is one to see.
_SANDBOX_PACE = Pace(first=0.05, growth=1.1, ceiling=0.1, deadline=600, empty_grace=20, settle=1)
# What answers on this machine may be an emulator, and is asked often at first; or a relay to the real service, whose
# own patience is what counts.
_LOCAL_FIRST, _LOCAL_GROWTH, _LOCAL_CEILING = 0.05, 1.1, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One provider's address and account. The keys are kept out of every text form.

    `host` is where the key goes, `host_note` what a person should know of that before it does.
    """

    base_url: str
    upload_url: str
    key: str = field(repr=False)
    pace: Pace
    local: bool
    host: str = ""
    host_note: str = ""
    details: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be told."""
        return tuple(filter(None, (self.key, self.details.get(ACCESS_KEY, ""))))

    @property
    def account(self) -> str:
        """A fingerprint that tells accounts apart and gives nothing away; a project outlives its tokens."""
        # A hash, because the journal names the account; twelve digits tell a person's few accounts apart.
        whom = "".join(self.details.values()) or self.key
        return hashlib.sha256(f"longtake account {whom}".encode()).hexdigest()[:12]


def settings(
    storyboard: Storyboard,
    catalog: Catalog,
    environ: Mapping[str, str],
    file: Mapping[str, object],
    *,
    sandbox: bool,
    allow_hosts: Iterable[str] = (),
) -> Settings:
    """Return the settings of one run; `allow_hosts` may be sent the key besides those that were allowed before.

    Raises:
        ConfigurationError: no key is set, or it would go to a host that nobody has allowed; names it.
    """
    if sandbox:
        return _rehearsal(catalog)
    both = addresses(storyboard, catalog, environ, file)
    for address in unallowed(both, catalog, (*allow_hosts, *allowed_hosts(environ))):
        raise consent_error(address, catalog)
    base, uploads = (address.url for address in both)
    local, (access, key) = is_local(base), _read_keys(_for_host(catalog, both), environ)
    # Both are written into the run directory, in the journal's `opened` and as storyboard.yaml, which people share.
    for secret in filter(None, (access, key)):
        _refuse_key_in(f"{base} {uploads}", secret, "the base URL")
        _refuse_key_in(storyboard.source.text, secret, "the storyboard")
    details = {name: _read_detail(name, catalog, environ, file) for name in catalog.settings}
    return Settings(
        base_url=base,
        upload_url=uploads,
        key=key,
        pace=_local_pace(catalog.pace) if local else catalog.pace,
        local=local,
        host=both[0].host,
        host_note=note_hosts(both, catalog),
        details={**details, **({ACCESS_KEY: access} if access else {})},
    )


def is_rehearsal(endpoint: str) -> bool:
    """Return whether an endpoint is that of the built-in sandbox."""
    return endpoint.startswith(SANDBOX_HOST)


def _rehearsal(catalog: Catalog) -> Settings:
    base = f"{SANDBOX_HOST}/{catalog.sandbox}"
    return Settings(
        base_url=base,
        upload_url=base,
        key="no-key-needed",
        pace=_SANDBOX_PACE,
        local=True,
        host=REHEARSAL,
        details=dict.fromkeys(catalog.settings, "sandbox"),
    )


def _local_pace(pace: Pace) -> Pace:
    return replace(pace, first=_LOCAL_FIRST, growth=_LOCAL_GROWTH, ceiling=_LOCAL_CEILING)


def _read_detail(name: str, catalog: Catalog, environ: Mapping[str, str], file: Mapping[str, object]) -> str:
    """Read one thing that the catalog asks for: from the environment, or from the provider's part of longtake.toml."""
    own = f"LONGTAKE_{_variable_part(catalog.provider)}_{_variable_part(name)}"
    variables = (own, *catalog.settings[name])
    found = next(filter(None, (environ.get(each, "").strip() for each in variables)), "")
    found = found or str(_section(catalog, file).get(name, ""))
    if found:
        return _require_sendable(name, found)
    raise ConfigurationError(
        f"no {name} for {catalog.title}: none of {', '.join(variables)} is set",
        code=f"settings/no-{name}",
        hint=f"export {catalog.settings[name][0]}=…, or write {name} under [{catalog.provider}] in {NAME};"
        " or rehearse without an account: add --sandbox",
    )


def _variable_part(name: str) -> str:
    """Return a name as a part of a variable's name."""
    return name.upper().replace("-", "_")


def _section(catalog: Catalog, file: Mapping[str, object]) -> Mapping[str, object]:
    section = file.get(catalog.provider)
    return section if isinstance(section, dict) else {}


def addresses(
    storyboard: Storyboard, catalog: Catalog, environ: Mapping[str, str], file: Mapping[str, object]
) -> tuple[Address, Address]:
    """Return base URL and upload URL; setting the one moves the other with it, unless it is given too."""
    prefix = f"LONGTAKE_{_variable_part(catalog.provider)}"
    base = _from_environment(f"{prefix}_BASE_URL", environ) or _from_storyboard(storyboard)
    base = base or _from_file("base_url", catalog, file)
    uploads = _from_environment(f"{prefix}_UPLOAD_URL", environ) or _from_file("upload_url", catalog, file)
    for address in filter(None, (base, uploads)):
        _refuse_unsafe_address(address.url)
    if not base and not catalog.base_url:
        spoken = f"dialect: {catalog.dialect}, " if catalog.dialect else ""
        raise ConfigurationError(
            f"the address of {catalog.title} is unknown: there is no base URL",
            code=NO_BASE_URL,
            hint=f"write `provider: {{name: {catalog.provider}, {spoken}base_url: https://…}}`,"
            f" or export {prefix}_BASE_URL; or rehearse without it: add --sandbox",
        )
    found = base or Address(url=catalog.base_url), uploads or base or Address(url=catalog.upload_url)
    return replace(found[0], url=found[0].url.rstrip("/")), replace(found[1], url=found[1].url.rstrip("/"))


def _from_storyboard(storyboard: Storyboard) -> Address | None:
    written = storyboard.provider.base_url
    line, _ = storyboard.source.locate(("provider", "base_url"))
    return Address(url=written, said_by=f"{storyboard.source.file or 'the storyboard'}:{line}") if written else None


def _from_environment(variable: str, environ: Mapping[str, str]) -> Address | None:
    url = environ.get(variable)
    return Address(url=url, said_by=variable, from_person=True) if url else None


def _from_file(setting: str, catalog: Catalog, file: Mapping[str, object]) -> Address | None:
    url = str(_section(catalog, file).get(setting, ""))
    place = file.place(catalog.provider, setting) if isinstance(file, ConfigFile) else NAME
    return Address(url=url, said_by=place) if url else None


def note_hosts(both: tuple[Address, Address], catalog: Catalog) -> str:
    """Say what a person should know of where key and pictures go; nothing of the provider's own addresses."""
    base, uploads = both
    apart = describe(uploads, catalog) if uploads.url and uploads.host != base.host else ""
    return "; ".join(filter(None, (describe(base, catalog), apart and f"pictures go to {uploads.host}: {apart}")))


def _for_host(catalog: Catalog, both: tuple[Address, Address]) -> Catalog:
    """Return the page with the keys that may go to these addresses: a provider's own key may stay with itself."""
    own = all(not address.url or is_own(address.url, catalog) for address in both)
    if own or not catalog.relay_key_names:
        return catalog
    title = f"{catalog.title} at {both[0].host} (its own key goes to its own hosts only)"
    return replace(catalog, title=title, key_names=catalog.relay_key_names, key_pair=())


def _refuse_unsafe_address(address: str) -> None:
    """Refuse a base address with a user, a query or a fragment: one that has them mostly holds a key."""
    try:
        parts = urlsplit(address)
        scheme, host, _ = parts.scheme, ascii_host(address), parts.port
    except ValueError:
        scheme, host, parts = "", "", urlsplit("")
    # Spaces, controls and backslashes are read differently by different programs, as one host or as another.
    if scheme not in ("http", "https") or not host or not address.isprintable() or {" ", "\\"} & set(address):
        raise ConfigurationError(f"{redact(address)!r} is not an http(s) address", code="settings/base-url")
    if "@" in parts.netloc or "?" in address or "#" in address:
        raise ConfigurationError(
            f"the address at {host} holds a user, a query or a fragment; it is written down, so it must hold no secret",
            code="settings/base-url",
            hint="give scheme, host and path alone; the key belongs in its own variable",
        )


def _refuse_key_in(text: str, key: str, what: str) -> None:
    if holds(text, key):
        raise ConfigurationError(
            f"{what} holds the key itself, and is written down in the run directory",
            code="settings/key-in-file",
            hint="take the key out; it is read from the environment only. It may be best to replace it",
        )


def _read_keys(catalog: Catalog, environ: Mapping[str, str]) -> tuple[str, str]:
    """Read an access key, where one signs for the account, and the key or secret."""
    pair = [environ.get(name, "").strip() for name in catalog.key_pair]
    if pair and all(pair):
        return _require_sendable(catalog.key_pair[0], pair[0]), _require_sendable(catalog.key_pair[1], pair[1])
    # A pair set by half is a mistake, not a reason to fall back to another key, which may be another account.
    if any(pair):
        there, missing = catalog.key_pair if pair[0] else catalog.key_pair[::-1]
        words = f"{there} is set, but {missing} is not"
        raise ConfigurationError(words, code="settings/no-key", hint=f"export {missing}=… too, or unset {there}")
    for name in catalog.key_names:
        key = environ.get(name, "").strip()
        if key:
            return "", _require_sendable(name, key)
    if catalog.key_optional:
        return "", ""
    both = [" and ".join(catalog.key_pair)] if pair else []
    raise ConfigurationError(
        f"no key for {catalog.title}: {' or '.join([*catalog.key_names, *both])} is not set",
        code="settings/no-key",
        hint=f"export {catalog.key_names[0]}=…, or rehearse without a key: add --sandbox",
    )


def find_unsendable(value: str) -> int:
    """Return the place of the first letter that no header can carry, counted from 1; 0 where there is none."""
    return next((place for place, letter in enumerate(value, 1) if not ("!" <= letter <= "~")), 0)


def _require_sendable(name: str, value: str) -> str:
    """Return a key or setting that a request can carry.

    Raises:
        ConfigurationError: naming the variable and the place, never the value.
    """
    place = find_unsendable(value)
    if not place:
        return value
    raise ConfigurationError(
        f"{name} cannot be sent: its letter {place} of {len(value)} is a space, a control character or no ASCII letter",
        code="settings/key-letters",
        hint="copy it again, without quotes, line breaks or blanks; keys are made of plain letters",
    )
