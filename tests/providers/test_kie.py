"""What is sent to kie.ai, field by field, and what its answers come to."""

import json

import pytest

from runner.net.messages import Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Busy,
    Done,
    Failed,
    Failure,
    Parent,
    Pending,
    Refused,
    Shot,
    Unknown,
)
from runner.providers.kie import read_envelope, read_record, read_submission, read_urls, request
from runner.providers.kie_codes import classify

TASK = "0123456789abcdef0123456789abcdef"
SEGMENT, WHOLE = "https://files.example/v/segment.mp4", "https://files.example/v/whole.mp4"


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers=headers, body=raw)


def said(code: object, msg: str = "words", data: object = None) -> dict[str, object]:
    return {"code": code, "msg": msg, "data": data}


def test_a_task_id_under_200_is_accepted() -> None:
    assert read_submission(reply(said(200, "success", {"taskId": TASK})), 0) == Accepted(task=TASK)


@pytest.mark.parametrize(
    ("code", "words", "failure"),
    [
        (401, "You do not have access permissions", Failure.CREDENTIALS),
        (402, "The current credits are insufficient. Please top up.", Failure.BALANCE),
        (404, "Not found", Failure.GONE),
        (422, "Please enter prompt", Failure.INPUT),
        (422, "Your request was rejected by Flow(x).", Failure.POLICY),
    ],
)
def test_documented_refusals_are_certain(code: int, words: str, failure: Failure) -> None:
    outcome = read_submission(reply(said(code, words)), 0)
    assert isinstance(outcome, Refused)
    assert outcome.failure is failure
    assert words in outcome.words


@pytest.mark.parametrize("code", [400, 408, 433, 451, 500, 501, 505, 299, "x", None])
def test_every_other_code_leaves_it_unknown(code: object) -> None:
    assert isinstance(read_submission(reply(said(code)), 0), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        reply(said(422, "no", {"taskId": TASK})),
        reply(said(200, "success", None)),
        reply(said(200, "success", {"taskId": "../../etc/passwd"})),
        reply(said(200, "success", {"taskId": ""})),
        reply(said(422), status=502),
        reply(said(402), status=302),
        reply(b"<html>Bad gateway</html>", status=502),
        reply(b"", status=200),
        reply([1, 2], status=200),
    ],
)
def test_an_answer_that_proves_neither_yes_nor_no_leaves_it_unknown(answer: Reply) -> None:
    assert isinstance(read_submission(answer, 0), Unknown)


def test_rate_limits_and_maintenance_wait() -> None:
    assert read_submission(reply(said(429), status=429), 0) == Busy(words="code 429: words", wait=10.0)
    assert read_submission(reply(said(429), 429, **{"retry-after": "33"}), 0) == Busy(
        words="code 429: words", wait=33.0
    )
    assert read_submission(reply(said(455)), 0) == Busy(words="code 455: words", wait=60.0)


def test_a_429_about_credits_is_not_a_matter_of_waiting() -> None:
    outcome = read_submission(reply(said(429, "credits insufficient"), status=429), 0)
    assert outcome == Refused(words="code 429: credits insufficient", failure=Failure.BALANCE)


def test_a_code_may_be_a_numeric_string() -> None:
    assert read_envelope(reply(said("402")))[0] == 402


def done(**response: object) -> dict[str, object]:
    return {"taskId": TASK, "successFlag": 1, "response": {"taskId": TASK, **response}}


def test_a_generation_is_the_whole_film_so_far() -> None:
    assert read_record(done(resultUrls=[WHOLE], fullResultUrls=None), "generate") == Done(
        assets=(Asset(role="film", url=WHOLE),)
    )


def test_an_extension_gives_the_whole_and_the_segment() -> None:
    state = read_record(done(resultUrls=[SEGMENT], fullResultUrls=[WHOLE]), "extend")
    assert state == Done(assets=(Asset(role="film", url=WHOLE), Asset(role="segment", url=SEGMENT)))


def test_an_extension_without_the_whole_is_a_segment() -> None:
    assert read_record(done(resultUrls=[SEGMENT]), "extend") == Done(assets=(Asset(role="segment", url=SEGMENT),))


@pytest.mark.parametrize("value", [[WHOLE], json.dumps([WHOLE]), WHOLE])
def test_urls_come_in_three_shapes(value: object) -> None:
    assert read_urls(value) == (WHOLE,)


@pytest.mark.parametrize("value", [None, [], "", "[]", 7, [None], ["file:///etc/passwd"], "{}"])
def test_what_is_no_url_is_none(value: object) -> None:
    assert read_urls(value) == ()


def test_the_old_flat_record_is_read_too() -> None:
    flat = {"taskId": TASK, "successFlag": 1, "resultUrls": json.dumps([WHOLE])}
    assert read_record(flat, "generate") == Done(assets=(Asset(role="film", url=WHOLE),))


def test_a_success_without_a_url_is_pending_and_says_so() -> None:
    state = read_record(done(resultUrls=None), "generate")
    assert isinstance(state, Pending)
    assert state.empty


def test_a_record_without_a_verdict_is_pending() -> None:
    assert read_record({"taskId": TASK, "successFlag": 0, "response": None}, "generate") == Pending(words="generating")


@pytest.mark.parametrize("flag", [2, 3, 9, "2"])
def test_every_other_flag_with_a_reason_is_the_end(flag: object) -> None:
    state = read_record({"successFlag": flag, "errorCode": 501, "errorMessage": "Internal Error - Timeout"}, "extend")
    assert state == Failed(words="Internal Error - Timeout", failure=Failure.TRANSIENT)


def test_the_fallback_model_is_told() -> None:
    state = read_record({**done(resultUrls=[WHOLE]), "fallbackFlag": True}, "generate")
    assert isinstance(state, Done)
    assert "fallback" in state.notes[0]


@pytest.mark.parametrize(
    ("code", "words", "failure"),
    [
        (400, "Your prompt was flagged by Website as violating content policies.", Failure.POLICY),
        (400, "public error minor upload", Failure.POLICY),
        (404, "model is no longer available", Failure.RETIRED),
        (400, "Only English prompts are supported at this time", Failure.INPUT),
        (451, "Failed to fetch the image", Failure.INPUT),
        (500, "Internal Error, Please try again later.", Failure.TRANSIENT),
        (433, "The current number of points used by apiKey has exceeded the daily limit", Failure.BALANCE),
        (999, "???", Failure.UNKNOWN),
    ],
)
def test_words_and_codes_become_classes(code: int, words: str, failure: Failure) -> None:
    assert classify(code, words) is failure


# Requests.

PARK, END = "https://example.com/park.png", "https://example.com/end.png"


def test_a_text_generation_sends_exactly_these_fields() -> None:
    sent = request(Shot(kind="generate", model="veo3_fast", prompt="A dog", seed=12345, duration=8))
    assert (sent.method, sent.path) == ("POST", "/api/v1/veo/generate")
    assert sent.body == {
        "prompt": "A dog",
        "model": "veo3_fast",
        "generationType": "TEXT_2_VIDEO",
        "aspect_ratio": "16:9",
        "duration": 8,
        "seeds": 12345,
        "enableTranslation": False,
    }


@pytest.mark.parametrize(
    ("pictures", "mode", "urls"),
    [
        ({"first_frame": PARK}, "FIRST_AND_LAST_FRAMES_2_VIDEO", [PARK]),
        ({"first_frame": PARK, "last_frame": END}, "FIRST_AND_LAST_FRAMES_2_VIDEO", [PARK, END]),
        ({"references": (PARK, END)}, "REFERENCE_2_VIDEO", [PARK, END]),
    ],
)
def test_pictures_choose_the_mode(pictures: dict[str, str], mode: str, urls: list[str]) -> None:
    body = request(Shot(kind="generate", model="veo3_fast", prompt="A dog", **pictures)).body
    assert body["generationType"] == mode
    assert body["imageUrls"] == urls


def test_the_older_spelling_of_the_ratio_is_a_setting() -> None:
    shot = Shot(
        kind="generate", model="veo3", prompt="A dog", aspect_ratio="auto", options={"ratio_field": "aspectRatio"}
    )
    body = request(shot).body
    assert body["aspectRatio"] == "Auto"
    assert "aspect_ratio" not in body


def test_watermark_and_translation_are_sent_as_asked() -> None:
    options = {"watermark": "MyBrand", "enable_translation": True}
    body = request(Shot(kind="generate", model="veo3", prompt="Ein Hund", options=options)).body
    assert (body["watermark"], body["enableTranslation"]) == ("MyBrand", True)


@pytest.mark.parametrize(("model", "tier"), [("veo3_fast", "fast"), ("veo3", "quality"), ("veo3_lite", "lite")])
def test_an_extension_names_the_tier_in_its_own_words(model: str, tier: str) -> None:
    sent = request(Shot(kind="extend", model=model, prompt="It goes on", seed=54321, parent=Parent(task="abc")))
    assert sent.path == "/api/v1/veo/extend"
    assert sent.body == {"taskId": "abc", "prompt": "It goes on", "model": tier, "seeds": 54321}


def test_an_upgrade_may_be_asked_for_again_at_no_price() -> None:
    sent = request(Shot(kind="upgrade", model="veo3", parent=Parent(task="abc")))
    assert sent.repeatable
    assert sent.path == "/api/v1/veo/get-1080p-video?taskId=abc&index=0"


def test_only_a_single_shot_is_generated_at_1080p() -> None:
    assert request(Shot(kind="generate", model="veo3", prompt="p", resolution="1080p")).body["resolution"] == "1080p"
    assert "resolution" not in request(Shot(kind="generate", model="veo3", prompt="p")).body


def test_a_callback_carries_the_name_of_its_submit() -> None:
    options = {"callback_url": "https://example.com/kie?key=1"}
    shot = Shot(kind="generate", model="veo3", prompt="A dog", options=options, mark="lt-1-h00-2")
    assert request(shot).body["callBackUrl"] == "https://example.com/kie?key=1&take=lt-1-h00-2"


def test_a_submit_without_a_name_asks_for_no_callback_so_that_no_hop_depends_on_it() -> None:
    options = {"callback_url": "https://example.com/kie"}
    assert "callBackUrl" not in request(Shot(kind="generate", model="veo3", prompt="A dog", options=options)).body
