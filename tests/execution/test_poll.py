"""Waiting for a task: a server that asks for patience gets it, within bounds."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from runner.errors import ProviderError
from runner.execution.workflow import RunResult, execute
from runner.net.client import Web
from runner.planning.model import Plan
from runner.providers.base import Job, State
from runner.reporting import Report
from runner.storyboard.load import parse
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Api, Connection, Life, scripted_context

BOARD = parse(b"storyboard: 1\nprovider: kie\ninitial: {prompt: a dog trots, duration: 4}")


class Slow(Connection):
    """Answers so many questions by asking for patience."""

    def __init__(self, api: Api, wishes: list[float]) -> None:
        super().__init__(api, Life(10_000))
        self._wishes = wishes

    async def look(self, job: Job) -> State:
        if self._wishes:
            raise ProviderError("slow down", retryable=True, retry_after=self._wishes.pop(0))
        return await super().look(job)


@dataclass
class Waiting:
    """A run against a server with wishes, and how long it waited between its questions."""

    root: Path
    clock: FakeClock = field(default_factory=FakeClock)
    said: list[Report] = field(default_factory=list)

    def run(self, *wishes: float, deadline: float = 3600) -> RunResult:
        async def yes(_plan: Plan) -> bool:
            return True

        async def work() -> RunResult:
            async with Web() as web:
                api = Api(keeps_names=True)
                made = scripted_context(self.root, api, Life(10_000), web, self.clock, report=self.said.append)
                provider: Any = Slow(api, list(wishes))
                context = replace(made, provider=provider, pace=replace(made.pace, deadline=deadline))
                return await execute(BOARD, self.root, context, yes)

        return asyncio.run(work())


@pytest.fixture
def waiting(tmp_path: Path) -> Waiting:
    return Waiting(tmp_path / "film")


def test_a_server_that_wishes_to_be_asked_later_is_asked_later(waiting: Waiting) -> None:
    waiting.run(60, 5)
    assert 60 <= waiting.clock.slept[0] <= 66
    assert 5 <= waiting.clock.slept[1] <= 5.5
    assert "asks again in 6" in next(each.message for each in waiting.said if each.kind == "hop/pending")


def test_without_a_wish_the_usual_pace_is_kept(waiting: Waiting) -> None:
    waiting.run(0, 0.2)
    assert all(0.9 <= seconds <= 1.1 for seconds in waiting.clock.slept)


@pytest.mark.parametrize("wish", [86_400.0, 1e300, float("inf")])
def test_nobody_makes_a_run_wait_longer_than_a_quarter_of_an_hour(waiting: Waiting, wish: float) -> None:
    waiting.run(wish)
    assert waiting.clock.slept == [900]


@pytest.mark.parametrize("wish", [-5.0, float("nan")])
def test_a_wish_that_is_no_time_is_no_wish(waiting: Waiting, wish: float) -> None:
    waiting.run(wish)
    assert waiting.clock.slept[0] <= 1.1


def test_the_last_question_comes_at_the_deadline_and_not_after_it(waiting: Waiting) -> None:
    with pytest.raises(ProviderError, match="is not done after 100 s"):
        waiting.run(70, 70, 70, deadline=100)
    assert sum(waiting.clock.slept) == pytest.approx(100)
