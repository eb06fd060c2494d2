"""A disk that fails at each durable act of a run in turn: the run stops with words, and goes on once there is room."""

import asyncio
import errno
from pathlib import Path

import pytest

from runner.errors import LongtakeError, RunDirectoryError, UnknownOutcome
from runner.files import Disk
from runner.library import Choices, World, load, run
from tests.engine.studio import PROMPTS, Studio, yes


class FailingDisk(Disk):
    """Fails at one act with one error; every other act is real."""

    def __init__(self, act: int, error: int) -> None:
        self.act, self.error, self.done = act, error, 0

    def _count(self) -> None:
        self.done += 1
        if self.done == self.act:
            raise OSError(self.error, "injected")

    def append(self, descriptor: int, data: bytes) -> None:
        self._count()
        super().append(descriptor, data)

    def replace(self, temporary: Path, final: Path) -> None:
        self._count()
        super().replace(temporary, final)


def attempt(studio: Studio, disk: Disk) -> None:
    world = World(environ=studio.environ, disk=disk, folder=studio.folder)
    asyncio.run(run(load(studio.board(*PROMPTS[:2])), Choices(run_dir=studio.root), approve=yes, world=world))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_act_loses_nothing(studio: Studio, error: int) -> None:
    acts = FailingDisk(0, 0)
    attempt(studio, acts)
    bought = len(studio.charges())
    for act in range(1, acts.done + 1):
        studio.folder = studio.folder / "next"
        studio.folder.mkdir()
        disk = FailingDisk(act, error)
        with pytest.raises(LongtakeError) as caught:
            attempt(studio, disk)
        if isinstance(caught.value, UnknownOutcome):
            words = caught.value.next_command.split()[1:]
            assert studio.command(*words).returncode == 0, words
        else:
            assert isinstance(caught.value, RunDirectoryError), act
        attempt(studio, Disk())
        assert len(studio.charges()) - bought == 2, act
        bought = len(studio.charges())
