"""One process of a run at a hostile provider: what it is given to work with, in all of which it may die."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from runner.backends.local import LocalArtifactStore, LocalRunStore
from runner.backends.memory import MemoryInspector
from runner.context import Context
from runner.files import Disk
from runner.media.ffmpeg.tools import Tools
from runner.net.client import Web
from runner.providers.base import Account
from runner.providers.catalog import Pace
from runner.providers.registry import BUILT_IN, Entry, entry
from runner.providers.sanitized import SanitizedProvider
from runner.reporting import ignore_reports
from runner.storyboard.load import parse
from runner.storyboard.model import Storyboard
from tests.execution.studio import UNSEEN
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Life
from tests.hostile.server import ROUTE, Door

PACE = Pace(first=1, growth=1, ceiling=1, deadline=9, empty_grace=1, settle=1)
HOPS = 2
KEY = "a-key-that-is-secret"


@cache
def spoken() -> tuple[str, ...]:
    """Every provider in each of its dialects."""
    found = ((name, entry(name)) for name in sorted(BUILT_IN))
    return tuple(
        "/".join(filter(None, (name, dialect)))
        for name, page in found
        if page
        for dialect in page.catalog.dialects or ("",)
    )


@cache
def page_of(provider: str) -> Entry:
    """A provider in a dialect, as the engine meets it."""
    name, _, dialect = provider.partition("/")
    found = entry(name, dialect)
    assert found
    return found


@cache
def board_of(provider: str) -> Storyboard:
    """A storyboard of two hops."""
    name, _, dialect = provider.partition("/")
    model = page_of(provider).catalog.model(page_of(provider).catalog.default_model)
    assert model
    options = dict.fromkeys(model.extension_needs, "gs://my-bucket/films")
    lines = [
        "storyboard: 1",
        f"provider: {{name: {name}{f', dialect: {dialect}' if dialect else ''}}}",
        f"checks: {json.dumps({**UNSEEN, 'on_fail': 'warn'})}",
        f"initial: {{prompt: a dog trots along, duration: {min(model.durations):g}}}",
        *(["options: {" + ", ".join(f"{each}: {value}" for each, value in options.items()) + "}"] if options else []),
        "extensions:",
        *["  - prompt: it goes on and on"] * (HOPS - 1),
    ]
    return parse("\n".join(lines).encode())


class MortalDisk(Disk):
    """A disk that nobody flushes, under a process that may die before and after each act on it."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def append(self, descriptor: int, data: bytes) -> None:
        """Add to a file."""
        self._life.act()
        os.write(descriptor, data)
        self._life.act()

    def replace(self, temporary: Path, final: Path) -> None:
        """Give a file its name."""
        self._life.act()
        temporary.replace(final)
        self._life.act()

    def flush_folder(self, path: Path) -> None:
        """Do nothing."""


class Asked:
    """A provider that says what its next request is for."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._provider, name)
        if name == "link":
            return inner
        route = name if name in ("submit", "look", "find") else "other"

        async def ask(*words: Any) -> Any:
            token = ROUTE.set(route)
            try:
                return await inner(*words)
            finally:
                ROUTE.reset(token)

        return ask


class MortalClock(FakeClock):
    """A clock that jumps, in a process that may die in its sleep."""

    def __init__(self, clock: FakeClock, life: Life) -> None:
        super().__init__()
        self._clock, self._life = clock, life

    def now(self) -> float:
        """Return what the shared clock says."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return what the shared clock says."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep, or die."""
        self._life.act()
        await self._clock.jump(seconds)


@asynccontextmanager
async def opened(page: Entry, root: Path, clock: FakeClock, door: Door) -> AsyncIterator[Context]:
    """What a process works with, behind the door of its server."""
    life = door.life
    mortal, disk = MortalClock(clock, life), MortalDisk(life)
    base = f"http://sandbox.localhost/{page.catalog.sandbox}"
    settings = dict.fromkeys(page.catalog.settings, "sandbox")
    account = Account(base_url=base, upload_url=base, key=KEY, settings=settings)
    async with Web(transport=door, secrets=(KEY,), allow_local=True) as web:
        provider: Any = Asked(SanitizedProvider(page.connect(account, web, mortal), web))
        yield Context(
            entry=page,
            provider=provider,
            web=web,
            disk=disk,
            clock=mortal,
            tools=cast("Tools", None),  # nothing is rendered
            inspector=MemoryInspector(),
            store=LocalRunStore(root.parent, disk=disk, clock=mortal),
            artifacts=LocalArtifactStore(root, disk=disk),
            report=ignore_reports,
            pace=PACE,
            endpoint=base,
            account="a",
        )
