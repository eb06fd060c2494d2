import json

import pytest

from runner.net.messages import Reply
from runner.providers.base import Accepted, Asset, Busy, Done, Failed, Failure, Pending, Refused, Unknown
from runner.providers.kie.records import classify, envelope, record, submission, urls

TASK = "0123456789abcdef0123456789abcdef"
SEGMENT, WHOLE = "https://files.example/v/segment.mp4", "https://files.example/v/whole.mp4"


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers=headers, body=raw)


def said(code: object, msg: str = "words", data: object = None) -> dict[str, object]:
    return {"code": code, "msg": msg, "data": data}


def test_a_task_id_under_200_is_accepted() -> None:
    assert submission(reply(said(200, "success", {"taskId": TASK})), 0) == Accepted(task=TASK)


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
    outcome = submission(reply(said(code, words)), 0)
    assert isinstance(outcome, Refused)
    assert outcome.failure is failure
    assert words in outcome.words


@pytest.mark.parametrize("code", [400, 408, 433, 451, 500, 501, 505, 299, "x", None])
def test_every_other_code_leaves_it_unknown(code: object) -> None:
    assert isinstance(submission(reply(said(code)), 0), Unknown)


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
    assert isinstance(submission(answer, 0), Unknown)


def test_rate_limits_and_maintenance_wait() -> None:
    assert submission(reply(said(429), status=429), 0) == Busy(words="code 429: words", wait=10.0)
    assert submission(reply(said(429), 429, **{"retry-after": "33"}), 0) == Busy(words="code 429: words", wait=33.0)
    assert submission(reply(said(455)), 0) == Busy(words="code 455: words", wait=60.0)


def test_a_429_about_credits_is_not_a_matter_of_waiting() -> None:
    outcome = submission(reply(said(429, "credits insufficient"), status=429), 0)
    assert outcome == Refused(words="code 429: credits insufficient", failure=Failure.BALANCE)


def test_a_code_may_be_a_numeric_string() -> None:
    assert envelope(reply(said("402")))[0] == 402


def done(**response: object) -> dict[str, object]:
    return {"taskId": TASK, "successFlag": 1, "response": {"taskId": TASK, **response}}


def test_a_generation_is_the_whole_film_so_far() -> None:
    assert record(done(resultUrls=[WHOLE], fullResultUrls=None), "generate") == Done(
        assets=(Asset(role="film", url=WHOLE),)
    )


def test_an_extension_gives_the_whole_and_the_segment() -> None:
    state = record(done(resultUrls=[SEGMENT], fullResultUrls=[WHOLE]), "extend")
    assert state == Done(assets=(Asset(role="film", url=WHOLE), Asset(role="segment", url=SEGMENT)))


def test_an_extension_without_the_whole_is_a_segment() -> None:
    assert record(done(resultUrls=[SEGMENT]), "extend") == Done(assets=(Asset(role="segment", url=SEGMENT),))


@pytest.mark.parametrize("value", [[WHOLE], json.dumps([WHOLE]), WHOLE])
def test_urls_come_in_three_shapes(value: object) -> None:
    assert urls(value) == (WHOLE,)


@pytest.mark.parametrize("value", [None, [], "", "[]", 7, [None], ["file:///etc/passwd"], "{}"])
def test_what_is_no_url_is_none(value: object) -> None:
    assert urls(value) == ()


def test_the_old_flat_record_is_read_too() -> None:
    flat = {"taskId": TASK, "successFlag": 1, "resultUrls": json.dumps([WHOLE])}
    assert record(flat, "generate") == Done(assets=(Asset(role="film", url=WHOLE),))


def test_a_success_without_a_url_is_pending_and_says_so() -> None:
    state = record(done(resultUrls=None), "generate")
    assert isinstance(state, Pending)
    assert state.empty


def test_a_record_without_a_verdict_is_pending() -> None:
    assert record({"taskId": TASK, "successFlag": 0, "response": None}, "generate") == Pending(words="generating")


@pytest.mark.parametrize("flag", [2, 3, 9, "2"])
def test_every_other_flag_is_the_end(flag: object) -> None:
    state = record({"successFlag": flag, "errorCode": 501, "errorMessage": "Internal Error - Timeout"}, "extend")
    assert state == Failed(words="Internal Error - Timeout", failure=Failure.TRANSIENT)


def test_the_fallback_model_is_told() -> None:
    state = record({**done(resultUrls=[WHOLE]), "fallbackFlag": True}, "generate")
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
