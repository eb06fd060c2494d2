"""longtake doctor."""

import asyncio
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from runner.api.preflight import (
    Finding,
    inspect_downloads,
    inspect_letters,
    inspect_login,
    inspect_network,
    inspect_place,
    inspect_tools,
)
from runner.cli.options import PATH, style_of, style_options
from runner.clock import SystemClock
from runner.config.file import read_config
from runner.config.hosts import allowed_hosts, unallowed
from runner.config.settings import addresses, note_hosts
from runner.console.output import emit, out, paint
from runner.errors import ConfigurationError
from runner.media.ffmpeg.tools import find_tools
from runner.providers.catalog import Catalog
from runner.providers.registry import entry, names
from runner.storyboard.model import ProviderChoice, Storyboard
from runner.version import __version__

# Chosen, not measured: with less, a run may well stop for a full disk, which costs time but no money.
_GIBIBYTE = 1 << 30
_NEEDED = ("ffmpeg", "disk", "runs", "clock", "network", "downloads")
# 2023-11-14: earlier than any model in the catalog, so such a clock would misjudge every deadline.
_SANE_YEAR = 1_700_000_000


@click.command(short_help="What is found on this machine.")
@click.option("--runs-dir", type=PATH, default=Path("runs"), show_default=True, help="Where runs would lie.")
@style_options
def doctor(runs_dir: Path, **values: object) -> int:
    """Show the tools, keys, disk and clock that a run would meet. Keys are never printed; nothing is sent."""
    style = style_of(values)
    findings = [*_check_machine(), *_check_tools(), *_check_keys(), *_check_network(), *_check_disk(runs_dir)]
    for found in findings:
        if style.json:
            emit({"event": "finding", "name": found.name, "good": found.good, "message": found.words})
        else:
            mark = paint("ok  ", "green", style) if found.good else paint("miss", "yellow", style)
            out(f"{mark}  {found.name:<15} {found.words}")
    # Keys are not among them: a rehearsal needs none.
    unusable = any(not found.good for found in findings if found.name in _NEEDED)
    return ConfigurationError.exit_code if unusable else 0


def _check_machine() -> Iterator[Finding]:
    yield Finding(
        name="longtake", good=True, words=f"{__version__}, Python {platform.python_version()} on {platform.system()}"
    )
    now = SystemClock().now()
    yield Finding(
        name="clock", good=now > _SANE_YEAR, words="sane" if now > _SANE_YEAR else "the system clock is far in the past"
    )


def _check_tools() -> Iterator[Finding]:
    try:
        tools = asyncio.run(find_tools(os.environ))
    except ConfigurationError as error:
        yield Finding(name="ffmpeg", good=False, words=f"{error.message} {error.hint}")
        return
    yield inspect_tools(tools)
    probe = tools.ffprobe
    words = f"{probe.version} from {probe.origin}: {probe.path}" if probe else "not found; ffmpeg reads the same facts"
    yield Finding(name="ffprobe", good=True, words=words)


def _check_network() -> Iterator[Finding]:
    pages = [catalog for name in names() for catalog in _catalogs_of(name)]
    yield inspect_network([catalog.base_url for catalog in pages if catalog.base_url])
    try:
        yield inspect_downloads(os.environ, read_config(Path.cwd()))
    except ConfigurationError as error:
        yield Finding(name="downloads", good=False, words=error.message)


def _check_keys() -> Iterator[Finding]:
    told = set[tuple[str, ...]]()
    for name in names():
        for catalog in _catalogs_of(name):
            if catalog.key_names in told:  # dialects that share a key
                continue
            told.add(catalog.key_names)
            yield _check_key(name, catalog)


def _catalogs_of(name: str) -> Iterator[Catalog]:
    """Yield a provider's page in each of its dialects."""
    found = entry(name)
    for dialect in found.catalog.dialects or ("",) if found else ():
        spoken = entry(name, dialect)
        if spoken:
            yield spoken.catalog


def _check_key(name: str, catalog: Catalog) -> Finding:
    there = [key for key in catalog.key_pair if os.environ.get(key, "").strip()]
    pair = " and ".join(catalog.key_pair)
    title = f"{name} key" if not catalog.dialect or catalog.key_pair else f"{name}, gateways"
    if there and len(there) < len(catalog.key_pair):
        missing = next(key for key in catalog.key_pair if key not in there)
        return Finding(name=title, good=False, words=f"{there[0]} set, but {missing} is not: they belong together")
    if letters := next(inspect_letters(catalog, os.environ), ""):
        return Finding(name=title, good=False, words=letters)
    held = [*([pair] if there else []), *(key for key in catalog.key_names if os.environ.get(key, "").strip())]
    if held:
        return Finding(name=title, good=True, words=f"{held[0]} set{_say_where(catalog)}")
    good, without = _check_login(catalog)
    return Finding(
        name=title, good=good, words=f"{' or '.join(filter(None, (*catalog.key_names, pair)))} not set ({without})"
    )


def _check_login(catalog: Catalog) -> tuple[bool, str]:
    """Return whether a run can do without a key, and why."""
    if not catalog.key_optional:
        return False, "--sandbox needs none"
    barred = inspect_login(os.environ)
    return not barred, barred or "signs in with Application Default Credentials"


def _say_where(catalog: Catalog) -> str:
    """Say where a key would go, as environment and longtake.toml have it; a storyboard may name another address."""
    plain = Storyboard(provider=ProviderChoice(name=catalog.provider), hops=())
    try:
        both = addresses(plain, catalog, os.environ, read_config(Path.cwd()))
    except ConfigurationError as error:
        return f"; {error.message}"
    note = note_hosts(both, catalog)
    refused = unallowed(both, catalog, allowed_hosts(os.environ))
    asks = f"; not allowed yet: --allow-host {refused[0].host}" if refused else ""
    return f", goes to {both[0].host}{f': {note}' if note else ''}{asks}"


def _check_disk(runs_dir: Path) -> Iterator[Finding]:
    folder = next(path for path in (runs_dir.absolute(), *runs_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    words = f"{free / _GIBIBYTE:.1f} GiB free in {folder}" + ("" if writable else ", which is not writable")
    yield Finding(name="disk", good=writable and free > _GIBIBYTE, words=words)
    if writable:
        yield inspect_place(folder)
