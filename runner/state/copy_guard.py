"""Where a run directory was last worked in, so that a copy of it is told from the original.

A copy knows the same tasks and has the same hops before it, so both would buy the next one. The journal's inode tells
them apart: moving keeps it, copying makes another.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.commands import command
from runner.errors import RunDirectoryError
from runner.files import open_private, read_file
from runner.state.journal import decode

# The first event takes some hundred bytes; a file of another kind in that place may have no line feed at all, and 1 MiB
# of it is quickly read.
_FIRST_LINE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A machine, a folder on it, and the inode of the journal there."""

    host: str
    path: str
    inode: int

    def encode(self) -> bytes:
        """Return it as `place.json` holds it."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


def current_location(journal: Path) -> Location:
    """Return the place of an open journal."""
    import socket  # reading a run needs no host name

    return Location(host=socket.gethostname(), path=str(journal.parent.resolve()), inode=journal.stat().st_ino)


def read_location(file: Path) -> Location | None:
    """Return what `place.json` says; None where there is none that can be read: it is evidence, not truth."""
    try:
        words = json.loads(read_file(file))
        place = Location(host=str(words["host"]), path=str(words["path"]), inode=int(words["inode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return place if Path(place.path).is_absolute() and "\0" not in place.path else None


def check_moved(was: Location | None, now: Location, run: str) -> str:
    """Return what is to be said of a run directory that was last worked in at `was`; nothing where it never moved.

    Raises:
        RunDirectoryError: it is a copy, and the original is still there.
    """
    if was is None or was == now:
        return ""
    # Inodes of two machines cannot be compared, so a copy on another host is only noted (docs/money.md, what this
    # cannot do).
    if was.host != now.host:
        if (was.path, was.inode) == (now.path, now.inode):  # a container's new name
            return ""
        return f"this run was last worked on at {was.host}, in {was.path}; make sure that it does not run there as well"
    # Same folder, another inode: editors, backups and sync tools write a new file and rename it.
    if was.path == now.path:
        return (
            "the journal is another file than before: if it came from a backup, it does not know what was bought since"
        )
    original = _find_original_inode(Path(was.path), now, run)
    if original is None:
        return f"this run has moved here from {was.path}"
    # rename(2) keeps the inode and copying makes another, so the one with the old inode is the original, wherever it
    # lies.
    if was.inode == now.inode != original:
        return f"this run has moved here from {was.path}, where a copy of it was left"
    raise RunDirectoryError(
        f"{now.path} is a copy of {was.path}, which is still there: both would buy the same hops",
        code="run-directory/copy",
        hint=f"go on with the original, or remove it and resume here; `{command('resume', Path(now.path), '--here')}`"
        " goes on here as well, and each of the two pays for its own hops",
        next_command=command("resume", Path(was.path)),
    )


def _find_original_inode(folder: Path, now: Location, run: str) -> int | None:
    """Return the inode of the journal that the same run has in another folder; None where there is none."""
    journal = folder / "journal.jsonl"
    try:
        # Two names of one folder (a link, a mount) are no copy.
        if not run or folder.samefile(now.path) or _read_run_id(journal) != run:
            return None
        return journal.stat().st_ino
    except OSError:
        return None


def _read_run_id(journal: Path) -> str:
    with os.fdopen(open_private(journal, os.O_RDONLY), "rb") as stream:
        line = stream.readline(_FIRST_LINE)
    event = decode(line.removesuffix(b"\n"))
    return str(event.data.get("run", "")) if event else ""
