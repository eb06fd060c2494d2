"""An edit that is undone: what was bought before it comes back, and nothing is bought twice."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from runner.api.runs import Environment, RunOptions, load, plan, run
from runner.planning.reuse import ASKED_FOR_BY_USER
from runner.state.history import History, Phase
from tests.crash.dying import DyingDisk, KilledError
from tests.doses import doses
from tests.execution.studio import PROMPTS, Studio, yes
from tests.planning.boards import ACCEPTED_AT, actions, board, planned, taken

DONE = Phase.JUDGED
DAY = 86400.0
EDITED = (PROMPTS[0], PROMPTS[1] + " It rains.", PROMPTS[2])


def undone(reason: str = "changed: prompt", **changes: object) -> History:
    """Hop 1 was edited and bought again, hop 2 after it; now the edit is undone."""
    old, new = taken(board(), DONE, DONE, DONE), taken(board("A dog", "It swims"), DONE, DONE)
    first, second, third = old.takes
    second = replace(second, discarded=reason, **changes)  # type: ignore[arg-type]
    third = replace(third, discarded="hop 1 gets a new take")
    edited = replace(new.takes[1], number=2)
    return replace(old, takes=(first, second, edited, third, replace(third, number=2, parent=2, discarded="")))


def test_what_fits_again_is_taken_up_with_what_was_made_from_it() -> None:
    result = planned(board(), undone())
    assert (actions(result), result.usd) == (["keep"] * 3, 0)
    assert [step.restored for step in result.steps] == [(), (1,), (1,)]
    assert result.steps[1].reason == "take 1 fits the storyboard again"


@pytest.mark.parametrize("reason", [ASKED_FOR_BY_USER, "failed its checks", "another take was chosen"])
def test_what_was_let_go_of_on_purpose_stays_away(reason: str) -> None:
    assert actions(planned(board(), undone(reason))) == ["keep", "buy", "buy"]


def test_a_take_that_failed_stays_away() -> None:
    assert actions(planned(board(), undone(verdict="fail"))) == ["keep", "buy", "buy"]


def test_a_failed_take_that_a_person_accepted_comes_back() -> None:
    assert actions(planned(board(), undone(verdict="fail", approved=True))) == ["keep"] * 3


def test_a_take_that_can_no_longer_be_extended_comes_back_only_if_it_was() -> None:
    late = ACCEPTED_AT + 15 * DAY
    assert actions(planned(board(), undone(), now=late)) == ["keep"] * 3
    history = undone()
    alone = replace(history, takes=history.takes[:3])
    assert actions(planned(board(), alone, now=late)) == ["keep", "buy", "buy"]


def test_a_refused_edit_is_undone_at_no_price() -> None:
    history = undone()
    refused = replace(history.takes[2], phase=Phase.REFUSED, task="", words="no")
    result = planned(board(), replace(history, takes=(*history.takes[:2], refused, history.takes[3])))
    assert actions(result) == ["keep"] * 3


@pytest.mark.proof
def test_an_edit_that_is_undone_buys_nothing(studio: Studio) -> None:
    path = studio.board(*PROMPTS)
    studio.film(path)
    for prompts, takes in ((EDITED, (1, 2, 2)), (PROMPTS, (1, 1, 1)), (EDITED, (1, 2, 2))):
        studio.film(studio.board(*prompts))
        assert studio.history.film is not None
        assert studio.history.film.takes == takes
        assert len(studio.charges()) == 5


@pytest.mark.proof
def test_takes_to_choose_from_come_back_together(studio: Studio) -> None:
    def asked(prompt: str) -> Path:
        return studio.board(extensions=[{"prompt": prompt, "takes": 2, "choose": "ask"}])

    for prompt in (PROMPTS[1], EDITED[1]):
        with pytest.raises(Exception, match="2 takes to choose from"):
            studio.film(asked(prompt))
    step = plan(load(asked(PROMPTS[1])), studio.root).steps[1]
    assert (step.action, step.restored, step.copies) == ("choose", (1, 2), 0)
    with pytest.raises(Exception, match="2 takes to choose from"):
        studio.film(asked(PROMPTS[1]))
    assert [bool(take.discarded) for take in studio.history.of_hop(1)] == [False, False, True, True]
    assert len(studio.charges()) == 5


@pytest.mark.parametrize(
    "moment", doses([b'"discarded","hop":1', b'"restored","hop":1', b'"restored","hop":2'], b'"restored","hop":1')
)
def test_a_run_that_dies_while_it_takes_up_old_takes_goes_on_with_that(studio: Studio, moment: bytes) -> None:
    studio.film(studio.board(*PROMPTS))
    studio.film(studio.board(*EDITED))
    path = studio.board(*PROMPTS)
    environment = Environment(environ=studio.environ, folder=studio.folder, disk=DyingDisk(moment))
    with pytest.raises(KilledError):
        asyncio.run(run(load(path), RunOptions(run_dir=studio.root), approve=yes, environment=environment))
    studio.film(path)
    assert studio.history.film is not None
    assert studio.history.film.takes == (1, 1, 1)
    assert len(studio.charges()) == 5
