"""One process per run directory: a lock the system frees when its holder dies, and words about who holds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from runner.clock import Clock
from runner.errors import RunDirectoryError
from runner.files import explain_os_errors, open_private, read_file


@contextmanager
def hold_lock(folder: Path, clock: Clock) -> Iterator[None]:
    """Hold the run directory for as long as the block lasts.

    Raises:
        RunDirectoryError: a live process holds it; names host, process and since when.
    """
    from filelock import FileLock, Timeout  # reading a run needs no lock

    # flock, not a file with a process number: the kernel frees it when the holder dies, at once even after SIGKILL, and
    # numbers are used again. Nor POSIX locks (lockf): those are lost when any descriptor of the file is closed, as the
    # write below does (both tried on 2026-11-20). Not blocking: a person should read who holds it, not wait in silence.
    lock = FileLock(folder / "lock", blocking=False, mode=0o600)
    before = _read_holder(folder)  # some versions of the library empty the file before they find it locked
    with explain_os_errors(folder / "lock"):
        try:
            lock.acquire()
        except Timeout:
            raise _locked_error(folder, _read_holder(folder) or before) from None
    try:
        # For the message alone; the lock is the kernel's, so stale words here harm nothing.
        with explain_os_errors(folder / "lock"), os.fdopen(open_private(folder / "lock"), "w") as stream:
            stream.write(json.dumps(_describe_holder(clock)) + "\n")
        yield
    finally:
        lock.release()


def _describe_holder(clock: Clock) -> dict[str, object]:
    import socket  # reading a run needs no host name

    since = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def _read_holder(folder: Path) -> str:
    try:
        holder = json.loads(read_file(folder / "lock"))
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _locked_error(folder: Path, holder: str) -> RunDirectoryError:
    return RunDirectoryError(
        f"{folder} is in use by {holder or 'another process'}",
        code="run-directory/locked",
        hint="wait for it or stop it with Ctrl-C; the lock frees itself when that process ends",
        retryable=True,
        next_command=f"longtake status {folder}",
    )
