"""What all emulated providers share: one folder with tasks, ledger, clock, faults and films."""

import asyncio
import dataclasses
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

from runner.sandbox.faults.spec import Faults, parse_fault
from runner.sandbox.faults.task_effects import Failure, apply_faults, carried_fault, damage_file, find_failure
from runner.sandbox.ledger import Charge, Ledger
from runner.sandbox.render.commands import Change
from runner.sandbox.render.ffmpeg import RenderFailed
from runner.sandbox.render.renderer import Renderer
from runner.sandbox.shared_files import locked, replace_file
from runner.sandbox.tasks import Task, Tasks


class SandboxClock:
    """Seconds since 1970; `advance` moves every deadline of the sandbox nearer."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._file = folder / "clock.json"
        self._lock = folder / "lock"
        self._now = now

    def now(self) -> float:
        """Return the present."""
        return self._now() + self._advanced()

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        with locked(self._lock):
            replace_file(self._file, json.dumps({"advanced": self._advanced() + seconds}))

    def _advanced(self) -> float:
        try:
            return float(json.loads(self._file.read_text(encoding="utf-8"))["advanced"])
        except FileNotFoundError:
            return 0.0


# Enough for a storyboard of any length: kie's dearest task costs 380 credits, and Kling counts in units below 10.
START_BALANCE = 10_000.0
PATIENCE = 10.0
"""Seconds for which a poll waits for a rendering: well below what clients wait for an answer."""


class World:
    """One sandbox folder; several processes may share it, and a new one continues what an old one began."""

    def __init__(
        self, folder: Path, *, task_seconds: float, clock: SandboxClock, faults: Faults, renderer: Renderer
    ) -> None:
        self.folder = folder
        self.task_seconds = task_seconds
        self.clock = clock
        self.faults = faults
        self.renderer = renderer
        self.ledger = Ledger(folder)
        self.tasks = Tasks(folder)
        self._background: set[asyncio.Task[object]] = set()

    def accept(self, task: Task, *routes: str) -> Task | None:
        """Accept a task and charge for it; None if the balance is too low. Rendering begins at once."""
        carried = self.faults.trigger("accept", *routes)
        task = apply_faults(dataclasses.replace(task, faults=tuple(fault.spec for fault in carried)), carried)
        with locked(self.folder / "lock"):
            # Balance and charge under one lock: several processes may share a folder, and one account.
            if task.credits > self.balance(task.provider):
                return None
            self.tasks.save(task)
            if self.faults.switch("charge-at-success") is None:
                self._charge(task)
        # Outside the lock: rendering takes seconds, and other processes wait for it.
        self._start_rendering(task)
        return task

    def balance(self, provider: str) -> float:
        """Return the credits that are left at a provider."""
        switch = self.faults.switch("balance")
        start = switch.number("credits", START_BALANCE) if switch else START_BALANCE
        return start - self.ledger.spent(provider)

    def is_due(self, task: Task) -> bool:
        """Say whether a task's time is up."""
        return self.clock.now() >= task.due and carried_fault(task, "stuck") is None

    def settle(self, *tasks: Task) -> None:
        """Bring the ledger up to date with tasks that are due: refund a failure, charge a success that is owed."""
        with locked(self.folder / "lock"):
            charges = {charge.task: charge for charge in self.ledger.charges()}
            for task in tasks:
                charge, failed = charges.get(task.id), find_failure(task) is not None
                if failed and charge and charge.refunded is None and self.faults.switch("no-refund") is None:
                    self.ledger.refund(task.id, task.due)
                elif not failed and charge is None:
                    self._charge(task)

    def refund(self, task: Task) -> None:
        """Give back what a failed task cost."""
        with locked(self.folder / "lock"):
            charge = next((each for each in self.ledger.charges() if each.task == task.id), None)
            if charge and charge.refunded is None and self.faults.switch("no-refund") is None:
                self.ledger.refund(task.id, task.due)

    def run_in_background(self, work: Coroutine[object, object, object]) -> None:
        """Run something that no answer waits for; an error in it is nobody's answer either."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._discard)

    async def wait_for_files(self, task: Task, *, patience: float = PATIENCE) -> Failure | None:
        """Wait for a task's files; return a Failure if they cannot be made. TimeoutError after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self.render_result(task, whole=True)
        except RenderFailed as error:
            return Failure(code=500, message=f"The sandbox cannot render: {error}")
        return None

    async def render_result(self, task: Task, *, whole: bool) -> Path:
        """Return a result of a task: its own segment, or the whole film so far."""
        # A task may have faults of an older process; they are read from the task, not from what is armed now.
        shots = self.tasks.shots(task)
        film = await self.renderer.render_film(*(shots if whole and not task.alone else shots[-1:]))
        rate, size = carried_fault(task, "frame-rate"), carried_fault(task, "size")
        change = Change(
            frame_rate=rate.text("rate") if rate else "",
            size=size.text("size") if size else task.size,
            audio=carried_fault(task, "no-audio") is None and not task.silent,
        )
        return damage_file(await self.renderer.reencode(film, change), [parse_fault(spec) for spec in task.faults])

    def _start_rendering(self, task: Task) -> None:
        """Render while the task's time runs; a later poll finds the file, or waits for the same rendering."""
        if find_failure(task):
            return
        self.run_in_background(self.render_result(task, whole=True))

    def _discard(self, work: asyncio.Task[object]) -> None:
        self._background.discard(work)
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
    world.settle(*(task for task in world.tasks.list_all() if world.is_due(task)))


def withholds_result(world: World, task: Task) -> bool:
    """Say whether success comes without a result this time; counts the polls."""
    fault = carried_fault(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(dataclasses.replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)
