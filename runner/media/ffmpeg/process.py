"""Runs one foreign program: a deadline, cancellation without orphans, and output that cannot grow without bound."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePath
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import BinaryIO
from weakref import WeakKeyDictionary

from runner.errors import CheckFailed, ConfigurationError
from runner.files import kill_group

_CHUNK = 1 << 16  # what a Linux pipe holds
# Of stderr, at each end: enough for the headers of a file and its last complaints, however many there are.
_STDERR_END = 1 << 16
_KILL_WAIT = 5.0
# Two cores decode 720p 25 times as fast as it plays (590 frames a second, 2026-11); a busy machine gets a hundredfold.
_SLOWEST = 4.0
# The packet table of a film of an hour has some 20 MiB.
STDOUT_CAP = 1 << 26
# What a program needs to start, to find its libraries and devices, and to speak; all else is none of its business.
_HANDED_ON = frozenset((
    "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_NUMERIC",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "NIX_LD", "NIX_LD_LIBRARY_PATH", "FONTCONFIG_FILE",
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS",
))  # fmt: skip
_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class ToolFailed(CheckFailed):
    """A program ended badly, or wrote more than fits in memory; the message carries its last words."""

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
    """Return the limit of the running loop: as many programs at once as there are cores, for more bring no speed."""
    loop = asyncio.get_running_loop()
    return _limits.setdefault(loop, asyncio.Semaphore(os.cpu_count() or 1))


async def run(
    argv: Sequence[str],
    *,
    seconds: float,
    limit: asyncio.Semaphore | None = None,
    stdout_cap: int = STDOUT_CAP,
) -> Finished:
    """Run a program to its end and hand over what it said; the exit code is the caller's to judge.

    Raises:
        ToolTimedOut: `seconds` were not enough; the program is dead.
        ToolFailed: it wrote more than `stdout_cap` bytes; the program is dead.
        ConfigurationError: it cannot be started at all.
    """
    async with limit or core_limit(), _pipe() as (stdout, out), _pipe() as (stderr, err):
        process = _start(argv, out, err)
        try:
            async with asyncio.timeout(seconds):
                written, words = await _read_both(stdout, stderr, stdout_cap)
                code = await asyncio.to_thread(process.wait)
        except TimeoutError as error:
            raise _timed_out(argv, seconds) from error
        except ExceptionGroup as error:
            if not error.subgroup(_TooMuch):
                raise
            raise ToolFailed(f"{_name(argv)} wrote more than {stdout_cap} bytes and was stopped") from error
        finally:
            _kill(process)
    return Finished(returncode=code, stdout=written, stderr=words)


async def _read_both(stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, cap: int) -> tuple[bytes, str]:
    # Side by side: a program that fills one pipe while we wait at the other stops for ever.
    async with asyncio.TaskGroup() as group:
        written = group.create_task(_read_all(stdout, cap))
        words = group.create_task(_read_ends(stderr))
    return written.result(), words.result()


async def run_well(argv: Sequence[str], *, seconds: float) -> Finished:
    """Run a program that has to succeed.

    Raises:
        ToolFailed: it ended with an exit code other than 0.
    """
    finished = await run(argv, seconds=seconds)
    if finished.returncode:
        raise ToolFailed(f"{_name(argv)} failed: {finished.last_words}")
    return finished


async def feed(argv: Sequence[str], eat: Callable[[bytes], Awaitable[None]], *, size: int, seconds: float) -> None:
    """Run a program that has to succeed, and hand over what it writes in portions of `size` bytes, the last shorter.

    While one is eaten, the next is read; more are never kept.

    Raises:
        ToolFailed: it ended with an exit code other than 0, or `seconds` were not enough.
    """
    async with core_limit(), _pipe() as (stdout, out), _pipe() as (stderr, err):
        process, words = _start(argv, out, err), asyncio.create_task(_read_ends(stderr))
        try:
            async with asyncio.timeout(seconds):
                await _feed_portions(stdout, eat, size)
                finished = Finished(returncode=await asyncio.to_thread(process.wait), stdout=b"", stderr=await words)
        except TimeoutError as error:
            raise _timed_out(argv, seconds) from error
        finally:
            words.cancel()
            _kill(process)
    if finished.returncode:
        raise ToolFailed(f"{_name(argv)} failed: {finished.last_words}")


def decoding_deadline(least: float, length: float) -> float:
    """Return how many seconds decoding a film of `length` seconds may take: `least`, and more where it is long."""
    return max(least, _SLOWEST * length)


class _TooMuch(Exception):
    """Stdout passed its cap."""


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, BinaryIO]]:
    """Open a pipe that is read on our side by the event loop."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", 0) as mouth:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb", 0))
        try:
            yield reader, mouth
        finally:
            transport.close()


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a program may see of an environment: ffmpeg reads what strangers made, and needs no key for that."""
    # Named, not filtered: a key can be called anything.
    return {name: value for name, value in environ.items() if name in _HANDED_ON}


def _start(argv: Sequence[str], out: BinaryIO, err: BinaryIO) -> Popen[bytes]:
    """Start a program. Not by asyncio: a loop that ends while asyncio starts a program can wait for it for ever."""
    with out, err:
        try:
            # A group of its own: Ctrl-C on the terminal reaches longtake alone, which then decides what to stop.
            environ = child_environment(os.environ)
            return Popen(argv, stdin=DEVNULL, stdout=out, stderr=err, env=environ, process_group=0, umask=0o077)  # noqa: S603 -- no shell, no guess
        except OSError as error:
            words = f"{argv[0]} cannot be started: {os.strerror(error.errno or 0)}"
            hint = "set LONGTAKE_FFMPEG to a working ffmpeg; `longtake doctor` shows which one is used"
            raise ConfigurationError(words, code="ffmpeg/cannot-start", hint=hint) from error


async def _read_all(stream: asyncio.StreamReader, cap: int) -> bytes:
    kept = bytearray()
    while chunk := await stream.read(_CHUNK):
        kept += chunk
        if len(kept) > cap:
            raise _TooMuch
    return bytes(kept)


async def _feed_portions(stream: asyncio.StreamReader, eat: Callable[[bytes], Awaitable[None]], size: int) -> None:
    portion = await _read_portion(stream, size)
    while portion:
        portion, _ = await asyncio.gather(_read_portion(stream, size), eat(portion))


async def _read_portion(stream: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await stream.readexactly(size)
    except asyncio.IncompleteReadError as error:
        return error.partial


async def _read_ends(stream: asyncio.StreamReader) -> str:
    head, tail = bytearray(), bytearray()
    while chunk := await stream.read(_CHUNK):
        room = _STDERR_END - len(head)
        head += chunk[:room]
        tail = (tail + chunk[room:])[-_STDERR_END:]
    return (head + tail).decode(errors="replace")


def _kill(process: Popen[bytes]) -> None:
    """Leave no child behind, whichever way the wait for it ended; awaits nothing, so that nothing can come between."""
    if process.poll() is None:
        # The whole group: an ffmpeg named by the user may be a script around the real one.
        kill_group(process.pid)
    with suppress(TimeoutExpired):
        process.wait(_KILL_WAIT)


def _timed_out(argv: Sequence[str], seconds: float) -> ToolTimedOut:
    words = f"{_name(argv)} did not finish within {seconds:g} s and was stopped"
    return ToolTimedOut(words, hint="the file may be damaged, or the disk or the machine too busy")


def _name(argv: Sequence[str]) -> str:
    return PurePath(argv[0]).name
