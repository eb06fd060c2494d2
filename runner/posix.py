"""Every call that only POSIX systems have. Nothing else in longtake may make one; Windows is refused at start."""

import fcntl
import os
import signal
from pathlib import Path

_FILE_MODE = 0o600
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS alone has it


def open_private(path: Path, flags: int = os.O_WRONLY | os.O_CREAT | os.O_TRUNC) -> int:
    """Open a file that is for this user alone from its first moment on, whatever the umask says; its descriptor.

    Children do not inherit it: ffmpeg reads what strangers made, and has no business with a journal.
    """
    return os.open(path, flags | os.O_CLOEXEC, _FILE_MODE)


def flush(descriptor: int) -> None:
    """Force a file to the medium: fdatasync, or F_FULLFSYNC where fsync stops at the drive's own cache (macOS)."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
        return
    try:
        if _FULL_SYNC is not None:
            fcntl.fcntl(descriptor, _FULL_SYNC)
            return
    except OSError:  # a file system that does not know it
        pass
    os.fsync(descriptor)


def flush_folder(path: Path) -> None:
    """Make the names in a folder durable: flushing a file says nothing about its entry (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kill_group(leader: int) -> None:
    """Kill a process that leads its own group, and all that it started."""
    os.killpg(leader, signal.SIGKILL)
