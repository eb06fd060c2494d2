"""Random lives of a run: bought, killed, resumed, retaken, edited, reconciled, in any order, over a scripted API.

Time and the provider's mishaps are scripted, for no real API shows them at will; journal, directory and money path are
real. Films are lists of numbers, inspected without ffmpeg: what a real file is worth has its own tests.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runner.context import ActiveRun, Context
from runner.errors import LongtakeError, UnknownOutcome
from runner.execution.reconcile import adopt_task, allow_resend, unsettled
from runner.execution.workflow import execute
from runner.net.client import Web
from runner.state.history import Take
from runner.state.run_directory import RunDirectory, open_run_directory, read_history
from runner.storyboard.load import parse
from tests.doses import DOSE
from tests.execution.studio import UNSEEN
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Api, Killed, Life, scripted_context

MISHAPS = ("none", "none", "none", "lost-before", "lost-after", "refused", "busy", "unsent", "fails")
PROMPTS = ("a dog trots", "it goes on", "it slows down")


async def yes(_plan: object) -> bool:
    return True


class RandomLife(RuleBasedStateMachine):
    """What may happen to a run, and what must hold whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="longtake-machine-"))
        self.root = self.folder / "run"
        self.clock = FakeClock()
        self.prompts = list(PROMPTS)
        self.risked = 0  # submits that a person sent again at their own risk

    def teardown(self) -> None:
        try:
            self._must_finish()
        finally:
            shutil.rmtree(self.folder)

    @initialize(keeps_names=st.booleans())
    def begin(self, *, keeps_names: bool) -> None:
        self.api = Api(keeps_names=keeps_names)

    @rule(acts=st.integers(0, 90), mishaps=st.lists(st.sampled_from(MISHAPS), max_size=4))
    def live(self, acts: int, mishaps: list[str]) -> None:
        """Run or resume, until the end, an error, or death."""
        self.api.mishaps = mishaps
        self._run(acts)

    @precondition(lambda self: self._usable())
    @rule(acts=st.integers(0, 60), hop=st.integers(0, 2))
    def retake(self, acts: int, hop: int) -> None:
        self._run(acts, retake=hop)

    @rule(hop=st.integers(0, 2), words=st.sampled_from(["in the rain", "at night", ""]))
    def edit(self, hop: int, words: str) -> None:
        self.prompts[hop] = f"{PROMPTS[hop]} {words}".strip()

    @precondition(lambda self: self._unsettled())
    @rule(acts=st.integers(0, 12), trust=st.booleans())
    def reconcile(self, acts: int, *, trust: bool) -> None:
        """A person looks at the provider's list: adopts what is there, or sends again what they believe is not."""
        self._with_directory(acts, lambda run, take: self._word(run, take, self._lost(take) if trust else ""))

    @invariant()
    def every_charge_is_accounted_for(self) -> None:
        """Each charged task is in the journal, or a take is unsettled that may be it, or a person took the risk."""
        if not self.root.exists():
            return
        history = read_history(self.root)
        named_here = {take.task for take in history.takes if take.task}
        lost = [task for task in self.api.charged if task not in named_here]
        assert len(lost) <= len(unsettled(history)) + self.risked
        assert history.committed >= Decimal("0.30") * (len(self.api.charged) - self.risked)

    @invariant()
    def no_submit_is_charged_twice(self) -> None:
        marks = list(self.api.charged.values()) if hasattr(self, "api") else []
        assert len(marks) == len(set(marks))

    def _run(self, acts: int, retake: int | None = None) -> Exception | None:
        life = Life(acts)
        text = "\n".join(
            [
                "storyboard: 1",
                "provider: kie",
                f"checks: {json.dumps(UNSEEN)}",
                f"initial: {{prompt: {self.prompts[0]}, duration: 4}}",
                "extensions:",
            ]
            + [f"  - prompt: {prompt}" for prompt in self.prompts[1:]]
        )
        storyboard = parse(text.encode())

        async def work() -> None:
            async with Web() as web:
                await execute(storyboard, self.root, self._context(life, web), yes, retake=retake)

        return self._mortal(work)

    def _with_directory(self, acts: int, act: Callable[[ActiveRun, Take], Any]) -> None:
        life = Life(acts)

        async def work() -> None:
            async with Web() as web:
                context = self._context(life, web)
                with open_run_directory(self.root, context.store, disk=context.disk, clock=self.clock) as directory:
                    await act(ActiveRun(context=context, directory=directory, budget=None), self._first(directory))

        self._mortal(work)

    def _mortal(self, work: Callable[[], Any]) -> Exception | None:
        try:
            asyncio.run(work())
        except LongtakeError as error:
            return error
        except Killed:
            pass
        return None

    def _context(self, life: Life, web: Web) -> Context:
        return scripted_context(self.root, self.api, life, web, self.clock)

    async def _word(self, run: ActiveRun, take: Take, lost: str) -> None:
        if lost:
            await adopt_task(run, take, lost)
            return
        before = len(unsettled(run.directory.history))
        try:
            allow_resend(run, take)
        finally:
            self.risked += before - len(unsettled(read_history(self.root)))

    def _first(self, directory: RunDirectory) -> Take:
        return unsettled(directory.history)[0]

    def _lost(self, take: Take) -> str:
        """The task that this submit came to, as a person finds it in the provider's list by its name."""
        return next((task for task, mark in self.api.charged.items() if mark == take.mark), "")

    def _unsettled(self) -> bool:
        return self.root.exists() and bool(unsettled(read_history(self.root)))

    def _usable(self) -> bool:
        if not self.root.exists():
            return False
        history = read_history(self.root)
        return all(any(t.usable for t in history.of_hop(hop)) for hop in range(3)) and not unsettled(history)

    def _must_finish(self) -> None:
        """Whatever happened, the run can be brought to its end."""
        self.api.mishaps, self.api.failing = [], set()
        for _ in range(6):
            ended = self._run(10_000)
            if ended is None:
                return
            assert isinstance(ended, UnknownOutcome), ended
            self._with_directory(10_000, lambda run, take: self._word(run, take, self._lost(take)))
        raise AssertionError("it never ended")


EVERYDAY = settings(
    max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


class TestSomeRandomLives(RandomLife.TestCase):  # type: ignore[misc]
    settings = EVERYDAY


@pytest.mark.proof
class TestManyRandomLives(RandomLife.TestCase):  # type: ignore[misc]
    settings = settings(EVERYDAY, max_examples=60 * DOSE)
