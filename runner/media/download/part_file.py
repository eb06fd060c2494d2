"""An unfinished download on disk: the bytes so far (`.part`), and beside them a note on what they are part of.

The note is written after the bytes that it counts are flushed, so that a file found after a crash or a power cut is
trusted as far as its note goes and no further. It never holds a link.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from runner.files import Disk, explain_os_errors, flush, open_private, read_file

_VERSION = 1
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of the remote file.

    `validator` is its strong ETag, or its date where that is as good, or empty; `digest` is ``md5 …`` or ``sha256 …``
    in hex where the server gave one; `size` counts the flushed bytes.
    """

    validator: str = ""
    total: int | None = None
    digest: str = ""
    content_type: str = ""
    size: int = 0


class Part:
    """The file being filled. Every method blocks; `write` and `digest` may run beside each other."""

    def __init__(self, target: Path, disk: Disk) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self.note = Note()
        self.size = 0
        self._note_path = target.with_name(f"{target.name}.part.json")
        self._target = target
        self._disk = disk
        self._file = -1
        self._hashes = _hashes(Note())

    @property
    def is_whole(self) -> bool:
        """Whether every byte is there."""
        return self.size > 0 and self.size == self.note.total

    def open(self) -> None:
        """Take up what an earlier process left, as far as its note vouches for it."""
        with explain_os_errors(self.path):
            self._file = open_private(self.path, os.O_RDWR | os.O_CREAT)
            self.note = _load(self._note_path)
            if self.note.size > os.fstat(self._file).st_size or not self.note.validator:
                self.note = Note()
            os.ftruncate(self._file, self.note.size)
            self._read_back()

    def restart(self, note: Note) -> None:
        """Discard the bytes so far and start over with another remote file."""
        with explain_os_errors(self.path):
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            self.size, self.note, self._hashes = 0, note, _hashes(note)
            self._save()

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add bytes at the end; they are not yet flushed."""
        with explain_os_errors(self.path):
            for piece in pieces:
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
        self.size += sum(map(len, pieces))

    def digest(self, pieces: Sequence[bytes]) -> None:
        """Count bytes into the digests, in the order in which they were written."""
        for piece in pieces:
            for each in self._hashes.values():
                each.update(piece)

    def commit(self) -> None:
        """Make the bytes so far durable, and then the note that counts them."""
        if self._file < 0 or self.size == self.note.size or not self.note.validator:
            return  # nothing new, or nothing that could ever be taken up again
        with explain_os_errors(self.path):
            # In this order: a note that counts bytes which a power cut took would vouch for zeros.
            flush(self._file)
            self.note = replace(self.note, size=self.size)
            self._save()

    def digest_flaw(self) -> str:
        """Say how the bytes differ from the digest that the server gave, or nothing."""
        kind, _, expected = self.note.digest.partition(" ")
        found = self._hashes[kind].hexdigest() if kind else ""
        return "" if found == expected else f"its {kind} is {found}, the server says {expected}"

    def finish(self) -> str:
        """Give the file its final name, durably; return its SHA-256 in hex."""
        with explain_os_errors(self._target):
            self._close_file()
            self._disk.replace(self.path, self._target)
            self._note_path.unlink(missing_ok=True)
        return self._hashes["sha256"].hexdigest()

    def close(self) -> None:
        """Close the file, and leave nothing where nothing came; what was not committed may be lost."""
        if self._file < 0:
            return
        self._close_file()
        if not self.size:
            self.path.unlink(missing_ok=True)
            self._note_path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        os.close(self._file)
        self._file = -1

    def _read_back(self) -> None:
        os.lseek(self._file, 0, os.SEEK_SET)
        self.size, self._hashes = 0, _hashes(self.note)
        while block := os.read(self._file, _BLOCK):
            self.digest((block,))
            self.size += len(block)

    def _save(self) -> None:
        words = {"version": _VERSION, **asdict(self.note)}
        self._disk.write(self._note_path, json.dumps(words, indent=1).encode())


def _load(path: Path) -> Note:
    """Read a note; an unreadable one is as good as none, for then the download only starts over."""
    try:
        words = json.loads(read_file(path))
        if words.pop("version") != _VERSION:
            return Note()
        note = Note(**words)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return Note()
    whole = (note.size, 0 if note.total is None else note.total)
    texts = (note.validator, note.digest, note.content_type)
    fits = all(type(number) is int and number >= 0 for number in whole) and all(isinstance(text, str) for text in texts)
    return note if fits else Note()


def _hashes(note: Note) -> dict[str, "hashlib._Hash"]:
    # The server's digest is compared in its own kind; ours is what the journal names the file by.
    kinds = {"sha256", note.digest.partition(" ")[0] or "sha256"}
    return {kind: hashlib.new(kind, usedforsecurity=False) for kind in kinds}
