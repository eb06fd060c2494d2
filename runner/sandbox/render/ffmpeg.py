"""Runs FFmpeg on the event loop, few at a time; whoever is cancelled leaves no process behind."""

import asyncio
import os
from collections.abc import Sequence
from subprocess import DEVNULL, PIPE, Popen

# Of the environment, what it takes to start: a key that lies there is nothing for another program.
_HANDED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "LD_PRELOAD")


class RenderFailed(Exception):
    """FFmpeg could not make a file; carries its last words."""


class Ffmpeg:
    """One FFmpeg program with a limit on how many run at once."""

    def __init__(self, program: str, *, limit: int = 2) -> None:
        self.program = program
        self._limit = limit
        self._gate: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    async def run(self, arguments: Sequence[str], *, given: bytes | None = None) -> bytes:
        """Run with `arguments`, `given` on its standard input; return what it wrote to standard output."""
        async with self._semaphore():
            return await self._run(arguments, given)

    def _semaphore(self) -> asyncio.Semaphore:
        """Return the gate of the running loop: one emulator may live through several loops, one after another."""
        loop = asyncio.get_running_loop()
        if self._gate is None or self._gate[0] is not loop:
            self._gate = (loop, asyncio.Semaphore(self._limit))
        return self._gate[1]

    async def _run(self, arguments: Sequence[str], given: bytes | None) -> bytes:
        argv = [self.program, "-hide_banner", "-v", "error", "-y", *arguments]
        if given is None:
            argv.insert(1, "-nostdin")
        source, environ = DEVNULL if given is None else PIPE, {n: os.environ[n] for n in _HANDED_ON if n in os.environ}
        try:
            # Not asyncio's own starter: a loop that ends while it starts a program can wait for ever (Python 3.11).
            process = Popen(argv, stdin=source, stdout=PIPE, stderr=PIPE, env=environ, umask=0o077)  # noqa: ASYNC220, S603 -- as said; our own arguments
        except OSError as error:
            raise RenderFailed(f"ffmpeg at {self.program} does not start: {error.strerror}") from error
        # Shielded: who is cancelled kills the program and waits for its end, so that it is reaped and its pipes close.
        end = asyncio.get_running_loop().run_in_executor(None, process.communicate, given)
        try:
            output, words = await asyncio.shield(end)
        except asyncio.CancelledError:
            process.kill()
            await end
            raise
        if process.returncode:
            raise RenderFailed(words.decode(errors="replace").strip().rpartition("\n")[2] or "ffmpeg failed")
        return output
