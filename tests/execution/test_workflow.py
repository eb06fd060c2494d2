"""The engine from the plan to the film, over a scripted provider and without ffmpeg."""

import hashlib
from pathlib import Path

import pytest

from runner.backends.memory import MemoryFilm
from runner.errors import CheckFailed, LongtakeError, ProviderError, StoppedBeforeSpending, UnknownOutcome
from runner.state.history import Phase
from runner.storyboard.load import parse
from runner.storyboard.model import Storyboard
from tests.fakes.provider import ADDED_SECONDS, FIRST_SECONDS, Killed
from tests.fakes.stage import PROMPTS, Stage, storyboard


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(root=tmp_path / "film")


def test_each_hop_is_paid_once_and_the_film_holds_all_of_them(stage: Stage) -> None:
    film = stage.run().film
    assert film.seconds == FIRST_SECONDS + 2 * ADDED_SECONDS
    assert len(stage.api.charged) == 3
    assert hashlib.sha256(film.path.read_bytes()).hexdigest() == film.sha256
    assert len(MemoryFilm.read(film.path).pictures) == 24 * film.seconds


def test_a_run_that_is_done_buys_nothing_and_asks_nobody(stage: Stage) -> None:
    first = stage.run().film
    stage.asked.clear()
    assert stage.run().film.sha256 == first.sha256
    assert (len(stage.api.charged), stage.asked) == (3, [])


def test_nothing_is_bought_without_a_yes(stage: Stage) -> None:
    with pytest.raises(StoppedBeforeSpending):
        stage.run(yes=False)
    assert stage.api.charged == {}


def test_an_edited_hop_and_those_after_it_are_bought_again(stage: Stage) -> None:
    stage.run()
    stage.run(storyboard(PROMPTS[0], "it lies down", PROMPTS[2]))
    assert len(stage.api.charged) == 5
    assert [take.number for take in stage.history.of_hop(1)] == [1, 2]


def test_an_edit_that_is_undone_buys_nothing(stage: Stage) -> None:
    stage.run()
    stage.run(storyboard(*PROMPTS[:2], "it lies down"))
    stage.run()
    assert len(stage.api.charged) == 4


def test_a_retake_is_bought_with_all_that_follows(stage: Stage) -> None:
    stage.run()
    stage.run(retake=1)
    assert len(stage.api.charged) == 5


@pytest.mark.parametrize("acts", range(1, 40, 3))
def test_a_run_that_died_goes_on_and_pays_no_hop_twice(stage: Stage, acts: int) -> None:
    with pytest.raises(Killed):
        stage.run(acts=acts)
    stage.run()
    assert len(stage.api.charged) == 3


def test_a_lost_answer_is_settled_by_the_name_of_the_submit(stage: Stage) -> None:
    stage.api.mishaps = ["lost-after"]
    stage.run()
    assert len(stage.api.charged) == 3


def test_a_lost_answer_stops_where_the_provider_cannot_tell(stage: Stage) -> None:
    stage.api.keeps_names = False
    stage.api.mishaps = ["lost-after"]
    with pytest.raises(UnknownOutcome) as caught:
        stage.run()
    assert caught.value.charged == "unknown"
    with pytest.raises(UnknownOutcome):
        stage.run()
    assert len(stage.api.charged) == 1


def test_a_refusal_is_free_and_says_so(stage: Stage) -> None:
    stage.api.mishaps = ["refused"]
    with pytest.raises(ProviderError) as caught:
        stage.run()
    assert (caught.value.charged, stage.api.charged) == ("no", {})


@pytest.mark.parametrize("mishap", ["busy", "unsent"])
def test_what_was_never_taken_is_sent_again(stage: Stage, mishap: str) -> None:
    stage.api.mishaps = [mishap]
    stage.run()
    assert len(stage.api.charged) == 3
    assert stage.clock.slept


def test_a_task_that_fails_stops_the_run_and_is_bought_again_on_resuming(stage: Stage) -> None:
    stage.api.mishaps = ["fails"]
    with pytest.raises(LongtakeError):
        stage.run()
    assert stage.history.of_hop(0)[0].phase is Phase.FAILED
    stage.run()
    assert len(stage.api.charged) == 4


def test_a_file_of_another_form_stops_before_the_next_hop_is_bought(stage: Stage) -> None:
    with pytest.raises(CheckFailed):
        stage.run(storyboard(more="checks: {resolution: 1080p}"))
    assert len(stage.api.charged) == 1


SOUND = "audio: required"
TWO_TAKES = "initial: {{prompt: a dog trots, duration: 4, takes: 2{more}}}"


def two_takes(more: str = "") -> Storyboard:
    lines = ["storyboard: 1", "provider: kie", TWO_TAKES.format(more=more), f"checks: {{{SOUND}}}"]
    return parse("\n".join([*lines, "extensions:", "  - prompt: it goes on"]).encode())


def test_a_take_that_fails_its_checks_is_bought_again_where_the_storyboard_says_so(stage: Stage) -> None:
    stage.api.mishaps = ["silent"]
    stage.run(storyboard(more=f"checks: {{{SOUND}, on_fail: retake}}"))
    first, second = stage.history.of_hop(0)
    assert (first.verdict, first.discarded, second.usable) == ("fail", "failed its checks", True)
    assert len(stage.api.charged) == 4


def test_of_several_takes_the_one_that_passed_is_extended(stage: Stage) -> None:
    stage.api.mishaps = ["silent"]
    stage.run(two_takes())
    failed, good = stage.history.of_hop(0)
    assert (failed.verdict, good.chosen) == ("fail", True)
    assert stage.history.of_hop(1)[0].parent == good.number
    assert len(stage.api.charged) == 3


def test_a_person_who_wants_to_choose_is_asked_before_the_next_hop_is_bought(stage: Stage) -> None:
    with pytest.raises(StoppedBeforeSpending) as caught:
        stage.run(two_takes(", choose: ask"))
    assert (caught.value.code, len(stage.api.charged)) == ("takes/choose", 2)
