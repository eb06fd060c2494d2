"""What happens where a take fails its checks: a warning, a stop, another take; and takes to choose from."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.api.runs import load, plan
from runner.errors import CheckFailed, LongtakeError, StoppedBeforeSpending, StoryboardInvalid, UsageError
from tests.execution.studio import PROMPTS, Studio

SCHEMA = Path(__file__).parents[2] / "schemas" / "film.schema.json"
JUMP = "jump=60@extend#1"
LOOKED = {"seam": "warn", "tail": "warn"}
UNLOOKED = "unlooked"  # for tests in which a take fails by its form, or not at all: looking costs seconds
MUTE = "no-audio@extend:times=9"


def board(studio: Studio, policy: str = "warn", takes: int = 1, *, hops: int = 3, **more: Any) -> Path:
    """A board that looks at seams, unless nobody is to look; its second hop has so many takes."""
    looks = {**LOOKED, "seam": policy} if policy != UNLOOKED else {}
    checks = {**looks, **more.pop("checks", {})}
    extensions: list[dict[str, object]] = [{"prompt": prompt} for prompt in PROMPTS[1:hops]]
    extensions[0].update(takes=takes, **more.pop("hop", {}))
    return studio.board(checks=checks, extensions=extensions, **more)


def look(studio: Studio, hop: int, take: int = 1) -> Any:
    return json.loads((studio.root / f"hops/{hop:02d}/take-{take:02d}/look.json").read_text())


def film_manifest(studio: Studio) -> Any:
    """`film.json`, which obeys its public schema."""
    facts = json.loads((studio.root / "film.json").read_text())
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(facts)
    return facts


def stopped(studio: Studio, path: Path, **options: Any) -> LongtakeError:
    with pytest.raises(LongtakeError) as caught:
        studio.film(path, **options)
    return caught.value


@pytest.mark.proof
def test_a_clean_film_is_remarked_on_nowhere(studio: Studio) -> None:
    everything = dict.fromkeys(("picture", "seam", "tail", "sound", "drift"), "stop")
    studio.film(studio.board(checks=everything))
    assert [take.verdict for take in studio.history.takes] == ["pass"] * 3
    assert [take.score for take in studio.history.takes] == [0.0] * 3
    seen = look(studio, 2)
    assert (seen["start"], seen["repeated"], seen["end"]) == (0, 11 * 24, 18 * 24)
    assert set(seen["values"]) == {"picture", "seam", "tail", "sound"}
    facts = json.loads((studio.root / "film.json").read_text())
    assert facts["hops"][1]["measured"]["seam"]["discontinuity"] < 0.06
    assert {check["check"] for check in facts["checks"]} >= {"drift/luma", "drift/sharpness"}
    assert (facts["film"]["width"], facts["film"]["frame_rate"]) == (1280, "24")
    assert abs(facts["film"]["audio"]["offset"]) < 0.03


@pytest.mark.proof
def test_a_jump_is_told_and_the_film_is_made_all_the_same(studio: Studio) -> None:
    studio.fault(JUMP)
    studio.film(board(studio, hops=2))
    assert studio.history.take(1, 1).verdict == "warn"
    words = studio.history.take(1, 1).words
    assert words.startswith("jump at the seam at 4.0 s")
    assert "(it fails; `checks.seam` says to go on)" in words
    assert "1 failed, 1 warned" in studio.command("takes", studio.root, "--hop", "1").stdout
    assert (studio.root / "film.mp4").exists()


@pytest.mark.proof
def test_a_shot_that_begins_again_is_told_from_a_jump(studio: Studio) -> None:
    studio.fault("jump=-264@extend#2")
    error = stopped(studio, board(studio, "stop"))
    assert "the shot goes back to an earlier picture at 11.0 s: 11.00 s" in error.message
    assert look(studio, 2)["values"]["seam"]["reset"] == pytest.approx(11.0, abs=0.3)
    assert look(studio, 1)["values"]["seam"]["reset"] == 0


def test_a_jump_stops_the_run_before_the_next_hop_is_bought(studio: Studio) -> None:
    studio.fault(JUMP)
    error = stopped(studio, board(studio, "stop"))
    assert isinstance(error, CheckFailed)
    assert error.exit_code == 7
    assert "retake" in error.next_command
    assert len(studio.charges()) == 2


@pytest.mark.proof
def test_a_stop_is_lifted_by_changing_the_storyboard(studio: Studio) -> None:
    studio.fault(JUMP)
    stopped(studio, board(studio, "stop"))
    studio.film(board(studio, "warn"))
    assert len(studio.charges()) == 3


@pytest.mark.proof
def test_a_chain_that_drifts_stops_before_the_next_hop_is_bought(studio: Studio) -> None:
    studio.fault("other-world@extend#1")
    error = stopped(studio, board(studio, "off", checks={"tail": "off", "drift": "stop"}))
    assert isinstance(error, CheckFailed)
    assert "drifts so far" in error.message
    assert "left its band at hop 1" in error.message
    assert len(studio.charges()) == 2


@pytest.mark.proof
def test_a_drift_that_a_person_accepted_stops_no_later_hop(studio: Studio) -> None:
    studio.fault("other-world@extend#1")
    path = board(studio, "off", checks={"tail": "off", "drift": "stop"})
    stopped(studio, path)
    promote(studio, 1, 1)
    studio.film(path)
    assert studio.history.take(2, 1).verdict == "warn"
    assert "accepted by you" in studio.history.take(2, 1).words


@pytest.mark.proof
def test_a_cut_that_is_meant_is_no_drift(studio: Studio) -> None:
    studio.fault("other-world@extend#1")
    studio.film(board(studio, "off", hop={"seam": "cut"}, checks={"tail": "off", "drift": "stop"}))
    assert [take.verdict for take in studio.history.takes] == ["pass"] * 3


@pytest.mark.proof
def test_a_run_that_drift_stopped_is_judged_so_again(studio: Studio) -> None:
    studio.fault("other-world@extend#1")
    stopped(studio, board(studio, "off", checks={"tail": "off", "drift": "stop"}))
    again = studio.command("check", studio.root)
    assert (again.returncode, "[drift/luma]" in again.stdout) == (CheckFailed.exit_code, True)


def test_the_end_of_the_film_may_be_as_it_likes(studio: Studio) -> None:
    strict = {"tail": "retake", "retakes": {"takes": 2}, "limits": {"tail/deform": {"warn": 0.001, "fail": 0.002}}}
    studio.film(studio.board(PROMPTS[0], checks=strict))
    assert len(studio.charges()) == 1
    assert "nothing goes on from there" in studio.history.take(0, 1).words


@pytest.mark.proof
def test_a_cut_that_is_meant_is_no_jump(studio: Studio) -> None:
    studio.fault(JUMP)
    studio.film(board(studio, "stop", hops=2, hop={"seam": "cut"}))
    assert studio.history.take(1, 1).verdict == "pass"


def test_nobody_looks_where_nobody_wants_to(studio: Studio) -> None:
    studio.film(studio.board(*PROMPTS[:2]))
    assert not list(studio.root.rglob("look.json"))


@pytest.mark.proof
def test_a_seam_with_a_hop_that_nobody_looked_at_is_measured_all_the_same(studio: Studio) -> None:
    studio.film(studio.board(*PROMPTS[:2]))
    studio.film(board(studio))
    assert (look(studio, 2)["start"], look(studio, 2)["repeated"]) == (0, 11 * 24)
    assert "seam" in look(studio, 2)["values"]


@pytest.mark.proof
def test_a_form_that_is_only_warned_of_is_looked_at_like_any_other(studio: Studio) -> None:
    studio.fault("no-audio@extend#1", JUMP)
    error = stopped(studio, board(studio, "stop", checks={"on_fail": "warn"}))
    assert "jump at the seam" in error.message
    assert (look(studio, 1)["start"], len(studio.charges())) == (0, 2)


@pytest.mark.proof
def test_a_limit_of_ones_own_counts(studio: Studio) -> None:
    studio.fault(JUMP)
    studio.film(board(studio, "stop", checks={"limits": {"seam/discontinuity": {"warn": 2, "fail": 3}}}, hops=2))
    assert "jump" not in studio.history.take(1, 1).words


def test_a_check_that_there_is_not_is_named(studio: Studio) -> None:
    with pytest.raises(StoryboardInvalid) as caught:
        load(board(studio, checks={"limits": {"tail/deforms": {"warn": 1}}}))
    (problem,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert problem.rule == "catalog/unknown-check"
    assert "tail/deform" in problem.hint


# Retakes.


@pytest.mark.proof
def test_a_take_that_fails_is_bought_again_and_the_film_uses_the_good_one(studio: Studio) -> None:
    studio.fault(JUMP)
    studio.film(board(studio, "retake"))
    assert [(take.hop, take.number, take.discarded) for take in studio.history.takes] == [
        (0, 1, ""),
        (1, 1, "failed its checks"),
        (1, 2, ""),
        (2, 1, ""),
    ]
    assert studio.history.film is not None
    assert studio.history.film.takes == (1, 2, 1)
    assert studio.command("check", studio.root).returncode == 0


def test_retakes_end_at_their_number(studio: Studio) -> None:
    studio.fault(MUTE)
    error = stopped(studio, board(studio, UNLOOKED, checks={"on_fail": "retake", "retakes": {"takes": 2}}))
    assert error.exit_code == 7
    assert len(studio.charges()) == 4


def test_retakes_end_at_their_money(studio: Studio) -> None:
    studio.fault(MUTE)
    stopped(studio, board(studio, UNLOOKED, checks={"on_fail": "retake", "retakes": {"takes": 9, "usd": 0.65}}))
    assert len(studio.charges()) == 4


def test_the_budget_holds_for_retakes_too(studio: Studio) -> None:
    studio.fault(MUTE)
    error = stopped(
        studio, board(studio, UNLOOKED, checks={"on_fail": "retake", "retakes": {"takes": 9}}), max_cost=Decimal("1.10")
    )
    assert error.code == "money/budget"
    assert len(studio.charges()) == 3


def test_the_plan_says_what_retakes_may_cost(studio: Studio) -> None:
    assert plan(load(board(studio, "retake", checks={"retakes": {"takes": 2}}))).usd_retakes == Decimal("1.80")
    capped = plan(load(board(studio, "retake", checks={"retakes": {"takes": 2, "usd": 0.5}})))
    assert capped.usd_retakes == Decimal("0.5")
    assert plan(load(board(studio, "stop"))).usd_retakes == 0
    said = studio.command("plan", board(studio, "retake")).stdout
    assert "up to $0.90 more for retakes" in said


def test_a_file_that_is_not_what_was_ordered_may_be_bought_again(studio: Studio) -> None:
    studio.fault("frame-rate=30@extend#1")
    studio.film(board(studio, UNLOOKED, checks={"on_fail": "retake"}))
    assert len(studio.charges()) == 4


# Takes to choose from.


@pytest.mark.proof
def test_of_several_takes_the_best_is_chosen(studio: Studio) -> None:
    studio.fault(JUMP)
    path = board(studio, takes=2)
    assert plan(load(path)).usd == Decimal("1.20")
    studio.film(path)
    first, second = studio.history.of_hop(1)
    assert (first.score or 0) > (second.score or 0) == 0
    assert (first.discarded, second.chosen) == ("another take was chosen", True)
    assert studio.history.take(2, 1).parent == 2
    studio.film(path)
    assert len(studio.charges()) == 4


def test_a_run_that_broke_between_two_takes_buys_only_what_is_missing(studio: Studio) -> None:
    path = board(studio, UNLOOKED, takes=3)
    studio.fault("status=402@extend#2")
    stopped(studio, path)
    step = plan(load(path), studio.root).steps[1]
    assert (step.action, step.copies, step.again) == ("buy", 2, False)
    assert "take 2 was refused" in step.reason
    studio.ask("/sandbox/faults", method="DELETE")
    studio.film(path)
    assert len([charge for charge in studio.charges() if charge["hop"] == 1]) == 3


@pytest.mark.proof
def test_a_take_that_fails_for_good_is_not_chosen(studio: Studio) -> None:
    studio.fault("size=960x720@extend#1")
    studio.film(board(studio, UNLOOKED, takes=2))
    assert studio.history.film is not None
    assert studio.history.film.takes == (1, 2, 1)


def test_none_that_is_good_stops_before_anything_more_is_bought(studio: Studio) -> None:
    studio.fault("size=960x720@extend:times=9")
    error = stopped(studio, board(studio, UNLOOKED, takes=2))
    assert isinstance(error, StoppedBeforeSpending)
    assert "none of its 2 takes" in error.message
    assert len(studio.charges()) == 3


def test_a_person_may_choose(studio: Studio) -> None:
    path = board(studio, UNLOOKED, takes=2, hop={"choose": "ask"})
    error = stopped(studio, path)
    assert error.code == "takes/choose"
    assert error.next_command.endswith("--hop 1")
    assert plan(load(path), studio.root).steps[1].action == "choose"
    listed = studio.command("takes", studio.root, "--hop", "1", "--json").stdout.splitlines()
    assert [json.loads(line)["take"] for line in listed] == [1, 2]
    chosen = studio.command("takes", studio.root, "--hop", "1", "--promote", "1", "--yes")
    assert chosen.returncode == 0, chosen.stderr
    studio.film(path)
    assert studio.history.take(2, 1).parent == 1
    assert len(studio.charges()) == 4


# Promoting.


def test_an_older_take_is_taken_up_again_with_what_was_made_from_it(studio: Studio) -> None:
    path = board(studio, UNLOOKED)
    first = studio.film(path).film
    studio.film(path, retake=1)
    assert studio.history.film is not None
    assert studio.history.film.takes == (1, 2, 2)
    assert len(studio.charges()) == 5
    said = studio.command("takes", studio.root, "--hop", "1", "--promote", "1", "--yes")
    assert "free" in said.stderr
    again = studio.film(path).film
    assert again.sha256 == first.sha256
    assert len(studio.charges()) == 5


def promote(studio: Studio, hop: int, take: int) -> str:
    """Promote a take with the command line; what was said."""
    done = studio.command("takes", studio.root, "--hop", str(hop), "--promote", str(take), "--yes")
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.proof
def test_a_take_that_a_person_promotes_counts_though_it_failed(studio: Studio) -> None:
    studio.fault(JUMP)
    path = board(studio, "stop")
    stopped(studio, path)
    promote(studio, 1, 1)
    studio.film(path)
    assert (studio.history.take(1, 1).verdict, len(studio.charges())) == ("fail", 3)
    assert studio.command("check", studio.root).returncode == 0, "nor is it judged against that later"
    facts = film_manifest(studio)
    assert [(hop["verdict"], hop["accepted_by_you"]) for hop in facts["hops"]] == [
        ("pass", False),
        ("fail", True),
        ("pass", False),
    ]
    assert "take 1 is accepted by you: jump at the seam" in studio.command("status", studio.root).stdout


def test_a_film_is_made_of_a_last_take_that_a_person_accepted(studio: Studio) -> None:
    studio.fault("size=960x720@extend#1")
    path = board(studio, UNLOOKED, hops=2)
    stopped(studio, path)
    promote(studio, 1, 1)
    studio.film(path)
    (aspect,) = (check for check in film_manifest(studio)["checks"] if check["check"] == "check/aspect")
    assert aspect["verdict"] == "warn"
    assert aspect["message"].endswith("accepted by you")


def test_a_file_that_a_person_accepted_may_be_fetched_again(studio: Studio) -> None:
    studio.fault("no-audio@extend#1")
    path = board(studio, UNLOOKED, hops=2)
    stopped(studio, path)
    promote(studio, 1, 1)
    for file in studio.history.take(1, 1).files:
        (studio.root / "hops/01/take-01" / file.name).unlink()
    studio.film(path)
    assert len(studio.charges()) == 2


def test_promoting_says_what_becomes_stale_and_what_that_costs(studio: Studio) -> None:
    path = board(studio, UNLOOKED, takes=2)
    studio.film(path)
    other = 3 - next(take.number for take in studio.history.of_hop(1) if take.chosen)
    asked = studio.command("takes", studio.root, "--hop", "1", "--promote", str(other))
    assert asked.returncode == 4
    assert "$0.30" in asked.stderr
    assert "buys finished hops again" in asked.stderr
    assert studio.history.of_hop(1)[other - 1].discarded


@pytest.mark.proof
def test_a_take_is_promoted_only_where_what_it_goes_on_from_counts(studio: Studio) -> None:
    path = board(studio, UNLOOKED)
    studio.film(path)
    studio.film(path, retake=1)
    refused = studio.command("takes", studio.root, "--hop", "2", "--promote", "1", "--yes")
    assert (refused.returncode, "--hop 1 --promote 1" in refused.stderr) == (UsageError.exit_code, True)
    promote(studio, 1, 1)
    assert studio.history.take(2, 1).usable, "it came with what it goes on from"


def test_promoting_what_counts_already_costs_nothing(studio: Studio) -> None:
    path = board(studio, UNLOOKED, takes=2)
    studio.film(path)
    assert studio.history.take(1, 1).chosen, "the first of two that are as good"
    told = studio.command("takes", studio.root, "--hop", "0", "--promote", "1", "--yes", "--json")
    (planned,) = (json.loads(line)["plan"] for line in told.stdout.splitlines())
    assert planned["usd"] == 0
    studio.film(path)
    assert len(studio.charges()) == 4


def test_how_to_choose_is_said_for_the_first_hop_too(studio: Studio) -> None:
    stopped(studio, studio.board(initial={"prompt": PROMPTS[0], "duration": 4, "takes": 2, "choose": "ask"}))
    assert f"takes {studio.root} --hop 0 --promote TAKE" in studio.command("takes", studio.root).stderr


def test_no_good_take_is_let_go_of_while_a_person_has_to_choose(studio: Studio) -> None:
    stopped(studio, board(studio, UNLOOKED, takes=2, hop={"choose": "ask"}))
    refused = studio.command("retake", studio.root, "--hop", "1", "--yes")
    assert (refused.returncode, "2 good takes to choose from" in refused.stderr) == (UsageError.exit_code, True)
    assert len(studio.charges()) == 3


def test_a_take_that_nobody_chose_is_in_no_request(studio: Studio) -> None:
    path = board(studio, UNLOOKED, takes=2, hop={"choose": "ask"})
    stopped(studio, path)
    assert plan(load(path), studio.root).steps[2].request.body["taskId"] == "<task of hop 1>"


def test_a_plan_counts_the_retakes_that_were_bought(studio: Studio) -> None:
    studio.fault(MUTE)
    path = board(studio, UNLOOKED, hops=2, checks={"on_fail": "retake", "retakes": {"takes": 1}})
    error = stopped(studio, path)
    assert "used up" in error.hint
    assert plan(load(path), studio.root, retake=1).usd_retakes == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hop", "1", "--promote", "7"), "no take 7"),
        (("--hop", "9", "--promote", "1"), "no take 1"),
        (("--promote", "1"), "needs --hop"),
    ],
)
def test_a_take_that_is_not_there_cannot_be_promoted(studio: Studio, words: tuple[str, ...], message: str) -> None:
    studio.film(studio.board(*PROMPTS[:2]))
    done = studio.command("takes", studio.root, *words, "--yes")
    assert done.returncode == UsageError.exit_code
    assert message in done.stderr


@pytest.mark.proof
def test_a_film_accounts_for_what_is_not_in_it(studio: Studio) -> None:
    studio.fault(JUMP)
    studio.film(board(studio, "retake", hops=2))
    facts = json.loads((studio.root / "film.json").read_text())
    assert (facts["usd"], facts["spent"]["usd"]) == (0.6, 0.9)
    (other,) = facts["hops"][1]["other_takes"]
    assert (other["take"], other["verdict"], other["why_not"]) == (1, "fail", "failed its checks")
    assert "seam/discontinuity" in {check["check"] for check in facts["hops"][1]["checks"]}


def test_what_is_to_choose_from_is_not_said_to_be_in_the_film(studio: Studio) -> None:
    stopped(studio, board(studio, UNLOOKED, takes=2, hop={"choose": "ask"}))
    told = studio.command("takes", studio.root, "--hop", "1").stdout
    assert told.count("to choose") == 2
    assert "in the film" not in told
    assert f"next: longtake takes {studio.root} --hop 1" in studio.command("status", studio.root).stdout


def test_a_film_of_other_takes_than_those_that_count_is_said_to_be_out_of_date(studio: Studio) -> None:
    studio.film(board(studio, UNLOOKED, takes=2, hops=2))
    assert "out of date" not in studio.command("status", studio.root).stdout
    other = 3 - studio.history.take(1, 1).chosen - 2 * studio.history.take(1, 2).chosen
    assert studio.command("takes", studio.root, "--hop", "1", "--promote", str(other), "--yes").returncode == 0
    said = studio.command("status", studio.root).stdout
    assert "out of date" in said
    assert f"next: longtake resume {studio.root}" in said
