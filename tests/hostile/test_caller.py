"""Whoever calls may stop, break, or go away at any moment: what was sent is answered, and the answer written down."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from runner.api.runs import RunOptions
from runner.backends.local import LocalArtifactStore, LocalRunStore
from runner.cli import run as command
from runner.cli.resolve import Target
from runner.console.output import Style
from runner.console.stopping import Stopped, run_until_stopped
from runner.execution.reconcile import unsettled
from runner.execution.workflow import execute
from runner.net.client import Web
from runner.state.run_directory import read_history
from tests.execution.studio import PROMPTS, ROOT, UNSEEN, Studio
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Life, scripted_context
from tests.fakes.stage import Stage, storyboard
from tests.hostile.process import MortalDisk

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ACTS, FOREVER = 200, 10_000  # more acts than a run has


def everything_sent_is_written_down(stage: Stage) -> None:
    history = stage.history
    assert not unsettled(history)
    assert {take.task for take in history.takes if take.task} == set(stage.api.charged)


def ends_with_each_hop_paid_once(stage: Stage) -> None:
    asyncio.run(film(stage, Life(FOREVER)))
    assert len(stage.api.charged) == 3


async def film(stage: Stage, life: Life) -> Any:
    """Make the film of a stage in one process's life."""

    async def yes(_plan: object) -> bool:
        return True

    async with Web() as web:
        context = scripted_context(stage.root, stage.api, life, web, stage.clock)
        disk = MortalDisk(life)
        store = LocalRunStore(stage.root.parent, disk=disk, clock=stage.clock)
        context = replace(context, disk=disk, store=store, artifacts=LocalArtifactStore(stage.root, disk=disk))
        return await execute(storyboard(), stage.root, context, yes)


# Stopped.


class Signalled(Life):
    """A process that gets a signal at one of its acts."""

    def __init__(self, act: int, number: signal.Signals) -> None:
        super().__init__(act)
        self._number = number

    def act(self) -> None:
        self.left -= 1
        if self.left == -1:
            os.kill(os.getpid(), self._number)


@pytest.mark.proof
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("slow", [0, 5], ids=["at once", "late"])
def test_a_signal_at_any_act_leaves_no_answer_unread(tmp_path: Path, number: signal.Signals, slow: int) -> None:
    for act in range(ACTS):
        stage = Stage(root=tmp_path / f"{act}" / "film")
        stage.api.slow = slow
        try:
            run_until_stopped(film(stage, Signalled(act, number)))
        except Stopped:
            everything_sent_is_written_down(stage)
            ends_with_each_hop_paid_once(stage)
        else:
            assert act > len(stage.api.charged)
            return
    raise AssertionError("the signal came at every act")


# Beside others that fail.


class Faulty(Life):
    """A process in which one act, and that one alone, raises what nobody foresaw."""

    def act(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise RuntimeError("unforeseen")


@dataclass
class Company:
    """Three runs of one process; something unforeseen happens in the first, at one of its acts."""

    folder: Path
    act: int

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.stages = [Stage(root=self.folder / name / "film", clock=self.clock) for name in ("a", "b", "c")]
        for stage in self.stages:
            stage.api.slow = 3

    async def film(self, stage: Stage) -> Any:
        return await film(stage, Faulty(self.act if stage is self.stages[0] else FOREVER))

    async def by_root(self, _storyboard: object, options: RunOptions, **_others: object) -> Any:
        """Stand in for `runner.api.runs.run`."""
        return await self.film(next(stage for stage in self.stages if stage.root == options.run_dir))


def _companies(folder: Path) -> Iterator[Company]:
    return (Company(folder / str(act), act) for act in range(ACTS))


@pytest.mark.proof
def test_what_breaks_one_run_of_a_command_lets_the_others_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for company in _companies(tmp_path):
        monkeypatch.setattr(command, "make_film", company.by_root)
        _, *others = company.stages
        targets = [_target(stage) for stage in company.stages]
        code = command.make_films(targets, Style(quiet=True), yes=True, jobs=3)
        for stage in others:
            assert stage.history.film
            everything_sent_is_written_down(stage)
            assert len(stage.api.charged) == 3
        ends_with_each_hop_paid_once(company.stages[0])
        if not code:
            return
    raise AssertionError("something unforeseen happened at every act")


def _target(stage: Stage) -> Target:
    return Target(storyboard=storyboard(), root=stage.root, options=RunOptions(run_dir=stage.root))


@pytest.mark.proof
def test_what_breaks_one_run_of_a_library_leaves_no_answer_of_the_others_unread(tmp_path: Path) -> None:
    """A gather of somebody else's cancels the others; each of them has settled what it sent."""
    for company in _companies(tmp_path):

        async def all_of_them(company: Company = company) -> None:
            await asyncio.gather(*map(company.film, company.stages))

        try:
            asyncio.run(all_of_them())
        except RuntimeError:
            broken = True
        else:
            broken = False
        for stage in company.stages[1:]:
            everything_sent_is_written_down(stage)
        for stage in company.stages:
            ends_with_each_hop_paid_once(stage)
        if not broken:
            return
    raise AssertionError("something unforeseen happened at every act")


# Nobody listens.

DEAF = (
    ">&-",
    "2>&-",
    ">&- 2>&-",
    "<&- >&- 2>&-",
    ">/dev/full",
    "2>/dev/full",
    ">/dev/full 2>/dev/full",
    "--json >/dev/full",
    "--json | head -c 1 >/dev/null",
    "2>&1 | true",
    "--verbose 2>/dev/full",
)


@pytest.mark.proof
@pytest.mark.parametrize("deaf", DEAF)
def test_where_nobody_listens_a_film_is_paid_once_and_no_bug_is_told(studio: Studio, deaf: str) -> None:
    board = studio.board(*PROMPTS[:2], checks=UNSEEN)
    said = _shell(studio, f"run {board} --run-dir {studio.root} --yes {deaf}")
    assert "code 1\n" not in said  # that of a bug, where its words are not heard either
    assert "a bug in longtake" not in said
    assert "Traceback" not in said
    assert not unsettled(read_history(studio.root))
    assert studio.command("run", board, "--run-dir", studio.root, "--yes").returncode == 0
    assert len(studio.charges()) == 2


def _shell(studio: Studio, words: str) -> str:
    """Call the command line in a shell; everything that can still be heard of it."""
    called = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m runner {words}; echo code ${{PIPESTATUS[0]}}"],
        cwd=studio.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **studio.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return called.stdout + called.stderr


@pytest.mark.proof
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("told", [("submitting",), ("submitting", "accepted")], ids=lambda told: told[-1])
def test_a_signal_to_the_command_waits_for_the_answer(
    studio: Studio, number: signal.Signals, told: Sequence[str]
) -> None:
    studio.fault("slow-reply@generate:seconds=1", "slow:seconds=30,times=1")
    process = studio.begun("run", studio.board(*PROMPTS[:2], checks=UNSEEN), "--run-dir", studio.root, "--yes")
    assert process.stderr is not None
    next(line for line in process.stderr if told[-1] in line)
    process.send_signal(number)
    _, words = process.communicate()
    assert process.returncode == 130, words
    assert f"longtake resume {studio.root}" in words
    (take,) = studio.history.takes
    assert [charge["task"] for charge in studio.charges()] == [take.task]


@pytest.mark.proof
def test_a_terminal_that_goes_away_takes_no_answer_along(studio: Studio) -> None:
    """Its signal comes, and what is said after that goes nowhere."""
    studio.fault("slow-reply@generate:seconds=1", "slow:seconds=30,times=1")
    process = studio.begun("run", studio.board(PROMPTS[0], checks=UNSEEN), "--run-dir", studio.root, "--yes")
    assert process.stderr is not None
    assert process.stdout is not None
    next(line for line in process.stderr if "submitting" in line)
    process.stderr.close()
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    process.wait()
    (take,) = studio.history.takes
    assert [charge["task"] for charge in studio.charges()] == [take.task]
