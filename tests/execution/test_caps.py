"""What a run may commit: said before the first purchase, and held by one ledger for all runs of a command."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from runner.api.batch import Film, prepare_runs
from runner.api.runs import RunOptions, load
from runner.errors import LongtakeError, StoppedBeforeSpending, UsageError
from runner.execution.workflow import execute
from runner.net.client import Web
from runner.planning.budget import SpendingCap, round_up
from runner.state.history import Phase
from runner.state.run_directory import read_history
from tests.execution.test_workflow import Stage, storyboard
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Api, Killed, Life, scripted_context

PRICE = Decimal("0.3")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(root=tmp_path / "film")


def stopped(stage: Stage, budget: str, **how: int) -> StoppedBeforeSpending:
    with pytest.raises(StoppedBeforeSpending) as caught:
        stage.run(storyboard(more=f"budget: {{usd: {budget}}}"), **how)
    assert caught.value.code == "money/budget"
    return caught.value


def test_a_plan_that_its_budget_does_not_cover_buys_nothing_and_says_what_would_do(stage: Stage) -> None:
    assert "$0.90 would do" in stopped(stage, "0.89").hint
    assert (stage.api.charged, stage.asked) == ({}, [])
    stage.run(storyboard(more="budget: {usd: 0.90}"))


def test_what_is_spent_already_counts(stage: Stage) -> None:
    stage.run(storyboard("a dog trots", "it goes on"))
    error = stopped(stage, "0.80")
    assert "$0.60 already committed" in error.message
    assert len(stage.api.charged) == 2


def test_a_retake_that_the_budget_does_not_cover_discards_nothing(stage: Stage) -> None:
    stage.run()
    error = stopped(stage, "1.00", retake=1)
    assert "$1.50 would do" in error.hint
    assert "retake" in error.next_command
    assert all(take.usable for take in stage.history.takes)


def test_a_task_that_failed_counts_as_the_journal_has_it(stage: Stage) -> None:
    stage.api.mishaps = ["fails"]
    with pytest.raises(LongtakeError):
        stage.run(storyboard(more="budget: {usd: 0.9}"))
    assert "$1.20 would do" in stopped(stage, "0.9").hint


def test_what_is_paid_for_is_fetched_although_the_rest_is_too_dear(tmp_path: Path) -> None:
    for acts in range(1, 100):
        stage = Stage(root=tmp_path / str(acts))
        with pytest.raises(Killed):
            stage.run(acts=acts)
        if [take.phase for take in stage.history.takes] == [Phase.ACCEPTED]:
            break
    stopped(stage, "0.30")
    assert stage.history.of_hop(0)[0].phase is Phase.JUDGED
    assert len(stage.api.charged) == 1


def test_runs_side_by_side_share_one_cap(tmp_path: Path) -> None:
    api, cap = Api(keeps_names=True), SpendingCap(4 * PRICE)

    async def one(root: Path, web: Web) -> None:
        context = scripted_context(root, api, Life(10_000), web, FakeClock())
        await execute(storyboard(), root, replace(context, cap=cap), yes)

    async def work() -> list[BaseException | None]:
        async with Web() as web:
            return await asyncio.gather(*(one(tmp_path / name, web) for name in "abc"), return_exceptions=True)

    ended = [end for end in asyncio.run(work()) if end is not None]
    assert all(isinstance(end, StoppedBeforeSpending) for end in ended)
    histories = [read_history(tmp_path / name) for name in "abc"]
    assert sum((history.committed for history in histories), Decimal(0)) == cap.committed <= cap.usd


async def yes(_plan: object) -> bool:
    return True


def films(folder: Path, count: int, max_cost: str) -> list[Film]:
    made = []
    for number in range(count):
        path = folder / f"film-{number}.yaml"
        path.write_text("storyboard: 1\nprovider: kie\ninitial: {prompt: a dog trots along, duration: 4}\n")
        options = RunOptions(runs_dir=folder / "runs", max_cost=Decimal(max_cost))
        made.append(Film(storyboard=load(path), options=options))
    return made


def test_a_cap_holds_for_all_films_of_a_command(tmp_path: Path) -> None:
    with pytest.raises(StoppedBeforeSpending, match=r"not all 12 films .* \$3.60 more .* cap of \$0.50") as caught:
        prepare_runs(films(tmp_path, 12, "0.5"))
    assert "$3.60 would do" in caught.value.hint
    assert prepare_runs(films(tmp_path, 12, "3.60")) is not None


@pytest.mark.parametrize("amount", ["nan", "inf", "-1"])
def test_a_library_call_gives_an_amount_that_is_one(amount: str) -> None:
    with pytest.raises(UsageError):
        SpendingCap(Decimal(amount))


def test_what_is_named_as_enough_is_never_rounded_below_it() -> None:
    assert round_up(Decimal("1.2045")) == Decimal("1.21")


def test_two_films_of_one_folder_are_refused_before_either_starts(tmp_path: Path) -> None:
    boards = []
    for name in ("ep1", "ep2"):
        (tmp_path / name).mkdir()
        boards.append(films(tmp_path / name, 1, "1")[0].storyboard)
    options = RunOptions(runs_dir=tmp_path / "runs")
    with pytest.raises(UsageError, match="would both run in") as caught:
        prepare_runs([Film(storyboard=board, options=options) for board in boards])
    assert "--run-dir" in caught.value.next_command
    assert not options.runs_dir.exists()
