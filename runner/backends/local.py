"""Runs on this machine's disk: a folder for each, with its journal and its files."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runner.clock import Clock
from runner.context import View
from runner.errors import CheckFailed
from runner.events import Event
from runner.files import Disk, explain_os_errors
from runner.ports import Artifact, Opened, not_open_error
from runner.state.journal import Journal, read
from runner.state.layout import Layout, is_run_directory
from runner.state.run_directory import RunDirectory, open_run_directory

if TYPE_CHECKING:
    from runner.media.ffmpeg.tools import Tools
    from runner.media.model import Clip, Decoding, Overlap, Probe
    from runner.quality.inspector import PrecedingFilm, RawMeasures


class LocalRunStore:
    """The runs below a folder, each in a folder of its own name, as `journal.jsonl` there."""

    def __init__(self, folder: Path, *, disk: Disk, clock: Clock) -> None:
        self._folder = folder
        self._disk = disk
        self._clock = clock
        self._open: dict[str, Journal] = {}

    def list_runs(self) -> Sequence[str]:
        """Return the names of the runs that have begun, in the order of the alphabet."""
        return sorted(path.name for path in self._folder.glob("*") if is_run_directory(path))

    def read(self, run: str) -> Sequence[Event]:
        """Return a run's events in their order."""
        path = self._path(run)
        return read(path).events if path.is_file() else ()

    def open(self, run: str) -> Opened:
        """Read a run in order to append to it; a torn end is kept beside the journal."""
        # Of two open journals of one run, the first would take the events of the other for foreign writes.
        self.close(run)
        with explain_os_errors(self._folder / run):
            self._disk.make_folder(self._folder / run)
        journal = Journal(self._path(run), disk=self._disk, clock=self._clock)
        # Known before it is opened, so that `close` also reaches one that failed half-way.
        self._open[run] = journal
        journal.open()
        return Opened(events=tuple(journal.events), torn=len(journal.torn))

    def append(self, run: str, event: Event) -> None:
        """Add one event by one write, and flush it."""
        if run not in self._open:
            raise not_open_error(run)
        self._open[run].write(event)

    def close(self, run: str) -> None:
        """Close a run's journal."""
        journal = self._open.pop(run, None)
        if journal:
            journal.close()

    def _path(self, run: str) -> Path:
        return Layout(self._folder / run).journal


class LocalArtifactStore:
    """The files of a run directory, where they lie."""

    def __init__(self, root: Path, *, disk: Disk) -> None:
        self._root = root
        self._disk = disk

    async def put(self, artifact: Artifact, file: Path) -> None:
        """Give a finished file its name, unless it has that already."""
        target = self._root / artifact.name
        # Downloads end under their final name already, flushed by the download itself.
        if file == target:
            return
        with explain_os_errors(target):
            await asyncio.to_thread(self._disk.make_folder, target.parent)
            await asyncio.to_thread(self._disk.replace, file, target)

    async def get(self, artifact: Artifact) -> Path:
        """Return the path of a file that is still as long as it was."""
        path = self._root / artifact.name
        with explain_os_errors(path):
            # The size at each use, the digest in `check`: a file cut short is the common damage, and reading gigabytes
            # before each hop would be felt.
            size = path.lstat().st_size
        if size == artifact.size:
            return path
        raise CheckFailed(
            f"{path} has {size} bytes; {artifact.size} were stored",
            code="check/changed-on-disk",
            hint="the file was changed or cut since: restore it; or delete it, and the next run fetches it again",
        )


class FfmpegInspector:
    """Files inspected by processes of ffmpeg and ffprobe, so that a damaged one takes none of ours down.

    What inspects is loaded when there is a file: a run sends its first request sooner without.
    """

    def __init__(self, tools: "Tools") -> None:
        self._tools = tools

    async def probe(self, path: Path) -> "Probe":
        """Return a file's facts."""
        from runner.media.probing.probe import probe

        return await probe(path, self._tools)

    async def decode(self, path: Path, *, start: float = 0.0, length: float = 0.0) -> "Decoding":
        """Decode a file from `start` on."""
        from runner.media.checks import decode_errors

        return await decode_errors(path, self._tools, start=start, length=length)

    async def find_overlap(self, old: "Clip", new: "Clip", guess: int) -> "Overlap":
        """Find how many frames of the end of `old` the head of `new` shows again."""
        from runner.media.align import find_overlap

        return await find_overlap(old, new, guess, self._tools)

    async def find_short_overlap(self, old: "Clip", new: "Clip", most: int) -> "Overlap | None":
        """Find the overlap of a `new` that is longer than was asked for."""
        from runner.media.align import find_short_overlap

        return await find_short_overlap(old, new, most, self._tools)

    async def find_repetition(self, old: "Clip", new: "Clip") -> "Overlap | None":
        """Find out whether `new` only shows the end of `old` again."""
        from runner.media.align import find_returned_end

        return await find_returned_end(old, new, self._tools)

    async def find_changes(self, old: "Clip", new: "Clip", found: "Overlap") -> "Overlap":
        """Return an overlap with the seconds of it that show other pictures."""
        from runner.media.align import find_changes

        return await find_changes(old, new, found, self._tools)

    async def measure(self, path: Path, facts: "Probe", new: int, past: "PrecedingFilm | None") -> "RawMeasures":
        """Measure the new frames of a file, and its seam."""
        from runner.quality.measure import measure_hop

        return await measure_hop(path, facts, new, past, self._tools)


def local_view(root: Path, tools: "Tools") -> View:
    """Return what it takes to see the files of a run directory."""
    return View(artifacts=LocalArtifactStore(root, disk=Disk()), inspector=FfmpegInspector(tools))


@contextmanager
def open_local_run(root: Path, *, disk: Disk, clock: Clock, copied: bool = False) -> Iterator[RunDirectory]:
    """Open a run directory whose events lie in it; see `open_run_directory`."""
    store = LocalRunStore(root.parent, disk=disk, clock=clock)
    with open_run_directory(root, store, disk=disk, clock=clock, copied=copied) as directory:
        yield directory
