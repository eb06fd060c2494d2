"""Fetching what a task made, at once, because links die: whole and verified files or none."""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from runner.context import ActiveRun
from runner.errors import DownloadError
from runner.execution.poll import job_of
from runner.files import explain_os_errors
from runner.media.download.fetch import Downloader, Stored, digest_of
from runner.media.download.pump import Limits
from runner.net.messages import Link
from runner.planning.model import Step
from runner.ports import Artifact
from runner.providers.base import Asset, Done
from runner.state.history import StoredFile, Take
from runner.state.layout import artifact_of

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
    if asset.url.startswith("data:"):
        return await _unpack_data_url(run, asset, target)

    def progress(received: int, total: int | None) -> None:
        words = f"fetching {asset.role}"
        run.context.say("hop/fetching", words, hop=take.hop, take=take.number, received=received, total=total)

    context = run.context
    try:
        return await Downloader(
            web=context.web,
            disk=context.disk,
            clock=context.clock,
            limits=Limits(),
            progress=progress,
            tell=lambda words: context.say("note", words, hop=take.hop),
        ).fetch(_Links(run, step, take, asset).mint, target)
    except DownloadError as error:
        return error


async def _unpack_data_url(run: ActiveRun, asset: Asset, target: Path) -> Stored | DownloadError:
    """Write a result that came inside the answer, as a ``data:`` URL in base64."""
    try:
        content = base64.b64decode(asset.url.partition(";base64,")[2], validate=True)
    except binascii.Error:
        return DownloadError(f"{target.name}: the answer's base64 cannot be read", code="download/damaged")
    await asyncio.to_thread(run.directory.write, target, content)
    with explain_os_errors(target):
        return await digest_of(target)


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
    return DownloadError(
        f"hop {take.hop}: its result could not be fetched: {error.message}",
        code=error.code,
        hint="it is paid for and waits at the provider: resuming fetches it and buys nothing; if it stays broken,"
        f" `{run.next_command('retake')} --hop {take.hop}` buys another take",
        hop=take.hop,
        retryable=True,
        charged="yes",
        next_command=run.next_command(),
    )
