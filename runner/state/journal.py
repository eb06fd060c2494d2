"""The append-only list of a run's events, one JSON line each, with a sequence number and a checksum.

An event counts when its line ends, its checksum agrees and its number follows the one before. A torn end (a write that
was cut short) is set aside; any other damage stops, because a guess about the past could pay for a hop twice.
"""

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from runner.clock import Clock
from runner.errors import RunDirectoryError
from runner.events import Event
from runner.files import Disk, explain_os_errors, open_private, read_file
from runner.net.messages import parse_json

# Without a checksum, 60 % of 20,000 single flipped bits were read as sound; with it, none (measured 2026-11-20).
_CHECKSUM = ',"crc":"{:08x}"}}'
_CHECKSUM_LENGTH = len(_CHECKSUM.format(0))
# Where a file grew but its data never reached the disk, it reads as zeros, of which JSON text holds none (100 B and 4
# KiB of them were tried on 2026-11-20).
_UNWRITTEN = b"\0" * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A journal as found: its whole events, how many bytes they take, and the torn end if there is one."""

    events: tuple[Event, ...]
    good_bytes: int
    torn: bytes


def encode(event: Event) -> bytes:
    """Return an event as its line."""
    record = {"seq": event.seq, "at": event.at, "event": event.kind, **event.data}
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return (body[:-1] + _CHECKSUM.format(zlib.crc32(body.encode())) + "\n").encode()


def decode(line: bytes) -> Event | None:
    """Return a line (without its line feed) as its event, or None when it is not whole."""
    body = line[:-_CHECKSUM_LENGTH] + b"}"
    if line[-_CHECKSUM_LENGTH:] != _CHECKSUM.format(zlib.crc32(body)).encode():
        return None
    # Through the door for what strangers write, because their numbers are in older journals: a whole number of
    # thousands of digits, or one that is not finite.
    record = parse_json(body)
    if not isinstance(record, dict):
        return None
    return Event(seq=record.pop("seq"), at=record.pop("at"), kind=record.pop("event"), data=record)


def read(path: Path) -> Reading:
    """Return every whole event of a journal.

    Raises:
        RunDirectoryError: damage that no interrupted write can have caused, with its line number.
    """
    with explain_os_errors(path):
        data = read_file(path)
    events: list[Event] = []
    position = 0
    while position < len(data):
        end = data.find(b"\n", position)
        event = decode(data[position:end]) if end >= 0 else None
        if event is None or event.seq != len(events) + 1:
            _refuse_unless_torn(path, data[position:], len(events) + 1)
            break
        events.append(event)
        position = end + 1
    return Reading(events=tuple(events), good_bytes=position, torn=data[position:])


def _refuse_unless_torn(path: Path, rest: bytes, number: int) -> None:
    """Accept as torn only what a cut write leaves: the head of one line, or pages that never reached the disk."""
    # Only the last line can be cut by a crash, as each event is one write, flushed before the next. Anything after it
    # would be a lost past: tests/state/test_journal.py cuts at every byte and turns every bit.
    one_line = b"\n" not in rest and decode(rest[:-1]) is None
    if one_line or _UNWRITTEN in rest.split(b"\n")[0]:
        return
    raise RunDirectoryError(
        f"{path}: line {number} is damaged, and not by an interrupted write",
        code="journal/damaged",
        hint="restore the file from a backup; nothing is sent from a journal that cannot be trusted",
        charged="unknown",
    )


class Journal:
    """An open journal. `append` returns only when the event cannot be lost any more."""

    def __init__(self, path: Path, *, disk: Disk, clock: Clock) -> None:
        self.path = path
        self._disk = disk
        self._clock = clock
        self.torn = b""
        self.events: list[Event] = []
        self._dead = False
        self._descriptor = -1

    def open(self) -> None:
        """Read what is there, set a torn end aside, and get ready to write."""
        with explain_os_errors(self.path):
            fresh = not self.path.exists()
            reading = Reading(events=(), good_bytes=0, torn=b"") if fresh else read(self.path)
            self.events = list(reading.events)
            self._descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            if fresh:
                # A flushed file whose name is not flushed can be gone after a power cut (fsync(2)).
                self._disk.flush_folder(self.path.parent)
            if reading.torn:
                self._set_aside(reading)
            self._size = reading.good_bytes

    def _set_aside(self, reading: Reading) -> None:
        """Keep the torn bytes beside the journal before they leave it."""
        self.torn = reading.torn
        kept = self.path.with_name(f"{self.path.name}.torn-{int(self._clock.now())}")
        # Kept for a person: half an `accepted` event may hold the id of a paid task.
        self._disk.write(kept, reading.torn)
        os.ftruncate(self._descriptor, reading.good_bytes)
        os.fsync(self._descriptor)

    def append(self, kind: str, /, **data: object) -> Event:
        """Make one event of now durable."""
        event = Event(seq=len(self.events) + 1, at=round(self._clock.now(), 3), kind=kind, data=data)
        self.write(event)
        return event

    def write(self, event: Event) -> None:
        """Make one event durable. After a failure nothing more is written: the tail is no longer known.

        Raises:
            RunDirectoryError: the disk failed, another process wrote to the journal, or it is not the next event.
        """
        if event.seq != len(self.events) + 1:
            raise RunDirectoryError(
                f"{self.path}: event {event.seq} is not the next one, which is {len(self.events) + 1}",
                code="journal/foreign-write",
                hint="two writers had this run; see who else works in it, then resume",
                charged="unknown",
            )
        line = encode(event)
        self._refuse_foreign_writes()
        # A failed flush is never tried again: the kernel may have dropped the pages and report success the next time
        # (PostgreSQL's "fsyncgate", 2018). Set before the write, so that an interruption counts as a failure.
        self._dead = True
        with explain_os_errors(self.path):
            self._disk.append(self._descriptor, line)
        self._dead = False
        self._size += len(line)
        self.events.append(event)

    def _refuse_foreign_writes(self) -> None:
        """Refuse to write where another process did: the second line of defence where locks lie."""
        if self._dead:
            raise RunDirectoryError(f"{self.path}: an earlier write failed", code="journal/failed", retryable=True)
        with explain_os_errors(self.path):
            mine, there = os.fstat(self._descriptor), self.path.stat()
        # On network file systems a lock may hold on one machine only (flock(2), local_lock); size and inode tell of a
        # writer on another. The inode catches a file that was replaced under our descriptor.
        if (mine.st_ino, mine.st_size) != (there.st_ino, self._size):
            raise RunDirectoryError(
                f"{self.path} was changed by another process while this one holds the lock",
                code="journal/foreign-write",
                hint="keep run directories on a local disk; see who else writes there, then resume",
            )

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
