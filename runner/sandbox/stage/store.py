"""Keeps made files: each is made once, under a name that says what is in it, by whoever asks first."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

Maker = Callable[[Path], Awaitable[None]]

_EDITION = "2"
"""Part of every key: a new way of drawing gets new names."""


class Store:
    """The files of one folder, shared with other processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def once(self, name: str, make: Maker) -> Path:
        """Return the file `name`, made now if it is not there; askers in one process share the making."""
        final = self.folder / name
        if final.exists():
            return final
        job = self._jobs.get(name)
        if job is None or job.get_loop() is not asyncio.get_running_loop():
            job = asyncio.create_task(_make(final, make))
            self._jobs[name] = job
            job.add_done_callback(lambda done: self._forget(name, done))
        # The asker may leave; the making goes on for whoever asks next.
        await asyncio.shield(job)
        return final

    def _forget(self, name: str, job: asyncio.Task[None]) -> None:
        if self._jobs.get(name) is job:
            del self._jobs[name]
        if not job.cancelled():
            job.exception()


async def _make(final: Path, make: Maker) -> None:
    """Make a file beside its place and move it there; another process may do the same, and either result will do."""
    temporary = final.with_name(f".{secrets.token_hex(6)}.{final.name}")
    try:
        await make(temporary)
        temporary.replace(final)
    finally:
        remove(temporary)


def remove(*paths: Path) -> None:
    """Remove temporary files that may be there."""
    for path in paths:
        path.unlink(missing_ok=True)


def key(*values: object) -> str:
    """Return a name for what is made from `values`."""
    return hashlib.sha256(repr((_EDITION, values)).encode()).hexdigest()[:20]
