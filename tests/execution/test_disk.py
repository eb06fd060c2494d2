"""A disk that fails at each durable act of a run in turn: the run stops with words, and goes on once there is room."""

import asyncio
import errno
import os
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import pytest

from runner.api.runs import Environment, RunOptions, load, run
from runner.errors import LongtakeError, RunDirectoryError, UnknownOutcome
from runner.files import Disk
from tests.doses import doses
from tests.execution.studio import PROMPTS, Studio, yes

HANDFULS = 16
write = os.write


def half(descriptor: int, data: bytes) -> int:
    """A write that takes half of the bytes, and says so."""
    return write(descriptor, data[: len(data) // 2])


class FailingDisk(Disk):
    """Fails at one act; every other act is real."""

    def __init__(self, act: int) -> None:
        self.act, self.done = act, 0

    def _here(self) -> bool:
        self.done += 1
        return self.done == self.act

    def append(self, descriptor: int, data: bytes) -> None:
        with mock.patch.object(os, "write", half) if self._here() else nullcontext():
            super().append(descriptor, data)

    def flush_folder(self, path: Path) -> None:
        if self._here():
            raise OSError(errno.EIO, "injected")
        super().flush_folder(path)

    def replace(self, temporary: Path, final: Path) -> None:
        if self._here():
            raise OSError(errno.ENOSPC, "injected")
        super().replace(temporary, final)


def attempt(studio: Studio, disk: Disk) -> None:
    environment = Environment(environ=studio.environ, disk=disk, folder=studio.folder)
    asyncio.run(
        run(load(studio.board(*PROMPTS[:2])), RunOptions(run_dir=studio.root), approve=yes, environment=environment)
    )


@pytest.mark.parametrize("handful", doses(range(HANDFULS), 5))
@pytest.mark.proof
def test_a_disk_that_fails_at_any_act_loses_nothing(studio: Studio, handful: int) -> None:
    whole = FailingDisk(0)
    attempt(studio, whole)
    bought = len(studio.charges())
    for act in range(1 + handful, whole.done + 1, HANDFULS):
        studio.folder = studio.folder / "next"
        studio.folder.mkdir()
        with pytest.raises(LongtakeError) as caught:
            attempt(studio, FailingDisk(act))
        if isinstance(caught.value, UnknownOutcome):
            words = caught.value.next_command.split()[1:]
            assert studio.command(*words).returncode == 0, words
        else:
            assert isinstance(caught.value, RunDirectoryError), act
        attempt(studio, Disk())
        assert len(studio.charges()) - bought == 2, act
        bought = len(studio.charges())
