"""One way to stop: the first signal waits for the answer to a paid submit, a person's second one does not."""

import os
import signal

import pytest

from runner.console.stopping import Stopped, run_until_stopped
from runner.execution.held import finish_regardless
from tests.fakes.turns import take_turns

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
TURNS = 50  # of the event loop, in each of which it hears signals


def stopped_by(*numbers: signal.Signals) -> list[str]:
    """What came of a submit during which these signals came."""
    came: list[str] = []

    async def submit() -> None:
        for number in numbers:
            os.kill(os.getpid(), number)
            await take_turns(TURNS)
        came.append("the answer")

    with pytest.raises(Stopped):
        run_until_stopped(finish_regardless(submit()))
    return came


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_one_signal_waits_for_the_answer(number: signal.Signals) -> None:
    assert stopped_by(number) == ["the answer"]


@pytest.mark.parametrize("number", [INT, TERM])
def test_a_persons_second_signal_does_not_wait(number: signal.Signals) -> None:
    assert stopped_by(TERM, number) == []


@pytest.mark.parametrize("first", [INT, TERM, HUP])
def test_a_terminal_that_closes_is_told_of_twice_and_is_no_second_word(first: signal.Signals) -> None:
    assert stopped_by(first, HUP, HUP) == ["the answer"]
