"""Between intent and outcome: nothing from the side turns what is known into an unknown, or loses an answer."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from runner.console.reconcile import evidence_json, evidence_text
from runner.errors import LongtakeError, ProviderError, UnknownOutcome
from runner.execution.held import abandon_held
from runner.execution.reconcile import Evidence, Proposal
from runner.execution.workflow import RunResult
from runner.reporting import Report
from runner.state.history import Phase
from tests.fakes.stage import Stage
from tests.fakes.turns import take_turns

SLOW = 30  # turns of the loop: enough that whatever ends the run comes while the answer is on its way


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(root=tmp_path / "film")


def settled(stage: Stage) -> bool:
    """Nothing that was charged is unknown, and nothing is recorded that was not charged."""
    takes = stage.history.takes
    return not any(take.unsettled for take in takes) and {t.task for t in takes if t.task} == set(stage.api.charged)


async def until_in_flight(stage: Stage) -> None:
    await stage.api.asked.wait()


def test_a_listener_that_fails_is_no_matter_of_the_run(stage: Stage) -> None:
    def fail(report: Report) -> None:
        raise OSError(28, report.message)

    assert asyncio.run(stage.work(report=fail)).film.path.exists()
    assert settled(stage)


def test_the_failure_of_a_task_beside_it_waits_for_the_answer_of_a_submit(stage: Stage) -> None:
    stage.api.slow = SLOW

    async def sibling() -> None:
        await until_in_flight(stage)
        raise ZeroDivisionError

    async def both() -> None:
        await asyncio.gather(stage.work(), sibling())

    with pytest.raises(ZeroDivisionError):
        asyncio.run(both())
    assert len(stage.api.charged) == 1
    assert settled(stage)


def test_a_time_limit_around_a_run_waits_for_the_answer_of_a_submit(stage: Stage) -> None:
    stage.api.slow = SLOW

    async def limited() -> None:
        async with asyncio.timeout(None) as limit:
            run = asyncio.ensure_future(stage.work())
            await until_in_flight(stage)
            limit.reschedule(0)
            await run

    with pytest.raises(TimeoutError):
        asyncio.run(limited())
    assert settled(stage)


@pytest.mark.parametrize("after", range(0, 120, 4))
def test_a_run_that_is_cancelled_anywhere_has_settled_what_it_sent(stage: Stage, after: int) -> None:
    stage.api.slow = SLOW

    async def stopped() -> RunResult:
        run = asyncio.ensure_future(stage.work())
        await take_turns(after)
        run.cancel()
        await take_turns(3)
        run.cancel()  # whoever asks twice by cancelling, as time-outs of libraries do, gets no other answer
        return await run

    with suppress(asyncio.CancelledError):
        asyncio.run(stopped())
    assert settled(stage)
    stage.run()
    assert len(stage.api.charged) == 3


def test_a_person_who_will_not_wait_leaves_a_submit_to_be_settled(stage: Stage) -> None:
    stage.api.slow = 10**9

    async def impatient() -> RunResult:
        run = asyncio.ensure_future(stage.work())
        await until_in_flight(stage)
        run.cancel()
        abandon_held()
        return await run

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(impatient())
    assert [take.phase for take in stage.history.takes] == [Phase.INTENDED]
    stage.api.slow = 0
    stage.run()  # found by its name
    assert len(stage.api.charged) == 3


def test_an_answer_with_the_id_of_an_earlier_take_is_unknown_and_kept(stage: Stage) -> None:
    stage.api.keeps_names = False
    stage.api.mishaps = ["none", "task-of-another"]
    with pytest.raises(UnknownOutcome) as caught:
        stage.run()
    first, second = stage.history.takes
    assert "take 1 of hop 0 already" in caught.value.message
    assert (second.phase, second.task, second.answer) == (Phase.UNKNOWN, "", "HTTP 200: {}")
    assert first.task


def test_a_doubtful_refusal_that_was_not_charged_is_a_refusal(stage: Stage) -> None:
    stage.api.mishaps = ["doubtful"]
    with pytest.raises(ProviderError) as caught:
        stage.run()
    assert (caught.value.code, caught.value.charged) == ("provider/input", "no")
    assert stage.history.takes[0].phase is Phase.REFUSED


def test_a_doubtful_refusal_that_was_charged_is_unknown(stage: Stage) -> None:
    stage.api.keeps_names = False
    stage.api.mishaps = ["doubtful-charged"]
    with pytest.raises(UnknownOutcome):
        stage.run()


def test_what_came_back_is_shown_to_whoever_has_to_settle_it(stage: Stage) -> None:
    stage.api.keeps_names = False
    stage.api.mishaps = ["none", "task-of-another"]
    with suppress(LongtakeError):
        stage.run()
    take = stage.history.takes[-1]
    proposal = Proposal(action="ask", reason="no way to look it up")
    known = Evidence(
        take=take, prompt="", words="?", answer=take.answer, balance=None, console="its page", proposal=proposal
    )
    assert "what came back: HTTP 200: {}" in evidence_text(known, stage.root)
    assert evidence_json(known, stage.root)["answer"] == "HTTP 200: {}"


def test_an_answer_without_words_is_no_process_that_ended(stage: Stage) -> None:
    stage.api.keeps_names = False
    stage.api.mishaps = ["wordless"]
    with pytest.raises(UnknownOutcome) as caught:
        stage.run()
    assert "the answer does not say whether it was taken" in caught.value.message
