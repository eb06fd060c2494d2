"""Two processes, or two copies, of one run never buy the same hop without a person's word."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.errors import ProviderError
from tests.execution.studio import PROMPTS, ROOT, Studio


@contextmanager
def running(studio: Studio) -> Iterator[subprocess.Popen[str]]:
    """A run that waits for its first task."""
    studio.fault("slow:seconds=3000,times=1")
    words = ["run", studio.board(*PROMPTS[:2]), "--run-dir", studio.root, "--yes"]
    with subprocess.Popen(
        [sys.executable, "-m", "runner", *map(str, words)],
        cwd=studio.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **studio.environ},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "accepted" in line:
                break
        try:
            yield process
        finally:
            process.kill()


def until_hop_1(studio: Studio) -> None:
    """A run whose second hop failed: the next one buys it."""
    studio.fault("task-failed=501@extend")
    with pytest.raises(ProviderError):
        studio.film(studio.board(*PROMPTS[:2]))
    studio.ask("/sandbox/faults", method="DELETE")
    studio.fault("no-rate-limit", "balance=1000000")


def copied(studio: Studio) -> Path:
    return Path(shutil.copytree(studio.root, studio.folder / "copy"))


def test_a_second_process_leaves_and_says_who_is_there(studio: Studio) -> None:
    with running(studio) as process:
        for words in (["resume", studio.root], ["retake", studio.root, "--hop", "0"]):
            result = studio.command(*words)
            assert result.returncode == 5
            assert f"in use by process {process.pid} on {socket.gethostname()}, since 2" in result.stderr
        assert studio.command("status", studio.root).returncode == 0
    assert len(studio.charges()) == 1


def test_a_lock_of_a_killed_process_is_taken_over_and_nothing_is_paid_twice(studio: Studio) -> None:
    with running(studio) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    studio.ask("/sandbox/clock", {"advance": 4000})
    result = studio.command("resume", studio.root, "--yes")
    assert result.returncode == 0, result.stderr
    assert len(studio.charges()) == 2


def test_a_copy_does_not_run_beside_the_original(studio: Studio) -> None:
    with running(studio):
        copy = copied(studio)
        result = studio.command("resume", copy, "--yes")
        assert result.returncode == 5
        assert f"{copy} is a copy of {studio.root}" in result.stderr
        assert studio.command("status", copy).returncode == 0
    assert len(studio.charges()) == 1


def test_a_copy_does_not_buy_what_the_original_bought_meanwhile(studio: Studio) -> None:
    until_hop_1(studio)
    copy = copied(studio)
    studio.film(studio.board(*PROMPTS[:2]))
    bought = len(studio.charges())
    for words in (["resume", copy, "--yes"], ["retake", copy, "--hop", "0", "--yes"]):
        assert studio.command(*words).returncode == 5
    assert len(studio.charges()) == bought


def test_a_copy_buys_its_own_hops_once_a_person_says_so(studio: Studio) -> None:
    until_hop_1(studio)
    copy = copied(studio)
    assert studio.command("resume", copy, "--yes", "--here").returncode == 0
    studio.film(studio.board(*PROMPTS[:2]))
    assert len(studio.charges()) == 4
    assert studio.command("resume", copy, "--yes").returncode == 0
    assert len(studio.charges()) == 4


def test_a_moved_run_goes_on_with_a_note(studio: Studio) -> None:
    until_hop_1(studio)
    moved = studio.root.rename(studio.folder / "moved")
    result = studio.command("resume", moved, "--yes")
    assert result.returncode == 0
    assert f"moved here from {studio.root}" in result.stderr
    assert len(studio.charges()) == 3
