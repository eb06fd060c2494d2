"""The gateways that speak after Kling, and what they make of its refusals."""

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.kling.client import TEXT, code, fault, made

OBJECTS = "/kling-task-object/kling/v1/videos"


def test_a_gateway_keeps_no_names_and_lists_nothing(web: httpx.Client) -> None:
    base = "/kling-envelope/kling"
    created = web.post(f"{base}/v1/videos/text2video", json={**TEXT, "external_task_id": "mine"}).json()["data"]
    assert "task_info" not in created
    assert code(web.get(f"{base}/v1/videos/text2video/mine")) == (404, 1203)
    assert web.get(f"{base}/v1/videos/text2video").status_code == 404


def test_one_gateway_says_less(web: httpx.Client) -> None:
    base = "/kling-envelope-003/kling"
    created = web.post(f"{base}/v1/videos/text2video", json=TEXT).json()
    assert set(created["data"]) == {"task_id", "task_status"}
    assert web.get(f"{base}/v1/videos/text2video/{created['data']['task_id']}").json()["message"] == "success"


def test_one_gateway_answers_with_objects_of_its_own(web: httpx.Client) -> None:
    base = "/kling-task-object/kling/v1/videos"
    created = web.post(f"{base}/text2video", json=TEXT).json()
    assert (created["object"], created["status"], created["id"]) == ("video", "", created["task_id"])
    assert created["created_at"] < 1e11
    while (told := web.get(f"{base}/text2video/{created['id']}").json()["data"])["status"] != "SUCCESS":
        assert told["fail_reason"] == ""
    assert told["fail_reason"].startswith("http")
    assert told["data"]["data"]["task_result"]["videos"][0]["url"] == told["fail_reason"]
    assert web.get(f"{base}/text2video/1").json()["code"] == "task_not_exist"
    unsigned = web.post(f"{base}/text2video", json=TEXT, headers={"Authorization": ""})
    assert (unsigned.status_code, unsigned.json()["error"]["type"]) == (401, "new_api_error")


def test_one_gateway_wants_the_task_beside_the_video(web: httpx.Client) -> None:
    base = "/kling-task-and-video-id/kling"
    told = made(web, "text2video", TEXT, base)
    video = told["task_result"]["videos"][0]["id"]
    assert code(web.post(f"{base}/v1/videos/video-extend", json={"video_id": video})) == (400, 1201)
    assert made(web, "video-extend", {"video_id": video, "task_id": told["task_id"]}, base)["task_status"] == "succeed"


def test_one_gateway_has_no_extensions(web: httpx.Client) -> None:
    reply = web.post("/kling-no-extend/kling/v1/videos/video-extend", json={"video_id": "1"})
    assert (reply.status_code, reply.text) == (404, "404 page not found")


# Refusals of gateways with objects of their own.


def refused(web: httpx.Client, *faults: str) -> tuple[int, dict[str, Any]]:
    fault(web, *faults)
    reply = web.post(f"{OBJECTS}/text2video", json=TEXT)
    return reply.status_code, reply.json()


def test_a_gateway_knows_its_own_customers_tokens(web: httpx.Client) -> None:
    for key in ("", "Bearer bad", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"):
        reply = web.post(f"{OBJECTS}/text2video", json=TEXT, headers={"Authorization": key})
        assert (reply.status_code, reply.json()["error"]["type"]) == (401, "new_api_error")
    status, told = refused(web, "bad-key")
    assert (status, told["error"]["type"]) == (401, "new_api_error")


@pytest.mark.parametrize("spec", ["insufficient-credits", "key-cap", "balance=0"])
def test_a_gateway_knows_its_own_customers_balance(web: httpx.Client, spec: str) -> None:
    web.delete("/sandbox/faults")
    status, told = refused(web, spec)
    assert (status, told["code"], told["data"]) == (403, "quota_not_enough", None)


@pytest.mark.parametrize("number", [1101, 1102, 1302, 1303])
def test_of_klings_429_a_gateway_tells_only_that_there_is_too_much(web: httpx.Client, number: int) -> None:
    status, told = refused(web, f"status={number}:message=as documented")
    assert (status, told["code"]) == (429, "fail_to_fetch_task")
    assert told["message"] == "当前分组上游负载已饱和"


@pytest.mark.parametrize(("number", "status"), [(1002, 401), (1103, 403), (1201, 400), (1301, 400), (5002, 504)])
def test_any_other_answer_of_klings_is_handed_on_as_a_text(web: httpx.Client, number: int, status: int) -> None:
    seen, told = refused(web, f"status={number}:message=as documented")
    assert (seen, told["code"]) == (status, "fail_to_fetch_task")
    inside = json.loads(told["message"])
    assert (inside["code"], inside["message"]) == (number, "as documented")


def test_what_kling_refuses_with_200_is_a_failed_task_to_a_gateway(web: httpx.Client) -> None:
    status, told = refused(web, "errors-as-200", "status=1301:message=as documented")
    assert (status, told) == (400, {"code": "task_failed", "message": "as documented", "data": None})


@pytest.mark.parametrize("base", ["/kling", "/kling-envelope/kling"])
def test_where_answers_are_handed_on_a_refusal_may_come_with_200(web: httpx.Client, base: str) -> None:
    fault(web, "errors-as-200")
    assert code(web.post(f"{base}/v1/videos/text2video", json={})) == (200, 1201)
    assert code(web.get(f"{base}/v1/videos/text2video/1", headers={"Authorization": ""})) == (200, 1001)
    fault(web, "status=1102:http=429")
    assert code(web.post(f"{base}/v1/videos/text2video", json=TEXT)) == (429, 1102)
