"""Whole runs on Gemini Omni: lengths of one's own choice, a head that gets lost, two ways to go on."""

import json
from pathlib import Path

import pytest

from runner.errors import LongtakeError, StoryboardInvalid, UnknownOutcome
from tests.doses import doses
from tests.execution.studio import PROMPTS, Studio
from tests.frames import counters


def board(studio: Studio, *prompts: str, **changes: object) -> Path:
    return studio.board(*prompts, **{"provider": "omni", **changes})


def frames(path: Path) -> list[int]:
    return [frame for _, frame in counters(path)]


def stopped(studio: Studio, *faults: str, **changes: object) -> LongtakeError:
    studio.fault(*faults)
    with pytest.raises(LongtakeError) as caught:
        studio.film(board(studio, PROMPTS[0], **changes), hurried=True)
    return caught.value


@pytest.mark.proof
def test_a_film_of_more_than_a_minute_keeps_its_first_frame_and_every_other(studio: Studio) -> None:
    lengths = [7, 9, 7, 5, 10, 7, 8, 3]
    extensions = [{"prompt": PROMPTS[1], "duration": seconds} for seconds in lengths]
    opening = {"prompt": PROMPTS[0], "duration": 8}
    outcome = studio.film(board(studio, initial=opening, extensions=extensions))
    assert outcome.film.how == "joined from 2 parts"
    assert frames(outcome.film.path) == list(range(64 * 24))
    facts = json.loads((studio.root / "film.json").read_text())["film"]
    assert (facts["seconds"], facts["frames"]) == (64.0, 64 * 24)
    assert studio.command("check", studio.root).returncode == 0
    # What came back last begins in the middle.
    assert frames(studio.root / "hops/08/take-01/video.mp4")[0] == (64 - 33) * 24


def test_an_extension_can_name_the_interaction_before(studio: Studio) -> None:
    outcome = studio.film(board(studio, *PROMPTS[:2], options={"extend_by": "interaction"}))
    assert frames(outcome.film.path) == list(range(11 * 24))
    sent = json.loads((studio.root / "hops/01/take-01/request.json").read_text())["body"]
    assert sent["previous_interaction_id"] == f"{studio.history.takes[0].task}"
    assert "generation_config" not in sent


def test_a_result_that_comes_inside_the_answer_is_extended_by_its_interaction(studio: Studio) -> None:
    studio.fault("inline-on-look")
    outcome = studio.film(board(studio, *PROMPTS[:2]))
    assert frames(outcome.film.path) == list(range(11 * 24))
    assert len(studio.charges()) == 2


@pytest.mark.parametrize("seconds", [2, 11])
def test_an_extension_adds_three_to_ten_seconds(studio: Studio, seconds: int) -> None:
    extensions = [{"prompt": PROMPTS[1], "duration": seconds}]
    with pytest.raises(StoryboardInvalid) as caught:
        studio.film(board(studio, initial={"prompt": PROMPTS[0]}, extensions=extensions))
    assert [problem.rule for problem in caught.value.problems] == ["catalog/duration"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("moderation-after-accept", "content-policy"),
        ("task-failed=501:message=Internal error", "transient"),
        ("task-failed=400:message=No such voice", "input"),
        ("status=400@generate:message=Aspect ratio cannot be set", "input"),
        ("status=403@generate:message=Permission denied", "credentials"),
        ("status=404@generate:message=models/x is not found", "gone"),
        ("bad-key", "credentials"),
    ],
)
def test_a_no_is_told_in_words_and_by_class(studio: Studio, fault: str, code: str) -> None:
    assert stopped(studio, fault).code == f"provider/{code}"


@pytest.mark.parametrize("fault", ["status=500@generate", "status=503@generate", "lost-reply@generate"])
def test_trouble_leaves_a_submit_unknown(studio: Studio, fault: str) -> None:
    assert isinstance(stopped(studio, fault), UnknownOutcome)


def test_a_quota_is_waited_for(studio: Studio) -> None:
    studio.fault("status=429@generate:message=Please retry in 12s.,times=1")
    studio.film(board(studio, PROMPTS[0]), hurried=True)
    assert [r.message.rpartition(" in ")[2] for r in studio.reports if r.kind == "hop/waiting"] == ["30 s"]


def test_on_vertex_ai_results_come_inside_the_answer_and_the_interaction_is_extended(studio: Studio) -> None:
    outcome = studio.film(board(studio, provider="omni-vertex"))
    assert frames(outcome.film.path) == list(range(18 * 24))
    sent = json.loads((studio.root / "hops/01/take-01/request.json").read_text())
    assert sent["path"] == "/v1beta1/projects/{project}/locations/global/interactions"
    assert sent["body"]["previous_interaction_id"] == studio.history.takes[0].task
    assert len(studio.charges()) == 3


@pytest.mark.parametrize("times", doses([1, 4], 1))
def test_an_extension_that_is_longer_than_asked_for_is_aligned_by_its_pictures(studio: Studio, times: int) -> None:
    studio.fault("segment-seconds=8@extend")
    outcome = studio.film(board(studio, *PROMPTS[:2] * times, checks={"duration_tolerance": 12}))
    numbers = frames(outcome.film.path)
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == (4 + (2 * times - 1) * 8) * 24


def test_a_lost_interaction_can_be_adopted(studio: Studio) -> None:
    stopped(studio, "lost-reply@generate")
    assert studio.command("reconcile", studio.root, "--task", studio.charges()[0]["task"]).returncode == 0
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1
