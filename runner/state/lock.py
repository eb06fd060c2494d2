"""One process per run directory: a lock the system frees when its holder dies, and words about who holds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from runner.clock import Clock
from runner.commands import command
from runner.errors import RunDirectoryError
from runner.files import explain_os_errors, open_private, read_file, try_lock


@contextmanager
def hold_lock(folder: Path, clock: Clock) -> Iterator[None]:
    """Hold the run directory for as long as the block lasts.

    Raises:
        RunDirectoryError: a live process holds it; names host, process and since when.
    """
    # flock, not a file with a process number: the kernel frees it when the holder dies, at once even after SIGKILL, and
    # numbers are used again. Nor POSIX locks (lockf): those are lost when any descriptor of the file is closed (both
    # tried on 2026-11-20). By our own hand: the library filelock 4.3 makes a lock of a file's existence where a file
    # system has no flock, and that is held for ever once its process was killed. Not blocking: a person should read who
    # holds it, not wait in silence.
    with explain_os_errors(folder / "lock"):
        descriptor = open_private(folder / "lock", os.O_RDWR | os.O_CREAT)
    try:
        with explain_os_errors(folder / "lock"):
            if not try_lock(descriptor, folder / "lock"):
                raise _locked_error(folder, _read_holder(folder))
            # For the message alone; the lock is the kernel's, so stale words here harm nothing.
            os.ftruncate(descriptor, 0)
            os.write(descriptor, (json.dumps(_describe_holder(clock)) + "\n").encode())
        yield
    finally:
        os.close(descriptor)  # and with it the lock


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
        next_command=command("status", folder),
    )
