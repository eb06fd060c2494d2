"""What the walks share: an emulator, a driver that dies where it is told, and a person who settles what is unknown."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from runner.state.run_directory import read_history
from tests.crash.driver import at_point
from tests.execution.studio import PROMPTS, ROOT, Studio, served

DRIVER = (sys.executable, str(Path(__file__).with_name("driver.py")))
ENVIRON = {"PATH": "", "PYTHONPATH": str(ROOT)}
KILLED, UNKNOWN = -9, 8
# Each task is asked about exactly twice, so that no clock decides how many points a run passes.
PENDING = "success-without-url:polls=1"
SMALL = {"on_fail": "warn"}  # films smaller than was ordered


@dataclass
class Walk:
    """Runs of one storyboard, each in a folder of its own, against one emulator."""

    studio: Studio
    forks: subprocess.Popen[str]

    def words(self, root: Path, *point: int | str) -> list[str]:
        """What the driver is told."""
        return [str(self.studio.folder / "board.yaml"), str(root), f"{self.studio.url}/kie", *map(str, point)]

    def drive(self, root: Path, *point: int | str) -> subprocess.CompletedProcess[str]:
        """Run in a process of its own, which may be told to die at a point."""
        assert self.forks.stdin is not None
        assert self.forks.stdout is not None
        said, complained = (self.studio.folder / name for name in ("said", "complained"))
        words = [*self.words(root, *point), str(said), str(complained)]
        self.forks.stdin.write(json.dumps(words) + "\n")
        self.forks.stdin.flush()
        code = int(self.forks.stdout.readline())
        return subprocess.CompletedProcess(words, code, said.read_text(), complained.read_text())

    def kill(self, root: Path, point: int, before: int) -> None:
        """Run until SIGKILL at a point; what is unknown on the way there is settled, and the next process is killed."""
        died = self.drive(root, point)
        if died.returncode == UNKNOWN:
            self._settle(root, self.charges()[before:])
            died = self.drive(root, point)
        words = (root.name, point, died.returncode, died.stderr)
        assert died.returncode == KILLED, words
        assert died.stderr.splitlines()[-1] == at_point(point), words

    def start(self, root: Path, under: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run from the start of the program, under another one."""
        words = [*under, *DRIVER, *self.words(root)]
        return subprocess.run(words, env=ENVIRON, capture_output=True, text=True, check=False)

    def charges(self) -> list[str]:
        return [charge["task"] for charge in self.studio.ask("/sandbox/ledger")["charges"]]

    def finish(self, root: Path, before: int) -> subprocess.CompletedProcess[str]:
        """Run to the end, as a person would: what is unknown is looked up in the provider's own list of tasks."""
        again = self.drive(root)
        if again.returncode == UNKNOWN:
            self._settle(root, self.charges()[before:])
            again = self.drive(root)
        return again

    def _settle(self, root: Path, bought: list[str]) -> None:
        """A task that no take knows is the lost one; otherwise there is none."""
        known = {take.task for take in read_history(root).takes}
        lost = [task for task in bought if task not in known]
        words = ["--task", lost[0]] if lost else ["--resend"]
        assert self.studio.command("reconcile", root, *words).returncode == 0


@contextmanager
def walking(folder: Path, films: Path) -> Iterator[Walk]:
    """A walk over a three-hop storyboard; its films are small, for hundreds of them are decoded."""
    faults = ["no-rate-limit", "balance=1000000", "size=320x180", PENDING]
    with served(folder / "emulator", faults, task_seconds=0, films=films) as url:
        studio = Studio(url=url, folder=folder)
        studio.board(*PROMPTS, checks=SMALL)
        with subprocess.Popen(DRIVER, env=ENVIRON, stdin=PIPE, stdout=PIPE, text=True) as forks:
            yield Walk(studio, forks)
