"""File systems that lack a call: a folder that cannot be flushed is said, a run that cannot be locked is refused."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runner.api.preflight import check_place
from runner.errors import RunDirectoryError
from runner.files import Disk, open_private, try_lock
from runner.state.lock import hold_lock
from tests.fakes.clock import FakeClock

HOLDER = """
import signal, sys
from pathlib import Path
from runner.clock import SystemClock
from runner.state.lock import hold_lock
with hold_lock(Path(sys.argv[1]), SystemClock()):
    print("held", flush=True)
    signal.pause()
"""


def answer(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let folders answer a flush with an error; files are flushed as ever."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_folder_that_cannot_be_flushed_is_remembered(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(number, monkeypatch)
    disk = Disk()
    disk.write(tmp_path / "file", b"words")
    assert (disk.unflushed, (tmp_path / "file").read_bytes()) == (tmp_path, b"words")
    assert "cannot flush" in check_place(tmp_path)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_flush_that_fails_is_a_failure(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(number, monkeypatch)
    with pytest.raises(OSError, match=os.strerror(number)):
        Disk().write(tmp_path / "file", b"words")


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_is_refused_in_words(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(RunDirectoryError, match="has no locks") as caught, hold_lock(tmp_path, FakeClock()):
        pass
    assert (caught.value.code, str(tmp_path) in caught.value.message) == ("run-directory/no-lock", True)
    with pytest.raises(RunDirectoryError, match="has no locks"):
        check_place(tmp_path)


def test_a_lock_is_held_by_one_and_ends_with_a_process_that_was_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunDirectoryError, match=f"process {holder.pid} ") as caught, hold_lock(tmp_path, FakeClock()):
        pass
    assert caught.value.code == "run-directory/locked"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with hold_lock(tmp_path, FakeClock()):
        assert f'"pid": {os.getpid()}' in (tmp_path / "lock").read_text()


def test_two_openings_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    with hold_lock(tmp_path, FakeClock()):
        descriptor = open_private(tmp_path / "lock", os.O_RDWR)
        assert not try_lock(descriptor, tmp_path / "lock")
        os.close(descriptor)
    with hold_lock(tmp_path, FakeClock()):
        pass


def test_a_place_that_is_as_it_should_be_is_left_as_it_was(tmp_path: Path) -> None:
    assert check_place(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
