"""Runs one foreign program: a deadline, cancellation without orphans, and output that cannot grow without bound."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from weakref import WeakKeyDictionary

from runner.errors import CheckFailed, ConfigurationError

_CHUNK = 1 << 16
_STDERR_END = 1 << 16
STDOUT_CAP = 1 << 26
_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class ToolFailed(CheckFailed):
    """A program ended badly, or said more than anyone can hold; the message carries its last words."""

    default_code = "media/tool-failed"


class ToolTimedOut(ToolFailed):
    """A program was still running at its deadline and was killed."""

    default_code = "media/timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended. Of a long stderr only both ends are kept."""

    returncode: int
    stdout: bytes
    stderr: str

    @property
    def last_words(self) -> str:
        """The last line that the program wrote to stderr."""
        lines = self.stderr.strip().splitlines()
        return lines[-1].strip() if lines else f"it said nothing and left with exit code {self.returncode}"


def core_limit() -> asyncio.Semaphore:
    """As many programs at once as there are cores, for the running loop: more bring no speed."""
    loop = asyncio.get_running_loop()
    return _limits.setdefault(loop, asyncio.Semaphore(os.cpu_count() or 1))


async def run(
    argv: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109 -- the deadline starts when the program does, not while it waits for a core
    limit: asyncio.Semaphore | None = None,
    stdout_cap: int = STDOUT_CAP,
) -> Finished:
    """Run a program to its end and hand over what it said; the exit code is the caller's to judge.

    Raises:
        ToolTimedOut: `timeout` seconds were not enough; the program is dead.
        ToolFailed: it wrote more than `stdout_cap` bytes; the program is dead.
        ConfigurationError: it cannot be started at all.
    """
    async with limit or core_limit():
        process = await _start(argv)
        try:
            async with asyncio.timeout(timeout):
                return await _finish(process, stdout_cap)
        except TimeoutError as error:
            words = f"{_name(argv)} did not finish within {timeout:g} s and was stopped"
            raise ToolTimedOut(words, hint="the file may be damaged, or the disk or the machine too busy") from error
        except ExceptionGroup as error:
            if not error.subgroup(_TooMuch):
                raise
            raise ToolFailed(f"{_name(argv)} wrote more than {stdout_cap} bytes and was stopped") from error
        finally:
            await _bury(process)


async def run_well(argv: Sequence[str], *, timeout: float) -> Finished:  # noqa: ASYNC109 -- as in `run`
    """Run a program that has to succeed.

    Raises:
        ToolFailed: it ended with an exit code other than 0.
    """
    finished = await run(argv, timeout=timeout)
    if finished.returncode:
        raise ToolFailed(f"{_name(argv)} failed: {finished.last_words}")
    return finished


class _TooMuch(Exception):
    """Stdout passed its cap."""


async def _start(argv: Sequence[str]) -> Process:
    try:
        # A group of its own: Ctrl-C on the terminal reaches longtake alone, which then decides what to stop.
        return await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, process_group=0)
    except OSError as error:
        words = f"{argv[0]} cannot be started: {os.strerror(error.errno or 0)}"
        hint = "set LONGTAKE_FFMPEG to a working ffmpeg; `longtake doctor` shows which one is used"
        raise ConfigurationError(words, code="ffmpeg/cannot-start", hint=hint) from error


async def _finish(process: Process, stdout_cap: int) -> Finished:
    async with asyncio.TaskGroup() as group:
        stdout = group.create_task(_read_all(_stream(process.stdout), stdout_cap))
        stderr = group.create_task(_read_ends(_stream(process.stderr)))
        code = group.create_task(process.wait())
    return Finished(returncode=code.result(), stdout=stdout.result(), stderr=stderr.result())


async def _read_all(stream: asyncio.StreamReader, cap: int) -> bytes:
    kept = bytearray()
    while chunk := await stream.read(_CHUNK):
        kept += chunk
        if len(kept) > cap:
            raise _TooMuch
    return bytes(kept)


async def _read_ends(stream: asyncio.StreamReader) -> str:
    head, tail = bytearray(), bytearray()
    while chunk := await stream.read(_CHUNK):
        room = _STDERR_END - len(head)
        head += chunk[:room]
        tail = (tail + chunk[room:])[-_STDERR_END:]
    return (head + tail).decode(errors="replace")


async def _bury(process: Process) -> None:
    """Leave no child behind, whichever way the wait for it ended."""
    if process.returncode is None:
        process.kill()
    # Not wait(): that does not return while a pipe holds what nobody has read.
    await asyncio.shield(process.communicate())


def _stream(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise AssertionError("both pipes were asked for")
    return stream


def _name(argv: Sequence[str]) -> str:
    return PurePath(argv[0]).name
