"""Whole runs on the Gemini API's Veo: what it does otherwise than others, and what it says when it says no."""

import json
from pathlib import Path

import pytest

from runner.errors import LongtakeError, ProviderError, UnknownOutcome
from runner.state.history import Phase
from tests.execution.studio import PROMPTS, ROOT, Studio
from tests.frames import counters

MODEL = "veo-3.1-fast-generate-preview"


def board(studio: Studio, *prompts: str, **changes: object) -> Path:
    return studio.board(*prompts, **{"provider": "gemini", "model": MODEL, **changes})


def frames(path: Path) -> list[int]:
    return [frame for _, frame in counters(path)]


@pytest.mark.proof
def test_a_chain_of_twenty_extensions_is_one_film_of_148_seconds(studio: Studio) -> None:
    opening = {"prompt": PROMPTS[0], "duration": 8}
    outcome = studio.film(board(studio, PROMPTS[0], *[PROMPTS[1]] * 20, initial=opening))
    assert outcome.film.seconds == pytest.approx(148.0, abs=1e-3)
    assert outcome.film.how == "the provider's last file as it is"
    assert frames(outcome.film.path) == list(range(148 * 24))
    probe = json.loads((studio.root / "hops/20/take-01/probe.json").read_text())
    facts = probe["files"]["video.mp4"]
    assert (facts["frame_rate"], facts["constant_rate"], facts["duration"]) == ("24", True, 148.0)
    assert len(studio.charges()) == 21


def test_an_extension_waits_until_the_file_before_it_is_processed(studio: Studio) -> None:
    studio.fault("processing-seconds=2")
    studio.film(board(studio, *PROMPTS[:2]))
    words = [
        json.loads(line)["words"] for line in (studio.root / "hops/00/take-01/polls.jsonl").read_text().splitlines()
    ]
    assert "the result is being processed" in words
    assert len(studio.charges()) == 2


def test_not_processed_yet_is_no_refusal(studio: Studio) -> None:
    studio.fault("not-processed:times=2")
    studio.film(board(studio, *PROMPTS[:2]), hurried=True)
    waits = [report.message for report in studio.reports if report.kind == "hop/waiting"]
    assert [words.partition("; again in ")[2] for words in waits] == ["15 s", "15 s"]
    assert len(studio.charges()) == 2


@pytest.mark.parametrize(("fault", "wait"), [("rate-limit:retry_after=34", "34 s"), ("rate-limit", "30 s")])
def test_a_quota_is_waited_for_as_told(studio: Studio, fault: str, wait: str) -> None:
    studio.fault(f"{fault},times=1" if ":" in fault else f"{fault}:times=1")
    studio.film(board(studio, PROMPTS[0]), hurried=True)
    assert [report.message.rpartition(" in ")[2] for report in studio.reports if report.kind == "hop/waiting"] == [wait]


def stopped(studio: Studio, *faults: str, prompts: tuple[str, ...] = PROMPTS[:1]) -> LongtakeError:
    studio.fault(*faults)
    with pytest.raises(LongtakeError) as caught:
        studio.film(board(studio, *prompts), hurried=True)
    return caught.value


def test_a_blocked_result_is_explained_in_words(studio: Studio) -> None:
    error = stopped(studio, "moderation-after-accept")
    assert error.code == "provider/content-policy"
    assert "Support codes: 64151117 (filtered for video safety)" in error.message


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("task-failed=3:message=Unsupported input", "input"),
        ("task-failed=8:message=Resource has been exhausted", "transient"),
        ("task-failed=13:message=Internal error", "transient"),
        ("task-failed=14:message=Unavailable", "transient"),
        ("task-failed=7:message=Permission denied", "credentials"),
        ("task-failed=3:message=It violates our safety guidelines. Support codes: 61493863", "content-policy"),
        ("file-failed", "transient"),
    ],
)
def test_an_operation_that_fails_says_why(studio: Studio, fault: str, code: str) -> None:
    error = stopped(studio, fault)
    assert (type(error), error.code) == (ProviderError, f"provider/{code}")
    assert studio.history.takes[0].phase is Phase.FAILED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status=400@generate:message=`generateAudio` isn't supported by this model.", "input"),
        ("status=400@generate:message=allow_all for personGeneration is currently not supported.", "input"),
        ("status=400@generate:message=API key not valid. Please pass a valid API key.", "credentials"),
        ("status=400@generate:message=Please enable billing on project 1", "balance"),
        ("status=401@generate", "credentials"),
        ("status=403@generate:message=Method doesn't allow unregistered callers", "credentials"),
        ("status=404@generate:message=models/x is not found for API version v1beta", "retired-model"),
        ("retired-model", "retired-model"),
    ],
)
def test_a_refusal_is_final_free_and_told_in_googles_words(studio: Studio, fault: str, code: str) -> None:
    error = stopped(studio, fault)
    assert error.code == f"provider/{code}"
    assert studio.charges() == []
    assert studio.history.takes[0].phase is Phase.REFUSED


def test_where_the_model_is_gone_its_replacement_is_named(studio: Studio) -> None:
    hint = stopped(studio, "retired-model").hint
    assert hint == "use provider omni, model gemini-omni-1.2-flash; nothing was charged for this hop"


@pytest.mark.parametrize("status", [408, 409, 499, 500, 503, 504])
def test_an_overloaded_google_leaves_a_submit_unknown(studio: Studio, status: int) -> None:
    assert isinstance(stopped(studio, f"status={status}@generate"), UnknownOutcome)


def test_a_lost_answer_is_never_sent_again_by_itself(studio: Studio) -> None:
    assert isinstance(stopped(studio, "lost-reply@generate"), UnknownOutcome)
    with pytest.raises(UnknownOutcome):
        studio.film(board(studio, PROMPTS[0]), hurried=True)
    assert len(studio.charges()) == 1


def test_a_lost_operation_can_be_adopted(studio: Studio) -> None:
    stopped(studio, "lost-reply@generate")
    task = f"models/{MODEL}/operations/{studio.charges()[0]['task']}"
    assert studio.command("reconcile", studio.root, "--task", task).returncode == 0
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


def test_an_operation_that_is_not_found_for_a_while_is_waited_for(studio: Studio) -> None:
    studio.fault("vanished-task:times=2")
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


def test_an_operation_that_is_gone_is_not_bought_again(studio: Studio) -> None:
    error = stopped(studio, "vanished-task:times=always")
    assert error.code == "provider/stalled"
    assert "Requested entity was not found" in error.message
    assert len(studio.charges()) == 1


def test_a_file_that_is_two_days_old_can_no_longer_be_extended(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0]))
    studio.ask("/sandbox/clock", {"advance": 49 * 3600})
    with pytest.raises(ProviderError) as caught:
        studio.film(board(studio, *PROMPTS[:2]))
    assert caught.value.code == "provider/gone"
    assert "longtake retake" in caught.value.hint
    assert len(studio.charges()) == 1


def test_done_without_a_result_is_waited_for(studio: Studio) -> None:
    studio.fault("success-without-url:polls=2")
    assert studio.film(board(studio, PROMPTS[0])).film.seconds == pytest.approx(4.0)


def test_the_key_stays_behind_when_a_download_leaves_the_host(studio: Studio) -> None:
    studio.fault("redirect-host=localhost")
    assert studio.film(board(studio, PROMPTS[0])).film.seconds == pytest.approx(4.0)


def test_pictures_travel_in_the_request_and_are_not_kept_in_it(studio: Studio) -> None:
    picture = min((ROOT / "storyboards" / "pictures").glob("*.png"))
    initial = {"prompt": PROMPTS[0], "images": {"first_frame": str(picture)}}
    studio.film(board(studio, PROMPTS[0], initial=initial), allow_outside=True)
    kept = (studio.root / "hops/00/take-01/request.json").read_text()
    assert len(kept) < 2000
    assert "<picture " in kept
    sent = next(task for task in studio.ask("/sandbox/tasks")["tasks"] if task["id"] == studio.charges()[-1]["task"])
    assert sent["request"]["instances"][0]["image"]["mimeType"] == "image/png"
