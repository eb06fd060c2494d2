"""One command goes on from wherever a run stands; status and report tell the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.planning.next_action import needs_choice, next_command, next_step
from runner.state.history import FilmRecord, History, Phase
from runner.state.layout import Layout
from runner.storyboard.model import Storyboard
from tests.planning.boards import board, planned, taken

DONE = Phase.JUDGED


def with_film(history: History) -> History:
    return replace(history, film=FilmRecord(sha256="0" * 64, size=1, takes=(1, 1, 1), at=0.0))


def of_takes(choose: str) -> Storyboard:
    """A storyboard that wants two takes of its second hop."""
    plain = board()
    return replace(plain, hops=(plain.hops[0], replace(plain.hops[1], takes=2, choose=choose), plain.hops[2]))


def two_takes(storyboard: Storyboard, verdict: str = "pass") -> History:
    """Its second hop was bought twice; the verdict is that of both takes."""
    history = taken(storyboard, DONE, DONE)
    first = replace(history.take(1, 1), verdict=verdict)
    return replace(history, takes=(history.take(0, 1), first, replace(first, number=2)))


@pytest.mark.parametrize(
    ("phases", "command"),
    [
        ((), "resume RUN"),
        ((DONE, Phase.FAILED), "resume RUN"),
        ((DONE, Phase.ACCEPTED), "resume RUN"),
        ((DONE, Phase.UNKNOWN), "reconcile RUN"),
        ((Phase.FAILED, Phase.UNKNOWN), "reconcile RUN"),
        ((DONE, DONE, DONE), "resume RUN"),
    ],
)
def test_where_the_takes_stand_decides_the_command(phases: tuple[Phase, ...], command: str) -> None:
    found = next_command(planned(board(), taken(board(), *phases)), Layout(Path("RUN")))
    assert found == f"longtake {command}"


def test_a_hop_that_failed_its_checks_is_taken_again() -> None:
    plan = planned(board(), taken(board(), DONE, verdict="fail"))
    assert next_command(plan, Layout(Path("RUN"))) == "longtake retake RUN --hop 0"


def test_what_may_have_been_bought_comes_before_what_is_to_be_bought() -> None:
    plan = planned(board(), taken(board(), Phase.FAILED, Phase.UNKNOWN))
    assert next_step(plan) is plan.steps[1]


def test_nothing_is_left_to_do_once_the_film_of_these_takes_is_there(tmp_path: Path) -> None:
    plan, layout = planned(board(), with_film(taken(board(), DONE, DONE, DONE))), Layout(tmp_path)
    assert next_command(plan, layout) == f"longtake resume {tmp_path}", "the file is gone"
    layout.film.touch()
    assert next_command(plan, layout) == ""
    assert next_step(plan) is None


def test_a_film_of_other_takes_is_made_again(tmp_path: Path) -> None:
    record = FilmRecord(sha256="0" * 64, size=1, takes=(1, 2, 1), at=0.0)
    plan, layout = planned(board(), replace(taken(board(), DONE, DONE, DONE), film=record)), Layout(tmp_path)
    layout.film.touch()
    assert next_command(plan, layout) == f"longtake resume {tmp_path}"


@pytest.mark.parametrize(
    ("choose", "verdict", "asked"),
    [("ask", "pass", True), ("best", "pass", False), ("best", "fail", True), ("ask", "fail", True)],
)
def test_a_person_chooses_where_that_was_wished_or_no_take_is_good(choose: str, verdict: str, *, asked: bool) -> None:
    storyboard = of_takes(choose)
    plan = planned(storyboard, two_takes(storyboard, verdict))
    assert plan.steps[1].action == "choose"
    assert needs_choice(plan.steps[1], plan.history.of_hop(1)) is asked
    command = "takes RUN --hop 1" if asked else "resume RUN"
    assert next_command(plan, Layout(Path("RUN"))) == f"longtake {command}"
