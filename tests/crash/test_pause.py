"""A process that is frozen, not dead: nobody may take its place, and it goes on as if nothing had been."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.crash.walk import DRIVER, ENVIRON, Walk, walking
from tests.doses import doses
from tests.execution.studio import PROMPTS

LOCKED = 5


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Walk]:
    with walking(tmp_path_factory.mktemp("pause"), films) as walk:
        yield walk


def frozen(walk: Walk, root: Path, point: int) -> "subprocess.Popen[str]":
    """A run that has stopped itself at a point, and waits for SIGCONT."""
    process = subprocess.Popen(
        [*DRIVER, *walk.words(root, point, "SIGSTOP")], env=ENVIRON, stdout=PIPE, stderr=PIPE, text=True
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), point
    return process


@pytest.mark.parametrize("start", doses(range(0, 200, 25), 75))
@pytest.mark.proof
def test_a_frozen_run_keeps_its_directory_and_finishes_when_it_wakes(walk: Walk, start: int) -> None:
    for point in range(start, start + 25, 17):
        root, before = walk.studio.folder / f"frozen-{point}", len(walk.charges())
        process = frozen(walk, root, point)
        try:
            bought = walk.charges()
            other = walk.studio.command("resume", root)
            assert other.returncode in (LOCKED, 2), (point, other.stderr)  # 2: there is nothing to resume yet
            if other.returncode == LOCKED:
                assert str(process.pid) in other.stderr
            assert walk.charges() == bought
            process.send_signal(signal.SIGCONT)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, (point, errors)
        finally:
            process.kill()
            process.wait()
        assert len(walk.charges()) - before == len(PROMPTS), point
