"""The kernel itself refuses to flush: fdatasync and fsync fail under the running program, one call at a time."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.walk import SMALL, UNKNOWN, Walk, walking
from tests.execution.studio import PROMPTS

STRACE = shutil.which("strace")
CALLS = 16
SAID = (5, 6, UNKNOWN)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Walk]:
    with walking(tmp_path_factory.mktemp("flush"), films) as walk:
        walk.studio.board(*PROMPTS[:2], checks=SMALL)
        yield walk


@pytest.mark.proof
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("start", range(1, CALLS + 1, 4))
@pytest.mark.parametrize("syscall", ["fdatasync", "fsync"])
def test_a_flush_that_fails_stops_with_words_and_loses_nothing(walk: Walk, syscall: str, start: int) -> None:
    for number in range(start, start + 4):
        root, before = walk.studio.folder / f"{syscall}-{number}", len(walk.charges())
        fault = f"inject={syscall}:error=EIO:when={number}"
        log = str(walk.studio.folder / "strace.log")
        failed = walk.start(root, (str(STRACE), "-f", "-qq", "-o", log, "-e", f"trace={syscall}", "-e", fault))
        assert "Traceback" not in failed.stderr, failed.stderr
        assert failed.returncode in (0, *SAID), (number, failed.stderr)
        _adopt_what_the_error_names(walk, failed)
        again = walk.finish(root, before)
        assert again.returncode == 0, (number, again.stderr)
        assert len(walk.charges()) - before == 2, number


def _adopt_what_the_error_names(walk: Walk, failed: "subprocess.CompletedProcess[str]") -> None:
    """A task that could not be written down is named in the error, and a take without an outcome can be settled."""
    if "money/not-recorded" in failed.stderr:
        assert walk.charges()[-1] in failed.stderr
