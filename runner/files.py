"""Durable acts on files, behind one small object, so that a test can make each of them fail or die."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.errors import RunDirectoryError
from runner.posix import flush, flush_folder, open_private

_FOLDER_MODE = 0o700

_WORDS = {
    errno.ENOSPC: (
        "run-directory/disk-full",
        "the disk is full",
        "free some space, then resume: nothing paid for is lost",
    ),
    errno.EDQUOT: ("run-directory/disk-full", "the disk quota is used up", "free some space, then resume"),
    errno.EROFS: ("run-directory/read-only", "the file system is read-only", "choose another folder with --runs-dir"),
    errno.EACCES: ("run-directory/no-permission", "permission denied", "choose another folder with --runs-dir"),
    errno.EPERM: ("run-directory/no-permission", "not permitted", "choose another folder with --runs-dir"),
}


@contextmanager
def explain_os_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into a RunDirectoryError that says what it means."""
    try:
        yield
    except OSError as error:
        default = ("run-directory/io-error", os.strerror(error.errno or 0), "look at the disk, then resume")
        code, words, hint = _WORDS.get(error.errno or 0, default)
        raise RunDirectoryError(f"{path}: {words}", code=code, hint=hint, retryable=True) from error


class Disk:
    """The real disk. Each method is one durable act: when it returns, a power cut cannot take it back."""

    def append(self, descriptor: int, data: bytes) -> None:
        """Add `data` to an O_APPEND descriptor by one write, and flush it."""
        written = os.write(descriptor, data)
        if written != len(data):
            raise OSError(errno.ENOSPC, f"short write: {written} of {len(data)} bytes")
        flush(descriptor)

    def replace(self, temporary: Path, final: Path) -> None:
        """Flush `temporary`, give it its final name, and flush the folder."""
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            flush(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(final)
        self.flush_folder(final.parent)

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file beside its place, then move it there; readers see the old one or the new one."""
        temporary = path.with_name(f"{path.name}.new")
        with os.fdopen(open_private(temporary), "wb") as stream:
            stream.write(data)
        self.replace(temporary, path)

    def make_folder(self, path: Path) -> None:
        """Make `path` and its parents, for this user alone; an existing folder is fine."""
        if path.is_dir():
            return
        self.make_folder(path.parent)
        path.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        self.flush_folder(path.parent)

    def flush_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        flush_folder(path)
