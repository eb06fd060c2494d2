"""Fetches one result from a link that may die into a file that is whole: resumed, measured, digested, or not stored.

mint a link → ask for what is missing → read the answer → pump the body → check → final name; a failed try goes back
to the first or the second step, a bounded number of times.
"""

import asyncio
import hashlib
import random
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runner.clock import Clock
from runner.errors import DownloadError, RunDirectoryError
from runner.files import Disk
from runner.media.download.content import find_damage, open_body
from runner.media.download.part_file import Note, Part
from runner.media.download.pump import Limits, PartWriter, RateGuard, pump
from runner.media.download.response import OK, Answer, Step, TryFailed, choose_step
from runner.media.probing.reading import Unreadable
from runner.net.client import Web
from runner.net.messages import Link, Lost, NotSent, Stream, Unsafe
from runner.net.packing import Damaged

__all__ = ["Downloader", "Limits", "Mint", "Progress", "Stored", "digest_of"]

Mint = Callable[[], Awaitable[str | Link]]
Progress = Callable[[int, int | None], None]
Tell = Callable[[str], None]
Verify = Callable[[Path], Awaitable[None]]

_TOO_LARGE = "download/too-large"
# Room left for the journal and what else is written beside the file.
_SPARE = 8 << 20
_HINT = "resume: the result stays at the provider until its lifetime ends, and fetching it again is not paid for"
# Jitter, so that downloads which failed together do not all come back at the same moment.
_RANDOM = random.SystemRandom()


def _ignore(_words: str) -> None:
    """Hear nothing."""


async def _trust(_path: Path) -> None:
    """Take every file whose bytes are whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that is complete, flushed and under its final name; `sha256` in hex, `content_type` as the server said."""

    path: Path
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """How files are fetched: the outside world, the bounds, and who hears of it.

    `progress` is called with the bytes so far and the total where it is known, `tell` with why it is tried again and
    when. `verify` raises Unreadable for a whole file that is no video all the same: another link may lead to a better.
    """

    web: Web
    disk: Disk
    clock: Clock
    limits: Limits
    progress: Progress
    tell: Tell = _ignore
    verify: Verify = _trust

    async def fetch(self, mint: Mint, target: Path) -> Stored:
        """Fetch what `mint` gives links to, and store it as `target`; DownloadError, or RunDirectoryError for the disk.

        Take up what an earlier call left in `<target>.part`, and leave it there in case of failure. What `mint` raises
        passes through, but for NotSent and Lost: those are tried again.
        """
        async with PartWriter(Part(target, self.disk), self.limits.flush_bytes) as writer:
            await writer.run(writer.part.open)
            return await _try_until_done(_Job(self, mint, target, writer, RateGuard(self.clock, self.limits)))

    async def keep(self, content: bytes, target: Path) -> Stored:
        """Store a file that came inside an answer, after the checks of a download; DownloadError where it fails one."""

        async def whole() -> AsyncGenerator[bytes]:
            yield content

        async def mint() -> Link:
            raise DownloadError(f"{target.name}: there is no link", code="download/damaged")

        async with PartWriter(Part(target, self.disk), self.limits.flush_bytes) as writer:
            await writer.run(writer.part.open)
            job = _Job(self, mint, target, writer, RateGuard(self.clock, self.limits))
            length = {"content-length": str(len(content))}
            try:
                await _take_body(job, Stream(status=OK, headers=length, url="", chunks=whole()), Step.RESTART)
                return await _finish(job, length_known=True)
            except TryFailed as error:
                raise DownloadError(f"{target.name}, inside the answer: {error.message}", code=error.code) from error


@dataclass(frozen=True, slots=True)
class _Job:
    setup: Downloader
    mint: Mint
    target: Path
    writer: PartWriter
    guard: RateGuard

    @property
    def part(self) -> Part:
        return self.writer.part

    @property
    def limits(self) -> Limits:
        return self.setup.limits


async def digest_of(path: Path) -> Stored:
    """Read a file that is already whole; OSError where it cannot be read."""

    def read() -> Stored:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Stored(path=path, size=file.tell(), sha256=sha256, content_type="")

    return await asyncio.to_thread(read)


async def _try_until_done(job: _Job) -> Stored:
    """Try until the file is here or a bound is reached."""
    link: Link | None = None
    mints = tries = 0
    while True:
        tries += 1
        try:
            if link is None:
                mints += 1
                link = await _mint_link(job.mint)
            return await _try(job, link)
        except Unsafe as error:
            raise DownloadError(f"{job.target.name}: {error.message}", code=error.code, hint=error.hint) from error
        except (TryFailed, Lost, NotSent) as error:
            if isinstance(error, TryFailed) and error.dead:
                link = None
            await _pause(
                job, error, tries, last=tries >= job.limits.tries or (link is None and mints >= job.limits.mints)
            )
        except DownloadError as error:
            if error.code == _TOO_LARGE:  # nothing to take up again
                await _discard(job)
            raise


async def _mint_link(mint: Mint) -> Link:
    link = await mint()
    return Link(url=link) if isinstance(link, str) else link


async def _pause(job: _Job, error: TryFailed | Lost | NotSent, tries: int, *, last: bool) -> None:
    """Wait before the next try, or raise what ends the download."""
    asked = error.wait if isinstance(error, TryFailed) else 0.0
    limits = job.limits
    words = f"{job.target.name}: {error.message}; tried {tries} times"
    code = error.code if isinstance(error, TryFailed) else "download/failed"
    if asked > limits.longest_pause:
        words, last = f"{words}; the server asks to wait {asked:.0f} s", True
    if last:
        raise DownloadError(words, code=code, hint=_HINT, retryable=True) from error
    growing = min(limits.first_pause * 2 ** (tries - 1), limits.longest_pause) * _RANDOM.uniform(0.5, 1.0)
    pause = max(asked, growing)
    job.guard.require_time(job.setup.clock.monotonic() + pause)
    job.setup.tell(f"{words}; again in {pause:.0f} s")
    await job.setup.clock.sleep(pause)


async def _try(job: _Job, link: Link) -> Stored:
    """Make one request for what is missing, and store the file where it is whole then."""
    part = job.part
    if part.is_whole:
        return await _finish(job, length_known=True)
    offset = part.size if part.note.validator else 0
    headers = {**link.headers, **_range_headers(part.note, offset)}
    async with job.setup.web.stream(link.url, headers, silence=job.limits.silence) as stream:
        answer = Answer(status=stream.status, headers=stream.headers, now=job.setup.clock.now())
        step = choose_step(answer, part.note, offset)
        if step is Step.STALE:
            await _discard(job)
            raise TryFailed("what was here already does not fit what the server has now")
        if step is not Step.DONE:
            await _take_body(job, stream, step)
    total = part.note.total
    if step is not Step.DONE and total is not None and part.size != total:
        raise TryFailed(f"{part.size} bytes came, {total} were announced")
    return await _finish(job, length_known=total is not None or step is Step.DONE)


def _range_headers(note: Note, offset: int) -> Mapping[str, str]:
    # A range counts the bytes as they are sent: of a compressed answer it could never be resumed.
    plain = {"Accept-Encoding": "identity"}
    return {**plain, "Range": f"bytes={offset}-", "If-Range": note.validator} if offset else plain


async def _take_body(job: _Job, stream: Stream, step: Step) -> None:
    """Move the body to the part, after a look at its first bytes where it begins there."""
    part, chunks = job.part, stream.chunks
    job.guard.begin()
    try:
        if step is Step.RESTART:
            chunks = await _begin(job, stream)
        else:
            _require_room(job, (part.note.total or 0) - part.size)
        await pump(chunks, job.writer, job.guard, partial(_report, job))
    except Damaged as error:
        await _discard(job)
        raise TryFailed(f"the file is damaged: {error}", code="download/damaged") from error


async def _begin(job: _Job, stream: Stream) -> AsyncIterator[bytes]:
    """Start the part over with a body that begins as a video does; return its bytes."""
    try:
        note, chunks = await open_body(stream, job.guard, job.setup.web.redact)
    except TryFailed as error:
        if error.dead:  # what is there is no part of the film; a slow line says nothing against it
            await _discard(job)
        raise
    _require_room(job, note.total or 0)
    await job.writer.run(partial(job.part.restart, note))
    return chunks


def _report(job: _Job, size: int) -> None:
    total = job.part.note.total
    if size > job.limits.most_bytes:
        raise _too_large(job)
    if total is not None and size > total:
        raise TryFailed(f"more bytes came than the {total} that were announced")
    job.setup.progress(size, total)


def _require_room(job: _Job, missing: int) -> None:
    if missing > job.limits.most_bytes:
        raise _too_large(job)
    free = shutil.disk_usage(job.target.parent).free
    if missing and missing + _SPARE > free:
        raise RunDirectoryError(
            f"{job.target}: {missing >> 20} MiB are to be fetched, and the disk has room for {free >> 20} MiB",
            code="run-directory/disk-full",
            hint="free some space, then resume: nothing paid for is lost",
            retryable=True,
        )


def _too_large(job: _Job) -> DownloadError:
    words = f"{job.target.name}: the file is larger than {job.limits.most_bytes >> 20} MiB"
    return DownloadError(words, code=_TOO_LARGE, hint="no result of a video API is that large; look at the link")


async def _discard(job: _Job) -> None:
    await job.writer.run(partial(job.part.restart, Note()))


async def _finish(job: _Job, *, length_known: bool) -> Stored:
    """Check the whole file and give it its name; TryFailed where it is damaged."""
    part = job.part
    damage = await asyncio.to_thread(find_damage, part.path, length_known=length_known) or part.digest_flaw()
    if damage:
        await _discard(job)
        raise TryFailed(f"the file is damaged: {damage}", code="download/damaged")
    try:
        await job.setup.verify(part.path)
    except Unreadable as error:
        await _discard(job)
        raise TryFailed(error.message, code="download/unreadable", dead=True) from error
    sha256 = await asyncio.to_thread(part.finish)
    return Stored(path=job.target, size=part.size, sha256=sha256, content_type=part.note.content_type)
