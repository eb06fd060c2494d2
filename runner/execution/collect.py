"""Fetching what a task made, at once, because links die: whole and verified files or none."""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from runner.context import ActiveRun
from runner.errors import CheckFailed, DownloadError
from runner.execution.poll import job_of
from runner.files import explain_os_errors
from runner.media.download.fetch import Downloader, Stored, digest_of
from runner.media.download.pump import Limits
from runner.media.probing.reading import Unreadable
from runner.net.messages import Link
from runner.planning.model import Step
from runner.ports import Artifact
from runner.providers.base import Asset, Done
from runner.state.history import StoredFile, Take
from runner.state.layout import artifact_of

# RFC 4648, section 5: the alphabet for addresses, which some relays use, as that of section 4.
_PLAIN_ALPHABET = str.maketrans("-_", "+/")
_MEETS_ALL_TAKES = ("download/too-large", "download/packed", "download/deadline")
_NAMES = {"film": "video.mp4", "segment": "segment.mp4"}


async def collect_results(run: ActiveRun, step: Step, take: Take, done: Done) -> Take:
    """Store every asset of a finished task, then say so in the journal.

    Raises:
        DownloadError: none could be fetched whole.
    """
    folder = run.directory.layout.take(take.hop, take.number)
    stored: list[dict[str, object]] = []
    failures: list[DownloadError] = []
    # At once and not one after the other: links die, some of them after 20 minutes (kie docs, 2026).
    fetching = [_fetch_asset(run, step, take, asset, folder / _NAMES[asset.role]) for asset in done.assets]
    for asset, file in zip(done.assets, await asyncio.gather(*fetching), strict=True):
        if isinstance(file, DownloadError):
            failures.append(file)
            continue
        # The file before its event (docs/money.md, invariant 7): an event that names a file that is not there would
        # lose a paid take.
        await run.context.artifacts.put(_artifact(take, asset.role, file), file.path)
        stored.append({"role": asset.role, "name": file.path.name, "size": file.size, "sha256": file.sha256})
    # A lost film cannot be replaced by its segment while it may still come; a lost segment is no loss beside the film.
    lost_film = any(asset.role == "film" for asset in done.assets) and not any(f["role"] == "film" for f in stored)
    if failures and (lost_film or not stored):
        raise _fetch_error(run, take, failures[0])
    run.directory.record("stored", hop=take.hop, take=take.number, files=stored)
    for failure in failures:
        run.context.say("note", f"not kept: {failure.message}", hop=take.hop)
    return run.directory.history.take(take.hop, take.number)


def _artifact(take: Take, role: str, file: Stored) -> Artifact:
    return artifact_of(take, StoredFile(role=role, name=file.path.name, size=file.size, sha256=file.sha256))


async def _fetch_asset(run: ActiveRun, step: Step, take: Take, asset: Asset, target: Path) -> Stored | DownloadError:
    """Fetch one file, or return why not; one that bears its final name is whole, because only whole files get it."""
    if await asyncio.to_thread(target.exists):
        with explain_os_errors(target):
            return await digest_of(target)
    try:
        downloader = _downloader(run, take, asset)
        if asset.url.startswith("data:"):
            return await downloader.keep(_unpack_data_url(asset, target), target)
        return await downloader.fetch(_Links(run, step, take, asset).mint, target)
    except DownloadError as error:
        return error


def _downloader(run: ActiveRun, take: Take, asset: Asset) -> Downloader:
    context = run.context

    def progress(received: int, total: int | None) -> None:
        words = f"fetching {asset.role}"
        context.say("hop/fetching", words, hop=take.hop, take=take.number, received=received, total=total)

    async def verify(path: Path) -> None:
        # Read before it is stored: a link that leads to what is no video is not the provider's last word.
        try:
            await context.inspector.probe(path)
        except Unreadable:
            raise
        except CheckFailed:
            return  # whether the tools of this machine can is for the checks to say

    return Downloader(
        web=context.web,
        disk=context.disk,
        clock=context.clock,
        limits=Limits(),
        progress=progress,
        tell=lambda words: context.say("note", words, hop=take.hop),
        verify=verify,
    )


def _unpack_data_url(asset: Asset, target: Path) -> bytes:
    """Return a result that came inside the answer, as a ``data:`` URL in base64, in either alphabet, padded or not."""
    text = "".join(asset.url.partition(";base64,")[2].split()).translate(_PLAIN_ALPHABET).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        words = f"{target.name}: the answer's base64 cannot be read"
        raise DownloadError(words, code="download/damaged") from error


@dataclass(slots=True)
class _Links:
    """Links to one asset: its own first, then re-minted ones, then what a new look at the task gives."""

    run: ActiveRun
    step: Step
    take: Take
    asset: Asset
    given: int = 0

    async def mint(self) -> Link:
        """Return the next link to try."""
        self.given += 1
        if self.given == 1:
            return self.run.context.provider.link(self.asset)
        # A link that was made again may point at a copy that is gone as well; the task itself knows its newest address.
        if self.given % 2:
            state = await self.run.context.provider.look(job_of(self.step, self.take))
            fresh = state.assets if isinstance(state, Done) else ()
            self.asset = next((asset for asset in fresh if asset.role == self.asset.role), self.asset)
            return self.run.context.provider.link(self.asset)
        return await self.run.context.provider.fresh_link(self.asset)


def _fetch_error(run: ActiveRun, take: Take, error: DownloadError) -> DownloadError:
    waits = "it is paid for and waits at the provider: resuming fetches it and buys nothing"
    again = f"if it stays broken, `{run.next_command('retake')} --hop {take.hop}` buys another take"
    # Where it lies or what may be fetched is at fault, not this take: another would be paid for, and refused as well.
    is_about_us = error.code.startswith("http/") or error.code in _MEETS_ALL_TAKES
    return DownloadError(
        f"hop {take.hop}: its result could not be fetched: {error.message}",
        code=error.code,
        hint="; ".join(filter(None, (waits, error.hint if is_about_us else again))),
        hop=take.hop,
        retryable=True,
        charged="yes",
        next_command=run.next_command(),
    )
