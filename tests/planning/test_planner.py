import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from runner.planning.plan_json import plan_as_json
from runner.state.history import History, Phase
from runner.storyboard.model import Checks, Hop
from tests.planning.boards import ACCEPTED_AT, actions, board, planned, taken

DONE = Phase.JUDGED
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.schema.json").read_text())
DAY = 86400.0


def test_a_new_storyboard_is_bought_hop_by_hop() -> None:
    result = planned(board())
    assert actions(result) == ["buy", "buy", "buy"]
    assert (result.usd, result.credits, result.seconds) == (Decimal("0.900"), 180, 22)
    assert [step.spec.seconds_total for step in result.steps] == [8, 15, 22]


def test_the_request_names_the_hop_whose_task_is_not_known_yet() -> None:
    assert planned(board()).steps[2].request.body["taskId"] == "<task of hop 1>"


def test_a_known_task_stands_in_the_request() -> None:
    result = planned(board(), taken(board(), DONE))
    assert result.steps[1].request.body["taskId"] == "task0"


@pytest.mark.parametrize(
    ("phase", "action", "price"),
    [
        (None, "buy", "0.300"),
        (Phase.INTENDED, "settle", "0"),
        (Phase.UNKNOWN, "settle", "0"),
        (Phase.UNSENT, "buy", "0.300"),
        (Phase.REFUSED, "buy", "0.300"),
        (Phase.FAILED, "buy", "0.300"),
        (Phase.ACCEPTED, "continue", "0"),
        (Phase.SUCCEEDED, "continue", "0"),
        (Phase.STORED, "continue", "0"),
        (Phase.JUDGED, "keep", "0"),
    ],
)
def test_where_a_take_stands_decides_what_happens(phase: Phase | None, action: str, price: str) -> None:
    step = planned(board(), taken(board(), DONE, phase)).steps[1]
    assert (step.action, step.usd) == (action, Decimal(price))


def test_a_finished_run_keeps_everything() -> None:
    result = planned(board(), taken(board(), DONE, DONE, DONE))
    assert actions(result) == ["keep"] * 3
    assert result.usd == 0


def test_a_hop_that_is_there_is_as_long_as_it_was_measured_and_the_rest_is_reckoned_from_there() -> None:
    history = taken(board(), DONE, DONE)
    measured = [replace(take, ends=ends) for take, ends in zip(history.takes, (8.0, 15.125), strict=True)]
    result = planned(board(), replace(history, takes=tuple(measured)))
    assert [step["seconds_total"] for step in plan_as_json(result)["steps"]] == [8.0, 15.125, 22.125]
    assert result.seconds == 22.125


def test_an_edited_prompt_makes_that_hop_and_all_after_it_stale() -> None:
    history = taken(board(), DONE, DONE, DONE)
    result = planned(board("A dog", "It jumps", "It stops"), history)
    assert actions(result) == ["keep", "buy", "buy"]
    assert result.steps[1].reason == "changed: prompt"
    assert result.steps[2].reason == "hop 1 gets a new take"
    assert result.usd_again == Decimal("0.600")


def test_a_style_is_part_of_every_prompt() -> None:
    result = planned(board(style="noir"), taken(board(), DONE, DONE, DONE))
    assert actions(result) == ["buy"] * 3


def test_a_new_title_or_name_changes_nothing() -> None:
    named = board(title="another", hops=tuple(replace(hop, name=f"hop-{hop.index}") for hop in board().hops))
    assert actions(planned(named, taken(board(), DONE, DONE, DONE))) == ["keep"] * 3


def test_an_added_hop_is_bought_and_the_rest_kept() -> None:
    longer = board("A dog", "It runs", "It stops", "It sleeps")
    assert actions(planned(longer, taken(board(), DONE, DONE, DONE))) == ["keep", "keep", "keep", "buy"]


def test_a_new_take_of_a_parent_makes_its_child_stale() -> None:
    history = taken(board(), DONE, DONE, DONE)
    second = replace(history.takes[1], number=2)
    first = replace(history.takes[1], discarded="asked")
    history = replace(history, takes=(history.takes[0], first, second, history.takes[2]))
    result = planned(board(), history)
    assert actions(result) == ["keep", "keep", "buy"]
    assert "extends take 1 of hop 1" in result.steps[2].reason


def test_an_unsettled_take_is_settled_even_when_the_storyboard_changed() -> None:
    result = planned(board("Another dog"), taken(board("A dog"), Phase.UNKNOWN))
    assert actions(result) == ["settle"]


def test_a_take_that_failed_its_checks_stops_until_it_is_mended() -> None:
    result = planned(board(), taken(board(), DONE, verdict="fail"))
    assert actions(result)[0] == "mend"


def test_changed_checks_judge_it_again_at_no_price() -> None:
    lenient = board(checks=Checks(on_fail="warn"))
    result = planned(lenient, taken(board(), DONE, verdict="fail"))
    assert (result.steps[0].action, result.steps[0].usd) == ("judge", 0)


def test_a_finer_picture_is_bought_for_the_last_hop_alone() -> None:
    result = planned(board(resolution="1080p"))
    assert [step.spec.kind for step in result.steps] == ["generate", "extend", "extend", "upgrade"]
    assert result.steps[3].usd == Decimal("0.025")
    assert result.seconds == 22


def test_a_single_shot_is_generated_at_its_final_resolution() -> None:
    result = planned(board("A dog", resolution="1080p"))
    assert [step.usd for step in result.steps] == [Decimal("0.325")]


def test_an_upgraded_hop_cannot_be_extended_and_is_bought_again() -> None:
    before = board("A dog", "It runs", resolution="1080p")
    after = board("A dog", "It runs", "It stops")
    result = planned(after, taken(before, DONE, DONE, DONE))
    assert actions(result) == ["keep", "buy", "buy"]
    assert "was upgraded" in result.steps[1].reason


def test_a_parent_too_old_to_be_extended_is_bought_again() -> None:
    history = taken(board(), DONE)
    assert actions(planned(board(), history, now=ACCEPTED_AT + 13 * DAY))[0] == "keep"
    late = planned(board(), history, now=ACCEPTED_AT + 15 * DAY)
    assert late.steps[0].reason == "it can no longer be extended"


def test_a_seed_of_a_hop_wins_over_the_seed_of_the_storyboard() -> None:
    hops = (Hop(index=0, prompt="A dog"), Hop(index=1, prompt="It runs", seed=22222))
    steps = planned(board(hops=hops, seed=11111)).steps
    assert [step.request.body["seeds"] for step in steps] == [11111, 22222]


def test_planning_twice_gives_the_same() -> None:
    assert planned(board()) == planned(board())


@pytest.mark.parametrize(
    "history",
    [History(), taken(board(), DONE, DONE, DONE), taken(board(), DONE, Phase.ACCEPTED), taken(board(), Phase.UNKNOWN)],
)
def test_a_plan_obeys_its_public_schema(history: History) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(plan_as_json(planned(board(), history)))))
