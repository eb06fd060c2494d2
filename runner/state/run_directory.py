"""The folder of one run, opened for reading or for writing."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.clock import Clock
from runner.errors import RunDirectoryError
from runner.events import Event
from runner.files import Disk, explain_os_errors, open_new, read_file, refuse_non_files
from runner.ports import RunStore
from runner.state.copy_guard import check_moved, current_location, read_location
from runner.state.history import History, Phase
from runner.state.journal import read
from runner.state.layout import Layout
from runner.state.lock import hold_lock
from runner.state.replay import apply_event, replay


def read_history(path: Path) -> History:
    """Read the history of a run directory; empty when there is none.

    Raises:
        RunDirectoryError: the journal is damaged or of another version, or the directory holds links.
    """
    refuse_non_files(path)
    layout = Layout(path)
    if not layout.journal.is_file():
        refuse_lost_journal(layout)
        return History()
    return settle_unsent(layout, replay(read(layout.journal).events))


def other_run_with_task(root: Path, task: str) -> Path | None:
    """Find another run directory beside this one whose journal names a task."""
    for journal in sorted(root.absolute().parent.glob("*/journal.jsonl")):
        # As bytes, without parsing: a journal of another version or with damage still warns.
        with explain_os_errors(journal):
            if journal.parent != root.absolute() and task.encode() in read_file(journal):
                return journal.parent
    return None


def settle_unsent(layout: Layout, history: History) -> History:
    """Return the history with every intent that has no request file as unsent: the file comes before the first byte."""
    for take in history.takes:
        if take.phase is Phase.INTENDED and not _has_request(layout.request(take.hop, take.number), take.intent):
            words = {"hop": take.hop, "take": take.number, "words": "the process ended before the request was sent"}
            history = apply_event(history, Event(seq=0, at=take.intended_at, kind="unsent", data=words))
    return history


def _has_request(request: Path, intent: int) -> bool:
    """Return whether the request file of exactly this intent is there; an earlier try may have left its own."""
    try:
        return bool(json.loads(read_file(request))["intent"] == intent)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        # What cannot be read does not prove that nothing was sent; unknown is the safe side.
        return True


def refuse_lost_events(layout: Layout, history: History) -> None:
    """Refuse a request on disk that no event knows: the journal lost its end, and money may have moved.

    Raises:
        RunDirectoryError: naming the request.
    """
    known = {layout.request(take.hop, take.number) for take in history.takes}
    for request in sorted(layout.root.glob("hops/*/take-*/request.json")):
        if request not in known:
            raise RunDirectoryError(
                f"{request} was sent, but the journal does not know of it: the end of the journal is missing",
                code="journal/lost-events",
                hint="restore journal.jsonl from a backup; nothing is sent while the past is not known",
                charged="unknown",
            )


def refuse_lost_journal(layout: Layout) -> None:
    """Refuse hops without a journal: they are paid work that nothing knows of.

    Raises:
        RunDirectoryError: when there are any.
    """
    refuse_lost_events(layout, History())


class RunDirectory:
    """A run directory that this process alone may write. Record first, then believe: `record` replays what it wrote.

    `torn` is how many bytes of an interrupted write were set aside on opening; `before` is the folder in which the run
    was last worked on.
    """

    def __init__(self, layout: Layout, store: RunStore, disk: Disk, clock: Clock) -> None:
        self.layout = layout
        self.disk = disk
        self.moved = ""
        self.before = ""
        self._store = store
        self._clock = clock
        found = store.open(layout.root.name)
        self.torn = found.torn
        self._last = len(found.events)
        self.history = settle_unsent(layout, replay(found.events))
        refuse_lost_events(layout, self.history)

    @property
    def key(self) -> str:
        """What tells this run directory from all others of this machine, however it is named."""
        return str(self.layout.root.resolve())

    def record(self, kind: str, /, **data: object) -> Event:
        """Make one event durable, then believe it."""
        event = Event(seq=self._last + 1, at=round(self._clock.now(), 3), kind=kind, data=data)
        # Durable first, believed second: a state that only memory had would send what the journal does not know.
        self._store.append(self.layout.root.name, event)
        self._last = event.seq
        self.history = apply_event(self.history, event)
        self._write_state()
        return event

    def settle(self, *, copied: bool) -> None:
        """Find out whether the run was last worked on here, and write down that it is now; `copied`: a copy may go on.

        Raises:
            RunDirectoryError: it is a copy of a run directory that is still there.
        """
        with explain_os_errors(self.layout.journal):
            now, was = current_location(self.layout.journal), read_location(self.layout.place)
        self.before = was.path if was else ""
        if not copied:
            self.moved = check_moved(was, now, self.history.run)
        if was != now:
            self.write(self.layout.place, now.encode())

    def _write_state(self) -> None:
        """Keep `state.json` for people; it is derived, so it is neither flushed nor ever read."""
        takes = [
            {"hop": t.hop, "take": t.number, "phase": t.phase, "task": t.task, "verdict": t.verdict, "words": t.words}
            for t in self.history.takes
        ]
        state = {"run": self.history.run, "spent_usd": float(self.history.spent), "takes": takes}
        temporary = self.layout.root / "state.json.new"
        with explain_os_errors(temporary):
            with os.fdopen(open_new(temporary), "wb") as stream:
                stream.write(json.dumps(state, indent=1).encode() + b"\n")
            temporary.replace(self.layout.root / "state.json")

    def write(self, path: Path, data: bytes) -> None:
        """Put a file of the run in its place, whole or not at all."""
        with explain_os_errors(path):
            self.disk.make_folder(path.parent)
            self.disk.write(path, data)


def _refuse_strange_folder(layout: Layout) -> None:
    """Refuse to begin a run over files that a person put there under names that a run gives its own."""
    # Hops without a journal are a run that lost it, which is said in other words.
    if layout.journal.exists() or (layout.root / "hops").exists():
        return
    own = (layout.storyboard, layout.film, layout.film_manifest, layout.place, layout.root / "state.json")
    found = [path.name for path in own if path.exists()]
    if found:
        raise RunDirectoryError(
            f"{layout.root} holds {', '.join(found)} and no run: a run there would write over that",
            code="run-directory/not-a-run",
            hint="nothing was bought or changed: name another folder with --run-dir, one that is empty or not there",
        )


@contextmanager
def open_run_directory(
    root: Path, store: RunStore, *, disk: Disk, clock: Clock, copied: bool = False
) -> Iterator[RunDirectory]:
    """Open a run directory for writing, making it if need be; one process at a time.

    `store` keeps its events; `copied` is a person's word that a copy is to go on beside its original.

    Raises:
        RunDirectoryError: locked, damaged, of another version, not writable, with links in it, or a copy.
    """
    with explain_os_errors(root):
        disk.make_folder(root)
    refuse_non_files(root)
    _refuse_strange_folder(Layout(root))
    # Asked first, because the lock's own error would name the lock file, not the folder.
    if not os.access(root, os.W_OK):
        raise RunDirectoryError(
            f"{root} is read-only", code="run-directory/read-only", hint="choose another folder with --runs-dir"
        )
    layout = Layout(root)
    with hold_lock(root, clock):
        try:
            directory = RunDirectory(layout, store, disk, clock)
            directory.settle(copied=copied)
            yield directory
        finally:
            store.close(root.name)
