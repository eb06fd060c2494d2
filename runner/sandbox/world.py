"""What all emulated providers share: one folder with tasks, ledger, clock, faults and films."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path

from runner.sandbox.clock import SandboxClock
from runner.sandbox.faults.corruption import damaged
from runner.sandbox.faults.spec import Faults, parse
from runner.sandbox.faults.task_effects import Failure, bent, bound, failure
from runner.sandbox.ledger import Charge, Ledger
from runner.sandbox.render import Studio
from runner.sandbox.shared_files import locked
from runner.sandbox.stage.ffmpeg import RenderFailed
from runner.sandbox.stage.graph import Change
from runner.sandbox.tasks import Task, Tasks

START_BALANCE = 10_000.0
PATIENCE = 10.0
"""Seconds for which a look waits for a rendering: well below what clients wait for an answer."""


class World:
    """One sandbox folder; several processes may share it, and a new one continues what an old one began."""

    def __init__(
        self, folder: Path, *, task_seconds: float, clock: SandboxClock, faults: Faults, studio: Studio
    ) -> None:
        self.folder = folder
        self.task_seconds = task_seconds
        self.clock = clock
        self.faults = faults
        self.studio = studio
        self.ledger = Ledger(folder)
        self.tasks = Tasks(folder)
        self._aside: set[asyncio.Task[object]] = set()

    def accept(self, task: Task, *routes: str) -> Task | None:
        """Take a task on and charge for it; None if the balance is too low. The films are begun at once."""
        bound = self.faults.strike("accept", *routes)
        task = bent(replace(task, faults=tuple(fault.spec for fault in bound)), bound)
        with locked(self.folder / "lock"):
            if task.credits > self.balance(task.provider):
                return None
            self.tasks.save(task)
            if self.faults.switch("charge-at-success") is None:
                self._charge(task)
        self._begin(task)
        return task

    def balance(self, provider: str) -> float:
        """Return the credits that are left at a provider."""
        switch = self.faults.switch("balance")
        start = switch.number("credits", START_BALANCE) if switch else START_BALANCE
        return start - self.ledger.spent(provider)

    def due(self, task: Task) -> bool:
        """Say whether a task's time is up."""
        return self.clock.now() >= task.due and bound(task, "stuck") is None

    def settle(self, *tasks: Task) -> None:
        """Bring the ledger up to date with tasks that are due: refund a failure, charge a success that is owed."""
        with locked(self.folder / "lock"):
            charges = {charge.task: charge for charge in self.ledger.charges()}
            for task in tasks:
                charge, failed = charges.get(task.id), failure(task) is not None
                if failed and charge and charge.refunded is None and self.faults.switch("no-refund") is None:
                    self.ledger.refund(task.id, task.due)
                elif not failed and charge is None:
                    self._charge(task)

    def refund(self, task: Task) -> None:
        """Give back what a task cost that came to nothing."""
        with locked(self.folder / "lock"):
            charge = next((each for each in self.ledger.charges() if each.task == task.id), None)
            if charge and charge.refunded is None and self.faults.switch("no-refund") is None:
                self.ledger.refund(task.id, task.due)

    def aside(self, work: Coroutine[object, object, object]) -> None:
        """Do something beside the answers; how it ends concerns none of them."""
        task = asyncio.get_running_loop().create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._ended)

    async def finished(self, task: Task, *, patience: float = PATIENCE) -> Failure | None:
        """Wait a little for the files of a task; a Failure if they cannot be made, TimeoutError if it takes long."""
        try:
            async with asyncio.timeout(patience):
                await self.file(task, whole=True)
        except RenderFailed as error:
            return Failure(code=500, message=f"The sandbox cannot render: {error}")
        return None

    async def file(self, task: Task, *, whole: bool) -> Path:
        """Return a result of a task: its own segment, or the whole film so far."""
        shots = self.tasks.shots(task)
        film = await self.studio.film(*(shots if whole and not task.alone else shots[-1:]))
        rate, size = bound(task, "frame-rate"), bound(task, "size")
        change = Change(
            frame_rate=rate.text("rate") if rate else "",
            size=size.text("size") if size else task.size,
            audio=bound(task, "no-audio") is None and not task.silent,
        )
        return damaged(await self.studio.changed(film, change), [parse(spec) for spec in task.faults])

    def _begin(self, task: Task) -> None:
        """Render while the task's time runs; whoever looks later finds the file, or waits for the same rendering."""
        if failure(task):
            return
        self.aside(self.file(task, whole=True))

    def _ended(self, work: asyncio.Task[object]) -> None:
        self._aside.discard(work)
        if not work.cancelled():
            work.exception()

    def _charge(self, task: Task) -> None:
        charge = Charge(
            provider=task.provider, task=task.id, kind=task.kind, hop=task.hop,
            credits=task.credits, usd=task.usd, at=self.clock.now(),
        )  # fmt: skip
        self.ledger.charge(charge)


def settle_all(world: World) -> None:
    """Bring the ledger up to date with everything that is due."""
    world.settle(*(task for task in world.tasks.everything() if world.due(task)))
