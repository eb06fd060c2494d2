"""Where a run would send the key, said before it does."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runner.api.runs import RunOptions, provider_of
from runner.config.file import read_config
from runner.config.hosts import Address, allowed_hosts, describe, unallowed
from runner.config.settings import NO_BASE_URL, REHEARSAL, addresses, note_hosts
from runner.errors import ConfigurationError
from runner.planning.model import Plan
from runner.providers.catalog import Catalog
from runner.storyboard.model import Storyboard


def name_host(planned: Plan, *, sandbox: bool, environ: Mapping[str, str] | None = None) -> Plan:
    """Return a plan with the host that it would be sent to, and what a person should know of that.

    Raises:
        ConfigurationError: what is set as an address is none.
    """
    if sandbox:
        return replace(planned, host=REHEARSAL)
    both = _addresses(planned.storyboard, planned.catalog, os.environ if environ is None else environ)
    return replace(planned, host=both[0].host, host_note=note_hosts(both, planned.catalog)) if both else planned


def unallowed_hosts(
    storyboard: Storyboard, options: RunOptions, environ: Mapping[str, str] | None = None
) -> Sequence[tuple[Address, str]]:
    """Return the addresses that the key may not go to before a person says so, each with what is odd about it."""
    if options.sandbox:
        return ()
    known = os.environ if environ is None else environ
    catalog = provider_of(storyboard).catalog
    both = _addresses(storyboard, catalog, known)
    found = unallowed(both, catalog, (*options.allow_hosts, *allowed_hosts(known))) if both else ()
    return [(address, describe(address, catalog)) for address in found]


def _addresses(storyboard: Storyboard, catalog: Catalog, environ: Mapping[str, str]) -> tuple[Address, Address] | None:
    """Return where the key and the pictures would go; None where that is not set yet, which a plan can do without."""
    try:
        return addresses(storyboard, catalog, environ, read_config(Path.cwd()))
    except ConfigurationError as error:
        if error.code == NO_BASE_URL:
            return None
        raise
