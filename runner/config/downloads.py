"""Where results may come from besides the open internet: named by a person, in the environment or longtake.toml."""

from collections.abc import Mapping, Sequence

from runner.config.file import DOWNLOADS, NAME
from runner.errors import ConfigurationError
from runner.net.address_policy import ALLOW_VARIABLE, Allowed, parse_allowed


def allowed_downloads(environ: Mapping[str, str], file: Mapping[str, object]) -> Allowed:
    """Return the networks and hosts that were named; the environment counts instead of longtake.toml, not besides it.

    Raises:
        ConfigurationError: one of them is neither a network nor an address nor a host.
    """
    told = environ.get(ALLOW_VARIABLE, "").replace(",", " ").split()
    try:
        return parse_allowed(told or _read_file(file))
    except ValueError as error:
        raise ConfigurationError(
            f"{ALLOW_VARIABLE if told else f'`allow` under [downloads] in {NAME}'} names {str(error)!r},"
            " which is no network, address or host",
            code="settings/downloads",
            hint=f"for example: export {ALLOW_VARIABLE}=198.18.0.0/15,files.example,*.storage.example",
        ) from error


def _read_file(file: Mapping[str, object]) -> Sequence[str]:
    section = file.get(DOWNLOADS)
    allow = section.get("allow", []) if isinstance(section, dict) else []
    return [str(each) for each in allow] if isinstance(allow, list) else [str(allow)]
