"""Kling's answers in every wrapping: read tolerantly, and never taken for more than they say."""

import json
from typing import Any

import pytest

from runner.net.messages import Reply
from runner.providers.base import Done, Failed, Failure, Pending
from runner.providers.kling.records import read_answer, read_list, read_state, read_task

URL = "https://cdn.example/v.mp4?Expires=1&Signature=x"
MADE = {"videos": [{"id": "872", "url": URL, "duration": "5.1"}]}


def reply(body: object, status: int = 200) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers={}, body=content)


def kling(**data: Any) -> dict[str, Any]:
    return {"task_id": "871", "task_status": "succeed", "task_result": MADE, **data}


def stands(data: object) -> object:
    found = read_task(read_answer(reply({"code": 0, "message": "SUCCEED", "data": data})).data)
    return read_state(found) if found else None


def test_a_finished_task_gives_its_link_and_the_id_that_an_extension_names() -> None:
    done = stands(kling())
    assert isinstance(done, Done)
    assert [(asset.role, asset.url) for asset in done.assets] == [("film", URL)]
    assert done.handle == {"video": "872"}


@pytest.mark.parametrize(
    "word", ["submitted", "processing", "SUBMITTED", "NOT_START", "QUEUED", "IN_PROGRESS", "", None]
)
def test_a_task_under_way_is_waited_for(word: object) -> None:
    assert isinstance(stands(kling(task_status=word)), Pending)


def test_a_status_that_nobody_knows_is_waited_for_and_told() -> None:
    waiting = stands(kling(task_status="preheating"))
    assert isinstance(waiting, Pending)
    assert "preheating" in waiting.words


@pytest.mark.parametrize(
    ("words", "failure"),
    [
        ("Failure to pass the risk control system", Failure.POLICY),
        ("Image pixel is invalid", Failure.INPUT),
        ("Internal server timeout", Failure.TRANSIENT),
        ("something else", Failure.UNKNOWN),
    ],
)
def test_a_failed_task_says_why_though_its_message_says_succeed(words: str, failure: Failure) -> None:
    failed = stands(kling(task_status="failed", task_status_msg=words, task_result={}))
    assert failed == Failed(words=words, failure=failure)


@pytest.mark.parametrize(
    "result", [None, {}, {"videos": []}, {"videos": None}, {"videos": [{"id": "1", "url": ""}]}, "?"]
)
def test_a_success_without_a_link_is_not_done_yet(result: object) -> None:
    waiting = stands(kling(task_result=result))
    assert isinstance(waiting, Pending)
    assert waiting.empty


def test_a_link_without_an_id_is_kept_in_case_nothing_more_comes() -> None:
    waiting = stands(kling(task_result={"videos": [{"url": URL}]}))
    assert isinstance(waiting, Pending)
    assert waiting.empty
    assert waiting.meanwhile == Done(assets=waiting.meanwhile.assets if waiting.meanwhile else (), handle={})


def gateway(inner: object, **outer: Any) -> dict[str, Any]:
    told = {"code": 0, "message": "SUCCEED", "data": inner}
    return {"task_id": "871", "status": "SUCCESS", "fail_reason": URL, "progress": "100%", "data": told, **outer}


def by_gateway(data: object) -> object:
    found = read_task(read_answer(reply({"code": "success", "message": "", "data": data})).data)
    return read_state(found) if found else None


def test_a_gateways_object_holds_klings_task_inside() -> None:
    done = by_gateway(gateway(kling()))
    assert isinstance(done, Done)
    assert done.handle == {"video": "872"}


def test_a_gateway_whose_inside_is_old_tells_the_link_where_failures_stand() -> None:
    waiting = by_gateway(gateway({"task_id": "871", "task_status": "submitted"}))
    assert isinstance(waiting, Pending)
    assert waiting.meanwhile is not None
    assert waiting.meanwhile.assets[0].url == URL


def test_a_gateways_failure_is_told_in_klings_words_where_there_are_any() -> None:
    inner = kling(task_status="failed", task_status_msg="Image pixel is invalid", task_result={})
    failed = by_gateway(gateway(inner, status="FAILURE", fail_reason="SUCCEED"))
    assert failed == Failed(words="Image pixel is invalid", failure=Failure.INPUT)
    nothing = by_gateway(gateway(None, status="FAILURE", fail_reason="SUCCEED"))
    assert nothing == Failed(words="the task failed without a reason", failure=Failure.UNKNOWN)


def test_the_second_api_tells_a_list() -> None:
    told = {"id": "871", "external_id": "lt-1", "status": "succeeded", "message": "", "create_time": 1765519848595}
    outputs = [{"type": "video", "id": "872", "url": URL, "duration": "5.1"}]
    (found,) = read_list([{**told, "outputs": outputs}])
    assert (found.id, found.name, found.created_at) == ("871", "lt-1", 1765519848.595)
    assert isinstance(read_state(found), Done)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "0", "data": {}}, 200, 0),
        ({"code": 1303, "message": "parallel task over resource pack limit"}, 429, 1303),
        ({"code": "1201", "message": "x"}, 400, 1201),
        ({"code": "success", "data": {}}, 200, 0),
        ({"code": "task_failed", "message": "x", "data": None}, 400, "task_failed"),
        ({"code": "fail_to_fetch_task", "message": json.dumps({"code": 1301, "message": "no"})}, 400, 1301),
        ({"code": "fail_to_fetch_task", "message": "当前分组上游负载已饱和"}, 429, 429),
        ({"code": "fail_to_fetch_task", "message": "bad gateway"}, 502, "fail_to_fetch_task"),
        ({"error": {"message": "no token", "type": "new_api_error", "code": ""}}, 401, 401),
        ({"error": {"message": "no", "code": "invalid_request"}}, 400, "invalid_request"),
        ({"id": "1", "object": "video"}, 200, None),
        ({"code": None, "message": None, "data": None}, 200, None),
        ([], 200, None),
        (b"<html>502</html>", 502, None),
        (b"", 200, None),
        (b'{"code":0,"data":{"task', 200, None),
    ],
)
def test_a_code_is_read_in_whatever_form_it_comes(body: object, status: int, code: object) -> None:
    assert read_answer(reply(body, status)).code == code


@pytest.mark.parametrize("data", [None, [], "x", {}, {"task_id": None}, {"task_id": ["1"]}, {"task_id": True}, 5])
def test_what_is_no_task_is_none(data: object) -> None:
    assert read_task(data) is None


def test_an_id_is_text_whatever_it_looks_like() -> None:
    for told in (867283741759111202, "CjI17WevH1IAAAAAAHmgsw"):
        found = read_task({"task_id": told})
        assert found is not None
        assert found.id == str(told)
