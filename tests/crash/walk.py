"""What the walks share: an emulator, a driver that dies where it is told, and a person who settles what is unknown."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.state.rundir import history_of
from tests.engine.studio import PROMPTS, ROOT, Studio, served

DRIVER = Path(__file__).with_name("driver.py")
KILLED, UNKNOWN = -9, 8


@dataclass
class Walk:
    """Runs of one storyboard, each in a folder of its own, against one emulator."""

    studio: Studio

    def words(self, root: Path, *point: int | str) -> list[str]:
        """The driver's command line."""
        board = self.studio.folder / "board.yaml"
        return [sys.executable, str(DRIVER), str(board), str(root), f"{self.studio.url}/kie", *map(str, point)]

    def drive(self, root: Path, *point: int | str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, *self.words(root, *point)],
            cwd=self.studio.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": "", "PYTHONPATH": str(ROOT)}

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
        known = {take.task for take in history_of(root).takes}
        lost = [task for task in bought if task not in known]
        words = ["--task", lost[0]] if lost else ["--resend"]
        assert self.studio.command("reconcile", root, *words).returncode == 0


@contextmanager
def walking(folder: Path) -> Iterator[Walk]:
    """A walk over a three-hop storyboard."""
    with served(folder / "emulator", ["no-rate-limit", "balance=1000000"]) as url:
        studio = Studio(url=url, folder=folder)
        studio.board(*PROMPTS)
        yield Walk(studio)
