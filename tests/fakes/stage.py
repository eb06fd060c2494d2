"""The engine on a stage: a folder for one run, a scripted provider, and what both said."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from runner.execution.workflow import RunResult, execute
from runner.net.client import Web
from runner.planning.model import Plan
from runner.reporting import Report, Reporter
from runner.state.history import History
from runner.state.run_directory import read_history
from runner.storyboard.load import parse
from runner.storyboard.model import Storyboard
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FIRST_SECONDS, Api, Life, scripted_context

PROMPTS = ("a dog trots", "it goes on", "it slows down")


def storyboard(*prompts: str, more: str = "") -> Storyboard:
    first, *others = prompts or PROMPTS
    lines = ["storyboard: 1", "provider: kie", f"initial: {{prompt: {first}, duration: {FIRST_SECONDS}}}"]
    lines += ["extensions:", *(f"  - prompt: {prompt}" for prompt in others)] if others else []
    return parse("\n".join([*lines, more]).encode())


@dataclass
class Stage:
    """A folder for one run, the provider that it buys from, and what it said."""

    root: Path
    api: Api = field(default_factory=lambda: Api(keeps_names=True))
    clock: FakeClock = field(default_factory=FakeClock)
    reports: list[Report] = field(default_factory=list)
    asked: list[Plan] = field(default_factory=list)

    def run(
        self, board: Storyboard | None = None, *, yes: bool = True, acts: int = 10_000, retake: int | None = None
    ) -> RunResult:
        return asyncio.run(self.work(board, yes=yes, acts=acts, retake=retake))

    async def work(
        self,
        board: Storyboard | None = None,
        *,
        yes: bool = True,
        acts: int = 10_000,
        retake: int | None = None,
        report: Reporter | None = None,
    ) -> RunResult:
        async def approve(plan: Plan) -> bool:
            self.asked.append(plan)
            return yes

        async with Web() as web:
            life, listener = Life(acts), report or self.reports.append
            context = scripted_context(self.root, self.api, life, web, self.clock, report=listener)
            return await execute(board or storyboard(), self.root, context, approve, retake=retake)

    @property
    def history(self) -> History:
        return read_history(self.root)
