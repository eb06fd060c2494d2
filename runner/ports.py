"""What a run asks of the place where it is kept.

Each port has a local adapter and one in memory, and one contract test that holds both to its promise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runner.errors import RunDirectoryError
from runner.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run as it was found: its events, and how many bytes of an interrupted write were set aside."""

    events: tuple[Event, ...] = ()
    torn: int = 0


def not_open_error(run: str) -> RunDirectoryError:
    """Return the error for an event of a run that is not open: only the holder of its lease may write."""
    return RunDirectoryError(
        f"{run}: the run is closed, and takes no more events",
        code="journal/closed",
        hint="open it again; another process may hold it meanwhile",
        charged="unknown",
    )


class RunStore(Protocol):
    """The events of runs, each run under its name."""

    def list_runs(self) -> Sequence[str]:
        """Return the names of the runs that have begun."""
        ...

    def read(self, run: str) -> Sequence[Event]:
        """Return a run's events in their order, none where it has not begun; changes nothing.

        Raises:
            RunDirectoryError: they are damaged.
        """
        ...

    def open(self, run: str) -> Opened:
        """Read a run in order to append to it; only the holder of its lease may.

        Raises:
            RunDirectoryError: it is damaged, or cannot be written.
        """
        ...

    # No coroutine: at an `await` between an answer and its event Ctrl-C could come between the two (docs/money.md,
    # invariant 3).
    def append(self, run: str, event: Event) -> None:
        """Add one event; on return it cannot be lost.

        Raises:
            RunDirectoryError: the run is not open, the event's number is not the next one, or it could not be made
                durable; it is not there then, or nothing more is written before the run was opened again.
        """
        ...

    def close(self, run: str) -> None:
        """Append no more to a run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file of a run: its name there (``hops/00/take-01/video.mp4``), bytes and digest, as the journal has them."""

    name: str
    size: int
    sha256: str


class ArtifactStore(Protocol):
    """The files of one run."""

    async def put(self, artifact: Artifact, file: Path) -> None:
        """Keep a finished file of this size and digest under its name; on return it is durable, and `file` may be gone.

        Raises:
            RunDirectoryError: it could not be kept; what had the name before is still there.
        """
        ...

    async def get(self, artifact: Artifact) -> Path:
        """Return a local file that holds an artifact, to be read only.

        Raises:
            CheckFailed: it is not as long as it was.
            RunDirectoryError: it is gone.
        """
        ...
