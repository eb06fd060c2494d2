"""Durable acts on files, behind one object that tests can make fail or die; and all other calls that only POSIX has."""

import errno
import fcntl
import os
import shlex
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import RunDirectoryError

if TYPE_CHECKING:
    import asyncio

# For the owner alone: prompts and unreleased films are private on a shared machine, whatever the umask says.
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS alone has it

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
    errno.ELOOP: ("run-directory/link", "is a link, and is not followed: it may lead anywhere", "remove the link"),
}


@contextmanager
def explain_os_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into a RunDirectoryError that says what it means."""
    try:
        yield
    except OSError as error:
        default = ("run-directory/io-error", os.strerror(error.errno or 0), "check the disk, then resume")
        code, words, hint = _WORDS.get(error.errno or 0, default)
        raise RunDirectoryError(f"{path}: {words}", code=code, hint=hint, retryable=True) from error


# What a file system answers that does not know a call at all; any other error of that call is a failure. CIFS of older
# kernels, VirtualBox and some FUSE folders answer EINVAL where a folder is to be flushed.
_UNKNOWN_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


class Disk:
    """The real disk. Each method is one durable act: when it returns, a power cut cannot take it back.

    `unflushed` is a folder whose names could not be made durable, because its file system does not know how.
    """

    unflushed: Path | None = None

    def append(self, descriptor: int, data: bytes) -> None:
        """Add `data` to an O_APPEND descriptor by one write, and flush it."""
        # One write, as a crash may then cut a line but never mix two; and no loop, because the rest of a short write
        # would land behind a torn line.
        written = os.write(descriptor, data)
        if written != len(data):
            raise OSError(errno.ENOSPC, f"short write: {written} of {len(data)} bytes")
        flush(descriptor)

    def replace(self, temporary: Path, final: Path) -> None:
        """Flush `temporary`, give it its final name, and flush the folder."""
        # Flushed before it is renamed: git renamed references without that until 2.36, and power cuts left empty files.
        descriptor = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            flush(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(final)
        self.flush_folder(final.parent)

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file beside its place, then move it there; readers see the old one or the new one."""
        temporary = path.with_name(f"{path.name}.new")
        with os.fdopen(open_new(temporary), "wb") as stream:
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
        """Make the names in a folder durable: flushing a file says nothing about its entry (fsync(2))."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Nothing more can be done there, and the kernel orders most such names by itself: said, not refused.
            if error.errno not in _UNKNOWN_CALL:
                raise
            self.unflushed = path
        finally:
            os.close(descriptor)


def try_lock(descriptor: int, path: Path) -> bool:
    """Take the kernel's lock on an open file without waiting; False where another process holds it.

    Raises:
        RunDirectoryError: the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _UNKNOWN_CALL | {errno.ENOLCK}:
            raise
        # No file with a process number in its stead: it outlives a process that was killed, and numbers come again.
        raise RunDirectoryError(
            f"the file system of {path.parent} has no locks ({os.strerror(error.errno or 0)}),"
            " so two processes could buy the same hop",
            code="run-directory/no-lock",
            hint="nothing was bought: keep runs on a local disk, as with --runs-dir ~/runs",
        ) from error
    return True


def open_private(path: Path, flags: int = os.O_WRONLY | os.O_CREAT | os.O_TRUNC) -> int:
    """Open a file that is for this user alone from its first moment on, whatever the umask says; return its descriptor.

    Children do not inherit it: ffmpeg reads what strangers made, and has no business with a journal. Links are not
    followed: a run directory can come from a stranger, with `lock` or `storyboard.yaml.new` leading to ~/.bashrc.
    """
    # Not waiting: a pipe in the place of a file would hold us for ever.
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, _FILE_MODE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a file", str(path))


def read_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file; none of what is no file, as a pipe would hold us until somebody writes into it.

    Raises:
        OSError: it cannot be opened.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        return stream.read(size) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""


def open_new(path: Path) -> int:
    """Open a new file for this user alone; what an earlier process left under its name is removed, never written to."""
    path.unlink(missing_ok=True)
    return open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def read_file(path: Path) -> bytes:
    """Return what is in a file of a run, which is no link, pipe or device.

    Raises:
        OSError: it is one, or cannot be read.
    """
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as stream:
        return stream.read()


def refuse_non_files(root: Path) -> None:
    """Refuse a run directory that holds links, pipes or devices: what is read and written below it has to be in it.

    A pipe would hold whoever opens it until somebody writes into it. The directory itself may be a link that a person
    made. Folders above a file are not covered by opening it without following links, so all of them are looked at
    before anything is opened.

    Raises:
        RunDirectoryError: naming it, and where a link leads.
    """
    folders = [root]
    while folders:
        found = _entries(folders.pop())
        for each in found:
            if each.is_symlink():
                raise _link_error(root, Path(each.path))
            if not (each.is_file(follow_symlinks=False) or each.is_dir(follow_symlinks=False)):
                raise _no_file_error(Path(each.path))
        folders += [Path(each.path) for each in found if each.is_dir(follow_symlinks=False)]


def _no_file_error(path: Path) -> RunDirectoryError:
    return RunDirectoryError(
        f"{path} is a pipe, a socket or a device, and is not opened: no run puts one there",
        code="run-directory/no-file",
        hint="nothing was opened or sent. Remove it, or put the file in its place that belongs there",
    )


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    """Return what is in a folder; nothing where it is gone, as a running process may take its temporary ones away."""
    try:
        with explain_os_errors(folder), os.scandir(folder) as entries:
            return list(entries)
    except RunDirectoryError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return []
        raise


def _link_error(root: Path, link: Path) -> RunDirectoryError:
    return RunDirectoryError(
        f"{link} is a link to {link.readlink()}, and is not followed: it leads to a file that is not the run's",
        code="run-directory/link",
        hint="nothing was opened or sent. Remove the link, or put what it leads to in its place; the run directory as a"
        " whole may be a link",
        next_command=f"find {shlex.quote(str(root))}/ -type l",
    )


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


def hear_stop_signals(loop: "asyncio.AbstractEventLoop", stop: Callable[[bool], None]) -> None:
    """Call `stop` from the loop at Ctrl-C, at a polite kill, and when the terminal closes: with whether a person asks.

    A terminal that closes is told of twice, by the kernel and by the shell (bash, huponexit and its own SIGHUP), so it
    is nobody's second word.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What is ignored stays so: `nohup` ignores the closed terminal, a shell its background jobs' Ctrl-C.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number != signal.SIGHUP)


def kill_group(leader: int) -> None:
    """Kill a process that leads its own group, and all that it started."""
    os.killpg(leader, signal.SIGKILL)
